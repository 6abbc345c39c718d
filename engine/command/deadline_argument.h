#ifndef KONTOR_COMMAND_DEADLINE_ARGUMENT_H_
#define KONTOR_COMMAND_DEADLINE_ARGUMENT_H_

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "command/command.h"

namespace kontor {

// The deadline among the options of SET, GETEX, HSETEX and HGETEX.

enum class DeadlineOption {
  kNone,
  kSeconds,
  kMilliseconds,
  kAtSeconds,
  kAtMilliseconds,
  kKeep,
  kPersist
};

struct DeadlineArgument {
  DeadlineOption option = DeadlineOption::kNone;
  Bytes amount;

  // Two different ones contradict each other.
  bool Accept(DeadlineOption offered) {
    if (option != DeadlineOption::kNone && option != offered) return false;
    option = offered;
    return true;
  }
  // Whether it names a deadline, instead of keeping or removing the one there is.
  bool names_deadline() const {
    return option != DeadlineOption::kNone && option != DeadlineOption::kKeep &&
           option != DeadlineOption::kPersist;
  }
};

// Takes the option at *i, and its amount, if it tells a deadline: moves *i to the last argument
// taken. False if it is none, or contradicts an earlier one.
bool TakeDeadlineOption(const CommandContext& context, size_t* i, DeadlineArgument* deadline);

// The deadline of a key that the option names; 0 if it names none.
Status ParseDeadline(const CommandContext& context, const DeadlineArgument& argument,
                     int64_t* deadline_unix_ms);
// The same of a field of a hash: it may have passed (then the field is to go), and must not lie
// behind Hash::kLatestDeadlineUnixMs.
Status ParseFieldDeadline(const CommandContext& context, const DeadlineArgument& argument,
                          int64_t* deadline_unix_ms);

}  // namespace kontor

#endif  // KONTOR_COMMAND_DEADLINE_ARGUMENT_H_
