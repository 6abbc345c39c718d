#include "txn/execute.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "db/engine.h"

namespace kontor {
namespace {

class ExecuteTest : public ::testing::Test {
 protected:
  ExecuteTest() {
    EngineOptions options;
    options.durability = Durability::kMemory;
    options.clock = &clock_;
    options.background = false;
    engine_ = *Engine::Open(options);
  }

  Core* core() { return engine_->core(); }
  ShardSet Of(Bytes key) { return ShardsOf(core()->keyspace, key); }
  void Push(const std::string& key, const std::string& value) {
    EXPECT_TRUE(Execute(core(), Of(key), Access::kWrite, 0, [&](Operation& operation) {
                  operation.PushBack(key, value);
                  return Ok();
                }).ok());
  }
  // Takes the first element of `key`, waiting for it.
  Status Pop(const std::string& key, int64_t timeout_ms, Waiter* waiter, std::string* value,
             const std::atomic<bool>* closed = nullptr) {
    const auto take = [&](Operation& operation) {
      const List* list = nullptr;
      KONTOR_RETURN_IF_ERROR(operation.Find(key, &list));
      if (list == nullptr || !operation.MayTake(key, ValueType::kList)) return Status(Code::kAgain);
      const Element element = list->at(0);
      *value = element.bytes();
      operation.PopFront(key, 1);
      return Ok();
    };
    return ExecuteBlocking(core(), {key}, Of(key), Access::kRelease, 0,
                           {.timeout_ms = &timeout_ms, .waiter = waiter, .closed = closed}, take);
  }
  uint64_t WaitersAt(const std::string& key) {
    Shard* const shard = core()->keyspace.ShardOf(core()->keyspace.Hash(key));
    const SequenceLockHolder lock(shard->lock());
    const WaitList* const list = shard->FindWaiters(0, key, ValueType::kList);
    return list == nullptr ? 0 : list->size();
  }
  void AwaitWaiters(const std::string& key, uint64_t count) {
    while (WaitersAt(key) != count) std::this_thread::yield();
  }

  ManualClock clock_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(ExecuteTest, TakesAtOnceWhatIsThere) {
  Push("k", "v");
  std::string value;
  EXPECT_TRUE(Pop("k", 0, nullptr, &value).ok());
  EXPECT_EQ(value, "v");
  EXPECT_EQ(Pop("k", 0, nullptr, &value).code(), Code::kTimeout);
  EXPECT_EQ(Pop("k", 20, nullptr, &value).code(), Code::kTimeout);
  EXPECT_EQ(WaitersAt("k"), 0u);
}

TEST_F(ExecuteTest, ServesInTheOrderOfArrival) {
  constexpr int kThreads = 8;
  std::vector<std::thread> threads;
  std::vector<std::string> got(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back(
        [&, i] { EXPECT_TRUE(Pop("k", -1, nullptr, &got[static_cast<size_t>(i)]).ok()); });
    AwaitWaiters("k", static_cast<uint64_t>(i) + 1);
  }
  for (int i = 0; i < kThreads; ++i) Push("k", std::to_string(i));
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kThreads; ++i) EXPECT_EQ(got[static_cast<size_t>(i)], std::to_string(i));
}

TEST_F(ExecuteTest, WhoGivesUpPassesOn) {
  Waiter first;
  std::string unused;
  std::string value;
  std::thread gives_up(
      [&] { EXPECT_EQ(Pop("k", -1, &first, &unused).code(), Code::kInterrupted); });
  AwaitWaiters("k", 1);
  std::thread stays([&] { EXPECT_TRUE(Pop("k", -1, nullptr, &value).ok()); });
  AwaitWaiters("k", 2);
  first.Interrupt();
  gives_up.join();
  Push("k", "v");
  stays.join();
  EXPECT_EQ(value, "v");
}

TEST_F(ExecuteTest, ClosingEndsAWait) {
  std::atomic<bool> closed{false};
  std::string value;
  std::thread waits(
      [&] { EXPECT_EQ(Pop("k", -1, nullptr, &value, &closed).code(), Code::kClosed); });
  AwaitWaiters("k", 1);
  closed.store(true);
  engine_->WakeAll();
  waits.join();
}

// A close between looking at the flag and getting in line must not be missed.
TEST_F(ExecuteTest, ClosingDuringTheAttemptIsSeen) {
  std::atomic<bool> closed{false};
  const int64_t timeout_ms = -1;
  const auto closes_meanwhile = [&](Operation&) {
    closed.store(true);  // WakeAll finds nobody waiting yet
    return Status(Code::kAgain);
  };
  const Status status =
      ExecuteBlocking(core(), {"k"}, Of("k"), Access::kRelease, 0,
                      {.timeout_ms = &timeout_ms, .closed = &closed}, closes_meanwhile);
  EXPECT_EQ(status.code(), Code::kClosed);
}

TEST_F(ExecuteTest, WhatWasAppliedBeforeAnExceptionIsTold) {
  EXPECT_THROW(static_cast<void>(Execute(core(), Of("k"), Access::kWrite, 0,
                                         [](Operation& operation) -> Status {
                                           operation.SetString("k", "v", 0);
                                           throw std::bad_alloc();
                                         })),
               std::bad_alloc);
  Push("other", "the engine goes on");
}

TEST_F(ExecuteTest, AClosedEngineAnswersClosed) {
  ASSERT_TRUE(engine_->Close().ok());
  EXPECT_EQ(Execute(core(), Of("k"), Access::kRead, 0, [](Operation&) { return Ok(); }).code(),
            Code::kClosed);
}

TEST_F(ExecuteTest, ExpiredKeysAreNeverSeen) {
  const int64_t deadline_unix_ms = clock_.UnixMs() + 10;
  const auto set = [&](Operation& operation) {
    operation.SetString("k", "v", deadline_unix_ms);
    return Ok();
  };
  ASSERT_TRUE(Execute(core(), Of("k"), Access::kWrite, 0, set).ok());
  const auto sees = [&](Access access) {
    bool found = false;
    EXPECT_TRUE(Execute(core(), Of("k"), access, 0, [&](Operation& operation) {
                  found = operation.Find("k") != nullptr;
                  return Ok();
                }).ok());
    return found;
  };
  EXPECT_TRUE(sees(Access::kRead));
  clock_.AdvanceMs(10);
  EXPECT_FALSE(sees(Access::kRead));
  EXPECT_FALSE(sees(Access::kWrite));
  Shard* const shard = core()->keyspace.ShardOf(core()->keyspace.Hash("k"));
  const SequenceLockHolder lock(shard->lock());
  EXPECT_EQ(shard->table(0).size(), 0u);  // the writing operation removed it for good
}

TEST_F(ExecuteTest, AnExpiredKeyThatAWriteMeetsIsCounted) {
  ASSERT_TRUE(ExecuteOnKey(core(), "k", Access::kWrite, 0, [&](Operation& operation) {
                operation.SetString("k", "v", operation.now_unix_ms() + 5);
                return Ok();
              }).ok());
  clock_.AdvanceMs(10);
  const auto look = [](Operation& operation) {
    EXPECT_EQ(operation.Find("k"), nullptr);
    return Ok();
  };
  ASSERT_TRUE(ExecuteOnKey(core(), "k", Access::kRead, 0, look).ok());
  EXPECT_EQ(core()->expired_keys.load(), 0u);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(ExecuteOnKey(core(), "k", Access::kWrite, 0, look).ok());
    EXPECT_EQ(core()->expired_keys.load(), 1u);
  }
}

TEST_F(ExecuteTest, BackgroundWorkRemovesExpiredKeys) {
  constexpr int kKeys = 1000;
  const int64_t deadline_unix_ms = clock_.UnixMs() + 10;
  for (int i = 0; i < kKeys; ++i) {
    const std::string key = std::to_string(i);
    ASSERT_TRUE(Execute(core(), Of(key), Access::kWrite, 0, [&](Operation& operation) {
                  operation.SetString(key, "v", i % 2 == 0 ? deadline_unix_ms : 0);
                  return Ok();
                }).ok());
  }
  clock_.AdvanceMs(10);
  engine_->Tick();
  EXPECT_EQ(core()->expired_keys.load(), kKeys / 2);
  uint64_t left = 0;
  ASSERT_TRUE(
      Execute(core(), core()->keyspace.AllShards(), Access::kRead, 0, [&](Operation& operation) {
        left = operation.keyspace()->CountKeys(0);
        return Ok();
      }).ok());
  EXPECT_EQ(left, kKeys / 2u);
}

TEST_F(ExecuteTest, WhatTakesTenMillisecondsIsCountedAsSlow) {
  const auto run = [&](int64_t takes_ms) {
    return Execute(core(), Of("k"), Access::kRead, 0, [&](Operation&) {
      clock_.AdvanceMs(takes_ms);
      return Ok();
    });
  };
  ASSERT_TRUE(run(9).ok());
  EXPECT_EQ(core()->slow_operations.load(), 0u);
  ASSERT_TRUE(run(10).ok());
  EXPECT_EQ(core()->slow_operations.load(), 1u);
}

}  // namespace
}  // namespace kontor
