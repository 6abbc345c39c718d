#include "broker/deduplication.h"

#include <string>

#include "gtest/gtest.h"

namespace kontor {
namespace {

TEST(Deduplication, RemembersUntilItsTime) {
  Deduplication ids;
  ids.Remember("a", 7, 100);
  ASSERT_NE(ids.Find("a", 99), nullptr);
  EXPECT_EQ(ids.Find("a", 99)->message_id, 7u);
  EXPECT_EQ(ids.Find("a", 100), nullptr);
  EXPECT_EQ(ids.Find("b", 0), nullptr);
  ids.Remember("a", 8, 200);
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(ids.Find("a", 100)->message_id, 8u);
  ids.Forget("a");
  ids.Forget("a");
  EXPECT_EQ(ids.Find("a", 0), nullptr);
}

TEST(Deduplication, ForgetsWhatIsOverAFewAtATime) {
  Deduplication ids;
  for (uint64_t i = 0; i < 100; ++i) ids.Remember(std::to_string(i), i, 100);
  ids.Remember("later", 1, 200);
  ids.Expire(99);
  EXPECT_EQ(ids.size(), 101u);
  int calls = 0;
  for (; ids.size() > 1 && calls < 100; ++calls) ids.Expire(150);
  EXPECT_GT(calls, 1);
  EXPECT_LT(calls, 20);
  EXPECT_NE(ids.Find("later", 150), nullptr);
  const int64_t bytes = ids.heap_bytes();
  ids.Expire(200);
  EXPECT_LT(ids.heap_bytes(), bytes);
  EXPECT_EQ(ids.size(), 0u);
}

}  // namespace
}  // namespace kontor
