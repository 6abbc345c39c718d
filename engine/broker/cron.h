#ifndef KONTOR_BROKER_CRON_H_
#define KONTOR_BROKER_CRON_H_

#include <bitset>
#include <cstdint>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/status.h"

namespace kontor {

// When something is to happen again and again, as cron(8) writes it: minute, hour, day of month,
// month and day of week, or six fields with the second in front. A field is `*`, numbers, ranges,
// steps (`*/5`, `10-40/10`) and lists of these; months and days of the week may be names of three
// letters, and Sunday is 0 or 7. Where both days are given, either is enough. `@yearly`,
// `@monthly`,
// `@weekly`, `@daily` and `@hourly` are what they say.
//
// Summer time: what is to happen at a certain hour happens once a day. Where the clock skips that
// time, it happens in the moment of the change; where the clock goes through it twice, the first
// time. What happens in every hour happens in every hour that passes.
class CronExpression {
 public:
  // kInvalid, saying which field is wrong.
  static Result<CronExpression> Parse(Bytes text);

  // The first moment after `after_unix_ms`; INT64_MAX if there is none in the next 8 years (the
  // 30th of February).
  int64_t NextUnixMs(int64_t after_unix_ms, const absl::TimeZone& zone) const;

 private:
  using Set = std::bitset<64>;
  struct Field;
  static const Field kFields[6];

  CronExpression() = default;
  static Status ParseField(const Field& field, Bytes text, Set* set);
  static Status ParsePart(const Field& field, Bytes text, Set* set);
  static bool ParseNumber(const Field& field, Bytes text, int* number);
  absl::Time NextByTheClock(absl::Time begin, const absl::TimeZone& zone) const;
  absl::Time NextOfHoursThatPass(absl::Time begin, const absl::TimeZone& zone) const;
  bool MatchesDay(absl::CivilDay day) const;
  // The first civil second that matches, from `from` on; false if it is after `until`.
  bool FirstMatch(absl::CivilSecond from, absl::CivilSecond until, absl::CivilSecond* match) const;

  Set seconds_, minutes_, hours_, days_, months_, weekdays_;
  bool every_hour_ = false;
  bool any_day_ = false;      // day of month is *
  bool any_weekday_ = false;  // day of week is *
};

}  // namespace kontor

#endif  // KONTOR_BROKER_CRON_H_
