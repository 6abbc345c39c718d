#ifndef KONTOR_VERBS_ATTEMPT_UNTIL_DONE_H_
#define KONTOR_VERBS_ATTEMPT_UNTIL_DONE_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "base/waiter.h"
#include "txn/execute.h"

namespace kontor::verbs {

// Attempts until the answer is another one than kAgain, and waits in between. An attempt that
// answers kAgain has put `waiter` where it is notified of what it lacks; `retry_ms` is when another
// one is worthwhile although nobody notifies it, < 0: never. kTimeout, kInterrupted, kClosed.
Status AttemptUntilDone(const WaitOptions& wait, Waiter* waiter,
                        absl::FunctionRef<Status(int64_t* retry_ms)> attempt);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_ATTEMPT_UNTIL_DONE_H_
