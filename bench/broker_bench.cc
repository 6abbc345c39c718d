// Queue cycles and publishes: Kontor beside redis-server over a Unix socket.

#include <benchmark/benchmark.h>

#include <kontor/kontor.hpp>
#include <string>

#include "redis_peer.h"
#include "workload.h"

namespace bench {
namespace {

// enqueue -> take -> acknowledge of a 64-byte message by one thread.
void CycleKontor(benchmark::State& state, kontor::Database& db) {
  kontor::Queue queue(db, "jobs");
  for (auto _ : state) {
    queue.Enqueue(Value());
    const auto message = queue.Take(std::chrono::milliseconds(0));
    if (!message.has_value()) {
      state.SkipWithError("nothing to take");
      break;
    }
    queue.Acknowledge(*message);
  }
  state.SetItemsProcessed(state.iterations());
}

void CycleKontorMemory(benchmark::State& state) {
  kontor::Database db;
  CycleKontor(state, db);
}

// The nearest Redis has: push and pop; it cannot acknowledge.
void CycleRedis(benchmark::State& state) {
  Redis redis("KONTOR_BENCH_REDIS");
  for (auto _ : state) {
    redis.Run({"LPUSH", "jobs", Value()});
    redis.Run({"BRPOP", "jobs", "1"});
  }
  state.SetItemsProcessed(state.iterations());
}

// One publish of 64 bytes to one subscriber, read by the same thread.
void PublishKontor(benchmark::State& state) {
  kontor::Database db;
  kontor::Mailbox mailbox(db);
  mailbox.Subscribe("news");
  for (auto _ : state) {
    db.Publish("news", Value());
    if (!mailbox.Next(std::chrono::milliseconds(0)).has_value()) {
      state.SkipWithError("nothing arrived");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void PublishRedis(benchmark::State& state) {
  Redis publisher("KONTOR_BENCH_REDIS");
  Redis subscriber("KONTOR_BENCH_REDIS");
  subscriber.Run({"SUBSCRIBE", "news"});
  for (auto _ : state) {
    publisher.Run({"PUBLISH", "news", Value()});
    subscriber.Reply();
  }
  state.SetItemsProcessed(state.iterations());
}

// One publish to 100,000 tags in one mailbox, drained: deliveries a second.
void PublishToTags(benchmark::State& state) {
  constexpr uint64_t kTags = 100'000;
  kontor::Database db;
  kontor::Mailbox mailbox(db);
  for (uint64_t tag = 0; tag < kTags; ++tag) mailbox.Subscribe("news", tag);
  uint64_t delivered = 0;
  for (auto _ : state) {
    db.Publish("news", Value());
    const auto delivery = mailbox.Next(std::chrono::milliseconds(0));
    delivered += delivery->tags().size();
  }
  state.SetItemsProcessed(static_cast<int64_t>(delivered));
}

BENCHMARK(CycleKontorMemory)->Name("queue_cycle/kontor")->UseRealTime();
BENCHMARK(CycleRedis)->Name("queue_cycle/redis")->UseRealTime();
BENCHMARK(PublishKontor)->Name("publish/kontor")->UseRealTime();
BENCHMARK(PublishRedis)->Name("publish/redis")->UseRealTime();
BENCHMARK(PublishToTags)->Name("publish_100k_tags/kontor")->UseRealTime();

}  // namespace
}  // namespace bench
