// Work queues: making and looking after them.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/glob.h"
#include "base/limits.h"
#include "command/arguments.h"
#include "command/queue_arguments.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

// "100,500,2000"; nothing at all is no list.
Status ParseDelays(Bytes text, std::vector<int64_t>* delays_ms) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    KONTOR_RETURN_IF_ERROR(
        ParseIntegerArgument(text.substr(0, end), 0, limits::kDelayMs,
                             "RETRYDELAYS is not a list of milliseconds such as 100,500,2000",
                             &delays_ms->emplace_back()));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return Ok();
}

Status OpenQueue(CommandContext& context) {
  QueueOptions options;
  std::vector<NumberOption> numbers;
  for (const QueueOption& option : AllQueueOptions()) {
    numbers.push_back({option.argument, option.least, option.most, &(options.*option.value)});
  }
  Bytes delays;
  const TextOption texts[] = {{"RETRYDELAYS", &delays}};
  KONTOR_RETURN_IF_ERROR(ParseQueueOptions(context.arguments.subspan(2), numbers, texts));
  KONTOR_RETURN_IF_ERROR(ParseDelays(delays, &options.retry_delays_ms));
  KONTOR_RETURN_IF_ERROR(verbs::OpenQueue(CoreOf(context), context.argument(1), &options).status());
  context.reply.Ok();
  return Ok();
}

Status DeleteQueue(CommandContext& context) {
  Status deleted = verbs::DeleteQueue(CoreOf(context), context.argument(1));
  if (!deleted.ok() && deleted.code() != Code::kNotFound) return deleted;
  context.reply.Integer(deleted.ok() ? 1 : 0);
  return Ok();
}

Status ListQueues(CommandContext& context) {
  if (context.size() > 2) return WrongNumberOfArguments(context.argument(0));
  const Bytes pattern = context.size() == 2 ? context.argument(1) : Bytes("*");
  std::vector<Bytes> names;
  const std::vector<QueuePointer> queues = CoreOf(context)->queues.All();
  for (const QueuePointer& queue : queues) {
    if (GlobSelects(pattern, queue->name())) names.push_back(queue->name());
  }
  context.reply.Array(names.size());
  for (const Bytes name : names) context.reply.Bulk(name);
  return Ok();
}

Status TellOfQueue(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  KONTOR_ASSIGN_OR_RETURN(const QueueFigures figures, verbs::Figures(CoreOf(context), queue.get()));
  const std::pair<Bytes, uint64_t> told[] = {
      {"ready", figures.ready},
      {"delayed", figures.delayed},
      {"leased", figures.leased},
      {"dead", figures.dead},
      {"done", figures.done},
      {"waiting-consumers", figures.waiting_consumers},
      {"oldest-ready-age-ms", static_cast<uint64_t>(figures.oldest_ready_age_ms)},
      {"enqueued-total", figures.enqueued_total},
      {"delivered-total", figures.delivered_total},
      {"redelivered-total", figures.redelivered_total},
      {"acknowledged-total", figures.acknowledged_total},
      {"dead-total", figures.dead_total},
      {"dropped-total", figures.dropped_total},
      {"paused", figures.paused ? 1 : 0},
      {"groups", figures.groups},
      {"arrivals-1s", figures.arrivals[0]},
      {"arrivals-10s", figures.arrivals[1]},
      {"arrivals-60s", figures.arrivals[2]},
      {"acknowledgements-1s", figures.acknowledgements[0]},
      {"acknowledgements-10s", figures.acknowledgements[1]},
      {"acknowledgements-60s", figures.acknowledgements[2]},
      {"failures-1s", figures.failures[0]},
      {"failures-10s", figures.failures[1]},
      {"failures-60s", figures.failures[2]},
  };
  context.reply.Map(std::size(told));
  for (const auto& [name, value] : told) {
    context.reply.Bulk(name);
    context.reply.Integer(static_cast<int64_t>(value));
  }
  return Ok();
}

// As Q.OPEN takes them.
Status TellOptions(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  KONTOR_ASSIGN_OR_RETURN(const QueueOptions options, verbs::OptionsOf(queue.get()));
  context.reply.Map(AllQueueOptions().size() + 1);
  for (const QueueOption& option : AllQueueOptions()) {
    context.reply.Bulk(option.argument);
    context.reply.Integer(options.*option.value);
  }
  context.reply.Bulk("RETRYDELAYS");
  context.reply.Bulk(absl::StrJoin(options.retry_delays_ms, ","));
  return Ok();
}

// Q.PAUSE, Q.PURGE and Q.RESUME.
template <Status (*kVerb)(Core* core, WorkQueue* queue)>
Status ChangeQueue(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  KONTOR_RETURN_IF_ERROR(kVerb(CoreOf(context), queue.get()));
  context.reply.Ok();
  return Ok();
}

constexpr Command kCommands[] = {
    {"Q.DELETE", 2, kChangesQueue, kNoKeys, DeleteQueue, "queue",
     "Deletes a queue with all its messages, and answers whether there was one.", "queue"},
    {"Q.INFO", 2, kAlone, kNoKeys, TellOfQueue, "queue",
     "Answers how many messages a queue has, in which states, and how many it had.", "queue"},
    {"Q.LIST", -1, kAlone, kNoKeys, ListQueues, "queue", "Answers the names of the queues.",
     "[pattern]"},
    {"Q.OPEN", -2, kChangesQueue, kNoKeys, OpenQueue, "queue",
     "Makes a queue, or gives one that is there these options.",
     "queue [DURABLE 0|1] [LEASE milliseconds] [MAXDELIVERIES count] [RETRYDELAY milliseconds] "
     "[MAXLENGTH count] [BACKOFF 0|1] [RETRYDELAYMAX milliseconds] [RETRYJITTER percent] "
     "[RETRYDELAYS milliseconds,...] [DEDUPLICATION milliseconds] [OVERFLOW 0|1|2] "
     "[MAXAGE milliseconds] [AGEPOLICY 0|1] [RATE count] [RATEWINDOW milliseconds] "
     "[GROUPRATE count] [GROUPRATEWINDOW milliseconds] [RESULTS milliseconds] "
     "[DEPTHTHRESHOLD messages] [AGETHRESHOLD milliseconds] [COMPRESS bytes]"},
    {"Q.OPTIONS", 2, kAlone, kNoKeys, TellOptions, "queue",
     "Answers the options of a queue, as Q.OPEN takes them.", "queue"},
    {"Q.PAUSE", 2, kChangesQueue, kNoKeys, ChangeQueue<verbs::Pause>, "queue",
     "Lets nobody take from a queue until Q.RESUME.", "queue"},
    {"Q.PURGE", 2, kChangesQueue, kNoKeys, ChangeQueue<verbs::Purge>, "queue",
     "Drops every message of a queue.", "queue"},
    {"Q.RESUME", 2, kChangesQueue, kNoKeys, ChangeQueue<verbs::Resume>, "queue",
     "Lets a queue that was paused go on.", "queue"},
};

}  // namespace

absl::Span<const Command> QueueCommands() { return kCommands; }

}  // namespace kontor
