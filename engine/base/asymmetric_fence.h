#ifndef KONTOR_BASE_ASYMMETRIC_FENCE_H_
#define KONTOR_BASE_ASYMMETRIC_FENCE_H_

#include <atomic>

namespace kontor {

// Two fences of which the frequent one costs nothing. If one thread stores A, calls Light and loads
// B, and another stores B, calls Heavy and loads A, at least one of them sees what the other
// stored: Heavy has the kernel put a barrier into every thread of the process (membarrier(2)),
// which is as good as one between their store and their load, wherever they are. Where the kernel
// has no such call, Light is a whole fence.
class AsymmetricFence {
 public:
  static void Light() {
    if (heavy_reaches_all_) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
      std::atomic_thread_fence(std::memory_order_seq_cst);
    }
  }
  // False if the others were not reached: a process may forbid itself the call (seccomp) at any
  // time.
  [[nodiscard]] static bool Heavy();

 private:
  // Found out when the library is loaded.
  static const bool heavy_reaches_all_;
};

}  // namespace kontor

#endif  // KONTOR_BASE_ASYMMETRIC_FENCE_H_
