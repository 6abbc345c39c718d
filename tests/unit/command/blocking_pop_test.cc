#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

class BlockingPopTest : public CollectionCommandTest {
 protected:
  // How many callers are in line at a key.
  uint64_t Waiting(Bytes key) {
    uint64_t waiting = 0;
    Core* const core = engine_->core();
    const Status status =
        Execute(core, ShardsOf(core->keyspace, key), Access::kRead, 0, [&](Operation&) {
          Shard* const shard = core->keyspace.ShardOf(core->keyspace.Hash(key));
          shard->lock()->AssertHeld();
          const WaitList* const list = shard->FindWaiters(0, key, ValueType::kList);
          waiting = list == nullptr ? 0 : list->size();
          return Ok();
        });
    EXPECT_TRUE(status.ok());
    return waiting;
  }
  void AwaitWaiting(Bytes key, uint64_t count) {
    while (Waiting(key) != count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
};

TEST_F(BlockingPopTest, FirstComeFirstServed) {
  constexpr int kThreads = 8;
  std::vector<std::string> replies(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] { replies[static_cast<size_t>(i)] = Run("BLPOP other l 0"); });
    AwaitWaiting("l", static_cast<uint64_t>(i) + 1);
  }
  EXPECT_EQ(Run("RPUSH l 0 1 2"), ":3");
  AwaitWaiting("l", kThreads - 3);
  EXPECT_EQ(Run("LLEN l"), ":0");
  for (int i = 3; i < kThreads; ++i) Run("RPUSH l " + std::to_string(i));
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < kThreads; ++i) {
    EXPECT_EQ(replies[i], "[\"l\" \"" + std::to_string(i) + "\"]");
  }
}

TEST_F(BlockingPopTest, EveryElementGoesToExactlyOne) {
  constexpr int kTakers = 6;
  constexpr int kGivers = 3;
  constexpr int kEach = 400;
  std::atomic<int> taken{0};
  Mutex mutex;
  std::multiset<std::string> seen;
  std::vector<std::thread> threads;
  for (int t = 0; t < kTakers; ++t) {
    threads.emplace_back([&, t] {
      const char* const lines[] = {"BLPOP a b 0", "BRPOP b a 0", "BLMPOP 0 2 a b LEFT COUNT 1"};
      while (taken.fetch_add(1) < kGivers * kEach) {
        const std::string reply = Run(lines[t % 3]);
        const std::string value = reply.substr(reply.find("v"), reply.rfind('"') - reply.find("v"));
        const MutexLock lock(&mutex);
        seen.insert(value);
      }
    });
  }
  for (int g = 0; g < kGivers; ++g) {
    threads.emplace_back([&, g] {
      for (int i = 0; i < kEach; ++i) {
        const std::string value = " v" + std::to_string(g) + "." + std::to_string(i);
        Run((i % 2 == 0 ? "RPUSH a" : "LPUSH b") + value);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.size(), static_cast<size_t>(kGivers * kEach));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
  EXPECT_EQ(Run("EXISTS a b"), ":0");
  EXPECT_EQ(Waiting("a") + Waiting("b"), 0u);
}

TEST_F(BlockingPopTest, WhoWaitsForAMoveIsNotInLineAtItsTarget) {
  std::thread mover([&] { EXPECT_EQ(Run("BLMOVE source target LEFT RIGHT 0"), "\"x\""); });
  AwaitWaiting("source", 1);
  EXPECT_EQ(Waiting("target"), 0u);
  std::string reply;
  std::thread popper([&] { reply = Run("BLPOP target 0"); });
  AwaitWaiting("target", 1);
  EXPECT_EQ(Run("RPUSH target y"), ":1");
  popper.join();
  EXPECT_EQ(reply, "[\"target\" \"y\"]");
  Run("RPUSH source x");
  mover.join();
  EXPECT_EQ(Run("LRANGE target 0 -1"), "[\"x\"]");
}

TEST_F(BlockingPopTest, AMoveWakesWhoWaitsAtItsTarget) {
  std::string reply;
  std::thread popper([&] { reply = Run("BRPOP target 0"); });
  AwaitWaiting("target", 1);
  std::thread mover([&] { Run("BRPOPLPUSH source target 0"); });
  AwaitWaiting("source", 1);
  Run("RPUSH source x");
  mover.join();
  popper.join();
  EXPECT_EQ(reply, "[\"target\" \"x\"]");
  EXPECT_EQ(Run("EXISTS source target"), ":0");
}

TEST_F(BlockingPopTest, ATimeoutLeavesTheLine) {
  EXPECT_EQ(Run("BLPOP l 0.02"), "nil-array");
  EXPECT_EQ(Waiting("l"), 0u);
  std::string late;
  std::thread first([&] { EXPECT_EQ(Run("BLPOP l 0.05"), "nil-array"); });
  AwaitWaiting("l", 1);
  std::thread second([&] { late = Run("BLPOP l 0"); });
  AwaitWaiting("l", 2);
  first.join();
  Run("RPUSH l x");
  second.join();
  EXPECT_EQ(late, "[\"l\" \"x\"]");
}

TEST_F(BlockingPopTest, AnInterruptEndsTheWaitAndPassesTheTurnOn) {
  Waiter waiter;
  WaitOptions wait;
  wait.waiter = &waiter;
  std::string interrupted;
  std::string next;
  std::thread first([&] { interrupted = Run("BLPOP l 0", wait); });
  AwaitWaiting("l", 1);
  std::thread second([&] { next = Run("BLPOP l 0"); });
  AwaitWaiting("l", 2);
  waiter.Interrupt();
  first.join();
  EXPECT_EQ(interrupted, "(INTERRUPTED)");
  Run("RPUSH l x");
  second.join();
  EXPECT_EQ(next, "[\"l\" \"x\"]");
}

TEST_F(BlockingPopTest, WhileWaitingAnotherTypeIsPassedOver) {
  std::string reply;
  std::thread popper([&] { reply = Run("BLPOP a b 0"); });
  AwaitWaiting("a", 1);
  Run("SET a text");
  Run("RPUSH b x");
  popper.join();
  EXPECT_EQ(reply, "[\"b\" \"x\"]");
}

TEST_F(BlockingPopTest, ARenamedListIsReady) {
  std::string reply;
  std::thread popper([&] { reply = Run("BLPOP l 0"); });
  AwaitWaiting("l", 1);
  Run("RPUSH other x");
  Run("RENAME other l");
  popper.join();
  EXPECT_EQ(reply, "[\"l\" \"x\"]");
}

TEST_F(BlockingPopTest, ClosingTheHandleEndsTheWait) {
  std::atomic<bool> closed{false};
  WaitOptions wait;
  wait.closed = &closed;
  std::string reply;
  std::thread popper([&] { reply = Run("BLPOP l 0", wait); });
  AwaitWaiting("l", 1);
  closed.store(true);
  engine_->WakeAll();
  popper.join();
  EXPECT_EQ(reply, "(CLOSED)");
}

}  // namespace
}  // namespace kontor
