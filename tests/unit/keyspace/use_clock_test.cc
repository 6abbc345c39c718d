#include "keyspace/use_clock.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "keyspace/keyspace.h"

namespace kontor {
namespace {

constexpr size_t kKeys = 128 * 10;  // the clock moves once in eleven new keys

class UseClockTest : public ::testing::Test {
 protected:
  UseClockTest() { clock_.NoteKeys(kKeys); }
  // Lets a part of a turnover pass.
  void Pass(int units) {
    const auto until = static_cast<uint16_t>(clock_.now() + units);
    while (clock_.now() != until) clock_.MarkNew(hash_ += 0x9e3779b97f4a7c15);
  }
  uint16_t New() { return clock_.MarkNew(hash_ += 0x9e3779b97f4a7c15); }

  UseClock clock_;
  uint64_t hash_ = 1;
};

TEST_F(UseClockTest, WithoutHalfLifeMarksTellOnlyWhatCameFirst) {
  const uint16_t first = New();
  Pass(5);
  const uint16_t second = New();
  EXPECT_LT(clock_.Ahead(first), clock_.Ahead(second));
  EXPECT_EQ(clock_.MarkUsed(first), first);
}

TEST_F(UseClockTest, AUseIsWorthOneHalfLifeAtOnceAndLittleOnceThereWereMany) {
  clock_.set_half_life(UseClock::kRecently);
  uint16_t mark = New();
  mark = clock_.MarkUsed(mark);
  EXPECT_EQ(clock_.Ahead(mark), UseClock::kRecently);  // log2(2) half-lives
  mark = clock_.MarkUsed(mark);
  EXPECT_NEAR(clock_.Ahead(mark), 1.585 * UseClock::kRecently, 2);  // log2(3)
  for (int use = 0; use < 1000; ++use) mark = clock_.MarkUsed(mark);
  EXPECT_EQ(clock_.MarkUsed(mark), mark) << "so that readers of what is hot write nothing";
  Pass(UseClock::kRecently);
  EXPECT_NE(clock_.MarkUsed(mark), mark) << "but what is read goes on being noted";
}

TEST_F(UseClockTest, UsesOfLongAgoWeighNothing) {
  clock_.set_half_life(UseClock::kRecently);
  uint16_t often = New();
  for (int use = 0; use < 100; ++use) often = clock_.MarkUsed(often);
  Pass(12 * UseClock::kRecently);
  const uint16_t once_now = New();
  EXPECT_LT(clock_.Ahead(often), clock_.Ahead(once_now));
  EXPECT_NEAR(clock_.Ahead(clock_.MarkUsed(often)), 0, 16);
}

TEST_F(UseClockTest, OrderHoldsWhereTheClockWrapsAround) {
  clock_.set_half_life(UseClock::kFrequently);
  Pass(65000);
  uint16_t older = New();
  Pass(2000);  // over the edge
  const uint16_t younger = New();
  EXPECT_LT(clock_.Ahead(older), clock_.Ahead(younger));
  for (int use = 0; use < 5000; ++use) older = clock_.MarkUsed(older);
  EXPECT_GT(clock_.Ahead(older), clock_.Ahead(younger));
}

TEST_F(UseClockTest, AKeyThatComesBackGoesOnWhereItWas) {
  clock_.set_half_life(UseClock::kFrequently);
  uint16_t mark = clock_.MarkNew(77 << 20);
  for (int use = 0; use < 5; ++use) mark = clock_.MarkUsed(mark);
  clock_.NoteEvicted(77 << 20, mark);
  EXPECT_EQ(clock_.MarkNew(77 << 20), clock_.MarkUsed(mark));
  EXPECT_EQ(clock_.Ahead(clock_.MarkNew(77 << 20)), 0) << "remembered only once";
}

TEST(EvictedMarks, RemembersMostOfAsManyAsThereAreKeysAndCountsItsMemory) {
  MemoryBudget budget;
  {
    EvictedMarks marks;
    marks.set_budget(&budget);
    Random random(3);
    std::vector<uint64_t> hashes;
    for (int i = 0; i < 1000; ++i) hashes.push_back(random.Next());
    for (const uint64_t hash : hashes) marks.Remember(hash, static_cast<uint16_t>(hash), 4096);
    int recalled = 0;
    for (const uint64_t hash : hashes) {
      uint16_t mark = 0;
      if (!marks.Recall(hash, &mark)) continue;
      ++recalled;
      EXPECT_EQ(mark, static_cast<uint16_t>(hash));
    }
    EXPECT_GT(recalled, 850);
    EXPECT_EQ(budget.used_bytes(MemoryPurpose::kKeys), 4096 * 4);
    marks.Remember(1, 1, 10);
    EXPECT_EQ(budget.used_bytes(MemoryPurpose::kKeys), 64 * 4);
  }
  EXPECT_EQ(budget.used_bytes(), 0);
}

// A few keys in one database do not make the others old.
TEST(UseClockOfShardTest, CountsTheKeysOfAllDatabases) {
  Keyspace keyspace(2, /*hash_seed=*/7);
  std::vector<uint16_t> began;
  constexpr int kMany = 20000;
  for (int i = 0; i < kMany + 100; ++i) {
    if (i == kMany) {
      for (uint32_t at = 0; at < 2; ++at) began.push_back(keyspace.shard(at)->clock()->now());
    }
    const std::string key = std::to_string(i);
    EXPECT_TRUE(keyspace
                    .Apply({.kind = KeyEffectKind::kStringSet,
                            .database = i < kMany ? 0u : 1u,
                            .key = key,
                            .value = "v"})
                    .ok());
  }
  for (uint32_t at = 0; at < 2; ++at) {
    Shard* const shard = keyspace.shard(at);
    shard->lock()->AssertHeld();  // there is no other thread
    EXPECT_LE(shard->clock()->now() - began[at], 2);
    // And what was flushed makes nobody age more slowly.
    shard->Clear(0);
    shard->Clear(1);
    const uint16_t empty = shard->clock()->now();
    for (uint64_t i = 0; i < 300; ++i) shard->clock()->MarkNew(i);
    EXPECT_GT(shard->clock()->now() - empty, 100);
  }
}

}  // namespace
}  // namespace kontor
