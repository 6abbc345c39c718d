// Runs one program in a child of its own, within limits.
#ifndef JUDGE_CHILD_H_
#define JUDGE_CHILD_H_

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace judge {

struct ChildCommand {
  std::vector<std::string> arguments;    // the first one is looked up in PATH
  std::vector<std::string> environment;  // "NAME=value"
  std::filesystem::path input = "/dev/null";
  bool errors_to_output = false;  // else standard error is thrown away
};

struct ChildLimits {
  // Time on a processor, so that a busy machine does not turn a good program into a slow one.
  std::chrono::milliseconds processor_time;
  // Against programs that sleep.
  std::chrono::milliseconds wall_time;
  size_t output_bytes;
};

enum class Ending { kExited, kSignalled, kTimeLimit, kOutputLimit };

struct ChildResult {
  Ending ending = Ending::kExited;
  int code = 0;        // exit code or signal
  std::string output;  // standard output
};

// Starts the command with posix_spawn in a process group of its own and waits for its end; a child
// that crosses a limit is killed with its whole group. Throws std::system_error if it cannot be
// started.
ChildResult RunChild(const ChildCommand& command, const ChildLimits& limits);

}  // namespace judge

#endif  // JUDGE_CHILD_H_
