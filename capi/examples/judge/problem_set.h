// The problems that are judged: tests, and programs of every kind that people hand in.
#ifndef JUDGE_PROBLEM_SET_H_
#define JUDGE_PROBLEM_SET_H_

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "verdict.h"

namespace judge {

struct TestCase {
  std::filesystem::path input;
  std::string expected;
};

struct Program {
  std::string problem;
  std::string name;
  std::string source;
  Verdict deserved;  // what it must be told
};

class ProblemSet {
 public:
  // Reads <folder>/<problem>/tests/<n>.in and .out, and <problem>/programs/<kind>_<name>.c, where
  // the kind is accepted, wrong, crash, endless or broken. Throws std::runtime_error that names
  // what is missing.
  explicit ProblemSet(const std::filesystem::path& folder);

  // In the order of their names.
  const std::vector<Program>& programs() const { return programs_; }
  // Throws std::runtime_error if there is no such problem.
  const std::vector<TestCase>& TestsOf(std::string_view problem) const;
  size_t size() const { return tests_.size(); }

 private:
  void Load(const std::filesystem::path& problem);

  std::map<std::string, std::vector<TestCase>, std::less<>> tests_;
  std::vector<Program> programs_;
};

}  // namespace judge

#endif  // JUDGE_PROBLEM_SET_H_
