#include "types/sorted_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "unit/test_seed.h"
#include "unit/types/memory.h"
#include "unit/types/sorted_set_model.h"
#include "unit/types/values.h"

namespace kontor {
namespace {

using testing_memory::live_bytes;

TEST(SortedSetTest, SetTellsNewFromChanged) {
  SortedSet set;
  EXPECT_TRUE(set.Set("a", 1));
  EXPECT_FALSE(set.Set("a", 2));
  EXPECT_EQ(set.Score("a"), 2);
  EXPECT_EQ(set.size(), 1u);
  EXPECT_EQ(set.Score("b"), std::nullopt);
  EXPECT_EQ(set.RankOf("b"), std::nullopt);
}

TEST(SortedSetTest, EraseTellsWhetherItWasThere) {
  SortedSet set;
  set.Set("a", 7);
  EXPECT_FALSE(set.Erase("7")) << "a score is no member";
  EXPECT_TRUE(set.Erase("a"));
  EXPECT_FALSE(set.Erase("a"));
  EXPECT_EQ(set.size(), 0u);
  EXPECT_FALSE(set.From(0).valid());
}

TEST(SortedSetTest, MembersAreBytesAndScoresAnyNumber) {
  const std::vector<std::string> members = BorderValues();
  for (const bool large : {false, true}) {
    SortedSet set;
    ScoreModel model;
    size_t next_score = 0;
    for (const std::string& member : members) {
      if (!large && member.size() > SortedSet::kPackedBytes) continue;
      const double score = kBorderScores[next_score++ % std::size(kBorderScores)];
      EXPECT_TRUE(set.Set(member, score));
      model[member] = score;
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(set, model));
    for (const auto& [member, old] : ScoreModel(model)) {
      for (const double score : kBorderScores) {
        EXPECT_FALSE(set.Set(member, score));
        ASSERT_TRUE(IsSame(set.Score(member).value(), score));
      }
      model[member] = kBorderScores[std::size(kBorderScores) - 1];
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(set, model));
  }
}

TEST(SortedSetTest, EqualScoresAreOrderedByBytes) {
  const std::string binary("b\0", 2);
  for (const size_t others : {0u, 200u}) {
    SortedSet set;
    for (size_t i = 0; i < others; ++i) set.Set("other" + std::to_string(i), 1);
    for (const std::string& member : {std::string("b"), std::string("\xff"), std::string("10"),
                                      std::string(), binary, std::string("9")}) {
      set.Set(member, member == "10" ? -0.0 : 0.0);
    }
    Ranking ranking = RankingOf(set);
    ranking.resize(6);
    EXPECT_EQ(ranking, (Ranking{{0, ""}, {0, "10"}, {0, "9"}, {0, "b"}, {0, binary}, {0, "\xff"}}));
  }
}

void ChangeOften(Random* random, uint64_t names, bool long_ones, SortedSet* set,
                 ScoreModel* model) {
  for (int step = 0; step < 2500; ++step) {
    std::string member = std::to_string(random->Below(names));
    if (random->OneIn(4)) member = "a name " + member;
    if (long_ones && random->OneIn(40)) member.resize(65 + random->Below(100), 'x');
    if (random->OneIn(300)) {
      const size_t first = random->Below(model->size() + 1);
      const size_t count = random->Below(std::min<size_t>(50, model->size() - first) + 1);
      const Ranking ranking = RankingOf(*model);
      set->EraseRange(first, count);
      for (size_t i = 0; i < count; ++i) model->erase(ranking[first + i].second);
    } else if (random->Below(3) > 0) {
      const double score = RandomScore(random);
      ASSERT_EQ(set->Set(member, score), !model->contains(member));
      (*model)[member] = score;
    } else {
      ASSERT_EQ(set->Erase(member), model->erase(member) == 1);
    }
    ASSERT_EQ(set->size(), model->size());
    if (step % 50 != 0) continue;
    ASSERT_NO_FATAL_FAILURE(ExpectSame(*set, *model));
    ASSERT_NO_FATAL_FAILURE(ExpectSame(SortedSet(*set), *model));
    ASSERT_NO_FATAL_FAILURE(ExpectSameCounts(*set, *model, RandomScore(random)));
  }
}

TEST(SortedSetTest, AgreesWithAMapUnderRandomChanges) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (const bool long_ones : {false, true}) {
    for (const uint64_t names : {10u, 90u, 200u, 1500u}) {
      const size_t live_before = live_bytes;
      SortedSet set;
      {
        ScoreModel model;
        ChangeOften(&random, names, long_ones, &set, &model);
        if (HasFatalFailure()) return;
      }
      EXPECT_EQ(set.memory_bytes(), live_bytes - live_before);
    }
  }
}

TEST(SortedSetTest, TheLimitsOfASmallSetAreSharp) {
  ScoreModel model;
  for (size_t i = 0; i < SortedSet::kPackedMembers - 1; ++i) model["m" + std::to_string(i)] = 1;
  SortedSet set = SetOf(model);
  const std::string longest(SortedSet::kPackedBytes, 'x');
  set.Set(longest, 0.5);
  EXPECT_LT(set.memory_bytes(), 2048u);
  SortedSet many(set);
  many.Set("one more", 1);
  EXPECT_GT(many.memory_bytes(), 8192u);
  EXPECT_EQ(many.size(), SortedSet::kPackedMembers + 1);
  set.Erase("m1");
  set.Set(longest + "x", 1);
  EXPECT_GT(set.memory_bytes(), 8192u);
  EXPECT_EQ(set.size(), SortedSet::kPackedMembers);
  EXPECT_EQ(set.RankOf(longest), 0u);
}

TEST(SortedSetTest, RangesOfScoresAndMembers) {
  for (const int size : {100, 5000}) {
    SortedSet set;
    char member[16];
    for (int i = 0; i < size; ++i) {
      std::snprintf(member, sizeof(member), "%05d", i);
      set.Set(member, 3);
    }
    for (int i = 0; i < size; i += 7) {
      std::snprintf(member, sizeof(member), "%05d", i);
      ASSERT_EQ(set.CountBelowMember(member, false), static_cast<size_t>(i));
      ASSERT_EQ(set.CountBelowMember(member, true), static_cast<size_t>(i) + 1);
      ASSERT_EQ(set.CountBelowMember(std::string(member) + "x", false), static_cast<size_t>(i) + 1);
    }
    EXPECT_EQ(set.CountBelowMember("", true), 0u);
    EXPECT_EQ(set.CountBelowMember("x", false), set.size());
    EXPECT_EQ(set.CountBelow(3, false), 0u);
    EXPECT_EQ(set.CountBelow(3, true), set.size());
    EXPECT_EQ(set.CountBelow(-kInfinity, true), 0u);
    // By member where the scores are not equal is no order: any answer, but an answer.
    for (int i = 0; i < size; ++i) {
      std::snprintf(member, sizeof(member), "%05d", i);
      set.Set(member, i % 10);
    }
    for (int i = 0; i < size; i += 7) {
      std::snprintf(member, sizeof(member), "%05d", i);
      ASSERT_LE(set.CountBelowMember(member, i % 2 == 0), set.size());
    }
  }
}

TEST(SortedSetTest, IteratorsGoBothWaysAndStop) {
  for (const int size : {1, 100, 1000}) {
    SortedSet set;
    for (int i = 0; i < size; ++i) set.Set("m" + std::to_string(i), i);
    for (int rank = 0; rank < size; ++rank) {
      SortedSet::Iterator each = set.From(static_cast<size_t>(rank));
      ASSERT_EQ(each.score(), rank);
      each.Next();
      ASSERT_EQ(each.valid(), rank + 1 < size);
      each = set.From(static_cast<size_t>(rank));
      each.Previous();
      ASSERT_EQ(each.valid(), rank > 0);
    }
    EXPECT_FALSE(set.From(static_cast<size_t>(size)).valid());
    EXPECT_FALSE(set.From(SIZE_MAX).valid());
  }
}

TEST(SortedSetTest, RangesAreErased) {
  for (const size_t size : {100u, 1000u}) {
    SortedSet set;
    for (size_t i = 0; i < size; ++i) set.Set("m" + std::to_string(i), static_cast<double>(i));
    set.EraseRange(10, 0);
    set.EraseRange(size - 5, 5);
    set.EraseRange(10, 20);
    EXPECT_EQ(set.size(), size - 25);
    EXPECT_EQ(set.RankOf("m10"), std::nullopt);
    EXPECT_EQ(set.RankOf("m9"), 9u);
    EXPECT_EQ(set.RankOf("m30"), 10u);
    set.EraseRange(0, size - 25);
    EXPECT_EQ(set.size(), 0u);
    set.EraseRange(0, 0);
    EXPECT_TRUE(set.Set("again", 1));
  }
}

TEST(SortedSetTest, ScanVisitsASmallSetAtOnceAndALargeOneInSteps) {
  for (const size_t size : {1u, 100u, 1000u}) {
    SortedSet set;
    for (size_t i = 0; i < size; ++i) set.Set("m" + std::to_string(i), 1);
    std::set<std::string> seen;
    size_t visited = 0;
    size_t steps = 0;
    uint64_t cursor = SortedSet::kScanStart;
    do {
      cursor = set.Scan(cursor, 7, [&](const SortedSet::Member& each) {
        seen.emplace(each.member.bytes());
        ++visited;
      });
      ++steps;
    } while (cursor != 0);
    EXPECT_EQ(seen.size(), size);
    EXPECT_EQ(visited, size);
    EXPECT_EQ(steps, size <= SortedSet::kPackedMembers ? 1u : 143u);
  }
}

TEST(SortedSetTest, ScanTakesAnyCursor) {
  for (const bool small : {true, false}) {
    SortedSet set;
    set.Set(std::string(small ? 1 : 100, 'x'), 1);
    for (const uint64_t cursor : {uint64_t{0}, uint64_t{1}, uint64_t{99}, UINT64_MAX}) {
      size_t visited = 0;
      EXPECT_EQ(set.Scan(cursor, UINT64_MAX, [&](const SortedSet::Member&) { ++visited; }), 0u);
      EXPECT_EQ(visited, cursor == 0 ? 0u : 1u);
    }
  }
}

// What ZSCAN promises, also where scores change meanwhile.
TEST(SortedSetTest, ScanMeetsEveryMemberThatStays) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    SortedSet set;
    constexpr int kEach = 200;
    for (int i = 0; i < kEach; ++i) {
      set.Set("goes" + std::to_string(i), RandomScore(&random));
      set.Set("stays" + std::to_string(i), RandomScore(&random));
    }
    std::set<std::string> seen;
    int next = 0;
    uint64_t cursor = SortedSet::kScanStart;
    do {
      cursor = set.Scan(cursor, 1 + random.Below(7),
                        [&](const SortedSet::Member& each) { seen.emplace(each.member.bytes()); });
      for (uint64_t i = random.Below(5); i > 0 && next < kEach; --i, ++next) {
        ASSERT_TRUE(set.Erase("goes" + std::to_string(next)));
        set.Set("new" + std::to_string(next), RandomScore(&random));
      }
      set.Set("stays" + std::to_string(random.Below(kEach)), RandomScore(&random));
    } while (cursor != 0);
    for (int i = 0; i < kEach; ++i) {
      ASSERT_TRUE(seen.contains("stays" + std::to_string(i))) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace kontor
