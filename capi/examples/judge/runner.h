// Compiles a program and runs it on the tests of its problem.
#ifndef JUDGE_RUNNER_H_
#define JUDGE_RUNNER_H_

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "problem_set.h"
#include "verdict.h"

namespace judge {

// Used by any number of threads at once.
class Runner {
 public:
  // `problems` must outlive the runner; `work` is a folder of its own for sources and programs.
  Runner(const ProblemSet& problems, std::filesystem::path work);

  // Throws std::runtime_error, saying what to do, if programs cannot be compiled or run here.
  void Probe();
  // Throws std::runtime_error for an unknown problem, std::system_error if nothing can be started.
  Verdict Judge(const std::string& problem, const std::string& source);

 private:
  bool Compile(const std::filesystem::path& source, const std::filesystem::path& program,
               std::string* messages) const;
  Verdict RunTests(const std::filesystem::path& program, const std::vector<TestCase>& tests) const;

  const ProblemSet& problems_;
  const std::filesystem::path work_;
  std::vector<std::string> compiler_environment_;
  std::atomic<uint64_t> next_name_{0};
};

}  // namespace judge

#endif  // JUDGE_RUNNER_H_
