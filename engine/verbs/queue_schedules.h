#ifndef KONTOR_VERBS_QUEUE_SCHEDULES_H_
#define KONTOR_VERBS_QUEUE_SCHEDULES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "broker/schedule.h"
#include "broker/work_queue.h"
#include "txn/core.h"

// Schedules: messages that are put into a queue again and again. They run when somebody looks at
// the queue: whoever takes from it or waits at it, asks for its figures, or the engine's background
// work. All of it answers kClosed for a queue that is deleted or closed.
namespace kontor::verbs {

struct ScheduleView {
  std::string name;
  ScheduleOptions options;
  int64_t next_unix_ms = 0;  // INT64_MAX: never again
};

// Sets the schedule of this name, in the place of one that is there; one with the same options goes
// on as it was. kInvalid, kOutOfRange, kTooLarge; kFull at limits::kSchedules.
Status SetSchedule(Core* core, WorkQueue* queue, Bytes name, const ScheduleOptions& options);
// kNotFound. What it put in stays.
Status DeleteSchedule(Core* core, WorkQueue* queue, Bytes name);
// kNotFound.
Result<ScheduleView> FindSchedule(Core* core, WorkQueue* queue, Bytes name);
// All of them, by name.
Result<std::vector<ScheduleView>> Schedules(Core* core, WorkQueue* queue);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_QUEUE_SCHEDULES_H_
