// XCLAIM and XAUTOCLAIM: what is pending with one consumer becomes another's.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "command/stream_arguments.h"
#include "verbs/stream_deliveries.h"

namespace kontor {
namespace {

using verbs::FoundGroup;
using verbs::StreamDelivery;

verbs::StreamReader ReaderOf(const CommandContext& context) {
  return {
      .key = context.argument(1), .group = context.argument(2), .consumer = context.argument(3)};
}

// kInvalid if there is no such group.
Status NeedGroup(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const FoundGroup found,
      verbs::StreamGroupFind(context.operation, context.argument(1), context.argument(2)));
  if (found.group != nullptr) return Ok();
  return NoStreamGroup(context.argument(1), context.argument(2));
}

void ReplyClaimed(ReplySink& reply, const std::vector<StreamDelivery>& claimed, bool just_ids) {
  reply.Array(claimed.size());
  for (const StreamDelivery& each : claimed) {
    just_ids ? ReplyStreamId(reply, each.id) : ReplyStreamEntry(reply, *each.entry);
  }
}

Status ParseIdle(Bytes argument, Bytes command, int64_t* min_idle_ms) {
  int64_t parsed = 0;
  KONTOR_RETURN_IF_ERROR(
      ParseIntegerArgument(argument, INT64_MIN, INT64_MAX,
                           "Invalid min-idle-time argument for " + std::string(command), &parsed));
  *min_idle_ms = parsed < 0 ? 0 : parsed;
  return Ok();
}

// ---- XCLAIM ----

struct ClaimOptions {
  verbs::StreamClaim claim;
  bool just_ids = false;
};

// The value of IDLE, TIME or RETRYCOUNT.
Status ParseClaimNumber(Bytes option, Bytes value, int64_t* number) {
  const std::string wrong = "Invalid " + std::string(option) + " option argument for XCLAIM";
  return ParseIntegerArgument(value, INT64_MIN, INT64_MAX, wrong, number);
}

// One that has a value; how many words it takes: 0 if it is none of these.
Result<size_t> ParseClaimValue(Arguments rest, int64_t now_unix_ms, ClaimOptions* options) {
  if (rest.size() < 2) return size_t{0};
  int64_t number = 0;
  if (IsKeyword(rest[0], "IDLE")) {
    KONTOR_RETURN_IF_ERROR(ParseClaimNumber("IDLE", rest[1], &number));
    // One that is absurd is put right by the caller.
    if (__builtin_sub_overflow(now_unix_ms, number, &options->claim.delivered_unix_ms)) {
      options->claim.delivered_unix_ms = now_unix_ms;
    }
  } else if (IsKeyword(rest[0], "TIME")) {
    KONTOR_RETURN_IF_ERROR(ParseClaimNumber("TIME", rest[1], &options->claim.delivered_unix_ms));
  } else if (IsKeyword(rest[0], "RETRYCOUNT")) {
    KONTOR_RETURN_IF_ERROR(ParseClaimNumber("RETRYCOUNT", rest[1], &number));
    options->claim.deliveries = std::nullopt;
    if (number >= 0) options->claim.deliveries = static_cast<uint64_t>(number);
  } else if (IsKeyword(rest[0], "LASTID")) {
    KONTOR_RETURN_IF_ERROR(ParseStreamIdArgument(rest[1], &options->claim.last_id));
  } else {
    return size_t{0};
  }
  return size_t{2};
}

Status ParseClaimOptions(Arguments rest, int64_t now_unix_ms, ClaimOptions* options) {
  while (!rest.empty()) {
    if (IsKeyword(rest[0], "FORCE")) {
      options->claim.forces = true;
      rest.remove_prefix(1);
      continue;
    }
    if (IsKeyword(rest[0], "JUSTID")) {
      options->just_ids = true;
      rest.remove_prefix(1);
      continue;
    }
    KONTOR_ASSIGN_OR_RETURN(const size_t words, ParseClaimValue(rest, now_unix_ms, options));
    if (words == 0) {
      const Bytes option = rest[0].substr(0, rest[0].find('\0'));
      return Status(Code::kInvalid, "Unrecognized XCLAIM option '" + std::string(option) + "'");
    }
    rest.remove_prefix(words);
  }
  return Ok();
}

Status XClaim(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(NeedGroup(context));
  const int64_t now = context.operation.now_unix_ms();
  ClaimOptions options;
  options.claim.delivered_unix_ms = now;
  KONTOR_RETURN_IF_ERROR(ParseIdle(context.argument(4), "XCLAIM", &options.claim.min_idle_ms));
  // The ids end where something else begins.
  std::vector<StreamId> ids;
  Arguments rest = context.arguments.subspan(5);
  for (StreamId id{}; !rest.empty() && ParseStreamId(rest[0], 0, &id); rest.remove_prefix(1)) {
    ids.push_back(id);
  }
  KONTOR_RETURN_IF_ERROR(ParseClaimOptions(rest, now, &options));
  options.claim.counts = !options.just_ids;
  const int64_t delivered = options.claim.delivered_unix_ms;
  if (delivered < 0 || delivered > now) options.claim.delivered_unix_ms = now;
  KONTOR_ASSIGN_OR_RETURN(
      const std::vector<StreamDelivery> claimed,
      verbs::StreamClaimEach(context.operation, ReaderOf(context), options.claim, ids));
  ReplyClaimed(context.reply, claimed, options.just_ids);
  return Ok();
}

// ---- XAUTOCLAIM ----

Status XAutoClaim(CommandContext& context) {
  // As many as Redis takes, which counts the bytes of their ids.
  constexpr int64_t kMostClaimed = INT64_MAX / 16;
  verbs::StreamAutoClaim claim;
  KONTOR_RETURN_IF_ERROR(ParseIdle(context.argument(4), "XAUTOCLAIM", &claim.min_idle_ms));
  KONTOR_RETURN_IF_ERROR(ParseStreamStart(context.argument(5), &claim.first));
  const Arguments options = context.arguments.subspan(6);
  for (size_t i = 0; i < options.size(); ++i) {
    if (IsKeyword(options[i], "COUNT") && i + 1 < options.size()) {
      int64_t count = 0;
      KONTOR_RETURN_IF_ERROR(
          ParseIntegerArgument(options[++i], 1, kMostClaimed, "COUNT must be > 0", &count));
      claim.most = static_cast<uint64_t>(count);
    } else if (IsKeyword(options[i], "JUSTID")) {
      claim.counts = false;
    } else {
      return SyntaxError();
    }
  }
  KONTOR_RETURN_IF_ERROR(NeedGroup(context));
  KONTOR_ASSIGN_OR_RETURN(const verbs::StreamClaimed result,
                          verbs::StreamClaimFrom(context.operation, ReaderOf(context), claim));
  context.reply.Array(3);
  ReplyStreamId(context.reply, result.next);
  ReplyClaimed(context.reply, result.claimed, /*just_ids=*/!claim.counts);
  context.reply.Array(result.deleted.size());
  for (const StreamId& id : result.deleted) ReplyStreamId(context.reply, id);
  return Ok();
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};

constexpr Command kStreamClaimCommands[] = {
    {"XAUTOCLAIM", -6, kWrites, kFirst, XAutoClaim, "stream",
     "Makes what has been pending for long another consumer's.",
     "key group consumer min-idle-time start [COUNT count] [JUSTID]"},
    {"XCLAIM", -6, kWrites, kFirst, XClaim, "stream", "Makes what is pending another consumer's.",
     "key group consumer min-idle-time id [id ...] [IDLE milliseconds] [TIME "
     "unix-time-milliseconds] "
     "[RETRYCOUNT count] [FORCE] [JUSTID] [LASTID id]"},
};

}  // namespace

absl::Span<const Command> StreamClaimCommands() { return kStreamClaimCommands; }

}  // namespace kontor
