#include "versus/measure.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "workload.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

// Sixteen bytes without a pattern, made of two multiplications, so that all peers pay the same
// little for their keys.
class BinaryKey {
 public:
  explicit BinaryKey(uint64_t number) {
    const uint64_t mixed = Random(number).Next();
    const uint64_t words[2] = {mixed, mixed * 0x9e3779b97f4a7c15u + number};
    std::memcpy(bytes_.data(), words, sizeof(words));
  }
  std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, kKeyBytes> bytes_;
};

// A value says whose it is.
class OwnValue {
 public:
  OwnValue() { bytes_.fill('v'); }
  std::string_view Of(uint64_t number) {
    std::memcpy(bytes_.data(), &number, sizeof(number));
    return {bytes_.data(), bytes_.size()};
  }

 private:
  std::array<char, kValueBytes> bytes_;
};

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
    if (!peer_->Get(key.view(), buffer_, sizeof(buffer_)) ||
        std::memcmp(buffer_, &number, sizeof(number)) != 0) {
      std::fprintf(stderr, "versus: a peer lost or mixed up key %llu\n",
                   static_cast<unsigned long long>(number));
      std::exit(1);
    }
    return true;
  }

 private:
  uint64_t Choose(uint64_t draw) {
    if (workload_.one_hot_key) return 0;
    if (workload_.zipf == nullptr) {
      return static_cast<uint64_t>(static_cast<unsigned __int128>(draw) * keys_ >> 64);
    }
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

template <typename Body>
void RunThreads(int count, Body body) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < count; ++thread) threads.emplace_back(body, thread);
  for (std::thread& thread : threads) thread.join();
}

uint64_t Seed(int thread) {
  return static_cast<uint64_t>(Clock::now().time_since_epoch().count()) * 16 +
         static_cast<uint64_t>(thread);
}

uint64_t ResidentBytes() {
  unsigned long long pages = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  const bool read = file != nullptr && std::fscanf(file, "%*u %llu", &pages) == 1;
  if (file != nullptr) std::fclose(file);
  return read ? pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace

Throughput MeasureThroughput(Peer* peer, uint64_t keys, const Workload& workload, double seconds) {
  constexpr int kBetweenLooksAtTheClock = 256;
  std::vector<double> rates(static_cast<size_t>(workload.threads));
  RunThreads(workload.threads, [&](int thread) {
    Questions questions(peer, keys, workload, Seed(thread));
    const auto begin = Clock::now();
    uint64_t asked = 0;
    double passed = 0;
    while (passed < seconds) {
      for (int i = 0; i < kBetweenLooksAtTheClock; ++i) questions.Ask();
      asked += kBetweenLooksAtTheClock;
      passed = SecondsSince(begin);
    }
    rates[static_cast<size_t>(thread)] = static_cast<double>(asked) / passed;
  });
  Throughput throughput;
  for (const double rate : rates) throughput.operations_per_second += rate;
  return throughput;
}

Latency MeasureLatency(Peer* peer, uint64_t keys, const Workload& workload, double seconds) {
  std::vector<std::vector<float>> gets_us(static_cast<size_t>(workload.threads));
  std::vector<double> worst_us(static_cast<size_t>(workload.threads));
  RunThreads(workload.threads, [&](int thread) {
    const auto index = static_cast<size_t>(thread);
    Questions questions(peer, keys, workload, Seed(thread));
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
