#include "options.h"

#include <charconv>
#include <string_view>

namespace judge {
namespace {

uint64_t ParseNumber(std::string_view option, std::string_view text, uint64_t minimum,
                     uint64_t maximum) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < minimum ||
      value > maximum) {
    throw UsageError(std::string(option) + " takes a number from " + std::to_string(minimum) +
                     " to " + std::to_string(maximum) + ", not '" + std::string(text) + "'");
  }
  return value;
}

}  // namespace

CommandLine ParseCommandLine(int argc, char** argv) {
  CommandLine line;
  line.problems = JUDGE_PROBLEMS;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const auto value = [&]() -> std::string_view {
      if (++i >= argc) throw UsageError(std::string(option) + " needs a value");
      return argv[i];
    };
    if (option == "--submissions") {
      line.submissions = ParseNumber(option, value(), 100, 1'000'000);
    } else if (option == "--seed") {
      line.seed = ParseNumber(option, value(), 0, UINT64_MAX);
    } else if (option == "--workers") {
      line.workers = ParseNumber(option, value(), 1, 64);
    } else if (option == "--dir") {
      line.directory = value();
    } else if (option == "--problems") {
      line.problems = value();
    } else if (option == "--keep") {
      line.keep = true;
    } else if (option == "--help" || option == "-h") {
      line.help = true;
    } else if (option == "--engine") {
      line.engine = true;
    } else {
      throw UsageError("unknown option '" + std::string(option) + "'");
    }
  }
  return line;
}

std::vector<std::string> CommandLine::EngineArguments() const {
  return {"judge",  "--engine",           "--submissions", std::to_string(submissions),
          "--seed", std::to_string(seed), "--workers",     std::to_string(workers),
          "--dir",  directory.string(),   "--problems",    problems.string()};
}

std::string UsageText() {
  return "usage: judge [option...]\n"
         "Judges real C programs with a Kontor engine that is killed half way and started again,\n"
         "then checks that nothing was lost and nothing happened twice.\n"
         "  --submissions N  how many (default 6000, at least 100)\n"
         "  --seed S         which ones (default 1)\n"
         "  --workers N      threads that judge (default 4)\n"
         "  --dir D          keeps the data in D, which must be empty or new\n"
         "                   (default: a new folder in TMPDIR or /tmp)\n"
         "  --problems D     the folder of problems\n"
         "  --keep           leaves the data where they are\n"
         "Exit code: 0 if the ledger balances, 1 if it does not, 2 if the job could not be done.\n";
}

}  // namespace judge
