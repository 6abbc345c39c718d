#ifndef KONTOR_TYPES_SORTED_SET_H_
#define KONTOR_TYPES_SORTED_SET_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/heap_bytes.h"
#include "types/counted_tree.h"
#include "types/dense_table.h"
#include "types/packed.h"

namespace kontor {

// The sorted set type: members with scores, in the order of their scores, and of their bytes where
// scores are equal (0 and -0 are). A member's rank is how many come before it. While the set is
// small it is packed, in that order, score after member; once it is not it is a table that knows
// each member's score and a tree that knows the order, and stays so.
//
// A change that finds no memory throws std::bad_alloc and changes nothing. An erase needs none, nor
// does setting back a score that a Set replaced; a new score for a member of a large set needs none
// whatever it is. Bytes given must not lie in the set. Not thread-safe. What is returned lasts
// until the next change.
class SortedSet {
  // An entry of the tree of a large set.
  struct Ranked {
    double score;
    const DenseTable::Entry* entry;
  };
  struct RankedBefore {
    bool operator()(const Ranked& one, const Ranked& other) const;
  };
  using Order = CountedTree<Ranked, RankedBefore>;

 public:
  // A set with more members, or a longer member, is large.
  static constexpr size_t kPackedMembers = 128;
  static constexpr size_t kPackedBytes = 64;

  struct Member {
    Element member;
    double score;
  };

  SortedSet() = default;
  // The large copy of a large set is made in order, so its places are others.
  SortedSet(const SortedSet& other);
  SortedSet& operator=(const SortedSet&) = delete;
  ~SortedSet() = default;

  size_t size() const { return large_ == nullptr ? pairs_.size() / 2 : large_->order.size(); }
  // None if there is no such member.
  std::optional<double> Score(Bytes member) const;
  std::optional<size_t> RankOf(Bytes member) const;

  // True if the member is new. The score is any number, but not NaN.
  bool Set(Bytes member, double score);
  // False if there was no such member.
  bool Erase(Bytes member);
  // Those with ranks from `first` on; first + count must not exceed the size.
  void EraseRange(size_t first, size_t count);

  // How many have a lower score, or, `including` the score itself, one that is not higher. So these
  // are the ranks between which a range of scores lies.
  size_t CountBelow(double score, bool including) const;
  // The same by members, if all scores are equal; if they are not it is some number up to size().
  size_t CountBelowMember(Bytes member, bool including) const;

  // A walk towards either end.
  class Iterator {
   public:
    // False once it has gone past an end; the others need it to be true.
    bool valid() const { return pairs_ != nullptr || ranked_.valid(); }
    Element member() const;
    double score() const;
    void Next();
    void Previous();

   private:
    friend class SortedSet;
    const Packed* pairs_ = nullptr;  // null in a large set
    Packed::Place place_ = 0;
    Order::Iterator ranked_;
  };
  // At a rank; not valid if it is not in range.
  Iterator From(size_t rank) const;
  // Visits every member, in order.
  template <typename Visitor>
  void ForEach(Visitor visit) const;

  // For ZRANDMEMBER: place in [0, size). No order is promised, but a large set takes no longer for
  // one place than for another.
  Member at(size_t place) const;
  // Visits up to `count` members below the cursor, high places to low; all of them, however many,
  // if the set is small. Returns the next cursor, 0 when the walk is over, and meets every member
  // that was there throughout. Begin with kScanStart.
  template <typename Visitor>
  uint64_t Scan(uint64_t cursor, uint64_t count, Visitor visit) const;
  static constexpr uint64_t kScanStart = UINT64_MAX;

  bool is_packed() const { return large_ == nullptr; }
  // For freeing a large set in steps: see DenseTable::FreeSome.
  bool FreeSome(size_t count) { return large_ != nullptr && large_->table.FreeSome(count); }
  // What its allocations take of the heap, this object not included.
  size_t memory_bytes() const {
    if (large_ == nullptr) return pairs_.memory_bytes();
    return HeapBytes(sizeof(*large_)) + large_->table.memory_bytes() + large_->order.memory_bytes();
  }

 private:
  struct Large {
    // The member is new.
    void Add(Bytes member, double score);
    // The entry is the member's.
    void Rescore(Bytes member, const DenseTable::Entry* entry, double score);

    DenseTable table;  // of members with their scores, 8 bytes as they lie in memory
    Order order;
  };

  // Of a member in the packed pairs; their end if it is not there.
  Packed::Place PlaceOf(Bytes member) const;
  Packed::Place NextPair(Packed::Place place) const { return pairs_.Next(pairs_.Next(place)); }
  Packed::Place PreviousPair(Packed::Place place) const {
    return pairs_.Previous(pairs_.Previous(place));
  }
  // Whether the pair here comes before this member with this score.
  bool IsBefore(Packed::Place place, double score, Bytes member) const;
  void AddPair(Bytes member, double score);
  void RescorePair(Packed::Place place, Bytes member, double score);
  // How many pairs `holds` is true for, up to the first for which it is not.
  template <typename Holds>
  size_t CountPairsWhile(Holds holds) const;

  Packed pairs_;                  // empty once the set is large
  std::unique_ptr<Large> large_;  // null while it is small
};

template <typename Visitor>
void SortedSet::ForEach(Visitor visit) const {
  for (Iterator each = From(0); each.valid(); each.Next()) {
    visit(Member{each.member(), each.score()});
  }
}

template <typename Visitor>
uint64_t SortedSet::Scan(uint64_t cursor, uint64_t count, Visitor visit) const {
  if (large_ == nullptr) {
    if (cursor > 0) ForEach(visit);
    return 0;
  }
  size_t next = std::min<uint64_t>(cursor, size());
  for (; next > 0 && count > 0; --count) visit(at(--next));
  return next;
}

}  // namespace kontor

#endif  // KONTOR_TYPES_SORTED_SET_H_
