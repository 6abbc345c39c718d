#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "db/engine.h"
#include "txn/make_room.h"

namespace kontor {
namespace {

// Not in a transaction, and without keys: no lock is held.
Status Publish(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(CheckRoom(context.engine->core(), context.argument(2).size()));
  const PublishResult result =
      context.engine->core()->channels.Publish(context.argument(1), context.argument(2));
  context.reply.Integer(static_cast<int64_t>(result.tags));
  return Ok();
}

Status ReplyWithChannels(CommandContext& context) {
  if (context.size() > 3) {
    const std::string subcommand(context.argument(1));
    return Status(Code::kInvalid, "unknown subcommand or wrong number of arguments for '" +
                                      subcommand + "'. Try PUBSUB HELP.");
  }
  const Bytes pattern = context.size() == 3 ? context.argument(2) : Bytes("*");
  // An empty pattern means every channel to the index; to a client it matches only the empty name,
  // which nobody has.
  const std::vector<std::string> channels =
      pattern.empty() ? std::vector<std::string>()
                      : context.engine->core()->channels.Channels(pattern);
  context.reply.Array(channels.size());
  for (const std::string& channel : channels) context.reply.Bulk(channel);
  return Ok();
}

Status ReplyWithSubscriptions(CommandContext& context) {
  const Arguments channels = context.arguments.subspan(2);
  context.reply.Array(channels.size() * 2);
  for (const Bytes channel : channels) {
    context.reply.Bulk(channel);
    const uint64_t count = context.engine->core()->channels.SubscriptionsOf(channel);
    context.reply.Integer(static_cast<int64_t>(count));
  }
  return Ok();
}

Status ReplyWithPatternCount(CommandContext& context) {
  if (context.size() != 2) return WrongNumberOfArguments("pubsub|numpat");
  context.reply.Integer(static_cast<int64_t>(context.engine->core()->channels.PatternCount()));
  return Ok();
}

Status PubSub(CommandContext& context) {
  const Bytes subcommand = context.argument(1);
  if (IsKeyword(subcommand, "CHANNELS")) return ReplyWithChannels(context);
  if (IsKeyword(subcommand, "NUMSUB")) return ReplyWithSubscriptions(context);
  if (IsKeyword(subcommand, "NUMPAT")) return ReplyWithPatternCount(context);
  return UnknownSubcommand(context.argument(0), subcommand);
}

constexpr KeyPositions kNoKeys{};
constexpr uint32_t kSubscribes = kNeedsSession | kNotInTransaction | kWhileSubscribed;

constexpr Command kCommands[] = {
    {"PSUBSCRIBE", -2, kSubscribes, kNoKeys, AnswerNeedsSession, "pubsub",
     "Receives the messages of every channel whose name matches one of the globs.",
     "pattern [pattern ...]"},
    {"PUBLISH", 3, kNotInTransaction, kNoKeys, Publish, "pubsub",
     "Sends a message to a channel and answers how many subscriptions it reached.",
     "channel message"},
    {"PUBSUB", -2, 0, kNoKeys, PubSub, "pubsub",
     "Tells which channels have subscribers, how many, and how many patterns are subscribed.",
     "CHANNELS [pattern] | NUMSUB [channel ...] | NUMPAT"},
    {"PUNSUBSCRIBE", -1, kSubscribes, kNoKeys, AnswerNeedsSession, "pubsub",
     "Ends subscriptions of patterns, all of them if none is named.", "[pattern ...]"},
    {"SUBSCRIBE", -2, kSubscribes, kNoKeys, AnswerNeedsSession, "pubsub",
     "Receives the messages of channels.", "channel [channel ...]"},
    {"UNSUBSCRIBE", -1, kSubscribes, kNoKeys, AnswerNeedsSession, "pubsub",
     "Ends subscriptions of channels, all of them if none is named.", "[channel ...]"},
};

}  // namespace

absl::Span<const Command> PubSubCommands() { return kCommands; }

}  // namespace kontor
