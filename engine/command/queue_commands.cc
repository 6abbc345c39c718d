// Work queues: what Redis has no commands for.

#include "command/queue_commands.h"

#include <algorithm>
#include <string>

#include "base/glob.h"
#include "base/limits.h"
#include "command/arguments.h"
#include "db/engine.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

using QueuePointer = std::shared_ptr<WorkQueue>;

Core* CoreOf(const CommandContext& context) { return context.engine->core(); }

Result<QueuePointer> FindQueue(Core* core, Bytes name) {
  QueuePointer queue = core->queues.Find(name);
  if (queue != nullptr) return queue;
  return Status(Code::kNotFound,
                "there is no queue '" + std::string(name) + "': Q.ADD and Q.OPEN make one");
}

Status ParseReceipt(Bytes argument, Receipt* receipt) {
  int64_t bits = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(argument, INT64_MIN, INT64_MAX,
                                              "a receipt is an integer, as Q.TAKE told it", &bits));
  *receipt = Receipt::FromBits(static_cast<uint64_t>(bits));
  return Ok();
}

Status ParseId(Bytes argument, uint64_t* id) {
  return ParseCountArgument(argument, 1, "an id is an integer above 0", id);
}

// "LEASE 1000", "DELAY 5": options with a number, each at most once.
struct NumberOption {
  Bytes name;
  int64_t low;
  int64_t high;
  int64_t* value;
};

// The same with any bytes.
struct TextOption {
  Bytes name;
  Bytes* value;
};

Status ParseOptions(Arguments options, absl::Span<const NumberOption> numbers,
                    absl::Span<const TextOption> texts = {}) {
  for (size_t i = 0; i < options.size(); i += 2) {
    const auto is_named = [&](const auto& each) { return IsKeyword(options[i], each.name); };
    if (i + 1 == options.size()) return SyntaxError();
    const auto* const text = std::find_if(texts.begin(), texts.end(), is_named);
    if (text != texts.end()) {
      *text->value = options[i + 1];
      continue;
    }
    const auto* const option = std::find_if(numbers.begin(), numbers.end(), is_named);
    if (option == numbers.end()) return SyntaxError();
    const std::string range = std::string(option->name) + " is not an integer from " +
                              std::to_string(option->low) + " to " + std::to_string(option->high);
    KONTOR_RETURN_IF_ERROR(
        ParseIntegerArgument(options[i + 1], option->low, option->high, range, option->value));
  }
  return Ok();
}

// --- Queues ---

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
  KONTOR_RETURN_IF_ERROR(ParseOptions(context.arguments.subspan(2), numbers, texts));
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

// Q.PAUSE, Q.PURGE and Q.RESUME.
template <Status (*kVerb)(Core* core, WorkQueue* queue)>
Status ChangeQueue(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  KONTOR_RETURN_IF_ERROR(kVerb(CoreOf(context), queue.get()));
  context.reply.Ok();
  return Ok();
}

// --- Messages ---

Status ParseNewMessage(Arguments arguments, NewMessage* message) {
  int64_t priority = 0;
  const TextOption texts[] = {{"GROUP", &message->group},
                              {"DEDUPLICATE", &message->deduplication_id}};
  KONTOR_RETURN_IF_ERROR(ParseOptions(arguments.subspan(3),
                                      {{"PRIORITY", 0, limits::kPriorities - 1, &priority},
                                       {"DELAY", 0, limits::kDelayMs, &message->delay_ms}},
                                      texts));
  message->body = arguments[2];
  message->priority = static_cast<uint32_t>(priority);
  return Ok();
}

Status Add(CommandContext& context) {
  NewMessage message;
  KONTOR_RETURN_IF_ERROR(ParseNewMessage(context.arguments, &message));
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          verbs::OpenQueue(CoreOf(context), context.argument(1), nullptr));
  uint64_t id = 0;
  Status added = verbs::Enqueue(CoreOf(context), queue.get(), message, &id);
  if (!added.ok() && added.code() != Code::kExists) return added;
  context.reply.Integer(static_cast<int64_t>(id));
  return Ok();
}

Status Take(CommandContext& context) {
  TakeRequest request;
  KONTOR_RETURN_IF_ERROR(ParseTake(CoreOf(context), context.arguments, &request));
  std::vector<TakenMessage> messages;
  size_t taken = 0;
  WaitOptions wait = context.wait == nullptr ? WaitOptions() : *context.wait;
  const int64_t timeout_ms = context.wait == nullptr ? 0 : request.timeout_ms;
  wait.timeout_ms = &timeout_ms;
  KONTOR_RETURN_IF_ERROR(verbs::Take(
      CoreOf(context), request.queue.get(), request.count, request.lease_ms, wait,
      [&messages] { return &messages.emplace_back(); }, &taken));
  messages.resize(taken);
  ReplyWithMessages(messages, &context.reply);
  return Ok();
}

// How many were acknowledged: those whose lease had not run out.
Status Acknowledge(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  std::vector<Receipt> receipts(context.size() - 2);
  for (size_t i = 0; i < receipts.size(); ++i) {
    KONTOR_RETURN_IF_ERROR(ParseReceipt(context.argument(i + 2), &receipts[i]));
  }
  int64_t acknowledged = 0;
  for (const Receipt receipt : receipts) {
    Status done = verbs::Acknowledge(CoreOf(context), queue.get(), receipt);
    if (!done.ok() && done.code() != Code::kStaleReceipt) return done;
    acknowledged += done.ok() ? 1 : 0;
  }
  context.reply.Integer(acknowledged);
  return Ok();
}

// The queue and the receipt that a command begins with.
Status FindTaken(const CommandContext& context, QueuePointer* queue, Receipt* receipt) {
  KONTOR_ASSIGN_OR_RETURN(*queue, FindQueue(CoreOf(context), context.argument(1)));
  return ParseReceipt(context.argument(2), receipt);
}

// 1, or 0 if the lease ran out.
Status ReplyWhetherLeased(CommandContext& context, const Status& done) {
  if (!done.ok() && done.code() != Code::kStaleReceipt) return done;
  context.reply.Integer(done.ok() ? 1 : 0);
  return Ok();
}

Status ReturnMessage(CommandContext& context) {
  QueuePointer queue;
  Receipt receipt;
  int64_t delay_ms = -1;
  KONTOR_RETURN_IF_ERROR(
      ParseOptions(context.arguments.subspan(3), {{"DELAY", 0, limits::kDelayMs, &delay_ms}}));
  KONTOR_RETURN_IF_ERROR(FindTaken(context, &queue, &receipt));
  return ReplyWhetherLeased(context,
                            verbs::Return(CoreOf(context), queue.get(), receipt, delay_ms));
}

Status BuryMessage(CommandContext& context) {
  QueuePointer queue;
  Receipt receipt;
  KONTOR_RETURN_IF_ERROR(FindTaken(context, &queue, &receipt));
  return ReplyWhetherLeased(
      context, verbs::Bury(CoreOf(context), queue.get(), receipt, context.argument(3)));
}

// Until when it is leased now, in Unix milliseconds; nil if the lease ran out.
Status ExtendLease(CommandContext& context) {
  QueuePointer queue;
  Receipt receipt;
  int64_t lease_ms = 0;
  KONTOR_RETURN_IF_ERROR(
      ParseOptions(context.arguments.subspan(3), {{"LEASE", 1, limits::kLeaseMs, &lease_ms}}));
  KONTOR_RETURN_IF_ERROR(FindTaken(context, &queue, &receipt));
  const Result<int64_t> until = verbs::Extend(CoreOf(context), queue.get(), receipt, lease_ms);
  if (!until.ok() && until.status().code() != Code::kStaleReceipt) return until.status();
  until.ok() ? context.reply.Integer(*until) : context.reply.Null();
  return Ok();
}

// --- Dead letters ---

Status ListDead(CommandContext& context) {
  constexpr int64_t kMostLetters = 10'000;
  int64_t after = 0;
  int64_t count = 10;
  KONTOR_RETURN_IF_ERROR(
      ParseOptions(context.arguments.subspan(2),
                   {{"AFTER", 0, INT64_MAX, &after}, {"COUNT", 1, kMostLetters, &count}}));
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  KONTOR_ASSIGN_OR_RETURN(
      const std::vector<DeadLetter> letters,
      verbs::DeadLetters(CoreOf(context), queue.get(), static_cast<uint64_t>(after),
                         static_cast<size_t>(count)));
  const auto tell = [&context](Bytes name, int64_t value) {
    context.reply.Bulk(name);
    context.reply.Integer(value);
  };
  context.reply.Array(letters.size());
  for (const DeadLetter& letter : letters) {
    context.reply.Map(7);
    tell("id", static_cast<int64_t>(letter.id));
    tell("attempts", letter.attempts);
    tell("priority", letter.priority);
    tell("enqueued-at", letter.enqueued_at_unix_ms);
    tell("died-at", letter.died_at_unix_ms);
    context.reply.Bulk("reason");
    context.reply.Bulk(letter.reason);
    context.reply.Bulk("body");
    context.reply.Bulk(*letter.body);
  }
  return Ok();
}

// Q.REVIVE and Q.DISCARD: 1, or 0 if there is no such letter.
template <Status (*kChange)(Core* core, WorkQueue* queue, uint64_t id)>
Status ChangeDead(CommandContext& context) {
  uint64_t id = 0;
  KONTOR_RETURN_IF_ERROR(ParseId(context.argument(2), &id));
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  Status changed = kChange(CoreOf(context), queue.get(), id);
  if (!changed.ok() && changed.code() != Code::kNotFound) return changed;
  context.reply.Integer(changed.ok() ? 1 : 0);
  return Ok();
}

constexpr KeyPositions kNoKeys{};
constexpr uint32_t kAlone = kNotInTransaction | kNotInMulti;
constexpr uint32_t kChange = kAlone | kSends;
constexpr uint32_t kStep = kNotInTransaction | kQueueStep | kSends;

constexpr Command kCommands[] = {
    {"Q.ACK", -3, kStep, kNoKeys, Acknowledge, "queue",
     "Says that messages were worked off, and answers how many still were the caller's. Between "
     "MULTI and EXEC one that is not lets the whole transaction fail.",
     "queue receipt [receipt ...]"},
    {"Q.ADD", -3, kStep, kNoKeys, Add, "queue",
     "Adds a message to a queue, which is made if there is none, and answers its id. Of the 32 "
     "priorities 31 is the most urgent. Messages of a group are taken in their order, one at a "
     "time. Within the queue's time a second message to deduplicate is the first one.",
     "queue body [PRIORITY priority] [DELAY milliseconds] [GROUP key] [DEDUPLICATE id]"},
    {"Q.BURY", 4, kChange, kNoKeys, BuryMessage, "queue",
     "Puts a taken message to the dead letters, and answers 0 if the lease ran out before.",
     "queue receipt reason"},
    {"Q.DEAD", -2, kAlone, kNoKeys, ListDead, "queue",
     "Answers dead letters, the oldest 10 or so many, those with ids above one.",
     "queue [AFTER id] [COUNT count]"},
    {"Q.DELETE", 2, kChange, kNoKeys, DeleteQueue, "queue",
     "Deletes a queue with all its messages, and answers whether there was one.", "queue"},
    {"Q.DISCARD", 3, kChange, kNoKeys, ChangeDead<verbs::Discard>, "queue",
     "Drops a dead letter for good, and answers whether there was one.", "queue id"},
    {"Q.EXTEND", -3, kChange, kNoKeys, ExtendLease, "queue",
     "Begins the lease of a taken message anew, and answers the Unix milliseconds of its end, or "
     "nil if it ran out before.",
     "queue receipt [LEASE milliseconds]"},
    {"Q.INFO", 2, kAlone, kNoKeys, TellOfQueue, "queue",
     "Answers how many messages a queue has, in which states, and how many it had.", "queue"},
    {"Q.LIST", -1, kAlone, kNoKeys, ListQueues, "queue", "Answers the names of the queues.",
     "[pattern]"},
    {"Q.OPEN", -2, kChange, kNoKeys, OpenQueue, "queue",
     "Makes a queue, or gives one that is there these options.",
     "queue [DURABLE 0|1] [LEASE milliseconds] [MAXDELIVERIES count] [RETRYDELAY milliseconds] "
     "[MAXLENGTH count] [BACKOFF 0|1] [RETRYDELAYMAX milliseconds] [RETRYJITTER percent] "
     "[RETRYDELAYS milliseconds,...] [DEDUPLICATION milliseconds] [OVERFLOW 0|1|2] "
     "[MAXAGE milliseconds] [AGEPOLICY 0|1] [RATE count] [RATEWINDOW milliseconds] "
     "[GROUPRATE count] [GROUPRATEWINDOW milliseconds]"},
    {"Q.PAUSE", 2, kChange, kNoKeys, ChangeQueue<verbs::Pause>, "queue",
     "Lets nobody take from a queue until Q.RESUME.", "queue"},
    {"Q.PURGE", 2, kChange, kNoKeys, ChangeQueue<verbs::Purge>, "queue",
     "Drops every message of a queue.", "queue"},
    {"Q.RESUME", 2, kChange, kNoKeys, ChangeQueue<verbs::Resume>, "queue",
     "Lets a queue that was paused go on.", "queue"},
    {"Q.RETURN", -3, kChange, kNoKeys, ReturnMessage, "queue",
     "Gives a taken message back, to be delivered again, and answers 0 if the lease ran out "
     "before.",
     "queue receipt [DELAY milliseconds]"},
    {"Q.REVIVE", 3, kChange, kNoKeys, ChangeDead<verbs::Revive>, "queue",
     "Makes a dead letter ready again, and answers whether there was one.", "queue id"},
    {"Q.TAKE", -2, kChange | kTakesMessages, kNoKeys, Take, "queue",
     "Leases the next message, or up to so many, waiting if asked to (0: for ever). Each is told "
     "with the receipt that Q.ACK and its kin want.",
     "queue [COUNT count] [LEASE milliseconds] [BLOCK milliseconds]"},
};

Status AddEnqueueStep(Core* core, Arguments arguments, Transaction* transaction) {
  NewMessage message;
  KONTOR_RETURN_IF_ERROR(ParseNewMessage(arguments, &message));
  KONTOR_ASSIGN_OR_RETURN(QueuePointer queue, verbs::OpenQueue(core, arguments[1], nullptr));
  transaction->AddEnqueue(std::move(queue), message);
  return Ok();
}

Status AddAcknowledgeSteps(Core* core, Arguments arguments, Transaction* transaction) {
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue, FindQueue(core, arguments[1]));
  for (const Bytes argument : arguments.subspan(2)) {
    Receipt receipt;
    KONTOR_RETURN_IF_ERROR(ParseReceipt(argument, &receipt));
    transaction->AddAcknowledge(queue, receipt);
  }
  return Ok();
}

}  // namespace

Status ParseTake(Core* core, Arguments arguments, TakeRequest* request) {
  int64_t count = 1;
  int64_t timeout_ms = -1;
  KONTOR_RETURN_IF_ERROR(
      ParseOptions(arguments.subspan(2), {{"COUNT", 1, limits::kTakeBatch, &count},
                                          {"LEASE", 1, limits::kLeaseMs, &request->lease_ms},
                                          {"BLOCK", 0, INT64_MAX / 2, &timeout_ms}}));
  request->count = static_cast<size_t>(count);
  // As XREAD has it: without BLOCK it does not wait, with 0 it does for ever.
  request->timeout_ms = timeout_ms < 0 ? 0 : timeout_ms == 0 ? -1 : timeout_ms;
  KONTOR_ASSIGN_OR_RETURN(request->queue, verbs::OpenQueue(core, arguments[1], nullptr));
  return Ok();
}

void ReplyWithMessages(const std::vector<TakenMessage>& messages, ReplySink* reply) {
  const auto tell = [reply](Bytes name, int64_t value) {
    reply->Bulk(name);
    reply->Integer(value);
  };
  reply->Array(messages.size());
  for (const TakenMessage& message : messages) {
    reply->Map(7);
    tell("receipt", static_cast<int64_t>(message.receipt.bits()));
    reply->Bulk("body");
    reply->Bulk(*message.body);
    tell("id", static_cast<int64_t>(message.id));
    tell("attempt", message.attempt);
    tell("priority", message.priority);
    tell("enqueued-at", message.enqueued_at_unix_ms);
    tell("lease-until", message.lease_until_unix_ms);
  }
}

Status AddQueueStep(Core* core, const Command& command, Arguments arguments,
                    Transaction* transaction) {
  return command.handler == Add ? AddEnqueueStep(core, arguments, transaction)
                                : AddAcknowledgeSteps(core, arguments, transaction);
}

absl::Span<const Command> QueueCommands() { return kCommands; }

}  // namespace kontor
