#include "keyspace/lazy_free.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "keyspace/keyspace.h"

namespace kontor {
namespace {

constexpr int kMembers = 200'000;

template <typename T, typename Add>
Collection Large(Add add) {
  auto held = std::make_unique<T>();
  for (int i = 0; i < kMembers; ++i) add(held.get(), "member" + std::to_string(i));
  return Collection(std::move(held));
}

class LazyFreeTest : public testing::TestWithParam<ValueType> {
 protected:
  LazyFreeTest() { lazy_free_.set_budget(&budget_); }

  static Collection Make(ValueType type) {
    switch (type) {
      case ValueType::kHash:
        return Large<Hash>([](Hash* hash, const std::string& name) {
          hash->Set(name, "value");
          hash->SetDeadline(name, 1 + static_cast<int64_t>(name.size()));
        });
      case ValueType::kSet:
        return Large<Set>([](Set* set, const std::string& name) { set->Add(name); });
      case ValueType::kSortedSet:
        return Large<SortedSet>([](SortedSet* set, const std::string& name) { set->Set(name, 1); });
      default:
        return Large<List>([](List* list, const std::string& name) { list->PushBack(name); });
    }
  }
  int64_t used_bytes() const { return budget_.used_bytes(MemoryPurpose::kCollections); }

  MemoryBudget budget_;
  LazyFree lazy_free_;
};

TEST_P(LazyFreeTest, AFewEntriesAtEachStepAndCountedUntilThen) {
  lazy_free_.Begin();
  Collection collection = Make(GetParam());
  const auto bytes = static_cast<int64_t>(collection.memory_bytes());
  ASSERT_GT(bytes, kMembers);
  lazy_free_.Add(std::move(collection));
  EXPECT_FALSE(lazy_free_.empty());
  EXPECT_EQ(used_bytes(), bytes);
  int steps = 1;
  int64_t before = bytes;
  for (; lazy_free_.FreeSome(); ++steps) {
    ASSERT_LE(used_bytes(), before);
    before = used_bytes();
  }
  EXPECT_TRUE(lazy_free_.empty());
  EXPECT_EQ(used_bytes(), 0);
  // The nodes of a list are few.
  EXPECT_GE(steps, GetParam() == ValueType::kList ? 1 : 20);
}

TEST_P(LazyFreeTest, AtOnceWhereNobodyComesBack) {
  lazy_free_.Add(Make(GetParam()));
  EXPECT_TRUE(lazy_free_.empty());
  EXPECT_EQ(used_bytes(), 0);
}

TEST_P(LazyFreeTest, AllForWhoeverNeedsTheMemory) {
  lazy_free_.Begin();
  for (int i = 0; i < 3; ++i) lazy_free_.Add(Make(GetParam()));
  lazy_free_.FreeAll();
  EXPECT_TRUE(lazy_free_.empty());
  EXPECT_EQ(used_bytes(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, LazyFreeTest,
                         testing::Values(ValueType::kHash, ValueType::kSet, ValueType::kSortedSet,
                                         ValueType::kList));

TEST(LazyFreeKeyspaceTest, WhateverEndsALargeCollectionLeavesIt) {
  const KeyEffect ends[] = {
      {.kind = KeyEffectKind::kKeyDelete, .key = "s"},
      {.kind = KeyEffectKind::kStringSet, .key = "s", .value = "text"},
      {.kind = KeyEffectKind::kKeyMove, .key = "other", .field = "s"},
      {.kind = KeyEffectKind::kKeyCopy, .key = "other", .field = "s"},
      {.kind = KeyEffectKind::kDatabaseFlush},
  };
  for (const KeyEffect& end : ends) {
    MemoryBudget budget;
    Keyspace keyspace(2, 7);
    keyspace.set_budget(&budget);
    keyspace.lazy_free()->Begin();
    const auto apply = [&](const KeyEffect& effect) {
      keyspace.shard(0)->lock()->AssertHeld();  // there is no other thread
      keyspace.shard(1)->lock()->AssertHeld();
      ASSERT_TRUE(keyspace.Apply(effect).ok());
    };
    apply({.kind = KeyEffectKind::kStringSet, .key = "other", .value = "text"});
    for (int i = 0; i < 20'000; ++i) {
      apply({.kind = KeyEffectKind::kSetAdd, .key = "s", .field = "member" + std::to_string(i)});
    }
    const int64_t bytes = budget.used_bytes(MemoryPurpose::kCollections);
    apply(end);
    EXPECT_FALSE(keyspace.lazy_free()->empty()) << static_cast<int>(end.kind);
    EXPECT_EQ(budget.used_bytes(MemoryPurpose::kCollections), bytes);
    keyspace.lazy_free()->FreeAll();
    EXPECT_EQ(budget.used_bytes(MemoryPurpose::kCollections), 0);
  }
}

}  // namespace
}  // namespace kontor
