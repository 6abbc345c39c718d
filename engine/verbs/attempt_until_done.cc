#include "verbs/attempt_until_done.h"

#include <algorithm>

namespace kontor::verbs {
namespace {

// The shorter of two waits, where < 0 is for ever.
int64_t Sooner(int64_t a_ms, int64_t b_ms) {
  if (a_ms < 0) return b_ms;
  return b_ms < 0 ? a_ms : std::min(a_ms, b_ms);
}

Status CheckHandle(const WaitOptions& wait) {
  const bool closed = wait.closed != nullptr && wait.closed->load(std::memory_order_acquire);
  return closed ? Status(Code::kClosed, "the handle was closed") : Ok();
}

}  // namespace

Status AttemptUntilDone(const WaitOptions& wait, Waiter* waiter,
                        absl::FunctionRef<Status(int64_t* retry_ms)> attempt) {
  const Countdown countdown(*wait.timeout_ms);
  while (true) {
    KONTOR_RETURN_IF_ERROR(CheckHandle(wait));
    int64_t retry_ms = -1;
    Status status = attempt(&retry_ms);
    if (status.code() != Code::kAgain) return status;
    // Only now, in line, it is sure to be woken by whoever closes the handle.
    KONTOR_RETURN_IF_ERROR(CheckHandle(wait));
    const int64_t remaining_ms = countdown.RemainingMs();
    if (remaining_ms == 0) return Status(Code::kTimeout, "nothing came within the timeout");
    if (waiter->Wait(Sooner(remaining_ms, retry_ms)) == WakeReason::kInterrupted) {
      return Status(Code::kInterrupted, "the wait was interrupted");
    }
  }
}

}  // namespace kontor::verbs
