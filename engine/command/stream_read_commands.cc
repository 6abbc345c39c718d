// XREAD and XREADGROUP.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "command/stream_arguments.h"
#include "verbs/stream_deliveries.h"

namespace kontor {
namespace {

using verbs::FoundGroup;
using verbs::StreamDelivery;

struct ReadOptions {
  std::optional<int64_t> block_ms;
  int64_t count = 0;                          // of each stream's entries; 0: all
  std::optional<verbs::StreamReader> reader;  // a group's
  bool acknowledged = false;
  std::optional<int64_t> claim_idle_ms;
  Arguments keys;
  Arguments ids;
};

// ---- Options ----

Status OnlyForGroups(const char* option) {
  return Status(Code::kInvalid, "The " + std::string(option) +
                                    " option is only supported by XREADGROUP. You called XREAD "
                                    "instead.");
}

Status ParseClaimIdle(Bytes argument, int64_t* idle_ms) {
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(argument, INT64_MIN, INT64_MAX,
                                              "min-idle-time is not an integer", idle_ms));
  if (*idle_ms >= 0) return Ok();
  return Status(Code::kOutOfRange, "min-idle-time must be a positive integer");
}

// An option in front of STREAMS; how many words it takes: 0 if it is none. Those words must be the
// ones that KeysOfStreamRead passes over.
Result<size_t> ParseReadOption(Arguments rest, bool in_group, ReadOptions* options) {
  const bool has_value = rest.size() > 1;
  if (has_value && IsKeyword(rest[0], "BLOCK")) {
    KONTOR_RETURN_IF_ERROR(ParseTimeoutMsArgument(rest[1], &options->block_ms.emplace()));
    return size_t{2};
  }
  if (has_value && IsKeyword(rest[0], "COUNT")) {
    KONTOR_RETURN_IF_ERROR(ParseStreamCount(rest[1], &options->count));
    return size_t{2};
  }
  if (has_value && IsKeyword(rest[0], "CLAIM")) {
    if (!in_group) return OnlyForGroups("CLAIM");
    KONTOR_RETURN_IF_ERROR(ParseClaimIdle(rest[1], &options->claim_idle_ms.emplace()));
    return size_t{2};
  }
  if (rest.size() > 2 && IsKeyword(rest[0], "GROUP")) {
    if (!in_group) return OnlyForGroups("GROUP");
    options->reader = {.key = {}, .group = rest[1], .consumer = rest[2]};
    return size_t{3};
  }
  if (IsKeyword(rest[0], "NOACK")) {
    if (!in_group) return OnlyForGroups("NOACK");
    options->acknowledged = true;
    return size_t{1};
  }
  return size_t{0};
}

Status ParseRead(Arguments arguments, bool in_group, ReadOptions* options) {
  Arguments rest = arguments.subspan(1);
  while (rest.size() < 2 || !IsKeyword(rest[0], "STREAMS")) {
    if (rest.empty()) return SyntaxError();
    KONTOR_ASSIGN_OR_RETURN(const size_t words, ParseReadOption(rest, in_group, options));
    if (words == 0) return SyntaxError();
    rest.remove_prefix(words);
  }
  rest.remove_prefix(1);
  if (rest.size() % 2 != 0) {
    return Status(Code::kInvalid, std::string("Unbalanced '") +
                                      (in_group ? "xreadgroup" : "xread") +
                                      "' list of streams: for each stream key an ID or '" +
                                      (in_group ? ">" : "$") + "' must be specified.");
  }
  if (in_group && !options->reader.has_value()) {
    return Status(Code::kInvalid, "Missing GROUP option for XREADGROUP");
  }
  options->keys = KeysOfStreamRead(arguments);
  options->ids = rest.subspan(options->keys.size());
  return Ok();
}

// What it answers if there is nothing to read.
Status FoundNothing(CommandContext& context, const ReadOptions& options) {
  if (!options.block_ms.has_value()) {
    context.reply.NullArray();
    return Ok();
  }
  context.timeout_ms = *options.block_ms;
  return Status(Code::kAgain, "nothing to read");
}

// In front of each stream's entries.
void ReplyStreams(ReplySink& reply, size_t count) {
  reply.protocol() == 2 ? reply.Array(count) : reply.Map(count);
}

void ReplyStreamKey(ReplySink& reply, Bytes key) {
  if (reply.protocol() == 2) reply.Array(2);
  reply.Bulk(key);
}

// ---- XREAD ----

// Behind which id it reads. "$" is what comes from now on, "+" the last entry there is.
Status ParseAfter(Bytes argument, const Stream* stream, StreamId* after) {
  *after = kNoStreamId;
  if (argument == ">") {
    return Status(Code::kInvalid,
                  "The > ID can be specified only when calling XREADGROUP using the GROUP <group> "
                  "<consumer> option.");
  }
  if (argument == "$") {
    if (stream != nullptr) *after = stream->last_id();
  } else if (argument == "+") {
    const bool has_entry = stream != nullptr && stream->size() > 0;
    if (has_entry) *after = *stream->Until(kGreatestStreamId).id().Previous();
  } else {
    return ParseStreamIdArgument(argument, after);
  }
  return Ok();
}

// Null if there is none, or, for who has waited, if there is something else by now.
Result<const Stream*> FindToRead(CommandContext& context, Bytes key) {
  const Stream* stream = nullptr;
  const Status found = context.operation.Find(key, &stream);
  if (!found.ok() && !context.operation.Waits(key)) return found;
  return stream;
}

Status XRead(CommandContext& context) {
  ReadOptions options;
  KONTOR_RETURN_IF_ERROR(ParseRead(context.arguments, /*in_group=*/false, &options));
  std::vector<const Stream*> streams;
  std::vector<StreamId> after(options.keys.size());
  for (size_t i = 0; i < options.keys.size(); ++i) {
    KONTOR_ASSIGN_OR_RETURN(streams.emplace_back(), FindToRead(context, options.keys[i]));
    const bool is_noted = !context.notes->empty();
    const Bytes id = is_noted ? Bytes((*context.notes)[i]) : options.ids[i];
    KONTOR_RETURN_IF_ERROR(ParseAfter(id, streams.back(), &after[i]));
  }
  std::vector<std::pair<Bytes, std::vector<Stream::Entry>>> read;
  for (size_t i = 0; i < streams.size(); ++i) {
    const std::optional<StreamId> first = after[i].Next();
    if (streams[i] == nullptr || !first.has_value()) continue;
    std::vector<Stream::Entry> entries = verbs::StreamEntries(
        *streams[i], {.first = *first, .most = static_cast<uint64_t>(options.count)});
    if (!entries.empty()) read.emplace_back(options.keys[i], std::move(entries));
  }
  if (read.empty()) {
    if (context.notes->empty()) {
      for (const StreamId& id : after) context.notes->push_back(FormatStreamId(id));
    }
    return FoundNothing(context, options);
  }
  ReplyStreams(context.reply, read.size());
  for (const auto& [key, entries] : read) {
    ReplyStreamKey(context.reply, key);
    ReplyStreamEntries(context.reply, entries);
  }
  return Ok();
}

// ---- XREADGROUP ----

Status MeaninglessId(char id) {
  return Status(Code::kInvalid,
                std::string("The ") + id +
                    " ID is meaningless in the context of XREADGROUP: you want to read the history "
                    "of this consumer by specifying a proper ID, or use the > ID to get new "
                    "messages. The " +
                    id + " ID would just return an empty result set.");
}

// One of its streams: what is new (no id), or what is pending behind the id.
struct GroupRead {
  verbs::StreamReader reader;
  std::optional<StreamId> after;
  std::vector<StreamDelivery> deliveries;
};

Status ParseGroupRead(CommandContext& context, Bytes key, Bytes id, GroupRead* read) {
  read->reader.key = key;
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found,
                          verbs::StreamGroupFind(context.operation, key, read->reader.group));
  if (found.group == nullptr) {
    return NoStreamGroup(key, read->reader.group, " in XREADGROUP with GROUP option");
  }
  if (id == "$" || id == "+") return MeaninglessId(id[0]);
  if (id == ">") return Ok();
  KONTOR_RETURN_IF_ERROR(ParseStreamIdArgument(id, &read->after.emplace()));
  // As Redis does, for which this one stands for ">".
  if (*read->after == kGreatestStreamId) read->after.reset();
  return Ok();
}

Status Deliver(CommandContext& context, const ReadOptions& options, GroupRead* read) {
  const auto most = static_cast<uint64_t>(options.count);
  if (read->after.has_value()) {
    KONTOR_ASSIGN_OR_RETURN(
        read->deliveries,
        verbs::StreamReadPending(context.operation, read->reader, *read->after, most));
    return Ok();
  }
  KONTOR_ASSIGN_OR_RETURN(read->deliveries,
                          verbs::StreamReadNew(context.operation, read->reader,
                                               {.most = most,
                                                .acknowledged = options.acknowledged,
                                                .in_turn = options.block_ms.has_value(),
                                                .claim_idle_ms = options.claim_idle_ms}));
  return Ok();
}

void ReplyDelivery(ReplySink& reply, const StreamDelivery& delivery, bool with_state) {
  reply.Array(with_state ? 4 : 2);
  ReplyStreamId(reply, delivery.id);
  delivery.entry.has_value() ? ReplyStreamFields(reply, *delivery.entry) : reply.NullArray();
  if (!with_state) return;
  reply.Integer(delivery.idle_ms);
  reply.Integer(static_cast<int64_t>(delivery.deliveries));
}

// Something may be claimed when nothing new has come.
Status NoteNextClaim(CommandContext& context, const ReadOptions& options) {
  if (!options.claim_idle_ms.has_value()) return Ok();
  for (const Bytes key : options.keys) {
    KONTOR_ASSIGN_OR_RETURN(const int64_t in_ms,
                            verbs::StreamClaimableIn(context.operation, key, options.reader->group,
                                                     *options.claim_idle_ms));
    if (in_ms < 0) continue;
    const bool sooner = context.retry_ms < 0 || in_ms < context.retry_ms;
    if (sooner) context.retry_ms = in_ms;
  }
  return Ok();
}

Status XReadGroup(CommandContext& context) {
  ReadOptions options;
  KONTOR_RETURN_IF_ERROR(ParseRead(context.arguments, /*in_group=*/true, &options));
  std::vector<GroupRead> reads(options.keys.size());
  for (size_t i = 0; i < reads.size(); ++i) {
    reads[i].reader = *options.reader;
    KONTOR_RETURN_IF_ERROR(ParseGroupRead(context, options.keys[i], options.ids[i], &reads[i]));
  }
  for (GroupRead& read : reads) KONTOR_RETURN_IF_ERROR(Deliver(context, options, &read));
  std::erase_if(reads, [](const GroupRead& read) {
    return read.deliveries.empty() && !read.after.has_value();
  });
  if (reads.empty()) {
    KONTOR_RETURN_IF_ERROR(NoteNextClaim(context, options));
    return FoundNothing(context, options);
  }
  ReplyStreams(context.reply, reads.size());
  for (const GroupRead& read : reads) {
    ReplyStreamKey(context.reply, read.reader.key);
    context.reply.Array(read.deliveries.size());
    const bool with_state = options.claim_idle_ms.has_value() && !read.after.has_value();
    for (const StreamDelivery& each : read.deliveries) {
      ReplyDelivery(context.reply, each, with_state);
    }
  }
  return Ok();
}

void AppendStreams(Arguments arguments, std::vector<Bytes>* keys) {
  const Arguments streams = KeysOfStreamRead(arguments);
  keys->insert(keys->end(), streams.begin(), streams.end());
}

constexpr KeyPositions kNoPlace{};

constexpr Command kStreamReadCommands[] = {
    {"XREAD", -4, kReads | kBlocks | kWaitsForStream, kNoPlace, XRead, "stream",
     "Answers the entries of streams behind ids ($: the last one's), or waits for some.",
     "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]", /*access=*/nullptr,
     AppendStreams},
    {"XREADGROUP", -7, kWrites | kBlocks | kWaitsForStream, kNoPlace, XReadGroup, "stream",
     "Delivers entries to a consumer of a group (>: those that are new), or waits for some.",
     "GROUP group consumer [COUNT count] [BLOCK milliseconds] [CLAIM min-idle-time] [NOACK] "
     "STREAMS key [key ...] id [id ...]",
     /*access=*/nullptr, AppendStreams},
};

}  // namespace

absl::Span<const Command> StreamReadCommands() { return kStreamReadCommands; }

}  // namespace kontor
