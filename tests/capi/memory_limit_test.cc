// What is larger than the memory limit, alone or together, is refused before anything is evicted
// for it.

#include <gtest/gtest.h>
#include <kontor/kontor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace {

constexpr int64_t kLimit = int64_t{16} << 20;
constexpr int kKeys = 1000;

class MemoryLimitTest : public ::testing::Test {
 protected:
  MemoryLimitTest() {
    kontor_options* options = nullptr;
    kontor_options_new(&options, nullptr);
    kontor_options_set_number(options, KONTOR_OPTION_MEMORY_LIMIT_BYTES, kLimit, nullptr);
    kontor_options_set_number(options, KONTOR_OPTION_EVICTION, KONTOR_EVICT_ALLKEYS_LRU, nullptr);
    EXPECT_EQ(kontor_open(options, &db_, nullptr), KONTOR_OK);
    kontor_options_free(options);
    for (int i = 0; i < kKeys; ++i) EXPECT_EQ(Set("key:" + std::to_string(i), "v"), KONTOR_OK);
  }
  ~MemoryLimitTest() override { kontor_db_free(db_); }

  int32_t Set(const std::string& key, const std::string& value) {
    return kontor_set(db_, key.data(), key.size(), value.data(), value.size(), nullptr);
  }
  int64_t Figure(uint32_t figure) {
    int64_t value = -1;
    EXPECT_EQ(kontor_db_figure(db_, figure, &value, nullptr), KONTOR_OK);
    return value;
  }

  // What a command answers, if that is a text.
  std::string Run(const std::vector<std::string>& words) {
    std::vector<const void*> arguments;
    std::vector<size_t> lengths;
    for (const std::string& word : words) {
      arguments.push_back(word.data());
      lengths.push_back(word.size());
    }
    kontor_reply* reply = nullptr;
    EXPECT_EQ(
        kontor_exec(db_, words.size(), arguments.data(), lengths.data(), nullptr, &reply, nullptr),
        KONTOR_OK);
    const void* bytes = nullptr;
    size_t length = 0;
    kontor_reply_bytes(reply, &bytes, &length);
    const std::string text(static_cast<const char*>(bytes), length);
    kontor_reply_free(reply);
    return text;
  }

  kontor_db* db_ = nullptr;
};

constexpr const char* kOutOfMemory = "OOM command not allowed when used memory > 'maxmemory'.";

// A few bytes that ask for hundreds of millions of zeros.
TEST_F(MemoryLimitTest, WhatIsWrittenFarBehindAnEndIsRefused) {
  const std::vector<std::vector<std::string>> commands = {
      {"SETRANGE", "far", "500000000", "x"},
      {"SETBIT", "far", "4000000000", "1"},
      {"SETBIT", "far", "4000000000", "0"},
      {"BITFIELD", "far", "SET", "u8", "4000000000", "1"},
      {"BITFIELD", "key:1", "INCRBY", "i5", "#60000000", "1"},
      {"SETRANGE", "key:1", "17000000", "x"},
  };
  for (const std::vector<std::string>& command : commands) {
    EXPECT_EQ(Run(command).rfind(kOutOfMemory, 0), 0U) << command[0];
  }
  EXPECT_EQ(Figure(KONTOR_FIGURE_KEYS), kKeys);
  EXPECT_EQ(Figure(KONTOR_FIGURE_EVICTED_KEYS), 0);
  EXPECT_LT(Figure(KONTOR_FIGURE_MEMORY_BYTES), kLimit / 2);
  Run({"SETRANGE", "far", "5000000", "x"});
  EXPECT_EQ(Figure(KONTOR_FIGURE_KEYS), kKeys + 1);
  EXPECT_EQ(Run({"CONFIG", "SET", "maxmemory-policy", "noeviction"}), "OK");
  EXPECT_EQ(Run({"SETRANGE", "other", "12000000", "x"}), kOutOfMemory);
  Run({"SETRANGE", "far", "5500000", "x"});
  EXPECT_EQ(Figure(KONTOR_FIGURE_KEYS), kKeys + 1);
}

// So is a dump of few bytes, that becomes many.
TEST_F(MemoryLimitTest, WhatIsRestoredIsMeasuredAsItWillBe) {
  EXPECT_EQ(Set("large", std::string(kLimit / 2, 'v')), KONTOR_OK);
  const std::string dump = Run({"DUMP", "large"});
  EXPECT_LT(dump.size(), static_cast<size_t>(kLimit / 50));
  EXPECT_EQ(Run({"CONFIG", "SET", "maxmemory-policy", "noeviction"}), "OK");
  EXPECT_EQ(Run({"RESTORE", "copy", "0", dump}), kOutOfMemory);
  EXPECT_EQ(Figure(KONTOR_FIGURE_KEYS), kKeys + 1);
}

TEST_F(MemoryLimitTest, AValueThatIsLargerEvictsNothing) {
  EXPECT_EQ(Set("large", std::string(kLimit + 1, 'v')), KONTOR_NO_MEMORY);
  EXPECT_EQ(Figure(KONTOR_FIGURE_KEYS), kKeys);
  EXPECT_EQ(Figure(KONTOR_FIGURE_EVICTED_KEYS), 0);
  EXPECT_EQ(Set("large", std::string(kLimit / 2, 'v')), KONTOR_OK);
  EXPECT_LE(Figure(KONTOR_FIGURE_MEMORY_BYTES), kLimit / 100 * 105);
}

TEST_F(MemoryLimitTest, ABatchIsMeasuredTogether) {
  const std::string value(100'000, 'v');
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back("part:" + std::to_string(i));
  std::vector<kontor_bytes> keys;
  for (const std::string& name : names) keys.push_back({name.data(), name.size()});
  const std::vector<kontor_bytes> values(keys.size(), {value.data(), value.size()});
  EXPECT_EQ(kontor_mset(db_, keys.data(), values.data(), keys.size(), nullptr), KONTOR_NO_MEMORY);
  EXPECT_EQ(Figure(KONTOR_FIGURE_KEYS), kKeys);
  EXPECT_EQ(kontor_mset(db_, keys.data(), values.data(), 20, nullptr), KONTOR_OK);
  EXPECT_EQ(Figure(KONTOR_FIGURE_KEYS), kKeys + 20);
}

// What a deleted collection takes is given back later, but before anything is evicted.
TEST_F(MemoryLimitTest, WhoNeedsMemoryFreesWhatWasDeleted) {
  std::vector<std::string> members;
  for (int i = 0; i < 130'000; ++i) members.push_back("a member of the set " + std::to_string(i));
  std::vector<const void*> arguments = {"SADD", "set"};
  std::vector<size_t> lengths = {4, 3};
  for (const std::string& member : members) {
    arguments.push_back(member.data());
    lengths.push_back(member.size());
  }
  for (int round = 0; round < 5; ++round) {
    kontor_reply* reply = nullptr;
    ASSERT_EQ(kontor_exec(db_, arguments.size(), arguments.data(), lengths.data(), nullptr, &reply,
                          nullptr),
              KONTOR_OK);
    kontor_reply_free(reply);
    const int64_t used = Figure(KONTOR_FIGURE_MEMORY_BYTES);
    ASSERT_GT(used, kLimit / 2);
    ASSERT_EQ(kontor_delete(db_, "set", 3, nullptr), KONTOR_OK);
    ASSERT_EQ(Set("large", std::string(static_cast<size_t>(kLimit - used / 2), 'v')), KONTOR_OK);
    EXPECT_EQ(Figure(KONTOR_FIGURE_EVICTED_KEYS), 0);
    EXPECT_LE(Figure(KONTOR_FIGURE_MEMORY_BYTES), kLimit / 100 * 105);
    ASSERT_EQ(kontor_delete(db_, "large", 5, nullptr), KONTOR_OK);
  }
}

}  // namespace
