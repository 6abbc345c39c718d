// Kills a process that works with queues, with SIGKILL, again and again, and keeps a ledger of what
// it was told: what it was about to send and had sent, what it took, what it was about to
// acknowledge and had acknowledged. In the end all queues are emptied, and the ledger must balance:
// nothing that was sent is lost, nothing comes that was not to be sent, nothing comes again after
// its acknowledgement was confirmed, and nothing comes twice but where the process died in between
// or gave it back. KONTOR_CRASH_KILLS says how often (default 25), KONTOR_SEED replays the moments.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <kontor/kontor.hpp>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace {

using std::chrono::milliseconds;

// One entry of the ledger, told through a pipe: what was told before the end is read after it.
enum class What : uint32_t {
  kSending,        // a message is about to be sent,
  kSent,           // and is durable
  kTaken,          // by a worker
  kReturning,      // is about to be given back
  kAcknowledging,  // is about to be acknowledged,
  kAcknowledged,   // and that is durable
  kEmpty,          // there is nothing left in any queue
};
struct Entry {
  What what;
  uint32_t queue;
  uint64_t number;  // of the message, which is its body
};

constexpr const char* kQueues[] = {"plain", "grouped", "bound", "parents"};
constexpr uint32_t kPlain = 0;
constexpr uint32_t kGrouped = 1;
constexpr uint32_t kBound = 2;
constexpr uint32_t kParents = 3;
// Between the numbers of messages that are sent together.
constexpr uint64_t kApart = 1'000'000'000;

kontor::Options Options(const char* directory) {
  kontor::Options options;
  options.SetDirectory(directory).SetDurability(kontor::Durability::kSync);
  // Small, so that snapshots happen under the workers' feet.
  options.SetNumber(KONTOR_OPTION_SNAPSHOT_MIN_JOURNAL_BYTES, 65536);
  return options;
}

// ------------------------------------------------------------- the child --

class Ledger {
 public:
  explicit Ledger(int pipe_end) : pipe_end_(pipe_end) {}
  void Tell(What what, uint32_t queue = 0, uint64_t number = 0) const {
    const Entry entry{what, queue, number};
    if (write(pipe_end_, &entry, sizeof(entry)) != sizeof(entry)) std::abort();
  }

 private:
  const int pipe_end_;
};

uint64_t NumberOf(const kontor::Message& message) {
  uint64_t number = 0;
  std::from_chars(message.body().data(), message.body().data() + message.body().size(), number);
  return number;
}

class Process {
 public:
  Process(const char* directory, const Ledger* ledger) : db_(Options(directory)), ledger_(ledger) {
    for (const char* name : kQueues) queues_.emplace_back(db_, name);
    queues_[kBound].Bind("news");
  }

  // Numbers go on where the processes before stopped.
  [[noreturn]] void Send() {
    for (;;) {
      const auto number = static_cast<uint64_t>(db_.Increment("numbers"));
      switch (number % 5) {
        case 0:
          SendOne(number);
          break;
        case 1:
          SendBatch(number);
          break;
        case 2:
          SendToGroup(number);
          break;
        case 3:
          PublishOne(number);
          break;
        default:
          SendFamily(number);
      }
    }
  }

  // By order, returning some and acknowledging the others in every way there is.
  [[noreturn]] void Work() {
    kontor::Consumer consumer(db_);
    for (const kontor::Queue& queue : queues_) consumer.Add(queue);
    for (;;) WorkOff(consumer, milliseconds(20));
  }

  void Empty() {
    kontor::Consumer consumer(db_);
    for (const kontor::Queue& queue : queues_) consumer.Add(queue);
    // Longer than any delay, and than what it takes to tell parents.
    while (WorkOff(consumer, milliseconds(1500))) {
    }
    ledger_->Tell(What::kEmpty);
  }

 private:
  void SendOne(uint64_t number) {
    const std::string body = std::to_string(number);
    ledger_->Tell(What::kSending, kPlain, number);
    queues_[kPlain].Enqueue(body, static_cast<uint32_t>(number % 32),
                            milliseconds(number % 3 == 0 ? 30 : 0));
    ledger_->Tell(What::kSent, kPlain, number);
  }

  // The numbers of a batch are those of one, and something in front.
  void SendBatch(uint64_t number) {
    std::vector<std::string> bodies;
    for (uint64_t i = 1; i <= 5; ++i) bodies.push_back(std::to_string(i * kApart + number));
    for (uint64_t i = 1; i <= 5; ++i) ledger_->Tell(What::kSending, kPlain, i * kApart + number);
    queues_[kPlain].EnqueueMany({bodies.begin(), bodies.end()});
    for (uint64_t i = 1; i <= 5; ++i) ledger_->Tell(What::kSent, kPlain, i * kApart + number);
  }

  void SendToGroup(uint64_t number) {
    ledger_->Tell(What::kSending, kGrouped, number);
    queues_[kGrouped].Enqueue(std::to_string(number),
                              kontor::EnqueueOptions().SetGroup(std::to_string(number % 4)));
    ledger_->Tell(What::kSent, kGrouped, number);
  }

  void PublishOne(uint64_t number) {
    ledger_->Tell(What::kSending, kBound, number);
    db_.Publish("news", std::to_string(number));
    ledger_->Tell(What::kSent, kBound, number);
  }

  // A parent and two children, in one commit.
  void SendFamily(uint64_t number) {
    const uint64_t children[] = {kApart + number, 2 * kApart + number};
    ledger_->Tell(What::kSending, kParents, number);
    for (const uint64_t child : children) ledger_->Tell(What::kSending, kPlain, child);
    kontor::Transaction txn(db_);
    txn.Enqueue(queues_[kParents], std::to_string(number), kontor::EnqueueOptions().SetChildren(2));
    for (const uint64_t child : children) {
      txn.Enqueue(queues_[kPlain], std::to_string(child),
                  kontor::EnqueueOptions().SetParentStep(0));
    }
    txn.Commit();
    ledger_->Tell(What::kSent, kParents, number);
    for (const uint64_t child : children) ledger_->Tell(What::kSent, kPlain, child);
  }

  // False if nothing came in time.
  bool WorkOff(kontor::Consumer& consumer, milliseconds timeout) {
    const std::vector<kontor::Consumer::Taken> taken = consumer.Take(1, timeout);
    if (taken.empty()) return false;
    const auto queue = static_cast<uint32_t>(taken[0].source);
    const kontor::Message& message = taken[0].message;
    const uint64_t number = NumberOf(message);
    ledger_->Tell(What::kTaken, queue, number);
    if (message.attempt() == 1 && number % 7 == 0) {
      ledger_->Tell(What::kReturning, queue, number);
      queues_[queue].Return(message, milliseconds(number % 2 == 0 ? 10 : 0));
      return true;
    }
    ledger_->Tell(What::kAcknowledging, queue, number);
    if (number % 2 == 0) {
      queues_[queue].Acknowledge(message);
    } else {
      // With its effect, which therefore is there once.
      kontor::Transaction txn(db_);
      txn.Acknowledge(queues_[queue], message);
      txn.HashIncrement(std::string("effects of ") + kQueues[queue], std::to_string(number), 1);
      txn.Commit();
    }
    ledger_->Tell(What::kAcknowledged, queue, number);
    return true;
  }

  kontor::Database db_;
  std::vector<kontor::Queue> queues_;
  const Ledger* const ledger_;
};

int RunChild(const char* directory, int pipe_end, bool empties) {
  const Ledger ledger(pipe_end);
  Process process(directory, &ledger);
  if (empties) {
    process.Empty();
    return 0;
  }
  std::thread sender([&] { process.Send(); });
  process.Work();
}

// ------------------------------------------------------------ the parent --

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

void Require(bool holds, const std::string& what) {
  if (!holds) Fail(what);
}

struct Sums {
  uint64_t attempted = 0;
  uint64_t sent = 0;
  uint64_t delivered = 0;
  uint64_t again = 0;  // delivered once more: the process had died, or given it back
  uint64_t acknowledged = 0;
  uint64_t unconfirmed = 0;  // that they were sent
};

// What is known of one message.
struct Fate {
  bool sent = false;
  bool taken_in_this_life = false;
  bool returned_in_this_life = false;
  bool acknowledging = false;
  bool acknowledged = false;
  uint64_t deliveries = 0;
};

class Book {
 public:
  void Note(const Entry& entry) {
    const Key key(entry.queue, entry.number);
    if (entry.what == What::kEmpty) {
      emptied_ = true;
      return;
    }
    const std::string name = std::string(kQueues[entry.queue]) + " " + std::to_string(entry.number);
    if (entry.what == What::kSending) {
      Require(fates_.emplace(key, Fate()).second, name + " is sent twice: the test is wrong");
      return;
    }
    const auto found = fates_.find(key);
    Require(found != fates_.end(), name + " was never to be sent");
    NoteOf(entry.what, name, &found->second);
    if (entry.what != What::kTaken || entry.queue != kParents) return;
    for (const uint64_t child : {kApart + entry.number, 2 * kApart + entry.number}) {
      Require(fates_.at({kPlain, child}).acknowledging, name + " did not wait for its children");
    }
  }

  // The process is dead: its leases are over.
  void EndLife() {
    for (auto& [key, fate] : fates_) fate.taken_in_this_life = fate.returned_in_this_life = false;
  }

  bool emptied() const { return emptied_; }

  Sums Balance() const {
    Sums sums;
    for (const auto& [key, fate] : fates_) {
      ++sums.attempted;
      // The queues are empty, so every message was worked off by somebody.
      if (fate.sent && !fate.acknowledging) {
        Fail(std::string(kQueues[key.first]) + " " + std::to_string(key.second) + " is lost");
      }
      sums.sent += fate.sent ? 1 : 0;
      sums.unconfirmed += fate.sent ? 0 : 1;
      sums.delivered += fate.deliveries;
      sums.again += fate.deliveries > 1 ? fate.deliveries - 1 : 0;
      sums.acknowledged += fate.acknowledged ? 1 : 0;
    }
    return sums;
  }

 private:
  using Key = std::pair<uint32_t, uint64_t>;

  static void NoteOf(What what, const std::string& name, Fate* fate) {
    switch (what) {
      case What::kSent:
        fate->sent = true;
        break;
      case What::kTaken:
        Require(!fate->acknowledged, name + " comes again after it was acknowledged");
        Require(!fate->taken_in_this_life || fate->returned_in_this_life,
                name + " comes twice while its lease goes on");
        fate->taken_in_this_life = true;
        fate->returned_in_this_life = false;
        ++fate->deliveries;
        break;
      case What::kReturning:
        fate->returned_in_this_life = true;
        break;
      case What::kAcknowledging:
        fate->acknowledging = true;
        break;
      case What::kAcknowledged:
        fate->acknowledged = true;
        break;
      default:
        Fail("an entry that is none");
    }
  }

  std::map<Key, Fate> fates_;
  bool emptied_ = false;
};

struct Child {
  pid_t pid = 0;
  int pipe_end = -1;
};

Child Start(const char* self, const char* directory, const char* mode) {
  int ends[2];
  Require(pipe2(ends, 0) == 0, "no pipe");
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  const std::string number = std::to_string(ends[1]);
  const char* const arguments[] = {self, mode, directory, number.c_str(), nullptr};
  Child child;
  child.pipe_end = ends[0];
  Require(posix_spawn(&child.pid, self, nullptr, nullptr, const_cast<char* const*>(arguments),
                      environ) == 0,
          "the child could not be started");
  close(ends[1]);
  return child;
}

// Reads what the child tells until it is dead, whoever kills it.
int ReadToTheEnd(const Child& child, Book* book) {
  Entry entry{};
  while (read(child.pipe_end, &entry, sizeof(entry)) == sizeof(entry)) book->Note(entry);
  close(child.pipe_end);
  int status = 0;
  waitpid(child.pid, &status, 0);
  book->EndLife();
  return status;
}

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// What was acknowledged with an effect has it once.
void CheckEffects(const char* directory) {
  kontor::Database db(Options(directory));
  for (const char* queue : kQueues) {
    const kontor::Reply counts = db.Execute({"HVALS", std::string("effects of ") + queue});
    for (size_t i = 0; i < counts.size(); ++i) {
      Require(counts[i].bytes() == "1", std::string("an effect of ") + queue + " is there twice");
    }
  }
}

int RunParent(const char* self) {
  const uint64_t kills = FromEnvironment("KONTOR_CRASH_KILLS", 25);
  const uint64_t seed = FromEnvironment("KONTOR_SEED", std::random_device()());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  const char* const directory = "ledger-data";
  Book book;
  for (uint64_t i = 1; i <= kills; ++i) {
    const Child child = Start(self, directory, "--work");
    std::thread killer([&child, wait = milliseconds(20 + static_cast<int64_t>(random() % 200))] {
      std::this_thread::sleep_for(wait);
      kill(child.pid, SIGKILL);
    });
    const int status = ReadToTheEnd(child, &book);
    killer.join();
    Require(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child died by itself");
  }
  const int status = ReadToTheEnd(Start(self, directory, "--empty"), &book);
  Require(WIFEXITED(status) && WEXITSTATUS(status) == 0 && book.emptied(),
          "the queues could not be emptied");
  CheckEffects(directory);
  const Sums sums = book.Balance();
  const auto print = [](const char* what, uint64_t count) {
    std::printf(", %s %llu", what, static_cast<unsigned long long>(count));
  };
  std::printf("kills %llu", static_cast<unsigned long long>(kills));
  print("attempted", sums.attempted);
  print("sent", sums.sent);
  print("acknowledged", sums.acknowledged);
  print("delivered", sums.delivered);
  print("lost", 0);
  print("delivered again where the process died or gave back", sums.again);
  std::printf("\n");
  Require(sums.sent > kills && sums.acknowledged > kills, "hardly anything was tested");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 4) {
      return RunChild(argv[2], std::atoi(argv[3]), std::strcmp(argv[1], "--empty") == 0);
    }
    return RunParent(argv[0]);
  } catch (const std::exception& error) {
    Fail(error.what());
  }
}
