#ifndef KONTOR_VERBS_SORTED_SETS_H_
#define KONTOR_VERBS_SORTED_SETS_H_

#include <cstdint>
#include <optional>
#include <variant>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/sorted_set.h"

namespace kontor::verbs {

// What can be done with sorted sets. An absent key is an empty one; a key of another type answers
// kWrongType. The locks of the keys are held by the operation, so nothing here blocks. What is
// returned by pointer is borrowed from the record: it lasts until the key changes or the operation
// ends. Scores are any numbers but NaN.

// Null if there is no such key.
Result<const SortedSet*> SortedSetFind(Operation& operation, Bytes key);
Result<uint64_t> SortedSetSize(Operation& operation, Bytes key);

// --- Scores ---

struct ScoredMember {
  Bytes member;
  double score = 0;
};
// All that are set must hold for a member to be changed.
struct ScoreConditions {
  bool if_absent = false;
  bool if_present = false;
  bool if_greater = false;  // a new member is set all the same, unless `if_present`
  bool if_less = false;     // the same
};
// How many members are new, and how many others have another score than before.
struct ScoresSet {
  uint64_t added = 0;
  uint64_t updated = 0;
};
// Sets one score after the other. kTooLarge.
Result<ScoresSet> SortedSetAdd(Operation& operation, Bytes key,
                               absl::Span<const ScoredMember> members,
                               const ScoreConditions& conditions);
// Adds to the score of a member, which is 0 if it is absent. The new score; none if a condition
// does not hold. kNotANumber if infinities meet, kTooLarge.
Result<std::optional<double>> SortedSetIncrement(Operation& operation, Bytes key, Bytes member,
                                                 double increment,
                                                 const ScoreConditions& conditions);
// How many of the members were there. The key goes with its last member.
Result<uint64_t> SortedSetRemove(Operation& operation, Bytes key, absl::Span<const Bytes> members);

// --- Ranges ---

// The members with ranks from `first` on, `count` of them.
struct RankRange {
  size_t first = 0;
  size_t count = 0;
};
// Both included; -1 is the last one.
struct IndexBounds {
  int64_t start = 0;
  int64_t stop = -1;
};
struct ScoreBounds {
  double lowest = 0;
  double highest = 0;
  bool excludes_lowest = false;
  bool excludes_highest = false;
};
// Of members by their bytes, which means something only where all scores are equal.
struct MemberBound {
  enum class Kind : uint8_t { kBeforeAll, kMember, kBehindAll };
  Kind kind = Kind::kMember;
  bool excluded = false;
  Bytes member = {};
};
struct MemberBounds {
  MemberBound lowest;
  MemberBound highest;
};
// A part of a sorted set, as ZRANGE names it.
struct SortedSetRange {
  std::variant<IndexBounds, ScoreBounds, MemberBounds> bounds;
  bool reversed = false;  // from the highest to the lowest; indexes count from there, too
  // Not of indexes: how many are skipped (none is left if it is negative), and how many follow at
  // most (all if it is negative).
  int64_t offset = 0;
  int64_t limit = -1;
};
RankRange RanksOf(const SortedSet& set, const SortedSetRange& range);
// Visits SortedSet::Member after SortedSet::Member.
template <typename Visitor>
void ForEachInRange(const SortedSet& set, const RankRange& ranks, bool reversed, Visitor visit) {
  if (ranks.count == 0) return;
  auto each = set.From(reversed ? ranks.first + ranks.count - 1 : ranks.first);
  for (size_t left = ranks.count; left > 0; --left) {
    visit(SortedSet::Member{each.member(), each.score()});
    reversed ? each.Previous() : each.Next();
  }
}
// The key is there and has these ranks; it goes with its last member. `event` is what it is
// announced as, here and below.
void SortedSetRemoveRanks(Operation& operation, Bytes key, const RankRange& ranks, Bytes event);

// The target becomes this set, whatever it was; one of no members is deleted. kTooLarge.
Status SortedSetStore(Operation& operation, Bytes target, const SortedSet& set, Bytes event);

// --- Popping ---

enum class SortedSetEnd : uint32_t { kLowest = 0, kHighest = 1 };
// The ranks of up to `count` members at that end.
RankRange RanksAt(const SortedSet& set, SortedSetEnd end, uint64_t count);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_SORTED_SETS_H_
