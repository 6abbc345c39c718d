// That the memory limit holds for what the process really takes, also while the sizes of values
// change and memory of one size class has to become another's.

#include "style/resident_memory.h"

#include <gtest/gtest.h>
#include <kontor/kontor.h>
#include <malloc.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#ifndef KONTOR_SHADOW_MEMORY
namespace {

using kontor::ResidentBytes;

TEST(ResidentMemory, StaysWithinTheLimitWhileSizesOfValuesChange) {
  constexpr int64_t kLimit = int64_t{64} << 20;
  const std::string value(1024, 'v');
  kontor_options* options = nullptr;
  kontor_db* db = nullptr;
  ASSERT_EQ(kontor_options_new(&options, nullptr), KONTOR_OK);
  kontor_options_set_number(options, KONTOR_OPTION_MEMORY_LIMIT_BYTES, kLimit, nullptr);
  kontor_options_set_number(options, KONTOR_OPTION_EVICTION, KONTOR_EVICT_ALLKEYS_LRU, nullptr);
  const int64_t before = ResidentBytes();
  ASSERT_EQ(kontor_open(options, &db, nullptr), KONTOR_OK);
  kontor_options_free(options);
  for (const size_t size : {64u, 300u, 1024u, 64u}) {
    SCOPED_TRACE("values of " + std::to_string(size) + " bytes");
    const auto keys = static_cast<uint64_t>(kLimit) / size;
    for (uint64_t i = 0; i < keys; ++i) {
      const std::string key = std::to_string(i * 7919 % keys);
      ASSERT_EQ(kontor_set(db, key.data(), key.size(), value.data(), size, nullptr), KONTOR_OK);
      if (i % 1024 != 0) continue;
      int64_t used = 0;
      kontor_db_figure(db, KONTOR_FIGURE_MEMORY_BYTES, &used, nullptr);
      ASSERT_LE(used, kLimit / 100 * 105);
      ASSERT_LE(ResidentBytes() - before, kLimit / 100 * 105) << "after " << i << " sets";
    }
    EXPECT_GT(ResidentBytes() - before, kLimit / 100 * 80) << "the test measures nothing";
  }
  kontor_db_free(db);
}

// Strings of more than a kilobyte, hashes and lists lie on the heap, which keeps what is freed.
TEST(ResidentMemory, GoesBackAfterALargeDeleteOfWhatHangsOffRecords) {
  kontor_db* db = nullptr;
  ASSERT_EQ(kontor_open(nullptr, &db, nullptr), KONTOR_OK);
  malloc_trim(0);  // what other tests left
  const int64_t before = ResidentBytes();
  const std::string value(2000, 'v');
  constexpr int kKeys = 20000;
  for (int i = 0; i < kKeys; ++i) {
    const std::string key = std::to_string(i);
    ASSERT_EQ(kontor_set(db, key.data(), key.size(), value.data(), value.size(), nullptr),
              KONTOR_OK);
    const std::string hash = "h" + key;
    ASSERT_EQ(kontor_hash_set(db, hash.data(), hash.size(), "f", 1, value.data(), 500, nullptr),
              KONTOR_OK);
  }
  // Every background round looks, so that the most there was is known.
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
  const int64_t grown = ResidentBytes() - before;
  ASSERT_GT(grown, int64_t{kKeys} * 2000) << "the test measures nothing";
  // Some stay, here and there, so that the heap does not become empty by itself.
  for (int i = 0; i < kKeys; ++i) {
    if (i % 50 == 0) continue;
    const std::string key = std::to_string(i);
    const std::string hash = "h" + key;
    ASSERT_EQ(kontor_delete(db, key.data(), key.size(), nullptr), KONTOR_OK);
    ASSERT_EQ(kontor_delete(db, hash.data(), hash.size(), nullptr), KONTOR_OK);
  }
  for (int i = 0; i < 200 && ResidentBytes() > before + grown / 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_LE(ResidentBytes(), before + grown / 3);
  kontor_db_free(db);
}

}  // namespace
#endif
