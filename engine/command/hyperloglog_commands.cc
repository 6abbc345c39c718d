#include <string>

#include "command/arguments.h"
#include "command/command.h"
#include "verbs/hyperloglogs.h"

namespace kontor {
namespace {

Status PfAdd(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const bool changed,
      verbs::HyperLogLogAdd(context.operation, context.argument(1), context.arguments.subspan(2)));
  context.reply.Integer(changed ? 1 : 0);
  return Ok();
}

Status PfCount(CommandContext& context) {
  const Arguments keys = context.arguments.subspan(1);
  KONTOR_ASSIGN_OR_RETURN(const uint64_t count,
                          keys.size() == 1
                              ? verbs::HyperLogLogCount(context.operation, keys.front())
                              : verbs::HyperLogLogCountUnion(context.operation, keys));
  context.reply.Integer(static_cast<int64_t>(count));
  return Ok();
}

Status PfMerge(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(verbs::HyperLogLogMerge(context.operation, context.argument(1),
                                                 context.arguments.subspan(2)));
  context.reply.Ok();
  return Ok();
}

// --- PFDEBUG ---

Status ReplyWithRegisters(CommandContext& context, Bytes key) {
  HyperLogLog::Registers registers{};
  KONTOR_RETURN_IF_ERROR(verbs::HyperLogLogRegisters(context.operation, key, &registers));
  context.reply.Array(registers.size());
  for (const uint8_t value : registers) context.reply.Integer(value);
  return Ok();
}

Status PfDebug(CommandContext& context) {
  const Bytes subcommand = context.argument(1);
  const Bytes key = context.argument(2);
  KONTOR_ASSIGN_OR_RETURN(const bool is_dense, verbs::HyperLogLogIsDense(context.operation, key));
  if (IsKeyword(subcommand, "GETREG")) return ReplyWithRegisters(context, key);
  if (IsKeyword(subcommand, "DECODE")) {
    KONTOR_ASSIGN_OR_RETURN(const std::string text,
                            verbs::HyperLogLogDescribe(context.operation, key));
    context.reply.Bulk(text);
  } else if (IsKeyword(subcommand, "ENCODING")) {
    context.reply.Simple(is_dense ? "dense" : "sparse");
  } else if (IsKeyword(subcommand, "TODENSE")) {
    KONTOR_ASSIGN_OR_RETURN(const bool was_sparse,
                            verbs::HyperLogLogMakeDense(context.operation, key));
    context.reply.Integer(was_sparse ? 1 : 0);
  } else {
    return Status(Code::kInvalid, "Unknown PFDEBUG subcommand '" + std::string(subcommand) + "'");
  }
  return Ok();
}

Status PfSelfTest(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(verbs::HyperLogLogSelfTest());
  context.reply.Ok();
  return Ok();
}

// Of one sketch the estimate may be written, which takes no memory.
Access AccessOfCount(Arguments arguments) {
  return arguments.size() == 2 ? Access::kRelease : Access::kRead;
}

constexpr KeyPositions kOneKey{.first = 1, .last = 1};
constexpr KeyPositions kSecond{.first = 2, .last = 2};
constexpr KeyPositions kAllArguments{.first = 1, .last = -1};

constexpr Command kCommands[] = {
    {"PFADD", -2, kGrows, kOneKey, PfAdd, "hyperloglog",
     "Adds elements to a sketch that estimates how many different ones there were.",
     "key [element [element ...]]"},
    {"PFCOUNT", -2, kReads | kWrites, kAllArguments, PfCount, "hyperloglog",
     "Estimates how many different elements were added to sketches.", "key [key ...]",
     AccessOfCount},
    {"PFDEBUG", 3, kReads | kGrows, kSecond, PfDebug, "hyperloglog",
     "Shows the inside of a sketch, or makes it dense.", "GETREG|DECODE|ENCODING|TODENSE key"},
    {"PFMERGE", -2, kReads | kGrows, kAllArguments, PfMerge, "hyperloglog",
     "Adds to a sketch what was added to others.", "destkey [sourcekey [sourcekey ...]]"},
    {"PFSELFTEST", 1, 0, {}, PfSelfTest, "hyperloglog", "Tests the estimates of sketches.", ""},
};

}  // namespace

absl::Span<const Command> HyperLogLogCommands() { return kCommands; }

}  // namespace kontor
