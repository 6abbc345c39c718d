#include "broker/cron.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/letter_case.h"

namespace kontor {

struct CronExpression::Field {
  const char* name;
  int least;
  int most;
  const char* words;  // of three letters each, the first is `least`
  Set CronExpression::*set;
};

const CronExpression::Field CronExpression::kFields[6] = {
    {"second", 0, 59, "", &CronExpression::seconds_},
    {"minute", 0, 59, "", &CronExpression::minutes_},
    {"hour", 0, 23, "", &CronExpression::hours_},
    {"day of month", 1, 31, "", &CronExpression::days_},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec", &CronExpression::months_},
    {"day of week", 0, 7, "sunmontuewedthufrisat", &CronExpression::weekdays_},
};

namespace {

constexpr std::pair<Bytes, Bytes> kNicknames[] = {
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
};

std::vector<Bytes> Split(Bytes text, char separator) {
  std::vector<Bytes> parts;
  while (true) {
    const size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

// Fields, however many blanks and tabs are between them.
std::vector<Bytes> Words(Bytes text) {
  std::vector<Bytes> words;
  for (const Bytes part : Split(text, ' ')) {
    for (const Bytes word : Split(part, '\t')) {
      if (!word.empty()) words.push_back(word);
    }
  }
  return words;
}

Status Wrong(const char* field, Bytes text, const std::string& why) {
  return Status(Code::kInvalid,
                absl::StrCat("cron: the ", field, " is '", std::string(text), "', which ", why));
}

// Of the calendar, with the one it begins in: the 29th of February may be 8 years away.
constexpr int kYears = 9;

// When the zone's clock is changed next; InfiniteFuture if it is not.
absl::Time NextTurn(absl::Time after, const absl::TimeZone& zone) {
  absl::TimeZone::CivilTransition change;
  if (!zone.NextTransition(after, &change)) return absl::InfiniteFuture();
  // Of the two times that the clock shows one is not unique, if it changes at all.
  for (const absl::CivilSecond shown : {change.from, change.to}) {
    const absl::TimeZone::TimeInfo moment = zone.At(shown);
    if (moment.kind != absl::TimeZone::TimeInfo::UNIQUE) return moment.trans;
  }
  return zone.At(change.to).pre;
}

}  // namespace

bool CronExpression::ParseNumber(const Field& field, Bytes text, int* number) {
  const std::string words(field.words);
  if (text.size() == 3 && !words.empty()) {
    const std::string lower = ToLowerCase(text);
    for (size_t at = 0; at < words.size(); at += 3) {
      if (words.compare(at, 3, lower) != 0) continue;
      *number = field.least + static_cast<int>(at / 3);
      return true;
    }
  }
  if (text.empty() || text.size() > 2) return false;
  *number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return false;
    *number = 10 * *number + (digit - '0');
  }
  return true;
}

Status CronExpression::ParsePart(const Field& field, Bytes text, Set* set) {
  const std::vector<Bytes> stepped = Split(text, '/');
  const std::vector<Bytes> range = Split(stepped[0], '-');
  int first = field.least;
  int last = field.most;
  int step = 1;
  bool sound = stepped.size() <= 2 && range.size() <= 2;
  if (sound && stepped[0] != "*") {
    sound = ParseNumber(field, range[0], &first);
    // "5/10" is from 5 on.
    last = range.size() == 1 && stepped.size() == 1 ? first : field.most;
    if (sound && range.size() == 2) sound = ParseNumber(field, range[1], &last);
  }
  if (sound && stepped.size() == 2) {
    sound = ParseNumber({.name = "", .least = 0, .most = 0, .words = "", .set = nullptr},
                        stepped[1], &step) &&
            step > 0;
  }
  if (!sound) return Wrong(field.name, text, "is no number, range, step or *");
  if (first < field.least || last > field.most || first > last) {
    return Wrong(field.name, text,
                 absl::StrCat("is not in order within ", field.least, " to ", field.most));
  }
  for (int number = first; number <= last; number += step) {
    set->set(static_cast<size_t>(number));
  }
  return Ok();
}

Status CronExpression::ParseField(const Field& field, Bytes text, Set* set) {
  for (const Bytes part : Split(text, ',')) KONTOR_RETURN_IF_ERROR(ParsePart(field, part, set));
  return Ok();
}

Result<CronExpression> CronExpression::Parse(Bytes text) {
  for (const auto& [nickname, meaning] : kNicknames) {
    if (EqualsIgnoreCase(text, nickname)) text = meaning;
  }
  std::vector<Bytes> words = Words(text);
  if (words.size() == 5) words.insert(words.begin(), "0");
  if (words.size() != 6) {
    return Status(Code::kInvalid,
                  absl::StrCat("cron: '", std::string(text), "' has ", words.size(),
                               " fields; it needs 5 (minute, hour, day of month, month, day of "
                               "week) or 6, with the second in front"));
  }
  CronExpression expression;
  for (size_t i = 0; i < words.size(); ++i) {
    KONTOR_RETURN_IF_ERROR(ParseField(kFields[i], words[i], &(expression.*kFields[i].set)));
  }
  if (expression.weekdays_[7]) expression.weekdays_.set(0);
  expression.every_hour_ = words[2].starts_with("*");
  expression.any_day_ = words[3].starts_with("*");
  expression.any_weekday_ = words[5].starts_with("*");
  return expression;
}

bool CronExpression::MatchesDay(absl::CivilDay day) const {
  if (!months_[static_cast<size_t>(day.month())]) return false;
  const bool by_date = days_[static_cast<size_t>(day.day())];
  // absl counts from Monday.
  const auto weekday = (static_cast<size_t>(absl::GetWeekday(day)) + 1) % 7;
  const bool by_weekday = weekdays_[weekday];
  return any_day_ || any_weekday_ ? by_date && by_weekday : by_date || by_weekday;
}

bool CronExpression::FirstMatch(absl::CivilSecond from, absl::CivilSecond until,
                                absl::CivilSecond* match) const {
  for (absl::CivilDay day(from); absl::CivilSecond(day) <= until; ++day) {
    if (!MatchesDay(day)) continue;
    const absl::CivilSecond begin = std::max(from, absl::CivilSecond(day));
    for (absl::CivilHour hour(begin); absl::CivilDay(hour) == day; ++hour) {
      if (!hours_[static_cast<size_t>(hour.hour())]) continue;
      for (absl::CivilMinute minute(std::max(begin, absl::CivilSecond(hour)));
           absl::CivilHour(minute) == hour; ++minute) {
        if (!minutes_[static_cast<size_t>(minute.minute())]) continue;
        for (absl::CivilSecond second = std::max(begin, absl::CivilSecond(minute));
             absl::CivilMinute(second) == minute; ++second) {
          if (!seconds_[static_cast<size_t>(second.second())]) continue;
          *match = second;
          return second <= until;
        }
      }
    }
  }
  return false;
}

int64_t CronExpression::NextUnixMs(int64_t after_unix_ms, const absl::TimeZone& zone) const {
  const absl::Time after = absl::FromUnixMillis(after_unix_ms);
  // The first whole second after it.
  const absl::Time begin = absl::FromUnixSeconds(absl::ToUnixSeconds(after) + 1);
  const absl::Time next =
      every_hour_ ? NextOfHoursThatPass(begin, zone) : NextByTheClock(begin, zone);
  return next == absl::InfiniteFuture() ? INT64_MAX : absl::ToUnixMillis(next);
}

absl::Time CronExpression::NextByTheClock(absl::Time begin, const absl::TimeZone& zone) const {
  absl::CivilSecond from = zone.At(begin).cs;
  const absl::CivilSecond until(absl::CivilYear(from) + kYears);
  for (absl::CivilSecond match; FirstMatch(from, until, &match); from = match + 1) {
    const absl::TimeZone::TimeInfo moment = zone.At(match);
    const bool skipped = moment.kind == absl::TimeZone::TimeInfo::SKIPPED;
    const absl::Time next = skipped ? moment.trans : moment.pre;
    if (next >= begin) return next;
  }
  return absl::InfiniteFuture();
}

absl::Time CronExpression::NextOfHoursThatPass(absl::Time begin, const absl::TimeZone& zone) const {
  const absl::CivilSecond last(absl::CivilYear(zone.At(begin).cs) + kYears);
  // From one change of the clock to the next it runs evenly.
  while (true) {
    const absl::CivilSecond from = zone.At(begin).cs;
    const absl::Time turn = NextTurn(begin, zone);
    absl::CivilSecond until = last;
    if (turn != absl::InfiniteFuture()) {
      until = std::min(last, from + absl::ToInt64Seconds(turn - begin) - 1);
    }
    absl::CivilSecond match;
    if (FirstMatch(from, until, &match)) return begin + absl::Seconds(match - from);
    if (turn == absl::InfiniteFuture() || until == last) return absl::InfiniteFuture();
    begin = turn;
  }
}

}  // namespace kontor
