#ifndef KONTOR_BASE_SEQUENCE_LOCK_H_
#define KONTOR_BASE_SEQUENCE_LOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "base/asymmetric_fence.h"

namespace kontor {

// A lock for short critical sections, and a version by which others read what it guards without
// taking it, and without writing to any line that readers share.
//
// The lock is a futex (U. Drepper, "Futexes Are Tricky"): free or held, and beside it how many
// sleep or are about to. A waiter spins for about as long as such a section lasts and then sleeps,
// so a holder that lost its processor costs the others no more than their wait.
//
// Unlocking is a plain store and not an atomic exchange, which would make the processor wait for
// every earlier store before it looks at anything later: the next operation's cache misses begin
// while this one's last. What an exchange is for, that unlocking either frees the lock for a waiter
// who looks again or sees that he sleeps, is paid for by the waiter: before he looks for the last
// time he has the kernel put a barrier into every thread of the process (membarrier(2); the
// asymmetric form of Dekker's algorithm). Where the kernel has no such call, unlocking has a fence.
//
// The version is even while nothing changes. The holder makes it odd before its first change
// (BeginChange) and even again when it unlocks. A reader notes an even version, reads, and asks
// whether the version is still the same: then nothing it read was changing. Whatever it read before
// that answer may be torn, stale or freed: it must be memory that stays mapped, read by relaxed
// atomics (base/relaxed_copy.h), and no pointer out of it may be followed before the version was
// asked again.
//
// Memory order: BeginChange's release fence orders the odd version before every change; Unlock's
// release store orders every change before the even one. ReadBegin's acquire load and ReadValid's
// acquire fence are their counterparts, so a reader that saw any change sees another version.
class ABSL_LOCKABLE SequenceLock {
 public:
  SequenceLock() = default;
  SequenceLock(const SequenceLock&) = delete;
  SequenceLock& operator=(const SequenceLock&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    uint32_t expected = kFree;
    if (state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire)) return;
    LockSlowly();
  }

  // Takes it only if it is free.
  bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    uint32_t expected = kFree;
    return state_.load(std::memory_order_relaxed) == kFree &&
           state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire);
  }

  void Unlock() ABSL_UNLOCK_FUNCTION() {
    const uint32_t version = version_.load(std::memory_order_relaxed);
    if ((version & 1) != 0) version_.store(version + 1, std::memory_order_release);
    state_.store(kFree, std::memory_order_release);
    // The store before the load: see above for why the compiler's word is enough.
    AsymmetricFence::Light();
    if (sleepers_.load(std::memory_order_relaxed) != 0) WakeOne();
  }

  // Tells the analysis what a dynamic lock set (txn/lock_set.h) already guarantees; checks nothing.
  void AssertHeld() const ABSL_ASSERT_EXCLUSIVE_LOCK() {}

  // Before the first change that optimistic readers could see. Called again it does nothing.
  void BeginChange() ABSL_EXCLUSIVE_LOCKS_REQUIRED(this) {
    const uint32_t version = version_.load(std::memory_order_relaxed);
    if ((version & 1) != 0) return;
    version_.store(version + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
  }

  // --- For readers without the lock. ---

  // The version to compare with later; odd if something is changing now.
  uint32_t ReadBegin() const { return version_.load(std::memory_order_acquire); }
  // True if nothing has changed since ReadBegin answered this (even) version.
  bool ReadValid(uint32_t version) const {
    std::atomic_thread_fence(std::memory_order_acquire);
    return version_.load(std::memory_order_relaxed) == version;
  }

 private:
  static constexpr uint32_t kFree = 0;
  static constexpr uint32_t kHeld = 1;

  void LockSlowly();
  void WakeOne();

  std::atomic<uint32_t> state_{kFree};
  std::atomic<uint32_t> version_{0};
  std::atomic<uint32_t> sleepers_{0};
};

class ABSL_SCOPED_LOCKABLE SequenceLockHolder {
 public:
  explicit SequenceLockHolder(SequenceLock* lock) ABSL_EXCLUSIVE_LOCK_FUNCTION(lock) : lock_(lock) {
    lock_->Lock();
  }
  ~SequenceLockHolder() ABSL_UNLOCK_FUNCTION() { lock_->Unlock(); }
  SequenceLockHolder(const SequenceLockHolder&) = delete;
  SequenceLockHolder& operator=(const SequenceLockHolder&) = delete;

 private:
  SequenceLock* const lock_;
};

}  // namespace kontor

#endif  // KONTOR_BASE_SEQUENCE_LOCK_H_
