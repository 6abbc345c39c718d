#include "base/waiter.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <ctime>

#include "base/check.h"

namespace kontor {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kNsPerSecond = 1'000'000'000;

// Returns 0 or the errno of the call. Futexes: Drepper, "Futexes Are Tricky".
int FutexWait(std::atomic<uint32_t>* word, uint32_t expected, const timespec* relative) {
  const long result = syscall(SYS_futex, reinterpret_cast<uint32_t*>(word), FUTEX_WAIT_PRIVATE,
                              expected, relative, nullptr, 0);
  return result == 0 ? 0 : errno;
}

void SignalDescriptor(int descriptor) {
  if (descriptor < 0) return;
  const uint64_t one = 1;
  // EAGAIN: the counter is at its top, hence readable.
  const ssize_t put = write(descriptor, &one, sizeof(one));
  KONTOR_CHECK(put == sizeof(one) || errno == EAGAIN);
}

}  // namespace

void PendingWake::Run() {
  if (word_ == nullptr) return;
  const int saved = errno;  // callable from a signal handler
  syscall(SYS_futex, word_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
  errno = saved;
}

PendingWake Waiter::Raise(uint32_t bit) {
  // In one order with set_descriptor, so that one of the two sees what the other wrote.
  const uint32_t before = state_.fetch_or(bit, std::memory_order_seq_cst);
  if ((before & bit) != 0) return PendingWake();
  const int saved = errno;  // callable from a signal handler
  SignalDescriptor(descriptor_.load(std::memory_order_seq_cst));
  errno = saved;
  return PendingWake(&state_);
}

void Waiter::set_descriptor(int descriptor) {
  descriptor_.store(descriptor, std::memory_order_seq_cst);
  if (state_.load(std::memory_order_seq_cst) != 0) SignalDescriptor(descriptor);
}

WakeReason Waiter::Wait(int64_t timeout_ms) {
  const Countdown countdown(timeout_ms);
  while (true) {
    const uint32_t state = state_.load(std::memory_order_acquire);
    if ((state & kInterruptedBit) != 0) return WakeReason::kInterrupted;
    if ((state & kNotifiedBit) != 0) {
      state_.fetch_and(~kNotifiedBit, std::memory_order_acquire);
      return WakeReason::kNotified;
    }
    const int64_t remaining_ms = countdown.RemainingMs();
    if (remaining_ms == 0) return WakeReason::kTimeout;
    timespec relative{};
    relative.tv_sec = remaining_ms / 1000;
    relative.tv_nsec = (remaining_ms % 1000) * kNsPerMs;
    const int error = FutexWait(&state_, state, remaining_ms < 0 ? nullptr : &relative);
    if (error == EINTR && wake_on_signal_) return WakeReason::kInterrupted;
  }
}

Countdown::Countdown(int64_t timeout_ms) : forever_(timeout_ms < 0) {
  if (timeout_ms <= 0) return;
  const int64_t now_ns = Clock::System()->MonotonicNs();
  constexpr int64_t kLongestMs = int64_t{365} * 24 * 60 * 60 * 1000 * 100;
  end_ns_ = now_ns + (timeout_ms < kLongestMs ? timeout_ms : kLongestMs) * kNsPerMs;
  static_assert(kLongestMs < INT64_MAX / kNsPerMs / 2 && kNsPerSecond == 1000 * kNsPerMs);
}

int64_t Countdown::RemainingMs() const {
  if (forever_) return -1;
  if (end_ns_ == 0) return 0;
  const int64_t left_ns = end_ns_ - Clock::System()->MonotonicNs();
  return left_ns <= 0 ? 0 : (left_ns + kNsPerMs - 1) / kNsPerMs;
}

WaitPlace::~WaitPlace() { KONTOR_CHECK(list_ == nullptr); }

WaitList::~WaitList() { KONTOR_CHECK(first_ == nullptr); }

void WaitList::Append(WaitPlace* place) {
  KONTOR_CHECK(!place->linked());
  place->list_ = this;
  place->previous_ = last_;
  place->next_ = nullptr;
  (last_ == nullptr ? first_ : last_->next_) = place;
  last_ = place;
  ++size_;
}

void WaitList::Remove(WaitPlace* place) {
  if (!place->linked()) return;
  KONTOR_CHECK(place->list_ == this);
  (place->previous_ == nullptr ? first_ : place->previous_->next_) = place->next_;
  (place->next_ == nullptr ? last_ : place->next_->previous_) = place->previous_;
  place->list_ = nullptr;
  place->previous_ = place->next_ = nullptr;
  --size_;
}

bool WaitList::IsFirstInLine(const WaitPlace& place, Bytes line) const {
  const WaitPlace* ahead = place.linked() ? place.previous_ : last_;
  while (ahead != nullptr && !ahead->IsInLine(line)) ahead = ahead->previous_;
  return ahead == nullptr;
}

void WaitList::NotifyFirst() {
  if (first_ != nullptr) first_->waiter_->Notify();
}

PendingWake WaitList::NotifyFirstLater() {
  return first_ == nullptr ? PendingWake() : first_->waiter_->NotifyLater();
}

void WaitList::NotifyAll() {
  for (WaitPlace* place = first_; place != nullptr; place = place->next_) place->waiter_->Notify();
}

// In a list of many lines it is not looked for who is first in each: who is not finds that out.
void WaitList::NotifyFirstOfLines() {
  for (WaitPlace* place = first_; place != nullptr; place = place->next_) {
    if (!place->FollowsItsLine()) place->waiter_->Notify();
  }
}

void WaitList::NotifyNextInLine(const WaitPlace& place) {
  if (!place.line_.has_value()) return;
  WaitPlace* behind = place.next_;
  while (behind != nullptr && !behind->IsInLine(*place.line_)) behind = behind->next_;
  if (behind != nullptr) behind->waiter_->Notify();
}

}  // namespace kontor
