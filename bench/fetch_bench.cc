// A cache in front of a database: what a fetch that hits costs beside a get, and what becomes of a
// stampede.

#include <benchmark/benchmark.h>

#include <atomic>
#include <kontor/kontor.hpp>
#include <string>
#include <thread>
#include <vector>

#include "workload.h"

namespace bench {
namespace {

constexpr uint64_t kCachedKeys = 1000;  // those of a hot cache

kontor::Database& CachedDatabase() {
  static kontor::Database* const filled = [] {
    auto* const db = new kontor::Database;
    for (uint64_t i = 0; i < kCachedKeys; ++i) {
      db->Set(Key(i).view(), Value(), std::chrono::hours(1));
    }
    return db;
  }();
  return *filled;
}

void FetchKontor(benchmark::State& state) {
  kontor_db* const db = CachedDatabase().handle();
  Random random(42 + static_cast<uint64_t>(state.thread_index()));
  for (auto _ : state) {
    const Key key(random.Next() % kCachedKeys);
    void* value = nullptr;
    size_t length = 0;
    kontor_lease* lease = nullptr;
    if (kontor_fetch(db, key.view().data(), kKeyBytes, 1000, 1000, 0, nullptr, &value, &length,
                     nullptr, &lease, nullptr) != KONTOR_OK) {
      state.SkipWithError("a key is missing");
      break;
    }
    kontor_free(value);
  }
  state.SetItemsProcessed(state.iterations());
}

template <typename Get>
void GetHot(benchmark::State& state, Get get) {
  kontor_db* const db = CachedDatabase().handle();
  Random random(42 + static_cast<uint64_t>(state.thread_index()));
  for (auto _ : state) {
    if (get(db, Key(random.Next() % kCachedKeys)) != KONTOR_OK) {
      state.SkipWithError("a key is missing");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void GetIntoBuffer(benchmark::State& state) {
  GetHot(state, [](kontor_db* db, const Key& key) {
    char value[kValueBytes];
    size_t length = 0;
    const int32_t code =
        kontor_get(db, key.view().data(), kKeyBytes, value, sizeof(value), &length, nullptr);
    benchmark::DoNotOptimize(value);
    return code;
  });
}

void GetCopy(benchmark::State& state) {
  GetHot(state, [](kontor_db* db, const Key& key) {
    void* value = nullptr;
    size_t length = 0;
    const int32_t code =
        kontor_get_copy(db, key.view().data(), kKeyBytes, &value, &length, nullptr);
    kontor_free(value);
    return code;
  });
}

// Threads that all miss the same key at once, of which exactly one must compute.
constexpr int kStampede = 64;

void Stampede(benchmark::State& state) {
  kontor::Database db;
  std::atomic<int64_t> computed{0};
  for (auto _ : state) {
    db.Delete("hot");
    std::vector<std::thread> threads;
    for (int i = 0; i < kStampede; ++i) {
      threads.emplace_back([&] {
        kontor::Fetched fetched = kontor::Fetch(db, "hot");
        if (!fetched.lease.has_value()) return;
        computed.fetch_add(1);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));  // as a database would take
        fetched.lease->Fill(Value(), std::chrono::seconds(60));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  if (computed.load() != state.iterations()) state.SkipWithError("more than one computed");
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(FetchKontor)->Name("fetch/kontor")->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(GetIntoBuffer)->Name("fetch/get")->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(GetCopy)->Name("fetch/get_copy")->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(Stampede)->Name("stampede/kontor")->UseRealTime();

}  // namespace
}  // namespace bench
