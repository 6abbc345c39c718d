#include "problem_set.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace judge {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> FilesIn(const fs::path& folder, std::string_view extension) {
  if (!fs::is_directory(folder)) throw std::runtime_error("there is no folder " + folder.string());
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    throw std::runtime_error("there is no " + std::string(extension) + " file in " +
                             folder.string());
  }
  return files;
}

Verdict DeservedBy(const fs::path& program) {
  const std::string name = program.stem().string();
  const std::string kind = name.substr(0, name.find('_'));
  if (kind == "accepted") return Verdict::kAccepted;
  if (kind == "wrong") return Verdict::kWrongAnswer;
  if (kind == "crash") return Verdict::kRuntimeError;
  if (kind == "endless") return Verdict::kTimeLimit;
  if (kind == "broken") return Verdict::kCompileError;
  throw std::runtime_error(program.string() +
                           ": the name must begin with accepted_, wrong_, crash_, endless_ or "
                           "broken_");
}

}  // namespace

ProblemSet::ProblemSet(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    throw std::runtime_error("there is no folder of problems " + folder.string() +
                             "; name one with --problems");
  }
  std::vector<fs::path> problems;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) problems.push_back(entry.path());
  }
  std::sort(problems.begin(), problems.end());
  for (const fs::path& problem : problems) Load(problem);
  if (problems.empty()) throw std::runtime_error("there is no problem in " + folder.string());
}

void ProblemSet::Load(const fs::path& problem) {
  const std::string name = problem.filename().string();
  for (const fs::path& input : FilesIn(problem / "tests", ".in")) {
    fs::path output = input;
    output.replace_extension(".out");
    tests_[name].push_back({input, ReadFile(output)});
  }
  for (const fs::path& program : FilesIn(problem / "programs", ".c")) {
    programs_.push_back({name, program.stem().string(), ReadFile(program), DeservedBy(program)});
  }
}

const std::vector<TestCase>& ProblemSet::TestsOf(std::string_view problem) const {
  const auto found = tests_.find(problem);
  if (found == tests_.end()) {
    throw std::runtime_error("there is no problem called " + std::string(problem));
  }
  return found->second;
}

}  // namespace judge
