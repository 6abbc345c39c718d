#include "keyspace/segment.h"

#include <algorithm>

#include "base/check.h"
#include "keyspace/slab.h"

namespace kontor {

static_assert(sizeof(Segment) == Slab::kLargestClassBytes);

Segment* Segment::Create(void* memory, uint64_t prefix, unsigned depth) {
  auto* const segment = static_cast<Segment*>(memory);
  segment->prefix_ = prefix;
  segment->epoch_ = 0;
  segment->earliest_deadline_unix_ms_ = INT64_MAX;
  segment->depth_ = depth;
  segment->count_ = 0;
  for (unsigned bucket = 0; bucket < kBuckets + kStashBuckets; ++bucket) {
    segment->SetTags(bucket, 0);
  }
  return segment;
}

bool Segment::FindIn(unsigned bucket, uint8_t fingerprint, uint64_t tag, Bytes key,
                     Place* place) const {
  for (uint32_t match = Match(tags(bucket), fingerprint); match != 0; match &= match - 1) {
    *place = {bucket, SlotOfMatch(match)};
    const SlotWord word = at(*place);
    if (word.MayBe(tag) && word.record()->KeyEquals(key)) return true;
  }
  return false;
}

bool Segment::Find(const KeyHash& hash, Bytes key, Place* place) const {
  const uint64_t tag = SlotWord::TagOf(hash);
  const uint8_t fingerprint = hash.fingerprint();
  const uint64_t tags = this->tags(hash.home());
  if (FindIn(hash.home(), fingerprint, tag, key, place)) return true;
  if (DisplacedCount(tags) != 0 && FindIn(NextOf(hash.home()), fingerprint, tag, key, place)) {
    return true;
  }
  if (StashCount(tags) == 0) return false;
  for (unsigned probe = 0; probe < kStashProbes; ++probe) {
    const unsigned bucket = StashOf(fingerprint, probe);
    if (FindIn(bucket, fingerprint, tag, key, place)) return true;
  }
  return false;
}

bool Segment::PutIn(unsigned bucket, uint8_t fingerprint, SlotWord word) {
  const uint64_t tags = this->tags(bucket);
  const uint32_t free = Match(tags, 0);
  if (free == 0) return false;
  const unsigned slot = SlotOfMatch(free);
  Replace({bucket, slot}, word);
  SetTags(bucket, tags | uint64_t{fingerprint} << (8 * slot));
  return true;
}

void Segment::ClearSlot(const Place& place) {
  SetTags(place.bucket, tags(place.bucket) & ~(uint64_t{0xff} << (8 * place.slot)));
}

void Segment::CountElsewhere(unsigned home, unsigned bucket, int change) {
  if (bucket == home) return;
  const uint64_t tags = this->tags(home);
  const bool stashed = bucket >= kBuckets;
  const unsigned shift = stashed ? kStashShift : kDisplacedShift;
  const unsigned before = stashed ? StashCount(tags) : DisplacedCount(tags);
  if (stashed && before == kManyStashed) return;  // it has stopped counting
  const uint64_t after = before + static_cast<unsigned>(change);
  SetTags(home, (tags & ~(uint64_t{15} << shift)) | after << shift);
}

bool Segment::MakeRoomIn(unsigned bucket) {
  bool made = false;
  ForEachIn(bucket, [&](const Place& place, SlotWord word) {
    if (made) return;
    // Forward if this is its home, else back to its home.
    const unsigned other = word.home() == bucket ? NextOf(bucket) : word.home();
    const auto fingerprint = static_cast<uint8_t>(tags(bucket) >> (8 * place.slot));
    if (!PutIn(other, fingerprint, word)) return;
    ClearSlot(place);
    CountElsewhere(word.home(), bucket, -1);
    CountElsewhere(word.home(), other, 1);
    made = true;
  });
  return made;
}

bool Segment::Insert(const KeyHash& hash, SlotWord word) {
  const unsigned home = hash.home();
  const unsigned next = NextOf(home);
  const uint8_t fingerprint = hash.fingerprint();
  const auto put = [&](unsigned bucket) {
    if (!PutIn(bucket, fingerprint, word)) return false;
    CountElsewhere(home, bucket, 1);
    ++count_;
    return true;
  };
  if (put(home) || put(next)) return true;
  if (MakeRoomIn(next) && put(next)) return true;
  if (MakeRoomIn(home) && put(home)) return true;
  for (unsigned probe = 0; probe < kStashProbes; ++probe) {
    if (put(StashOf(fingerprint, probe))) return true;
  }
  return false;
}

void Segment::Erase(const Place& place) {
  const unsigned home = at(place).home();
  ClearSlot(place);
  CountElsewhere(home, place.bucket, -1);
  --count_;
}

void Segment::TakeBack(const Place& place) {
  const SlotWord word = at(place);
  const auto fingerprint = static_cast<uint8_t>(tags(place.bucket) >> (8 * place.slot));
  if (!PutIn(word.home(), fingerprint, word)) return;
  ClearSlot(place);
  CountElsewhere(word.home(), place.bucket, -1);
}

bool Segment::BecomeUnionOf(const Segment& low, const Segment& high) {
  RelaxedCopy(reinterpret_cast<char*>(this), reinterpret_cast<const char*>(&low), sizeof(Segment));
  --depth_;
  epoch_ = std::max(low.epoch(), high.epoch());
  earliest_deadline_unix_ms_ =
      std::min(low.earliest_deadline_unix_ms(), high.earliest_deadline_unix_ms());
  bool all = true;
  high.ForEach([&](const Place& place, SlotWord word) {
    const auto fingerprint = static_cast<uint8_t>(high.tags(place.bucket) >> (8 * place.slot));
    // Insert needs no more of the hash than its low bits.
    const KeyHash hash(word.home() | uint64_t{fingerprint} << KeyHash::kHomeBits, 0);
    all = all && Insert(hash, word);
  });
  for (unsigned home = 0; home < kBuckets; ++home) {
    if (high.HasOverflow(home)) MarkOverflow(home);
  }
  return all;
}

}  // namespace kontor
