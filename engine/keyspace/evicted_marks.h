#ifndef KONTOR_KEYSPACE_EVICTED_MARKS_H_
#define KONTOR_KEYSPACE_EVICTED_MARKS_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/memory_budget.h"

namespace kontor {

// The use marks (use_clock.h) of about as many evicted keys as there are keys: a key that comes
// back goes on where it was, so that one that is used now and then is told from one that is used
// once. (What ARC, LIRS and S3-FIFO keep ghosts for.) A table of 32-bit entries, each for the last
// key that fell on it, 16 bits of whose hash tell whose it is: sometimes another's, which then has
// a better start than it deserves.
class EvictedMarks {
 public:
  EvictedMarks() = default;

  // Who counts it; must outlive this.
  void set_budget(MemoryBudget* budget) { memory_.set_budget(budget); }
  bool empty() const { return size_ == 0; }
  // A key goes, one of `keys`. Without memory to remember it, it is forgotten.
  void Remember(uint64_t hash, uint16_t mark, size_t keys);
  // True if the key is remembered, for the last time.
  bool Recall(uint64_t hash, uint16_t* mark);
  void Clear() { Resize(0); }

 private:
  struct Free {
    void operator()(uint32_t* entries) const { std::free(entries); }
  };

  // Bits of the hash that choose neither the shard nor anything in the entry's fingerprint.
  size_t PlaceOf(uint64_t hash) const { return hash >> 16 & (size_ - 1); }
  static uint32_t FingerprintOf(uint64_t hash) {
    return (static_cast<uint32_t>(hash) | 1) << 16;  // never 0, which is no key
  }
  void Resize(size_t size);

  std::unique_ptr<uint32_t[], Free> entries_;  // the mark in the low half
  size_t size_ = 0;                            // a power of two, or 0
  CountedMemory memory_{MemoryPurpose::kKeys};
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_EVICTED_MARKS_H_
