// A message's way through a work queue (enqueue, take, acknowledge) beside beanstalkd and Redis, as
// a report in Markdown.

#include <sched.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <kontor/kontor.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "one_core.h"
#include "queues/beanstalk.h"
#include "redis_peer.h"
#include "server_process.h"
#include "temporary_folder.h"

namespace bench {
namespace {

using std::chrono::milliseconds;

constexpr int kBatch = 100;
constexpr int kConnections = 4;  // so that a server works while replies of others are read
const std::string kBody(64, 'b');
constexpr char kRedisVariable[] = "KONTOR_BENCH_REDIS";

// What is compared: takes turns with the others, one slice each round, and answers for how many
// messages.
struct Contender {
  std::string name;
  std::function<int()> slice;
};

std::vector<double> MedianNanoseconds(const std::vector<Contender>& contenders, int rounds) {
  std::vector<std::vector<double>> seen(contenders.size());
  for (int round = -1; round < rounds; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      const auto begin = std::chrono::steady_clock::now();
      const int count = contenders[i].slice();
      const std::chrono::duration<double, std::nano> took =
          std::chrono::steady_clock::now() - begin;
      if (round >= 0) seen[i].push_back(took.count() / count);
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& each : seen) {
    std::nth_element(each.begin(), each.begin() + static_cast<int>(each.size() / 2), each.end());
    medians.push_back(each[each.size() / 2]);
  }
  return medians;
}

struct KontorQueue {
  explicit KontorQueue(kontor::Durability durability) {
    kontor::Options options;
    options.SetDurability(durability);
    if (durability != kontor::Durability::kMemory) {
      folder = std::make_unique<TemporaryFolder>();
      options.SetDirectory(folder->path());
    }
    db = kontor::Database(options);
    queue = std::make_unique<kontor::Queue>(db, "jobs");
  }

  int OneByOne(int count) {
    for (int i = 0; i < count; ++i) Cycle();
    return count;
  }
  void Cycle() {
    queue->Enqueue(kBody);
    const std::optional<kontor::Message> message = queue->Take(milliseconds(0));
    if (!message || message->body().size() != kBody.size()) {
      throw std::runtime_error("Kontor lost a message");
    }
    queue->Acknowledge(*message);
  }
  int InBatches(int count) {
    const std::vector<std::string_view> bodies(kBatch, kBody);
    for (int done = 0; done < count; done += kBatch) {
      queue->EnqueueMany(bodies);
      const std::vector<kontor::Message> messages = queue->TakeMany(kBatch, milliseconds(0));
      if (messages.size() != kBatch || messages[0].body().size() != kBody.size() ||
          queue->AcknowledgeMany(messages) != kBatch) {
        throw std::runtime_error("Kontor lost a message");
      }
    }
    return count;
  }
  int ByThreads(int threads, int each) {
    std::vector<std::thread> workers;
    workers.reserve(static_cast<size_t>(threads));
    for (int i = 0; i < threads; ++i) workers.emplace_back([this, each] { OneByOne(each); });
    for (std::thread& worker : workers) worker.join();
    return threads * each;
  }

  std::unique_ptr<TemporaryFolder> folder;
  kontor::Database db;
  std::unique_ptr<kontor::Queue> queue;
};

// This thread, and what it starts meanwhile, runs on one core as long as this lives.
class OnOneCore {
 public:
  OnOneCore() { MoveTo(0, OneOf(before_)); }
  ~OnOneCore() { sched_setaffinity(0, sizeof(before_), &before_); }
  OnOneCore(const OnOneCore&) = delete;
  OnOneCore& operator=(const OnOneCore&) = delete;

 private:
  const cpu_set_t before_ = CoresOf(0);
};

struct BeanstalkQueue {
  explicit BeanstalkQueue(bool journal)
      : socket(folder.path() + "/socket"), server(Command(journal), socket) {
    for (auto& each : connections) each = std::make_unique<Beanstalk>(socket);
  }
  std::vector<std::string> Command(bool journal) const {
    std::vector<std::string> command = {"beanstalkd", "-l", "unix:" + socket};
    if (journal) command.insert(command.end(), {"-b", folder.path()});
    return command;
  }

  // All connections together.
  int Slice(int batches) {
    for (int i = 0; i < batches; ++i) {
      for (auto& each : connections) each->SendPuts(kBody, kBatch);
      for (auto& each : connections) each->ReceivePuts(kBatch);
      for (auto& each : connections) each->SendReserves(kBatch);
      for (auto& each : connections) {
        if (!each->ReceiveReserves(kBatch, kBody.size())) {
          throw std::runtime_error("beanstalkd lost a body");
        }
      }
      for (auto& each : connections) each->SendDeletes();
      for (auto& each : connections) each->ReceiveDeletes();
    }
    return batches * kBatch * kConnections;
  }

  int OneByOne(int count) {
    Beanstalk& connection = *connections[0];
    for (int i = 0; i < count; ++i) {
      connection.SendPuts(kBody, 1);
      connection.ReceivePuts(1);
      connection.SendReserves(1);
      if (!connection.ReceiveReserves(1, kBody.size())) {
        throw std::runtime_error("beanstalkd lost a body");
      }
      connection.SendDeletes();
      connection.ReceiveDeletes();
    }
    return count;
  }

  TemporaryFolder folder;
  const std::string socket;
  ServerProcess server;
  std::array<std::unique_ptr<Beanstalk>, kConnections> connections;
};

// One that shares a core with its client, who waits for each reply.
class OneCoreBeanstalk {
 public:
  explicit OneCoreBeanstalk(bool journal) {
    const OnOneCore pinned;
    queue_ = std::make_unique<BeanstalkQueue>(journal);
  }
  int OneByOne(int count) {
    const OnOneCore pinned;
    return queue_->OneByOne(count);
  }

 private:
  std::unique_ptr<BeanstalkQueue> queue_;
};

struct RedisQueue {
  // `fsync`: of its append-only file; empty: none.
  RedisQueue(const std::string& fsync, int clients)
      : socket(folder.path() + "/socket"), server(Command(fsync), socket) {
    setenv(kRedisVariable, socket.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
    for (int i = 0; i < clients; ++i) {
      connections.push_back(std::make_unique<Redis>(kRedisVariable));
    }
  }
  std::vector<std::string> Command(const std::string& fsync) const {
    return {"redis-server",
            "--port",
            "0",
            "--unixsocket",
            socket,
            "--save",
            "",
            "--appendonly",
            fsync.empty() ? "no" : "yes",
            "--logfile",
            "/dev/null",
            "--appendfsync",
            fsync.empty() ? "no" : fsync,
            "--dir",
            folder.path()};
  }

  // All clients together, each with so many requests at once.
  int Slice(int batches, int pipeline) {
    for (int i = 0; i < batches; ++i) {
      Everybody({"LPUSH", "jobs", kBody}, pipeline);
      Everybody({"BRPOP", "jobs", "0"}, pipeline);
    }
    return batches * pipeline * static_cast<int>(connections.size());
  }
  void Everybody(const std::vector<std::string_view>& command, int pipeline) {
    for (auto& each : connections) {
      for (int i = 0; i < pipeline; ++i) each->Append(command);
      each->Flush();
    }
    for (auto& each : connections) {
      for (int i = 0; i < pipeline; ++i) each->Reply();
    }
  }

  TemporaryFolder folder;
  const std::string socket;
  ServerProcess server;
  std::vector<std::unique_ptr<Redis>> connections;
};

std::string Rate(double nanoseconds) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.0f ns, %.0f k/s", nanoseconds, 1e6 / nanoseconds);
  return text;
}

void PrintRow(const std::string& what, double kontor, const std::string& peer, double peer_ns,
              double target) {
  const double ratio = peer_ns / kontor;
  std::printf("| %s | %s | %s: %s | %.2f x | >= %g x, %s |\n", what.c_str(), Rate(kontor).c_str(),
              peer.c_str(), Rate(peer_ns).c_str(), ratio, target,
              ratio >= target ? "met" : "**missed**");
  std::fflush(stdout);
}

void MeasureMemory(int rounds) {
  KontorQueue kontor(kontor::Durability::kMemory);
  BeanstalkQueue beanstalk(false);
  OneCoreBeanstalk on_one_core(false);
  RedisQueue redis("", kConnections);
  const auto ns = MedianNanoseconds({{"one by one", [&] { return kontor.OneByOne(20'000); }},
                                     {"batches", [&] { return kontor.InBatches(20'000); }},
                                     {"beanstalkd", [&] { return beanstalk.Slice(5); }},
                                     {"redis", [&] { return redis.Slice(10, kBatch); }},
                                     {"one core", [&] { return on_one_core.OneByOne(1000); }}},
                                    rounds);
  PrintRow("memory, one by one", ns[0], "beanstalkd one by one, on one core", ns[4], 100);
  PrintRow("memory, in batches of 100", ns[1], "beanstalkd", ns[2], 100);
  PrintRow("memory, one by one", ns[0], "beanstalkd", ns[2], 100);
  PrintRow("memory, in batches of 100", ns[1], "Redis LPUSH, BRPOP", ns[3], 1);
}

void MeasureAsync(int rounds) {
  KontorQueue kontor(kontor::Durability::kAsync);
  BeanstalkQueue beanstalk(true);
  OneCoreBeanstalk on_one_core(true);
  const auto ns = MedianNanoseconds({{"one by one", [&] { return kontor.OneByOne(20'000); }},
                                     {"batches", [&] { return kontor.InBatches(20'000); }},
                                     {"beanstalkd", [&] { return beanstalk.Slice(5); }},
                                     {"one core", [&] { return on_one_core.OneByOne(1000); }}},
                                    rounds);
  PrintRow("async journal, one by one", ns[0], "beanstalkd -b one by one, on one core", ns[3], 40);
  PrintRow("async journal, in batches of 100", ns[1], "beanstalkd -b", ns[2], 40);
  PrintRow("async journal, one by one", ns[0], "beanstalkd -b", ns[2], 40);
}

void MeasureSync(int rounds) {
  KontorQueue kontor(kontor::Durability::kSync);
  RedisQueue redis("always", 50);
  // So long that starting the threads, which Redis' clients need not, is little of it.
  const auto ns = MedianNanoseconds({{"kontor", [&] { return kontor.ByThreads(64, 100); }},
                                     {"redis", [&] { return redis.Slice(100, 1); }}},
                                    rounds);
  PrintRow("sync journal, 64 threads", ns[0], "Redis appendfsync always, 50 clients", ns[1], 1.5);
}

int Run(int rounds) {
  std::printf("# A message's way through a work queue beside peers\n\n");
  std::printf(
      "Enqueue, take and acknowledge 64 bytes. Medians of %d interleaved rounds. The servers are "
      "at "
      "Unix\nsockets and asked by %d connections with %d requests at once.\n\n",
      rounds, kConnections, kBatch);
  std::printf("| what | Kontor, a message | peer, a message | ratio | target |\n");
  std::printf("|---|---|---|---|---|\n");
  MeasureMemory(rounds);
  MeasureAsync(rounds);
  MeasureSync(rounds);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace bench

// kontor_queues [rounds]
int main(int count, char** arguments) {
  try {
    return bench::Run(count > 1 ? std::max(1, std::atoi(arguments[1])) : 21);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "kontor_queues: %s\n", failure.what());
    return EXIT_FAILURE;
  }
}
