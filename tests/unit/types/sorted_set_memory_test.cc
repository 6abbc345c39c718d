#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "types/sorted_set.h"
#include "unit/types/memory.h"
#include "unit/types/sorted_set_model.h"

namespace kontor {
namespace {

using testing_memory::live_bytes;
using testing_memory::UntilItSucceeds;
using testing_memory::WithoutMemory;

// Calls change() with the first, the second... allocation failing, until there is none that could,
// whether it gets through without or not; then answers how many there are. `check` is told whether
// it got through.
template <typename Change, typename Check>
int64_t WithEachAllocationFailing(Change change, Check check) {
  for (int64_t nth = 1;; ++nth) {
    bool thrown = false;
    testing_memory::fail_at = nth;
    try {
      change();
    } catch (const std::bad_alloc&) {
      thrown = true;
    }
    const bool failed = std::exchange(testing_memory::fail_at, 0) == 0;
    check(!thrown);
    EXPECT_TRUE(failed || !thrown);
    if (!failed || testing::Test::HasFatalFailure()) return nth - 1;
  }
}

TEST(SortedSetMemoryTest, WithoutMemoryNothingChanges) {
  SortedSet set;
  ScoreModel model;
  int failures = 0;
  const auto change = [&](const std::string& member, double score) {
    const size_t bytes = set.memory_bytes();
    failures += UntilItSucceeds([&] { set.Set(member, score); },
                                [&] {
                                  ASSERT_TRUE(RankingOf(set) == RankingOf(model));
                                  ASSERT_EQ(set.Score(member).has_value(), model.contains(member));
                                  // The arrays of a table may have grown ahead of it.
                                  ASSERT_LE(set.memory_bytes(), bytes + 4096);
                                });
    model[member] = score;
    ASSERT_TRUE(RankingOf(set) == RankingOf(model));
  };
  for (int i = 0; i < 128; ++i) change("m" + std::to_string(i), i % 5);
  EXPECT_GT(failures, 5);
  for (int i = 0; i < 128; i += 9) change("m" + std::to_string(i), 0.1 * i);
  change("one more", 3);
  failures = 0;
  for (int i = 0; i < 600; ++i) change("n" + std::to_string(i), i % 7);
  EXPECT_GT(failures, 600);
}

TEST(SortedSetMemoryTest, WithoutMemoryItStaysSmall) {
  ScoreModel model;
  for (int i = 0; i < 128; ++i) model["m" + std::to_string(i)] = i;
  for (const std::string& member : {std::string("one more"), std::string(65, 'x')}) {
    auto set = std::make_unique<SortedSet>(SetOf(model));
    ScoreModel added = model;
    added[member] = 3;
    const auto check = [&](bool done) {
      ASSERT_NO_FATAL_FAILURE(ExpectSame(*set, done ? added : model));
      if (done) set = std::make_unique<SortedSet>(SetOf(model));
    };
    EXPECT_GT(WithEachAllocationFailing([&] { set->Set(member, 3); }, check), 128);
  }
}

TEST(SortedSetMemoryTest, ACopyThatFailsLeavesNothing) {
  for (const int size : {100, 500}) {
    SortedSet set;
    for (int i = 0; i < size; ++i) set.Set("m" + std::to_string(i), i);
    const size_t live_before = live_bytes;
    const int64_t allocations = WithEachAllocationFailing(
        [&] {
          const SortedSet copy(set);
          ASSERT_EQ(copy.size(), set.size());
        },
        [&](bool) { ASSERT_EQ(live_bytes, live_before); });
    EXPECT_GE(allocations, size <= 128 ? 1 : size);
  }
}

// A new member fails at its place in the tree, when the table has it already.
TEST(SortedSetMemoryTest, AMemberThatFindsNoPlaceInTheOrderIsNotThere) {
  SortedSet set;
  size_t failed_twice = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string member = "m" + std::to_string(i);
    const int failures = UntilItSucceeds([&] { set.Set(member, i); },
                                         [&] {
                                           ASSERT_EQ(set.size(), static_cast<size_t>(i));
                                           ASSERT_EQ(set.Score(member), std::nullopt);
                                           if (i > 0) {
                                             ASSERT_LT(set.at(set.size() - 1).score, i);
                                           }
                                         });
    failed_twice += failures > 1 ? 1 : 0;
  }
  EXPECT_GT(failed_twice, 50u);
}

TEST(SortedSetMemoryTest, ErasingAndPuttingBackAScoreNeedNoMemory) {
  for (const int size : {100, 4000}) {
    SortedSet set;
    ScoreModel model;
    for (int i = 0; i < size; ++i) model["m" + std::to_string(i)] = i % 3 == 0 ? i : i + 0.5;
    for (const auto& [member, score] : model) set.Set(member, score);
    std::vector<std::pair<std::string, double>> undo;
    Random random(19);
    ScoreModel changed = model;
    for (int i = 0; i < 1000; ++i) {
      const std::string member = "m" + std::to_string(random.Below(static_cast<uint64_t>(size)));
      undo.emplace_back(member, changed[member]);
      changed[member] = RandomScore(&random);
      set.Set(member, changed[member]);
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(set, changed));
    WithoutMemory([&] {
      for (auto each = undo.rbegin(); each != undo.rend(); ++each) {
        EXPECT_FALSE(set.Set(each->first, each->second));
      }
    });
    ASSERT_NO_FATAL_FAILURE(ExpectSame(set, model));
    WithoutMemory([&] {
      char member[16];
      for (int i = 0; i < size / 2; ++i) {
        std::snprintf(member, sizeof(member), "m%d", 2 * i);
        EXPECT_TRUE(set.Erase(member));
      }
      set.EraseRange(3, static_cast<size_t>(size) / 2 - 4);
    });
    EXPECT_EQ(RankingOf(set).size(), 4u);
  }
}

TEST(SortedSetMemoryTest, AChangedScoreInALargeSetNeedsNoMemory) {
  SortedSet set;
  ScoreModel model;
  for (int i = 0; i < 4000; ++i) {
    set.Set("m" + std::to_string(i), i);
    model["m" + std::to_string(i)] = i;
  }
  Random random(23);
  for (int i = 0; i < 300; ++i) {
    const std::string member = "m" + std::to_string(random.Below(4000));
    const double score = RandomScore(&random);
    WithoutMemory([&] { EXPECT_FALSE(set.Set(member, score)); });
    model[member] = score;
    ASSERT_TRUE(RankingOf(set) == RankingOf(model));
  }
  ASSERT_NO_FATAL_FAILURE(ExpectSame(set, model));
}

TEST(SortedSetMemoryTest, SetsAreLean) {
  SortedSet small;
  for (int i = 0; i < 100; ++i) small.Set("member 0" + std::to_string(10 + i), 1000 + i);
  // 1000 bytes of members, 800 of scores.
  EXPECT_LE(small.memory_bytes(), 2048u);
  SortedSet large;
  Random random(29);
  for (int i = 0; i < 100000; ++i) {
    large.Set("m" + std::to_string(100000000 + i), static_cast<double>(random.Next()));
  }
  EXPECT_LE(large.memory_bytes(), 100000u * 98);
}

}  // namespace
}  // namespace kontor
