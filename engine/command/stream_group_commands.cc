// Groups that read a stream, what is pending with them, and what they acknowledge.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "command/stream_arguments.h"
#include "types/number.h"
#include "verbs/stream_groups.h"

namespace kontor {
namespace {

using verbs::FoundGroup;
using verbs::StreamEntryFate;

// ---- XGROUP: the key is argument 2, the group argument 3 ----

Status NeedsKey() {
  return Status(Code::kInvalid,
                "The XGROUP subcommand requires the key to exist. Note that for CREATE you may "
                "want to use the MKSTREAM option to create an empty stream automatically.");
}

Result<FoundGroup> FindGroup(CommandContext& context) {
  return verbs::StreamGroupFind(context.operation, context.argument(2), context.argument(3));
}

// The stream is there, and the group if it is needed.
Result<FoundGroup> NeedGroup(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, FindGroup(context));
  if (found.stream == nullptr) return NeedsKey();
  if (found.group == nullptr) {
    return NoStreamGroupForKey(context.argument(2), context.argument(3));
  }
  return found;
}

struct GroupOptions {
  std::optional<uint64_t> entries_read;
  bool makes_stream = false;
};

// `makes_stream` says whether MKSTREAM is one of them.
Status ParseGroupOptions(CommandContext& context, bool makes_stream, GroupOptions* options) {
  Arguments rest = context.arguments.subspan(5);
  while (!rest.empty()) {
    if (makes_stream && IsKeyword(rest[0], "MKSTREAM")) {
      options->makes_stream = true;
      rest.remove_prefix(1);
      continue;
    }
    if (!IsKeyword(rest[0], "ENTRIESREAD") || rest.size() < 2) {
      return WrongSubcommandArguments(context.arguments);
    }
    int64_t entries_read = 0;
    KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(rest[1], &entries_read));
    if (entries_read < -1) {
      return Status(Code::kOutOfRange, "value for ENTRIESREAD must be positive or -1");
    }
    options->entries_read = std::nullopt;
    if (entries_read >= 0) options->entries_read = static_cast<uint64_t>(entries_read);
    rest.remove_prefix(2);
  }
  return Ok();
}

Status GroupCreate(CommandContext& context) {
  constexpr size_t kMostArguments = 8;
  GroupOptions options;
  KONTOR_RETURN_IF_ERROR(ParseGroupOptions(context, /*makes_stream=*/true, &options));
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, FindGroup(context));
  if (found.stream == nullptr && !options.makes_stream) return NeedsKey();
  if (context.size() > kMostArguments) return WrongSubcommandArguments(context.arguments);
  StreamId id = found.stream == nullptr ? kNoStreamId : found.stream->last_id();
  if (context.argument(4) != "$") {
    KONTOR_RETURN_IF_ERROR(ParseStreamIdArgument(context.argument(4), &id));
  }
  KONTOR_ASSIGN_OR_RETURN(
      const bool made,
      verbs::StreamGroupMake(context.operation, context.argument(2), context.argument(3),
                             {.last_delivered_id = id, .entries_read = options.entries_read}));
  if (!made) return Status(Code::kInvalid, "BUSYGROUP Consumer Group name already exists");
  context.reply.Ok();
  return Ok();
}

Status GroupSetId(CommandContext& context) {
  GroupOptions options;
  KONTOR_RETURN_IF_ERROR(ParseGroupOptions(context, /*makes_stream=*/false, &options));
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, NeedGroup(context));
  if (context.size() != 5 && context.size() != 7) {
    return WrongSubcommandArguments(context.arguments);
  }
  StreamId id = found.stream->last_id();
  if (context.argument(4) != "$") {
    const std::optional<StreamBound> bound = ParseStreamBound(context.argument(4), 0);
    if (!bound.has_value() || bound->is_excluded) return InvalidStreamId();
    id = bound->id;
  }
  KONTOR_RETURN_IF_ERROR(
      verbs::StreamGroupSet(context.operation, context.argument(2), context.argument(3),
                            {.last_delivered_id = id, .entries_read = options.entries_read})
          .status());
  context.reply.Ok();
  return Ok();
}

Status GroupDestroy(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, FindGroup(context));
  if (found.stream == nullptr) return NeedsKey();
  KONTOR_ASSIGN_OR_RETURN(
      const bool deleted,
      verbs::StreamGroupDelete(context.operation, context.argument(2), context.argument(3)));
  context.reply.Integer(deleted ? 1 : 0);
  return Ok();
}

Status GroupCreateConsumer(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(NeedGroup(context).status());
  KONTOR_ASSIGN_OR_RETURN(const bool made,
                          verbs::StreamConsumerMake(context.operation, context.argument(2),
                                                    context.argument(3), context.argument(4)));
  context.reply.Integer(made ? 1 : 0);
  return Ok();
}

Status GroupDeleteConsumer(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(NeedGroup(context).status());
  KONTOR_ASSIGN_OR_RETURN(const uint64_t pending,
                          verbs::StreamConsumerDelete(context.operation, context.argument(2),
                                                      context.argument(3), context.argument(4)));
  context.reply.Integer(static_cast<int64_t>(pending));
  return Ok();
}

// ---- XACK, XACKDEL ----

Status XAck(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const FoundGroup found,
      verbs::StreamGroupFind(context.operation, context.argument(1), context.argument(2)));
  std::vector<StreamId> ids;
  // As Redis does: without a group there is nothing to look at.
  if (found.group != nullptr) {
    KONTOR_RETURN_IF_ERROR(ParseStreamIdArguments(context.arguments.subspan(3), &ids));
  }
  KONTOR_ASSIGN_OR_RETURN(
      const uint64_t acknowledged,
      verbs::StreamAcknowledge(context.operation, context.argument(1), context.argument(2), ids));
  context.reply.Integer(static_cast<int64_t>(acknowledged));
  return Ok();
}

Status XAckDel(CommandContext& context) {
  StreamDeletion deletion;
  KONTOR_RETURN_IF_ERROR(ParseStreamDeletion(context.arguments.subspan(3), &deletion));
  KONTOR_ASSIGN_OR_RETURN(
      const std::vector<StreamEntryFate> fates,
      verbs::StreamAcknowledgeAndDelete(context.operation, context.argument(1), context.argument(2),
                                        deletion.references, deletion.ids));
  context.reply.Array(fates.size());
  for (const StreamEntryFate fate : fates) context.reply.Integer(static_cast<int64_t>(fate));
  return Ok();
}

// ---- XPENDING ----

void ReplySummary(ReplySink& reply, const ConsumerGroup& group) {
  reply.Array(4);
  const size_t count = group.pending().size();
  reply.Integer(static_cast<int64_t>(count));
  const auto first = group.pending().From(0);
  const auto last = group.pending().From(count == 0 ? 0 : count - 1);
  if (!first.valid() || !last.valid()) {  // there are none
    reply.Null();
    reply.Null();
    reply.NullArray();
    return;
  }
  ReplyStreamId(reply, first.entry().id);
  ReplyStreamId(reply, last.entry().id);
  uint64_t busy = 0;
  for (const auto& [name, consumer] : group.consumers()) busy += consumer.pending() > 0 ? 1 : 0;
  reply.Array(busy);
  for (const auto& [name, consumer] : group.consumers()) {
    if (consumer.pending() == 0) continue;
    reply.Array(2);
    reply.Bulk(name);
    reply.Bulk(FormatInteger(static_cast<int64_t>(consumer.pending())));
  }
}

struct PendingRange {
  StreamId first = kNoStreamId;
  StreamId last = kGreatestStreamId;
  int64_t count = 0;
  int64_t min_idle_ms = 0;
  std::optional<Bytes> consumer;
};

Status ParsePendingRange(Arguments arguments, PendingRange* range) {
  if (IsKeyword(arguments[0], "IDLE")) {
    KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(arguments[1], &range->min_idle_ms));
    if (arguments.size() < 5) return SyntaxError();
    arguments.remove_prefix(2);
  }
  KONTOR_RETURN_IF_ERROR(ParseStreamCount(arguments[2], &range->count));
  KONTOR_RETURN_IF_ERROR(ParseStreamStart(arguments[0], &range->first));
  KONTOR_RETURN_IF_ERROR(ParseStreamEnd(arguments[1], &range->last));
  if (arguments.size() > 3) range->consumer = arguments[3];
  return Ok();
}

// Those in the range, of all consumers or of one.
std::vector<ConsumerGroup::Pending> FindPending(const ConsumerGroup& group,
                                                const PendingRange& range, int64_t now_unix_ms) {
  std::vector<ConsumerGroup::Pending> found;
  const auto count = static_cast<uint64_t>(range.count);
  // False when there is no more to find.
  const auto add = [&](const ConsumerGroup::Pending& pending) {
    if (found.size() == count || pending.id > range.last) return false;
    const bool idle =
        range.min_idle_ms == 0 || now_unix_ms - pending.delivered_unix_ms >= range.min_idle_ms;
    if (idle) found.push_back(pending);
    return true;
  };
  if (!range.consumer.has_value()) {
    for (auto each = group.PendingFrom(range.first); each.valid(); each.Next()) {
      if (!add(each.entry())) break;
    }
  } else if (const auto* const consumer = group.FindConsumer(*range.consumer);
             consumer != nullptr) {
    for (auto each = consumer->PendingFrom(range.first); each.valid(); each.Next()) {
      if (!add(*group.Lookup(each.entry()))) break;
    }
  }
  return found;
}

Status XPending(CommandContext& context) {
  const bool is_summary = context.size() == 3;
  if (!is_summary && (context.size() < 6 || context.size() > 9)) return SyntaxError();
  PendingRange range;
  if (!is_summary) {
    KONTOR_RETURN_IF_ERROR(ParsePendingRange(context.arguments.subspan(3), &range));
  }
  KONTOR_ASSIGN_OR_RETURN(
      const FoundGroup found,
      verbs::StreamGroupFind(context.operation, context.argument(1), context.argument(2)));
  if (found.group == nullptr) return NoStreamGroup(context.argument(1), context.argument(2));
  if (is_summary) {
    ReplySummary(context.reply, *found.group);
    return Ok();
  }
  const int64_t now = context.operation.now_unix_ms();
  const std::vector<ConsumerGroup::Pending> pending = FindPending(*found.group, range, now);
  context.reply.Array(pending.size());
  for (const ConsumerGroup::Pending& each : pending) {
    context.reply.Array(4);
    ReplyStreamId(context.reply, each.id);
    context.reply.Bulk(each.consumer->name());
    context.reply.Integer(std::max<int64_t>(now - each.delivered_unix_ms, 0));
    context.reply.Integer(static_cast<int64_t>(each.deliveries));
  }
  return Ok();
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};
constexpr KeyPositions kSecond = {.first = 2, .last = 2};

constexpr Command kStreamGroupCommands[] = {
    {"XACK", -4, kWrites, kFirst, XAck, "stream", "Acknowledges entries.", "key group id [id ...]"},
    {"XACKDEL", -6, kWrites, kFirst, XAckDel, "stream",
     "Acknowledges entries and deletes them, or those that no group needs.",
     "key group [KEEPREF|DELREF|ACKED] IDS numids id [id ...]"},
    {"XGROUP",
     -2,
     kHasSubcommands,
     {},
     ReplyWithHelp,
     "stream",
     "Makes, changes and deletes groups and their consumers.",
     "subcommand [argument ...]"},
    {"XGROUP|CREATE", -5, kGrows, kSecond, GroupCreate, "stream",
     "Makes a group that reads what comes after an id.",
     "key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]"},
    {"XGROUP|CREATECONSUMER", 5, kGrows, kSecond, GroupCreateConsumer, "stream",
     "Makes a consumer.", "key group consumer"},
    {"XGROUP|DELCONSUMER", 5, kWrites, kSecond, GroupDeleteConsumer, "stream",
     "Deletes a consumer and what is pending with it.", "key group consumer"},
    {"XGROUP|DESTROY", 4, kWrites, kSecond, GroupDestroy, "stream", "Deletes a group.",
     "key group"},
    {"XGROUP|HELP", 2, 0, {}, ReplyWithHelp, "stream", "Tells the subcommands.", ""},
    {"XGROUP|SETID", -5, kWrites, kSecond, GroupSetId, "stream", "Sets what a group has read last.",
     "key group <id | $> [ENTRIESREAD entries-read]"},
    {"XPENDING", -3, kReads, kFirst, XPending, "stream",
     "Tells what was delivered and is not acknowledged.",
     "key group [[IDLE min-idle-time] start end count [consumer]]"},
};

}  // namespace

absl::Span<const Command> StreamGroupCommands() { return kStreamGroupCommands; }

}  // namespace kontor
