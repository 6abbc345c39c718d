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

}  // namespace
