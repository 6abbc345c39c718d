// How often a cache of Kontor has what it is asked for, beside the textbook and what was published:
// every trace is run through Kontor's C ABI with a memory limit (get; on a miss set), and through
// the others with as many objects as Kontor held. One Markdown report on stdout.

#include <kontor/kontor.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "hit_ratio/policy.h"
#include "hit_ratio/trace.h"
#include "workload.h"

namespace bench {
namespace {

constexpr size_t kObjectBytes = 1000;  // of a value
// The first part of a trace fills the cache and is not counted.
constexpr size_t kWarmUpParts = 6;

// Prints why and ends: a figure that is wrong is worse than none.
void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "hit_ratio: %s\n", what);
  std::exit(1);
}

class KontorCache {
 public:
  KontorCache(int64_t limit_bytes, int64_t eviction) {
    kontor_options* options = nullptr;
    Require(kontor_options_new(&options, nullptr) == KONTOR_OK, "no options");
    kontor_options_set_number(options, KONTOR_OPTION_MEMORY_LIMIT_BYTES, limit_bytes, nullptr);
    kontor_options_set_number(options, KONTOR_OPTION_EVICTION, eviction, nullptr);
    Require(kontor_open(options, &db_, nullptr) == KONTOR_OK, "cannot open");
    kontor_options_free(options);
  }
  ~KontorCache() { kontor_db_free(db_); }
  KontorCache(const KontorCache&) = delete;
  KontorCache& operator=(const KontorCache&) = delete;

  bool Get(const Key& key) {
    size_t length = 0;
    return kontor_get(db_, key.view().data(), kKeyBytes, buffer_, sizeof(buffer_), &length,
                      nullptr) == KONTOR_OK;
  }
  void Set(const Key& key) {
    Require(
        kontor_set(db_, key.view().data(), kKeyBytes, buffer_, kObjectBytes, nullptr) == KONTOR_OK,
        "a set failed");
  }
  int64_t Figure(uint32_t figure) const {
    int64_t value = 0;
    kontor_db_figure(db_, figure, &value, nullptr);
    return value;
  }

 private:
  kontor_db* db_ = nullptr;
  char buffer_[kObjectBytes] = {};
};

double Percent(uint64_t part, uint64_t of) {
  return 100.0 * static_cast<double>(part) / static_cast<double>(of);
}

struct KontorRun {
  double hit_percent;
  size_t objects;        // held on average
  double limit_percent;  // the most that was counted
};

KontorRun RunKontor(const Trace& trace, int64_t limit_bytes, int64_t eviction) {
  constexpr size_t kLookEvery = 1 << 14;
  KontorCache cache(limit_bytes, eviction);
  const size_t warm = trace.keys.size() / kWarmUpParts;
  uint64_t hits = 0;
  uint64_t held = 0;
  uint64_t looks = 0;
  int64_t most_bytes = 0;
  for (size_t i = 0; i < trace.keys.size(); ++i) {
    const Key key(trace.keys[i]);
    const bool hit = cache.Get(key);
    if (!hit) cache.Set(key);
    if (i < warm) continue;
    hits += hit ? 1 : 0;
    if (i % kLookEvery != 0) continue;
    held += static_cast<uint64_t>(cache.Figure(KONTOR_FIGURE_KEYS));
    most_bytes = std::max(most_bytes, cache.Figure(KONTOR_FIGURE_MEMORY_BYTES));
    ++looks;
  }
  return {Percent(hits, trace.keys.size() - warm), held / looks,
          100.0 * static_cast<double>(most_bytes) / static_cast<double>(limit_bytes)};
}

double RunPolicy(const Trace& trace, Policy* policy) {
  const size_t warm = trace.keys.size() / kWarmUpParts;
  uint64_t hits = 0;
  for (size_t i = 0; i < trace.keys.size(); ++i) {
    const bool hit = policy->Access(trace.keys[i]);
    if (hit && i >= warm) ++hits;
  }
  return Percent(hits, trace.keys.size() - warm);
}

std::vector<Trace> Traces(size_t accesses) {
  const auto make = [accesses](const char* name, TraceOptions options) {
    options.accesses = accesses;
    return MakeTrace(name, options);
  };
  return {
      make("Zipf 0.8", {.exponent = 0.8}),
      make("Zipf 0.99", {.exponent = 0.99}),
      make("Zipf 1.1", {.exponent = 1.1}),
      make("Zipf 0.99, 20 % scan of 1 M", {.scan_percent = 20, .cold_objects = 1'000'000}),
      make("Zipf 0.99, 50 % scan of 1 M", {.scan_percent = 50, .cold_objects = 1'000'000}),
      make("Zipf 0.99, 30 % loop of 150 k", {.scan_percent = 30, .cold_objects = 150'000}),
      make("Zipf 0.99, moving 60 x 1 k ranks", {.shifts = 60, .shift_objects = 1000}),
      make("Zipf 0.99, moving 5 x 300 k ranks", {.shifts = 5, .shift_objects = 300'000}),
  };
}

void ReportHitRatios(const std::vector<Trace>& traces, int64_t limit_bytes) {
  std::printf("\n### %lld MiB\n\n", static_cast<long long>(limit_bytes >> 20));
  std::printf(
      "| trace | objects | true LRU | true LFU | SIEVE | S3-FIFO | **allkeys-lru** | "
      "**allkeys-lfu** | allkeys-random | counted at most |\n"
      "|---|---|---|---|---|---|---|---|---|---|\n");
  for (const Trace& trace : traces) {
    const KontorRun lru = RunKontor(trace, limit_bytes, KONTOR_EVICT_ALLKEYS_LRU);
    const KontorRun lfu = RunKontor(trace, limit_bytes, KONTOR_EVICT_ALLKEYS_LFU);
    const KontorRun random = RunKontor(trace, limit_bytes, KONTOR_EVICT_ALLKEYS_RANDOM);
    const size_t objects = std::max({lru.objects, lfu.objects, random.objects});
    std::printf("| %s | %zu |", trace.name.c_str(), objects);
    for (const auto make : {MakeLru, MakeLfu, MakeSieve, MakeS3Fifo}) {
      std::printf(" %.2f |", RunPolicy(trace, make(objects).get()));
    }
    std::printf(" **%.2f** | **%.2f** | %.2f | %.1f %% |\n", lru.hit_percent, lfu.hit_percent,
                random.hit_percent,
                std::max({lru.limit_percent, lfu.limit_percent, random.limit_percent}));
    std::fflush(stdout);
  }
}

// Millions of gets a second of keys that are all there.
double GetRate(const Trace& trace, KontorCache* cache) {
  const auto begin = std::chrono::steady_clock::now();
  uint64_t hits = 0;
  for (const uint32_t number : trace.keys) hits += cache->Get(Key(number)) ? 1 : 0;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  Require(hits == trace.keys.size(), "a key is missing");
  return static_cast<double>(hits) / took.count() / 1e6;
}

// The price of noting uses: the same gets without a limit and under one that is not reached.
void ReportRates() {
  constexpr uint32_t kObjects = 200'000;
  constexpr int64_t kAmpleBytes = int64_t{1} << 30;
  constexpr int kRounds = 7;
  std::printf(
      "\n## Gets, M/s\n\n| keys of 1000 bytes | no limit | allkeys-lru | allkeys-lfu |\n"
      "|---|---|---|---|\n");
  const std::vector<Trace> traces = {
      MakeTrace("uniform", {.objects = kObjects, .exponent = 0, .accesses = 2'000'000}),
      MakeTrace("Zipf 0.99", {.objects = kObjects, .exponent = 0.99, .accesses = 2'000'000})};
  for (const Trace& trace : traces) {
    std::printf("| %s |", trace.name.c_str());
    std::vector<std::unique_ptr<KontorCache>> caches;
    caches.push_back(std::make_unique<KontorCache>(0, KONTOR_EVICT_NONE));
    caches.push_back(std::make_unique<KontorCache>(kAmpleBytes, KONTOR_EVICT_ALLKEYS_LRU));
    caches.push_back(std::make_unique<KontorCache>(kAmpleBytes, KONTOR_EVICT_ALLKEYS_LFU));
    std::vector<std::vector<double>> rates(caches.size());
    for (const auto& cache : caches) {
      for (uint32_t i = 0; i < kObjects; ++i) cache->Set(Key(i));
    }
    for (int round = 0; round < kRounds; ++round) {
      for (size_t i = 0; i < caches.size(); ++i) {
        rates[i].push_back(GetRate(trace, caches[i].get()));
      }
    }
    for (std::vector<double>& of_cache : rates) {
      std::sort(of_cache.begin(), of_cache.end());
      std::printf(" %.2f |", of_cache[kRounds / 2]);
    }
    std::printf("\n");
    std::fflush(stdout);
  }
}

int Main(int argc, char** argv) {
  constexpr size_t kAccesses = 6'000'000;
  const size_t accesses = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : kAccesses;
  Require(accesses >= 100'000, "usage: kontor_hit_ratio [accesses], at least 100000");
  std::printf("# Hit ratios\n\n## Per cent of the accesses, after the first sixth\n");
  const std::vector<Trace> traces = Traces(accesses);
  for (const int64_t limit_mib : {12, 112}) ReportHitRatios(traces, limit_mib << 20);
  ReportRates();
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::Main(argc, argv); }
