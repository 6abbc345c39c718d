#include <cstdint>
#include <optional>

#include "command/arguments.h"
#include "command/command.h"
#include "db/engine.h"
#include "keyspace/eviction.h"
#include "verbs/inspection.h"

namespace kontor {
namespace {

bool CountsFrequencies(const CommandContext& context) {
  const Eviction eviction = context.engine->core()->keyspace.eviction();
  return eviction == Eviction::kAllKeysLfu || eviction == Eviction::kVolatileLfu;
}

Status ObjectEncoding(CommandContext& context) {
  const auto encoding = verbs::KeyEncoding(context.operation, context.argument(2));
  encoding.has_value() ? context.reply.Bulk(*encoding) : context.reply.Null();
  return Ok();
}

// Values are not shared.
Status ObjectRefCount(CommandContext& context) {
  const auto encoding = verbs::KeyEncoding(context.operation, context.argument(2));
  encoding.has_value() ? context.reply.Integer(1) : context.reply.Null();
  return Ok();
}

// No key knows when it was used last: uses are told apart by what came in since (use_clock.h). So
// none was idle for a second, and who deletes what is idle deletes nothing.
Status ObjectIdleTime(CommandContext& context) {
  if (!verbs::KeyEncoding(context.operation, context.argument(2)).has_value()) {
    context.reply.Null();
    return Ok();
  }
  if (CountsFrequencies(context)) {
    return Status(Code::kInvalid,
                  "An LFU maxmemory policy is selected, idle time not tracked. Please note that "
                  "when switching between policies at runtime LRU and LFU data will take some time "
                  "to adjust.");
  }
  context.reply.Integer(0);
  return Ok();
}

Status ObjectFreq(CommandContext& context) {
  const auto frequency = verbs::KeyFrequency(context.operation, context.argument(2));
  if (!frequency.has_value()) {
    context.reply.Null();
    return Ok();
  }
  if (!CountsFrequencies(context)) {
    return Status(Code::kInvalid,
                  "An LFU maxmemory policy is not selected, access frequency not tracked. Please "
                  "note that when switching between policies at runtime LRU and LFU data will take "
                  "some time to adjust.");
  }
  context.reply.Integer(*frequency);
  return Ok();
}

constexpr KeyPositions kNoKeys{};
constexpr KeyPositions kSecond = {.first = 2, .last = 2};

constexpr Command kCommands[] = {
    {"OBJECT", -2, kHasSubcommands, kNoKeys, ReplyWithHelp, "generic", "Tells how a value is held.",
     "subcommand [argument ...]"},
    {"OBJECT|ENCODING", 3, kReads, kSecond, ObjectEncoding, "generic",
     "Answers how a Redis would hold the value of a key.", "key"},
    {"OBJECT|FREQ", 3, kReads, kSecond, ObjectFreq, "generic",
     "Answers a logarithm of how often a key was used lately.", "key"},
    {"OBJECT|HELP", 2, 0, kNoKeys, ReplyWithHelp, "generic", "Tells the subcommands.", ""},
    {"OBJECT|IDLETIME", 3, kReads, kSecond, ObjectIdleTime, "generic",
     "Answers 0: for how long a key was not used is not known.", "key"},
    {"OBJECT|REFCOUNT", 3, kReads, kSecond, ObjectRefCount, "generic",
     "Answers 1: values are not shared.", "key"},
};

}  // namespace

absl::Span<const Command> ObjectCommands() { return kCommands; }

}  // namespace kontor
