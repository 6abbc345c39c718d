#include "broker/cron.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

absl::TimeZone Zone(const char* name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

// "2026-11-22 17:00:00", in UTC.
int64_t Utc(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%S", text, &time, &error)) << error;
  return absl::ToUnixMillis(time);
}

// The next times, as that zone's clock shows them, with its distance from UTC.
std::vector<std::string> Next(const char* expression, const std::string& after_utc, int count,
                              const char* zone_name = "UTC") {
  const Result<CronExpression> cron = CronExpression::Parse(expression);
  EXPECT_TRUE(cron.ok()) << cron.status().message();
  const absl::TimeZone zone = Zone(zone_name);
  std::vector<std::string> times;
  int64_t at_unix_ms = Utc(after_utc);
  for (int i = 0; cron.ok() && i < count; ++i) {
    const int64_t next_unix_ms = cron->NextUnixMs(at_unix_ms, zone);
    EXPECT_GT(next_unix_ms, at_unix_ms);
    if (next_unix_ms == INT64_MAX) {
      times.emplace_back("never");
      break;
    }
    times.push_back(
        absl::FormatTime("%m-%d %H:%M:%S %Ez", absl::FromUnixMillis(next_unix_ms), zone));
    at_unix_ms = next_unix_ms;
  }
  return times;
}

TEST(Cron, NumbersRangesStepsAndLists) {
  EXPECT_THAT(Next("5 * * * *", "2026-11-22 17:00:00", 2),
              ElementsAre("11-22 17:05:00 +00:00", "11-22 18:05:00 +00:00"));
  EXPECT_THAT(
      Next("*/20 9-10 * * *", "2026-11-22 10:20:00", 3),
      ElementsAre("11-22 10:40:00 +00:00", "11-23 09:00:00 +00:00", "11-23 09:20:00 +00:00"));
  EXPECT_THAT(Next("0 0 31 */3,12 *", "2026-11-22 00:00:00", 2),
              ElementsAre("12-31 00:00:00 +00:00", "01-31 00:00:00 +00:00"));
  EXPECT_THAT(
      Next("50/5 7 * * *", "2026-11-22 00:00:00", 3),
      ElementsAre("11-22 07:50:00 +00:00", "11-22 07:55:00 +00:00", "11-23 07:50:00 +00:00"));
}

TEST(Cron, SixFieldsBeginWithTheSecond) {
  EXPECT_THAT(Next("*/30 * * * * *", "2026-11-22 17:59:30", 2),
              ElementsAre("11-22 18:00:00 +00:00", "11-22 18:00:30 +00:00"));
}

TEST(Cron, NamesOfMonthsAndDays) {
  // 2026-11-22 is a Sunday.
  EXPECT_THAT(Next("0 12 * * mon-WED", "2026-11-22 13:00:00", 4),
              ElementsAre("11-23 12:00:00 +00:00", "11-24 12:00:00 +00:00", "11-25 12:00:00 +00:00",
                          "11-30 12:00:00 +00:00"));
  EXPECT_THAT(Next("0 0 * feb 7", "2026-11-22 13:00:00", 1), ElementsAre("02-07 00:00:00 +00:00"));
  EXPECT_EQ(Next("0 0 * * 0", "2026-11-22 13:00:00", 3), Next("@weekly", "2026-11-22 13:00:00", 3));
  EXPECT_EQ(Next("0\t0  * *\t \t0", "2026-11-22 13:00:00", 3),
            Next("@Weekly", "2026-11-22 13:00:00", 3));
}

TEST(Cron, WhereBothDaysAreGivenEitherIsEnough) {
  EXPECT_THAT(
      Next("0 0 24 * sun", "2026-11-22 00:00:00", 3),
      ElementsAre("11-24 00:00:00 +00:00", "11-29 00:00:00 +00:00", "12-06 00:00:00 +00:00"));
}

TEST(Cron, LeapDaysAreWaitedForAndOthersNeverCome) {
  EXPECT_THAT(Next("0 0 29 2 *", "2026-11-22 00:00:00", 1), ElementsAre("02-29 00:00:00 +00:00"));
  // 2100 has none.
  EXPECT_THAT(Next("0 0 29 2 *", "2096-03-01 00:00:00", 1), ElementsAre("02-29 00:00:00 +00:00"));
  EXPECT_THAT(Next("0 0 30 2 *", "2026-11-22 00:00:00", 1), ElementsAre("never"));
}

TEST(Cron, WhatTheClockSkipsHappensInTheMomentOfTheChange) {
  // In Berlin 2026-03-29 02:00 is followed by 03:00 summer time.
  EXPECT_THAT(
      Next("30 2 * * *", "2026-03-28 00:00:00", 3, "Europe/Berlin"),
      ElementsAre("03-28 02:30:00 +01:00", "03-29 03:00:00 +02:00", "03-30 02:30:00 +02:00"));
}

TEST(Cron, WhatTheClockShowsTwiceHappensOnce) {
  // In Berlin 2026-10-25 03:00 summer time is followed by 02:00.
  EXPECT_THAT(
      Next("30 2 * * *", "2026-10-24 00:00:00", 3, "Europe/Berlin"),
      ElementsAre("10-24 02:30:00 +02:00", "10-25 02:30:00 +02:00", "10-26 02:30:00 +01:00"));
}

TEST(Cron, EveryHourIsEveryHourThatPasses) {
  EXPECT_THAT(Next("15 * * * *", "2026-10-24 23:00:00", 4, "Europe/Berlin"),
              ElementsAre("10-25 01:15:00 +02:00", "10-25 02:15:00 +02:00", "10-25 02:15:00 +01:00",
                          "10-25 03:15:00 +01:00"));
  EXPECT_THAT(
      Next("15 * * * *", "2026-03-28 23:30:00", 3, "Europe/Berlin"),
      ElementsAre("03-29 01:15:00 +01:00", "03-29 03:15:00 +02:00", "03-29 04:15:00 +02:00"));
}

TEST(Cron, SaysWhatIsWrong) {
  const auto error = [](const char* text) {
    const Result<CronExpression> cron = CronExpression::Parse(text);
    EXPECT_EQ(cron.code(), Code::kInvalid) << text;
    return cron.status().message();
  };
  EXPECT_THAT(error("* * * *"), HasSubstr("'* * * *' has 4 fields; it needs 5"));
  EXPECT_THAT(error(""), HasSubstr("0 fields"));
  EXPECT_THAT(error("60 * * * *"), HasSubstr("the minute is '60', which is not in order within 0"));
  EXPECT_THAT(error("* 5-3 * * *"), HasSubstr("the hour is '5-3'"));
  EXPECT_THAT(error("* * 0 * *"), HasSubstr("the day of month is '0'"));
  EXPECT_THAT(error("* * * nov-foo *"), HasSubstr("the month is 'nov-foo', which is no number"));
  EXPECT_THAT(error("* * * * 8"), HasSubstr("the day of week is '8'"));
  for (const char* text : {"*/0 * * * *", "1,,2 * * * *", "1- * * * *", "-1 * * * *", "a * * * *",
                           "1/2/3 * * * *", "1-2-3 * * * *", "999 * * * *", "@never"}) {
    error(text);
  }
}

}  // namespace
}  // namespace kontor
