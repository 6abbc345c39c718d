#include "base/sequence_lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

#include "base/spin.h"

namespace kontor {

void SequenceLock::LockSlowly() {
  for (int spin = 0; spin < kSpins; ++spin) {
    SpinPause();
    uint32_t expected = kFree;
    if (state_.load(std::memory_order_relaxed) == kFree &&
        state_.compare_exchange_weak(expected, kHeld, std::memory_order_acquire)) {
      return;
    }
  }
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  // From here on, whoever unlocks sees that somebody is here, or has already freed the lock for the
  // compare_exchange below. A process that forbade itself the call since (seccomp) looks again.
  const timespec soon = {.tv_sec = 0, .tv_nsec = 1'000'000};
  const bool will_be_woken = AsymmetricFence::Heavy();
  const timespec* const timeout = will_be_woken ? nullptr : &soon;
  uint32_t expected = kFree;
  while (!state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire)) {
    // Returns at once if the lock is free meanwhile; any other return is a reason to try again.
    syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, kHeld, timeout, nullptr, 0);
    expected = kFree;
  }
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
}

void SequenceLock::WakeOne() {
  syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace kontor
