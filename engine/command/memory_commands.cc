// MEMORY: what takes how much.

#include <array>
#include <cstdint>
#include <string>

#include "command/arguments.h"
#include "command/command.h"
#include "db/engine.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace kontor {
namespace {

// How many elements of a collection are looked at changes nothing: its size is known.
Status CheckSamples(Arguments options) {
  for (size_t i = 0; i < options.size(); i += 2) {
    if (!IsKeyword(options[i], "SAMPLES") || i + 1 == options.size()) return SyntaxError();
    int64_t samples = 0;
    KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(options[i + 1], &samples));
    if (samples < 0) return SyntaxError();
  }
  return Ok();
}

Status MemoryUsageOf(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(CheckSamples(context.arguments.subspan(3)));
  const Record* const record = context.operation.Find(context.argument(2));
  if (record == nullptr) {
    context.reply.Null();
  } else {
    context.reply.Integer(
        static_cast<int64_t>(record->bytes() + record->large_bytes() + record->collection_bytes()));
  }
  return Ok();
}

// What MEMORY STATS and INFO call the purposes of memory.
constexpr std::array<Bytes, kMemoryPurposes> kPurposes = {
    "keys", "large-strings", "collections", "queues", "mailboxes", "journal", "snapshots",
};

Status MemoryStats(CommandContext& context) {
  const MemoryUsage usage = context.engine->memory_usage();
  int64_t keys = 0;
  for (uint32_t database = 0; database < limits::kDatabases; ++database) {
    keys += static_cast<int64_t>(context.operation.keyspace()->CountKeys(database));
  }
  const auto tell = [&context](Bytes name, int64_t value) {
    context.reply.Bulk(name);
    context.reply.Integer(value);
  };
  context.reply.Map(3 + kPurposes.size());
  tell("total.allocated", usage.used_bytes);
  tell("limit", usage.limit_bytes);
  tell("keys.count", keys);
  for (size_t i = 0; i < kPurposes.size(); ++i) tell(kPurposes[i], usage.purpose_bytes[i]);
  return Ok();
}

Status MemoryDoctor(CommandContext& context) {
  const MemoryUsage usage = context.engine->memory_usage();
  const std::string used = std::to_string(usage.used_bytes) + " bytes are used";
  if (usage.limit_bytes == 0) {
    context.reply.Verbatim(used + ", and there is no limit: CONFIG SET maxmemory sets one.\n");
  } else if (usage.used_bytes > usage.limit_bytes) {
    context.reply.Verbatim(used + ", more than the limit of " + std::to_string(usage.limit_bytes) +
                           ": what needs memory is refused, or keys are evicted (CONFIG GET "
                           "maxmemory-policy).\n");
  } else {
    context.reply.Verbatim(used + " of " + std::to_string(usage.limit_bytes) + ".\n");
  }
  return Ok();
}

Status MemoryMallocStats(CommandContext& context) {
  context.reply.Verbatim("Stats not supported for the current allocator");
  return Ok();
}

Status MemoryPurge(CommandContext& context) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  context.reply.Ok();
  return Ok();
}

constexpr KeyPositions kNoKeys{};

constexpr Command kCommands[] = {
    {"MEMORY", -2, kHasSubcommands, kNoKeys, ReplyWithHelp, "server",
     "Tells what takes how much memory.", "subcommand [argument ...]"},
    {"MEMORY|DOCTOR", 2, 0, kNoKeys, MemoryDoctor, "server",
     "Says in words how much memory is used.", ""},
    {"MEMORY|HELP", 2, 0, kNoKeys, ReplyWithHelp, "server", "Tells the subcommands.", ""},
    {"MEMORY|MALLOC-STATS", 2, 0, kNoKeys, MemoryMallocStats, "server",
     "Says nothing: the allocator is that of the process.", ""},
    {"MEMORY|PURGE", 2, 0, kNoKeys, MemoryPurge, "server",
     "Gives free memory of the heap back to the system.", ""},
    {"MEMORY|STATS", 2, kReads | kAllKeys, kNoKeys, MemoryStats, "server",
     "Answers how many bytes are used, and what for.", ""},
    {"MEMORY|USAGE",
     -3,
     kReads,
     {.first = 2, .last = 2},
     MemoryUsageOf,
     "server",
     "Answers how many bytes a key and its value take.",
     "key [SAMPLES count]"},
};

}  // namespace

absl::Span<const Command> MemoryCommands() { return kCommands; }

}  // namespace kontor
