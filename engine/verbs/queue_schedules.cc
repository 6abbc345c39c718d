#include "verbs/queue_schedules.h"

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "broker/naming.h"
#include "txn/make_room.h"
#include "verbs/queue_commit.h"

namespace kontor::verbs {
namespace {

Status CheckName(Bytes name) {
  if (!name.empty() && name.size() <= limits::kNameBytes) return Ok();
  return Status(name.empty() ? Code::kInvalid : Code::kTooLarge,
                absl::StrCat("the name of a schedule has 1 to ", limits::kNameBytes,
                             " bytes, this one has ", name.size()));
}

Status NoSuchSchedule(const WorkQueue& queue, Bytes name) {
  return Status(Code::kNotFound,
                absl::StrCat("queue ", Quoted(queue.name()), " has no schedule ", Quoted(name)));
}

ScheduleView ViewOf(const Schedule& schedule) {
  return {.name = schedule.name(),
          .options = schedule.options(),
          .next_unix_ms = schedule.next_unix_ms()};
}

Status SetLocked(Core* core, WorkQueue* queue, Bytes name, const ScheduleOptions& options,
                 int64_t now_unix_ms, Lsn* lsn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex()) {
  if (queue->schedules().Find(name) == nullptr && queue->schedules().size() >= limits::kSchedules) {
    return Status(Code::kFull,
                  absl::StrCat("queue ", Quoted(queue->name()), " has ", limits::kSchedules,
                               " schedules, the limit; delete some first"));
  }
  const int64_t first_unix_ms = FirstRun(options, now_unix_ms);
  if (first_unix_ms == INT64_MAX) {
    return Status(Code::kInvalid, absl::StrCat("schedule: ", Quoted(options.cron),
                                               " does not come in the next 8 years"));
  }
  const std::string encoded = EncodeSchedule(name, options);
  Commit(core, queue,
         {.kind = QueueEffectKind::kScheduleSet,
          .queue = queue->name(),
          .time_unix_ms = first_unix_ms,
          .body = encoded},
         lsn);
  return Ok();
}

}  // namespace

Status SetSchedule(Core* core, WorkQueue* queue, Bytes name, const ScheduleOptions& options) {
  KONTOR_RETURN_IF_ERROR(CheckName(name));
  KONTOR_RETURN_IF_ERROR(Validate(options));
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, options.body.size()));
  KONTOR_RETURN_IF_ERROR(QueueUsable(core));  // what was due before runs first
  Lsn lsn = 0;
  bool is_there = false;
  {
    const MutexLock lock(queue->mutex());
    if (queue->closed()) return QueueClosed();
    const int64_t now_unix_ms = core->clock->UnixMs();
    CatchUp(core, queue, now_unix_ms, &lsn);
    const Schedule* const known = queue->schedules().Find(name);
    if (known != nullptr && known->options() == options) {
      is_there = true;
    } else {
      KONTOR_RETURN_IF_ERROR(SetLocked(core, queue, name, options, now_unix_ms, &lsn));
    }
  }
  return is_there ? AwaitWhatIsThere(core) : AwaitDurability(core, lsn);
}

Status DeleteSchedule(Core* core, WorkQueue* queue, Bytes name) {
  KONTOR_RETURN_IF_ERROR(QueueUsable(core));
  return PlanAndCommit(core, queue, [&](int64_t) -> Result<QueueEffect> {
    queue->mutex()->AssertHeld();
    if (queue->schedules().Find(name) == nullptr) return NoSuchSchedule(*queue, name);
    return QueueEffect{
        .kind = QueueEffectKind::kScheduleDelete, .queue = queue->name(), .body = name};
  });
}

Result<ScheduleView> FindSchedule(Core* core, WorkQueue* queue, Bytes name) {
  CatchUp(core, queue);
  const MutexLock lock(queue->mutex());
  if (queue->closed()) return QueueClosed();
  const Schedule* const schedule = queue->schedules().Find(name);
  if (schedule == nullptr) return NoSuchSchedule(*queue, name);
  return ViewOf(*schedule);
}

Result<std::vector<ScheduleView>> Schedules(Core* core, WorkQueue* queue) {
  CatchUp(core, queue);
  const MutexLock lock(queue->mutex());
  if (queue->closed()) return QueueClosed();
  std::vector<ScheduleView> views;
  queue->schedules().ForEach(
      [&views](const Schedule& schedule) { views.push_back(ViewOf(schedule)); });
  return views;
}

}  // namespace kontor::verbs
