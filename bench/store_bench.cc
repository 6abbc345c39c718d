// Gets and sets: Kontor by typed calls and by kontor_exec, 256 shards of absl::flat_hash_map under
// std::mutex, and redis-server over a Unix socket, one command at a time.

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>
#include <benchmark/benchmark.h>

#include <cstring>
#include <kontor/kontor.hpp>
#include <memory>
#include <mutex>
#include <string>

#include "redis_peer.h"
#include "workload.h"

namespace bench {
namespace {

kontor::Database& FilledDatabase() {
  static kontor::Database* const filled = [] {
    auto* const db = new kontor::Database;
    for (uint64_t i = 0; i < kKeys; ++i) db->Set(Key(i).view(), Value());
    return db;
  }();
  return *filled;
}

// The map engineers would otherwise write.
class AbslShards {
 public:
  bool Get(std::string_view key, char* out) {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.map.find(absl::string_view(key.data(), key.size()));
    if (found == shard.map.end()) return false;
    std::memcpy(out, found->second.data(), found->second.size());
    return true;
  }
  void Set(std::string_view key, std::string_view value) {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    shard.map[absl::string_view(key.data(), key.size())].assign(value);
  }

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    absl::flat_hash_map<std::string, std::string> map;
  };
  static constexpr size_t kShards = 256;
  Shard& ShardOf(std::string_view key) {
    return shards_[std::hash<std::string_view>()(key) % kShards];
  }
  Shard shards_[kShards];
};

AbslShards& FilledShards() {
  static AbslShards* const filled = [] {
    auto* const shards = new AbslShards;
    for (uint64_t i = 0; i < kKeys; ++i) shards->Set(Key(i).view(), Value());
    return shards;
  }();
  return *filled;
}

void FillRedis() {
  static const bool filled = [] {
    Redis redis("KONTOR_BENCH_REDIS");
    constexpr uint64_t kBatch = 1000;
    for (uint64_t i = 0; i < kKeys; i += kBatch) {
      for (uint64_t j = 0; j < kBatch; ++j) redis.Append({"SET", Key(i + j).view(), Value()});
      for (uint64_t j = 0; j < kBatch; ++j) redis.Reply();
    }
    return true;
  }();
  benchmark::DoNotOptimize(filled);
}

uint64_t SeedOf(const benchmark::State& state) {
  return 42 + static_cast<uint64_t>(state.thread_index());
}

void Done(benchmark::State& state) { state.SetItemsProcessed(state.iterations()); }

void GetKontor(benchmark::State& state) {
  kontor_db* const db = FilledDatabase().handle();
  Random random(SeedOf(state));
  char value[kValueBytes];
  for (auto _ : state) {
    const Key key(random.Next() % kKeys);
    size_t length = 0;
    if (kontor_get(db, key.view().data(), kKeyBytes, value, sizeof(value), &length, nullptr) !=
        KONTOR_OK) {
      state.SkipWithError("a key is missing");
      break;
    }
    benchmark::DoNotOptimize(value);
  }
  Done(state);
}

void GetAbsl(benchmark::State& state) {
  AbslShards& shards = FilledShards();
  Random random(SeedOf(state));
  char value[kValueBytes];
  for (auto _ : state) {
    if (!shards.Get(Key(random.Next() % kKeys).view(), value)) {
      state.SkipWithError("a key is missing");
      break;
    }
    benchmark::DoNotOptimize(value);
  }
  Done(state);
}

void GetRedis(benchmark::State& state) {
  FillRedis();
  Redis redis("KONTOR_BENCH_REDIS");
  Random random(SeedOf(state));
  for (auto _ : state) {
    const Key key(random.Next() % kKeys);
    benchmark::DoNotOptimize(redis.Run({"GET", key.view()})->len);
  }
  Done(state);
}

void SetKontor(benchmark::State& state) {
  kontor_db* const db = FilledDatabase().handle();
  Random random(SeedOf(state));
  for (auto _ : state) {
    const Key key(random.Next() % kKeys);
    if (kontor_set(db, key.view().data(), kKeyBytes, Value().data(), kValueBytes, nullptr) !=
        KONTOR_OK) {
      state.SkipWithError("a set failed");
      break;
    }
  }
  Done(state);
}

void SetAbsl(benchmark::State& state) {
  AbslShards& shards = FilledShards();
  Random random(SeedOf(state));
  for (auto _ : state) shards.Set(Key(random.Next() % kKeys).view(), Value());
  Done(state);
}

void SetRedis(benchmark::State& state) {
  FillRedis();
  Redis redis("KONTOR_BENCH_REDIS");
  Random random(SeedOf(state));
  for (auto _ : state) {
    const Key key(random.Next() % kKeys);
    redis.Run({"SET", key.view(), Value()});
  }
  Done(state);
}

void ExecKontor(benchmark::State& state) {
  kontor_db* const db = FilledDatabase().handle();
  Random random(SeedOf(state));
  for (auto _ : state) {
    const Key key(random.Next() % kKeys);
    const void* const arguments[] = {"GET", key.view().data()};
    const size_t lengths[] = {3, kKeyBytes};
    kontor_reply* reply = nullptr;
    kontor_exec(db, 2, arguments, lengths, nullptr, &reply, nullptr);
    if (kontor_reply_type(reply) != KONTOR_REPLY_STRING) state.SkipWithError("a key is missing");
    kontor_reply_free(reply);
  }
  Done(state);
}

BENCHMARK(GetKontor)->Name("get/kontor")->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(GetAbsl)->Name("get/absl")->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(GetRedis)->Name("get/redis")->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(SetKontor)->Name("set/kontor")->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(SetAbsl)->Name("set/absl")->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(SetRedis)->Name("set/redis")->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(ExecKontor)->Name("exec_get/kontor")->Threads(1)->UseRealTime();
BENCHMARK(GetRedis)->Name("exec_get/redis")->Threads(1)->UseRealTime();

}  // namespace
}  // namespace bench

BENCHMARK_MAIN();
