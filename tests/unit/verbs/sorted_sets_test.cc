#include "verbs/sorted_sets.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "unit/verbs/core_fixture.h"
#include "verbs/sorted_set_algebra.h"

namespace kontor::verbs {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
using Scores = std::vector<std::pair<std::string, double>>;

Scores ScoresOf(const SortedSet& set) {
  Scores scores;
  set.ForEach(
      [&](const SortedSet::Member& each) { scores.emplace_back(each.member.bytes(), each.score); });
  return scores;
}

class SortedSetsTest : public CoreTest {
 protected:
  // "added/updated".
  std::string Add(Bytes key, const std::vector<ScoredMember>& members,
                  const ScoreConditions& conditions = {}) {
    const Result<ScoresSet> set = Run(
        [&](Operation& operation) { return SortedSetAdd(operation, key, members, conditions); });
    if (!set.ok()) return set.status().message();
    return std::to_string(set->added) + "/" + std::to_string(set->updated);
  }
  Result<std::optional<double>> Increment(Bytes member, double increment,
                                          const ScoreConditions& conditions = {}) {
    return Run([&](Operation& operation) {
      return SortedSetIncrement(operation, "z", member, increment, conditions);
    });
  }
  Scores All(Bytes key) {
    return Run([&](Operation& operation) {
      const Result<const SortedSet*> set = SortedSetFind(operation, key);
      EXPECT_TRUE(set.ok());
      return *set == nullptr ? Scores() : ScoresOf(**set);
    });
  }
  // The members of a range of "z", one letter each.
  std::string Range(const SortedSetRange& range) {
    return Run([&](Operation& operation) {
      const SortedSet& set = **SortedSetFind(operation, "z");
      std::string members;
      ForEachInRange(set, RanksOf(set, range), range.reversed,
                     [&](const SortedSet::Member& each) { members += each.member.bytes(); });
      return members;
    });
  }
  Scores Combine(SetAlgebra algebra, const std::vector<Bytes>& keys,
                 const std::vector<double>& weights, Aggregate aggregate) {
    return Run([&](Operation& operation) {
      Result<std::vector<ScoredInput>> inputs = FindScoredInputs(operation, keys);
      EXPECT_TRUE(inputs.ok());
      for (size_t i = 0; i < weights.size(); ++i) (*inputs)[i].weight = weights[i];
      return ScoresOf(*SortedSetCombine(algebra, *std::move(inputs), aggregate));
    });
  }
};

TEST_F(SortedSetsTest, AddTellsNewFromUpdated) {
  EXPECT_EQ(Add("z", {{"a", 1}, {"b", 2}, {"a", 3}}), "2/1");
  EXPECT_EQ(Add("z", {{"a", 3}, {"b", -2}}), "0/1");
  EXPECT_EQ(effects(), 1u) << "a score that is there already is no change";
  EXPECT_EQ(All("z"), (Scores{{"b", -2}, {"a", 3}}));
}

TEST_F(SortedSetsTest, ConditionsHoldForEveryMember) {
  Add("z", {{"a", 5}});
  EXPECT_EQ(Add("z", {{"a", 9}, {"b", 1}}, {.if_absent = true}), "1/0");
  EXPECT_EQ(Add("z", {{"a", 6}, {"c", 1}}, {.if_present = true}), "0/1");
  EXPECT_EQ(Add("z", {{"a", 5}, {"b", 2}, {"d", 0}}, {.if_greater = true}), "1/1");
  EXPECT_EQ(Add("z", {{"a", 5}, {"b", 3}, {"e", 0}}, {.if_present = true, .if_less = true}), "0/1");
  EXPECT_EQ(All("z"), (Scores{{"d", 0}, {"b", 2}, {"a", 5}}));
  EXPECT_EQ(Add("nothing", {{"a", 1}}, {.if_present = true}), "0/0");
  EXPECT_FALSE(Exists("nothing"));
}

TEST_F(SortedSetsTest, IncrementAnswersTheNewScore) {
  EXPECT_EQ(*Increment("a", 1.5), 1.5);
  EXPECT_EQ(*Increment("a", -2), -0.5);
  EXPECT_EQ(*Increment("a", 1, {.if_absent = true}), std::nullopt);
  EXPECT_EQ(*Increment("b", 1, {.if_present = true}), std::nullopt);
  EXPECT_EQ(*Increment("a", -1, {.if_greater = true}), std::nullopt);
  EXPECT_EQ(*Increment("a", kInfinity), kInfinity);
  EXPECT_EQ(Increment("a", -kInfinity).code(), Code::kNotANumber);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(All("z"), (Scores{{"a", kInfinity}}));
}

TEST_F(SortedSetsTest, TheKeyGoesWithItsLastMember) {
  Add("z", {{"a", 1}, {"b", 2}});
  const std::vector<Bytes> members = {"a", "a", "c", "b", "b"};
  EXPECT_EQ(*Run([&](Operation& o) { return SortedSetRemove(o, "z", members); }), 2u);
  EXPECT_FALSE(Exists("z"));
}

TEST_F(SortedSetsTest, RangesAreReadFromEitherEnd) {
  Add("z", {{"a", 1}, {"b", 2}, {"c", 2}, {"d", 3}, {"e", kInfinity}});
  EXPECT_EQ(Range({.bounds = IndexBounds{1, -2}}), "bcd");
  EXPECT_EQ(Range({.bounds = IndexBounds{0, 1}, .reversed = true}), "ed");
  EXPECT_EQ(Range({.bounds = IndexBounds{INT64_MIN, INT64_MAX}}), "abcde");
  EXPECT_EQ(Range({.bounds = IndexBounds{3, 2}}), "");
  EXPECT_EQ(Range({.bounds = IndexBounds{5, 9}, .reversed = true}), "");
  const ScoreBounds from_2_to_3{.lowest = 2, .highest = 3};
  EXPECT_EQ(Range({.bounds = from_2_to_3}), "bcd");
  EXPECT_EQ(Range({.bounds = from_2_to_3, .reversed = true}), "dcb");
  EXPECT_EQ(Range({.bounds = from_2_to_3, .offset = 1, .limit = 1}), "c");
  EXPECT_EQ(Range({.bounds = from_2_to_3, .reversed = true, .offset = 1}), "cb");
  EXPECT_EQ(Range({.bounds = from_2_to_3, .reversed = true, .limit = 2}), "dc");
  EXPECT_EQ(Range({.bounds = from_2_to_3, .offset = -1}), "");
  EXPECT_EQ(Range({.bounds = from_2_to_3, .offset = 3}), "");
  EXPECT_EQ(Range({.bounds = from_2_to_3, .limit = 0}), "");
  EXPECT_EQ(Range({.bounds = ScoreBounds{2, 3, true, true}}), "");
  EXPECT_EQ(Range({.bounds = ScoreBounds{3, 2}}), "");
  EXPECT_EQ(Range({.bounds = ScoreBounds{3, kInfinity, true, false}}), "e");
}

TEST_F(SortedSetsTest, RangesOfMembers) {
  Add("z", {{"a", 0}, {"b", 0}, {"c", 0}});
  using Kind = MemberBound::Kind;
  const MemberBound low{.kind = Kind::kBeforeAll};
  const MemberBound high{.kind = Kind::kBehindAll};
  const MemberBound b{.member = "b"};
  const MemberBound not_b{.excluded = true, .member = "b"};
  EXPECT_EQ(Range({.bounds = MemberBounds{low, high}}), "abc");
  EXPECT_EQ(Range({.bounds = MemberBounds{high, low}}), "");
  EXPECT_EQ(Range({.bounds = MemberBounds{b, high}, .reversed = true}), "cb");
  EXPECT_EQ(Range({.bounds = MemberBounds{not_b, high}}), "c");
  EXPECT_EQ(Range({.bounds = MemberBounds{low, not_b}}), "a");
  EXPECT_EQ(Range({.bounds = MemberBounds{b, b}}), "b");
  EXPECT_EQ(Range({.bounds = MemberBounds{b, not_b}}), "");
}

TEST_F(SortedSetsTest, RanksAreRemovedFromLargeSetsAndSmall) {
  for (const size_t size : {size_t{10}, size_t{1000}}) {
    for (size_t i = 0; i < size; ++i) {
      const std::string member = "m" + std::to_string(i);
      Add("z", {{member, static_cast<double>(i)}});
    }
    const auto remove = [&](const RankRange& ranks) {
      Run([&](Operation& operation) {
        SortedSetRemoveRanks(operation, "z", ranks, "zremrangebyrank");
        return 0;
      });
    };
    remove({2, size - 4});
    EXPECT_EQ(effects(), size - 4);
    const auto last = static_cast<double>(size - 1);
    ASSERT_EQ(All("z").size(), 4u);
    EXPECT_EQ(All("z")[1], (std::pair<std::string, double>("m1", 1)));
    EXPECT_EQ(All("z")[3].second, last);
    remove({0, 4});
    EXPECT_EQ(effects(), 1u);
    EXPECT_FALSE(Exists("z"));
  }
}

TEST_F(SortedSetsTest, InfinitiesThatMeetMakeZero) {
  Add("x", {{"a", kInfinity}, {"b", 1}});
  Add("y", {{"a", -kInfinity}, {"b", 2}});
  EXPECT_EQ(Combine(SetAlgebra::kUnion, {"x", "y"}, {}, Aggregate::kSum),
            (Scores{{"a", 0}, {"b", 3}}));
  EXPECT_EQ(Combine(SetAlgebra::kIntersection, {"x", "y"}, {}, Aggregate::kSum),
            (Scores{{"a", 0}, {"b", 3}}));
  EXPECT_EQ(Combine(SetAlgebra::kUnion, {"x"}, {0}, Aggregate::kSum), (Scores{{"a", 0}, {"b", 0}}));
  EXPECT_EQ(Combine(SetAlgebra::kUnion, {"x", "y"}, {1, 2}, Aggregate::kHighest),
            (Scores{{"b", 4}, {"a", kInfinity}}));
  EXPECT_EQ(Combine(SetAlgebra::kIntersection, {"x", "y"}, {1, 2}, Aggregate::kLowest),
            (Scores{{"a", -kInfinity}, {"b", 1}}));
}

TEST_F(SortedSetsTest, APlainSetHasScoresOfOne) {
  Add("z", {{"a", 5}, {"c", 7}});
  Run([](Operation& operation) {
    operation.AddMember("s", "a");
    operation.AddMember("s", "b");
    return 0;
  });
  EXPECT_EQ(Combine(SetAlgebra::kUnion, {"z", "s", "nothing"}, {1, 10, 1}, Aggregate::kSum),
            (Scores{{"c", 7}, {"b", 10}, {"a", 15}}));
  EXPECT_EQ(Combine(SetAlgebra::kDifference, {"z", "s"}, {}, Aggregate::kSum), (Scores{{"c", 7}}));
  EXPECT_EQ(Combine(SetAlgebra::kDifference, {"s", "z"}, {}, Aggregate::kSum), (Scores{{"b", 1}}));
  EXPECT_EQ(Combine(SetAlgebra::kIntersection, {"z", "nothing"}, {}, Aggregate::kSum), Scores());
}

TEST_F(SortedSetsTest, OtherTypesAreRefusedAndNothingChanges) {
  SetString("s", "text");
  EXPECT_EQ(Add("s", {{"a", 1}}), WrongType().message());
  EXPECT_EQ(effects(), 0u);
  const std::vector<Bytes> keys = {"nothing", "s"};
  EXPECT_EQ(Run([&](Operation& o) { return FindScoredInputs(o, keys); }).code(), Code::kWrongType);
  EXPECT_EQ(Run([&](Operation& o) { return SortedSetSize(o, "s"); }).code(), Code::kWrongType);
  EXPECT_EQ(Run([&](Operation& o) { return SortedSetRemove(o, "s", keys); }).code(),
            Code::kWrongType);
}

}  // namespace
}  // namespace kontor::verbs
