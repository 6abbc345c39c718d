#ifndef KONTOR_KEYSPACE_LAZY_FREE_H_
#define KONTOR_KEYSPACE_LAZY_FREE_H_

#include <atomic>
#include <cstddef>
#include <deque>

#include "absl/base/thread_annotations.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "keyspace/collection.h"

namespace kontor {

// Large collections that nobody can reach any more, and whose memory is given back later, in steps
// and without the lock of any shard. They count as memory that is used until then. Thread-safe; its
// lock is a leaf.
class LazyFree {
 public:
  // A smaller collection is freed at once: it takes less than what a caller would notice.
  static constexpr size_t kLeastBytes = size_t{128} << 10;

  // Who counts; must outlive this.
  void set_budget(MemoryBudget* budget) ABSL_LOCKS_EXCLUDED(mutex_);
  // Somebody promises to call FreeSome now and then. Until then everything is freed at once.
  void Begin() { begun_.store(true, std::memory_order_relaxed); }
  // Takes it over. Frees it at once if that takes no time, or if there is no memory to remember it.
  void Add(Collection collection) ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes one step, of a millisecond or so, one thread at a time. False if nothing is left.
  bool FreeSome() ABSL_LOCKS_EXCLUDED(step_mutex_, mutex_);
  // For whoever needs the memory now.
  void FreeAll() ABSL_LOCKS_EXCLUDED(step_mutex_, mutex_);
  bool empty() const { return pending_.load(std::memory_order_relaxed) == 0; }

 private:
  // They are few, each of them large.
  std::deque<Collection> waiting_ ABSL_GUARDED_BY(mutex_);
  CountedMemory counted_ ABSL_GUARDED_BY(mutex_){MemoryPurpose::kCollections};
  Mutex step_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  Mutex mutex_;
  std::atomic<bool> begun_{false};  // relaxed, as is the next: hints
  std::atomic<size_t> pending_{0};  // those that wait, or are being freed
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_LAZY_FREE_H_
