#ifndef KONTOR_BENCH_VERSUS_QUESTIONS_H_
#define KONTOR_BENCH_VERSUS_QUESTIONS_H_

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

#include "workload.h"

// What the measurements of versus are made of: keys, values, threads, the clock.

namespace bench {

using Clock = std::chrono::steady_clock;

inline double SecondsSince(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

inline double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Sixteen bytes without a pattern, made of two multiplications, so that all peers pay the same
// little for their keys.
class BinaryKey {
 public:
  BinaryKey() = default;
  explicit BinaryKey(uint64_t number) {
    const uint64_t mixed = Random(number).Next();
    const uint64_t words[2] = {mixed, mixed * 0x9e3779b97f4a7c15u + number};
    std::memcpy(bytes_.data(), words, sizeof(words));
  }
  std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, kKeyBytes> bytes_ = {};
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
inline bool IsValueOf(uint64_t number, const void* value) {
  return std::memcmp(value, &number, sizeof(number)) == 0;
}

// Every one of `keys` numbers as likely.
inline uint64_t Uniform(uint64_t draw, uint64_t keys) {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(draw) * keys >> 64);
}

template <typename Body>
void RunThreads(int count, Body body) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < count; ++thread) threads.emplace_back(body, thread);
  for (std::thread& thread : threads) thread.join();
}

inline uint64_t SeedOfThread(int thread) {
  return static_cast<uint64_t>(Clock::now().time_since_epoch().count()) * 16 +
         static_cast<uint64_t>(thread);
}

// Operations per second of all threads together: each calls `some`, which answers how many
// operations that was, until so many seconds have passed.
template <typename MakeSome>
double RateOf(int threads, double seconds, MakeSome make_some) {
  std::vector<double> rates(static_cast<size_t>(threads));
  RunThreads(threads, [&](int thread) {
    auto some = make_some(thread);
    const auto begin = Clock::now();
    uint64_t done = 0;
    double passed = 0;
    while (passed < seconds) {
      done += some();
      passed = SecondsSince(begin);
    }
    rates[static_cast<size_t>(thread)] = static_cast<double>(done) / passed;
  });
  double sum = 0;
  for (const double rate : rates) sum += rate;
  return sum;
}

inline uint64_t ResidentBytes() {
  unsigned long long pages = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  const bool read = file != nullptr && std::fscanf(file, "%*u %llu", &pages) == 1;
  if (file != nullptr) std::fclose(file);
  return read ? pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace bench

#endif  // KONTOR_BENCH_VERSUS_QUESTIONS_H_
