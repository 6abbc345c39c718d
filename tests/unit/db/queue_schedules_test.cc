// Schedules of queues through months of a clock that is turned by hand, across restarts.

#include "verbs/queue_schedules.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "unit/db/reopening_test.h"
#include "verbs/queue_commit.h"
#include "verbs/queue_messages.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kHourMs = 60 * kMinuteMs;
constexpr int64_t kDayMs = 24 * kHourMs;

class QueueSchedulesTest : public ReopeningTest {
 protected:
  QueueSchedulesTest() {
    Reopen();
    Open({});
  }

  void AfterOpening() override { queue_ = Find("q"); }
  void Open(const QueueOptions& options) { queue_ = OpenQueue("q", options); }
  void Set(const ScheduleOptions& options, Bytes name = "s") {
    const Status set = verbs::SetSchedule(core(), queue_.get(), name, options);
    ASSERT_TRUE(set.ok()) << set.message();
  }
  int64_t NextRun(Bytes name = "s") {
    const auto found = verbs::FindSchedule(core(), queue_.get(), name);
    EXPECT_TRUE(found.ok()) << found.status().message();
    return found.ok() ? found->next_unix_ms : 0;
  }
  // When what is ready was sent; it is acknowledged.
  std::vector<int64_t> TakeAll() {
    const int64_t timeout_ms = 0;
    const WaitOptions wait{.timeout_ms = &timeout_ms};
    std::vector<int64_t> sent_unix_ms;
    while (true) {
      TakenMessage message;
      size_t taken = 0;
      const auto place = [&message] { return &message; };
      if (!verbs::Take(core(), queue_.get(), 1, 0, wait, place, &taken).ok()) return sent_unix_ms;
      sent_unix_ms.push_back(message.enqueued_at_unix_ms);
      EXPECT_TRUE(verbs::Acknowledge(core(), queue_.get(), message.receipt).ok());
    }
  }
  void SetClock(const std::string& utc) {
    absl::Time time;
    std::string error;
    ASSERT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%S", utc, &time, &error)) << error;
    clock_.AdvanceMs(absl::ToUnixMillis(time) - clock_.UnixMs());
  }

  QueuePointer queue_;
};

TEST_P(QueueSchedulesTest, AYearOfNightsWithBothChangesOfTheClock) {
  SetClock("2026-01-01 00:00:00");
  Set({.cron = "30 2 * * *", .time_zone = "Europe/Berlin"});
  absl::TimeZone berlin;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &berlin));
  std::vector<std::string> odd;
  int nights = 0;
  // Somebody looks every 10 minutes; now and then the process ends.
  for (int look = 0; look < 365 * 144; ++look) {
    clock_.AdvanceMs(10 * kMinuteMs);
    if (look % 5000 == 0) Reopen();
    for (const int64_t sent_unix_ms : TakeAll()) {
      ++nights;
      EXPECT_EQ(sent_unix_ms, clock_.UnixMs());
      const std::string shown =
          absl::FormatTime("%m-%d %H:%M %Ez", absl::FromUnixMillis(sent_unix_ms), berlin);
      if (shown.find(" 02:30 +01:00") == std::string::npos &&
          shown.find(" 02:30 +02:00") == std::string::npos) {
        odd.push_back(shown);
      }
    }
  }
  EXPECT_EQ(nights, 365);
  // The night in which 02:30 does not come; the one in which it comes twice has one run as well.
  EXPECT_EQ(odd, std::vector<std::string>{"03-29 03:00 +02:00"});
}

TEST_P(QueueSchedulesTest, AnIntervalGoesOnAcrossRestarts) {
  const int64_t begin_unix_ms = clock_.UnixMs();
  Set({.every_ms = kHourMs});
  for (int hour = 1; hour <= 50; ++hour) {
    clock_.AdvanceMs(kHourMs);
    if (hour % 7 == 0) Reopen();
    EXPECT_EQ(TakeAll(), std::vector<int64_t>{begin_unix_ms + hour * kHourMs});
  }
}

// A process that died may have given out more ids than its journal tells.
TEST_P(QueueSchedulesTest, WhatRunsInALaterProcessHasIdsOfItsOwn) {
  Set({.every_ms = kHourMs});
  Reopen();
  clock_.AdvanceMs(kHourMs);
  EXPECT_FALSE(core()->incarnation_begun.load());
  verbs::CatchUp(core(), queue_.get());  // as the engine does, by itself
  MessageView view;
  ASSERT_TRUE(verbs::ViewNext(core(), queue_.get(), &view).ok());
  EXPECT_TRUE(core()->incarnation_begun.load());
}

TEST_P(QueueSchedulesTest, OfWhatWasMissedThereIsOneMessageOrEach) {
  const int64_t begin_unix_ms = clock_.UnixMs();
  Set({.every_ms = kHourMs}, "one");
  Set({.every_ms = kHourMs, .first_unix_ms = begin_unix_ms + 1, .missed = 1}, "each");
  Reopen();
  clock_.AdvanceMs(3 * kHourMs);
  EXPECT_EQ(TakeAll().size(), 1u + 3u);
  EXPECT_EQ(NextRun("one"), begin_unix_ms + 4 * kHourMs);
  EXPECT_EQ(NextRun("each"), begin_unix_ms + 3 * kHourMs + 1);
}

TEST_P(QueueSchedulesTest, OfManyMissedRunsTheLastThousandAreMadeUpFor) {
  const int64_t begin_unix_ms = clock_.UnixMs();
  Set({.every_ms = 1000, .missed = 1});
  clock_.AdvanceMs(365 * kDayMs);
  EXPECT_EQ(TakeAll().size(), 1u + limits::kMissedRuns);  // and the one that was known
  EXPECT_EQ(TakeAll().size(), 0u);
  EXPECT_EQ(NextRun(), begin_unix_ms + 365 * kDayMs + 1000);
}

TEST_P(QueueSchedulesTest, TheSameSetAgainGoesOnAndAnotherBeginsAnew) {
  const int64_t begin_unix_ms = clock_.UnixMs();
  Set({.every_ms = kHourMs, .body = "a"});
  clock_.AdvanceMs(kHourMs / 2);
  Reopen();
  Set({.every_ms = kHourMs, .body = "a"});
  EXPECT_EQ(NextRun(), begin_unix_ms + kHourMs);
  Set({.every_ms = kHourMs, .body = "b"});
  EXPECT_EQ(NextRun(), begin_unix_ms + kHourMs + kHourMs / 2);
  EXPECT_EQ(verbs::Schedules(core(), queue_.get())->size(), 1u);
}

TEST_P(QueueSchedulesTest, ARunThatFindsTheQueueFullIsLostAndCounted) {
  Open({.max_length = 1});
  Set({.every_ms = 1000, .missed = 1});
  clock_.AdvanceMs(3000);
  EXPECT_EQ(TakeAll().size(), 1u);
  EXPECT_EQ(verbs::Figures(core(), queue_.get())->dropped_total, 2u);
  Open({.max_length = 1, .overflow = static_cast<int64_t>(Overflow::kDropOldest)});
  const int64_t before_unix_ms = clock_.UnixMs();
  clock_.AdvanceMs(3000);
  EXPECT_EQ(TakeAll(), std::vector<int64_t>{before_unix_ms + 3000});
}

TEST_P(QueueSchedulesTest, ADeletedOneRunsNoMore) {
  Set({.every_ms = 1000});
  clock_.AdvanceMs(1000);
  ASSERT_TRUE(verbs::DeleteSchedule(core(), queue_.get(), "s").ok());
  EXPECT_EQ(verbs::DeleteSchedule(core(), queue_.get(), "s").code(), Code::kNotFound);
  Reopen();
  clock_.AdvanceMs(5000);
  EXPECT_EQ(TakeAll().size(), 1u);  // what it had put in stays
  EXPECT_EQ(verbs::FindSchedule(core(), queue_.get(), "s").status().code(), Code::kNotFound);
}

TEST_P(QueueSchedulesTest, WhatNeverComesIsRefused) {
  const Status set = verbs::SetSchedule(core(), queue_.get(), "s", {.cron = "0 0 30 2 *"});
  EXPECT_EQ(set.code(), Code::kInvalid);
}

INSTANTIATE_TEST_SUITE_P(JournalAndSnapshot, QueueSchedulesTest, ::testing::Bool());

}  // namespace
}  // namespace kontor
