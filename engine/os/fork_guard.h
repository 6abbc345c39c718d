#ifndef KONTOR_OS_FORK_GUARD_H_
#define KONTOR_OS_FORK_GUARD_H_

#include <atomic>
#include <cstdint>

namespace kontor {

// Tells, at the price of one load, whether the process was forked since the guard was made. The
// word lives on a page that the kernel empties in a forked child (madvise MADV_WIPEONFORK), so no
// atfork handler is needed and no fork escapes it.
class ForkGuard {
 public:
  ForkGuard();
  ~ForkGuard();
  ForkGuard(const ForkGuard&) = delete;
  ForkGuard& operator=(const ForkGuard&) = delete;

  bool InForkedChild() const { return word_->load(std::memory_order_relaxed) == 0; }

 private:
  std::atomic<uint64_t>* word_;
};

}  // namespace kontor

#endif  // KONTOR_OS_FORK_GUARD_H_
