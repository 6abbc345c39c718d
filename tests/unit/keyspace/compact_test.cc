#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"
#include "keyspace/keyspace.h"

namespace kontor {
namespace {

// One shard's worth of keys of both of them; these tests are single-threaded, so no locks are
// taken.
class CompactTest : public ::testing::Test {
 protected:
  CompactTest() { keyspace_.set_budget(&budget_); }

  void Set(const std::string& key, const std::string& value, uint32_t database = 0) {
    ASSERT_TRUE(keyspace_
                    .Apply({.kind = KeyEffectKind::kStringSet,
                            .database = database,
                            .key = key,
                            .value = value})
                    .ok());
  }
  void Apply(KeyEffectKind kind, const std::string& key, const std::string& field = "",
             const std::string& value = "") {
    ASSERT_TRUE(keyspace_.Apply({.kind = kind, .key = key, .field = field, .value = value}).ok());
  }
  // Until there is nothing left to gather.
  int CompactAll() {
    int runs = 0;
    for (uint32_t index = 0; index < keyspace_.shard_count(); ++index) {
      Shard* const shard = keyspace_.shard(index);
      shard->lock()->AssertHeld();
      while (shard->Compact()) ++runs;
    }
    return runs;
  }

  MemoryBudget budget_;
  Keyspace keyspace_{2, 7};
};

TEST_F(CompactTest, WhatIsLeftOfManyIsGatheredAndNothingIsLost) {
  Random random(5);
  std::map<std::string, std::string> model;
  for (int i = 0; i < 30000; ++i) {
    const std::string key = (i % 50 == 0 ? std::string(300, 'k') : "key") + std::to_string(i);
    const std::string value(i % 97 == 0 ? 3000 : 20 + 80 * random.Below(3),
                            static_cast<char>('a' + i % 26));
    Set(key, value);
    model[key] = value;
  }
  for (int i = 0; i < 300; ++i) {
    Apply(KeyEffectKind::kHashSet, "hash" + std::to_string(i), "field", std::to_string(i));
  }
  Set("key1", "elsewhere", 9);
  const size_t full_bytes = keyspace_.arena()->used_bytes();
  for (auto entry = model.begin(); entry != model.end();) {
    if (random.Below(10) == 0) {
      ++entry;
      continue;
    }
    Apply(KeyEffectKind::kKeyDelete, entry->first);
    entry = model.erase(entry);
  }
  const size_t sparse_bytes = keyspace_.arena()->used_bytes();
  EXPECT_GT(sparse_bytes, full_bytes / 2) << "runs are hardly ever empty by themselves";
  EXPECT_GT(CompactAll(), 10);
  EXPECT_LT(keyspace_.arena()->used_bytes(), full_bytes / 3);
  EXPECT_EQ(budget_.used_bytes(MemoryPurpose::kKeys),
            static_cast<int64_t>(keyspace_.arena()->used_bytes()));
  for (const auto& [key, value] : model) {
    const Record* const record = keyspace_.Find(0, key);
    ASSERT_NE(record, nullptr) << key;
    ASSERT_EQ(record->text(), value) << key;
  }
  for (int i = 0; i < 300; ++i) {
    const Record* const record = keyspace_.Find(0, "hash" + std::to_string(i));
    ASSERT_NE(record, nullptr);
    ASSERT_EQ(record->As<Hash>()->Find("field")->bytes(), std::to_string(i));
  }
  EXPECT_EQ(keyspace_.Find(9, "key1")->text(), "elsewhere");
  EXPECT_EQ(keyspace_.CountKeys(0), model.size() + 300);
  // And it all goes on as before.
  for (int i = 0; i < 20000; ++i) Set("later" + std::to_string(i), std::string(40, 'x'));
  EXPECT_EQ(keyspace_.CountKeys(0), model.size() + 300 + 20000);
}

TEST_F(CompactTest, WhatIsCountedIsGoneWithTheKeys) {
  Random random(6);
  const KeyEffectKind kinds[] = {KeyEffectKind::kHashSet,
                                 KeyEffectKind::kHashDelete,
                                 KeyEffectKind::kHashExpire,
                                 KeyEffectKind::kHashSetValue,
                                 KeyEffectKind::kHashDeleteEarliest,
                                 KeyEffectKind::kListPushFront,
                                 KeyEffectKind::kListPushBack,
                                 KeyEffectKind::kListPopFront,
                                 KeyEffectKind::kListSet,
                                 KeyEffectKind::kListInsert,
                                 KeyEffectKind::kListRemove,
                                 KeyEffectKind::kKeyMove,
                                 KeyEffectKind::kKeyCopy,
                                 KeyEffectKind::kStringSet,
                                 KeyEffectKind::kKeyExpire,
                                 KeyEffectKind::kStringWrite,
                                 KeyEffectKind::kKeyDelete,
                                 KeyEffectKind::kSetAdd,
                                 KeyEffectKind::kSetRemove,
                                 KeyEffectKind::kSortedSetSet,
                                 KeyEffectKind::kSortedSetRemove};
  int applied = 0;
  int64_t most_bytes = 0;
  for (int i = 0; i < 60000; ++i) {
    const KeyEffectKind kind = kinds[random.Below(std::size(kinds))];
    const std::string key = "k" + std::to_string(random.Below(60));
    const bool to_key = kind == KeyEffectKind::kKeyMove || kind == KeyEffectKind::kKeyCopy;
    const std::string field =
        to_key ? "k" + std::to_string(60 + random.Below(60)) : std::string(random.Below(60), 'f');
    const std::string value(random.Below(10) == 0 ? 4000 : random.Below(40), 'v');
    const auto number = static_cast<int64_t>(to_key ? 0 : random.Below(3));
    // What does not fit the key is refused, and must not be counted either.
    const Status status = keyspace_.Apply(
        {.kind = kind, .key = key, .field = field, .value = value, .number = number});
    if (status.ok()) ++applied;
    most_bytes = std::max(most_bytes, budget_.used_bytes(MemoryPurpose::kCollections));
  }
  EXPECT_GT(applied, 10000);
  EXPECT_GT(most_bytes, 10000);
  ASSERT_TRUE(keyspace_.Apply({.kind = KeyEffectKind::kDatabaseFlush, .database = 0}).ok());
  EXPECT_EQ(budget_.used_bytes(MemoryPurpose::kCollections), 0);
  EXPECT_EQ(budget_.used_bytes(MemoryPurpose::kLargeStrings), 0);
}

TEST_F(CompactTest, ACollectionIsCountedAsItGrowsAndShrinks) {
  for (int i = 0; i < 1000; ++i) {
    Apply(KeyEffectKind::kListPushBack, "list", "", std::string(100, 'x'));
  }
  const int64_t full_bytes = budget_.used_bytes(MemoryPurpose::kCollections);
  EXPECT_GT(full_bytes, 1000 * 100);
  EXPECT_LT(full_bytes, 1000 * 200);
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(
        keyspace_.Apply({.kind = KeyEffectKind::kListPopFront, .key = "list", .number = 1}).ok());
  }
  EXPECT_NEAR(static_cast<double>(budget_.used_bytes(MemoryPurpose::kCollections)),
              static_cast<double>(full_bytes) / 2, List::kNodeBytes);
  Apply(KeyEffectKind::kKeyMove, "list", "other");
  EXPECT_NEAR(static_cast<double>(budget_.used_bytes(MemoryPurpose::kCollections)),
              static_cast<double>(full_bytes) / 2, List::kNodeBytes);
  Apply(KeyEffectKind::kKeyDelete, "other");
  EXPECT_EQ(budget_.used_bytes(MemoryPurpose::kCollections), 0);
}

}  // namespace
}  // namespace kontor
