// XINFO.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "command/stream_arguments.h"
#include "verbs/stream_groups.h"

namespace kontor {
namespace {

using Consumer = ConsumerGroup::Consumer;

void ReplyNumber(ReplySink& reply, Bytes name, int64_t value) {
  reply.Bulk(name);
  reply.Integer(value);
}

void ReplySize(ReplySink& reply, Bytes name, uint64_t value) {
  ReplyNumber(reply, name, static_cast<int64_t>(value));
}

void ReplyId(ReplySink& reply, Bytes name, const StreamId& id) {
  reply.Bulk(name);
  ReplyStreamId(reply, id);
}

template <typename Number>
void ReplyKnown(ReplySink& reply, Bytes name, const std::optional<Number>& value) {
  reply.Bulk(name);
  value.has_value() ? reply.Integer(static_cast<int64_t>(*value)) : reply.Null();
}

// The key is argument 2.
Result<const Stream*> NeedStream(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream,
                          verbs::StreamFind(context.operation, context.argument(2)));
  if (stream == nullptr) return Status(Code::kInvalid, "no such key");
  return stream;
}

// ---- XINFO STREAM ----

// Seven pairs.
void ReplyCounts(ReplySink& reply, const Stream& stream) {
  ReplySize(reply, "length", stream.size());
  // Of our tree, counted as Redis counts a small one.
  ReplySize(reply, "radix-tree-keys", stream.block_count());
  ReplySize(reply, "radix-tree-nodes", stream.block_count() + 1);
  ReplyId(reply, "last-generated-id", stream.last_id());
  ReplyId(reply, "max-deleted-entry-id", stream.max_deleted_id());
  ReplySize(reply, "entries-added", stream.entries_added());
  ReplyId(reply, "recorded-first-entry-id", stream.first_id());
}

void ReplyEdge(ReplySink& reply, Bytes name, const Stream::Iterator& edge) {
  reply.Bulk(name);
  edge.valid() ? ReplyStreamEntry(reply, edge.entry()) : reply.Null();
}

void ReplyPending(ReplySink& reply, const ConsumerGroup::Pending& pending, bool with_consumer) {
  reply.Array(with_consumer ? 4 : 3);
  ReplyStreamId(reply, pending.id);
  if (with_consumer) reply.Bulk(pending.consumer->name());
  reply.Integer(pending.delivered_unix_ms);
  reply.Integer(static_cast<int64_t>(pending.deliveries));
}

// How many of `size` are told; 0: all.
uint64_t Told(uint64_t size, uint64_t most) { return most == 0 ? size : std::min(size, most); }

void ReplyConsumer(ReplySink& reply, const ConsumerGroup& group, const Consumer& consumer,
                   uint64_t most) {
  reply.Map(5);
  reply.Bulk("name");
  reply.Bulk(consumer.name());
  ReplyNumber(reply, "seen-time", consumer.seen_unix_ms);
  ReplyNumber(reply, "active-time", consumer.active_unix_ms);
  ReplySize(reply, "pel-count", consumer.pending());
  reply.Bulk("pending");
  uint64_t left = Told(consumer.pending(), most);
  reply.Array(left);
  for (auto each = consumer.PendingFrom(kNoStreamId); left > 0; each.Next(), --left) {
    ReplyPending(reply, *group.Lookup(each.entry()), /*with_consumer=*/false);
  }
}

void ReplyGroup(ReplySink& reply, const Stream& stream, Bytes name, const ConsumerGroup& group,
                uint64_t most) {
  reply.Map(7);
  reply.Bulk("name");
  reply.Bulk(name);
  ReplyId(reply, "last-delivered-id", group.last_delivered_id);
  ReplyKnown(reply, "entries-read", group.entries_read);
  ReplyKnown(reply, "lag", stream.LagOf(group));
  ReplySize(reply, "pel-count", group.pending().size());
  reply.Bulk("pending");
  uint64_t left = Told(group.pending().size(), most);
  reply.Array(left);
  for (auto each = group.PendingFrom(kNoStreamId); left > 0; each.Next(), --left) {
    ReplyPending(reply, each.entry(), /*with_consumer=*/true);
  }
  reply.Bulk("consumers");
  reply.Array(group.consumers().size());
  for (const auto& each : group.consumers()) ReplyConsumer(reply, group, each.second, most);
}

void ReplyInFull(ReplySink& reply, const Stream& stream, uint64_t most) {
  reply.Map(9);
  ReplyCounts(reply, stream);
  reply.Bulk("entries");
  ReplyStreamEntries(reply, verbs::StreamEntries(stream, {.most = most}));
  reply.Bulk("groups");
  reply.Array(stream.groups().size());
  for (const auto& [name, group] : stream.groups()) ReplyGroup(reply, stream, name, group, most);
}

Status InfoStream(CommandContext& context) {
  constexpr int64_t kDefaultCount = 10;
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream, NeedStream(context));
  const Arguments options = context.arguments.subspan(3);
  if (options.empty()) {
    context.reply.Map(10);
    ReplyCounts(context.reply, *stream);
    ReplySize(context.reply, "groups", stream->groups().size());
    ReplyEdge(context.reply, "first-entry", stream->From(kNoStreamId));
    ReplyEdge(context.reply, "last-entry", stream->Until(kGreatestStreamId));
    return Ok();
  }
  const bool has_count = options.size() == 3 && IsKeyword(options[1], "COUNT");
  if (!IsKeyword(options[0], "FULL") || (options.size() != 1 && !has_count)) {
    return WrongSubcommandArguments(context.arguments);
  }
  int64_t count = kDefaultCount;
  if (has_count) KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(options[2], &count));
  ReplyInFull(context.reply, *stream, static_cast<uint64_t>(count < 0 ? kDefaultCount : count));
  return Ok();
}

// ---- XINFO GROUPS, XINFO CONSUMERS ----

Status InfoGroups(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream, NeedStream(context));
  context.reply.Array(stream->groups().size());
  for (const auto& [name, group] : stream->groups()) {
    context.reply.Map(6);
    context.reply.Bulk("name");
    context.reply.Bulk(name);
    ReplySize(context.reply, "consumers", group.consumers().size());
    ReplySize(context.reply, "pending", group.pending().size());
    ReplyId(context.reply, "last-delivered-id", group.last_delivered_id);
    ReplyKnown(context.reply, "entries-read", group.entries_read);
    ReplyKnown(context.reply, "lag", stream->LagOf(group));
  }
  return Ok();
}

Status InfoConsumers(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream, NeedStream(context));
  const ConsumerGroup* const group = stream->FindGroup(context.argument(3));
  if (group == nullptr) return NoStreamGroupForKey(context.argument(2), context.argument(3));
  const int64_t now = context.operation.now_unix_ms();
  context.reply.Array(group->consumers().size());
  for (const auto& [name, consumer] : group->consumers()) {
    const int64_t active = consumer.active_unix_ms;
    context.reply.Map(4);
    context.reply.Bulk("name");
    context.reply.Bulk(name);
    ReplySize(context.reply, "pending", consumer.pending());
    ReplyNumber(context.reply, "idle", std::max<int64_t>(now - consumer.seen_unix_ms, 0));
    ReplyNumber(context.reply, "inactive", active == -1 ? -1 : now - active);
  }
  return Ok();
}

constexpr KeyPositions kSecond = {.first = 2, .last = 2};

constexpr Command kStreamInfoCommands[] = {
    {"XINFO",
     -2,
     kHasSubcommands,
     {},
     ReplyWithHelp,
     "stream",
     "Tells of a stream, its groups and their consumers.",
     "subcommand [argument ...]"},
    {"XINFO|CONSUMERS", 4, kReads, kSecond, InfoConsumers, "stream",
     "Tells of the consumers of a group.", "key group"},
    {"XINFO|GROUPS", 3, kReads, kSecond, InfoGroups, "stream", "Tells of the groups.", "key"},
    {"XINFO|HELP", 2, 0, {}, ReplyWithHelp, "stream", "Tells the subcommands.", ""},
    {"XINFO|STREAM", -3, kReads, kSecond, InfoStream, "stream",
     "Tells of a stream, or all that is known of it.", "key [FULL [COUNT count]]"},
};

}  // namespace

absl::Span<const Command> StreamInfoCommands() { return kStreamInfoCommands; }

}  // namespace kontor
