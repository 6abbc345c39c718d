#ifndef KONTOR_BENCH_LANES_MEASURE_H_
#define KONTOR_BENCH_LANES_MEASURE_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "lanes/contenders.h"

namespace bench {

using SteadyClock = std::chrono::steady_clock;

inline double Median(std::vector<double> figures) {
  const auto middle = figures.begin() + static_cast<ptrdiff_t>(figures.size() / 2);
  std::nth_element(figures.begin(), middle, figures.end());
  return *middle;
}

inline double SecondsSince(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

// Million values a second from so many producers to as many consumers, through a queue of its own.
// Everything that comes out is added up and compared with what went in.
template <typename Queue>
double MeasureThroughput(int pairs, uint64_t values) {
  const auto queue = std::make_unique<Queue>();
  const uint64_t each = values / static_cast<uint64_t>(pairs);
  std::atomic<bool> begun{false};
  std::atomic<uint64_t> sum{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < pairs; ++i) {
    threads.emplace_back([&] {
      while (!begun.load()) std::this_thread::yield();
      for (uint64_t value = 1; value <= each; ++value) queue->Push(value);
    });
    threads.emplace_back([&] {
      while (!begun.load()) std::this_thread::yield();
      uint64_t own = 0;
      for (uint64_t n = 0; n < each; ++n) own += queue->Pop();
      sum.fetch_add(own);
    });
  }
  const auto begin = SteadyClock::now();
  begun.store(true);
  for (std::thread& thread : threads) thread.join();
  const double seconds = SecondsSince(begin);
  if (sum.load() != static_cast<uint64_t>(pairs) * (each * (each + 1) / 2)) Fail("a wrong sum");
  return static_cast<double>(each) * pairs / seconds / 1e6;
}

struct HandOver {
  double microseconds = 0;       // from the call of push to the return of pop
  double push_microseconds = 0;  // of them, what the producer pays
};

// To a consumer that sleeps in Pop. The medians of so many.
template <typename Queue>
HandOver MeasureHandOverToSleeper(int hand_overs) {
  constexpr auto kUntilItSleeps = std::chrono::microseconds(400);
  const auto queue = std::make_unique<Queue>();
  std::vector<double> whole;
  std::atomic<uint64_t> taken{0};
  std::thread consumer([&] {
    for (int i = 0; i < hand_overs; ++i) {
      const auto pushed_at = SteadyClock::duration(static_cast<int64_t>(queue->Pop()));
      whole.push_back(SecondsSince(SteadyClock::time_point(pushed_at)) * 1e6);
      taken.fetch_add(1);
    }
  });
  std::vector<double> push;
  for (uint64_t i = 0; i < static_cast<uint64_t>(hand_overs); ++i) {
    while (taken.load() < i) std::this_thread::yield();
    std::this_thread::sleep_for(kUntilItSleeps);
    const auto begin = SteadyClock::now();
    queue->Push(static_cast<uint64_t>(begin.time_since_epoch().count()));
    push.push_back(SecondsSince(begin) * 1e6);
  }
  consumer.join();
  return {Median(whole), Median(push)};
}

// To a consumer that looks for it all of the time: half a round trip through two queues.
template <typename Queue>
double MeasureHandOverToSpinner(int round_trips) {
  const auto there = std::make_unique<Queue>();
  const auto back = std::make_unique<Queue>();
  std::thread echo([&] {
    for (int i = 0; i < round_trips; ++i) back->Push(there->Pop());
  });
  const auto begin = SteadyClock::now();
  for (int i = 0; i < round_trips; ++i) {
    there->Push(1);
    back->Pop();
  }
  const double seconds = SecondsSince(begin);
  echo.join();
  return seconds * 1e9 / round_trips / 2;
}

}  // namespace bench

#endif  // KONTOR_BENCH_LANES_MEASURE_H_
