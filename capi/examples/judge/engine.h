// The process that is killed: an engine with its producers, workers and readers.
#ifndef JUDGE_ENGINE_H_
#define JUDGE_ENGINE_H_

#include "options.h"

namespace judge {

// Where the supervisor puts the pipe for reports.
inline constexpr int kReportDescriptor = 3;

// Works until every submission is judged; returns the exit code of the process.
int RunEngine(const CommandLine& line);

}  // namespace judge

#endif  // JUDGE_ENGINE_H_
