#ifndef KONTOR_COMMAND_ARGUMENTS_H_
#define KONTOR_COMMAND_ARGUMENTS_H_

#include <cstdint>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"

namespace kontor {

// What handlers need to read arguments. Every error is worded as Redis words it; a result is set
// only when the answer is Ok().

// Keywords (options, subcommands) are compared without regard to case.
bool IsKeyword(Bytes argument, Bytes keyword);

Status SyntaxError();
// "wrong number of arguments for '...' command". The name is written in lower case.
Status WrongNumberOfArguments(Bytes command);
// "unknown subcommand or wrong number of arguments for '...'. Try <COMMAND> HELP."
Status WrongSubcommandArguments(absl::Span<const Bytes> arguments);
// "unknown subcommand '...'. Try <COMMAND> HELP."
Status UnknownSubcommand(Bytes command, Bytes subcommand);

// "invalid expire time in '...' command".
Status InvalidExpireTime(Bytes command);

// A decimal int64; "value is not an integer or out of range".
Status ParseIntegerArgument(Bytes argument, int64_t* value);
// One that lies in [low, high]; `error` is the text for anything else.
Status ParseIntegerArgument(Bytes argument, int64_t low, int64_t high, Bytes error, int64_t* value);
// How many elements a command answers at random; negative: with repeats, of which the engine limits
// the number ("value is out of range").
Status ParseRandomCountArgument(Bytes argument, int64_t* count);
// What HRANDFIELD and ZRANDMEMBER are asked: "count [WITHVALUES]".
struct RandomCount {
  int64_t count = 1;  // negative: with repeats
  bool with_values = false;
};
Status ParseRandomCountArguments(absl::Span<const Bytes> arguments, Bytes with_values,
                                 RandomCount* wanted);
// An integer that is at least `least`, which is not negative; `error` is the text for anything
// else.
Status ParseCountArgument(Bytes argument, int64_t least, Bytes error, uint64_t* count);
// A double, for a score; `error` is the text for anything else.
Status ParseDoubleArgument(Bytes argument, Bytes error, double* value);
// A number; "value is not a valid float".
Status ParseFloatArgument(Bytes argument, long double* value);
// A logical database; "DB index is out of range".
Status ParseDatabaseArgument(Bytes argument, uint32_t* database);
// A cursor as SCAN and its kin take it; "invalid cursor".
Status ParseCursorArgument(Bytes argument, uint64_t* cursor);
// How long a blocking command waits: seconds with a fraction in the argument, milliseconds in
// *timeout_ms, where 0 seconds become -1 (for ever). Fractions of a millisecond are rounded up, so
// that those of a negative one are for ever, too.
Status ParseTimeoutArgument(Bytes argument, int64_t* timeout_ms);
// The same of one that is told in milliseconds (XREAD).
Status ParseTimeoutMsArgument(Bytes argument, int64_t* timeout_ms);

}  // namespace kontor

#endif  // KONTOR_COMMAND_ARGUMENTS_H_
