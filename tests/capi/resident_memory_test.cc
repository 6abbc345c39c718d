// That the memory limit holds for what the process really takes, also while the sizes of values
// change and memory of one size class has to become another's.

#include "style/resident_memory.h"

#include <gtest/gtest.h>
#include <kontor/kontor.h>

#include <algorithm>
#include <cstdint>
#include <string>

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
  for (const size_t size : {64, 300, 1024, 64}) {
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

}  // namespace
#endif
