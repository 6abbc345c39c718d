// Channels that keep messages: what Redis has no commands for.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "broker/mailbox.h"
#include "command/arguments.h"
#include "command/command.h"
#include "db/engine.h"
#include "verbs/channels.h"

namespace kontor {
namespace {

Core* CoreOf(const CommandContext& context) { return context.engine->core(); }

Status ParseOption(Bytes name, Bytes value, RetentionOptions* options) {
  for (const RetentionOption& option : AllRetentionOptions()) {
    if (!IsKeyword(name, option.argument)) continue;
    return ParseIntegerArgument(value, option.least, option.most,
                                absl::StrCat(option.argument, " is not an integer from ",
                                             option.least, " to ", option.most),
                                &(options->*option.value));
  }
  return SyntaxError();
}

Status Declare(CommandContext& context) {
  RetentionOptions options;
  if (context.size() % 2 != 0) return SyntaxError();
  for (size_t i = 2; i < context.size(); i += 2) {
    KONTOR_RETURN_IF_ERROR(ParseOption(context.argument(i), context.argument(i + 1), &options));
  }
  KONTOR_RETURN_IF_ERROR(verbs::DeclareChannel(CoreOf(context), context.argument(1), options));
  context.reply.Ok();
  return Ok();
}

Status Delete(CommandContext& context) {
  Status deleted = verbs::DeleteChannel(CoreOf(context), context.argument(1));
  if (!deleted.ok() && deleted.code() != Code::kNotFound) return deleted;
  context.reply.Integer(deleted.ok() ? 1 : 0);
  return Ok();
}

Status List(CommandContext& context) {
  const bool matches = context.size() == 3;
  if (!matches && context.size() != 1) return SyntaxError();
  if (matches && !IsKeyword(context.argument(1), "MATCH")) return SyntaxError();
  const std::vector<std::string> channels =
      CoreOf(context)->channels.RetainedChannels(matches ? context.argument(2) : Bytes("*"));
  context.reply.Array(channels.size());
  for (const std::string& channel : channels) context.reply.Bulk(channel);
  return Ok();
}

Status TellTags(CommandContext& context) {
  const std::vector<uint64_t> tags = CoreOf(context)->channels.TagsOf(context.argument(1));
  context.reply.Array(tags.size());
  for (const uint64_t tag : tags) context.reply.Bulk(absl::StrCat(tag));
  return Ok();
}

Status TellOfChannel(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const RetentionFigures figures,
                          verbs::ChannelFigures(CoreOf(context), context.argument(1)));
  std::vector<std::pair<Bytes, int64_t>> told = {
      {"first-sequence", static_cast<int64_t>(figures.first_sequence)},
      {"last-sequence", static_cast<int64_t>(figures.last_sequence)},
      {"count", static_cast<int64_t>(figures.count)},
      {"bytes", static_cast<int64_t>(figures.bytes)},
  };
  const std::pair<Bytes, int64_t RetentionOptions::*> options[] = {
      {"durable", &RetentionOptions::durable},
      {"last-count", &RetentionOptions::last_count},
      {"last-ms", &RetentionOptions::last_ms},
      {"max-bytes", &RetentionOptions::max_bytes}};
  for (const auto& [name, option] : options) told.emplace_back(name, figures.options.*option);
  context.reply.Map(told.size());
  for (const auto& [name, value] : told) {
    context.reply.Bulk(name);
    context.reply.Integer(value);
  }
  return Ok();
}

// CH.READ channel FROM sequence [COUNT count]
Status ParseRead(const CommandContext& context, uint64_t* sequence, int64_t* count) {
  const bool counts = context.size() == 6;
  if (context.size() != 4 && !counts) return SyntaxError();
  if (!IsKeyword(context.argument(2), "FROM")) return SyntaxError();
  KONTOR_RETURN_IF_ERROR(
      ParseCountArgument(context.argument(3), 1, "a sequence is an integer above 0", sequence));
  if (!counts) return Ok();
  if (!IsKeyword(context.argument(4), "COUNT")) return SyntaxError();
  return ParseIntegerArgument(
      context.argument(5), 1, static_cast<int64_t>(limits::kDeliveryBatch),
      absl::StrCat("COUNT is not an integer from 1 to ", limits::kDeliveryBatch), count);
}

Status Read(CommandContext& context) {
  uint64_t sequence = 0;
  int64_t count = 100;
  KONTOR_RETURN_IF_ERROR(ParseRead(context, &sequence, &count));
  std::vector<Delivery> deliveries(static_cast<size_t>(count) + 1);  // and a gap
  size_t read = 0;
  KONTOR_RETURN_IF_ERROR(verbs::ReadChannel(CoreOf(context), context.argument(1), sequence,
                                            deliveries.size(), deliveries.data(), &read));
  // What is kept no more shows by the first sequence.
  const size_t first = read != 0 && deliveries[0].kind == DeliveryKind::kGap ? 1 : 0;
  const size_t end = std::min(read, first + static_cast<size_t>(count));
  context.reply.Array(end - first);
  for (size_t i = first; i < end; ++i) {
    context.reply.Array(2);
    context.reply.Integer(static_cast<int64_t>(deliveries[i].publication->sequence()));
    context.reply.Bulk(deliveries[i].publication->body);
  }
  return Ok();
}

constexpr KeyPositions kNoKeys{};
constexpr uint32_t kAlone = kNotInTransaction | kNotInMulti;
constexpr uint32_t kChange = kAlone | kSends;

constexpr Command kCommands[] = {
    {"CH.DECLARE", -2, kChange, kNoKeys, Declare, "pubsub",
     "Lets a channel keep its messages, numbered from 1 on, within these limits; one that does "
     "takes them on.",
     "channel [DURABLE 0|1] [COUNT count] [AGE milliseconds] [BYTES bytes]"},
    {"CH.DELETE", 2, kChange, kNoKeys, Delete, "pubsub",
     "Lets a channel keep nothing any more, and answers whether it did.", "channel"},
    {"CH.INFO", 2, kAlone, kNoKeys, TellOfChannel, "pubsub",
     "Answers what a channel keeps: sequences, how many messages and bytes, and its options.",
     "channel"},
    {"CH.LIST", -1, kAlone, kNoKeys, List, "pubsub",
     "Answers the names of the channels that keep messages, all or those that match a glob.",
     "[MATCH pattern]"},
    {"CH.READ", -4, kAlone, kNoKeys, Read, "pubsub",
     "Answers messages that a channel keeps, each with its sequence, from one on; 100 or so many. "
     "If the first is a later one, those between are kept no more.",
     "channel FROM sequence [COUNT count]"},
    {"CH.TAGS", 2, kAlone, kNoKeys, TellTags, "pubsub",
     "Answers who is in a channel: the tags of the host that are subscribed to it by name, as text "
     "because they may have 64 bits. Clients of a session or a listener have the tag 0.",
     "channel"},
};

}  // namespace

absl::Span<const Command> ChannelCommands() { return kCommands; }

}  // namespace kontor
