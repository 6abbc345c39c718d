#include "types/dense_map.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "base/hash.h"
#include "base/random.h"

namespace kontor {
namespace {

struct Entry {
  std::string name;
  int value = 0;
  Bytes key() const { return name; }
};

TEST(DenseMapTest, AgreesWithAPlainMapUnderRandomChanges) {
  DenseMap<Entry> map;
  std::map<std::string, int> model;
  Random random(7);
  for (int step = 0; step < 50000; ++step) {
    const std::string name = "k" + std::to_string(random.Below(300));
    const uint64_t hash = Xxh3(name);
    if (Entry* found = map.Find(name, hash); found != nullptr) {
      ASSERT_EQ(found->value, model.at(name));
      if (random.OneIn(2)) {
        Entry erased;
        ASSERT_TRUE(map.Erase(name, hash, &erased));
        ASSERT_EQ(erased.value, model.at(name));
        model.erase(name);
      } else {
        found->value = model[name] = step;
      }
    } else {
      ASSERT_FALSE(model.contains(name));
      ASSERT_FALSE(map.Erase(name, hash));
      map.Insert(Entry{name, step}, hash);
      model[name] = step;
    }
    ASSERT_EQ(map.size(), model.size());
  }
}

TEST(DenseMapTest, EntriesWithTheSameHashAreToldApart) {
  DenseMap<Entry> map;
  map.Insert(Entry{"a", 1}, 42);
  map.Insert(Entry{"b", 2}, 42);
  EXPECT_EQ(map.Find("a", 42)->value, 1);
  EXPECT_EQ(map.Find("b", 42)->value, 2);
  EXPECT_TRUE(map.Erase("a", 42));
  EXPECT_EQ(map.Find("a", 42), nullptr);
  EXPECT_EQ(map.Find("b", 42)->value, 2);
}

TEST(DenseMapDeathTest, InsertingAKeyTwiceIsABug) {
  DenseMap<Entry> map;
  map.Insert(Entry{"a", 1}, 42);
  EXPECT_DEATH(map.Insert(Entry{"a", 2}, 42), "");
}

TEST(DenseMapTest, AtReachesEveryEntryOnce) {
  DenseMap<Entry> map;
  for (int i = 0; i < 100; ++i) map.Insert(Entry{std::to_string(i), i}, Xxh3(std::to_string(i)));
  std::set<int> seen;
  for (size_t i = 0; i < map.size(); ++i) seen.insert(map.at(i).value);
  EXPECT_EQ(seen.size(), 100u);
}

// What SCAN promises: whatever comes and goes meanwhile, what stays is visited.
TEST(DenseMapTest, ScanMeetsEveryEntryThatStays) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    DenseMap<Entry> map;
    Random random(seed);
    const auto insert = [&](const std::string& name) { map.Insert(Entry{name, 0}, Xxh3(name)); };
    for (int i = 0; i < 200; ++i) insert("stays" + std::to_string(i));
    for (int i = 0; i < 200; ++i) insert("goes" + std::to_string(i));
    std::set<std::string> seen;
    int next_goes = 0;
    int next_new = 0;
    uint64_t cursor = DenseMap<Entry>::kScanStart;
    do {
      cursor = map.Scan(cursor, 1 + random.Below(7), [&](const Entry& e) { seen.insert(e.name); });
      for (uint64_t i = random.Below(5); i > 0 && next_goes < 200; --i) {
        const std::string name = "goes" + std::to_string(next_goes++);
        ASSERT_TRUE(map.Erase(name, Xxh3(name)));
      }
      for (uint64_t i = random.Below(3); i > 0; --i) insert("new" + std::to_string(next_new++));
    } while (cursor != 0);
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(seen.contains("stays" + std::to_string(i))) << "seed " << seed;
    }
  }
}

TEST(DenseMapTest, ScanTakesAnyCursor) {
  DenseMap<Entry> map;
  map.Insert(Entry{"a", 1}, 1);
  for (const uint64_t cursor : {uint64_t{0}, uint64_t{1}, uint64_t{99}, UINT64_MAX}) {
    size_t visited = 0;
    EXPECT_EQ(map.Scan(cursor, UINT64_MAX, [&](const Entry&) { ++visited; }), 0u);
    EXPECT_EQ(visited, cursor == 0 ? 0u : 1u);
  }
}

}  // namespace
}  // namespace kontor
