// What the command line asks for.
#ifndef JUDGE_OPTIONS_H_
#define JUDGE_OPTIONS_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace judge {

struct CommandLine {
  uint64_t submissions = 6000;
  uint64_t seed = 1;
  uint64_t workers = 4;
  std::filesystem::path directory;  // empty: a temporary one
  std::filesystem::path problems;
  bool keep = false;
  bool help = false;
  bool engine = false;  // this is the engine's process

  std::filesystem::path data() const { return directory / "data"; }
  std::filesystem::path work() const { return directory / "work"; }
  // The arguments, program name included, that start an engine for the same job.
  std::vector<std::string> EngineArguments() const;
};

// Something the user has to say differently.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws UsageError.
CommandLine ParseCommandLine(int argc, char** argv);
std::string UsageText();

}  // namespace judge

#endif  // JUDGE_OPTIONS_H_
