// Work queues: what producers and workers do.

#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "command/arguments.h"
#include "command/queue_arguments.h"
#include "command/queue_commands.h"
#include "verbs/queue_batches.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

Status ParseNewMessage(Arguments arguments, NewMessage* message) {
  int64_t priority = 0;
  int64_t children = 0;
  int64_t parent_id = 0;
  const TextOption texts[] = {{"GROUP", &message->group},
                              {"DEDUPLICATE", &message->deduplication_id},
                              {"PARENTQUEUE", &message->parent_queue}};
  KONTOR_RETURN_IF_ERROR(ParseQueueOptions(arguments.subspan(3),
                                           {{"PRIORITY", 0, limits::kPriorities - 1, &priority},
                                            {"DELAY", 0, limits::kDelayMs, &message->delay_ms},
                                            {"CHILDREN", 0, limits::kChildren, &children},
                                            {"PARENT", 1, INT64_MAX, &parent_id}},
                                           texts));
  if (!message->parent_queue.empty() && parent_id == 0) {
    return Status(Code::kInvalid, "PARENTQUEUE tells where PARENT is: name both");
  }
  if (message->parent_queue.empty()) message->parent_queue = arguments[1];
  message->children = static_cast<uint32_t>(children);
  message->parent_id = static_cast<uint64_t>(parent_id);
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
  std::vector<uint64_t> receipts(context.size() - 2);
  for (size_t i = 0; i < receipts.size(); ++i) {
    Receipt receipt;
    KONTOR_RETURN_IF_ERROR(ParseReceipt(context.argument(i + 2), &receipt));
    receipts[i] = receipt.bits();
  }
  size_t acknowledged = 0;
  KONTOR_RETURN_IF_ERROR(
      verbs::AcknowledgeMany(CoreOf(context), queue.get(), receipts, &acknowledged, nullptr));
  context.reply.Integer(static_cast<int64_t>(acknowledged));
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

// 1, or 0 if the lease ran out.
Status Complete(CommandContext& context) {
  QueuePointer queue;
  Receipt receipt;
  KONTOR_RETURN_IF_ERROR(FindTaken(context, &queue, &receipt));
  return ReplyWhetherLeased(
      context, verbs::Acknowledge(CoreOf(context), queue.get(), receipt, context.argument(3)));
}

Status TellProgress(CommandContext& context) {
  QueuePointer queue;
  Receipt receipt;
  KONTOR_RETURN_IF_ERROR(FindTaken(context, &queue, &receipt));
  return ReplyWhetherLeased(
      context, verbs::TellProgress(CoreOf(context), queue.get(), receipt, context.argument(3)));
}

Status ReturnMessage(CommandContext& context) {
  QueuePointer queue;
  Receipt receipt;
  int64_t delay_ms = -1;
  KONTOR_RETURN_IF_ERROR(
      ParseQueueOptions(context.arguments.subspan(3), {{"DELAY", 0, limits::kDelayMs, &delay_ms}}));
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
      ParseQueueOptions(context.arguments.subspan(3), {{"LEASE", 1, limits::kLeaseMs, &lease_ms}}));
  KONTOR_RETURN_IF_ERROR(FindTaken(context, &queue, &receipt));
  const Result<int64_t> until = verbs::Extend(CoreOf(context), queue.get(), receipt, lease_ms);
  if (!until.ok() && until.status().code() != Code::kStaleReceipt) return until.status();
  until.ok() ? context.reply.Integer(*until) : context.reply.Null();
  return Ok();
}

Status RenewLease(CommandContext& context) {
  QueuePointer queue;
  Receipt receipt;
  int64_t for_ms = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(3), 0, limits::kDelayMs,
                                              "the time is not a number of milliseconds", &for_ms));
  KONTOR_RETURN_IF_ERROR(FindTaken(context, &queue, &receipt));
  return ReplyWhetherLeased(context, verbs::Renew(CoreOf(context), queue.get(), receipt, for_ms));
}

constexpr Command kCommands[] = {
    {"Q.ACK", -3, kStepOfQueue, kNoKeys, Acknowledge, "queue",
     "Says that messages were worked off, and answers how many still were the caller's. Between "
     "MULTI and EXEC one that is not lets the whole transaction fail.",
     "queue receipt [receipt ...]"},
    {"Q.ADD", -3, kStepOfQueue, kNoKeys, Add, "queue",
     "Adds a message to a queue, which is made if there is none, and answers its id. Of the 32 "
     "priorities 31 is the most urgent. Messages of a group are taken in their order, one at a "
     "time. Within the queue's time a second message to deduplicate is the first one. With "
     "CHILDREN it waits until so many messages are over that name it as their PARENT, in the same "
     "queue or in PARENTQUEUE.",
     "queue body [PRIORITY priority] [DELAY milliseconds] [GROUP key] [DEDUPLICATE id] "
     "[CHILDREN count] [PARENT id] [PARENTQUEUE queue]"},
    {"Q.BURY", 4, kChangesQueue, kNoKeys, BuryMessage, "queue",
     "Puts a taken message to the dead letters, and answers 0 if the lease ran out before.",
     "queue receipt reason"},
    {"Q.COMPLETE", 4, kStepOfQueue, kNoKeys, Complete, "queue",
     "Says that a message was worked off, with a result for those who await it, and answers 0 if "
     "the lease ran out before.",
     "queue receipt result"},
    {"Q.EXTEND", -3, kChangesQueue, kNoKeys, ExtendLease, "queue",
     "Begins the lease of a taken message anew, and answers the Unix milliseconds of its end, or "
     "nil if it ran out before.",
     "queue receipt [LEASE milliseconds]"},
    {"Q.PROGRESS", 4, kChangesQueue, kNoKeys, TellProgress, "queue",
     "Tells those who await a message how far it is, and answers 0 if the lease ran out before.",
     "queue receipt progress"},
    {"Q.RENEW", 4, kChangesQueue, kNoKeys, RenewLease, "queue",
     "Lets the lease of a taken message be extended by itself for so long from now, whether its "
     "client is there or not (0: no more), and answers 0 if it ran out before.",
     "queue receipt milliseconds"},
    {"Q.RETURN", -3, kChangesQueue, kNoKeys, ReturnMessage, "queue",
     "Gives a taken message back, to be delivered again, and answers 0 if the lease ran out "
     "before.",
     "queue receipt [DELAY milliseconds]"},
    {"Q.TAKE", -2, kChangesQueue | kTakesMessages, kNoKeys, Take, "queue",
     "Leases the next message, or up to so many, waiting if asked to (0: for ever). Each is told "
     "with the receipt that Q.ACK and its kin want, and with its channel if it was published "
     "(Q.BIND).",
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

Status AddCompleteStep(Core* core, Arguments arguments, Transaction* transaction) {
  KONTOR_ASSIGN_OR_RETURN(QueuePointer queue, FindQueue(core, arguments[1]));
  Receipt receipt;
  KONTOR_RETURN_IF_ERROR(ParseReceipt(arguments[2], &receipt));
  transaction->AddAcknowledge(std::move(queue), receipt, arguments[3]);
  return Ok();
}

}  // namespace

Status ParseTake(Core* core, Arguments arguments, TakeRequest* request) {
  int64_t count = 1;
  int64_t block_ms = -1;
  KONTOR_RETURN_IF_ERROR(
      ParseQueueOptions(arguments.subspan(2), {{"COUNT", 1, limits::kTakeBatch, &count},
                                               {"LEASE", 1, limits::kLeaseMs, &request->lease_ms},
                                               {"BLOCK", 0, INT64_MAX / 2, &block_ms}}));
  request->count = static_cast<size_t>(count);
  request->timeout_ms = TimeoutOfBlock(block_ms);
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
    reply->Map(message.channel.has_value() ? 8 : 7);
    tell("receipt", static_cast<int64_t>(message.receipt.bits()));
    reply->Bulk("body");
    reply->Bulk(*message.body);
    tell("id", static_cast<int64_t>(message.id));
    tell("attempt", message.attempt);
    tell("priority", message.priority);
    tell("enqueued-at", message.enqueued_at_unix_ms);
    tell("lease-until", message.lease_until_unix_ms);
    if (!message.channel.has_value()) continue;
    reply->Bulk("channel");
    reply->Bulk(*message.channel);
  }
}

size_t QueueSteps(const Command& command, Arguments arguments) {
  return command.handler == Acknowledge ? arguments.size() - 2 : 1;
}

Status AddQueueSteps(Core* core, const Command& command, Arguments arguments,
                     Transaction* transaction) {
  if (command.handler == Add) return AddEnqueueStep(core, arguments, transaction);
  if (command.handler == Complete) return AddCompleteStep(core, arguments, transaction);
  return AddAcknowledgeSteps(core, arguments, transaction);
}

absl::Span<const Command> QueueWorkCommands() { return kCommands; }

}  // namespace kontor
