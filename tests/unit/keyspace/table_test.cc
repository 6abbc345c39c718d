#include "keyspace/table.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "unit/test_seed.h"

namespace kontor {
namespace {

constexpr unsigned kShardBits = 3;

class TableTest : public ::testing::Test {
 protected:
  KeyHash HashOf(const std::string& key) const { return KeyHash(hasher_(key), kShardBits); }
  void Set(const std::string& key, const std::string& text, int64_t deadline_unix_ms = 0) {
    table_.SetText(HashOf(key), key, text, deadline_unix_ms, 1);
  }
  bool Erase(const std::string& key) { return table_.Erase(HashOf(key), key, 1); }
  std::string Get(const std::string& key) {
    const Record* const record = table_.Find(HashOf(key), key);
    return record == nullptr ? "(absent)" : std::string(record->text());
  }
  // What an optimistic reader sees; nobody writes here, so it must be the same.
  std::string Peek(const std::string& key) {
    if (key.size() > Record::kInlineKeyBytes) return Get(key);
    const auto peeked = table_.Peek(HashOf(key), key, [] { return true; });
    if (peeked.peeked == Segment::Peeked::kAbsent) return "(absent)";
    if (peeked.peeked == Segment::Peeked::kNeedsLock) return Get(key);
    const Record::PeekedText text = peeked.record->PeekText();
    return text.text == nullptr ? Get(key) : std::string(text.text, text.length);
  }
  void ExpectIs(const std::map<std::string, std::string>& model) {
    ASSERT_EQ(table_.size(), model.size());
    for (const auto& [key, text] : model) {
      ASSERT_EQ(Get(key), text) << key;
      ASSERT_EQ(Peek(key), text) << key;
    }
    std::map<std::string, std::string> walked;
    table_.ForEach([&](const Record& record) {
      ASSERT_TRUE(walked.emplace(record.key(), record.text()).second) << record.key();
    });
    ASSERT_EQ(walked, model);
  }
  // Keys whose hashes share their home and the first bits of their path.
  std::vector<std::string> CollidingKeys(size_t count, unsigned path_bits) {
    std::vector<std::string> keys;
    for (uint64_t i = 0; keys.size() < count; ++i) {
      const std::string key = "collides" + std::to_string(i);
      const KeyHash hash = HashOf(key);
      if (hash.home() == 5 && hash.path() >> (64 - path_bits) == 3) keys.push_back(key);
    }
    return keys;
  }

  const KeyHasher hasher_{42};
  Arena arena_;
  Slab slab_{&arena_};
  UseClock clock_;
  LazyFree lazy_free_;
  Table table_{&hasher_, &slab_, &clock_, &lazy_free_, kShardBits};
};

// Lengths around every border: inline and large texts and keys, size classes, empty.
std::string TextOf(Random* random) {
  static constexpr size_t kLengths[] = {0, 1, 7, 8, 9, 64, 200, 1023, 1024, 1025, 5000};
  return std::string(kLengths[random->Below(std::size(kLengths))],
                     static_cast<char>('a' + random->Below(26)));
}

TEST_F(TableTest, AgreesWithAMapWhileItGrowsAndShrinks) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  std::map<std::string, std::string> model;
  for (const int growing : {9, 1, 7, 0}) {
    for (int step = 0; step < 20000; ++step) {
      std::string key = "key" + std::to_string(random.Below(20000));
      if (key.back() == '7') key.append(300, 'k');
      if (random.Below(10) < static_cast<uint64_t>(growing)) {
        const std::string text = TextOf(&random);
        Set(key, text, random.OneIn(3) ? 1 + static_cast<int64_t>(random.Below(1000)) : 0);
        model[key] = text;
      } else if (growing > 0 || model.empty()) {
        ASSERT_EQ(Erase(key), model.erase(key) == 1);
      } else {
        ASSERT_TRUE(Erase(model.begin()->first));
        model.erase(model.begin());
      }
    }
    ASSERT_NO_FATAL_FAILURE(ExpectIs(model));
  }
  while (!model.empty()) {
    ASSERT_TRUE(Erase(model.begin()->first));
    model.erase(model.begin());
  }
  EXPECT_LE(table_.segments(), 2u) << "it has shrunk again";
  EXPECT_EQ(table_.large_bytes(), 0u);
  EXPECT_EQ(table_.deadlines(), 0u);
  table_.Clear();
  EXPECT_EQ(slab_.used_bytes(), 0u);
}

TEST_F(TableTest, KeysThatCollideAreFoundAndCostNoMoreThanTheirSegment) {
  std::map<std::string, std::string> model;
  for (const std::string& key : CollidingKeys(2000, 8)) {
    Set(key, key);
    model[key] = key;
  }
  ASSERT_NO_FATAL_FAILURE(ExpectIs(model));
  EXPECT_LE(table_.segments(), 64u) << "splits that separate nothing must end";
  Set("another", "x");
  EXPECT_EQ(Peek("another"), "x");
  std::set<std::string> scanned;
  uint64_t position = 0;
  do {
    position = table_.Scan(
        position, 10, [&](const Record& record) { scanned.insert(std::string(record.key())); });
  } while (position != 0);
  EXPECT_EQ(scanned.size(), model.size() + 1);
  for (const auto& [key, text] : model) ASSERT_TRUE(Erase(key));
  EXPECT_EQ(table_.size(), 1u);
}

TEST_F(TableTest, ScanMeetsEveryKeyThatStaysWhileSegmentsSplitAndMerge) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 6; ++round) {
    table_.Clear();
    std::set<std::string> stays;
    std::vector<std::string> others;
    for (uint64_t i = random.Below(4000); i > 0; --i) {
      const std::string key = std::to_string(random.Next());
      Set(key, "v");
      random.OneIn(20) ? void(stays.insert(key)) : others.push_back(key);
    }
    const bool grows = round % 2 == 0;
    std::set<std::string> seen;
    uint64_t position = 0;
    int calls = 0;
    do {
      position = table_.Scan(position, 1 + random.Below(50),
                             [&](const Record& record) { seen.insert(std::string(record.key())); });
      for (uint64_t i = random.Below(200); i > 0; --i) {
        if (grows) {
          Set(std::to_string(random.Next()), "v");
        } else if (!others.empty()) {
          Erase(others.back());
          others.pop_back();
        }
      }
      ASSERT_LT(++calls, 100000);
    } while (position != 0);
    for (const std::string& key : stays) ASSERT_TRUE(seen.contains(key)) << key;
  }
}

TEST_F(TableTest, AnyScanPositionIsHarmless) {
  for (int i = 0; i < 3000; ++i) Set(std::to_string(i), "v");
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    uint64_t position = random.Below(uint64_t{1} << Table::kScanBits);
    for (int calls = 0; position != 0; ++calls) {
      ASSERT_LT(calls, 10000);
      position = table_.Scan(position, 100, [](const Record&) {});
    }
  }
}

TEST_F(TableTest, NoMemoryChangesNothing) {
  std::map<std::string, std::string> model;
  for (int i = 0; i < 1000; ++i) Set(std::to_string(i), "v"), model[std::to_string(i)] = "v";
  arena_.set_limit_bytes(arena_.used_bytes());
  int refused = 0;
  for (int i = 1000; i < 20000; ++i) {
    const std::string key = std::to_string(i);
    try {
      Set(key, std::string(100, 'x'));
      model[key] = std::string(100, 'x');
    } catch (const std::bad_alloc&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
  ASSERT_NO_FATAL_FAILURE(ExpectIs(model));
}

TEST_F(TableTest, TheEpochOfASegmentIsThatOfItsLastChange) {
  Record::Content content = Record::Content::OfString("k", "v", 0);
  table_.Put(HashOf("k"), &content, 7);
  const auto epoch = [&] { return table_.EpochBeside(HashOf("k")); };
  EXPECT_EQ(epoch(), 7u);
  table_.SetDeadline(HashOf("k"), table_.Find(HashOf("k"), "k"), 5, 8);
  EXPECT_EQ(epoch(), 8u);
  table_.SetText(HashOf("k"), "k", "w", 5, 9);
  EXPECT_EQ(epoch(), 9u);
  table_.SetText(HashOf("k"), "k", "while no epoch is open", 5, 0);
  EXPECT_EQ(epoch(), 9u);
  table_.Erase(HashOf("k"), "k", 10);
  EXPECT_EQ(epoch(), 10u);
}

}  // namespace
}  // namespace kontor
