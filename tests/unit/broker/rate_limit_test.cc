#include "broker/rate_limit.h"

#include <deque>

#include "base/random.h"
#include "gtest/gtest.h"
#include "unit/test_seed.h"

namespace kontor {
namespace {

TEST(RateLimit, NoLimitAllowsEverything) {
  RateLimit limit;
  const Rate none;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LE(limit.AllowedAtMs(none, 5), 5);
    limit.Spend(none, 5);
  }
}

TEST(RateLimit, TellsWhenItAllowsTheNext) {
  RateLimit limit;
  const Rate rate{.count = 2, .window_ms = 1600};
  limit.Spend(rate, 16'000);
  EXPECT_LE(limit.AllowedAtMs(rate, 16'050), 16'050);
  limit.Spend(rate, 16'050);
  const int64_t allowed_ms = limit.AllowedAtMs(rate, 16'051);
  EXPECT_GT(allowed_ms, 16'000 + 1600 - 1);
  EXPECT_LE(allowed_ms, 16'100 + 1600);
  EXPECT_GT(limit.AllowedAtMs(rate, allowed_ms - 1), allowed_ms - 1);
  EXPECT_LE(limit.AllowedAtMs(rate, allowed_ms), allowed_ms);
}

TEST(RateLimit, AClockThatIsSetBackOrAnotherRateBeginsAnew) {
  RateLimit limit;
  const Rate rate{.count = 1, .window_ms = 1000};
  limit.Spend(rate, 1'000'000);
  EXPECT_GT(limit.AllowedAtMs(rate, 999'990), 999'990);  // a little back is no other time
  EXPECT_EQ(limit.AllowedAtMs(rate, 5'000), 5'000);
  limit.Spend(rate, 5'000);
  EXPECT_GT(limit.AllowedAtMs(rate, 5'001), 5'900);
  EXPECT_LT(limit.AllowedAtMs(rate, 5'001), 6'100);
  EXPECT_EQ(limit.AllowedAtMs({.count = 1, .window_ms = 50'000}, 5'001), 5'001);
}

// In no window more than the rate, and whoever takes what he is allowed gets nearly that.
TEST(RateLimit, HoldsInEveryWindowAndGivesNearlyAll) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(seed);
  Random random(seed);
  for (int round = 0; round < 50; ++round) {
    const Rate rate{.count = 1 + static_cast<int64_t>(random.Below(200)),
                    .window_ms = 1 + static_cast<int64_t>(random.Below(5000))};
    RateLimit limit;
    std::deque<int64_t> within;
    int64_t now_ms = static_cast<int64_t>(random.Below(1'000'000));
    const int64_t begin_ms = now_ms;
    int64_t spent = 0;
    while (now_ms < begin_ms + 20 * rate.window_ms) {
      const int64_t allowed_ms = limit.AllowedAtMs(rate, now_ms);
      if (allowed_ms > now_ms) {
        now_ms = allowed_ms;
        continue;
      }
      limit.Spend(rate, now_ms);
      ++spent;
      within.push_back(now_ms);
      while (within.front() <= now_ms - rate.window_ms) within.pop_front();
      ASSERT_LE(static_cast<int64_t>(within.size()), rate.count);
      if (random.OneIn(8)) now_ms += static_cast<int64_t>(random.Below(3));
    }
    // The slices of short windows are coarse: a millisecond at least.
    if (rate.window_ms >= 160) {
      EXPECT_GE(spent, rate.count * 20 * 8 / 10);
    }
  }
}

}  // namespace
}  // namespace kontor
