// Kontor's keyspace beside the maps and stores that engineers would otherwise use: every peer holds
// the same keys at the same time, the slices of a workload alternate between them, and what is
// printed is medians. One Markdown report on stdout, progress on stderr.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "versus/alone.h"
#include "versus/measure.h"
#include "versus/questions.h"
#include "versus/stores.h"

namespace bench {
namespace {

struct Options {
  std::vector<uint64_t> sizes = {1'000'000, 10'000'000};
  std::vector<std::string> libraries;
  double slice_seconds = 0.1;
  int rounds = 15;
  bool alone = false;
};

struct Contender {
  std::string name;
  std::unique_ptr<Peer> peer;
  Filling filling;
};

[[noreturn]] void Usage() {
  std::fprintf(stderr,
               "usage: kontor_versus [--keys N[,N...]] [--seconds S] [--rounds N] [--peer "
               "LIBRARY]... [--alone]\n"
               "  --keys     how many keys, one table for each (default 1000000,10000000)\n"
               "  --seconds  of one slice (default 0.1)\n"
               "  --rounds   slices of each peer (default 15)\n"
               "  --peer     a shared library with the functions of bench/versus/peer.h\n"
               "  --alone    only what no peer can be asked\n");
  std::exit(2);
}

std::vector<uint64_t> ParseSizes(const char* text) {
  std::vector<uint64_t> sizes;
  for (char* end = nullptr; *text != '\0'; text = *end == ',' ? end + 1 : end) {
    sizes.push_back(std::strtoull(text, &end, 10));
    if (end == text || (*end != ',' && *end != '\0') || sizes.back() == 0) Usage();
  }
  return sizes;
}

Options Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--alone") {
      options.alone = true;
      --i;
      continue;
    }
    if (i + 1 >= argc) Usage();
    if (name == "--keys") {
      options.sizes = ParseSizes(argv[i + 1]);
    } else if (name == "--seconds") {
      options.slice_seconds = std::atof(argv[i + 1]);
    } else if (name == "--rounds") {
      options.rounds = std::atoi(argv[i + 1]);
    } else if (name == "--peer") {
      options.libraries.emplace_back(argv[i + 1]);
    } else {
      Usage();
    }
  }
  if (options.sizes.empty() || options.slice_seconds <= 0 || options.rounds <= 0) Usage();
  return options;
}

void PrintRow(const char* what, const std::vector<double>& values, const char* format, bool ratio) {
  std::printf("| %s |", what);
  for (size_t i = 0; i < values.size(); ++i) {
    std::printf(" ");
    std::printf(format, values[i]);
    if (ratio && i > 0) std::printf(" (%.2f ×)", values.front() / values[i]);
    std::printf(" |");
  }
  std::printf("\n");
  std::fflush(stdout);
}

void PrintHead(uint64_t keys, const std::vector<Contender>& contenders) {
  std::printf("\n## %llu keys of 16 bytes, values of 64\n\n| |",
              static_cast<unsigned long long>(keys));
  for (const Contender& contender : contenders) std::printf(" %s |", contender.name.c_str());
  std::printf("\n|---|");
  for (size_t i = 0; i < contenders.size(); ++i) std::printf("---|");
  std::printf("\n");
}

void MeasureFilling(std::vector<Contender>* contenders, uint64_t keys) {
  std::vector<double> insert, longest, bytes;
  for (Contender& contender : *contenders) {
    std::fprintf(stderr, "filling %s with %llu keys\n", contender.name.c_str(),
                 static_cast<unsigned long long>(keys));
    contender.filling = Fill(contender.peer.get(), keys);
    insert.push_back(1e3 / contender.filling.insert_ns);
    longest.push_back(contender.filling.longest_insert_us);
    bytes.push_back(contender.filling.bytes_per_key);
  }
  PrintRow("insert while growing, M/s", insert, "%.2f", true);
  PrintRow("longest insert, µs", longest, "%.0f", false);
  PrintRow("bytes per key", bytes, "%.1f", false);
}

void MeasureAlternating(const std::vector<Contender>& contenders, uint64_t keys,
                        const Options& options, const std::string& what, const Workload& workload) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::vector<std::vector<double>> rates(contenders.size());
  for (int round = 0; round < options.rounds; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      rates[i].push_back(
          MeasureThroughput(contenders[i].peer.get(), keys, workload, options.slice_seconds) / 1e6);
    }
  }
  std::vector<double> medians;
  for (const auto& of_one : rates) medians.push_back(Median(of_one));
  PrintRow(what.c_str(), medians, "%.2f", true);
}

void MeasureLatencies(const std::vector<Contender>& contenders, uint64_t keys,
                      const Options& options, const std::string& what, const Workload& workload) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::vector<std::vector<double>> p999(contenders.size());
  std::vector<std::vector<double>> worst(contenders.size());
  for (int round = 0; round < options.rounds; ++round) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      const Latency latency =
          MeasureLatency(contenders[i].peer.get(), keys, workload, options.slice_seconds);
      p999[i].push_back(latency.get_p999_us);
      worst[i].push_back(latency.worst_us);
    }
  }
  std::vector<double> p999_medians, worst_medians;
  for (const auto& of_one : p999) p999_medians.push_back(Median(of_one));
  for (const auto& of_one : worst) worst_medians.push_back(Median(of_one));
  PrintRow((what + ": p99.9 of get, µs").c_str(), p999_medians, "%.1f", false);
  PrintRow((what + ": worst, µs").c_str(), worst_medians, "%.0f", false);
}

void MeasureSize(const Options& options, uint64_t keys) {
  std::vector<PeerKind> kinds = BuiltInPeers();
  for (const PeerKind& store : StorePeers()) kinds.push_back(store);
  for (const std::string& path : options.libraries) kinds.push_back(LoadPeer(path));
  std::vector<Contender> contenders;
  for (const PeerKind& kind : kinds) contenders.push_back({kind.name, kind.open(), {}});
  PrintHead(keys, contenders);
  MeasureFilling(&contenders, keys);
  const Zipf zipf(keys, 0.99);
  for (const int write_percent : {0, 5, 50}) {
    for (const bool is_zipf : {false, true}) {
      for (const int threads : {1, 2, 8}) {
        const Workload workload{
            .threads = threads, .write_percent = write_percent, .zipf = is_zipf ? &zipf : nullptr};
        char what[100];
        std::snprintf(what, sizeof(what), "%d %% reads, %s, %d thread%s, M/s", 100 - write_percent,
                      is_zipf ? "Zipf 0.99" : "uniform", threads, threads == 1 ? "" : "s");
        MeasureAlternating(contenders, keys, options, what, workload);
      }
    }
  }
  for (const int threads : {1, 2}) {
    const std::string what = "reads of one hot key, " + std::to_string(threads) + " thread(s), M/s";
    MeasureAlternating(contenders, keys, options, what, {.threads = threads, .one_hot_key = true});
  }
  MeasureLatencies(contenders, keys, options, "50 % reads, uniform, 2 threads",
                   {.threads = 2, .write_percent = 50});
  MeasureLatencies(contenders, keys, options, "50 % reads, uniform, 8 threads",
                   {.threads = 8, .write_percent = 50});
}

int Run(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  std::printf(
      "# Keyspace report\n\nMedians of %d slices of %.2f s, alternating between the peers; a "
      "ratio is Kontor divided by the peer. %u cores. An empty loop's longest pause: %.0f µs.\n",
      options.rounds, options.slice_seconds, std::thread::hardware_concurrency(),
      LongestPauseUs(2));
  for (const uint64_t keys : options.sizes) {
    if (!options.alone) MeasureSize(options, keys);
    MeasureAlone(keys, options.slice_seconds, options.rounds);
  }
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::Run(argc, argv); }
