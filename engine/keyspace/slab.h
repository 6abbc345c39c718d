#ifndef KONTOR_KEYSPACE_SLAB_H_
#define KONTOR_KEYSPACE_SLAB_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "keyspace/arena.h"

namespace kontor {

// The small allocations of one shard: records, segments, directories. Each run of 32 KiB serves one
// size class (J. Bonwick, "The Slab Allocator", 1994); a run that is wholly free goes back to the
// arena. Guarded by the lock of its shard.
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

  // In allocations, rounded up.
  size_t used_bytes() const { return used_bytes_; }

 private:
  struct Run;
  // The runs of a class that have something free, in no order.
  struct Class {
    Run* partial = nullptr;
  };
  static constexpr size_t kClasses = 57;

  static size_t ClassOf(size_t bytes);
  static size_t BytesOf(size_t size_class);
  Run* AddRun(size_t size_class);
  void Link(Class* size_class, Run* run);
  void Unlink(Class* size_class, Run* run);

  Arena* const arena_;
  size_t used_bytes_ = 0;
  std::array<Class, kClasses> classes_;
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_SLAB_H_
