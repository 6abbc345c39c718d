#include "types/dense_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>

#include "base/random.h"
#include "unit/test_seed.h"
#include "unit/types/memory.h"
#include "unit/types/values.h"

namespace kontor {
namespace {

using testing_memory::live_bytes;
using testing_memory::UntilItSucceeds;
using testing_memory::WithoutMemory;
using Model = std::map<std::string, std::string>;

// Everything that is there: every place is met once, every key is found.
Model PairsOf(const DenseTable& table) {
  Model pairs;
  for (size_t place = 0; place < table.size(); ++place) {
    const DenseTable::Pair pair = table.at(place);
    EXPECT_TRUE(pairs.emplace(pair.key, pair.value).second) << "twice: " << pair.key;
    Bytes found;
    EXPECT_TRUE(table.Find(pair.key, &found));
    EXPECT_EQ(found, pair.value);
  }
  return pairs;
}

void ChangeOften(Random* random, DenseTable* table) {
  Model model;
  for (const uint64_t sets_in_ten : {9u, 5u, 1u, 8u, 0u}) {
    for (int step = 0; step < 6000; ++step) {
      const std::string key = "k" + std::to_string(random->Below(3000));
      if (random->Below(10) < sets_in_ten) {
        const std::string value = RandomValue(random);
        ASSERT_EQ(table->Set(key, value), !model.contains(key));
        model[key] = value;
      } else {
        ASSERT_EQ(table->Erase(key), model.erase(key) == 1);
      }
      Bytes value;
      ASSERT_EQ(table->Find(key, &value), model.contains(key));
      ASSERT_EQ(table->size(), model.size());
    }
    ASSERT_EQ(PairsOf(*table), model);
    ASSERT_EQ(PairsOf(DenseTable(*table)), model);
  }
}

TEST(DenseTableTest, AgreesWithAMapUnderRandomChanges) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const size_t live_before = live_bytes;
  DenseTable table;
  ChangeOften(&random, &table);
  if (HasFatalFailure()) return;
  EXPECT_EQ(table.memory_bytes(), live_bytes - live_before);
}

TEST(DenseTableTest, KeysAndValuesAreBytes) {
  DenseTable table;
  Model model;
  for (const std::string& value : BorderValues()) {
    EXPECT_TRUE(table.Set(value, value));
    model[value] = value;
  }
  EXPECT_EQ(PairsOf(table), model);
}

TEST(DenseTableTest, AnEntryStaysWhereItIs) {
  DenseTable table;
  table.Set("key", "12345678");
  const DenseTable::Entry* const entry = table.entry_at(0);
  EXPECT_EQ(table.Lookup("key"), entry);
  EXPECT_EQ(table.Lookup("other"), nullptr);
  for (int i = 0; i < 5000; ++i) table.Set(std::to_string(i), "value");
  EXPECT_EQ(table.entry_at(5000), table.Lookup("4999")) << "what is new comes last";
  table.Set("key", "87654321");
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(table.Erase(std::to_string(i)));
  EXPECT_EQ(table.Lookup("key"), entry);
  EXPECT_EQ(DenseTable::PairOf(entry).key, "key");
  EXPECT_EQ(DenseTable::PairOf(entry).value, "87654321");
  EXPECT_TRUE(table.Erase(DenseTable::PairOf(entry).key));
  EXPECT_EQ(table.Lookup("key"), nullptr);
}

// So many that some share the 32 bits of the hash that are kept.
TEST(DenseTableTest, GrowsAndShrinksByBoundedSteps) {
  constexpr int kKeys = 400000;
  const size_t live_before = live_bytes;
  DenseTable table;
  size_t most_at_once = 0;
  for (int i = 0; i < kKeys; ++i) {
    const size_t before = live_bytes;
    ASSERT_TRUE(table.Set(std::to_string(i), "12345678"));
    most_at_once = std::max(most_at_once, live_bytes - before);
  }
  EXPECT_LE(most_at_once, size_t{64} << 10);
  EXPECT_LE(table.memory_bytes() / kKeys, 56u);  // 32 of them is the least that malloc takes
  for (int i = 0; i < kKeys; ++i) {
    Bytes value;
    ASSERT_TRUE(table.Find(std::to_string(i), &value));
  }
  for (int i = 0; i < kKeys; ++i) ASSERT_TRUE(table.Erase(std::to_string(i)));
  EXPECT_LE(live_bytes - live_before, size_t{64} << 10);
}

TEST(DenseTableTest, WithoutMemoryNothingChanges) {
  DenseTable table;
  Model model;
  int failures = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string key = "key" + std::to_string(i);
    const size_t before = table.memory_bytes();
    failures += UntilItSucceeds([&] { table.Set(key, "value"); },
                                [&] {
                                  Bytes value;
                                  ASSERT_EQ(table.size(), model.size());
                                  ASSERT_FALSE(table.Find(key, &value));
                                  ASSERT_LE(table.memory_bytes(), before + 64);
                                });
    model[key] = "value";
  }
  EXPECT_GE(failures, 3000);
  EXPECT_EQ(PairsOf(table), model);
  const std::string longer(100, 'x');
  EXPECT_EQ(UntilItSucceeds([&] { table.Set("key7", longer); },
                            [&] { ASSERT_EQ(PairsOf(table), model); }),
            1);
  model["key7"] = longer;
  EXPECT_EQ(PairsOf(table), model);
  EXPECT_GT(UntilItSucceeds([&] { const DenseTable copy(table); }, [] {}), 20);
}

TEST(DenseTableTest, ErasingAndPuttingBackAValueNeedNoMemory) {
  DenseTable table;
  for (int i = 0; i < 3000; ++i) table.Set("key" + std::to_string(i), std::string(100, 'x'));
  const std::string old(100, 'x');
  WithoutMemory([&] {
    for (const char* value : {"", "short", "a few more bytes than that, but not a hundred"}) {
      EXPECT_FALSE(table.Set("key1", value));
      EXPECT_FALSE(table.Set("key1", old));
    }
    char key[16];
    for (int i = 0; i < 2999; ++i) {
      std::snprintf(key, sizeof(key), "key%d", i);
      EXPECT_TRUE(table.Erase(key));
    }
  });
  EXPECT_EQ(PairsOf(table), (Model{{"key2999", old}}));
}

}  // namespace
}  // namespace kontor
