#include "broker/schedule.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/codec.h"
#include "base/heap_bytes.h"
#include "base/limits.h"
#include "broker/naming.h"

namespace kontor {
namespace {

// The first byte of the encoding; what comes later gets another one.
constexpr uint8_t kLayout = 1;

// A name of the zone database, and no path to any other file.
bool IsZoneName(Bytes name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  };
  return name.size() <= limits::kNameBytes && !name.starts_with('/') && name != "localtime" &&
         std::all_of(name.begin(), name.end(), allowed);
}

std::optional<absl::TimeZone> LoadZone(const std::string& name) {
  if (name.empty()) return absl::UTCTimeZone();
  absl::TimeZone zone;
  if (!IsZoneName(name) || !absl::LoadTimeZone(name, &zone)) return std::nullopt;
  return zone;
}

Status CheckRange(const char* what, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return Ok();
  return Status(Code::kOutOfRange, absl::StrCat("schedule: ", what, " is ", value,
                                                "; it must be from ", least, " to ", most));
}

// All but whether the zone is known here, which another system may answer differently.
Status CheckFields(const ScheduleOptions& options) {
  KONTOR_RETURN_IF_ERROR(CheckRange("every_ms", options.every_ms, 0, limits::kDelayMs));
  KONTOR_RETURN_IF_ERROR(
      CheckRange("first_unix_ms", options.first_unix_ms, 0, limits::kLastUnixMs));
  KONTOR_RETURN_IF_ERROR(CheckRange("missed", options.missed, 0, 1));
  KONTOR_RETURN_IF_ERROR(CheckRange("priority", options.priority, 0, limits::kPriorities - 1));
  if (options.cron.empty() == (options.every_ms == 0)) {
    return Status(Code::kInvalid,
                  "schedule: it needs a cron expression or every_ms, one of the two");
  }
  if (options.every_ms == 0 && options.first_unix_ms != 0) {
    return Status(Code::kInvalid, "schedule: first_unix_ms is for every_ms, not for cron");
  }
  if (options.cron.empty() && !options.time_zone.empty()) {
    return Status(Code::kInvalid, "schedule: a time zone is for cron, not for every_ms");
  }
  if (options.cron.size() > limits::kReasonBytes || options.group.size() > limits::kNameBytes ||
      options.body.size() > limits::kMessageBytes) {
    return Status(
        Code::kTooLarge,
        absl::StrCat("schedule: a cron expression has up to ", limits::kReasonBytes,
                     " bytes, a group ", limits::kNameBytes, ", a body ", limits::kMessageBytes));
  }
  return options.cron.empty() ? Ok() : CronExpression::Parse(options.cron).status();
}

}  // namespace

Status Validate(const ScheduleOptions& options) {
  KONTOR_RETURN_IF_ERROR(CheckFields(options));
  if (LoadZone(options.time_zone).has_value()) return Ok();
  return Status(Code::kInvalid,
                absl::StrCat("schedule: time zone ", Quoted(options.time_zone),
                             " is not in this system's zone database (package tzdata)"));
}

Schedule::Schedule(std::string name, ScheduleOptions options, int64_t next_unix_ms)
    : name_(std::move(name)),
      options_(std::move(options)),
      next_unix_ms_(next_unix_ms),
      zone_(LoadZone(options_.time_zone)) {
  if (options_.cron.empty()) return;
  Result<CronExpression> parsed = CronExpression::Parse(options_.cron);
  if (parsed.ok()) cron_ = *std::move(parsed);
}

int64_t Schedule::RunAfter(int64_t unix_ms) const {
  if (options_.cron.empty()) {
    // Where the clock was set back, the run that is known is the next one.
    if (unix_ms < next_unix_ms_) return next_unix_ms_;
    const int64_t passed = (unix_ms - next_unix_ms_) / options_.every_ms + 1;
    return next_unix_ms_ + passed * options_.every_ms;
  }
  return cron_.has_value() && zone_.has_value() ? cron_->NextUnixMs(unix_ms, *zone_) : INT64_MAX;
}

int64_t Schedule::RunAfterDue(int64_t now_unix_ms) const {
  const bool each = static_cast<MissedRuns>(options_.missed) == MissedRuns::kEach;
  if (!each) return RunAfter(std::max(next_unix_ms_, now_unix_ms));
  const int64_t next_unix_ms = RunAfter(next_unix_ms_);
  // So many of them as they follow each other now; what is before that is lost.
  const int64_t late_ms = now_unix_ms - next_unix_ms;
  const int64_t apart_ms = next_unix_ms - next_unix_ms_;
  if (late_ms / limits::kMissedRuns < apart_ms) return next_unix_ms;
  return RunAfter(now_unix_ms - apart_ms * limits::kMissedRuns);
}

NewMessage Schedule::Message() const {
  return {.body = options_.body,
          .priority = static_cast<uint32_t>(options_.priority),
          .group = options_.group};
}

size_t Schedule::heap_bytes() const {
  return HeapBytesOf(name_) + HeapBytesOf(options_.cron) + HeapBytesOf(options_.time_zone) +
         HeapBytesOf(options_.group) + HeapBytesOf(options_.body);
}

int64_t FirstRun(const ScheduleOptions& options, int64_t now_unix_ms) {
  if (options.cron.empty()) {
    return options.first_unix_ms != 0 ? options.first_unix_ms : now_unix_ms + options.every_ms;
  }
  return Schedule("", options, now_unix_ms).RunAfter(now_unix_ms);
}

std::string EncodeSchedule(Bytes name, const ScheduleOptions& options) {
  std::string encoded;
  encoded.push_back(static_cast<char>(kLayout));
  for (const Bytes text : {name, Bytes(options.cron), Bytes(options.time_zone),
                           Bytes(options.group), Bytes(options.body)}) {
    PutBytes(&encoded, text);
  }
  for (const int64_t number :
       {options.every_ms, options.first_unix_ms, options.missed, options.priority}) {
    PutSignedVarint(&encoded, number);
  }
  return encoded;
}

Status DecodeSchedule(Bytes encoded, std::string* name, ScheduleOptions* options) {
  Decoder decoder(encoded);
  uint8_t layout = 0;
  if (!decoder.GetFixed8(&layout) || layout != kLayout) {
    return Status(Code::kCorrupt, "a schedule is in an unknown layout");
  }
  ScheduleOptions read;
  for (std::string* const text : {name, &read.cron, &read.time_zone, &read.group, &read.body}) {
    Bytes bytes;
    if (!decoder.GetBytes(&bytes)) return Status(Code::kCorrupt, "a schedule is damaged");
    *text = std::string(bytes);
  }
  for (int64_t* const number :
       {&read.every_ms, &read.first_unix_ms, &read.missed, &read.priority}) {
    if (!decoder.GetSignedVarint(number)) return Status(Code::kCorrupt, "a schedule is damaged");
  }
  const Status fields = CheckFields(read);
  if (!fields.ok()) return Status(Code::kCorrupt, absl::StrCat("damaged: ", fields.message()));
  if (!decoder.empty() || name->empty() || name->size() > limits::kNameBytes) {
    return Status(Code::kCorrupt, "a schedule is damaged");
  }
  *options = std::move(read);
  return Ok();
}

}  // namespace kontor
