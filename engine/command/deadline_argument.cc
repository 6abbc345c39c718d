#include "command/deadline_argument.h"

#include <utility>

#include "command/arguments.h"
#include "types/hash.h"
#include "verbs/expiry.h"

namespace kontor {
namespace {

// False if it does not fit into int64 milliseconds.
bool DeadlineOf(const CommandContext& context, DeadlineOption option, int64_t amount,
                int64_t* deadline_unix_ms) {
  const bool relative =
      option == DeadlineOption::kSeconds || option == DeadlineOption::kMilliseconds;
  const bool seconds = option == DeadlineOption::kSeconds || option == DeadlineOption::kAtSeconds;
  const auto unit = seconds ? verbs::TimeUnit::kSeconds : verbs::TimeUnit::kMilliseconds;
  const int64_t since_unix_ms = relative ? context.operation.now_unix_ms() : 0;
  return verbs::DeadlineAfter(since_unix_ms, amount, unit, deadline_unix_ms);
}

}  // namespace

bool TakeDeadlineOption(const CommandContext& context, size_t* i, DeadlineArgument* deadline) {
  static constexpr std::pair<Bytes, DeadlineOption> kOptions[] = {
      {"EX", DeadlineOption::kSeconds},
      {"PX", DeadlineOption::kMilliseconds},
      {"EXAT", DeadlineOption::kAtSeconds},
      {"PXAT", DeadlineOption::kAtMilliseconds},
  };
  for (const auto& [keyword, option] : kOptions) {
    if (!IsKeyword(context.argument(*i), keyword)) continue;
    if (*i + 1 >= context.size() || !deadline->Accept(option)) return false;
    deadline->amount = context.argument(++*i);
    return true;
  }
  return false;
}

Status ParseDeadline(const CommandContext& context, const DeadlineArgument& argument,
                     int64_t* deadline_unix_ms) {
  *deadline_unix_ms = 0;
  if (!argument.names_deadline()) return Ok();
  int64_t amount = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(argument.amount, &amount));
  if (amount <= 0 || !DeadlineOf(context, argument.option, amount, deadline_unix_ms)) {
    return InvalidExpireTime(context.argument(0));
  }
  return Ok();
}

Status ParseFieldDeadline(const CommandContext& context, const DeadlineArgument& argument,
                          int64_t* deadline_unix_ms) {
  *deadline_unix_ms = 0;
  if (!argument.names_deadline()) return Ok();
  int64_t amount = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(argument.amount, &amount));
  if (amount < 0) return Status(Code::kInvalid, "invalid expire time, must be >= 0");
  if (!DeadlineOf(context, argument.option, amount, deadline_unix_ms) ||
      *deadline_unix_ms > Hash::kLatestDeadlineUnixMs) {
    return InvalidExpireTime(context.argument(0));
  }
  return Ok();
}

}  // namespace kontor
