#include "base/memory_budget.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace kontor {
namespace {

TEST(MemoryBudget, IsOverOnlyAboveTheLimit) {
  MemoryBudget budget;
  budget.Add(MemoryPurpose::kKeys, int64_t{1} << 40);
  EXPECT_FALSE(budget.over()) << "there is no limit";
  EXPECT_LT(budget.excess_bytes(), 0);
  budget.set_limit_bytes(int64_t{1} << 40);
  EXPECT_FALSE(budget.over());
  budget.Add(MemoryPurpose::kQueues, 1 << 20);
  EXPECT_TRUE(budget.over());
  budget.Add(MemoryPurpose::kKeys, -(2 << 20));
  EXPECT_FALSE(budget.over());
  EXPECT_EQ(budget.used_bytes(MemoryPurpose::kQueues), 1 << 20);
  EXPECT_EQ(budget.used_bytes(), (int64_t{1} << 40) - (1 << 20));
}

TEST(MemoryBudget, ManyThreadsHideLittleFromEachOther) {
  constexpr int64_t kLimit = 64 << 20;
  constexpr int kThreads = 8;
  MemoryBudget budget;
  budget.set_limit_bytes(kLimit);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&budget] {
      for (int64_t taken = 0; taken < kLimit / kThreads; taken += 64) {
        budget.Add(MemoryPurpose::kCollections, 64);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(budget.used_bytes(), kLimit);
  EXPECT_GE(budget.excess_bytes(), -kLimit / 128);
  EXPECT_LE(budget.excess_bytes(), 0);
}

TEST(CountedMemory, FollowsWhatItCountsAndEndsWithIt) {
  MemoryBudget budget;
  {
    CountedMemory memory(MemoryPurpose::kJournal);
    memory.Add(100);
    EXPECT_EQ(budget.used_bytes(), 0);
    memory.set_budget(&budget);
    EXPECT_EQ(budget.used_bytes(MemoryPurpose::kJournal), 100);
    memory.Set(30);
    EXPECT_EQ(budget.used_bytes(), 30);
  }
  EXPECT_EQ(budget.used_bytes(), 0);
}

}  // namespace
}  // namespace kontor
