// Lanes through kontor.hpp, and when there is no memory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <kontor/kontor.hpp>
#include <numeric>
#include <thread>
#include <vector>

#include "capi/failing_allocations.h"

namespace {

using kontor::no_memory::fail_at;
using std::chrono::milliseconds;
using testing::ElementsAre;

TEST(LaneTest, HandsValuesOverInOrder) {
  kontor::Database db;
  kontor::Lane lane(db);
  EXPECT_EQ(lane.Pop(milliseconds(0)), std::nullopt);
  lane.Push(1);
  lane.PushMany(std::array<uint64_t, 2>{2, 3});
  EXPECT_EQ(lane.length(), 3u);
  EXPECT_GE(lane.descriptor(), 0);
  EXPECT_EQ(lane.Pop(kontor::kForever), 1u);
  std::array<uint64_t, 8> values{};
  EXPECT_THAT(lane.PopMany(values, kontor::kForever), ElementsAre(2, 3));
  std::thread producer([&lane] { lane.Push(4); });
  EXPECT_EQ(lane.Pop(kontor::kForever), 4u);
  producer.join();
  lane.Close();
  EXPECT_THROW(lane.Push(5), kontor::Error);
  EXPECT_THROW(lane.Pop(kontor::kForever), kontor::Error);
}

TEST(LaneTest, WithoutMemoryNothingIsMade) {
  kontor::Database db;
  kontor_lane* lane = nullptr;
  int64_t nth = 1;
  for (int32_t code = KONTOR_NO_MEMORY; code != KONTOR_OK; ++nth) {
    fail_at = nth;
    code = kontor_lane_new(db.handle(), &lane, nullptr);
    fail_at = 0;
    ASSERT_EQ(code, lane == nullptr ? KONTOR_NO_MEMORY : KONTOR_OK);
  }
  EXPECT_GT(nth, 3);
  kontor_lane_free(lane);
}

TEST(LaneTest, WithoutMemoryAPushLeavesTheLaneAsItWas) {
  constexpr uint64_t kValues = 5000;
  kontor::Database db;
  kontor::Lane lane(db);
  int refused = 0;
  for (uint64_t value = 0; value < kValues; ++value) {
    fail_at = 1;  // only a new segment needs memory
    const int32_t code = kontor_lane_push(lane.handle(), value, nullptr);
    fail_at = 0;
    if (code != KONTOR_OK) {
      ASSERT_EQ(code, KONTOR_NO_MEMORY);
      ASSERT_EQ(lane.length(), value);
      lane.Push(value);
      ++refused;
    }
  }
  EXPECT_GT(refused, 5);
  std::vector<uint64_t> more(kValues);
  std::iota(more.begin(), more.end(), kValues);
  size_t pushed = 0;
  fail_at = 3;
  EXPECT_EQ(kontor_lane_push_many(lane.handle(), more.data(), more.size(), &pushed, nullptr),
            KONTOR_NO_MEMORY);
  fail_at = 0;
  EXPECT_GT(pushed, 0u);
  EXPECT_LT(pushed, kValues);
  for (uint64_t value = 0; value < kValues + pushed; ++value) {
    ASSERT_EQ(lane.Pop(milliseconds(0)), value);
  }
  EXPECT_EQ(lane.length(), 0u);
}

}  // namespace
