#include "verbs/fetch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "db/engine.h"
#include "txn/transaction.h"
#include "unit/verbs/core_fixture.h"
#include "verbs/keys.h"
#include "verbs/strings.h"

namespace kontor::verbs {
namespace {

constexpr int64_t kLeaseMs = 1000;
constexpr int64_t kStaleMs = 500;

// What a fetch answered, in one value.
struct Answer {
  Code code = Code::kOk;
  std::string value;
  bool stale = false;
  uint64_t lease = 0;
};

class FetchTest : public CoreTest {
 protected:
  Answer Look(Bytes key, int64_t stale_ms = 0) { return Wait(key, 0, nullptr, nullptr, stale_ms); }
  Answer Wait(Bytes key, int64_t timeout_ms, Waiter* waiter = nullptr,
              const std::atomic<bool>* closed = nullptr, int64_t stale_ms = 0) {
    Answer answer;
    Fetched fetched;
    const auto give = [&](Bytes value) {
      answer.value = value;
      return Ok();
    };
    answer.code =
        Fetch(&core_, 0, key, {.stale_ms = stale_ms, .lease_ms = kLeaseMs},
              {.timeout_ms = &timeout_ms, .waiter = waiter, .closed = closed}, give, &fetched)
            .code();
    answer.stale = fetched.stale;
    answer.lease = fetched.lease;
    return answer;
  }
  // Misses a key that nobody computes.
  uint64_t Miss(Bytes key) {
    const Answer answer = Look(key);
    EXPECT_EQ(answer.code, Code::kNotFound);
    EXPECT_NE(answer.lease, 0u);
    return answer.lease;
  }
  Code Fill(Bytes key, uint64_t lease, Bytes value, int64_t ttl_ms = 0, int64_t stale_ms = 0) {
    return FillLease(&core_, 0, key, lease, value, ttl_ms, stale_ms).code();
  }
  void RemoveExpired(Bytes key) { EXPECT_FALSE(Exists(key)); }
  bool HasLeases() {
    bool any = false;
    for (uint32_t i = 0; i < core_.keyspace.shard_count(); ++i) {
      Shard* const shard = core_.keyspace.shard(i);
      const SequenceLockHolder lock(shard->lock());
      any = any || shard->has_leases();
    }
    return any;
  }
  uint64_t WaitersAt(Bytes key) {
    Shard* const shard = core_.keyspace.ShardOf(core_.keyspace.Hash(key));
    const SequenceLockHolder lock(shard->lock());
    const LeaseTable::Lease* const lease = shard->leases()->Find(0, key);
    return lease == nullptr ? 0 : lease->waiters.size();
  }
  void AwaitWaiters(Bytes key, uint64_t count) {
    while (WaitersAt(key) != count) std::this_thread::yield();
  }
};

TEST_F(FetchTest, AValueIsGivenWithoutALease) {
  SetString("k", "v");
  const Answer answer = Look("k", kStaleMs);
  EXPECT_EQ(answer.code, Code::kOk);
  EXPECT_EQ(answer.value, "v");
  EXPECT_FALSE(answer.stale);
  EXPECT_EQ(answer.lease, 0u);
  EXPECT_FALSE(HasLeases());
}

TEST_F(FetchTest, OneWhoMissesIsGivenTheLeaseOthersAreNot) {
  const uint64_t lease = Miss("k");
  const Answer other = Look("k");
  EXPECT_EQ(other.code, Code::kTimeout);
  EXPECT_EQ(other.lease, 0u);
  EXPECT_EQ(Wait("k", 20).code, Code::kTimeout);
  EXPECT_EQ(WaitersAt("k"), 0u);
  EXPECT_NE(Miss("another key"), 0u);
  EXPECT_EQ(Fill("k", lease, "v"), Code::kOk);
  EXPECT_EQ(Look("k").value, "v");
}

TEST_F(FetchTest, AFilledLeaseIsGone) {
  const uint64_t lease = Miss("k");
  EXPECT_EQ(Fill("k", lease, "v"), Code::kOk);
  EXPECT_FALSE(HasLeases());
  EXPECT_EQ(Fill("k", lease, "w"), Code::kStaleReceipt);
  EXPECT_FALSE(GiveUpLease(&core_, 0, "k", lease));
  EXPECT_EQ(Look("k").value, "v");
}

TEST_F(FetchTest, ALeaseIsOfItsKeyAndDatabase) {
  const uint64_t lease = Miss("k");
  EXPECT_EQ(Fill("other", lease, "v"), Code::kStaleReceipt);
  EXPECT_EQ(FillLease(&core_, 1, "k", lease, "v", 0, 0).code(), Code::kStaleReceipt);
  EXPECT_EQ(Fill("k", lease + 1, "v"), Code::kStaleReceipt);
  EXPECT_EQ(Fill("k", 0, "v"), Code::kStaleReceipt);
  EXPECT_EQ(Fill("k", lease, "v"), Code::kOk);
}

TEST_F(FetchTest, AValueIsFreshThenStaleThenGone) {
  ASSERT_EQ(Fill("k", Miss("k"), "v", 2000, kStaleMs), Code::kOk);
  EXPECT_EQ(DeadlineOf("k"), clock_.UnixMs() + 2000 + kStaleMs);
  clock_.AdvanceMs(1999);
  EXPECT_FALSE(Look("k", kStaleMs).stale);
  clock_.AdvanceMs(1);
  const Answer first = Look("k", kStaleMs);
  EXPECT_EQ(first.code, Code::kOk);
  EXPECT_EQ(first.value, "v");
  EXPECT_TRUE(first.stale);
  EXPECT_NE(first.lease, 0u);
  const Answer second = Wait("k", -1, nullptr, nullptr, kStaleMs);
  EXPECT_EQ(second.code, Code::kOk);
  EXPECT_EQ(second.value, "v");
  EXPECT_TRUE(second.stale);
  EXPECT_EQ(second.lease, 0u);
  // Without the window it is not stale.
  EXPECT_FALSE(Look("k", 0).stale);
  clock_.AdvanceMs(kStaleMs);
  EXPECT_EQ(Look("k", kStaleMs).code, Code::kTimeout);
  EXPECT_EQ(Fill("k", first.lease, "w", 2000, kStaleMs), Code::kOk);
  EXPECT_EQ(Look("k", kStaleMs).value, "w");
  EXPECT_FALSE(Look("k", kStaleMs).stale);
}

TEST_F(FetchTest, AStaleValueIsRenewedByOneAtATime) {
  ASSERT_EQ(Fill("k", Miss("k"), "v", 1, 10 * kLeaseMs), Code::kOk);
  clock_.AdvanceMs(1);
  const uint64_t late = Look("k", 10 * kLeaseMs).lease;
  EXPECT_NE(late, 0u);
  clock_.AdvanceMs(kLeaseMs);
  const uint64_t next = Look("k", 10 * kLeaseMs).lease;
  EXPECT_NE(next, 0u);
  EXPECT_EQ(Look("k", 10 * kLeaseMs).lease, 0u);
  EXPECT_EQ(Fill("k", late, "late"), Code::kStaleReceipt);
  EXPECT_EQ(Fill("k", next, "next"), Code::kOk);
}

TEST_F(FetchTest, WithoutDeadlineAValueIsNeverStale) {
  ASSERT_EQ(Fill("k", Miss("k"), "v", 0, kStaleMs), Code::kOk);
  EXPECT_EQ(DeadlineOf("k"), 0);
  clock_.AdvanceMs(limits::kStaleMs);
  EXPECT_FALSE(Look("k", limits::kStaleMs).stale);
}

TEST_F(FetchTest, ALeaseRunsOut) {
  const uint64_t late = Miss("k");
  clock_.AdvanceMs(kLeaseMs - 1);
  EXPECT_EQ(Look("k").code, Code::kTimeout);
  clock_.AdvanceMs(1);
  EXPECT_EQ(Fill("k", late, "v"), Code::kStaleReceipt);
  EXPECT_FALSE(Exists("k"));
  const uint64_t next = Miss("k");
  EXPECT_NE(next, late);
  EXPECT_EQ(Fill("k", late, "v"), Code::kStaleReceipt);
  EXPECT_FALSE(GiveUpLease(&core_, 0, "k", late));
  EXPECT_EQ(Fill("k", next, "w"), Code::kOk);
  const uint64_t slow = Miss("other");
  clock_.AdvanceMs(kLeaseMs);
  EXPECT_FALSE(GiveUpLease(&core_, 0, "other", slow));
}

TEST_F(FetchTest, AGivenUpLeaseIsFreeAtOnce) {
  const uint64_t lease = Miss("k");
  EXPECT_TRUE(GiveUpLease(&core_, 0, "k", lease));
  EXPECT_FALSE(HasLeases());
  EXPECT_EQ(Fill("k", lease, "v"), Code::kStaleReceipt);
  Miss("k");
}

// Every write of a user revokes the lease, also one that finds nothing to change.
TEST_F(FetchTest, EveryWriteRevokes) {
  SetString("other", "x");
  const auto move_here = [](Operation& o) { return KeyRename(o, "other", "k", false).ok(); };
  const auto copy_here = [](Operation& o) { return KeyCopy(o, "other", 0, "k", true).ok(); };
  const std::vector<std::pair<const char*, std::function<bool(Operation&)>>> writes = {
      {"set", [](Operation& o) { return StringSet(o, "k", "new").ok(); }},
      {"append", [](Operation& o) { return StringAppend(o, "k", "new").ok(); }},
      {"increment", [](Operation& o) { return StringIncrement(o, "k", 1).ok(); }},
      {"push", [](Operation& o) { return o.PushBack("k", "e"), true; }},
      {"field", [](Operation& o) { return o.SetField("k", "f", "v"), true; }},
      {"delete", [](Operation& o) { return !KeyDelete(o, "k"); }},
      {"get and delete", [](Operation& o) { return StringGetDelete(o, "k").ok(); }},
      {"get and expire", [](Operation& o) { return StringGetExpire(o, "k", 1).ok(); }},
      {"expire in the past", [](Operation& o) { return !KeyExpire(o, "k", 1, {}); }},
      {"set in the past",
       [](Operation& o) { return StringSet(o, "k", "v", {.deadline_unix_ms = 1}).ok(); }},
      {"copy onto it", copy_here},
      {"flush", [](Operation& o) { return FlushDatabase(o, 0), true; }},
      {"flush of an empty database", [](Operation& o) { return FlushDatabase(o, 0), true; }},
      {"flush of all", [](Operation& o) { return FlushAllDatabases(o), true; }},
      {"swap", [](Operation& o) { return SwapDatabases(o, 0, 3), true; }},
      {"swap the other way", [](Operation& o) { return SwapDatabases(o, 3, 0), true; }},
  };
  for (const auto& [name, write] : writes) {
    SCOPED_TRACE(name);
    const uint64_t lease = Miss("k");
    EXPECT_TRUE(Run(write));
    EXPECT_EQ(Fill("k", lease, "old"), Code::kStaleReceipt);
    EXPECT_FALSE(HasLeases());
    Run([](Operation& o) { return KeyDelete(o, "k"); });
  }
  SetString("other", "x");
  const uint64_t lease = Miss("k");
  EXPECT_TRUE(Run(move_here));
  EXPECT_EQ(Fill("k", lease, "old"), Code::kStaleReceipt);
}

TEST_F(FetchTest, EveryWriteToAStaleValueRevokes) {
  const std::vector<std::pair<const char*, std::function<bool(Operation&)>>> writes = {
      {"delete", [](Operation& o) { return KeyDelete(o, "k"); }},
      {"expire", [](Operation& o) { return KeyExpire(o, "k", o.now_unix_ms() + 9, {}); }},
      {"persist", [](Operation& o) { return KeyPersist(o, "k"); }},
      {"rename away", [](Operation& o) { return *KeyRename(o, "k", "away", false); }},
      {"move away", [](Operation& o) { return *KeyMove(o, "k", 5); }},
      {"get and delete", [](Operation& o) { return StringGetDelete(o, "k").ok(); }},
  };
  for (const auto& [name, write] : writes) {
    SCOPED_TRACE(name);
    ASSERT_EQ(Fill("k", Miss("k"), "v", 1, kStaleMs), Code::kOk);
    clock_.AdvanceMs(1);
    const uint64_t lease = Look("k", kStaleMs).lease;
    ASSERT_NE(lease, 0u);
    EXPECT_TRUE(Run(write));
    EXPECT_EQ(Fill("k", lease, "old"), Code::kStaleReceipt);
    Run([](Operation& o) { return FlushAllDatabases(o), 0; });
  }
}

TEST_F(FetchTest, WhatIsNoWriteToTheKeyRevokesNothing) {
  SetString("other", "x");
  const uint64_t lease = Miss("k");
  EXPECT_FALSE(Run([](Operation& o) { return *KeyRename(o, "other", "other", true); }));
  EXPECT_FALSE(Run([](Operation& o) { return KeyExists(o, "k"); }));
  EXPECT_FALSE(Run([](Operation& o) { return KeyPersist(o, "k"); }));
  EXPECT_FALSE(Run([](Operation& o) {
    return StringSet(o, "k", "v", {.condition = SetCondition::kIfPresent})->set;
  }));
  Run([](Operation& o) { return FlushDatabase(o, 1), 0; });
  Run([](Operation& o) { return SwapDatabases(o, 1, 2), 0; });
  EXPECT_TRUE(Run([](Operation& o) { return KeyDelete(o, "other"); }));
  EXPECT_EQ(Fill("k", lease, "v"), Code::kOk);
  // A copy leaves its source as it is.
  ASSERT_EQ(Fill("from", Miss("from"), "v", 1, kStaleMs), Code::kOk);
  clock_.AdvanceMs(1);
  const uint64_t renewal = Look("from", kStaleMs).lease;
  EXPECT_TRUE(*Run([](Operation& o) { return KeyCopy(o, "from", 0, "to", true); }));
  EXPECT_EQ(Fill("from", renewal, "w"), Code::kOk);
}

TEST_F(FetchTest, ATransactionRevokes) {
  const uint64_t lease = Miss("k");
  Transaction transaction;
  transaction.AddKeys(ShardsOf(core_.keyspace, "k"), Access::kWrite,
                      [](Operation& operation) { return KeyDelete(operation, "k"), Ok(); });
  Transaction::Outcome outcome;
  ASSERT_TRUE(transaction.Commit(&core_, 0, Durability::kMemory, &outcome).ok());
  EXPECT_EQ(Fill("k", lease, "old"), Code::kStaleReceipt);
}

TEST_F(FetchTest, ThatTheEngineRemovesAnExpiredValueRevokesNothing) {
  ASSERT_EQ(Fill("k", Miss("k"), "v", 1, kStaleMs), Code::kOk);
  clock_.AdvanceMs(1);
  const uint64_t lease = Look("k", kStaleMs).lease;
  clock_.AdvanceMs(kStaleMs);
  RemoveExpired("k");
  EXPECT_EQ(Fill("k", lease, "w"), Code::kOk);
}

TEST_F(FetchTest, ButADeleteOfAnExpiredValueDoes) {
  ASSERT_EQ(Fill("k", Miss("k"), "v", 1, kStaleMs), Code::kOk);
  clock_.AdvanceMs(1);
  const uint64_t lease = Look("k", kStaleMs).lease;
  clock_.AdvanceMs(kStaleMs);
  EXPECT_FALSE(Run([](Operation& o) { return KeyDelete(o, "k"); }));
  EXPECT_EQ(Fill("k", lease, "w"), Code::kStaleReceipt);
}

TEST_F(FetchTest, WhoWaitsIsHandedTheValue) {
  constexpr size_t kThreads = 8;
  const uint64_t lease = Miss("k");
  std::vector<Answer> answers(kThreads);
  std::vector<std::thread> threads;
  for (Answer& answer : answers) threads.emplace_back([&] { answer = Wait("k", -1); });
  AwaitWaiters("k", kThreads);
  EXPECT_EQ(Fill("k", lease, "v"), Code::kOk);
  for (std::thread& thread : threads) thread.join();
  for (const Answer& answer : answers) {
    EXPECT_EQ(answer.code, Code::kOk);
    EXPECT_EQ(answer.value, "v");
    EXPECT_EQ(answer.lease, 0u);
  }
  EXPECT_FALSE(HasLeases());
}

TEST_F(FetchTest, AGivenUpLeasePassesFromOneToTheNextInTheOrderOfArrival) {
  constexpr size_t kThreads = 4;
  const uint64_t first = Miss("k");
  std::vector<Answer> answers(kThreads);
  std::vector<std::thread> threads;
  std::atomic<size_t> served{0};
  std::vector<size_t> order(kThreads);
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      answers[i] = Wait("k", -1);
      order[i] = served.fetch_add(1);
      EXPECT_EQ(answers[i].code, Code::kNotFound);
      EXPECT_TRUE(GiveUpLease(&core_, 0, "k", answers[i].lease));
    });
    AwaitWaiters("k", i + 1);
  }
  EXPECT_TRUE(GiveUpLease(&core_, 0, "k", first));
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < kThreads; ++i) EXPECT_EQ(order[i], i);
  EXPECT_FALSE(HasLeases());
}

TEST_F(FetchTest, NobodyOvertakesWhoWaits) {
  const uint64_t first = Miss("k");
  Answer waited;
  std::thread thread([&] { waited = Wait("k", -1); });
  AwaitWaiters("k", 1);
  {
    // Whoever comes between the end of the lease and the waking of the first in line.
    Shard* const shard = core_.keyspace.ShardOf(core_.keyspace.Hash("k"));
    const SequenceLockHolder lock(shard->lock());
    LeaseTable::Lease* const lease = shard->leases()->Find(0, "k");
    EXPECT_EQ(lease->token, first);
    lease->token = 0;
    Waiter waiter;
    WaitPlace newcomer(&waiter);
    EXPECT_FALSE(lease->waiters.MayTake(newcomer));
  }
  EXPECT_EQ(Look("k").code, Code::kTimeout);
  Run([](Operation& o) { return KeyDelete(o, "k"); });
  thread.join();
  EXPECT_EQ(waited.code, Code::kNotFound);
}

TEST_F(FetchTest, ALeaseThatRunsOutPassesToTheOneWhoWaitsLongest) {
  const uint64_t late = Miss("k");
  clock_.AdvanceMs(kLeaseMs - 20);
  Answer first;
  Answer second;
  std::thread one([&] { first = Wait("k", -1); });
  AwaitWaiters("k", 1);
  std::thread two([&] { second = Wait("k", -1); });
  AwaitWaiters("k", 2);
  clock_.AdvanceMs(20);
  one.join();
  EXPECT_EQ(first.code, Code::kNotFound);
  EXPECT_EQ(Fill("k", late, "late"), Code::kStaleReceipt);
  // Now the second watches the new lease.
  clock_.AdvanceMs(kLeaseMs - 20);
  EXPECT_EQ(WaitersAt("k"), 1u);
  clock_.AdvanceMs(20);
  two.join();
  EXPECT_EQ(second.code, Code::kNotFound);
  EXPECT_EQ(Fill("k", first.lease, "late"), Code::kStaleReceipt);
  EXPECT_EQ(Fill("k", second.lease, "v"), Code::kOk);
}

TEST_F(FetchTest, ADeleteLetsOneWhoWaitsBeginAnew) {
  const uint64_t old = Miss("k");
  Answer waited;
  std::thread thread([&] { waited = Wait("k", -1); });
  AwaitWaiters("k", 1);
  EXPECT_FALSE(Run([](Operation& o) { return KeyDelete(o, "k"); }));
  thread.join();
  EXPECT_EQ(waited.code, Code::kNotFound);
  EXPECT_EQ(Fill("k", old, "old"), Code::kStaleReceipt);
  EXPECT_EQ(Fill("k", waited.lease, "new"), Code::kOk);
}

TEST_F(FetchTest, WhoStopsWaitingLetsTheNextWatch) {
  Miss("k");
  Waiter waiter;
  Answer first;
  Answer second;
  std::thread one([&] { first = Wait("k", -1, &waiter); });
  AwaitWaiters("k", 1);
  std::thread two([&] { second = Wait("k", -1); });
  AwaitWaiters("k", 2);
  waiter.Interrupt();
  one.join();
  EXPECT_EQ(first.code, Code::kInterrupted);
  clock_.AdvanceMs(kLeaseMs);
  two.join();
  EXPECT_EQ(second.code, Code::kNotFound);
}

TEST_F(FetchTest, ClosingEndsTheWait) {
  Miss("k");
  std::atomic<bool> closed{false};
  Answer waited;
  std::thread thread([&] { waited = Wait("k", -1, nullptr, &closed); });
  AwaitWaiters("k", 1);
  closed.store(true);
  Shard* const shard = core_.keyspace.ShardOf(core_.keyspace.Hash("k"));
  {
    const SequenceLockHolder lock(shard->lock());
    shard->NotifyAllWaiters();
  }
  thread.join();
  EXPECT_EQ(waited.code, Code::kClosed);
  EXPECT_EQ(WaitersAt("k"), 0u);
}

TEST_F(FetchTest, RefusesWhatMakesNoSense) {
  const auto refuse = [&](int64_t stale_ms, int64_t lease_ms) {
    return CheckFetch("k", {.stale_ms = stale_ms, .lease_ms = lease_ms}).code();
  };
  EXPECT_EQ(refuse(0, 1), Code::kOk);
  EXPECT_EQ(refuse(limits::kStaleMs, limits::kLeaseMs), Code::kOk);
  EXPECT_EQ(refuse(-1, 1), Code::kOutOfRange);
  EXPECT_EQ(refuse(limits::kStaleMs + 1, 1), Code::kOutOfRange);
  EXPECT_EQ(refuse(0, 0), Code::kOutOfRange);
  EXPECT_EQ(refuse(0, limits::kLeaseMs + 1), Code::kOutOfRange);
  const uint64_t lease = Miss("k");
  EXPECT_EQ(Fill("k", lease, "v", -1), Code::kOutOfRange);
  EXPECT_EQ(Fill("k", lease, "v", std::numeric_limits<int64_t>::max()), Code::kOutOfRange);
  EXPECT_EQ(Fill("k", lease, "v", std::numeric_limits<int64_t>::max() - limits::kStaleMs),
            Code::kOutOfRange);
  EXPECT_EQ(Fill("k", lease, "v", 1), Code::kOk);
  Run([](Operation& o) { return o.PushBack("list", "e"), 0; });
  EXPECT_EQ(Look("list").code, Code::kWrongType);
}

TEST_F(FetchTest, AFailedGiveTakesNoLease) {
  ASSERT_EQ(Fill("k", Miss("k"), "v", 1, kStaleMs), Code::kOk);
  clock_.AdvanceMs(1);
  Fetched fetched;
  const int64_t timeout_ms = 0;
  const auto refuse = [](Bytes) { return Status(Code::kNoMemory); };
  EXPECT_EQ(Fetch(&core_, 0, "k", {.stale_ms = kStaleMs, .lease_ms = kLeaseMs},
                  {.timeout_ms = &timeout_ms}, refuse, &fetched)
                .code(),
            Code::kNoMemory);
  EXPECT_FALSE(HasLeases());
}

TEST(FetchEngineTest, TheBackgroundWorkRevokesNothing) {
  ManualClock clock;
  EngineOptions options;
  options.durability = Durability::kMemory;
  options.clock = &clock;
  options.background = false;
  const std::unique_ptr<Engine> engine = *Engine::Open(options);
  const int64_t timeout_ms = 0;
  const auto ignore = [](Bytes) { return Ok(); };
  const auto fetch = [&] {
    Fetched fetched;
    static_cast<void>(Fetch(engine->core(), 0, "k", {.stale_ms = 10, .lease_ms = 1000},
                            {.timeout_ms = &timeout_ms}, ignore, &fetched));
    return fetched.lease;
  };
  ASSERT_TRUE(FillLease(engine->core(), 0, "k", fetch(), "v", 1, 10).ok());
  clock.AdvanceMs(5);
  const uint64_t lease = fetch();
  clock.AdvanceMs(10);
  engine->Tick();
  EXPECT_EQ(engine->core()->expired_keys.load(), 1u);
  EXPECT_TRUE(FillLease(engine->core(), 0, "k", lease, "w", 1, 10).ok());
}

}  // namespace
}  // namespace kontor::verbs
