#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "db/engine.h"
#include "txn/make_room.h"
#include "txn/publish.h"

namespace kontor {
namespace {

// Each of these is for channels, and for the channels of SPUBLISH, which are others.
using Index = ChannelIndex Core::*;

// Not in a transaction, and without keys: no lock is held.
Status PublishMessage(CommandContext& context) {
  OutgoingMessage message{.channel = context.argument(1), .body = context.argument(2)};
  KONTOR_RETURN_IF_ERROR(Publish(context.engine->core(), &message, PublishWait::kNever));
  context.reply.Integer(static_cast<int64_t>(message.result.tags));
  return Ok();
}

Status PublishToShard(CommandContext& context) {
  Core* const core = context.engine->core();
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, context.argument(2).size()));
  const PublishResult result =
      core->shard_channels.Publish(context.argument(1), context.argument(2));
  context.reply.Integer(static_cast<int64_t>(result.tags));
  return Ok();
}

template <Index kIndex>
Status ReplyWithChannels(CommandContext& context) {
  if (context.size() > 3) return WrongSubcommandArguments(context.arguments);
  const Bytes pattern = context.size() == 3 ? context.argument(2) : Bytes("*");
  // An empty pattern means every channel to the index; to a client it matches only the empty name,
  // which nobody has.
  const std::vector<std::string> channels =
      pattern.empty() ? std::vector<std::string>()
                      : (context.engine->core()->*kIndex).Channels(pattern);
  context.reply.Array(channels.size());
  for (const std::string& channel : channels) context.reply.Bulk(channel);
  return Ok();
}

template <Index kIndex>
Status ReplyWithSubscriptions(CommandContext& context) {
  const Arguments channels = context.arguments.subspan(2);
  context.reply.Array(channels.size() * 2);
  for (const Bytes channel : channels) {
    context.reply.Bulk(channel);
    const uint64_t count = (context.engine->core()->*kIndex).SubscriptionsOf(channel);
    context.reply.Integer(static_cast<int64_t>(count));
  }
  return Ok();
}

Status ReplyWithPatternCount(CommandContext& context) {
  context.reply.Integer(static_cast<int64_t>(context.engine->core()->channels.PatternCount()));
  return Ok();
}

constexpr KeyPositions kNoKeys{};
constexpr uint32_t kSubscribes = kNeedsSession | kNotInTransaction | kWhileSubscribed;

constexpr Command kCommands[] = {
    {"PSUBSCRIBE", -2, kSubscribes, kNoKeys, AnswerNeedsSession, "pubsub",
     "Receives the messages of every channel whose name matches one of the globs.",
     "pattern [pattern ...]"},
    {"PUBLISH", 3, kNotInTransaction | kSends | kPublishes, kNoKeys, PublishMessage, "pubsub",
     "Sends a message to a channel and answers how many subscriptions it reached.",
     "channel message"},
    {"PUBSUB", -2, kHasSubcommands, kNoKeys, ReplyWithHelp, "pubsub",
     "Tells which channels and patterns are subscribed.", "subcommand [argument ...]"},
    {"PUBSUB|CHANNELS", -2, 0, kNoKeys, ReplyWithChannels<&Core::channels>, "pubsub",
     "Answers the channels that have subscribers.", "[pattern]"},
    {"PUBSUB|HELP", 2, 0, kNoKeys, ReplyWithHelp, "pubsub", "Tells the subcommands.", ""},
    {"PUBSUB|NUMPAT", 2, 0, kNoKeys, ReplyWithPatternCount, "pubsub",
     "Answers how many patterns are subscribed.", ""},
    {"PUBSUB|NUMSUB", -2, 0, kNoKeys, ReplyWithSubscriptions<&Core::channels>, "pubsub",
     "Answers how many subscribers channels have.", "[channel ...]"},
    {"PUBSUB|SHARDCHANNELS", -2, 0, kNoKeys, ReplyWithChannels<&Core::shard_channels>, "pubsub",
     "Answers the channels of SPUBLISH that have subscribers.", "[pattern]"},
    {"PUBSUB|SHARDNUMSUB", -2, 0, kNoKeys, ReplyWithSubscriptions<&Core::shard_channels>, "pubsub",
     "Answers how many subscribers channels of SPUBLISH have.", "[channel ...]"},
    {"PUNSUBSCRIBE", -1, kSubscribes, kNoKeys, AnswerNeedsSession, "pubsub",
     "Ends subscriptions of patterns, all of them if none is named.", "[pattern ...]"},
    {"SPUBLISH", 3, kNotInTransaction | kSends | kPublishes, kNoKeys, PublishToShard, "pubsub",
     "Sends a message to a channel of those that SSUBSCRIBE listens to.", "channel message"},
    {"SSUBSCRIBE", -2, kSubscribes, kNoKeys, AnswerNeedsSession, "pubsub",
     "Receives the messages of channels of SPUBLISH.", "channel [channel ...]"},
    {"SUBSCRIBE", -2, kSubscribes, kNoKeys, AnswerNeedsSession, "pubsub",
     "Receives the messages of channels.", "channel [channel ...]"},
    {"SUNSUBSCRIBE", -1, kSubscribes, kNoKeys, AnswerNeedsSession, "pubsub",
     "Ends subscriptions of channels of SPUBLISH, all of them if none is named.", "[channel ...]"},
    {"UNSUBSCRIBE", -1, kSubscribes, kNoKeys, AnswerNeedsSession, "pubsub",
     "Ends subscriptions of channels, all of them if none is named.", "[channel ...]"},
};

}  // namespace

absl::Span<const Command> PubSubCommands() { return kCommands; }

}  // namespace kontor
