#include "base/sequence_lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kontor {
namespace {

// About two microseconds: longer than any section that only touches one key.
constexpr int kSpins = 100;

void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

}  // namespace

void SequenceLock::LockSlowly() {
  for (int spin = 0; spin < kSpins; ++spin) {
    Pause();
    uint32_t expected = kFree;
    if (state_.load(std::memory_order_relaxed) == kFree &&
        state_.compare_exchange_weak(expected, kHeld, std::memory_order_acquire)) {
      return;
    }
  }
  // From here on it is taken as "with sleepers": somebody else may sleep as well.
  while (state_.exchange(kHeldWithSleepers, std::memory_order_acquire) != kFree) {
    // Returns at once if the state has changed meanwhile; any other return is a reason to try
    // again.
    syscall(SYS_futex, &state_, FUTEX_WAIT_PRIVATE, kHeldWithSleepers, nullptr, nullptr, 0);
  }
}

void SequenceLock::WakeOne() {
  syscall(SYS_futex, &state_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace kontor
