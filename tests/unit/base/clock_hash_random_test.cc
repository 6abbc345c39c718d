#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mutex.h"
#include "base/random.h"

namespace kontor {
namespace {

TEST(ClockTest, SystemTimeIsPlausibleAndMonotonicTimeGoesForward) {
  Clock* const clock = Clock::System();
  EXPECT_GT(clock->UnixMs(), 1'600'000'000'000);
  const int64_t before_ns = clock->MonotonicNs();
  EXPECT_GE(clock->MonotonicNs(), before_ns);
}

TEST(ClockTest, ManualTimeMovesOnlyWhenTold) {
  ManualClock clock(1000);
  EXPECT_EQ(clock.UnixMs(), 1000);
  EXPECT_EQ(clock.MonotonicMs(), 0);
  clock.AdvanceMs(5);
  EXPECT_EQ(clock.UnixMs(), 1005);
  EXPECT_EQ(clock.MonotonicNs(), 5'000'000);
}

TEST(HashTest, ChecksumIsPlainXxh3) {
  EXPECT_EQ(Xxh3(""), 0x2d06800538d394c2u);  // the published value of the empty input
  EXPECT_NE(Xxh3("a"), Xxh3("b"));
  EXPECT_NE(Xxh3("a", 1), Xxh3("a", 2));
}

TEST(HashTest, KeyHashDependsOnTheSeedAndOnNothingElse) {
  const KeyHasher one(1);
  const KeyHasher same(1);
  const KeyHasher other(2);
  for (const std::string& key : {std::string(), std::string("k"), std::string(300, 'x')}) {
    EXPECT_EQ(one(key), same(key));
    EXPECT_NE(one(key), other(key));
  }
}

TEST(RandomTest, ReplaysFromItsSeedAndKeepsItsBound) {
  Random one(7);
  Random same(7);
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t number = one.Below(10);
    EXPECT_EQ(number, same.Below(10));
    EXPECT_LT(number, 10u);
    seen.insert(number);
  }
  EXPECT_EQ(seen.size(), 10u);
  EXPECT_NE(Random::SystemSeed(), Random::SystemSeed());
}

TEST(ConditionVariableTest, WaitForEndsByItselfAndHoldsTheMutexAgain) {
  Mutex mutex;
  ConditionVariable condition;
  const int64_t start_ns = Clock::System()->MonotonicNs();
  MutexLock lock(&mutex);
  while (Clock::System()->MonotonicNs() - start_ns < 20'000'000) condition.WaitFor(&mutex, 5);
  std::thread([&mutex] {
    const bool taken = mutex.TryLock();
    EXPECT_FALSE(taken);
    if (taken) mutex.Unlock();
  }).join();
}

}  // namespace
}  // namespace kontor
