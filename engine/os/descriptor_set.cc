#include "os/descriptor_set.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "base/waiter.h"
#include "os/system_error.h"

namespace kontor {
namespace {

// Longer waits are begun again: epoll counts in 32 bits.
constexpr int64_t kLongestWaitMs = 1 << 30;

Status AddError(int descriptor, int error) {
  const std::string what = "descriptor " + std::to_string(descriptor);
  switch (error) {
    case EEXIST:
      return Status(Code::kExists, what + " is in the set already");
    case ENOSPC:
      return Status(Code::kFull,
                    "this user watches as many descriptors as the system permits "
                    "(fs.epoll.max_user_watches)");
    case ENOMEM:
      return Status(Code::kNoMemory, "no memory for another descriptor");
    default:
      return Status(Code::kInvalid, what + " is not open, or nothing that can be waited for");
  }
}

}  // namespace

Result<std::unique_ptr<DescriptorSet>> DescriptorSet::Create() {
  KONTOR_ASSIGN_OR_RETURN(EventDescriptor interrupt, EventDescriptor::Create());
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return SystemError("create", "descriptor set", errno, false);
  std::unique_ptr<DescriptorSet> made;
  try {
    made.reset(new DescriptorSet(epoll, std::move(interrupt)));
  } catch (...) {
    close(epoll);
    throw;
  }
  epoll_event event{.events = EPOLLIN, .data = {.fd = made->interrupt_.descriptor()}};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, made->interrupt_.descriptor(), &event) != 0) {
    return AddError(made->interrupt_.descriptor(), errno);
  }
  return made;
}

DescriptorSet::~DescriptorSet() { close(epoll_); }

Status DescriptorSet::Add(int descriptor, uint64_t tag) {
  const MutexLock lock(&mutex_);
  // Before the system knows it: it may be told as soon as that does. One that was closed without
  // being removed has left the system's set, and its number may come again.
  const auto [place, is_new] = tags_.try_emplace(descriptor, tag);
  epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    const int error = errno;
    if (is_new) tags_.erase(place);
    return AddError(descriptor, error);
  }
  place->second = tag;
  return Ok();
}

Status DescriptorSet::Remove(int descriptor) {
  const MutexLock lock(&mutex_);
  if (tags_.erase(descriptor) == 0) {
    return Status(Code::kNotFound,
                  "descriptor " + std::to_string(descriptor) + " is not in the set");
  }
  // It fails where the descriptor was closed, and has left by itself.
  static_cast<void>(epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr));
  return Ok();
}

size_t DescriptorSet::TellTags(absl::Span<const int> ready, absl::Span<uint64_t> tags) {
  size_t told = 0;
  const MutexLock lock(&mutex_);
  for (const int descriptor : ready) {
    const auto found = tags_.find(descriptor);
    if (found != tags_.end() && told < tags.size()) tags[told++] = found->second;
  }
  return told;
}

bool DescriptorSet::IsInterrupted() {
  if (interrupted_.load(std::memory_order_acquire)) return true;
  // A signal that came in the midst of a Reset is forgotten, but not one that came behind it.
  interrupt_.Clear();
  if (!interrupted_.load(std::memory_order_acquire)) return false;
  interrupt_.Signal();
  return true;
}

Result<size_t> DescriptorSet::Wait(int64_t timeout_ms, absl::Span<uint64_t> tags) {
  const Countdown countdown(timeout_ms);
  const size_t most = std::min(tags.size(), kMostAtOnce);
  size_t most_now = most;
  std::array<epoll_event, kMostAtOnce> events;
  std::array<int, kMostAtOnce> ready;
  while (true) {
    const int64_t remaining_ms = countdown.RemainingMs();
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(most_now),
                                 static_cast<int>(std::min(remaining_ms, kLongestWaitMs)));
    if (count < 0 && errno != EINTR) {
      return SystemError("wait for", "descriptor set", errno, false);
    }
    if (count < 0 || interrupted_.load(std::memory_order_acquire)) {
      return Status(Code::kInterrupted, "the wait was interrupted");
    }
    for (size_t i = 0; std::cmp_less(i, count); ++i) ready[i] = events[i].data.fd;
    const size_t told = TellTags({ready.data(), static_cast<size_t>(count)}, tags);
    if (told != 0) return told;
    if (count > 0 && IsInterrupted()) continue;
    // Behind what is of no use there may be something.
    if (count > 0 && std::exchange(most_now, kMostAtOnce) != kMostAtOnce) continue;
    if (countdown.RemainingMs() == 0) {
      return Status(Code::kTimeout, "nothing became readable in time");
    }
    // What was removed after it was closed, while others hold it open (a fork, a dup), is out of
    // reach: it must not keep the processor busy.
    if (count > 0) poll(nullptr, 0, 1);
  }
}

void DescriptorSet::Interrupt() {
  interrupted_.store(true, std::memory_order_release);
  interrupt_.Signal();
}

void DescriptorSet::Reset() {
  interrupted_.store(false, std::memory_order_release);
  static_cast<void>(IsInterrupted());  // clears, unless it was interrupted since
}

}  // namespace kontor
