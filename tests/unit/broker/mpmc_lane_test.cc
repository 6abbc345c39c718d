#include "broker/mpmc_lane.h"

#include <poll.h>

#include <array>
#include <chrono>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kontor {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

constexpr int64_t kForever = -1;

Code PopOne(MpmcLane* lane, int64_t timeout_ms, uint64_t* value, Waiter* waiter = nullptr) {
  size_t popped = 0;
  const Status status = lane->Pop(timeout_ms, waiter, value, 1, &popped);
  EXPECT_EQ(popped, status.ok() ? 1u : 0u);
  return status.code();
}

bool IsReadable(int descriptor) {
  pollfd polled{.fd = descriptor, .events = POLLIN, .revents = 0};
  return poll(&polled, 1, 0) == 1;
}

// Long enough for another thread to have gone to sleep.
void LetOthersSleep() { std::this_thread::sleep_for(milliseconds(30)); }

TEST(MpmcLaneTest, PopsInOrderWithoutWaiting) {
  MpmcLane lane(nullptr);
  uint64_t value = 0;
  EXPECT_EQ(lane.TryPop(&value), PopOutcome::kEmpty);
  EXPECT_EQ(PopOne(&lane, 0, &value), Code::kTimeout);
  for (uint64_t i = 0; i < 5000; ++i) EXPECT_TRUE(lane.Push(i));
  EXPECT_EQ(lane.size(), 5000u);
  for (uint64_t i = 0; i < 5000; ++i) {
    ASSERT_EQ(lane.TryPop(&value), PopOutcome::kTaken);
    ASSERT_EQ(value, i);
  }
  EXPECT_EQ(lane.TryPop(&value), PopOutcome::kEmpty);
}

TEST(MpmcLaneTest, BatchesKeepTheOrder) {
  MpmcLane lane(nullptr);
  std::vector<uint64_t> values(3000);
  std::iota(values.begin(), values.end(), uint64_t{0});
  size_t count = 0;
  EXPECT_TRUE(lane.PushMany(values.data(), values.size(), &count));
  EXPECT_EQ(count, 3000u);
  std::vector<uint64_t> popped(2000);
  EXPECT_TRUE(lane.Pop(0, nullptr, popped.data(), 2000, &count).ok());
  EXPECT_EQ(count, 2000u);
  EXPECT_EQ(popped, std::vector<uint64_t>(values.begin(), values.begin() + 2000));
  EXPECT_TRUE(lane.Pop(kForever, nullptr, popped.data(), 2000, &count).ok());
  EXPECT_EQ(count, 1000u);
  EXPECT_EQ(popped[999], 2999u);
}

TEST(MpmcLaneTest, MemoryIsCountedAndGivenBack) {
  MemoryBudget budget;
  {
    MpmcLane lane(&budget);
    const int64_t empty = budget.used_bytes(MemoryPurpose::kQueues);
    EXPECT_GT(empty, 4096);
    for (uint64_t i = 0; i < 1000000; ++i) lane.Push(i);
    EXPECT_GT(budget.used_bytes(), 8 * 1000000);
    EXPECT_LT(budget.used_bytes(), 9 * 1000000);
    uint64_t value = 0;
    while (lane.TryPop(&value) == PopOutcome::kTaken) {
    }
    EXPECT_LT(budget.used_bytes(), 10 * empty);
  }
  EXPECT_EQ(budget.used_bytes(), 0);
}

TEST(MpmcLaneTest, WaitsUntilAValueComes) {
  MpmcLane lane(nullptr);
  std::thread producer([&lane] {
    LetOthersSleep();
    lane.Push(42);
  });
  uint64_t value = 0;
  EXPECT_EQ(PopOne(&lane, kForever, &value), Code::kOk);
  EXPECT_EQ(value, 42u);
  producer.join();
}

TEST(MpmcLaneTest, TimesOutAndIsInterrupted) {
  MpmcLane lane(nullptr);
  uint64_t value = 0;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(PopOne(&lane, 20, &value), Code::kTimeout);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(19));
  Waiter waiter;
  std::thread interrupter([&waiter] {
    LetOthersSleep();
    waiter.Interrupt();
  });
  EXPECT_EQ(PopOne(&lane, kForever, &value, &waiter), Code::kInterrupted);
  interrupter.join();
  // It is sticky; what is there goes before it.
  EXPECT_EQ(PopOne(&lane, kForever, &value, &waiter), Code::kInterrupted);
  lane.Push(1);
  EXPECT_EQ(PopOne(&lane, kForever, &value, &waiter), Code::kOk);
}

TEST(MpmcLaneTest, TheLongestWaitingIsWokenFirst) {
  MpmcLane lane(nullptr);
  std::mutex mutex;
  std::vector<int> order;
  std::vector<std::thread> consumers;
  for (int i = 0; i < 3; ++i) {
    consumers.emplace_back([&, i] {
      uint64_t value = 0;
      EXPECT_EQ(PopOne(&lane, kForever, &value), Code::kOk);
      const std::lock_guard lock(mutex);
      order.push_back(i);
    });
    LetOthersSleep();
  }
  for (uint64_t i = 0; i < 3; ++i) {
    lane.Push(i);
    LetOthersSleep();
  }
  for (std::thread& consumer : consumers) consumer.join();
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
}

TEST(MpmcLaneTest, OnePushOfManyWakesAsManyAsItIsFor) {
  constexpr size_t kConsumers = 4;
  MpmcLane lane(nullptr);
  std::vector<std::thread> consumers;
  for (size_t i = 0; i < kConsumers; ++i) {
    consumers.emplace_back([&lane] {
      uint64_t value = 0;
      EXPECT_EQ(PopOne(&lane, kForever, &value), Code::kOk);
    });
  }
  LetOthersSleep();
  const std::array<uint64_t, kConsumers> values{1, 2, 3, 4};
  size_t pushed = 0;
  lane.PushMany(values.data(), values.size(), &pushed);
  for (std::thread& consumer : consumers) consumer.join();
  EXPECT_EQ(lane.size(), 0u);
}

// Whoever gives up while others stand behind leaves them what there is.
TEST(MpmcLaneTest, WhoeverLeavesTheLineWakesTheNext) {
  MpmcLane lane(nullptr);
  Waiter first_waiter;
  std::thread first([&] {
    uint64_t value = 0;
    EXPECT_EQ(PopOne(&lane, kForever, &value, &first_waiter), Code::kInterrupted);
  });
  LetOthersSleep();
  std::thread second([&] {
    uint64_t value = 0;
    EXPECT_EQ(PopOne(&lane, kForever, &value), Code::kOk);
    EXPECT_EQ(value, 5u);
  });
  LetOthersSleep();
  first_waiter.Interrupt();
  first.join();
  lane.Push(5);
  second.join();
}

TEST(MpmcLaneTest, ClosingWakesEverybody) {
  MpmcLane lane(nullptr);
  std::vector<std::thread> consumers;
  for (int i = 0; i < 3; ++i) {
    consumers.emplace_back([&lane] {
      uint64_t value = 0;
      EXPECT_EQ(PopOne(&lane, kForever, &value), Code::kClosed);
    });
  }
  LetOthersSleep();
  EXPECT_TRUE(lane.Close());
  for (std::thread& consumer : consumers) consumer.join();
  EXPECT_FALSE(lane.Close());
  EXPECT_FALSE(lane.Push(1));
  EXPECT_EQ(lane.size(), 0u);
}

TEST(MpmcLaneTest, WhatIsInsideCanStillBePoppedOnceItIsClosed) {
  MpmcLane lane(nullptr);
  lane.Push(1);
  lane.Push(2);
  lane.Close();
  uint64_t value = 0;
  EXPECT_EQ(PopOne(&lane, kForever, &value), Code::kOk);
  EXPECT_EQ(PopOne(&lane, 0, &value), Code::kOk);
  EXPECT_EQ(value, 2u);
  EXPECT_EQ(PopOne(&lane, kForever, &value), Code::kClosed);
  EXPECT_EQ(lane.TryPop(&value), PopOutcome::kClosed);
}

TEST(MpmcLaneTest, TheDescriptorIsReadableWhileThereIsSomething) {
  MpmcLane lane(nullptr);
  const auto descriptor = lane.Descriptor();
  ASSERT_TRUE(descriptor.ok());
  EXPECT_FALSE(IsReadable(*descriptor));
  uint64_t value = 0;
  for (int round = 0; round < 2; ++round) {
    lane.Push(1);
    lane.Push(2);
    EXPECT_TRUE(IsReadable(*descriptor));
    EXPECT_EQ(lane.TryPop(&value), PopOutcome::kTaken);
    EXPECT_TRUE(IsReadable(*descriptor));
    EXPECT_EQ(lane.TryPop(&value), PopOutcome::kTaken);
    EXPECT_EQ(lane.TryPop(&value), PopOutcome::kEmpty);
    EXPECT_FALSE(IsReadable(*descriptor));
  }
  EXPECT_EQ(*lane.Descriptor(), *descriptor);
  lane.Close();
  EXPECT_TRUE(IsReadable(*descriptor));
  EXPECT_EQ(lane.TryPop(&value), PopOutcome::kClosed);
  EXPECT_TRUE(IsReadable(*descriptor));
}

TEST(MpmcLaneTest, TheDescriptorKnowsWhatCameBeforeIt) {
  MpmcLane lane(nullptr);
  lane.Push(1);
  EXPECT_TRUE(IsReadable(*lane.Descriptor()));
  MpmcLane closed(nullptr);
  closed.Close();
  EXPECT_TRUE(IsReadable(*closed.Descriptor()));
}

// More threads at once than have a number of their own, and far more in a row.
TEST(MpmcLaneTest, ThreadsComeAndGo) {
  constexpr int kRounds = 8;
  constexpr int kThreads = 100;
  MpmcLane lane(nullptr);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&lane, i] {
        uint64_t value = 0;
        for (int n = 0; n < 20; ++n) {
          i % 2 == 0 ? static_cast<void>(lane.Push(1))
                     : static_cast<void>(PopOne(&lane, -1, &value));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(lane.size(), 0u);
  }
}

}  // namespace
}  // namespace kontor
