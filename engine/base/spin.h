#ifndef KONTOR_BASE_SPIN_H_
#define KONTOR_BASE_SPIN_H_

namespace kontor {

// How often a waiter looks before it sleeps: about two microseconds, longer than any section that
// only touches one key or copies one record.
inline constexpr int kSpins = 100;

// Between two looks: lets the other thread of this core work, and leaves the line to its writer.
inline void SpinPause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

}  // namespace kontor

#endif  // KONTOR_BASE_SPIN_H_
