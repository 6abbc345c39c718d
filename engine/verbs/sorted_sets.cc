#include "verbs/sorted_sets.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/check.h"
#include "verbs/check_limits.h"
#include "verbs/keys.h"

namespace kontor::verbs {
namespace {

// Whether a member that has the score `before`, or none, may get this one.
bool Allows(const ScoreConditions& conditions, std::optional<double> before, double score) {
  if (!before.has_value()) return !conditions.if_present;
  return !conditions.if_absent && (!conditions.if_greater || score > *before) &&
         (!conditions.if_less || score < *before);
}

std::optional<double> ScoreIn(const SortedSet* set, Bytes member) {
  return set == nullptr ? std::nullopt : set->Score(member);
}

Result<const SortedSet*> FindToAdd(Operation& operation, Bytes key,
                                   absl::Span<const ScoredMember> members) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  for (const ScoredMember& each : members) KONTOR_RETURN_IF_ERROR(CheckValue(each.member));
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set, SortedSetFind(operation, key));
  KONTOR_RETURN_IF_ERROR(CheckElements(set == nullptr ? 0 : set->size(), members.size()));
  return set;
}

// The elements of `size` from `start` to `stop`.
RankRange RanksWithin(const SortedSet& set, const IndexBounds& bounds) {
  const auto size = static_cast<int64_t>(set.size());
  const int64_t start = std::max<int64_t>(bounds.start < 0 ? bounds.start + size : bounds.start, 0);
  const int64_t stop = std::min(bounds.stop < 0 ? bounds.stop + size : bounds.stop, size - 1);
  if (start > stop) return {};
  return {static_cast<size_t>(start), static_cast<size_t>(stop - start + 1)};
}

RankRange RanksBetween(size_t first, size_t end) {
  return first < end ? RankRange{first, end - first} : RankRange{};
}

RankRange RanksWithin(const SortedSet& set, const ScoreBounds& bounds) {
  return RanksBetween(set.CountBelow(bounds.lowest, bounds.excludes_lowest),
                      set.CountBelow(bounds.highest, !bounds.excludes_highest));
}

// How many members lie before a bound, with or without the member that it names.
size_t CountBefore(const SortedSet& set, const MemberBound& bound, bool including) {
  switch (bound.kind) {
    case MemberBound::Kind::kBeforeAll:
      return 0;
    case MemberBound::Kind::kBehindAll:
      return set.size();
    case MemberBound::Kind::kMember:
      break;
  }
  return set.CountBelowMember(bound.member, including);
}

RankRange RanksWithin(const SortedSet& set, const MemberBounds& bounds) {
  return RanksBetween(CountBefore(set, bounds.lowest, bounds.lowest.excluded),
                      CountBefore(set, bounds.highest, !bounds.highest.excluded));
}

}  // namespace

Result<const SortedSet*> SortedSetFind(Operation& operation, Bytes key) {
  const SortedSet* set = nullptr;
  KONTOR_RETURN_IF_ERROR(operation.Find(key, &set));
  return set;
}

Result<uint64_t> SortedSetSize(Operation& operation, Bytes key) {
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set, SortedSetFind(operation, key));
  return set == nullptr ? uint64_t{0} : uint64_t{set->size()};
}

Result<ScoresSet> SortedSetAdd(Operation& operation, Bytes key,
                               absl::Span<const ScoredMember> members,
                               const ScoreConditions& conditions) {
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set, FindToAdd(operation, key, members));
  ScoresSet done;
  for (const auto& [member, score] : members) {
    const std::optional<double> before = ScoreIn(set, member);
    if (!Allows(conditions, before, score) || before == score) continue;
    operation.SetScore(key, member, score);
    ++(before.has_value() ? done.updated : done.added);
    if (set == nullptr) KONTOR_RETURN_IF_ERROR(operation.Find(key, &set));
  }
  if (done.added + done.updated > 0) operation.Announce(KeyEventClass::kSortedSet, "zadd", key);
  return done;
}

Result<std::optional<double>> SortedSetIncrement(Operation& operation, Bytes key, Bytes member,
                                                 double increment,
                                                 const ScoreConditions& conditions) {
  const ScoredMember added{member, increment};
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set, FindToAdd(operation, key, {&added, 1}));
  const std::optional<double> before = ScoreIn(set, member);
  if (before.has_value() && conditions.if_absent) return std::optional<double>();
  const double score = before.has_value() ? *before + increment : increment;
  if (std::isnan(score)) {
    return Status(Code::kNotANumber, "resulting score is not a number (NaN)");
  }
  if (!Allows(conditions, before, score)) return std::optional<double>();
  if (before != score) {
    operation.SetScore(key, member, score);
    operation.Announce(KeyEventClass::kSortedSet, "zincr", key);
  }
  return std::optional<double>(score);
}

Result<uint64_t> SortedSetRemove(Operation& operation, Bytes key, absl::Span<const Bytes> members) {
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set, SortedSetFind(operation, key));
  uint64_t removed = 0;
  for (const Bytes member : members) {
    if (!ScoreIn(set, member).has_value()) continue;
    const bool last = set->size() == 1;
    operation.RemoveScored(key, member);
    ++removed;
    if (last) break;  // the key is gone
  }
  if (removed > 0) operation.AnnounceTaking(KeyEventClass::kSortedSet, "zrem", key);
  return removed;
}

RankRange RanksOf(const SortedSet& set, const SortedSetRange& range) {
  RankRange ranks =
      std::visit([&](const auto& bounds) { return RanksWithin(set, bounds); }, range.bounds);
  if (std::holds_alternative<IndexBounds>(range.bounds)) {
    if (range.reversed && ranks.count > 0) ranks.first = set.size() - ranks.first - ranks.count;
    return ranks;
  }
  if (range.offset < 0 || static_cast<uint64_t>(range.offset) >= ranks.count) return {};
  const auto skipped = static_cast<size_t>(range.offset);
  size_t count = ranks.count - skipped;
  if (range.limit >= 0) count = std::min<uint64_t>(count, static_cast<uint64_t>(range.limit));
  const size_t behind = ranks.count - skipped - count;
  return {ranks.first + (range.reversed ? behind : skipped), count};
}

void SortedSetRemoveRanks(Operation& operation, Bytes key, const RankRange& ranks, Bytes event) {
  const SortedSet* set = nullptr;
  KONTOR_CHECK(operation.Find(key, &set).ok() && set != nullptr);
  if (ranks.count == set->size()) {
    operation.Delete(key);
  } else {
    std::string member;  // an effect must not name what lies in the record it changes
    for (size_t left = ranks.count; left > 0; --left) {
      const Element next = set->From(ranks.first).member();
      member.assign(next.bytes());
      operation.RemoveScored(key, member);
    }
  }
  operation.AnnounceTaking(KeyEventClass::kSortedSet, event, key);
}

Status SortedSetStore(Operation& operation, Bytes target, const SortedSet& set, Bytes event) {
  KONTOR_RETURN_IF_ERROR(CheckKey(target));
  KONTOR_RETURN_IF_ERROR(CheckElements(0, set.size()));
  KeyStore(operation, KeyEventClass::kSortedSet, event, target, [&] {
    set.ForEach([&](const SortedSet::Member& each) {
      operation.SetScore(target, each.member.bytes(), each.score);
    });
  });
  return Ok();
}

RankRange RanksAt(const SortedSet& set, SortedSetEnd end, uint64_t count) {
  const size_t taken = std::min<uint64_t>(count, set.size());
  return {end == SortedSetEnd::kLowest ? 0 : set.size() - taken, taken};
}

}  // namespace kontor::verbs
