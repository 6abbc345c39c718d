// DEBUG, as far as tests and tools of Redis rely on it. Nothing here can harm the engine; sessions
// of clients that came over a socket may not use it all the same (session/session.cc), as in Redis.

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "command/admin_commands.h"
#include "command/arguments.h"
#include "db/engine.h"
#include "db/reload.h"
#include "types/number.h"
#include "verbs/digest.h"
#include "verbs/dumps.h"
#include "verbs/inspection.h"

namespace kontor {
namespace {

// Waits like a command that finds nothing to take, so that it holds no thread of a session; others
// go on meanwhile. Its first attempt notes when it ends, in real time, as every wait does.
Status DebugSleep(CommandContext& context) {
  constexpr int64_t kNsPerMs = 1'000'000;
  int64_t timeout_ms = 0;
  KONTOR_RETURN_IF_ERROR(ParseTimeoutArgument(context.argument(2), &timeout_ms));
  const int64_t now_ms = Clock::System()->MonotonicNs() / kNsPerMs;
  int64_t end_ms = now_ms + (timeout_ms < 0 ? 0 : timeout_ms);
  if (context.notes->empty()) {
    context.notes->push_back(std::to_string(end_ms));
  } else if (!ParseInteger(context.notes->front(), &end_ms)) {
    return SyntaxError();
  }
  if (end_ms > now_ms) {
    context.timeout_ms = -1;
    context.retry_ms = end_ms - now_ms;
    return Status(Code::kAgain);
  }
  context.reply.Ok();
  return Ok();
}

// The address, the use and the age of a value are not told; the length is that of its dump, as in
// Redis.
Status DebugObject(CommandContext& context) {
  constexpr size_t kAroundValue = 11;  // a dump has its type before it, version and checksum behind
  const auto encoding = verbs::KeyEncoding(context.operation, context.argument(2));
  if (!encoding.has_value()) return Status(Code::kNotFound, "no such key");
  const std::optional<std::string> dump = verbs::KeyDump(context.operation, context.argument(2));
  const size_t length = dump.has_value() ? dump->size() - kAroundValue : 0;
  context.reply.Simple("Value at:0x0 refcount:1 encoding:" + std::string(*encoding) +
                       " serializedlength:" + std::to_string(length) + " lru:0 lru_seconds_idle:0");
  return Ok();
}

// Of all that is there, whatever it took to make it.
Status DebugDigest(CommandContext& context) {
  context.reply.Simple(verbs::DataDigest(context.operation).Hex());
  return Ok();
}

// Of each key, all zeros where there is none.
Status DebugDigestValue(CommandContext& context) {
  const Arguments keys = context.arguments.subspan(2);
  context.reply.Array(keys.size());
  for (const Bytes key : keys) {
    const Record* const record = context.operation.Find(key);
    const verbs::Digest digest = record == nullptr
                                     ? verbs::Digest()
                                     : verbs::ValueDigest(*record, context.operation.now_unix_ms());
    context.reply.Simple(digest.Hex());
  }
  return Ok();
}

// Nothing is emptied first, so that nothing can be lost, and each key comes back upon itself: two
// of the options say what is so anyway. There is no older file to read instead.
Status DebugReload(CommandContext& context) {
  for (const Bytes option : context.arguments.subspan(2)) {
    if (IsKeyword(option, "NOSAVE")) {
      return Status(Code::kUnsupported,
                    "DEBUG RELOAD NOSAVE is not supported: what is in memory is what is reloaded");
    }
    if (!IsKeyword(option, "MERGE") && !IsKeyword(option, "NOFLUSH")) {
      return Status(Code::kInvalid,
                    "DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }
  }
  KONTOR_RETURN_IF_ERROR(Reload(context.engine->core()));
  context.reply.Ok();
  return Ok();
}

Status DebugSetActiveExpire(CommandContext& context) {
  int64_t on = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), 0, 1,
                                              "value is out of range, must be 0 or 1", &on));
  context.engine->set_background_expiry(on == 1);
  context.reply.Ok();
  return Ok();
}

// Settings of what this engine does not have.
Status Accept(CommandContext& context) {
  context.reply.Ok();
  return Ok();
}

constexpr KeyPositions kNoKeys{};
constexpr KeyPositions kSecond = {.first = 2, .last = 2};
constexpr KeyPositions kFromSecond = {.first = 2, .last = -1};

constexpr Command kCommands[] = {
    {"DEBUG", -2, kHasSubcommands | kForHost, kNoKeys, ReplyWithHelp, "server",
     "What tests ask of an engine. Not for clients that came over a socket.",
     "subcommand [argument ...]"},
    {"DEBUG|CHANGE-REPL-ID", 2, kForHost, kNoKeys, Accept, "server",
     "Does nothing: there is no replication.", ""},
    {"DEBUG|DIGEST", 2, kReads | kAllKeys | kForHost, kNoKeys, DebugDigest, "server",
     "Answers 40 digits that are equal where all data is, and zeros where there is none.", ""},
    {"DEBUG|DIGEST-VALUE", -3, kReads | kForHost, kFromSecond, DebugDigestValue, "server",
     "Answers 40 digits for each value, which are equal where the values are.", "key [key ...]"},
    {"DEBUG|HELP", 2, kForHost, kNoKeys, ReplyWithHelp, "server", "Tells the subcommands.", ""},
    {"DEBUG|LOADAOF", 2, kNotInTransaction | kNotInMulti | kForHost, kNoKeys, DebugReload, "server",
     "The same as RELOAD: the journal holds what a snapshot does.", ""},
    {"DEBUG|OBJECT", 3, kReads | kForHost, kSecond, DebugObject, "server",
     "Answers in one line how a Redis would hold a value, and how long its dump is.", "key"},
    {"DEBUG|QUICKLIST-PACKED-THRESHOLD", 3, kForHost, kNoKeys, Accept, "server",
     "Does nothing: lists are held in another way.", "size"},
    {"DEBUG|RELOAD", -2, kNotInTransaction | kNotInMulti | kForHost, kNoKeys, DebugReload, "server",
     "Writes all values as a snapshot has them, reads them back, compares, and goes on with those.",
     "[MERGE] [NOFLUSH]"},
    {"DEBUG|SET-ACTIVE-EXPIRE", 3, kForHost, kNoKeys, DebugSetActiveExpire, "server",
     "Stops the removal of what has expired in the background, or lets it go on. Either way it is "
     "not there for anybody.",
     "0|1"},
    {"DEBUG|SLEEP", 3, kBlocks | kNotInTransaction | kNotInMulti | kForHost, kNoKeys, DebugSleep,
     "server", "Answers after so many seconds. Other sessions go on meanwhile.", "seconds"},
};

}  // namespace

absl::Span<const Command> DebugCommands() { return kCommands; }

}  // namespace kontor
