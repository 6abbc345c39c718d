#include "keyspace/evicted_marks.h"

#include <bit>

namespace kontor {

void EvictedMarks::Resize(size_t size) {
  // The kernel zeroes what is large, a page at a time when it is first used.
  entries_.reset(size == 0 ? nullptr : static_cast<uint32_t*>(std::calloc(size, sizeof(uint32_t))));
  size_ = entries_ == nullptr ? 0 : size;
  memory_.Set(static_cast<int64_t>(size_ * sizeof(uint32_t)));
}

void EvictedMarks::Remember(uint64_t hash, uint16_t mark, size_t keys) {
  constexpr size_t kLeast = 64;
  const bool fits = size_ <= 4 * keys && keys < 2 * size_;
  if (!fits && (size_ != kLeast || keys >= 2 * kLeast)) {
    // All are forgotten, which happens once in a doubling.
    Resize(keys < kLeast ? kLeast : std::bit_floor(keys));
  }
  if (!empty()) entries_[PlaceOf(hash)] = FingerprintOf(hash) | mark;
}

bool EvictedMarks::Recall(uint64_t hash, uint16_t* mark) {
  if (empty()) return false;
  uint32_t& entry = entries_[PlaceOf(hash)];
  constexpr uint32_t kFingerprint = 0xffff0000;
  if ((entry & kFingerprint) != FingerprintOf(hash)) return false;
  *mark = static_cast<uint16_t>(entry);
  entry = 0;
  return true;
}

}  // namespace kontor
