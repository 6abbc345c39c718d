// The lane beside the queues that a host would use instead: values handed from threads to threads,
// 8 bytes each. All contenders take turns. One Markdown report on stdout; the repetitions may be
// given, and the values of a run.

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "lanes/contenders.h"
#include "lanes/measure.h"

namespace bench {
namespace {

constexpr std::array<int, 3> kPairs = {1, 2, 4};
constexpr int kHandOvers = 200;
constexpr int kRoundTrips = 100000;

enum class Role {
  kOurs,
  kMutex,          // what the lane must be clearly faster than
  kUnboundedFifo,  // what it must not be slower than
  kOther,          // bounded, or of another order
};

struct Contender {
  std::string name;
  Role role;
  std::function<double(int, uint64_t)> throughput;
  std::array<std::vector<double>, kPairs.size()> figures = {};
};

template <typename Queue>
Contender Make(Role role) {
  return {Queue::kName, role, MeasureThroughput<Queue>};
}

std::vector<Contender> Contenders() {
  return {
      Make<KontorByC>(Role::kOurs),
      Make<KontorInside>(Role::kOurs),
      Make<KontorPolled>(Role::kOurs),
      Make<MutexPolled>(Role::kMutex),
      Make<MutexWaiting>(Role::kMutex),
      Make<MutexLane>(Role::kUnboundedFifo),
#ifdef KONTOR_BENCH_BOOST_LOCKFREE
      Make<BoostLockfree>(Role::kUnboundedFifo),
#endif
#ifdef KONTOR_BENCH_TBB
      Make<OneTbb>(Role::kUnboundedFifo),
#endif
#ifdef KONTOR_BENCH_MOODYCAMEL
      Make<Moodycamel>(Role::kOther),
      Make<MoodycamelBlocking>(Role::kOther),
#endif
#ifdef KONTOR_BENCH_RIGTORP
      Make<Rigtorp>(Role::kOther),
#endif
#ifdef KONTOR_BENCH_ATOMIC_QUEUE
      Make<AtomicQueue>(Role::kOther),
#endif
  };
}

const char* Met(bool met) { return met ? "met" : "**missed**"; }

// Of one role, the best median of a shape.
double Best(const std::vector<Contender>& contenders, Role role, size_t shape) {
  double best = 0;
  for (const Contender& contender : contenders) {
    if (contender.role == role) best = std::max(best, Median(contender.figures[shape]));
  }
  return best;
}

void PrintThroughput(const std::vector<Contender>& contenders) {
  std::printf("\n## Throughput\n\nMillion values a second, median (lowest to highest).\n\n");
  std::printf("| queue | 1 -> 1 | 2 -> 2 | 4 -> 4 |\n|---|---|---|---|\n");
  for (const Contender& contender : contenders) {
    std::printf("| %s |", contender.name.c_str());
    for (const std::vector<double>& figures : contender.figures) {
      const auto [least, most] = std::minmax_element(figures.begin(), figures.end());
      std::printf(" %.1f (%.1f to %.1f) |", Median(figures), *least, *most);
    }
    std::printf("\n");
  }
  std::printf("\n| figure of the lane by the C ABI | target | seen | |\n|---|---|---|---|\n");
  for (size_t shape = 0; shape < kPairs.size(); ++shape) {
    const double ours = Median(contenders.front().figures[shape]);
    const double mutex = Best(contenders, Role::kMutex, shape);
    const double fifo = std::max(mutex, Best(contenders, Role::kUnboundedFifo, shape));
    const int pairs = kPairs[shape];
    std::printf("| %d -> %d beside the fastest unbounded FIFO queue | >= 1.0 x | %.2f x | %s |\n",
                pairs, pairs, ours / fifo, Met(ours >= fifo));
    if (pairs == 2) continue;
    std::printf("| %d -> %d beside the faster std::mutex + std::deque | >= 1.5 x | %.2f x | %s |\n",
                pairs, pairs, ours / mutex, Met(ours >= 1.5 * mutex));
  }
}

void RunThroughput(int repetitions, uint64_t values) {
  std::vector<Contender> contenders = Contenders();
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    for (size_t shape = 0; shape < kPairs.size(); ++shape) {
      for (Contender& contender : contenders) {
        contender.figures[shape].push_back(contender.throughput(kPairs[shape], values));
      }
    }
  }
  PrintThroughput(contenders);
}

void RunSleepers(int repetitions) {
  std::vector<double> ours;
  std::vector<double> peer;
  std::vector<double> our_push;
  std::vector<double> peer_push;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    const HandOver lane = MeasureHandOverToSleeper<KontorByC>(kHandOvers);
    const HandOver condition = MeasureHandOverToSleeper<MutexWaiting>(kHandOvers);
    ours.push_back(lane.microseconds);
    our_push.push_back(lane.push_microseconds);
    peer.push_back(condition.microseconds);
    peer_push.push_back(condition.push_microseconds);
  }
  const double ratio = Median(ours) / Median(peer);
  std::printf(
      "| to a sleeping consumer, us | condition variable | %.1f | %.1f | <= 1.1 x | %.2f x "
      "| %s |\n",
      Median(peer), Median(ours), ratio, Met(ratio <= 1.1));
  std::printf("| of it the push, us | condition variable | %.1f | %.1f | (none) | %.2f x | |\n",
              Median(peer_push), Median(our_push), Median(our_push) / Median(peer_push));
}

void RunSpinners(int repetitions) {
#ifdef KONTOR_BENCH_RIGTORP
  using Peer = Rigtorp;
#else
  using Peer = MutexPolled;
#endif
  std::vector<double> ours;
  std::vector<double> waiting;
  std::vector<double> peer;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    ours.push_back(MeasureHandOverToSpinner<KontorByCPolled>(kRoundTrips));
    waiting.push_back(MeasureHandOverToSpinner<KontorByC>(kRoundTrips));
    peer.push_back(MeasureHandOverToSpinner<Peer>(kRoundTrips));
  }
  const double ratio = Median(ours) / Median(peer);
  std::printf("| to a spinning consumer, ns | %s | %.0f | %.0f | <= 1.5 x | %.2f x | %s |\n",
              Peer::kName, Median(peer), Median(ours), ratio, Met(ratio <= 1.5));
  std::printf(
      "| to one that spins a little and then sleeps, ns | the same | %.0f | %.0f | (none) "
      "| %.2f x | |\n",
      Median(peer), Median(waiting), Median(waiting) / Median(peer));
}

void Run(int repetitions, uint64_t values) {
  std::printf("# Lanes beside other queues\n\n");
  std::printf("%d interleaved runs of %llu values of 8 bytes; %u processors.\n", repetitions,
              static_cast<unsigned long long>(values), std::thread::hardware_concurrency());
  RunThroughput(repetitions, values);
  std::printf("\n## Handing one value over\n\n");
  std::printf(
      "| | peer | peer | lane by the C ABI | target | seen | |\n|---|---|---|---|---|---|---|\n");
  RunSleepers(repetitions);
  RunSpinners(repetitions);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const int repetitions = argc > 1 ? std::atoi(argv[1]) : 15;
  const uint64_t values = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2'000'000;
  if (repetitions < 1 || values < 1000 || argc > 3) {
    std::fprintf(stderr, "usage: kontor_lanes [repetitions] [values-per-run]\n");
    return 2;
  }
  bench::Run(repetitions, values);
  return 0;
}
