// Schedules by themselves: what their options may be, their bytes, and when they run.

#include "broker/schedule.h"

#include <string>
#include <vector>

#include "base/limits.h"
#include "broker/schedules.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ScheduleOptions Nightly() {
  return {.cron = "30 2 * * *",
          .time_zone = "Europe/Berlin",
          .missed = static_cast<int64_t>(MissedRuns::kEach),
          .priority = 3,
          .group = "g",
          .body = "clean up"};
}

TEST(ScheduleOptionsTest, SurviveEncoding) {
  for (const ScheduleOptions& options :
       {Nightly(), ScheduleOptions{.every_ms = 5, .first_unix_ms = 7}}) {
    std::string name;
    ScheduleOptions read;
    ASSERT_TRUE(DecodeSchedule(EncodeSchedule("nightly", options), &name, &read).ok());
    EXPECT_EQ(name, "nightly");
    EXPECT_EQ(read, options);
  }
}

TEST(ScheduleOptionsTest, EncodingIsTheFileFormat) {
  const Bytes expected(
      "\x01\x01n\0\0\x01g\x01"
      "b\x0a\x0e\x02\x06",
      13);
  EXPECT_EQ(EncodeSchedule("n", {.every_ms = 5,
                                 .first_unix_ms = 7,
                                 .missed = 1,
                                 .priority = 3,
                                 .group = "g",
                                 .body = "b"}),
            expected);
}

TEST(ScheduleOptionsTest, DamageIsRefused) {
  const std::string sound = EncodeSchedule("nightly", Nightly());
  std::string name;
  ScheduleOptions read;
  for (size_t size = 0; size < sound.size(); ++size) {
    EXPECT_EQ(DecodeSchedule(sound.substr(0, size), &name, &read).code(), Code::kCorrupt) << size;
  }
  EXPECT_EQ(DecodeSchedule(sound + '\0', &name, &read).code(), Code::kCorrupt);
  EXPECT_EQ(DecodeSchedule("\x02" + sound.substr(1), &name, &read).code(), Code::kCorrupt);
  EXPECT_EQ(DecodeSchedule(EncodeSchedule("", Nightly()), &name, &read).code(), Code::kCorrupt);
  EXPECT_EQ(DecodeSchedule(EncodeSchedule("n", {}), &name, &read).code(), Code::kCorrupt);
  EXPECT_EQ(DecodeSchedule(EncodeSchedule("n", {.cron = "61 * * * *"}), &name, &read).code(),
            Code::kCorrupt);
}

TEST(ScheduleOptionsTest, AZoneThatIsUnknownHereIsReadAndNeverRuns) {
  std::string name;
  ScheduleOptions read;
  const std::string encoded = EncodeSchedule("n", {.cron = "@daily", .time_zone = "Europe/Lubeck"});
  ASSERT_TRUE(DecodeSchedule(encoded, &name, &read).ok());
  EXPECT_EQ(Schedule(name, read, 0).RunAfter(1000), INT64_MAX);
}

TEST(ScheduleOptionsTest, WhatIsWrongIsNamed) {
  const auto why = [](const ScheduleOptions& options) { return Validate(options).message(); };
  EXPECT_THAT(why({}), HasSubstr("one of the two"));
  EXPECT_THAT(why({.cron = "@daily", .every_ms = 1}), HasSubstr("one of the two"));
  EXPECT_THAT(why({.every_ms = -1}), HasSubstr("every_ms is -1"));
  EXPECT_THAT(why({.cron = "@daily", .first_unix_ms = 1}), HasSubstr("for every_ms"));
  EXPECT_THAT(why({.time_zone = "UTC", .every_ms = 1}), HasSubstr("for cron"));
  EXPECT_THAT(why({.cron = "* * *"}), HasSubstr("3 fields"));
  EXPECT_THAT(why({.every_ms = 1, .priority = 32}), HasSubstr("priority is 32"));
  EXPECT_THAT(why({.every_ms = 1, .missed = 2}), HasSubstr("missed is 2"));
  for (const char* zone : {"../Europe/Berlin", "/etc/localtime", "localtime", "file:x", "Lubeck"}) {
    EXPECT_THAT(why({.cron = "@daily", .time_zone = zone}), HasSubstr("zone database")) << zone;
  }
  EXPECT_EQ(Validate({.every_ms = 1, .group = std::string(256, 'g')}).code(), Code::kTooLarge);
  EXPECT_TRUE(Validate(Nightly()).ok());
}

TEST(ScheduleTest, AnIntervalKeepsItsBeat) {
  const ScheduleOptions options{.every_ms = 100};
  EXPECT_EQ(FirstRun(options, 1000), 1100);
  EXPECT_EQ(FirstRun({.every_ms = 100, .first_unix_ms = 1042}, 1000), 1042);
  Schedule schedule("n", options, 1100);
  EXPECT_EQ(schedule.RunAfterDue(1100), 1200);
  EXPECT_EQ(schedule.RunAfterDue(1150), 1200);
  EXPECT_EQ(schedule.RunAfterDue(1399), 1400);
  EXPECT_EQ(schedule.RunAfterDue(1400), 1500);
  Schedule each("n", {.every_ms = 100, .missed = 1}, 1100);
  EXPECT_EQ(each.RunAfterDue(1399), 1200);
}

TEST(ScheduleTest, ACronExpressionSkipsWhatWasMissed) {
  constexpr int64_t kHourMs = 3'600'000;
  Schedule one("n", {.cron = "@hourly"}, kHourMs);
  EXPECT_EQ(one.RunAfterDue(5 * kHourMs + 1), 6 * kHourMs);
  Schedule each("n", {.cron = "@hourly", .missed = 1}, kHourMs);
  EXPECT_EQ(each.RunAfterDue(5 * kHourMs + 1), 2 * kHourMs);
}

TEST(SchedulesTest, TheNextRunIsFirst) {
  Schedules schedules;
  EXPECT_EQ(schedules.First(), nullptr);
  EXPECT_EQ(schedules.NextDueUnixMs(), INT64_MAX);
  schedules.Set("a", {.every_ms = 1}, 30);
  schedules.Set("b", {.every_ms = 1}, 20);
  schedules.Set("c", {.every_ms = 1}, INT64_MAX);
  EXPECT_EQ(schedules.First()->name(), "b");
  schedules.SetNextRun("b", 40);
  EXPECT_EQ(schedules.First()->name(), "a");
  schedules.Set("a", {.every_ms = 2}, 50);
  EXPECT_EQ(schedules.size(), 3u);
  EXPECT_EQ(schedules.First()->name(), "b");
  schedules.SetNextRun("nobody", 1);
  schedules.Remove("nobody");
  schedules.Remove("b");
  EXPECT_EQ(schedules.NextDueUnixMs(), 50);
  schedules.Remove("a");
  EXPECT_EQ(schedules.First(), nullptr);
  std::vector<std::string> names;
  schedules.ForEach([&](const Schedule& schedule) { names.push_back(schedule.name()); });
  EXPECT_THAT(names, ElementsAre("c"));
  schedules.Remove("c");
  EXPECT_EQ(schedules.heap_bytes(), 0);
}

}  // namespace
}  // namespace kontor
