// Work queues: messages that are put in again and again.

#include <string>
#include <vector>

#include "base/limits.h"
#include "command/arguments.h"
#include "command/queue_arguments.h"
#include "verbs/queue_schedules.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

Status SetSchedule(CommandContext& context) {
  ScheduleOptions options;
  Bytes cron;
  Bytes zone;
  Bytes group;
  const TextOption texts[] = {{"CRON", &cron}, {"ZONE", &zone}, {"GROUP", &group}};
  KONTOR_RETURN_IF_ERROR(
      ParseQueueOptions(context.arguments.subspan(4),
                        {{"EVERY", 1, limits::kDelayMs, &options.every_ms},
                         {"FIRST", 1, limits::kLastUnixMs, &options.first_unix_ms},
                         {"MISSED", 0, 1, &options.missed},
                         {"PRIORITY", 0, limits::kPriorities - 1, &options.priority}},
                        texts));
  options.cron = cron;
  options.time_zone = zone;
  options.group = group;
  options.body = context.argument(3);
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          verbs::OpenQueue(CoreOf(context), context.argument(1), nullptr));
  KONTOR_RETURN_IF_ERROR(
      verbs::SetSchedule(CoreOf(context), queue.get(), context.argument(2), options));
  context.reply.Ok();
  return Ok();
}

Status DeleteSchedule(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  Status deleted = verbs::DeleteSchedule(CoreOf(context), queue.get(), context.argument(2));
  if (!deleted.ok() && deleted.code() != Code::kNotFound) return deleted;
  context.reply.Integer(deleted.ok() ? 1 : 0);
  return Ok();
}

Status ListSchedules(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  KONTOR_ASSIGN_OR_RETURN(const std::vector<verbs::ScheduleView> views,
                          verbs::Schedules(CoreOf(context), queue.get()));
  const auto tell = [&context](Bytes name, int64_t value) {
    context.reply.Bulk(name);
    context.reply.Integer(value);
  };
  const auto tell_text = [&context](Bytes name, Bytes value) {
    context.reply.Bulk(name);
    context.reply.Bulk(value);
  };
  context.reply.Array(views.size());
  for (const verbs::ScheduleView& view : views) {
    context.reply.Map(9);
    tell_text("name", view.name);
    tell("next-run", view.next_unix_ms == INT64_MAX ? -1 : view.next_unix_ms);
    tell_text("cron", view.options.cron);
    tell_text("zone", view.options.time_zone);
    tell("every", view.options.every_ms);
    tell("missed", view.options.missed);
    tell("priority", view.options.priority);
    tell_text("group", view.options.group);
    tell_text("body", view.options.body);
  }
  return Ok();
}

constexpr Command kCommands[] = {
    {"Q.SCHEDULE", -6, kChangesQueue, kNoKeys, SetSchedule, "queue",
     "Puts a message into a queue again and again, by a cron expression or in an interval. One of "
     "the same name is replaced. Of runs that were missed one is made up for (MISSED 0), or each "
     "(1; the last 1000).",
     "queue name body CRON expression [ZONE zone]|EVERY milliseconds [FIRST unix-milliseconds] "
     "[MISSED 0|1] [PRIORITY priority] [GROUP key]"},
    {"Q.SCHEDULES", 2, kAlone, kNoKeys, ListSchedules, "queue",
     "Answers the schedules of a queue with their next runs (-1: never).", "queue"},
    {"Q.UNSCHEDULE", 3, kChangesQueue, kNoKeys, DeleteSchedule, "queue",
     "Ends a schedule, and answers whether there was one. What it put in stays.", "queue name"},
};

}  // namespace

absl::Span<const Command> QueueScheduleCommands() { return kCommands; }

}  // namespace kontor
