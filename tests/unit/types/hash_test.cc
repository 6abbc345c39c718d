#include "types/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace kontor {
namespace {

TEST(HashTest, SetTellsNewFromOverwritten) {
  Hash hash;
  EXPECT_TRUE(hash.Set("f", "1"));
  EXPECT_FALSE(hash.Set("f", "2"));
  EXPECT_EQ(*hash.Find("f"), "2");
  EXPECT_EQ(hash.size(), 1u);
  EXPECT_EQ(hash.Find("g"), nullptr);
}

TEST(HashTest, DeleteTellsWhetherItWasThere) {
  Hash hash;
  hash.Set("f", "1");
  EXPECT_TRUE(hash.Delete("f"));
  EXPECT_FALSE(hash.Delete("f"));
  EXPECT_EQ(hash.size(), 0u);
}

TEST(HashTest, FieldsAndValuesAreBytes) {
  Hash hash;
  const std::string zero("\0a", 2);
  hash.Set(zero, "");
  hash.Set("", zero);
  EXPECT_EQ(*hash.Find(zero), "");
  EXPECT_EQ(*hash.Find(""), zero);
  EXPECT_EQ(hash.Find(std::string("\0b", 2)), nullptr);
}

TEST(HashTest, ScanVisitsEveryFieldOfAHashAtRest) {
  Hash hash;
  for (int i = 0; i < 1000; ++i) hash.Set("f" + std::to_string(i), std::to_string(i));
  std::multiset<std::string> seen;
  uint64_t cursor = DenseMap<Hash::Field>::kScanStart;
  do {
    cursor = hash.Scan(cursor, 7, [&](const Hash::Field& field) { seen.insert(field.field); });
  } while (cursor != 0);
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 1000u);
}

}  // namespace
}  // namespace kontor
