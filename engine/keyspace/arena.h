#ifndef KONTOR_KEYSPACE_ARENA_H_
#define KONTOR_KEYSPACE_ARENA_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/waiter.h"

namespace kontor {

// Where a keyspace's memory comes from: chunks of 2 MiB, given out as runs of 32 KiB. Thread-safe.
//
// Address space is never given back while the arena lives, only the memory behind it: a reader
// without a lock (base/sequence_lock.h) may follow a pointer to what was freed and must find
// something there, if only zeros, up to a page beyond any chunk. A chunk that is wholly free loses
// its memory to the system.
//
// The first touch of a 2 MiB page takes the kernel milliseconds, so nobody waits for one: the
// background work touches a chunk ahead of need (TouchAhead), and where none is ready a chunk of
// ordinary pages serves.
class Arena {
 public:
  static constexpr size_t kRunBytes = size_t{32} << 10;
  static constexpr size_t kChunkBytes = size_t{2} << 20;
  static constexpr size_t kRunsPerChunk = kChunkBytes / kRunBytes;

  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // `runs` (up to kRunsPerChunk) runs in a row, aligned to a run and within one chunk; what they
  // hold is arbitrary. Throws std::bad_alloc.
  void* Allocate(size_t runs);
  void Free(void* run, size_t runs);

  // In runs that are given out.
  size_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }
  // Makes chunks of large pages ready if the arena has grown enough to need them. May take
  // milliseconds each; for background work, which `waiter` (null: nobody) is told of. It must
  // outlive all allocating.
  void TouchAhead();
  void set_toucher(Waiter* waiter) { toucher_.store(waiter, std::memory_order_release); }

  // Counts the runs that are given out; must outlive all use of the arena. Under its limit the
  // memory behind free runs is given back to the system as well, but for a small part, and nothing
  // is touched ahead that would exceed it. Before the first allocation.
  void set_budget(MemoryBudget* budget) { budget_ = budget; }

  // For tests: Allocate fails rather than use more than this.
  void set_limit_bytes(size_t bytes) { limit_bytes_.store(bytes, std::memory_order_relaxed); }

 private:
  struct Chunk {
    char* base = nullptr;
    uint64_t free_runs = ~uint64_t{0};  // a bit for each
    uint64_t warm_runs = 0;             // those that may have memory behind them
  };

  // A chunk that is wholly free, with or without memory behind it.
  bool TouchOne();
  Chunk* TakeEmptyChunk() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReserveGroup() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // How much memory of free runs is kept for the next.
  size_t KeptIdleBytes() const;
  // Gives back the memory of the chunk's free runs if there is more than that.
  void Cool(Chunk* chunk) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Count(int64_t runs);
  void* TakeRuns(Chunk* chunk, size_t runs) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::atomic<Waiter*> toucher_{nullptr};
  Mutex mutex_;
  std::atomic<size_t> used_bytes_{0};
  std::atomic<size_t> limit_bytes_{SIZE_MAX};
  MemoryBudget* budget_ = nullptr;
  size_t warm_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of warm runs, given out or not
  std::vector<std::pair<void*, size_t>> mappings_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<uintptr_t, std::unique_ptr<Chunk>> chunks_ ABSL_GUARDED_BY(mutex_);
  // With some runs free and some not, by address: the lowest is filled first, so that the others
  // may become empty.
  std::set<std::pair<char*, Chunk*>> partial_ ABSL_GUARDED_BY(mutex_);
  std::vector<Chunk*> empty_ ABSL_GUARDED_BY(mutex_);    // without memory
  std::vector<Chunk*> touched_ ABSL_GUARDED_BY(mutex_);  // with large pages behind them
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_ARENA_H_
