#include "broker/event_rates.h"

#include "gtest/gtest.h"

namespace kontor {
namespace {

TEST(EventRate, CountsWholeSecondsOnly) {
  EventRate rate;
  for (int i = 0; i < 5; ++i) rate.Count(100'000 + i * 100);  // in second 100
  EXPECT_EQ(rate.Over(100'999, 1), 0u);                       // that second is not over
  rate.Count(101'000);
  EXPECT_EQ(rate.Over(101'000, 1), 5u);
  EXPECT_EQ(rate.Over(102'000, 1), 1u);
  EXPECT_EQ(rate.Over(102'000, 10), 6u);
  EXPECT_EQ(rate.Over(160'999, 60), 6u);
  EXPECT_EQ(rate.Over(161'000, 60), 1u);
  EXPECT_EQ(rate.Over(162'000, 60), 0u);
  EXPECT_EQ(rate.Over(10'000'000, 60), 0u);
}

TEST(EventRate, ForgetsWhatIsLongAgoAndSurvivesAClockThatIsSetBack) {
  EventRate rate;
  rate.Count(1'000);
  rate.Count(900'000);
  EXPECT_EQ(rate.Over(901'000, 60), 1u);
  rate.Count(899'500);  // half a second back counts for the latest
  EXPECT_EQ(rate.Over(901'000, 1), 2u);
  rate.Count(5'000);
  EXPECT_EQ(rate.Over(6'000, 60), 1u);
}

}  // namespace
}  // namespace kontor
