#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "command/arguments.h"
#include "command/command.h"
#include "types/number.h"
#include "verbs/bitmaps.h"
#include "verbs/strings.h"

namespace kontor {
namespace {

using verbs::BitFieldStep;
using verbs::BitRange;

// --- Arguments ---

// An offset in bits, or "#3": in fields of so many bits. 0 `field_bits` allows no "#".
Status ParseBitOffset(Bytes argument, unsigned field_bits, uint64_t* offset) {
  const bool in_fields = field_bits != 0 && argument.substr(0, 1) == "#";
  const int64_t unit = in_fields ? field_bits : 1;
  constexpr int64_t kEnd = int64_t{limits::kValueBytes} * 8;
  int64_t number = 0;
  const bool parsed = ParseInteger(argument.substr(in_fields ? 1 : 0), &number);
  if (!parsed || number < 0 || number > (kEnd - 1) / unit) {
    return Status(Code::kOutOfRange, "bit offset is not an integer or out of range");
  }
  *offset = static_cast<uint64_t>(number * unit);
  return Ok();
}

// "u8", "i64".
Status ParseBitFieldType(Bytes argument, BitField* field) {
  const Bytes sign = argument.substr(0, 1);
  field->has_sign = sign == "i";
  int64_t bits = 0;
  const bool parsed = (sign == "i" || sign == "u") && ParseInteger(argument.substr(1), &bits);
  if (!parsed || bits < 1 || bits > (field->has_sign ? 64 : 63)) {
    return Status(Code::kInvalid,
                  "Invalid bitfield type. Use something like i16 u8. Note that u64 is not "
                  "supported but i64 is.");
  }
  field->bits = static_cast<unsigned>(bits);
  return Ok();
}

Status ParseUnit(Bytes argument, BitRange* range) {
  range->in_bits = IsKeyword(argument, "BIT");
  return range->in_bits || IsKeyword(argument, "BYTE") ? Ok() : SyntaxError();
}

// --- Single bits ---

Status GetBit(CommandContext& context) {
  uint64_t offset = 0;
  KONTOR_RETURN_IF_ERROR(ParseBitOffset(context.argument(2), 0, &offset));
  KONTOR_ASSIGN_OR_RETURN(const bool bit,
                          verbs::BitGet(context.operation, context.argument(1), offset));
  context.reply.Integer(bit ? 1 : 0);
  return Ok();
}

Status SetBit(CommandContext& context) {
  uint64_t offset = 0;
  int64_t bit = 0;
  KONTOR_RETURN_IF_ERROR(ParseBitOffset(context.argument(2), 0, &offset));
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(3), 0, 1,
                                              "bit is not an integer or out of range", &bit));
  KONTOR_ASSIGN_OR_RETURN(const bool old,
                          verbs::BitSet(context.operation, context.argument(1), offset, bit != 0));
  context.reply.Integer(old ? 1 : 0);
  return Ok();
}

// --- Counting and finding ---

// As in Redis, the key is looked at first, and the unit not at all if both ends are negative and
// select nothing.
Status ParseCountRange(const CommandContext& context, BitRange* range) {
  if (context.size() == 2) return Ok();
  if (context.size() != 4 && context.size() != 5) return SyntaxError();
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &range->start));
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(3), &range->end));
  const bool is_empty = range->start < 0 && range->end < 0 && range->start > range->end;
  return context.size() == 4 || is_empty ? Ok() : ParseUnit(context.argument(4), range);
}

Status BitCount(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const auto held,
                          verbs::StringGet(context.operation, context.argument(1)));
  BitRange range;
  if (held) KONTOR_RETURN_IF_ERROR(ParseCountRange(context, &range));
  KONTOR_ASSIGN_OR_RETURN(const uint64_t count,
                          verbs::BitCount(context.operation, context.argument(1), range));
  context.reply.Integer(static_cast<int64_t>(count));
  return Ok();
}

Status ParsePositionRange(const CommandContext& context, BitRange* range) {
  if (context.size() > 6) return SyntaxError();
  if (context.size() > 3) {
    KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(3), &range->start));
  }
  if (context.size() > 5) KONTOR_RETURN_IF_ERROR(ParseUnit(context.argument(5), range));
  if (context.size() > 4) {
    KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(4), &range->end));
  }
  return Ok();
}

Status BitPos(CommandContext& context) {
  int64_t bit = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &bit));
  if (bit != 0 && bit != 1) {
    return Status(Code::kOutOfRange, "The bit argument must be 1 or 0.");
  }
  // Where there is no key, the range does not matter.
  KONTOR_ASSIGN_OR_RETURN(const auto held,
                          verbs::StringGet(context.operation, context.argument(1)));
  BitRange range;
  if (held) KONTOR_RETURN_IF_ERROR(ParsePositionRange(context, &range));
  KONTOR_ASSIGN_OR_RETURN(const int64_t position,
                          verbs::BitPosition(context.operation, context.argument(1), bit != 0,
                                             range, /*open_ended=*/context.size() < 5));
  context.reply.Integer(position);
  return Ok();
}

// --- Combining ---

std::optional<BitOperation> ParseBitOperation(Bytes argument) {
  static constexpr std::pair<Bytes, BitOperation> kOperations[] = {
      {"AND", BitOperation::kAnd},
      {"OR", BitOperation::kOr},
      {"XOR", BitOperation::kXor},
      {"NOT", BitOperation::kNot},
  };
  for (const auto& [keyword, operation] : kOperations) {
    if (IsKeyword(argument, keyword)) return operation;
  }
  return std::nullopt;
}

Status BitOp(CommandContext& context) {
  const std::optional<BitOperation> combine = ParseBitOperation(context.argument(1));
  if (!combine) return SyntaxError();
  if (*combine == BitOperation::kNot && context.size() != 4) {
    return Status(Code::kInvalid, "BITOP NOT must be called with a single source key.");
  }
  KONTOR_ASSIGN_OR_RETURN(const uint64_t length,
                          verbs::BitCombine(context.operation, *combine, context.argument(2),
                                            context.arguments.subspan(3)));
  context.reply.Integer(static_cast<int64_t>(length));
  return Ok();
}

// --- Fields ---

Status ParseOverflow(Bytes argument, BitOverflow* overflow) {
  if (IsKeyword(argument, "WRAP")) {
    *overflow = BitOverflow::kWrap;
  } else if (IsKeyword(argument, "SAT")) {
    *overflow = BitOverflow::kSaturate;
  } else if (IsKeyword(argument, "FAIL")) {
    *overflow = BitOverflow::kFail;
  } else {
    return Status(Code::kInvalid, "Invalid OVERFLOW type specified");
  }
  return Ok();
}

// The action that `keyword` names, if as many arguments follow as it takes.
std::optional<BitFieldStep::Action> ParseAction(Bytes keyword, size_t following) {
  using Action = BitFieldStep::Action;
  if (IsKeyword(keyword, "GET") && following >= 2) return Action::kGet;
  if (IsKeyword(keyword, "SET") && following >= 3) return Action::kSet;
  if (IsKeyword(keyword, "INCRBY") && following >= 3) return Action::kIncrement;
  return std::nullopt;
}

Status ParseSteps(const CommandContext& context, std::vector<BitFieldStep>* steps) {
  BitOverflow overflow = BitOverflow::kWrap;
  for (size_t i = 2; i < context.size();) {
    const size_t following = context.size() - i - 1;
    if (IsKeyword(context.argument(i), "OVERFLOW") && following >= 1) {
      KONTOR_RETURN_IF_ERROR(ParseOverflow(context.argument(i + 1), &overflow));
      i += 2;
      continue;
    }
    const auto action = ParseAction(context.argument(i), following);
    if (!action) return SyntaxError();
    BitFieldStep step{.action = *action, .field = {}, .overflow = overflow};
    KONTOR_RETURN_IF_ERROR(ParseBitFieldType(context.argument(i + 1), &step.field));
    KONTOR_RETURN_IF_ERROR(
        ParseBitOffset(context.argument(i + 2), step.field.bits, &step.field.offset));
    if (step.writes()) {
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(i + 3), &step.number));
    }
    steps->push_back(step);
    i += step.writes() ? 4 : 3;
  }
  return Ok();
}

Status RunBitFields(CommandContext& context, bool read_only) {
  std::vector<BitFieldStep> steps;
  KONTOR_RETURN_IF_ERROR(ParseSteps(context, &steps));
  const bool writes =
      std::any_of(steps.begin(), steps.end(), [](const auto& step) { return step.writes(); });
  if (read_only && writes) {
    return Status(Code::kInvalid, "BITFIELD_RO only supports the GET subcommand");
  }
  KONTOR_ASSIGN_OR_RETURN(const auto answers,
                          verbs::BitFields(context.operation, context.argument(1), steps));
  context.reply.Array(answers.size());
  for (const std::optional<int64_t>& answer : answers) {
    answer ? context.reply.Integer(*answer) : context.reply.Null();
  }
  return Ok();
}

Status BitFieldCommand(CommandContext& context) { return RunBitFields(context, false); }
Status BitFieldRo(CommandContext& context) { return RunBitFields(context, true); }

// One that only gets is a read. These keywords stand nowhere else in what is well-formed.
Access AccessOfBitField(Arguments arguments) {
  const bool writes = std::any_of(arguments.begin(), arguments.end(), [](Bytes argument) {
    return IsKeyword(argument, "SET") || IsKeyword(argument, "INCRBY");
  });
  return writes ? Access::kWrite : Access::kRead;
}

constexpr KeyPositions kOneKey{.first = 1, .last = 1};
constexpr KeyPositions kFromSecond{.first = 2, .last = -1};

constexpr Command kCommands[] = {
    {"BITCOUNT", -2, kReads, kOneKey, BitCount, "bitmap",
     "Counts the set bits of a string, or of a part of it.", "key [start end [BYTE|BIT]]"},
    {"BITFIELD", -2, kReads | kGrows, kOneKey, BitFieldCommand, "bitmap",
     "Reads, sets and adds to integers of any width anywhere in a string.",
     "key [<GET encoding offset | [OVERFLOW WRAP|SAT|FAIL] <SET encoding offset value | INCRBY "
     "encoding offset increment>> ...]",
     AccessOfBitField},
    {"BITFIELD_RO", -2, kReads, kOneKey, BitFieldRo, "bitmap",
     "Reads integers of any width anywhere in a string.", "key [GET encoding offset ...]"},
    {"BITOP", -4, kReads | kGrows, kFromSecond, BitOp, "bitmap",
     "Combines strings bit by bit, stores the result and answers its length.",
     "AND|OR|XOR|NOT destkey key [key ...]"},
    {"BITPOS", -3, kReads, kOneKey, BitPos, "bitmap",
     "Answers where the first bit of a value is in a string.", "key bit [start [end [BYTE|BIT]]]"},
    {"GETBIT", 3, kReads, kOneKey, GetBit, "bitmap", "Answers a bit of a string.", "key offset"},
    {"SETBIT", 4, kReads | kGrows, kOneKey, SetBit, "bitmap",
     "Sets or clears a bit of a string and answers what it was.", "key offset value"},
};

}  // namespace

absl::Span<const Command> BitmapCommands() { return kCommands; }

}  // namespace kontor
