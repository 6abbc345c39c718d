#ifndef KONTOR_DB_SLOW_LOG_H_
#define KONTOR_DB_SLOW_LOG_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/mutex.h"

namespace kontor {

// The last commands that took long, newest first: what SLOWLOG tells. Thread-safe.
class SlowLog {
 public:
  struct Entry {
    uint64_t id = 0;  // counts all there ever were
    int64_t unix_seconds = 0;
    int64_t duration_us = 0;
    std::vector<std::string> arguments;  // many or long ones are cut, and the last says so
    std::string address;                 // of the client, both empty where there is none
    std::string name;
  };

  // What takes that long is told; negative: nothing is.
  void set_threshold_us(int64_t us) { threshold_us_.store(us, std::memory_order_relaxed); }
  int64_t threshold_us() const { return threshold_us_.load(std::memory_order_relaxed); }
  // How many are kept.
  void set_capacity(uint64_t entries);
  uint64_t capacity() const;

  // Cuts the arguments and gives the entry its id.
  void Add(Entry entry, absl::Span<const Bytes> arguments);
  std::vector<Entry> Newest(uint64_t count) const;
  uint64_t size() const;
  void Clear();

 private:
  std::atomic<int64_t> threshold_us_{10'000};
  mutable Mutex mutex_;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // newest first
  uint64_t capacity_ ABSL_GUARDED_BY(mutex_) = 128;
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace kontor

#endif  // KONTOR_DB_SLOW_LOG_H_
