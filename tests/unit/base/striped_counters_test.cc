#include "base/striped_counters.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace kontor {
namespace {

// More threads at once than there are numbers: some share, and still nothing is lost.
TEST(StripedCountersTest, NothingIsLostWithMoreThreadsThanStripes) {
  constexpr unsigned kThreads = kThreadStripes + 20;
  constexpr uint64_t kEach = 10000;
  StripedCounters<2> counters;
  std::atomic<unsigned> numbered{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      ThreadStripe();
      numbered.fetch_add(1);
      while (numbered.load() != kThreads) std::this_thread::yield();
      for (uint64_t n = 0; n < kEach; ++n) {
        counters.Add(0);
        counters.Add(1, 3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counters.Sum(0), kThreads * kEach);
  EXPECT_EQ(counters.Sum(1), 3 * kThreads * kEach);
}

TEST(StripedCountersTest, ThreadsThatLiveTogetherHaveDifferentNumbers) {
  constexpr unsigned kThreads = 30;
  std::vector<unsigned> stripes(kThreads);
  std::atomic<unsigned> numbered{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      stripes[i] = ThreadStripe();
      EXPECT_EQ(ThreadStripe(), stripes[i]);
      numbered.fetch_add(1);
      while (numbered.load() != kThreads) std::this_thread::yield();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<unsigned>(stripes.begin(), stripes.end()).size(), kThreads);
}

// One after the other they get what those before gave back.
TEST(StripedCountersTest, AThreadThatEndsGivesItsNumberBack) {
  for (unsigned i = 0; i < 3 * kThreadStripes; ++i) {
    unsigned stripe = 0;
    std::thread([&] { stripe = ThreadStripe(); }).join();
    ASSERT_NE(stripe, 0u) << i;
  }
}

}  // namespace
}  // namespace kontor
