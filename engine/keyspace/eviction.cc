#include "keyspace/eviction.h"

#include <array>

#include "keyspace/table.h"

namespace kontor {
namespace {

// Records compared for one victim. With 16 the victim is on average among the first 6 % of those
// that are to go; more were measured to gain next to nothing.
constexpr size_t kSample = 16;

// Less goes first.
int64_t RankOf(Eviction eviction, const UseClock& clock, const Record& record, Random* random) {
  if (ByUse(eviction)) return clock.Ahead(record.use_mark());
  if (eviction == Eviction::kVolatileTtl) return record.deadline_unix_ms();
  // Drawn from a sample, too: what stands behind free slots would be met first too often.
  return static_cast<int64_t>(random->Next() >> 1);
}

}  // namespace

const char* EvictionName(Eviction eviction) {
  constexpr std::array<const char*, kEvictions> kNames = {
      "noeviction",   "allkeys-lru",  "allkeys-lfu",     "allkeys-random",
      "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"};
  return kNames.at(static_cast<size_t>(eviction));
}

template <typename Visitor>
void Table::VisitFromRandom(bool volatile_only, class Random* random, Visitor visit) const {
  const auto wanted = [&](const Record& record) {
    return !volatile_only || record.deadline_unix_ms() != 0;
  };
  const auto visit_overflow = [&] {
    for (const Overflowing& entry : overflow_) {
      if (wanted(*entry.record) && !visit(*entry.record)) return false;
    }
    return true;
  };
  const bool overflow_first = !overflow_.empty() && random->Below(size_) < overflow_.size();
  if (overflow_first && !visit_overflow()) return;
  // From any record on, each as likely: so what is full is thinned out more than what is not. A
  // slot of a segment that covers much of the directory must win further draws.
  constexpr int kDraws = 64;
  uint64_t path = 0;
  Segment::Place first;
  for (int draw = 0; draw < kDraws; ++draw) {
    path = random->Next();
    const auto slot = static_cast<unsigned>(random->Below(Segment::kSlots));
    first = {slot / Segment::kSlotsPerBucket, slot % Segment::kSlotsPerBucket};
    const Segment& segment = *directory()[path >> (64 - depth())];
    const unsigned spare_bits = depth() - segment.depth();
    if (segment.IsUsed(first) && random->Below(uint64_t{1} << spare_bits) == 0) break;
  }
  for (size_t seen = 0; seen < segments_; ++seen) {
    const Segment& segment = *directory()[path >> (64 - depth())];
    const bool none = volatile_only && segment.earliest_deadline_unix_ms() == INT64_MAX;
    if (!none && !segment.VisitFrom(first, [&](SlotWord word) {
          return !wanted(*word.record()) || visit(*word.record());
        })) {
      return;
    }
    first = {};
    path = segment.depth() == 0 ? 0 : segment.prefix() + (uint64_t{1} << (64 - segment.depth()));
  }
  if (!overflow_first) visit_overflow();
}

const Record* Table::ChooseVictim(Eviction eviction, int64_t now_unix_ms,
                                  class Random* random) const {
  if (empty()) return nullptr;
  const Record* victim = nullptr;
  int64_t least = INT64_MAX;
  size_t left = kSample;
  VisitFromRandom(OnlyVolatile(eviction), random, [&](const Record& record) {
    if (record.ExpiredAt(now_unix_ms)) {
      victim = &record;
      return false;
    }
    const int64_t rank = RankOf(eviction, *clock_, record, random);
    if (victim == nullptr || rank < least) {
      victim = &record;
      least = rank;
    }
    return --left != 0;
  });
  return victim;
}

}  // namespace kontor
