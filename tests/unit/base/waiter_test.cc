#include "base/waiter.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

namespace kontor {
namespace {

TEST(WaiterTest, ANotificationBeforeTheWaitIsNotLost) {
  Waiter waiter;
  waiter.Notify();
  EXPECT_EQ(waiter.Wait(-1), WakeReason::kNotified);
  EXPECT_EQ(waiter.Wait(0), WakeReason::kTimeout);
}

TEST(WaiterTest, TimeoutTakesItsTime) {
  Waiter waiter;
  const int64_t start_ns = Clock::System()->MonotonicNs();
  EXPECT_EQ(waiter.Wait(30), WakeReason::kTimeout);
  EXPECT_GE(Clock::System()->MonotonicNs() - start_ns, 30'000'000);
}

TEST(WaiterTest, AnotherThreadEndsAnEndlessWait) {
  Waiter waiter;
  std::thread notifier([&waiter] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    waiter.Notify();
  });
  EXPECT_EQ(waiter.Wait(-1), WakeReason::kNotified);
  notifier.join();
}

TEST(WaiterTest, TheCallThatWakesMayComeLaterAlsoWhenTheWaiterIsGone) {
  PendingWake wake;
  {
    Waiter waiter;
    std::thread notifier([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      waiter.NotifyLater().Run();
    });
    EXPECT_EQ(waiter.Wait(-1), WakeReason::kNotified);
    notifier.join();
    wake = waiter.NotifyLater();
    EXPECT_EQ(waiter.Wait(-1), WakeReason::kNotified);
  }
  wake.Run();
}

TEST(WaiterTest, AnInterruptIsStickyUntilCleared) {
  Waiter waiter;
  std::thread interrupter([&waiter] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    waiter.Interrupt();
  });
  EXPECT_EQ(waiter.Wait(-1), WakeReason::kInterrupted);
  interrupter.join();
  EXPECT_TRUE(waiter.interrupted());
  waiter.Notify();
  EXPECT_EQ(waiter.Wait(-1), WakeReason::kInterrupted);
  waiter.ClearInterrupt();
  EXPECT_EQ(waiter.Wait(-1), WakeReason::kNotified);
  EXPECT_EQ(waiter.Wait(0), WakeReason::kTimeout);
}

TEST(WaiterTest, ASignalEndsTheWaitOnlyWhereAsked) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  for (const bool wake : {false, true}) {
    Waiter waiter;
    waiter.set_wake_on_signal(wake);
    std::atomic<bool> done{false};
    std::thread signaller([&done, waiting = pthread_self()] {
      while (!done) {
        pthread_kill(waiting, SIGUSR1);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
    EXPECT_EQ(waiter.Wait(wake ? 10'000 : 60),
              wake ? WakeReason::kInterrupted : WakeReason::kTimeout);
    done = true;
    signaller.join();
  }
  ASSERT_EQ(sigaction(SIGUSR1, &before, nullptr), 0);
}

TEST(CountdownTest, NegativeIsForEverAndZeroIsOver) {
  EXPECT_EQ(Countdown(-1).RemainingMs(), -1);
  EXPECT_EQ(Countdown(INT64_MIN).RemainingMs(), -1);
  EXPECT_EQ(Countdown(0).RemainingMs(), 0);
  EXPECT_GT(Countdown(INT64_MAX).RemainingMs(), int64_t{365} * 24 * 60 * 60 * 1000);
  const Countdown countdown(50);
  EXPECT_LE(countdown.RemainingMs(), 50);
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  EXPECT_EQ(countdown.RemainingMs(), 0);
}

TEST(WaitListTest, OnlyTheFirstMayTake) {
  WaitList list;
  Waiter waiter;
  WaitPlace first(&waiter);
  WaitPlace second(&waiter);
  const WaitPlace newcomer(&waiter);
  EXPECT_TRUE(list.MayTake(newcomer));
  list.Append(&first);
  list.Append(&second);
  EXPECT_TRUE(list.MayTake(first));
  EXPECT_FALSE(list.MayTake(second));
  EXPECT_FALSE(list.MayTake(newcomer));
  EXPECT_EQ(list.size(), 2u);
  list.Remove(&first);
  EXPECT_TRUE(list.MayTake(second));
  list.Remove(&second);
  list.Remove(&second);
  EXPECT_TRUE(list.empty());
}

TEST(WaitListTest, RemovesFromTheMiddle) {
  WaitList list;
  Waiter waiter;
  WaitPlace first(&waiter);
  WaitPlace second(&waiter);
  WaitPlace third(&waiter);
  for (WaitPlace* place : {&first, &second, &third}) list.Append(place);
  list.Remove(&second);
  list.Remove(&first);
  EXPECT_TRUE(list.MayTake(third));
  EXPECT_EQ(list.size(), 1u);
  list.Remove(&third);
}

TEST(WaitListTest, NotifyFirstWakesTheFirstAndNobodyElse) {
  WaitList list;
  Waiter one;
  Waiter other;
  WaitPlace first(&one);
  WaitPlace second(&other);
  list.NotifyFirst();
  list.Append(&first);
  list.Append(&second);
  list.NotifyFirst();
  EXPECT_EQ(one.Wait(0), WakeReason::kNotified);
  EXPECT_EQ(other.Wait(0), WakeReason::kTimeout);
  list.NotifyAll();
  EXPECT_EQ(one.Wait(0), WakeReason::kNotified);
  EXPECT_EQ(other.Wait(0), WakeReason::kNotified);
  list.Remove(&first);
  list.Remove(&second);
}

// The rule of WaitList, kept by many threads over one counter: everybody is served, first come
// first served.
TEST(WaitListTest, ServesInOrderOfArrivalAndForgetsNobody) {
  constexpr int kThreads = 6;
  Mutex mutex;
  WaitList list;
  int items = 0;
  std::vector<int> served;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      Waiter waiter;
      WaitPlace place(&waiter);
      mutex.Lock();
      list.Append(&place);
      while (items == 0 || !list.MayTake(place)) {
        mutex.Unlock();
        EXPECT_EQ(waiter.Wait(10'000), WakeReason::kNotified);
        mutex.Lock();
      }
      --items;
      served.push_back(i);
      list.Remove(&place);
      if (items > 0) list.NotifyFirst();
      mutex.Unlock();
    });
    while (true) {
      MutexLock lock(&mutex);
      if (list.size() == static_cast<uint64_t>(i) + 1) break;
    }
  }
  {
    MutexLock lock(&mutex);
    items = kThreads;
    list.NotifyFirst();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served, (std::vector<int>{0, 1, 2, 3, 4, 5}));
}

}  // namespace
}  // namespace kontor
