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

  kontor_db* db_ = nullptr;
};

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
