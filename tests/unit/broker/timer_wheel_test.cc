#include "broker/timer_wheel.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/test_seed.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct NumberedTimer : Timer {
  int number = 0;
};

class TimerWheelTest : public testing::Test {
 protected:
  NumberedTimer* Add(int number, int64_t due_ms) {
    timers_.push_back(std::make_unique<NumberedTimer>());
    timers_.back()->number = number;
    wheel_.Reserve(due_ms);
    wheel_.Insert(timers_.back().get(), due_ms);
    return timers_.back().get();
  }
  std::vector<int> Advance(int64_t now_ms) {
    std::vector<int> fired;
    wheel_.Advance(now_ms, [&](Timer* timer) {
      EXPECT_FALSE(timer->waits());
      fired.push_back(static_cast<NumberedTimer*>(timer)->number);
    });
    return fired;
  }

  TimerWheel wheel_;
  std::vector<std::unique_ptr<NumberedTimer>> timers_;
};

TEST_F(TimerWheelTest, FiresAtTheMomentAndInOrder) {
  Advance(1'000'000);
  Add(1, 1'000'500);
  Add(2, 1'000'500);
  Add(3, 1'000'499);
  Add(4, 1'000'000);  // now
  Add(5, 5);          // long ago
  EXPECT_THAT(Advance(1'000'000), ElementsAre(4, 5));
  EXPECT_THAT(Advance(1'000'498), IsEmpty());
  EXPECT_THAT(Advance(1'000'500), ElementsAre(3, 1, 2));
  EXPECT_EQ(wheel_.NextDueMs(), INT64_MAX);
}

TEST_F(TimerWheelTest, YearsPassAsFastAsMilliseconds) {
  constexpr int64_t kYearMs = int64_t{366} * 24 * 60 * 60 * 1000;
  Advance(1'700'000'000'000);
  for (int year = 1; year <= 100; ++year) Add(year, 1'700'000'000'000 + year * kYearMs);
  Add(0, INT64_MAX);
  EXPECT_EQ(Advance(1'700'000'000'000 + 100 * kYearMs - 1).size(), 99u);
  EXPECT_THAT(Advance(1'700'000'000'000 + 100 * kYearMs), ElementsAre(100));
  EXPECT_THAT(Advance(INT64_MAX), ElementsAre(0));  // the end of all time
}

TEST_F(TimerWheelTest, SleepingUntilItSaysMissesNothing) {
  Advance(7);
  Add(1, 123'456'789);
  int turns = 0;
  std::vector<int> fired;
  for (; fired.empty() && turns < 20; ++turns) {
    ASSERT_GT(wheel_.NextDueMs(), wheel_.now_ms());
    ASSERT_LE(wheel_.NextDueMs(), 123'456'789);
    fired = Advance(wheel_.NextDueMs());
  }
  EXPECT_THAT(fired, ElementsAre(1));
  EXPECT_EQ(wheel_.now_ms(), 123'456'789);
  EXPECT_LE(turns, 5);  // one for each digit
}

TEST_F(TimerWheelTest, AClockThatJumpsBackIsBelievedBeyondTheTolerance) {
  Advance(10'000'000);
  Add(1, 10'000'100);
  Add(2, 10'000'100);
  Add(3, 90'000'000);
  Advance(10'000'000 - TimerWheel::kToleranceMs);
  EXPECT_EQ(wheel_.now_ms(), 10'000'000);
  Advance(2'000'000);
  EXPECT_EQ(wheel_.now_ms(), 2'000'000);
  Add(4, 2'000'030);  // what is due soon by the new time is not due now
  EXPECT_THAT(Advance(2'000'029), IsEmpty());
  EXPECT_THAT(Advance(10'000'099), ElementsAre(4));
  EXPECT_THAT(Advance(10'000'100), ElementsAre(1, 2));
  EXPECT_THAT(Advance(90'000'000), ElementsAre(3));
}

// Beside the plainest model: all timers in a list, in the order they were inserted.
TEST_F(TimerWheelTest, AgreesWithAList) {
  Random random(TestSeed());
  struct Expected {
    int64_t due_ms;
    NumberedTimer* timer;
  };
  std::vector<Expected> list;
  int64_t now_ms = 1'000'000;
  Advance(now_ms);
  for (int step = 0; step < 20'000; ++step) {
    const uint64_t choice = random.Below(10);
    if (choice < 5) {
      const auto span = static_cast<int64_t>(uint64_t{1} << random.Below(34));
      const int64_t due_ms = now_ms - 3 + static_cast<int64_t>(random.Below(4)) * (span / 4);
      list.push_back({std::max(due_ms, wheel_.now_ms()), Add(step, due_ms)});
    } else if (choice < 7 && !list.empty()) {
      const auto place = list.begin() + static_cast<int64_t>(random.Below(list.size()));
      wheel_.Remove(place->timer);
      wheel_.Remove(place->timer);  // a second time is nothing
      list.erase(place);
    } else {
      const auto step_ms = static_cast<int64_t>(random.Below(uint64_t{1} << random.Below(24)));
      const bool back = random.OneIn(20);
      now_ms = back ? std::max<int64_t>(0, now_ms - step_ms) : now_ms + step_ms;
      std::stable_sort(list.begin(), list.end(),
                       [](const Expected& a, const Expected& b) { return a.due_ms < b.due_ms; });
      std::vector<int> expected;
      const int64_t seen_ms = now_ms + TimerWheel::kToleranceMs < wheel_.now_ms()
                                  ? now_ms
                                  : std::max(now_ms, wheel_.now_ms());
      while (!list.empty() && list.front().due_ms <= std::min(now_ms, seen_ms)) {
        expected.push_back(list.front().timer->number);
        list.erase(list.begin());
      }
      ASSERT_EQ(Advance(now_ms), expected) << "step " << step;
      ASSERT_EQ(wheel_.now_ms(), seen_ms);
    }
  }
  size_t left = 0;
  wheel_.ForEach([&](const Timer*) { ++left; });
  EXPECT_EQ(left, list.size());
  wheel_.Clear();
}

}  // namespace
}  // namespace kontor
