// Sets that are journaled: Kontor with `async` and `sync` durability beside redis-server with
// appendfsync everysec and always.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <kontor/kontor.hpp>
#include <memory>
#include <string>

#include "redis_peer.h"
#include "temporary_folder.h"
#include "workload.h"

namespace bench {
namespace {

constexpr uint64_t kJournaledKeys = 10'000;

// A database in a folder that goes away with it. Benchmark threads share it.
class OnDisk {
 public:
  explicit OnDisk(kontor::Durability durability) {
    kontor::Options options;
    options.SetDirectory(folder_.path()).SetDurability(durability);
    options.SetNumber(KONTOR_OPTION_SNAPSHOT_AT_CLOSE, 0);
    db_ = std::make_unique<kontor::Database>(options);
  }
  kontor_db* handle() { return db_->handle(); }

 private:
  static std::filesystem::path Base() {
    const char* const base = std::getenv("KONTOR_BENCH_DATA");
    return base == nullptr ? "." : base;
  }

  const TemporaryFolder folder_{Base()};
  std::unique_ptr<kontor::Database> db_;  // closed before its folder goes
};

template <kontor::Durability kDurability>
void SetKontor(benchmark::State& state) {
  static std::unique_ptr<OnDisk> disk;
  if (state.thread_index() == 0) disk = std::make_unique<OnDisk>(kDurability);
  Random random(1 + static_cast<uint64_t>(state.thread_index()));
  for (auto _ : state) {
    const Key key(random.Next() % kJournaledKeys);
    if (kontor_set(disk->handle(), key.view().data(), kKeyBytes, Value().data(), kValueBytes,
                   nullptr) != KONTOR_OK) {
      state.SkipWithError("a set failed");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
  if (state.thread_index() == 0) disk.reset();
}

void SetRedis(benchmark::State& state, const char* variable) {
  Redis redis(variable);
  Random random(1 + static_cast<uint64_t>(state.thread_index()));
  for (auto _ : state) {
    const Key key(random.Next() % kJournaledKeys);
    redis.Run({"SET", key.view(), Value()});
  }
  state.SetItemsProcessed(state.iterations());
}

void SetRedisEverysec(benchmark::State& state) { SetRedis(state, "KONTOR_BENCH_REDIS_EVERYSEC"); }
void SetRedisAlways(benchmark::State& state) { SetRedis(state, "KONTOR_BENCH_REDIS_ALWAYS"); }

BENCHMARK(SetKontor<kontor::Durability::kAsync>)
    ->Name("journal_async/kontor")
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();
BENCHMARK(SetRedisEverysec)->Name("journal_async/redis")->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(SetKontor<kontor::Durability::kSync>)
    ->Name("journal_sync/kontor")
    ->Threads(1)
    ->Threads(16)
    ->UseRealTime();
BENCHMARK(SetRedisAlways)->Name("journal_sync/redis")->Threads(1)->Threads(16)->UseRealTime();

}  // namespace
}  // namespace bench
