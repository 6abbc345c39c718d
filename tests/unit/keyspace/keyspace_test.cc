#include "keyspace/keyspace.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "style/resident_memory.h"
#include "unit/test_seed.h"

namespace kontor {
namespace {

// These tests are single-threaded, so no locks are taken.
Status Set(Keyspace* keyspace, const std::string& key, const std::string& value,
           uint32_t database = 0) {
  return keyspace->Apply(
      {.kind = KeyEffectKind::kStringSet, .database = database, .key = key, .value = value});
}

Status Delete(Keyspace* keyspace, const std::string& key) {
  return keyspace->Apply({.kind = KeyEffectKind::kKeyDelete, .key = key});
}

TEST(Keyspace, SetFindDelete) {
  Keyspace keyspace(4, 1);
  ASSERT_TRUE(Set(&keyspace, "a", "1").ok());
  ASSERT_NE(keyspace.Find(0, "a"), nullptr);
  EXPECT_EQ(keyspace.Find(0, "a")->text(), "1");
  EXPECT_EQ(keyspace.Find(1, "a"), nullptr);
  ASSERT_TRUE(Set(&keyspace, "a", "2").ok());
  EXPECT_EQ(keyspace.Find(0, "a")->text(), "2");
  EXPECT_EQ(keyspace.CountKeys(0), 1u);
  ASSERT_TRUE(Delete(&keyspace, "a").ok());
  EXPECT_EQ(keyspace.Find(0, "a"), nullptr);
}

TEST(Keyspace, KeysWithTheSameBytesInDifferentDatabasesAreDifferent) {
  Keyspace keyspace(4, 1);
  ASSERT_TRUE(Set(&keyspace, "k", "zero", 0).ok());
  ASSERT_TRUE(Set(&keyspace, "k", "nine", 9).ok());
  ASSERT_TRUE(
      keyspace.Apply({.kind = KeyEffectKind::kDatabaseSwap, .database = 0, .number = 9}).ok());
  EXPECT_EQ(keyspace.Find(0, "k")->text(), "nine");
  EXPECT_EQ(keyspace.Find(9, "k")->text(), "zero");
  ASSERT_TRUE(keyspace.Apply({.kind = KeyEffectKind::kDatabaseFlush, .database = 0}).ok());
  EXPECT_EQ(keyspace.Find(0, "k"), nullptr);
  EXPECT_NE(keyspace.Find(9, "k"), nullptr);
}

TEST(Keyspace, MoveAndCopyTakeTheDeadlineAlong) {
  Keyspace keyspace(8, 1);
  ASSERT_TRUE(Set(&keyspace, "a", "x").ok());
  ASSERT_TRUE(keyspace.Apply({.kind = KeyEffectKind::kKeyExpire, .key = "a", .number = 500}).ok());
  ASSERT_TRUE(Set(&keyspace, "b", "old").ok());
  ASSERT_TRUE(
      keyspace.Apply({.kind = KeyEffectKind::kKeyCopy, .key = "a", .field = "b", .number = 0})
          .ok());
  ASSERT_TRUE(
      keyspace.Apply({.kind = KeyEffectKind::kKeyMove, .key = "a", .field = "c", .number = 3})
          .ok());
  EXPECT_EQ(keyspace.Find(0, "a"), nullptr);
  EXPECT_EQ(keyspace.Find(0, "b")->text(), "x");
  EXPECT_EQ(keyspace.Find(0, "b")->deadline_unix_ms(), 500);
  EXPECT_EQ(keyspace.Find(3, "c")->deadline_unix_ms(), 500);
}

TEST(Keyspace, EmptyCollectionsVanishWithTheirDeadline) {
  Keyspace keyspace(4, 1);
  const KeyEffect push{.kind = KeyEffectKind::kListPushBack, .key = "l", .value = "v"};
  ASSERT_TRUE(keyspace.Apply(push).ok());
  ASSERT_TRUE(keyspace.Apply({.kind = KeyEffectKind::kKeyExpire, .key = "l", .number = 9}).ok());
  ASSERT_TRUE(keyspace.Apply({.kind = KeyEffectKind::kListPopFront, .key = "l", .number = 1}).ok());
  EXPECT_EQ(keyspace.Find(0, "l"), nullptr);
  ASSERT_TRUE(keyspace.Apply(push).ok());
  EXPECT_EQ(keyspace.Find(0, "l")->deadline_unix_ms(), 0);
}

TEST(Keyspace, EffectsThatDoNotFitAreRefusedAndChangeNothing) {
  Keyspace keyspace(4, 1);
  ASSERT_TRUE(Set(&keyspace, "s", "text").ok());
  const KeyEffect misfits[] = {
      {.kind = KeyEffectKind::kHashSet, .key = "s", .field = "f", .value = "v"},
      {.kind = KeyEffectKind::kListPushBack, .key = "s", .value = "v"},
      {.kind = KeyEffectKind::kListPopFront, .key = "absent", .number = 1},
      {.kind = KeyEffectKind::kListSet, .key = "absent", .value = "v", .number = 0},
      {.kind = KeyEffectKind::kKeyExpire, .key = "absent", .number = 5},
      {.kind = KeyEffectKind::kKeyMove, .key = "absent", .field = "t", .number = 0},
  };
  for (const KeyEffect& effect : misfits) {
    EXPECT_EQ(keyspace.Apply(effect).code(), Code::kCorrupt);
  }
  EXPECT_EQ(keyspace.Find(0, "s")->text(), "text");
  EXPECT_EQ(keyspace.CountKeys(0), 1u);
}

TEST(Keyspace, ListIndexesOutOfRangeAreRefused) {
  Keyspace keyspace(4, 1);
  ASSERT_TRUE(
      keyspace.Apply({.kind = KeyEffectKind::kListPushBack, .key = "l", .value = "v"}).ok());
  for (const KeyEffectKind kind : {KeyEffectKind::kListSet, KeyEffectKind::kListErase}) {
    EXPECT_EQ(keyspace.Apply({.kind = kind, .key = "l", .number = 1}).code(), Code::kCorrupt);
  }
  EXPECT_EQ(keyspace.Apply({.kind = KeyEffectKind::kListInsert, .key = "l", .number = 2}).code(),
            Code::kCorrupt);
  EXPECT_EQ(keyspace.Apply({.kind = KeyEffectKind::kListPopBack, .key = "l", .number = 2}).code(),
            Code::kCorrupt);
  EXPECT_EQ(keyspace.Find(0, "l")->As<List>()->size(), 1u);
}

TEST(Keyspace, DescribeRebuildsEveryType) {
  Keyspace keyspace(4, 1);
  ASSERT_TRUE(Set(&keyspace, "s", "text").ok());
  ASSERT_TRUE(keyspace.Apply({.kind = KeyEffectKind::kKeyExpire, .key = "s", .number = 77}).ok());
  for (const char* field : {"f", "g"}) {
    ASSERT_TRUE(
        keyspace.Apply({.kind = KeyEffectKind::kHashSet, .key = "h", .field = field, .value = "v"})
            .ok());
  }
  for (const char* value : {"1", "2", "3"}) {
    ASSERT_TRUE(
        keyspace.Apply({.kind = KeyEffectKind::kListPushBack, .key = "l", .value = value}).ok());
  }
  ASSERT_TRUE(keyspace.Apply({.kind = KeyEffectKind::kKeyExpire, .key = "l", .number = 88}).ok());
  for (const char* member : {"a", "b"}) {
    ASSERT_TRUE(
        keyspace.Apply({.kind = KeyEffectKind::kSetAdd, .key = "set", .field = member}).ok());
    ASSERT_TRUE(keyspace
                    .Apply({.kind = KeyEffectKind::kSortedSetSet,
                            .key = "z",
                            .field = member,
                            .number = std::bit_cast<int64_t>(member[0] == 'a' ? 2.5 : -0.0)})
                    .ok());
  }
  Keyspace rebuilt(16, 2);
  for (const char* key : {"s", "h", "l", "set", "z"}) {
    keyspace.Find(0, key)->Describe(
        0, [&](const KeyEffect& effect) { ASSERT_TRUE(rebuilt.Apply(effect).ok()); });
  }
  EXPECT_EQ(rebuilt.Find(0, "s")->text(), "text");
  EXPECT_EQ(rebuilt.Find(0, "s")->deadline_unix_ms(), 77);
  const std::optional<Element> field = rebuilt.Find(0, "h")->As<Hash>()->Find("g");
  ASSERT_TRUE(field.has_value());
  EXPECT_EQ(field->bytes(), "v");
  EXPECT_TRUE(rebuilt.Find(0, "set")->As<class Set>()->Contains("b"));
  const SortedSet* const sorted = rebuilt.Find(0, "z")->As<SortedSet>();
  EXPECT_EQ(sorted->RankOf("a"), 1u);
  EXPECT_EQ(sorted->Score("a"), 2.5);
  EXPECT_TRUE(std::signbit(*sorted->Score("b")));
  const Element element = rebuilt.Find(0, "l")->As<List>()->at(2);
  EXPECT_EQ(element.bytes(), "3");
  EXPECT_EQ(rebuilt.Find(0, "l")->deadline_unix_ms(), 88);
}

// The promise of SCAN under random inserts and deletes between its calls.
TEST(Keyspace, ScanMeetsEveryKeyThatIsThereThroughout) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 50; ++round) {
    Keyspace keyspace(8, random.Next());
    std::set<std::string> stays;
    std::vector<std::string> others;
    for (uint64_t i = random.Below(400); i > 0; --i) {
      const std::string key = "key" + std::to_string(random.Next());
      ASSERT_TRUE(Set(&keyspace, key, "v").ok());
      if (random.OneIn(2)) {
        stays.insert(key);
      } else {
        others.push_back(key);
      }
    }
    std::set<std::string> seen;
    uint64_t cursor = 0;
    int calls = 0;
    do {
      cursor = keyspace.Scan(0, cursor, 1 + random.Below(20),
                             [&](const Record& record) { seen.insert(std::string(record.key())); });
      for (uint64_t i = random.Below(10); i > 0; --i) {
        if (random.OneIn(2) && !others.empty()) {
          ASSERT_TRUE(Delete(&keyspace, others[random.Below(others.size())]).ok());
        } else {
          others.push_back("new" + std::to_string(random.Next()));
          ASSERT_TRUE(Set(&keyspace, others.back(), "v").ok());
        }
      }
      ASSERT_LT(++calls, 100000);
    } while (cursor != 0);
    for (const std::string& key : stays) ASSERT_TRUE(seen.contains(key)) << key;
  }
}

TEST(Keyspace, AnyScanCursorFromOutsideIsHarmless) {
  Keyspace keyspace(4, 1);
  ASSERT_TRUE(Set(&keyspace, "a", "1").ok());
  for (const uint64_t cursor : {uint64_t{1}, uint64_t{1} << 40, UINT64_MAX, UINT64_MAX >> 1,
                                (uint64_t{3} << 40) | 999999}) {
    uint64_t visited = 0;
    const uint64_t next = keyspace.Scan(0, cursor, 10, [&](const Record&) { ++visited; });
    EXPECT_EQ(next, 0u);
    EXPECT_LE(visited, 1u);
  }
}

TEST(Keyspace, RandomRecordReachesEveryKey) {
  Keyspace keyspace(4, 1);
  Random random(7);
  EXPECT_EQ(keyspace.RandomRecord(0, &random), nullptr);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Set(&keyspace, std::to_string(i), "v").ok());
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(std::string(keyspace.RandomRecord(0, &random)->key()));
  }
  EXPECT_EQ(seen.size(), 20u);
}

// The addresses stay, the memory does not: what is left is a run or two of each size in each shard.
TEST(Keyspace, TheSystemGetsItsMemoryBackWhenEverythingIsDeleted) {
  constexpr int kKeys = 200'000;
  constexpr uint32_t kShards = 16;
  const std::string value(200, 'v');
  Keyspace keyspace(kShards, 1);
  const int64_t resident_before = ResidentBytes();
  for (int i = 0; i < kKeys; ++i) ASSERT_TRUE(Set(&keyspace, std::to_string(i), value).ok());
  const int64_t grown = ResidentBytes() - resident_before;
  EXPECT_GE(keyspace.arena()->used_bytes(), kKeys * value.size());
  for (int i = 0; i < kKeys; ++i) ASSERT_TRUE(Delete(&keyspace, std::to_string(i)).ok());
  EXPECT_LE(keyspace.arena()->used_bytes(), kShards * 8 * Arena::kRunBytes);
#ifndef KONTOR_SHADOW_MEMORY
  EXPECT_GT(grown, static_cast<int64_t>(kKeys * value.size()));
  EXPECT_LT(ResidentBytes(), resident_before + grown / 4);
#else
  static_cast<void>(grown);
#endif
  // And it can be used again.
  ASSERT_TRUE(Set(&keyspace, "again", value).ok());
  EXPECT_EQ(keyspace.Find(0, "again")->text(), value);
}

TEST(Shard, FindExpiredFindsThoseWhoseDeadlineHasPassed) {
  Keyspace keyspace(2, 1);
  for (int i = 1; i <= 3000; ++i) {
    const std::string key = std::to_string(i);
    ASSERT_TRUE(Set(&keyspace, key, "v").ok());
    ASSERT_TRUE(
        keyspace.Apply({.kind = KeyEffectKind::kKeyExpire, .key = key, .number = i * 10}).ok());
  }
  for (const int64_t now_unix_ms : {9, 10, 15000, 15000, 29990, 30000}) {
    for (uint32_t i = 0; i < keyspace.shard_count(); ++i) {
      Shard* const shard = keyspace.shard(i);
      shard->lock()->AssertHeld();
      uint64_t cursor = 0;
      do {
        for (const Record* record : shard->FindExpired(0, &cursor, 3, now_unix_ms)) {
          ASSERT_TRUE(record->ExpiredAt(now_unix_ms));
          ASSERT_TRUE(Delete(&keyspace, std::string(record->key())).ok());
        }
      } while (cursor != 0);
    }
    EXPECT_EQ(keyspace.CountKeys(0), static_cast<uint64_t>(3000 - now_unix_ms / 10));
  }
}

}  // namespace
}  // namespace kontor
