#include "command/arguments.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/letter_case.h"
#include "base/limits.h"
#include "types/number.h"
#include "verbs/keys.h"

namespace kontor {

bool IsKeyword(Bytes argument, Bytes keyword) { return EqualsIgnoreCase(argument, keyword); }

Status SyntaxError() { return Status(Code::kInvalid, "syntax error"); }

Status WrongNumberOfArguments(Bytes command) {
  return Status(Code::kInvalid,
                "wrong number of arguments for '" + ToLowerCase(command) + "' command");
}

Status WrongSubcommandArguments(absl::Span<const Bytes> arguments) {
  return Status(Code::kInvalid, "unknown subcommand or wrong number of arguments for '" +
                                    std::string(arguments[1].substr(0, 128)) + "'. Try " +
                                    ToUpperCase(arguments[0]) + " HELP.");
}

Status UnknownSubcommand(Bytes command, Bytes subcommand) {
  constexpr size_t kLongestEcho = 128;
  return Status(Code::kInvalid, "unknown subcommand '" +
                                    std::string(subcommand.substr(
                                        0, std::min(kLongestEcho, subcommand.find('\0')))) +
                                    "'. Try " + ToUpperCase(command) + " HELP.");
}

Status InvalidExpireTime(Bytes command) {
  return Status(Code::kInvalid, "invalid expire time in '" + ToLowerCase(command) + "' command");
}

Status ParseIntegerArgument(Bytes argument, int64_t* value) {
  if (ParseInteger(argument, value)) return Ok();
  return Status(Code::kNotANumber, "value is not an integer or out of range");
}

Status ParseIntegerArgument(Bytes argument, int64_t low, int64_t high, Bytes error,
                            int64_t* value) {
  int64_t parsed = 0;
  if (!ParseInteger(argument, &parsed)) return Status(Code::kNotANumber, std::string(error));
  if (parsed < low || parsed > high) return Status(Code::kOutOfRange, std::string(error));
  *value = parsed;
  return Ok();
}

Status ParseRandomCountArgument(Bytes argument, int64_t* count) {
  int64_t parsed = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(argument, &parsed));
  if (parsed == INT64_MIN) {
    return Status(Code::kOutOfRange,
                  "value is out of range, value must between -9223372036854775807 and "
                  "9223372036854775807");
  }
  if (parsed < -int64_t{limits::kRandomRepeats}) {
    return Status(Code::kOutOfRange, "value is out of range");
  }
  *count = parsed;
  return Ok();
}

Status ParseRandomCountArguments(absl::Span<const Bytes> arguments, Bytes with_values,
                                 RandomCount* wanted) {
  KONTOR_RETURN_IF_ERROR(ParseRandomCountArgument(arguments[0], &wanted->count));
  wanted->with_values = arguments.size() == 2;
  if (arguments.size() > 2 || (wanted->with_values && !IsKeyword(arguments[1], with_values))) {
    return SyntaxError();
  }
  const bool too_many = wanted->with_values && wanted->count > INT64_MAX / 2;
  return too_many ? Status(Code::kOutOfRange, "value is out of range") : Ok();
}

Status ParseCountArgument(Bytes argument, int64_t least, Bytes error, uint64_t* count) {
  int64_t number = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(argument, least, INT64_MAX, error, &number));
  *count = static_cast<uint64_t>(number);
  return Ok();
}

Status ParseDoubleArgument(Bytes argument, Bytes error, double* value) {
  if (ParseDouble(argument, value)) return Ok();
  return Status(Code::kNotANumber, std::string(error));
}

Status ParseFloatArgument(Bytes argument, long double* value) {
  if (ParseFloat(argument, value)) return Ok();
  return Status(Code::kNotANumber, "value is not a valid float");
}

Status ParseDatabaseArgument(Bytes argument, uint32_t* database) {
  int64_t index = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(argument, &index));
  constexpr int64_t kLow = std::numeric_limits<int32_t>::min();
  constexpr int64_t kHigh = std::numeric_limits<int32_t>::max();
  if (index < kLow || index > kHigh) {
    return Status(Code::kOutOfRange, "value is out of range, value must between " +
                                         FormatInteger(kLow) + " and " + FormatInteger(kHigh));
  }
  return verbs::CheckDatabase(index, database);
}

Status ParseCursorArgument(Bytes argument, uint64_t* cursor) {
  if (ParseUnsigned(argument, cursor)) return Ok();
  return Status(Code::kInvalid, "invalid cursor");
}

// A thousand centuries: beyond any wait, and far from where adding it to a clock overflows.
static constexpr int64_t kLongestMs = 3'200'000'000'000'000;

Status ParseTimeoutArgument(Bytes argument, int64_t* timeout_ms) {
  long double seconds = 0;
  if (!ParseFloat(argument, &seconds)) {
    return Status(Code::kNotANumber, "timeout is not a float or out of range");
  }
  // Rounded before its sign is looked at, and called negative where it overflows: as Redis does.
  const long double rounded_ms = std::ceil(seconds * 1000);
  constexpr long double kOverflowMs = 0x1p63L;
  if (rounded_ms < 0 || rounded_ms >= kOverflowMs) {
    return Status(Code::kOutOfRange, "timeout is negative");
  }
  const auto longest_ms = static_cast<long double>(kLongestMs);
  *timeout_ms = rounded_ms == 0 ? -1 : static_cast<int64_t>(std::min(rounded_ms, longest_ms));
  return Ok();
}

Status ParseTimeoutMsArgument(Bytes argument, int64_t* timeout_ms) {
  int64_t parsed = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(
      argument, INT64_MIN, INT64_MAX, "timeout is not an integer or out of range", &parsed));
  if (parsed < 0) return Status(Code::kOutOfRange, "timeout is negative");
  *timeout_ms = parsed == 0 ? -1 : std::min(parsed, kLongestMs);
  return Ok();
}

}  // namespace kontor
