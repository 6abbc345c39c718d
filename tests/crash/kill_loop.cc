// Kills a writing process with SIGKILL again and again, and checks after each kill what the next
// one finds: every commit that was acknowledged as durable is there, every transaction is there
// whole or not at all, and what survived is a prefix of what was done. KONTOR_CRASH_KILLS says how
// often (default 25), KONTOR_SEED replays the moments.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <kontor/kontor.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace {

using std::chrono::milliseconds;

// ------------------------------------------------------------- the child --

int64_t Number(const std::optional<std::string>& text) {
  return text.has_value() ? std::stoll(*text) : 0;
}

kontor::Options Options(const char* directory) {
  kontor::Options options;
  options.SetDirectory(directory).SetDurability(kontor::Durability::kAsync);
  // Small, so that snapshots happen under the writers' feet.
  options.SetNumber(KONTOR_OPTION_SNAPSHOT_MIN_JOURNAL_BYTES, 65536);
  return options;
}

// One step is one commit over a counter, a list, a hash, a key and a queue.
void Produce(kontor::Database& db, int64_t step, bool durable) {
  kontor::Queue queue(db, "jobs");
  const std::string text = std::to_string(step);
  kontor::Transaction txn(db);
  txn.Increment("produced");
  txn.ListPush("log", kontor::Side::kBack, text);
  txn.HashSet("steps", text, text);
  txn.Set("last", text);
  txn.Enqueue(queue, text);
  if (durable) txn.SetDurability(kontor::Durability::kSync);
  txn.Commit();
}

// Takes jobs and commits {acknowledge, result, count} in one.
void Consume(kontor::Database& db) {
  kontor::Queue queue(db, "jobs");
  while (true) {
    std::optional<kontor::Message> message = queue.Take(milliseconds(50));
    if (!message.has_value()) continue;
    kontor::Transaction txn(db);
    txn.Acknowledge(queue, *message);
    txn.HashIncrement("results", message->body(), 1);
    txn.Increment("consumed");
    txn.Commit();
  }
}

// Writes until killed; tells on the pipe which step is durable.
[[noreturn]] void RunChild(const char* directory, int pipe_end) {
  kontor::Database db(Options(directory));
  std::thread consumer([&db] { Consume(db); });
  for (int64_t step = Number(db.Get("produced")) + 1;; ++step) {
    const bool durable = step % 7 == 0;
    Produce(db, step, durable);
    if (durable && write(pipe_end, &step, sizeof(step)) != sizeof(step)) std::abort();
  }
}

// ------------------------------------------------------------ the parent --

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

void Require(bool holds, const std::string& what) {
  if (!holds) Fail(what);
}

struct Child {
  pid_t pid = 0;
  int pipe_end = -1;
};

Child Start(const char* self, const char* directory) {
  int ends[2];
  Require(pipe2(ends, 0) == 0, "no pipe");
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  const std::string number = std::to_string(ends[1]);
  const char* const arguments[] = {self, "--child", directory, number.c_str(), nullptr};
  Child child;
  child.pipe_end = ends[0];
  Require(posix_spawn(&child.pid, self, nullptr, nullptr, const_cast<char* const*>(arguments),
                      environ) == 0,
          "the child could not be started");
  close(ends[1]);
  return child;
}

// Kills the child and answers the last step it called durable (0: none).
int64_t Kill(const Child& child) {
  Require(kill(child.pid, SIGKILL) == 0, "the child could not be killed");
  int status = 0;
  waitpid(child.pid, &status, 0);
  Require(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child died by itself");
  int64_t step = 0;
  int64_t last = 0;
  while (read(child.pipe_end, &step, sizeof(step)) == sizeof(step)) last = step;
  close(child.pipe_end);
  return last;
}

// What the killed process left, opened here.
int64_t CheckState(const char* directory, int64_t durable) {
  kontor::Database db(Options(directory));
  const int64_t produced = Number(db.Get("produced"));
  const std::string last = std::to_string(produced);
  Require(produced >= durable,
          "step " + std::to_string(durable) + " was durable, but only " + last + " are there");
  Require(db.ListLength("log") == static_cast<uint64_t>(produced),
          "half a transaction: the log's length");
  Require(db.HashLength("steps") == static_cast<uint64_t>(produced),
          "half a transaction: the hash's length");
  Require(produced == 0 || db.Get("last") == last, "half a transaction: the last key");
  const kontor::Reply log = db.Execute({"LRANGE", "log", "0", "-1"});
  for (size_t i = 0; i < log.size(); ++i) {
    Require(log[i].bytes() == std::to_string(i + 1),
            "the log is no prefix at " + std::to_string(i + 1));
  }
  const int64_t consumed = Number(db.Get("consumed"));
  Require(db.HashLength("results") == static_cast<uint64_t>(consumed),
          "half a consumer's transaction");
  const kontor::Reply results = db.Execute({"HVALS", "results"});
  for (size_t i = 0; i < results.size(); ++i)
    Require(results[i].bytes() == "1", "a job's effect twice");
  kontor::Queue queue(db, "jobs");
  int64_t figures[KONTOR_QUEUE_FIGURES] = {};
  Require(kontor_queue_figures(queue.handle(), figures, KONTOR_QUEUE_FIGURES, nullptr, nullptr) ==
              KONTOR_OK,
          "no figures");
  Require(figures[KONTOR_QUEUE_LEASED] == 0, "a lease outlived its process");
  Require(figures[KONTOR_QUEUE_READY] + consumed == produced,
          "jobs lost or doubled: " + std::to_string(figures[KONTOR_QUEUE_READY]) + " ready, " +
              std::to_string(consumed) + " consumed, " + last + " produced");
  return produced;
}

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

int RunParent(const char* self) {
  const uint64_t kills = FromEnvironment("KONTOR_CRASH_KILLS", 25);
  const uint64_t seed = FromEnvironment("KONTOR_SEED", std::random_device()());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  const char* const directory = "crash-data";
  int64_t produced = 0;
  for (uint64_t i = 1; i <= kills; ++i) {
    const Child child = Start(self, directory);
    std::this_thread::sleep_for(milliseconds(5 + static_cast<int64_t>(random() % 150)));
    const int64_t durable = Kill(child);
    const int64_t now = CheckState(directory, durable);
    Require(now >= produced, "what was there before is gone");
    produced = now;
  }
  std::printf("%llu kills, %lld commits, lost 0, half-applied 0\n",
              static_cast<unsigned long long>(kills), static_cast<long long>(produced));
  Require(produced > 0, "the children never got to write: nothing was tested");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 4 && std::strcmp(argv[1], "--child") == 0) RunChild(argv[2], std::atoi(argv[3]));
    return RunParent(argv[0]);
  } catch (const std::exception& error) {
    Fail(error.what());
  }
}
