#include "supervisor.h"

#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>

#include "books.h"
#include "display.h"
#include "engine_process.h"
#include "scratch_folder.h"
#include "statistics.h"

namespace judge {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// An engine that says nothing new for so long is stuck.
constexpr auto kPatience = 60s;
// The engine is killed once this share of the submissions is judged.
constexpr uint64_t kKillPercent = 45;

volatile sig_atomic_t interrupted = 0;

void OnSignal(int) { interrupted = 1; }

void CatchSignals() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Listens until the engine has ended, or `enough` says so of a report.
void Listen(EngineProcess& engine, const std::function<bool(const Report&)>& enough) {
  int64_t judged = -1;
  Clock::time_point last_progress = Clock::now();
  while (!engine.ended()) {
    const std::optional<Report> report = engine.Next(100ms);
    if (interrupted) throw std::runtime_error("interrupted");
    if (Clock::now() - last_progress > kPatience) {
      throw std::runtime_error("the engine's process is stuck: no new verdict for a minute");
    }
    if (!report) continue;
    if (report->kind == "failed") throw std::runtime_error("the engine failed: " + report->text);
    if ((*report)["judged"] != judged) {
      judged = (*report)["judged"];
      last_progress = Clock::now();
    }
    if (enough(*report)) return;
  }
}

class Run {
 public:
  explicit Run(const CommandLine& line)
      : line_(line), display_(line.submissions), start_(Clock::now()) {}

  // Until enough is judged; then the kill.
  void FirstEngine() {
    EngineProcess engine(line_);
    const int64_t enough = static_cast<int64_t>(line_.submissions * kKillPercent / 100);
    Listen(engine, [&](const Report& report) {
      if (report.kind == "progress") {
        witness_.before = report;
        display_.Show(report);
      }
      return report["judged"] >= enough;
    });
    killed_at_ = Clock::now();
    engine.Kill();
    // What it said with its last breath counts as well.
    Listen(engine, [&](const Report& report) {
      if (report.kind == "progress") witness_.before = report;
      return false;
    });
    const int status = engine.Wait();
    witness_.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    display_.Say("-- SIGKILL to the engine's process, " +
                 std::to_string(witness_.before["leased"]) + " submissions in the workers' hands");
  }

  // Until everything is judged.
  void SecondEngine() {
    EngineProcess engine(line_);
    Listen(engine, [&](const Report& report) {
      if (report.kind == "recovered") Recovered(report);
      if (report["here"] > 0 && timing_.first_verdict_ms == 0) {
        timing_.first_verdict_ms = MillisecondsSince(killed_at_);
      }
      if (report.kind == "progress") display_.Show(report);
      if (report.kind == "done") {
        witness_.done = report;
        timing_.total_s = MillisecondsSince(start_) / 1000;
      }
      return false;
    });
    const int status = engine.Wait();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || witness_.done.kind.empty()) {
      throw std::runtime_error("the second engine's process ended before its work was done");
    }
  }

  // Reads the store in this process, which was never killed.
  bool Ledger() {
    const ProblemSet problems(line_.problems);
    const Plan plan(problems, line_.submissions, line_.seed);
    std::vector<Submission> submissions;
    for (uint64_t number = 0; number < plan.size(); ++number)
      submissions.push_back(plan.At(number));
    kontor::Database db(kontor::Options().SetDirectory(line_.data().string()));
    const Books books = ReadBooks(db, plan.size());
    const std::vector<Entry> entries = CheckLedger(submissions, books, witness_);
    db.Close();

    std::string text = "\nThe ledger\n";
    for (const Entry& entry : entries) {
      text += (entry.holds ? "  ok     " : "  WRONG  ") + entry.text + "\n";
    }
    text += Balances(entries) ? "  It balances.\n" : "  IT DOES NOT BALANCE.\n";
    text += "\nFigures: " + std::to_string(plan.distinct_programs()) + " programs for " +
            std::to_string(problems.size()) + " problems, " + std::to_string(line_.workers) +
            " workers\n" + FiguresTable(submissions, books, witness_, timing_);
    std::fputs(text.c_str(), stdout);
    return Balances(entries);
  }

 private:
  void Recovered(const Report& report) {
    witness_.recovered = report;
    timing_.open_ms = static_cast<double>(report["open_us"]) / 1000;
    display_.Say("-- started again: " + std::to_string(report["submitted"]) + " handed in, " +
                 std::to_string(report["judged"]) + " judged");
  }

  const CommandLine& line_;
  Display display_;
  const Clock::time_point start_;
  Clock::time_point killed_at_;
  Witness witness_;
  Timing timing_;
};

}  // namespace

int Supervise(CommandLine line) {
  CatchSignals();
  const ScratchFolder folder(line);
  std::printf("%llu submissions, seed %llu, data in %s\n",
              static_cast<unsigned long long>(line.submissions),
              static_cast<unsigned long long>(line.seed), line.directory.c_str());
  Run run(line);
  run.FirstEngine();
  run.SecondEngine();
  return run.Ledger() ? 0 : 1;
}

}  // namespace judge
