#include <cstdint>
#include <optional>
#include <string>

#include "command/arguments.h"
#include "command/command.h"
#include "persist/rdb_value.h"
#include "verbs/dumps.h"
#include "verbs/expiry.h"
#include "verbs/keys.h"

namespace kontor {
namespace {

Status Dump(CommandContext& context) {
  const std::optional<std::string> dump = verbs::KeyDump(context.operation, context.argument(1));
  dump.has_value() ? context.reply.Bulk(*dump) : context.reply.Null();
  return Ok();
}

struct RestoreOptions {
  bool replace = false;
  bool absolute_time = false;
  // What a key was used before it came here is not taken over: its uses are counted from now on.
  std::optional<int64_t> idle_s;
  std::optional<int64_t> frequency;
};

Status ParseOptions(Arguments left, RestoreOptions* options) {
  while (!left.empty()) {
    const Bytes option = left[0];
    size_t taken = 1;
    int64_t number = 0;
    if (IsKeyword(option, "REPLACE")) {
      options->replace = true;
    } else if (IsKeyword(option, "ABSTTL")) {
      options->absolute_time = true;
    } else if (IsKeyword(option, "IDLETIME") && left.size() > 1 && !options->frequency) {
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(left[1], &number));
      if (number < 0) return Status(Code::kInvalid, "Invalid IDLETIME value, must be >= 0");
      options->idle_s = number;
      taken = 2;
    } else if (IsKeyword(option, "FREQ") && left.size() > 1 && !options->idle_s) {
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(left[1], &number));
      if (number < 0 || number > 255) {
        return Status(Code::kInvalid, "Invalid FREQ value, must be >= 0 and <= 255");
      }
      options->frequency = number;
      taken = 2;
    } else {
      return SyntaxError();
    }
    left.remove_prefix(taken);
  }
  return Ok();
}

// Milliseconds from now, or a Unix time; 0 is none.
Status ParseDeadline(CommandContext& context, bool absolute, int64_t* deadline_unix_ms) {
  int64_t milliseconds = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &milliseconds));
  if (milliseconds < 0) return Status(Code::kInvalid, "Invalid TTL value, must be >= 0");
  if (milliseconds == 0) return Ok();
  const int64_t since_unix_ms = absolute ? 0 : context.operation.now_unix_ms();
  return verbs::DeadlineAfter(since_unix_ms, milliseconds, verbs::TimeUnit::kMilliseconds,
                              deadline_unix_ms)
             ? Ok()
             : InvalidExpireTime(context.argument(0));
}

Status Restore(CommandContext& context) {
  RestoreOptions options;
  KONTOR_RETURN_IF_ERROR(ParseOptions(context.arguments.subspan(4), &options));
  const Bytes key = context.argument(1);
  if (!options.replace && verbs::KeyExists(context.operation, key)) {
    return Status(Code::kInvalid, "BUSYKEY Target key name already exists.");
  }
  int64_t deadline_unix_ms = 0;
  KONTOR_RETURN_IF_ERROR(ParseDeadline(context, options.absolute_time, &deadline_unix_ms));
  KONTOR_ASSIGN_OR_RETURN(const RdbValue value, ReadDump(context.argument(3)));
  KONTOR_RETURN_IF_ERROR(verbs::KeyRestore(context.operation, key, value, deadline_unix_ms));
  context.reply.Ok();
  return Ok();
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};

constexpr Command kCommands[] = {
    {"DUMP", 2, kReads, kFirst, Dump, "generic",
     "Answers the value of a key in the format of Redis, for RESTORE.", "key"},
    {"RESTORE", -4, kGrows, kFirst, Restore, "generic",
     "Makes a key out of what DUMP answered, here or in a Redis.",
     "key milliseconds serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]"},
};

}  // namespace

absl::Span<const Command> DumpCommands() { return kCommands; }

}  // namespace kontor
