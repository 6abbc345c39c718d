#include "engine.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

#include "report.h"
#include "schema.h"
#include "shop.h"

namespace judge {

uint64_t NumberIn(const std::optional<std::string>& value) {
  uint64_t number = 0;
  if (value) std::from_chars(value->data(), value->data() + value->size(), number);
  return number;
}

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kReportInterval = 20ms;

void SendProgress(const Shop& shop, const kontor::Queue& queue, std::string_view kind) {
  const kontor::QueueFigures figures = queue.Figures();
  SendReport(kReportDescriptor, kind,
             {{"submitted", static_cast<int64_t>(shop.submitted)},
              {"judged", static_cast<int64_t>(shop.judged)},
              {"here", static_cast<int64_t>(shop.here)},
              {"compiled", static_cast<int64_t>(shop.compiled)},
              {"stale", static_cast<int64_t>(shop.stale)},
              {"messages", static_cast<int64_t>(shop.messages)},
              {"deliveries", static_cast<int64_t>(shop.deliveries)},
              {"addressed", static_cast<int64_t>(shop.addressed)},
              {"gaps", static_cast<int64_t>(shop.gaps)},
              {"ready", figures.ready},
              {"leased", figures.leased}});
}

// What the directory held, and how long it took to read it.
void SendRecovered(const Shop& shop, Clock::duration opening) {
  SendReport(kReportDescriptor, "recovered",
             {{"submitted", static_cast<int64_t>(shop.submitted)},
              {"judged", static_cast<int64_t>(shop.judged)},
              {"open_us", std::chrono::duration_cast<std::chrono::microseconds>(opening).count()},
              {"records", shop.db.Figure(KONTOR_FIGURE_RECOVERED_RECORDS)},
              {"torn_bytes", shop.db.Figure(KONTOR_FIGURE_RECOVERED_TORN_BYTES)}});
}

// Starts everybody, and looks every moment how far they are.
void JudgeEverything(Shop& shop, uint64_t workers) {
  const kontor::Queue queue(shop.db, kQueue);
  Crew crew;
  crew.Start([&shop](const std::atomic<bool>& stopping, kontor::Waiter& waiter) {
    Follow(shop, stopping, waiter);
  });
  while (!shop.subscribed && crew.failure().empty()) std::this_thread::sleep_for(1ms);
  for (uint64_t producer = 0; producer < kProducers; ++producer) {
    crew.Start([&shop, producer](const std::atomic<bool>& stopping, kontor::Waiter&) {
      Produce(shop, producer, stopping);
    });
  }
  for (uint64_t worker = 0; worker < workers; ++worker) {
    crew.Start([&shop](const std::atomic<bool>& stopping, kontor::Waiter& waiter) {
      Work(shop, stopping, waiter);
    });
  }
  while (shop.judged < shop.plan.size() && crew.failure().empty()) {
    std::this_thread::sleep_for(kReportInterval);
    SendProgress(shop, queue, "progress");
  }
  crew.Stop();
  if (!crew.failure().empty()) throw std::runtime_error(crew.failure());
  SendProgress(shop, queue, "done");
}

void OpenAndJudge(const CommandLine& line) {
  const ProblemSet problems(line.problems);
  const Plan plan(problems, line.submissions, line.seed);
  // A folder of its own: a compiler that outlived the last engine may still be writing into its.
  Runner runner(problems, line.work() / std::to_string(getpid()));
  runner.Probe();

  // ASYNC, the default: a verdict whose commit did not reach the file before the kill is simply
  // found again. What users handed in must not be lost: those commits ask for SYNC.
  const Clock::time_point start = Clock::now();
  kontor::Database db(kontor::Options().SetDirectory(line.data().string()));
  const Clock::duration opening = Clock::now() - start;

  Shop shop{.plan = plan, .db = db, .runner = runner, .flights = {}};
  for (uint64_t producer = 0; producer < kProducers; ++producer) {
    shop.submitted += NumberIn(db.Get(ProducedKey(producer)));
  }
  shop.judged = NumberIn(db.HashGet(kTotals, kJudged));
  SendRecovered(shop, opening);
  JudgeEverything(shop, line.workers);
  db.Close();
}

}  // namespace

int RunEngine(const CommandLine& line) {
  // The programs it runs must not hold the pipe open; and it does not outlive its supervisor.
  fcntl(kReportDescriptor, F_SETFD, FD_CLOEXEC);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    OpenAndJudge(line);
    return 0;
  } catch (const std::exception& error) {
    SendFailure(kReportDescriptor, error.what());
    return 2;
  }
}

}  // namespace judge
