#include "runner.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "child.h"

namespace judge {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr ChildLimits kCompileLimits = {milliseconds(10'000), milliseconds(60'000), 1 << 20};
constexpr ChildLimits kRunLimits = {milliseconds(200), milliseconds(10'000), 1 << 20};

// Limits that hold also if the judge itself is killed: no core file, two seconds of processor time,
// 512 MiB of memory, 8 MiB of files.
constexpr const char* kLaunch =
    "ulimit -c 0; ulimit -t 2; ulimit -v 524288; ulimit -f 16384; exec \"$0\"";

const char* Compiler() {
  const char* chosen = std::getenv("CC");
  return chosen != nullptr && *chosen != '\0' ? chosen : "cc";
}

// A source and the program made from it, removed at the end.
class Workpiece {
 public:
  Workpiece(const fs::path& folder, uint64_t name, const std::string& text)
      : source(folder / (std::to_string(name) + ".c")), program(folder / std::to_string(name)) {
    std::ofstream file(source, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw std::runtime_error("cannot write " + source.string());
  }
  Workpiece(const Workpiece&) = delete;
  Workpiece& operator=(const Workpiece&) = delete;
  ~Workpiece() {
    std::error_code ignored;  // the whole folder goes at the end
    fs::remove(source, ignored);
    fs::remove(program, ignored);
  }
  const fs::path source;
  const fs::path program;
};

std::string_view WithoutTrailingSpace(std::string_view text) {
  const size_t last = text.find_last_not_of(" \n\r\t");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

Runner::Runner(const ProblemSet& problems, fs::path work)
    : problems_(problems), work_(std::move(work)) {
  fs::create_directories(work_);
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with("TMPDIR=")) {
      compiler_environment_.emplace_back(*variable);
    }
  }
  // A compiler that is killed with its judge leaves nothing elsewhere.
  compiler_environment_.push_back("TMPDIR=" + work_.string());
}

bool Runner::Compile(const fs::path& source, const fs::path& program, std::string* messages) const {
  const ChildResult result = RunChild(
      {.arguments = {Compiler(), "-std=c11", "-O1", "-w", "-o", program.string(), source.string()},
       .environment = compiler_environment_,
       .errors_to_output = true},
      kCompileLimits);
  if (messages != nullptr) *messages = result.output;
  return result.ending == Ending::kExited && result.code == 0;
}

Verdict Runner::RunTests(const fs::path& program, const std::vector<TestCase>& tests) const {
  for (const TestCase& test : tests) {
    const ChildResult result = RunChild({.arguments = {"/bin/sh", "-c", kLaunch, program.string()},
                                         .environment = {},
                                         .input = test.input},
                                        kRunLimits);
    if (result.ending == Ending::kTimeLimit) return Verdict::kTimeLimit;
    if (result.ending == Ending::kSignalled) return Verdict::kRuntimeError;
    if (result.ending == Ending::kExited && result.code != 0) return Verdict::kRuntimeError;
    if (WithoutTrailingSpace(result.output) != WithoutTrailingSpace(test.expected)) {
      return Verdict::kWrongAnswer;
    }
  }
  return Verdict::kAccepted;
}

Verdict Runner::Judge(const std::string& problem, const std::string& source) {
  const std::vector<TestCase>& tests = problems_.TestsOf(problem);
  const Workpiece piece(work_, next_name_++, source);
  if (!Compile(piece.source, piece.program, nullptr)) return Verdict::kCompileError;
  return RunTests(piece.program, tests);
}

void Runner::Probe() {
  const Workpiece piece(work_, next_name_++, "int main(void) { return 0; }\n");
  std::string messages;
  if (!Compile(piece.source, piece.program, &messages)) {
    throw std::runtime_error(std::string("the C compiler '") + Compiler() +
                             "' does not work; set CC to one that does. It said: " + messages);
  }
  if (RunTests(piece.program, {{"/dev/null", ""}}) != Verdict::kAccepted) {
    throw std::runtime_error("programs cannot be run in " + work_.string() +
                             "; name a folder where they can with --dir");
  }
}

}  // namespace judge
