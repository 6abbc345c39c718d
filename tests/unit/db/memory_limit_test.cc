#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "db/engine.h"
#include "os/memory_file_system.h"
#include "persist/file_format.h"
#include "persist/journal_reader.h"
#include "txn/execute.h"
#include "txn/make_room.h"
#include "txn/put.h"
#include "txn/transaction.h"
#include "verbs/queue_commit.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

constexpr int64_t kLimit = 8 << 20;

class MemoryLimitTest : public ::testing::TestWithParam<Eviction> {
 protected:
  static EngineOptions Options(Eviction eviction) {
    EngineOptions options;
    options.background = false;
    options.snapshot_at_close = false;
    options.shards = 4;
    options.random_seed = 11;
    options.memory_limit_bytes = kLimit;
    options.eviction = eviction;
    return options;
  }
  void Open(const EngineOptions& options) {
    engine_.reset();
    auto opened = Engine::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    engine_ = *std::move(opened);
  }
  Core* core() { return engine_->core(); }

  Status Run(const std::string& key, Access access, OperationBody body) {
    return ExecuteOnKey(core(), key, access, 0, body);
  }
  Status Set(const std::string& key, const std::string& value, int64_t deadline_unix_ms = 0) {
    const auto set = [&](Operation& operation) {
      operation.SetString(key, value, deadline_unix_ms);
      return Ok();
    };
    return ExecuteOnKey(core(), key, Access::kWrite, 0, set, value.size());
  }
  // As kontor_get does it: without the lock where that is possible.
  bool Has(const std::string& key) {
    char buffer[2000];
    size_t length = 0;
    int64_t deadline_unix_ms = 0;
    const Segment::Peeked peeked = core()->keyspace.Peek(
        0, key, core()->keyspace.Hash(key), buffer, sizeof(buffer), &length, &deadline_unix_ms);
    if (peeked != Segment::Peeked::kNeedsLock) return peeked == Segment::Peeked::kFound;
    bool found = false;
    EXPECT_TRUE(Run(key, Access::kRead, [&](Operation& operation) {
                  found = operation.Find(key) != nullptr;
                  return Ok();
                }).ok());
    return found;
  }
  Status Delete(const std::string& key) {
    return Run(key, Access::kRelease, [&](Operation& operation) {
      operation.Delete(key);
      return Ok();
    });
  }
  uint64_t Keys() {
    uint64_t keys = 0;
    EXPECT_TRUE(
        Execute(core(), core()->keyspace.AllShards(), Access::kRead, 0, [&](Operation& operation) {
          keys = operation.keyspace()->CountKeys(0);
          return Ok();
        }).ok());
    return keys;
  }
  int64_t Used() { return engine_->memory_usage().used_bytes; }
  void ExpectWithinLimit() { ASSERT_LE(Used(), kLimit / 100 * 105); }
  static std::string KeyOf(int i) { return "key:" + std::to_string(i); }
  int64_t Later() { return core()->clock->UnixMs() + 1'000'000; }

  MemoryFileSystem disk_;
  std::unique_ptr<Engine> engine_;
};

using EveryPolicy = MemoryLimitTest;

TEST_P(EveryPolicy, HoldsTheLimitAtEveryStepWhateverTheSizes) {
  Open(Options(GetParam()));
  const int64_t deadline = OnlyVolatile(GetParam()) ? Later() : 0;
  // 64, 300 and 1000 bytes lie in records, 3000 and 60000 on the heap.
  for (const int size : {64, 300, 1000, 64, 3000, 60000, 300}) {
    SCOPED_TRACE("values of " + std::to_string(size) + " bytes");
    const int keys = static_cast<int>(3 * kLimit / size);
    const uint64_t evicted_before = engine_->memory_usage().evicted_keys;
    for (int i = 0; i < keys; ++i) {
      ASSERT_TRUE(Set(KeyOf(i), std::string(static_cast<size_t>(size), 'v'), deadline).ok()) << i;
      if (i % 16 != 0 && size <= 1000) continue;
      ASSERT_NO_FATAL_FAILURE(ExpectWithinLimit());
    }
    EXPECT_GT(engine_->memory_usage().evicted_keys, evicted_before);
    EXPECT_GT(static_cast<int64_t>(Keys()) * (size + 60), kLimit * 6 / 10) << "hardly any is used";
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, EveryPolicy,
                         ::testing::Values(Eviction::kAllKeysLru, Eviction::kAllKeysLfu,
                                           Eviction::kAllKeysRandom, Eviction::kVolatileLru,
                                           Eviction::kVolatileLfu, Eviction::kVolatileRandom,
                                           Eviction::kVolatileTtl),
                         [](const auto& tested) {
                           std::string name = EvictionName(tested.param);
                           std::erase(name, '-');
                           return name;
                         });

TEST_F(MemoryLimitTest, WithoutEvictionWhatNeedsMemoryIsRefusedAndTheRestGoesOn) {
  Open(Options(Eviction::kNone));
  int set = 0;
  Status status;
  while ((status = Set(KeyOf(set), std::string(1000, 'v'))).ok()) {
    ASSERT_LT(++set, 100000);
  }
  EXPECT_EQ(status.code(), Code::kNoMemory);
  EXPECT_EQ(status.message(), "command not allowed when used memory > 'maxmemory'.");
  ASSERT_NO_FATAL_FAILURE(ExpectWithinLimit());
  EXPECT_EQ(Keys(), static_cast<uint64_t>(set)) << "nothing was evicted";
  EXPECT_TRUE(Has(KeyOf(0)));
  EXPECT_FALSE(Has(KeyOf(set)));
  for (int i = 0; i < set / 2; ++i) ASSERT_TRUE(Delete(KeyOf(i)).ok());
  EXPECT_TRUE(Set("again", "v").ok());
}

// In whichever order the two are set.
TEST_F(MemoryLimitTest, APolicyEvictsWhatIsOverTheLimitAlready) {
  EngineOptions options = Options(Eviction::kNone);
  options.memory_limit_bytes = 0;
  Open(options);
  const int keys = static_cast<int>(2 * kLimit / 1000);
  for (int i = 0; i < keys; ++i) ASSERT_TRUE(Set(KeyOf(i), std::string(1000, 'v')).ok());
  engine_->SetMemoryLimit(kLimit);
  EXPECT_EQ(Keys(), static_cast<uint64_t>(keys));
  engine_->SetEviction(Eviction::kAllKeysLru);
  ASSERT_NO_FATAL_FAILURE(ExpectWithinLimit());
  EXPECT_GT(Keys(), static_cast<uint64_t>(keys) / 4);
}

TEST_F(MemoryLimitTest, VolatilePoliciesNeverTouchKeysWithoutDeadline) {
  for (const Eviction eviction : {Eviction::kVolatileLru, Eviction::kVolatileLfu,
                                  Eviction::kVolatileRandom, Eviction::kVolatileTtl}) {
    SCOPED_TRACE(EvictionName(eviction));
    Open(Options(eviction));
    constexpr int kLasting = 3000;
    for (int i = 0; i < kLasting; ++i) {
      ASSERT_TRUE(Set("lasting" + std::to_string(i), std::string(1000, 'v')).ok());
    }
    for (int i = 0; i < 20000; ++i) {
      ASSERT_TRUE(Set(KeyOf(i), std::string(1000, 'v'), Later()).ok());
    }
    for (int i = 0; i < kLasting; ++i) ASSERT_TRUE(Has("lasting" + std::to_string(i)));
    // More of those until no other is left.
    Status status;
    for (int i = kLasting; status.ok(); ++i) {
      ASSERT_LT(i, 100000);
      status = Set("lasting" + std::to_string(i), std::string(1000, 'v'));
    }
    EXPECT_EQ(status.code(), Code::kNoMemory);
    ASSERT_NO_FATAL_FAILURE(ExpectWithinLimit());
    for (int i = 0; i < 20000; ++i) ASSERT_FALSE(Has(KeyOf(i))) << "these had to go first";
  }
}

TEST_F(MemoryLimitTest, WhatIsUsedStays) {
  for (const Eviction eviction : {Eviction::kAllKeysLru, Eviction::kAllKeysLfu}) {
    SCOPED_TRACE(EvictionName(eviction));
    Open(Options(eviction));
    constexpr int kHot = 200;
    for (int i = 0; i < kHot; ++i) ASSERT_TRUE(Set("hot" + std::to_string(i), "v").ok());
    for (int i = 0; i < 60000; ++i) {
      ASSERT_TRUE(Set(KeyOf(i), std::string(1000, 'v')).ok());
      ASSERT_TRUE(Has("hot" + std::to_string(i % kHot))) << i;
    }
  }
}

TEST_F(MemoryLimitTest, AStringThatIsOverwrittenWasUsedHoweverLong) {
  Open(Options(Eviction::kAllKeysLfu));
  for (const size_t size : {size_t{100}, size_t{5000}}) {
    const std::string text(size, 'v');
    const std::string key = "overwritten:" + std::to_string(size);
    const auto put = [&] {
      const Code code = PutText(core(), 0, key, text, 0);
      if (code == Code::kAgain) {
        EXPECT_TRUE(PutTextPrepared(core(), 0, key, text, 0).ok());
      }
    };
    const auto mark = [&] {
      uint16_t found = 0;
      EXPECT_TRUE(Execute(core(), core()->keyspace.AllShards(), Access::kRelease, 0,
                          [&](Operation& operation) {
                            found = operation.keyspace()->Find(0, key)->use_mark();
                            return Ok();
                          })
                      .ok());
      return found;
    };
    put();
    const uint16_t before = mark();
    put();
    EXPECT_GT(static_cast<int16_t>(mark() - before), 0) << size;
  }
}

TEST_F(MemoryLimitTest, WhatWasUsedOftenOutlivesAScan) {
  Open(Options(Eviction::kAllKeysLfu));
  constexpr int kFrequent = 1000;
  for (int i = 0; i < kFrequent; ++i) {
    ASSERT_TRUE(Set("frequent" + std::to_string(i), std::string(1000, 'v')).ok());
  }
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < kFrequent; ++i) ASSERT_TRUE(Has("frequent" + std::to_string(i)));
  }
  // Three times what there is room for, each used once.
  for (int i = 0; i < 25000; ++i) ASSERT_TRUE(Set(KeyOf(i), std::string(1000, 'v')).ok());
  int left = 0;
  for (int i = 0; i < kFrequent; ++i) left += Has("frequent" + std::to_string(i)) ? 1 : 0;
  EXPECT_GT(left, kFrequent * 99 / 100);
}

TEST_F(MemoryLimitTest, TheNearestDeadlineGoesFirstAndWhatHasExpiredBeforeIt) {
  ManualClock clock;
  EngineOptions options = Options(Eviction::kVolatileTtl);
  options.clock = &clock;
  Open(options);
  constexpr int kKeys = 6000;
  for (int i = 0; i < kKeys; ++i) {
    ASSERT_TRUE(Set(KeyOf(i), std::string(1000, 'v'), clock.UnixMs() + 10000 + i).ok());
  }
  int sets = 0;
  while (engine_->memory_usage().evicted_keys < 1000) {
    ASSERT_TRUE(Set("x" + std::to_string(sets++), std::string(1000, 'v')).ok());
  }
  int near = 0;
  int far = 0;
  for (int i = 0; i < kKeys / 2; ++i) {
    near += Has(KeyOf(i)) ? 1 : 0;
    far += Has(KeyOf(kKeys / 2 + i)) ? 1 : 0;
  }
  EXPECT_GT(far, kKeys / 2 * 99 / 100) << "chosen out of a sample";
  EXPECT_LT(near, kKeys / 2 - 900);
  const uint64_t evicted = engine_->memory_usage().evicted_keys;
  clock.AdvanceMs(10000 + kKeys / 2);  // half of them, and all that are near
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(Set("y" + std::to_string(i), std::string(1000, 'v')).ok());
  }
  EXPECT_GT(core()->expired_keys.load(), 300u);
  EXPECT_LT(engine_->memory_usage().evicted_keys, evicted + 100);
}

TEST_F(MemoryLimitTest, CollectionsAreCountedAndEvicted) {
  Open(Options(Eviction::kAllKeysLru));
  for (int i = 0; i < 40000; ++i) {
    const std::string key = "list" + std::to_string(i / 100);
    ASSERT_TRUE(Run(key, Access::kWrite, [&](Operation& operation) {
                  operation.PushBack(key, std::string(800, 'e'));
                  return Ok();
                }).ok());
    ASSERT_NO_FATAL_FAILURE(ExpectWithinLimit());
  }
  EXPECT_GT(engine_->memory_usage().evicted_keys, 200u);
  EXPECT_GT(engine_->memory_usage().purpose_bytes[static_cast<size_t>(MemoryPurpose::kCollections)],
            kLimit / 2);
}

TEST_F(MemoryLimitTest, MessagesPushKeysOutAndAreNeverEvicted) {
  Open(Options(Eviction::kAllKeysLru));
  for (int i = 0; i < 20000; ++i) ASSERT_TRUE(Set(KeyOf(i), std::string(1000, 'v')).ok());
  auto opened = verbs::OpenQueue(core(), "queue", nullptr);
  ASSERT_TRUE(opened.ok());
  WorkQueue* const queue = opened->get();
  const std::string body(2000, 'b');
  int messages = 0;
  Status status;
  while (true) {
    status = verbs::Enqueue(core(), queue, {.body = body});
    ASSERT_NO_FATAL_FAILURE(ExpectWithinLimit());
    if (!status.ok()) break;
    ASSERT_LT(++messages, 100000);
  }
  EXPECT_EQ(status.code(), Code::kNoMemory);
  EXPECT_EQ(Keys(), 0u) << "as long as there are keys they go";
  EXPECT_GT(messages, 2500);
  EXPECT_EQ(Set("key", body).code(), Code::kNoMemory);
  const int64_t timeout_ms = 0;
  TakenMessage message;
  for (int i = 0; i < messages; ++i) {
    size_t taken = 0;
    ASSERT_TRUE(
        verbs::Take(
            core(), queue, 1, 0, {.timeout_ms = &timeout_ms}, [&] { return &message; }, &taken)
            .ok());
    ASSERT_TRUE(verbs::Acknowledge(core(), queue, message.receipt).ok());
  }
  const auto held_bytes = [&] {
    return engine_->memory_usage().purpose_bytes[static_cast<size_t>(MemoryPurpose::kQueues)];
  };
  const int64_t with_spare_nodes = held_bytes();
  verbs::CatchUp(core(), queue);  // as the engine does in time, by itself
  // What is left are the empty tables of the queue.
  EXPECT_LT(held_bytes(), int64_t{32} << 10);
  EXPECT_GT(with_spare_nodes, held_bytes() + (int64_t{24} << 10));
  EXPECT_TRUE(Set("key", "v").ok());
}

TEST_F(MemoryLimitTest, MailboxesAreCounted) {
  Open(Options(Eviction::kNone));
  constexpr auto kMailboxes = static_cast<size_t>(MemoryPurpose::kMailboxes);
  const auto bytes = [&] { return engine_->memory_usage().purpose_bytes[kMailboxes]; };
  {
    const auto first = std::make_shared<Mailbox>(MailboxOptions{.capacity_messages = 50});
    const auto second = std::make_shared<Mailbox>(MailboxOptions{.capacity_messages = 100});
    ASSERT_TRUE(core()->channels.Subscribe(first, SubjectKind::kChannel, "c", 1).ok());
    ASSERT_TRUE(core()->channels.Subscribe(second, SubjectKind::kChannel, "c", 1).ok());
    const int64_t subscribed_bytes = bytes();
    EXPECT_GT(subscribed_bytes, 0);
    for (int i = 0; i < 100; ++i) core()->channels.Publish("c", std::string(1000, 'b'));
    EXPECT_GT(bytes(), subscribed_bytes + 100 * 1000);
    EXPECT_LT(bytes(), subscribed_bytes + 150 * 1000) << "a message is shared";
    Delivery delivery;
    while (second->Next(0, nullptr, &delivery).ok()) {
    }
    EXPECT_LT(bytes(), subscribed_bytes + 65 * 1000) << "the first still has half of them";
    core()->channels.Leave(first);
    core()->channels.Leave(second);
  }
  EXPECT_EQ(bytes(), 0);
}

TEST_F(MemoryLimitTest, WhatWasEvictedStaysAway) {
  EngineOptions options = Options(Eviction::kAllKeysLru);
  options.directory = "/data";
  options.file_system = &disk_;
  Open(options);
  constexpr int kKeys = 20000;
  for (int i = 0; i < kKeys; ++i) ASSERT_TRUE(Set(KeyOf(i), std::string(1000, 'v')).ok());
  std::vector<bool> had;
  for (int i = 0; i < kKeys; ++i) had.push_back(Has(KeyOf(i)));
  ASSERT_GT(engine_->memory_usage().evicted_keys, 10000u);
  ASSERT_TRUE(engine_->Close().ok());
  options.memory_limit_bytes = 0;
  Open(options);
  for (int i = 0; i < kKeys; ++i) ASSERT_EQ(Has(KeyOf(i)), had[static_cast<size_t>(i)]) << i;
}

TEST_F(MemoryLimitTest, ADirectoryWithMoreThanTheLimitOpens) {
  EngineOptions options = Options(Eviction::kNone);
  options.directory = "/data";
  options.file_system = &disk_;
  options.memory_limit_bytes = 0;
  Open(options);
  constexpr int kKeys = 20000;
  for (int i = 0; i < kKeys; ++i) ASSERT_TRUE(Set(KeyOf(i), std::string(1000, 'v')).ok());
  ASSERT_TRUE(engine_->Close().ok());

  options.memory_limit_bytes = kLimit;
  Open(options);
  EXPECT_EQ(Keys(), static_cast<uint64_t>(kKeys)) << "there is no policy to choose by";
  EXPECT_GT(Used(), kLimit);
  EXPECT_EQ(Set("more", "v").code(), Code::kNoMemory);
  EXPECT_TRUE(Delete(KeyOf(0)).ok());
  ASSERT_TRUE(engine_->Close().ok());

  options.eviction = Eviction::kAllKeysRandom;
  Open(options);
  ASSERT_NO_FATAL_FAILURE(ExpectWithinLimit());
  EXPECT_GT(Keys(), 4000u);
  EXPECT_TRUE(Set("more", "v").ok());
}

TEST_F(MemoryLimitTest, ALowerLimitIsReachedByWhoeverSetsIt) {
  EngineOptions options = Options(Eviction::kAllKeysLfu);
  options.memory_limit_bytes = 0;
  Open(options);
  for (int i = 0; i < 20000; ++i) ASSERT_TRUE(Set(KeyOf(i), std::string(1000, 'v')).ok());
  engine_->Tick();
  EXPECT_EQ(Keys(), 20000u);
  engine_->SetMemoryLimit(kLimit);
  ASSERT_NO_FATAL_FAILURE(ExpectWithinLimit());
  // What was remembered of evicted keys is of no use any more.
  const int64_t used = Used();
  engine_->SetEviction(Eviction::kNone);
  EXPECT_LT(Used(), used);
  Status status;
  for (int i = 0; i < 20000 && status.ok(); ++i) {
    status = Set("x" + std::to_string(i), std::string(1000, 'v'));
  }
  EXPECT_EQ(status.code(), Code::kNoMemory);
}

TEST_F(MemoryLimitTest, WhatIsLargerThanTheLimitEvictsNothing) {
  Open(Options(Eviction::kAllKeysLru));
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Set(KeyOf(i), std::string(1000, 'v')).ok());
  const Status status = Set("large", std::string(kLimit + 1, 'v'));
  EXPECT_EQ(status.code(), Code::kNoMemory);
  EXPECT_NE(status.message().find(std::to_string(kLimit)), std::string::npos);
  EXPECT_EQ(Keys(), 1000u);
  // As much as there is room for, if all else goes.
  EXPECT_TRUE(Set("large", std::string(kLimit / 2, 'v')).ok());
  ASSERT_NO_FATAL_FAILURE(ExpectWithinLimit());
  EXPECT_TRUE(Has("large"));
}

TEST_F(MemoryLimitTest, WhatComesTogetherIsMeasuredTogether) {
  Open(Options(Eviction::kNone));
  const std::string part(kLimit / 8, 'v');
  Transaction transaction;
  Transaction::Outcome outcome;
  const auto set = [&](const std::string& key) {
    const auto body = [key, &part](Operation& operation) {
      operation.SetString(key, part, 0);
      return Ok();
    };
    transaction.AddKeys(core()->keyspace.AllShards(), Access::kWrite, body, part.size());
  };
  for (int i = 0; i < 9; ++i) set(KeyOf(i));
  EXPECT_EQ(transaction.Commit(core(), 0, Durability::kMemory, &outcome).code(), Code::kNoMemory);
  EXPECT_EQ(Keys(), 0u);
  for (int i = 0; i < 4; ++i) set(KeyOf(i));
  EXPECT_TRUE(transaction.Commit(core(), 0, Durability::kMemory, &outcome).ok());
}

TEST_F(MemoryLimitTest, ARecordOfEvictedKeysStaysSmall) {
  EngineOptions options = Options(Eviction::kAllKeysRandom);
  options.directory = "/data";
  options.file_system = &disk_;
  Open(options);
  // Eight of these together would make a record of 4 MiB.
  constexpr size_t kKeyBytes = size_t{512} << 10;
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(Set(KeyOf(i) + std::string(kKeyBytes, 'k'), "v").ok()) << i;
  }
  ASSERT_NO_FATAL_FAILURE(ExpectWithinLimit());
  ASSERT_TRUE(MakeRoom(core(), 0, kLimit / 2).ok());
  ASSERT_TRUE(engine_->Close().ok());
  auto reader = JournalReader::Open(&disk_, "/data/" + JournalName(1), 1);
  ASSERT_TRUE(reader.ok()) << reader.status().message();
  size_t longest = 0;
  for (Bytes payload; *(*reader)->Next(&payload) == JournalReader::Outcome::kRecord;) {
    longest = std::max(longest, payload.size());
  }
  EXPECT_GT(longest, limits::kReclaimRecordBytes) << "they went one by one";
  EXPECT_LE(longest, limits::kReclaimRecordBytes + kKeyBytes + 100);
}

TEST_F(MemoryLimitTest, ATransactionIsRefusedWholeIfAStepNeedsMemory) {
  Open(Options(Eviction::kNone));
  for (int i = 0; Set(KeyOf(i), std::string(1000, 'v')).ok(); ++i) ASSERT_LT(i, 100000);
  const ShardSet all = core()->keyspace.AllShards();
  Transaction::Outcome outcome;
  Transaction transaction;
  const auto deletes = [](Operation& operation) {
    operation.Delete("key:0");
    return Ok();
  };
  transaction.AddKeys(all, Access::kRelease, deletes);
  transaction.AddPublish("channel", std::string(2000, 'b'));
  EXPECT_EQ(transaction.Commit(core(), 0, Durability::kMemory, &outcome).code(), Code::kNoMemory);
  EXPECT_TRUE(Has("key:0"));
  transaction.AddKeys(all, Access::kRelease, deletes);
  EXPECT_TRUE(transaction.Commit(core(), 0, Durability::kMemory, &outcome).ok());
  EXPECT_FALSE(Has("key:0"));
}

// For the sanitizers, above all.
TEST_F(MemoryLimitTest, ManyThreadsAtTheLimit) {
  EngineOptions options = Options(Eviction::kAllKeysLru);
  options.background = true;
  Open(options);
  constexpr int kThreads = 4;
  std::atomic<int64_t> most_bytes{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      Random random(static_cast<uint64_t>(thread) + 1);
      for (int i = 0; i < 15000; ++i) {
        const std::string key = KeyOf(static_cast<int>(random.Below(30000)));
        if (random.Below(2) == 0) {
          Has(key);
          continue;
        }
        const size_t size = random.Below(8) == 0 ? 3000 : 100 + random.Below(900);
        ASSERT_TRUE(Set(key, std::string(size, 'v')).ok());
        if (i % 64 == 0) {
          int64_t used = Used();
          int64_t most = most_bytes.load();
          while (used > most && !most_bytes.compare_exchange_weak(most, used)) {
          }
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(engine_->memory_usage().evicted_keys, 1000u);
  EXPECT_LE(most_bytes.load(), kLimit / 100 * 105);
  uint64_t walked = 0;
  for (uint32_t index = 0; index < core()->keyspace.shard_count(); ++index) {
    Shard* const shard = core()->keyspace.shard(index);
    const SequenceLockHolder lock(shard->lock());
    shard->table(0).ForEach([&](const Record&) { ++walked; });
  }
  EXPECT_EQ(walked, Keys());
}

}  // namespace
}  // namespace kontor
