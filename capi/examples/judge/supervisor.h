// The process that starts the engine, kills it, starts it again and checks the ledger.
#ifndef JUDGE_SUPERVISOR_H_
#define JUDGE_SUPERVISOR_H_

#include "options.h"

namespace judge {

// Returns the exit code of the program. Throws what prevents the job from being done.
int Supervise(CommandLine line);

}  // namespace judge

#endif  // JUDGE_SUPERVISOR_H_
