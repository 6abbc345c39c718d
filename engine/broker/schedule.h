#ifndef KONTOR_BROKER_SCHEDULE_H_
#define KONTOR_BROKER_SCHEDULE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/bytes.h"
#include "base/status.h"
#include "broker/cron.h"
#include "broker/message.h"

namespace kontor {

// What becomes of runs whose time passed while nobody looked: the process was down, or nobody took
// from the queue.
enum class MissedRuns : int64_t {
  kOne = 0,   // one message stands for all of them
  kEach = 1,  // each has its message
};

// A message that is put into a queue again and again, by a cron expression or in an interval.
struct ScheduleOptions {
  std::string cron = {};       // empty: every_ms
  std::string time_zone = {};  // of the cron expression, as "Europe/Berlin"; empty: UTC
  int64_t every_ms = 0;        // 0: cron
  int64_t first_unix_ms = 0;   // of an interval; 0: one interval after it is set
  int64_t missed = static_cast<int64_t>(MissedRuns::kOne);
  int64_t priority = 0;
  std::string group = {};
  std::string body = {};

  friend bool operator==(const ScheduleOptions&, const ScheduleOptions&) = default;
};

// kInvalid, kOutOfRange or kTooLarge, naming what is wrong. A zone is looked for in the system's
// zone database, the only file outside of the data directory that the engine reads.
Status Validate(const ScheduleOptions& options);

// A schedule of a queue and its next run. Not thread-safe.
class Schedule {
 public:
  // Of options that are valid; on another system the zone may be unknown, and the schedule then has
  // no runs.
  Schedule(std::string name, ScheduleOptions options, int64_t next_unix_ms);

  const std::string& name() const { return name_; }
  const ScheduleOptions& options() const { return options_; }
  // INT64_MAX: never again.
  int64_t next_unix_ms() const { return next_unix_ms_; }
  void set_next_unix_ms(int64_t next_unix_ms) { next_unix_ms_ = next_unix_ms; }

  // The first run after that time; INT64_MAX if there is none.
  int64_t RunAfter(int64_t unix_ms) const;
  // The run after the one that is due, with which the missed ones are made up for.
  int64_t RunAfterDue(int64_t now_unix_ms) const;
  // What a run puts into the queue; borrowed from this.
  NewMessage Message() const;
  size_t heap_bytes() const;

 private:
  const std::string name_;
  const ScheduleOptions options_;
  int64_t next_unix_ms_;
  std::optional<CronExpression> cron_;
  std::optional<absl::TimeZone> zone_;  // none: unknown here
};

// When the first run of a schedule is that is set now.
int64_t FirstRun(const ScheduleOptions& options, int64_t now_unix_ms);

// The body of a kScheduleSet effect (persist/FORMAT.md). Decode answers kCorrupt for anything else.
std::string EncodeSchedule(Bytes name, const ScheduleOptions& options);
Status DecodeSchedule(Bytes encoded, std::string* name, ScheduleOptions* options);

}  // namespace kontor

#endif  // KONTOR_BROKER_SCHEDULE_H_
