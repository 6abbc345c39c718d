#ifndef KONTOR_KEYSPACE_SEGMENT_H_
#define KONTOR_KEYSPACE_SEGMENT_H_

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/relaxed_copy.h"
#include "keyspace/record.h"

namespace kontor {

// The parts of a key's hash, each made of other bits: the top ones choose the shard and then the
// segment, the low ones the place in it.
class KeyHash {
 public:
  static constexpr unsigned kHomeBits = 6;
  static constexpr unsigned kWindowBits = 13;

  KeyHash(uint64_t hash, unsigned shard_bits) : hash_(hash), shard_bits_(shard_bits) {}

  uint64_t full() const { return hash_; }
  // The bits that choose a segment, the first of them at the top.
  uint64_t path() const { return hash_ << shard_bits_; }
  // The bucket where the key wants to be.
  unsigned home() const { return static_cast<unsigned>(hash_ & ((1u << kHomeBits) - 1)); }
  // One byte that nearly always tells two keys of a bucket apart; never 0.
  uint8_t fingerprint() const { return static_cast<uint8_t>(hash_ >> kHomeBits) | 0x80; }

 private:
  uint64_t hash_;
  unsigned shard_bits_;
};

// What a slot of a bucket holds, in one word: the record's address (48 bits, a multiple of 8), and
// beside it the home bucket and the first bits of the path. So a split moves its entries without
// touching a record, and most records of other keys are told apart without being read.
class SlotWord {
 public:
  explicit SlotWord(uint64_t bits) : bits_(bits) {}
  SlotWord(const Record* record, const KeyHash& hash)
      : bits_(reinterpret_cast<uintptr_t>(record) >> 3 << kTagBits | TagOf(hash)) {}

  uint64_t bits() const { return bits_; }
  Record* record() const {
    return reinterpret_cast<Record*>(bits_ >> kTagBits << 3);  // NOLINT(performance-no-int-to-ptr)
  }
  unsigned home() const { return static_cast<unsigned>(bits_ & ((1u << KeyHash::kHomeBits) - 1)); }
  // The first kWindowBits of the path, at the top.
  uint64_t window() const { return bits_ << (64 - kTagBits); }
  bool MayBe(uint64_t tag) const { return (bits_ & kTagMask) == tag; }

  static uint64_t TagOf(const KeyHash& hash) {
    return hash.path() >> (64 - KeyHash::kWindowBits) << KeyHash::kHomeBits | hash.home();
  }

 private:
  static constexpr unsigned kTagBits = KeyHash::kHomeBits + KeyHash::kWindowBits;
  static constexpr uint64_t kTagMask = (uint64_t{1} << kTagBits) - 1;

  uint64_t bits_;
};

// A small hash table of fixed size, the unit in which a table grows and shrinks: 64 buckets of one
// cache line, each with seven one-byte fingerprints and seven slots, and a stash of eight more. A
// key lives in its home bucket, in the next one, or in one of two of the stash; the home bucket
// knows how many of its keys are elsewhere, so that a search looks nowhere without need. (B. Lu et
// al., "Dash: Scalable Hashing on Persistent Memory", 2020; the fingerprints are those of Swiss
// tables.)
//
// Plain memory of a slab, read by optimistic readers: every word of a bucket is read and written by
// relaxed atomics, and writers hold the shard's lock after BeginChange.
class Segment {
 public:
  static constexpr unsigned kBuckets = 1u << KeyHash::kHomeBits;
  static constexpr unsigned kStashBuckets = 8;
  static constexpr unsigned kSlotsPerBucket = 7;
  static constexpr unsigned kSlots = (kBuckets + kStashBuckets) * kSlotsPerBucket;

  // A place in the segment.
  struct Place {
    unsigned bucket = 0;  // those from kBuckets on are the stash
    unsigned slot = 0;
  };

  // Makes an empty segment of memory of sizeof(Segment).
  static Segment* Create(void* memory, uint64_t prefix, unsigned depth);

  // All paths that begin with the first `depth` bits of `prefix` (its other bits are 0) are here.
  uint64_t prefix() const { return prefix_; }
  unsigned depth() const { return depth_; }
  unsigned count() const { return count_; }

  // The keyspace's epoch when something here last changed while one was open: what a snapshot that
  // opened an epoch has not seen change in it, it may still read. Nobody writes it while none is
  // open (0), so that a change of one record need not touch this line.
  uint64_t epoch() const { return epoch_; }
  void NoteChange(uint64_t epoch) {
    if (epoch != 0) epoch_ = epoch;
  }
  // No key here has an earlier deadline; INT64_MAX if none has one.
  int64_t earliest_deadline_unix_ms() const { return earliest_deadline_unix_ms_; }
  void set_earliest_deadline_unix_ms(int64_t deadline) { earliest_deadline_unix_ms_ = deadline; }

  // The place of a key; false if it is not here. With the lock.
  bool Find(const KeyHash& hash, Bytes key, Place* place) const;
  SlotWord at(const Place& place) const {
    return SlotWord(RelaxedLoad(&buckets_[place.bucket].slots[place.slot]));
  }
  // The same key's new record.
  void Replace(const Place& place, SlotWord word) {
    RelaxedStore(&buckets_[place.bucket].slots[place.slot], word.bits());
  }
  // False if there is no room where the key may be.
  bool Insert(const KeyHash& hash, SlotWord word);
  void Erase(const Place& place);

  // Moves every key whose path has a 1 after `depth` bits into `other`, which must be empty memory,
  // and makes both one bit deeper. `path_of` answers a record's path, where a slot does not know
  // enough bits of it.
  template <typename PathOf>
  void Split(Segment* other, PathOf path_of);
  // Becomes, in empty memory, what two siblings are together; false if that does not fit.
  bool BecomeUnionOf(const Segment& low, const Segment& high);
  bool IsUsed(const Place& place) const {
    return (tags(place.bucket) >> (8 * place.slot) & 0xff) != 0;
  }

  // Visits every key: void(Place, SlotWord).
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    for (unsigned bucket = 0; bucket < kBuckets + kStashBuckets; ++bucket) {
      ForEachIn(bucket, visit);
    }
  }
  // Visits the keys whose home is this bucket, wherever they are.
  template <typename Visitor>
  void ForEachAtHome(unsigned home, Visitor visit) const {
    const auto if_at_home = [&](const Place& place, SlotWord word) {
      if (word.home() == home) visit(place, word);
    };
    ForEachIn(home, if_at_home);
    if (DisplacedCount(tags(home)) != 0) ForEachIn(NextOf(home), if_at_home);
    if (StashCount(tags(home)) == 0) return;
    for (unsigned bucket = kBuckets; bucket < kBuckets + kStashBuckets; ++bucket) {
      ForEachIn(bucket, if_at_home);
    }
  }

  // Visits every key, from one place on and around to those before it, until the visitor,
  // bool(SlotWord), answers false, and answers that.
  template <typename Visitor>
  bool VisitFrom(const Place& first, Visitor visit) const {
    const unsigned begin = first.bucket * kSlotsPerBucket + first.slot;
    for (unsigned i = begin; i < begin + kSlots; ++i) {
      const unsigned slot = i % kSlots;
      const Place place{slot / kSlotsPerBucket, slot % kSlotsPerBucket};
      if (IsUsed(place) && !visit(at(place))) return false;
    }
    return true;
  }

  // Set if keys of this home may be in the table's overflow.
  bool HasOverflow(unsigned home) const { return StashCount(tags(home)) == kManyStashed; }
  void MarkOverflow(unsigned home) {
    SetTags(home, (tags(home) & ~kStashMask) | uint64_t{kManyStashed} << kStashShift);
  }

  // --- For readers without the lock. ---

  enum class Peeked { kFound, kAbsent, kNeedsLock };
  struct PeekedRecord {
    Peeked peeked;
    const Record* record;
  };
  // Looks for an inline key. `valid` is asked before a record is looked at; if it answers false
  // there the answer is kNeedsLock.
  template <typename Valid>
  PeekedRecord Peek(const KeyHash& hash, Bytes key, Valid valid) const;
  // Begins to fetch the home bucket of a key in what may be a segment.
  static void BringBucketNear(const Segment* segment, const KeyHash& hash) {
    __builtin_prefetch(reinterpret_cast<const char*>(segment) + offsetof(Segment, buckets_) +
                       sizeof(Bucket) * hash.home());
  }
  // The same of its header, where a new key is counted.
  static void BringHeaderNear(const Segment* segment) { __builtin_prefetch(segment, kToWrite); }
  // Begins to fetch what a change of this key will touch, as far as its home bucket, for which this
  // waits, can tell. Answers what is probably its record; null if that is elsewhere: then
  // BringNearElsewhere goes on.
  const Record* BringNear(const KeyHash& hash) const;
  const Record* BringNearElsewhere(const KeyHash& hash) const;

 private:
  // One cache line. The tags word: a fingerprint for each slot from the lowest byte up, 0 where it
  // is free; then 4 bits: how many keys of this home are in the next bucket; then 4 bits: how many
  // are in the stash, where 15 means that many, or some in the overflow, now or before.
  static constexpr size_t kCacheLineBytes = 64;
  static constexpr int kToWrite = 1;  // of __builtin_prefetch
  struct alignas(kCacheLineBytes) Bucket {
    uint64_t tags;
    uint64_t slots[kSlotsPerBucket];
  };
  static constexpr unsigned kDisplacedShift = 56;
  static constexpr unsigned kStashShift = 60;
  static constexpr uint64_t kDisplacedMask = uint64_t{15} << kDisplacedShift;
  static constexpr uint64_t kStashMask = uint64_t{15} << kStashShift;
  static constexpr unsigned kManyStashed = 15;

  // Where in the stash a key may be.
  static constexpr unsigned kStashProbes = 2;
  static unsigned StashOf(uint8_t fingerprint, unsigned probe) {
    return kBuckets + (fingerprint + probe) % kStashBuckets;
  }
  static unsigned NextOf(unsigned bucket) { return (bucket + 1) % kBuckets; }
  static unsigned DisplacedCount(uint64_t tags) {
    return static_cast<unsigned>(tags >> kDisplacedShift & 15);
  }
  static unsigned StashCount(uint64_t tags) { return static_cast<unsigned>(tags >> kStashShift); }
  // A bit for each slot with this fingerprint; 0 finds free ones.
  static uint32_t Match(uint64_t tags, uint8_t fingerprint);
  static unsigned SlotOfMatch(uint32_t match) {
    return static_cast<unsigned>(__builtin_ctz(match));
  }

  uint64_t tags(unsigned bucket) const { return RelaxedLoad(&buckets_[bucket].tags); }
  void SetTags(unsigned bucket, uint64_t tags) { RelaxedStore(&buckets_[bucket].tags, tags); }

  const Record* BringNearFrom(unsigned bucket, uint64_t tags, const KeyHash& hash) const;
  template <typename Valid>
  PeekedRecord PeekIn(unsigned bucket, uint64_t tags, uint8_t fingerprint, uint64_t tag, Bytes key,
                      Valid valid) const;
  template <typename Valid>
  PeekedRecord PeekElsewhere(const KeyHash& hash, uint64_t home_tags, Bytes key, Valid valid) const;
  template <typename Visitor>
  void ForEachIn(unsigned bucket, Visitor visit) const {
    const uint64_t tags = this->tags(bucket);
    for (unsigned slot = 0; slot < kSlotsPerBucket; ++slot) {
      if ((tags >> (8 * slot) & 0xff) != 0) visit(Place{bucket, slot}, at({bucket, slot}));
    }
  }
  bool FindIn(unsigned bucket, uint8_t fingerprint, uint64_t tag, Bytes key, Place* place) const;
  // Puts it into a free slot of the bucket; false if there is none.
  bool PutIn(unsigned bucket, uint8_t fingerprint, SlotWord word);
  void ClearSlot(const Place& place);
  void CountElsewhere(unsigned home, unsigned bucket, int change);
  // Moves one key out of a full bucket to where else it may be.
  bool MakeRoomIn(unsigned bucket);
  void TakeBack(const Place& place);
  template <typename Keep>
  void Filter(Keep keep);

  // The header: one line. Where it is, a late reader may still look for a record.
  alignas(kCacheLineBytes) Relaxed<uint64_t> prefix_;
  Relaxed<uint64_t> epoch_;
  Relaxed<int64_t> earliest_deadline_unix_ms_;
  Relaxed<uint32_t> depth_;
  Relaxed<uint32_t> count_;

  Bucket buckets_[kBuckets + kStashBuckets];
};

// ---- Inline, because a lookup is nothing but this. ----

inline uint32_t Segment::Match(uint64_t tags, uint8_t fingerprint) {
  constexpr uint32_t kSlotBits = (1u << kSlotsPerBucket) - 1;
  const uint64_t wanted = 0x0101010101010101 * uint64_t{fingerprint};
#ifdef __SSE2__
  const __m128i equal = _mm_cmpeq_epi8(_mm_cvtsi64_si128(static_cast<int64_t>(tags)),
                                       _mm_cvtsi64_si128(static_cast<int64_t>(wanted)));
  return static_cast<uint32_t>(_mm_movemask_epi8(equal)) & kSlotBits;
#else
  // A byte of `difference` is zero where the tag matches; its highest bit says so, exactly.
  constexpr uint64_t kLow7 = 0x7f7f7f7f7f7f7f7f;
  const uint64_t difference = tags ^ wanted;
  const uint64_t matches = ~(((difference & kLow7) + kLow7) | difference | kLow7);
  // And the highest bits are gathered into the top byte.
  return static_cast<uint32_t>((matches >> 7) * 0x0102040810204080 >> 56) & kSlotBits;
#endif
}

template <typename Valid>
[[gnu::always_inline]] inline Segment::PeekedRecord Segment::PeekIn(unsigned bucket, uint64_t tags,
                                                                    uint8_t fingerprint,
                                                                    uint64_t tag, Bytes key,
                                                                    Valid valid) const {
  for (uint32_t match = Match(tags, fingerprint); match != 0; match &= match - 1) {
    const SlotWord word = at({bucket, SlotOfMatch(match)});
    if (!word.MayBe(tag)) continue;
    const Record* const record = word.record();
    // Most records reach into a second cache line; both come together.
    __builtin_prefetch(reinterpret_cast<const char*>(record) + kCacheLineBytes);
    __builtin_prefetch(reinterpret_cast<const char*>(record) + kCacheLineBytes * 5 / 4);
    if (!valid()) return {Peeked::kNeedsLock, nullptr};
    if (record->PeekKeyEquals(key)) return {Peeked::kFound, record};
  }
  return {Peeked::kAbsent, nullptr};
}

template <typename Valid>
[[gnu::noinline]] Segment::PeekedRecord Segment::PeekElsewhere(const KeyHash& hash,
                                                               uint64_t home_tags, Bytes key,
                                                               Valid valid) const {
  const uint64_t tag = SlotWord::TagOf(hash);
  const uint8_t fingerprint = hash.fingerprint();
  if (DisplacedCount(home_tags) != 0) {
    const unsigned next = NextOf(hash.home());
    const PeekedRecord found = PeekIn(next, tags(next), fingerprint, tag, key, valid);
    if (found.peeked != Peeked::kAbsent) return found;
  }
  if (StashCount(home_tags) == 0) return {Peeked::kAbsent, nullptr};
  for (unsigned probe = 0; probe < kStashProbes; ++probe) {
    const unsigned bucket = StashOf(fingerprint, probe);
    const PeekedRecord found = PeekIn(bucket, tags(bucket), fingerprint, tag, key, valid);
    if (found.peeked != Peeked::kAbsent) return found;
  }
  const bool overflows = StashCount(home_tags) == kManyStashed;
  return {overflows ? Peeked::kNeedsLock : Peeked::kAbsent, nullptr};
}

template <typename Valid>
inline Segment::PeekedRecord Segment::Peek(const KeyHash& hash, Bytes key, Valid valid) const {
  const uint64_t tags = this->tags(hash.home());
  const PeekedRecord found =
      PeekIn(hash.home(), tags, hash.fingerprint(), SlotWord::TagOf(hash), key, valid);
  if (found.peeked != Peeked::kAbsent || tags >> kDisplacedShift == 0) return found;
  return PeekElsewhere(hash, tags, key, valid);
}

inline const Record* Segment::BringNearFrom(unsigned bucket, uint64_t tags,
                                            const KeyHash& hash) const {
  const uint64_t tag = SlotWord::TagOf(hash);
  for (uint32_t match = Match(tags, hash.fingerprint()); match != 0; match &= match - 1) {
    const SlotWord word = at({bucket, SlotOfMatch(match)});
    if (!word.MayBe(tag)) continue;
    const char* const record = reinterpret_cast<const char*>(word.record());
    __builtin_prefetch(record, kToWrite);
    __builtin_prefetch(record + kCacheLineBytes, kToWrite);
    __builtin_prefetch(record + kCacheLineBytes * 5 / 4, kToWrite);
    return word.record();
  }
  return nullptr;
}

inline const Record* Segment::BringNear(const KeyHash& hash) const {
  const uint64_t tags = this->tags(hash.home());
  const Record* const at_home = BringNearFrom(hash.home(), tags, hash);
  if (at_home != nullptr) return at_home;
  if (DisplacedCount(tags) != 0) __builtin_prefetch(&buckets_[NextOf(hash.home())], kToWrite);
  for (unsigned probe = 0; StashCount(tags) != 0 && probe < kStashProbes; ++probe) {
    __builtin_prefetch(&buckets_[StashOf(hash.fingerprint(), probe)], kToWrite);
  }
  __builtin_prefetch(this, kToWrite);  // a new key is counted
  return nullptr;
}

inline const Record* Segment::BringNearElsewhere(const KeyHash& hash) const {
  const uint64_t home_tags = tags(hash.home());
  const unsigned next = NextOf(hash.home());
  const Record* found = nullptr;
  if (DisplacedCount(home_tags) != 0) found = BringNearFrom(next, tags(next), hash);
  for (unsigned probe = 0; found == nullptr && StashCount(home_tags) != 0 && probe < kStashProbes;
       ++probe) {
    const unsigned bucket = StashOf(hash.fingerprint(), probe);
    found = BringNearFrom(bucket, tags(bucket), hash);
  }
  return found;
}

template <typename Keep>
void Segment::Filter(Keep keep) {
  for (unsigned bucket = 0; bucket < kBuckets + kStashBuckets; ++bucket) {
    // Most are at home, and go together, without a branch that nobody could predict.
    uint64_t gone = 0;
    ForEachIn(bucket, [&](const Place& place, SlotWord word) {
      const unsigned goes = keep(word) ? 0 : 1;
      if (word.home() == bucket) {
        gone |= uint64_t{0xff} * goes << (8 * place.slot);
        count_ -= goes;
      } else if (goes != 0) {
        Erase(place);
      }
    });
    SetTags(bucket, tags(bucket) & ~gone);
  }
  // Displaced keys go home, where there is room for them now.
  for (unsigned bucket = 0; bucket < kBuckets + kStashBuckets; ++bucket) {
    const bool stash = bucket >= kBuckets;
    if (!stash && DisplacedCount(tags((bucket + kBuckets - 1) % kBuckets)) == 0) continue;
    ForEachIn(bucket, [&](const Place& place, SlotWord word) {
      if (word.home() != bucket) TakeBack(place);
    });
  }
}

template <typename PathOf>
void Segment::Split(Segment* other, PathOf path_of) {
  const unsigned depth = depth_;
  const uint64_t bit = uint64_t{1} << (63 - depth);
  const auto moves = [&](SlotWord word) {
    const uint64_t path = depth < KeyHash::kWindowBits ? word.window() : path_of(word.record());
    return (path & bit) != 0;
  };
  // The other half begins as a copy, where every key is in a place it may be in.
  RelaxedCopy(reinterpret_cast<char*>(other), reinterpret_cast<const char*>(this), sizeof(Segment));
  other->Filter(moves);
  Filter([&](SlotWord word) { return !moves(word); });
  ++depth_;
  other->depth_ = depth + 1;
  other->prefix_ |= bit;
}

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_SEGMENT_H_
