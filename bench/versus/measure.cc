#include "versus/measure.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "versus/questions.h"

namespace bench {
namespace {

// One thread's questions.
class Questions {
 public:
  Questions(Peer* peer, uint64_t keys, const Workload& workload, uint64_t seed)
      : peer_(peer), keys_(keys), workload_(workload), random_(seed) {}

  // True if it was a get.
  bool Ask() {
    const uint64_t draw = random_.Next();
    const uint64_t number = Choose(draw);
    const BinaryKey key(number);
    if (static_cast<int>(draw % 100) < workload_.write_percent) {
      peer_->Set(key.view(), value_.Of(number));
      return false;
    }
    if (!peer_->Get(key.view(), buffer_, sizeof(buffer_)) || !IsValueOf(number, buffer_)) {
      std::fprintf(stderr, "versus: a peer lost or mixed up key %llu\n",
                   static_cast<unsigned long long>(number));
      std::exit(1);
    }
    return true;
  }

 private:
  uint64_t Choose(uint64_t draw) {
    if (workload_.one_hot_key) return 0;
    if (workload_.zipf == nullptr) return Uniform(draw, keys_);
    constexpr double kUnit = 1.0 / static_cast<double>(uint64_t{1} << 53);
    const uint64_t rank = workload_.zipf->Rank(static_cast<double>(draw >> 11) * kUnit);
    return rank * 0x9e3779b97f4a7c15u % keys_;  // the popular ones lie anywhere
  }

  Peer* const peer_;
  const uint64_t keys_;
  const Workload& workload_;
  Random random_;
  OwnValue value_;
  char buffer_[kValueBytes];
};

}  // namespace

double MeasureThroughput(Peer* peer, uint64_t keys, const Workload& workload, double seconds) {
  return RateOf(workload.threads, seconds, [&](int thread) {
    return [questions = Questions(peer, keys, workload, SeedOfThread(thread))]() mutable {
      constexpr int kBetweenLooksAtTheClock = 256;
      for (int i = 0; i < kBetweenLooksAtTheClock; ++i) questions.Ask();
      return kBetweenLooksAtTheClock;
    };
  });
}

Latency MeasureLatency(Peer* peer, uint64_t keys, const Workload& workload, double seconds) {
  std::vector<std::vector<float>> gets_us(static_cast<size_t>(workload.threads));
  std::vector<double> worst_us(static_cast<size_t>(workload.threads));
  RunThreads(workload.threads, [&](int thread) {
    const auto index = static_cast<size_t>(thread);
    Questions questions(peer, keys, workload, SeedOfThread(thread));
    gets_us[index].reserve(1 << 20);
    const auto begin = Clock::now();
    auto last = begin;
    while (std::chrono::duration<double>(last - begin).count() < seconds) {
      const bool was_get = questions.Ask();
      const auto now = Clock::now();
      const double took_us = std::chrono::duration<double, std::micro>(now - last).count();
      last = now;
      worst_us[index] = std::max(worst_us[index], took_us);
      if (was_get && gets_us[index].size() < gets_us[index].capacity()) {
        gets_us[index].push_back(static_cast<float>(took_us));
      }
    }
  });
  std::vector<float> all;
  for (const auto& some : gets_us) all.insert(all.end(), some.begin(), some.end());
  Latency latency;
  latency.worst_us = *std::max_element(worst_us.begin(), worst_us.end());
  if (!all.empty()) {
    const auto place = all.begin() + static_cast<ptrdiff_t>(all.size() * 999 / 1000);
    std::nth_element(all.begin(), place, all.end());
    latency.get_p999_us = static_cast<double>(*place);
  }
  return latency;
}

Filling Fill(Peer* peer, uint64_t keys) {
  OwnValue value;
  const uint64_t resident_before = ResidentBytes();
  Filling filling;
  const auto begin = Clock::now();
  auto last = begin;
  for (uint64_t number = 0; number < keys; ++number) {
    peer->Set(BinaryKey(number).view(), value.Of(number));
    const auto now = Clock::now();
    filling.longest_insert_us = std::max(
        filling.longest_insert_us, std::chrono::duration<double, std::micro>(now - last).count());
    last = now;
  }
  filling.insert_ns = SecondsSince(begin) * 1e9 / static_cast<double>(keys);
  filling.bytes_per_key =
      static_cast<double>(ResidentBytes() - resident_before) / static_cast<double>(keys);
  return filling;
}

double LongestPauseUs(double seconds) {
  double longest_us = 0;
  const auto begin = Clock::now();
  auto last = begin;
  while (std::chrono::duration<double>(last - begin).count() < seconds) {
    const auto now = Clock::now();
    longest_us =
        std::max(longest_us, std::chrono::duration<double, std::micro>(now - last).count());
    last = now;
  }
  return longest_us;
}

}  // namespace bench
