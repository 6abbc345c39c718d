#ifndef KONTOR_OS_DESCRIPTOR_SET_H_
#define KONTOR_OS_DESCRIPTOR_SET_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

#include "absl/types/span.h"
#include "base/mutex.h"
#include "base/status.h"
#include "os/event_descriptor.h"

namespace kontor {

// File descriptors that are waited for together (Linux epoll), each with a tag. It owns none of
// them. Thread-safe, and several threads may wait; Interrupt may be called in a signal handler.
class DescriptorSet {
 public:
  static constexpr size_t kMostAtOnce = 1024;

  static Result<std::unique_ptr<DescriptorSet>> Create();
  DescriptorSet(const DescriptorSet&) = delete;
  DescriptorSet& operator=(const DescriptorSet&) = delete;
  ~DescriptorSet();

  // kExists, kInvalid for what is no descriptor or cannot be waited for, kFull where the system
  // lets this user watch no more, kNoMemory.
  Status Add(int descriptor, uint64_t tag);
  // kNotFound.
  Status Remove(int descriptor);
  // The tags of those that are readable, or have failed, in turns where they are more than `tags`,
  // which has room for one at least; how many. kTimeout, kInterrupted (also by a signal that this
  // thread handled).
  Result<size_t> Wait(int64_t timeout_ms, absl::Span<uint64_t> tags);
  // Ends all waits until Reset.
  void Interrupt();
  void Reset();
  // Readable while one of them is, or it is interrupted.
  int descriptor() const { return epoll_; }

 private:
  DescriptorSet(int epoll, EventDescriptor interrupt)
      : epoll_(epoll), interrupt_(std::move(interrupt)) {}
  // As of now; clears the descriptor if not.
  bool IsInterrupted();
  // How many of them are (still) in the set.
  size_t TellTags(absl::Span<const int> ready, absl::Span<uint64_t> tags);

  const int epoll_;
  EventDescriptor interrupt_;
  // Relaxed would do for what is read of it; the descriptor wakes.
  std::atomic<bool> interrupted_{false};
  Mutex mutex_;
  std::unordered_map<int, uint64_t> tags_ ABSL_GUARDED_BY(mutex_);  // by descriptor
};

}  // namespace kontor

#endif  // KONTOR_OS_DESCRIPTOR_SET_H_
