#ifndef KONTOR_KEYSPACE_SLAB_H_
#define KONTOR_KEYSPACE_SLAB_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "keyspace/arena.h"

namespace kontor {

// The small allocations of one shard: records, segments, directories. Each run of 32 KiB serves one
// size class (J. Bonwick, "The Slab Allocator", 1994); a run that is wholly free goes back to the
// arena, except one, which is kept for whatever needs a run next. Guarded by the lock of its
// shard.
//
// Freed memory may still be read by a reader without the lock, so the link of the free list is
// written by relaxed atomics, and nothing ever unmaps it.
class Slab {
 public:
  // What has a size class; more is given as whole runs.
  static constexpr size_t kLargestClassBytes = 4672;

  explicit Slab(Arena* arena) : arena_(arena) {}
  ~Slab();
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  // Aligned to 8 bytes, and to 64 where `bytes` is a multiple of 64. Up to Arena::kChunkBytes.
  // Throws std::bad_alloc.
  void* Allocate(size_t bytes);
  // `bytes` as it was asked for, or of the same class.
  void Free(void* memory, size_t bytes);
  // What an allocation of `bytes` really takes.
  static size_t RoundUp(size_t bytes);

  // Gives back the run that is kept; or else empties the one that is cheapest to empty into others
  // of its class and gives it back, if there is one: `move` is handed each of its allocations,
  // memory for it elsewhere, and what both take, and answers false, having done nothing, if it
  // cannot. False if no run was given back.
  bool Compact(absl::FunctionRef<bool(void* from, void* to, size_t bytes)> move);

  // In allocations, rounded up.
  size_t used_bytes() const { return used_bytes_; }

 private:
  struct Run;
  struct Class {
    Run* partial = nullptr;  // those of its runs that have something free, in no order
    uint32_t runs = 0;
    uint32_t used = 0;  // allocations
  };
  static constexpr size_t kClasses = 57;

  static size_t ClassOf(size_t bytes);
  static size_t BytesOf(size_t size_class);
  static size_t PerRun(size_t class_bytes);
  Run* AddRun(size_t size_class);
  void KeepOrFreeRun(Run* run);
  // The run that takes the least to empty; null if there is none.
  Run* FindSparseRun();
  void Link(Class* size_class, Run* run);
  void Unlink(Class* size_class, Run* run);

  Arena* const arena_;
  size_t used_bytes_ = 0;
  Run* spare_ = nullptr;
  std::array<Class, kClasses> classes_;
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_SLAB_H_
