// Work queues: looking at messages, waiting for what becomes of one, and dead letters.

#include <algorithm>
#include <string>
#include <vector>

#include "base/limits.h"
#include "command/arguments.h"
#include "command/queue_arguments.h"
#include "command/queue_commands.h"
#include "verbs/queue_messages.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

Bytes NameOf(MessageState state) {
  constexpr Bytes kNames[] = {"delayed", "ready", "leased", "dead", "done"};
  return kNames[static_cast<size_t>(state)];
}

// "ready,delayed"; nothing at all is every state.
Status ParseStates(Bytes text, MessageStates* states) {
  *states = text.empty() ? (1u << kMessageStates) - 1 : 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const MessageStates before = *states;
    for (size_t i = 0; i < kMessageStates; ++i) {
      const auto state = static_cast<MessageState>(i);
      if (IsKeyword(text.substr(0, end), NameOf(state))) *states |= StateBit(state);
    }
    if (*states == before) {
      return Status(Code::kInvalid, "STATES is not a list such as ready,delayed,leased,dead,done");
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return Ok();
}

void TellNumber(Bytes name, int64_t value, ReplySink* reply) {
  reply->Bulk(name);
  reply->Integer(value);
}

void TellText(Bytes name, Bytes value, ReplySink* reply) {
  reply->Bulk(name);
  reply->Bulk(value);
}

void ReplyWithView(const MessageView& view, ReplySink* reply) {
  reply->Map(10 + (view.channel.has_value() ? 1 : 0) + (view.children != 0 ? 1 : 0));
  TellNumber("id", static_cast<int64_t>(view.id), reply);
  TellText("state", NameOf(view.state), reply);
  TellNumber("attempts", view.attempts, reply);
  TellNumber("priority", view.priority, reply);
  TellNumber("enqueued-at", view.enqueued_at_unix_ms, reply);
  TellNumber("time", view.time_unix_ms, reply);
  TellNumber("progress-count", view.progress_count, reply);
  TellText("note", view.note, reply);
  TellText("group", view.group, reply);
  TellText("body", *view.body, reply);
  if (view.channel.has_value()) TellText("channel", *view.channel, reply);
  if (view.children != 0) TellNumber("children", view.children, reply);
}

Status Peek(CommandContext& context) {
  if (context.size() > 3) return WrongNumberOfArguments(context.argument(0));
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  MessageView view;
  if (context.size() == 2) {
    return ReplyWithMessage(verbs::ViewNext(CoreOf(context), queue.get(), &view), view,
                            &context.reply);
  }
  uint64_t id = 0;
  KONTOR_RETURN_IF_ERROR(ParseMessageId(context.argument(2), &id));
  return ReplyWithMessage(verbs::ViewMessage(CoreOf(context), queue.get(), id, &view), view,
                          &context.reply);
}

// As SCAN has it: the next cursor, and messages.
Status Browse(CommandContext& context) {
  uint64_t cursor = 0;
  int64_t count = 64;
  Bytes names;
  MessageStates states = 0;
  const TextOption texts[] = {{"STATES", &names}};
  KONTOR_RETURN_IF_ERROR(ParseCountArgument(context.argument(2), 0, "invalid cursor", &cursor));
  KONTOR_RETURN_IF_ERROR(ParseQueueOptions(context.arguments.subspan(3),
                                           {{"COUNT", 1, limits::kTakeBatch, &count}}, texts));
  KONTOR_RETURN_IF_ERROR(ParseStates(names, &states));
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  std::vector<MessageView> views;
  KONTOR_RETURN_IF_ERROR(verbs::Browse(CoreOf(context), queue.get(), states,
                                       static_cast<size_t>(count), &cursor, &views));
  context.reply.Array(2);
  context.reply.Bulk(std::to_string(cursor));
  context.reply.Array(views.size());
  for (const MessageView& view : views) ReplyWithView(view, &context.reply);
  return Ok();
}

Status Await(CommandContext& context) {
  AwaitRequest request;
  KONTOR_RETURN_IF_ERROR(ParseAwait(CoreOf(context), context.arguments, &request));
  WaitOptions wait = context.wait == nullptr ? WaitOptions() : *context.wait;
  const int64_t timeout_ms = context.wait == nullptr ? 0 : request.timeout_ms;
  wait.timeout_ms = &timeout_ms;
  MessageView view;
  const Status awaited = verbs::AwaitMessage(CoreOf(context), request.queue.get(), request.id,
                                             request.progress_seen, wait, &view);
  return ReplyWithMessage(awaited, view, &context.reply);
}

Status ListDead(CommandContext& context) {
  constexpr int64_t kMostLetters = 10'000;
  int64_t after = 0;
  int64_t count = 10;
  KONTOR_RETURN_IF_ERROR(
      ParseQueueOptions(context.arguments.subspan(2),
                        {{"AFTER", 0, INT64_MAX, &after}, {"COUNT", 1, kMostLetters, &count}}));
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  KONTOR_ASSIGN_OR_RETURN(
      const std::vector<MessageView> letters,
      verbs::DeadLetters(CoreOf(context), queue.get(), static_cast<uint64_t>(after),
                         static_cast<size_t>(count)));
  context.reply.Array(letters.size());
  for (const MessageView& letter : letters) {
    context.reply.Map(7 + (letter.group.empty() ? 0 : 1) + (letter.channel.has_value() ? 1 : 0));
    TellNumber("id", static_cast<int64_t>(letter.id), &context.reply);
    TellNumber("attempts", letter.attempts, &context.reply);
    TellNumber("priority", letter.priority, &context.reply);
    TellNumber("enqueued-at", letter.enqueued_at_unix_ms, &context.reply);
    TellNumber("died-at", letter.time_unix_ms, &context.reply);
    TellText("reason", letter.note, &context.reply);
    TellText("body", *letter.body, &context.reply);
    if (!letter.group.empty()) TellText("group", letter.group, &context.reply);
    if (letter.channel.has_value()) TellText("channel", *letter.channel, &context.reply);
  }
  return Ok();
}

// Q.REVIVE and Q.DISCARD: 1, or 0 if there is no such letter.
template <Status (*kChange)(Core* core, WorkQueue* queue, uint64_t id)>
Status ChangeDead(CommandContext& context) {
  uint64_t id = 0;
  KONTOR_RETURN_IF_ERROR(ParseMessageId(context.argument(2), &id));
  KONTOR_ASSIGN_OR_RETURN(const QueuePointer queue,
                          FindQueue(CoreOf(context), context.argument(1)));
  Status changed = kChange(CoreOf(context), queue.get(), id);
  if (!changed.ok() && changed.code() != Code::kNotFound) return changed;
  context.reply.Integer(changed.ok() ? 1 : 0);
  return Ok();
}

constexpr Command kCommands[] = {
    {"Q.AWAIT", -3, kAlone | kAwaitsMessage, kNoKeys, Await, "queue",
     "Answers a message once it is done or dead, or its progress was told other than so many "
     "times; "
     "waits for that if asked to (0: for ever). Nil if it is not known (any more).",
     "queue id [PROGRESS count] [BLOCK milliseconds]"},
    {"Q.BROWSE", -3, kAlone, kNoKeys, Browse, "queue",
     "Answers messages without taking them, and the cursor for the next call; 0 begins, and ends.",
     "queue cursor [STATES state,...] [COUNT count]"},
    {"Q.DEAD", -2, kAlone, kNoKeys, ListDead, "queue",
     "Answers dead letters, the oldest 10 or so many, those with ids above one.",
     "queue [AFTER id] [COUNT count]"},
    {"Q.DISCARD", 3, kChangesQueue, kNoKeys, ChangeDead<verbs::Discard>, "queue",
     "Drops a dead letter for good, and answers whether there was one.", "queue id"},
    {"Q.PEEK", -2, kAlone, kNoKeys, Peek, "queue",
     "Answers a message without taking it, or the one that would be taken next.", "queue [id]"},
    {"Q.REVIVE", 3, kChangesQueue, kNoKeys, ChangeDead<verbs::Revive>, "queue",
     "Makes a dead letter ready again, and answers whether there was one.", "queue id"},
};

}  // namespace

Status ParseAwait(Core* core, Arguments arguments, AwaitRequest* request) {
  int64_t block_ms = -1;
  KONTOR_RETURN_IF_ERROR(ParseMessageId(arguments[2], &request->id));
  KONTOR_RETURN_IF_ERROR(
      ParseQueueOptions(arguments.subspan(3), {{"PROGRESS", 0, UINT16_MAX, &request->progress_seen},
                                               {"BLOCK", 0, INT64_MAX / 2, &block_ms}}));
  request->timeout_ms = TimeoutOfBlock(block_ms);
  KONTOR_ASSIGN_OR_RETURN(request->queue, FindQueue(core, arguments[1]));
  return Ok();
}

Status ReplyWithMessage(const Status& looked, const MessageView& view, ReplySink* reply) {
  if (looked.code() == Code::kNotFound) {
    reply->Null();
    return Ok();
  }
  KONTOR_RETURN_IF_ERROR(looked);
  ReplyWithView(view, reply);
  return Ok();
}

absl::Span<const Command> QueueViewCommands() { return kCommands; }

}  // namespace kontor
