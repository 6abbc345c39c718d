#include "txn/transaction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "db/engine.h"
#include "unit/test_seed.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

// The whole visible state of database 0, as the effects that rebuild it.
std::vector<std::string> State(Core* core) {
  std::vector<std::string> keys;
  const ShardSet all = core->keyspace.AllShards();
  EXPECT_TRUE(Execute(core, all, Access::kRead, 0, [&](Operation& operation) {
                for (uint32_t i = 0; i < core->keyspace.shard_count(); ++i) {
                  Shard* const shard = core->keyspace.shard(i);
                  shard->lock()->AssertHeld();
                  shard->table(operation.database()).ForEach([&](const Record& record) {
                    // Only a list has an order; other elements are compared as a set.
                    std::vector<std::string> effects;
                    record.Describe(0, [&](const KeyEffect& effect) {
                      std::string encoded;
                      EncodeEffect(effect, &encoded);
                      effects.push_back(encoded);
                    });
                    if (record.As<List>() == nullptr) std::sort(effects.begin(), effects.end());
                    std::string joined;
                    for (const std::string& effect : effects) joined += effect;
                    keys.push_back(joined);
                  });
                }
                return Ok();
              }).ok());
  std::sort(keys.begin(), keys.end());
  return keys;
}

class TransactionTest : public ::testing::Test {
 protected:
  TransactionTest() {
    EngineOptions options;
    options.durability = Durability::kMemory;
    options.clock = &clock_;
    options.background = false;
    options.shards = 4;
    auto opened = Engine::Open(options);
    EXPECT_TRUE(opened.ok());
    engine_ = *std::move(opened);
  }

  Core* core() { return engine_->core(); }
  ShardSet all() { return core()->keyspace.AllShards(); }
  std::shared_ptr<WorkQueue> Queue(const char* name) {
    auto queue = verbs::OpenQueue(core(), name, nullptr);
    EXPECT_TRUE(queue.ok());
    return *queue;
  }
  Status Commit(Transaction* transaction) {
    return transaction->Commit(core(), 0, Durability::kMemory, &outcome_);
  }
  TakenMessage Take(WorkQueue* queue) {
    const int64_t timeout_ms = 0;
    TakenMessage message;
    size_t taken = 0;
    const WaitOptions wait{.timeout_ms = &timeout_ms};
    EXPECT_TRUE(verbs::Take(
                    core(), queue, 1, 0, wait, [&] { return &message; }, &taken)
                    .ok());
    return message;
  }
  Status SetNow(const char* key, const char* value) {
    return Execute(core(), all(), Access::kWrite, 0, [&](Operation& operation) {
      operation.SetString(key, value, 0);
      return Ok();
    });
  }

  ManualClock clock_;
  std::unique_ptr<Engine> engine_;
  Transaction::Outcome outcome_;
};

TEST_F(TransactionTest, CommitsKeysQueuesAndPublishesTogether) {
  const auto jobs = Queue("jobs");
  const auto next = Queue("next");
  auto mailbox = std::make_shared<Mailbox>(MailboxOptions{});
  ASSERT_TRUE(core()->channels.Subscribe(mailbox, SubjectKind::kChannel, "done", 7).ok());
  ASSERT_TRUE(verbs::Enqueue(core(), jobs.get(), {.body = "job"}).ok());
  const TakenMessage taken = Take(jobs.get());

  Transaction transaction;
  transaction.AddAcknowledge(jobs, taken.receipt);
  transaction.AddKeys(all(), Access::kWrite, [](Operation& operation) {
    operation.SetString("result", "42", 0);
    return Ok();
  });
  transaction.AddEnqueue(next, {.body = "first"});
  transaction.AddEnqueue(next, {.body = "second"});
  transaction.AddPublish("done", "job");
  ASSERT_TRUE(Commit(&transaction).ok());

  EXPECT_EQ(outcome_.enqueued_ids[2] + 1, outcome_.enqueued_ids[3]);
  EXPECT_EQ(outcome_.published[4].tags, 1u);
  EXPECT_EQ(verbs::Figures(core(), jobs.get())->leased, 0u);
  EXPECT_EQ(verbs::Figures(core(), next.get())->ready, 2u);
  Delivery delivery;
  ASSERT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  EXPECT_EQ(delivery.publication->body, "job");
  EXPECT_EQ(State(core()).size(), 1u);
  core()->channels.Leave(mailbox);
}

TEST_F(TransactionTest, AStaleReceiptRefusesEverything) {
  const auto jobs = Queue("jobs");
  ASSERT_TRUE(verbs::Enqueue(core(), jobs.get(), {.body = "job"}).ok());
  const TakenMessage late = Take(jobs.get());
  clock_.AdvanceMs(30'001);
  const TakenMessage second = Take(jobs.get());
  ASSERT_EQ(second.attempt, 2u);

  Transaction transaction;
  transaction.AddKeys(all(), Access::kWrite, [](Operation& operation) {
    operation.SetString("result", "late", 0);
    return Ok();
  });
  transaction.AddAcknowledge(jobs, late.receipt);
  EXPECT_EQ(Commit(&transaction).code(), Code::kStaleReceipt);
  EXPECT_EQ(outcome_.failed_step, 1u);
  EXPECT_TRUE(State(core()).empty());
  EXPECT_TRUE(verbs::Acknowledge(core(), jobs.get(), second.receipt).ok());
}

TEST_F(TransactionTest, AFailingStepTakesBackWhatCameBefore) {
  const auto jobs = Queue("jobs");
  ASSERT_TRUE(SetNow("text", "before").ok());
  const std::vector<std::string> before = State(core());
  Transaction transaction;
  transaction.AddKeys(all(), Access::kWrite, [](Operation& operation) {
    operation.SetString("text", "after", 5'000'000'000'000);
    operation.PushBack("list", "1");
    operation.SetField("hash", "f", "v");
    return Ok();
  });
  transaction.AddEnqueue(jobs, {.body = "never"});
  transaction.AddKeys(all(), Access::kWrite, [](Operation&) { return WrongType(); });
  EXPECT_EQ(Commit(&transaction).code(), Code::kWrongType);
  EXPECT_EQ(outcome_.failed_step, 2u);
  EXPECT_EQ(State(core()), before);
  EXPECT_EQ(verbs::Figures(core(), jobs.get())->ready, 0u);
}

TEST_F(TransactionTest, TheSameReceiptTwiceIsRefused) {
  const auto jobs = Queue("jobs");
  ASSERT_TRUE(verbs::Enqueue(core(), jobs.get(), {.body = "job"}).ok());
  const TakenMessage taken = Take(jobs.get());
  Transaction transaction;
  transaction.AddAcknowledge(jobs, taken.receipt);
  transaction.AddAcknowledge(jobs, taken.receipt);
  EXPECT_EQ(Commit(&transaction).code(), Code::kStaleReceipt);
  EXPECT_EQ(verbs::Figures(core(), jobs.get())->leased, 1u);
}

TEST_F(TransactionTest, MaximumLengthCountsTheWholeTransaction) {
  QueueOptions options;
  options.max_length = 2;
  const auto queue = *verbs::OpenQueue(core(), "short", &options);
  Transaction transaction;
  for (int i = 0; i < 3; ++i) transaction.AddEnqueue(queue, {.body = "m"});
  EXPECT_EQ(Commit(&transaction).code(), Code::kFull);
  EXPECT_EQ(outcome_.failed_step, 2u);
  EXPECT_EQ(verbs::Figures(core(), queue.get())->ready, 0u);
}

TEST_F(TransactionTest, WhatIsAcknowledgedMakesRoomForWhatIsEnqueued) {
  QueueOptions options;
  options.max_length = 1;
  const auto queue = *verbs::OpenQueue(core(), "stage", &options);
  ASSERT_TRUE(verbs::Enqueue(core(), queue.get(), {.body = "one"}).ok());
  const TakenMessage taken = Take(queue.get());
  Transaction transaction;
  transaction.AddEnqueue(queue, {.body = "two"});
  transaction.AddAcknowledge(queue, taken.receipt);
  EXPECT_TRUE(Commit(&transaction).ok());
  EXPECT_EQ(*Take(queue.get()).body, "two");
}

TEST_F(TransactionTest, AStepThatThrowsTakesBackWhatCameBefore) {
  Transaction transaction;
  transaction.AddKeys(all(), Access::kWrite, [](Operation& operation) {
    operation.SetString("a", "1", 0);
    return Ok();
  });
  transaction.AddKeys(all(), Access::kWrite, [](Operation&) -> Status { throw std::bad_alloc(); });
  EXPECT_THROW(static_cast<void>(Commit(&transaction)), std::bad_alloc);
  EXPECT_TRUE(State(core()).empty());
}

TEST_F(TransactionTest, ACollectionThatIsDeletedIsKeptNotCopied) {
  const auto hash_of = [this](const std::string& key) {
    const Hash* hash = nullptr;
    EXPECT_TRUE(Execute(core(), all(), Access::kRead, 0, [&](Operation& operation) {
                  return operation.Find(key, &hash);
                }).ok());
    return hash;
  };
  const std::vector<std::function<void(Operation&)>> ends = {
      [](Operation& operation) { operation.Delete("h"); },
      [](Operation& operation) { operation.SetString("h", "text", 0); },
      [](Operation& operation) { operation.Move("h", 1, "h"); },
      [](Operation& operation) { operation.Move("other", 0, "h"); },
      [](Operation& operation) { operation.Copy("other", 0, "h"); },
  };
  ASSERT_TRUE(Execute(core(), all(), Access::kWrite, 0, [&](Operation& operation) {
                operation.SetField("h", "field", "value");
                operation.SetString("other", "text", 0);
                return Ok();
              }).ok());
  const Hash* const before = hash_of("h");
  for (const auto& end : ends) {
    Transaction transaction;
    transaction.AddKeys(all(), Access::kWrite, [&](Operation& operation) {
      end(operation);
      return WrongType();
    });
    ASSERT_FALSE(Commit(&transaction).ok());
    EXPECT_EQ(hash_of("h"), before);
  }
}

// DEL takes no longer for a large collection, also where the undo log has it.
TEST_F(TransactionTest, ALargeCollectionIsFreedLater) {
  LazyFree* const lazy_free = core()->keyspace.lazy_free();
  lazy_free->Begin();
  const auto run = [&](auto change) {
    return ExecuteWhole(core(), all(), Access::kWrite, 0, [&](Operation& operation) {
      change(operation);
      return Ok();
    });
  };
  ASSERT_TRUE(run([](Operation& operation) {
                for (int i = 0; i < 20'000; ++i) operation.AddMember("s", std::to_string(i) + "x");
              }).ok());
  const int64_t bytes = core()->memory.used_bytes(MemoryPurpose::kCollections);
  ASSERT_TRUE(run([](Operation& operation) { operation.Delete("s"); }).ok());
  EXPECT_FALSE(lazy_free->empty());
  EXPECT_EQ(core()->memory.used_bytes(MemoryPurpose::kCollections), bytes);
  lazy_free->FreeAll();
  EXPECT_EQ(core()->memory.used_bytes(MemoryPurpose::kCollections), 0);
}

TEST_F(TransactionTest, ALongStringIsWrittenToInPlace) {
  const auto text = [this] {
    Bytes found;
    EXPECT_TRUE(Execute(core(), all(), Access::kRead, 0, [&](Operation& operation) {
                  found = operation.Find("s")->text();
                  return Ok();
                }).ok());
    return found;
  };
  // Made by a write behind its end, so that it has room to grow.
  ASSERT_TRUE(Execute(core(), all(), Access::kWrite, 0, [](Operation& operation) {
                operation.SetString("s", std::string(9999, 'a'), 0);
                operation.WriteString("s", 9999, "b");
                return Ok();
              }).ok());
  const char* const bytes = text().data();
  const std::string before(text());
  for (const bool fails : {true, false}) {
    Transaction transaction;
    transaction.AddKeys(all(), Access::kWrite, [&](Operation& operation) {
      operation.WriteString("s", 5, "xyz");
      operation.WriteString("s", 9998, "pqr");
      operation.WriteString("s", 11000, "end");
      operation.WriteString("s", 6, "Y");
      EXPECT_EQ(operation.Find("s")->text().size(), 11003u);
      return fails ? WrongType() : Ok();
    });
    ASSERT_EQ(Commit(&transaction).ok(), !fails);
    EXPECT_EQ(text().data(), bytes);
    if (fails) {
      EXPECT_EQ(text(), before);
    }
  }
  EXPECT_EQ(text().substr(4, 5), "axYza");
  EXPECT_EQ(text().substr(9997, 5), Bytes("apqr\0", 5));
}

// This member, or if it is empty one that is there.
void RemoveScored(Operation* operation, const std::string& key, std::string member,
                  Random* random) {
  const SortedSet* const set = operation->Find(key)->As<SortedSet>();
  if (member.empty()) {
    const SortedSet::Member chosen = set->at(random->Below(set->size()));
    member = chosen.member.bytes();
  }
  operation->RemoveScored(key, member);
}

// A change of a hash that has fields.
void ChangeFields(Operation* operation, const std::string& key, const std::string& field,
                  const std::string& value, Random* random) {
  const Hash* const hash = operation->Find(key)->As<Hash>();
  switch (random->Below(4)) {
    case 0:
      operation->DeleteField(key, field);
      break;
    case 1:
      operation->SetFieldValue(key, field, value);
      break;
    case 2: {
      const Hash::Field chosen = hash->at(random->Below(hash->size()));
      const std::string name(chosen.field.bytes());
      const auto deadline = static_cast<int64_t>(7'000'000'000'000 + random->Below(3));
      operation->ExpireField(key, name, random->OneIn(4) ? 0 : deadline);
      break;
    }
    default:
      operation->ReclaimFields(0, key, 1 + random->Below(2));
      break;
  }
}

// One random change of a few small keys, legal in whatever state they are.
void RandomChange(Operation* operation, Random* random) {
  const std::string key(1, static_cast<char>('a' + random->Below(4)));
  const std::string field(1, static_cast<char>('x' + random->Below(3)));
  const std::string value(random->OneIn(8) ? 2000 : 1 + random->Below(3),
                          static_cast<char>('0' + random->Below(10)));
  const Record* const record = operation->Find(key);
  const bool is_list = record != nullptr && record->As<List>() != nullptr;
  const bool is_hash = record != nullptr && record->As<Hash>() != nullptr;
  const bool is_set = record != nullptr && record->As<Set>() != nullptr;
  const bool is_sorted_set = record != nullptr && record->As<SortedSet>() != nullptr;
  switch (random->Below(24)) {
    case 21:
    case 22:
    case 23:
      if (is_hash) ChangeFields(operation, key, field, value, random);
      break;
    case 0:
      operation->SetString(key, value, random->OneIn(2) ? 9'000'000'000'000 : 0);
      break;
    case 1:
      operation->Delete(key);
      break;
    case 2:
      if (record != nullptr) operation->Expire(key, 8'000'000'000'000);
      break;
    case 3:
      if (record != nullptr) operation->Move(key, 0, field);
      break;
    case 4:
      if (record != nullptr && key != field) operation->Copy(key, 0, field);
      break;
    case 5:
      if (record == nullptr || is_hash) operation->SetField(key, field, value);
      break;
    case 6:
      if (is_hash) ChangeFields(operation, key, field, value, random);
      break;
    case 7:
      if (record == nullptr || is_list) operation->PushFront(key, value);
      break;
    case 8:
      if (record == nullptr || is_list) operation->PushBack(key, value);
      break;
    case 9:
      if (is_list) operation->PopFront(key, 1 + random->Below(record->As<List>()->size()));
      break;
    case 10:
      if (is_list) operation->PopBack(key, 1 + random->Below(record->As<List>()->size()));
      break;
    case 11:
      if (is_list) operation->SetElement(key, random->Below(record->As<List>()->size()), value);
      break;
    case 13:
    case 14:
      if (record == nullptr || is_set) operation->AddMember(key, value);
      break;
    case 15:
      if (is_set) {
        const Element chosen = record->As<Set>()->at(random->Below(record->As<Set>()->size()));
        const std::string member(random->OneIn(4) ? value : std::string(chosen.bytes()));
        operation->RemoveMember(key, member);
      }
      break;
    case 16:
    case 17:
      if (record == nullptr || is_sorted_set) {
        operation->SetScore(key, value, static_cast<double>(random->Below(20)) / 4 - 2);
      }
      break;
    case 18:
      if (is_sorted_set) RemoveScored(operation, key, random->OneIn(4) ? value : "", random);
      break;
    case 12:
      if (record == nullptr || record->is_string()) {
        operation->WriteString(key, random->Below(record == nullptr ? 9 : 2500), value);
      }
      break;
    case 19:
      if (is_list)
        operation->InsertElement(key, random->Below(record->As<List>()->size() + 1), value);
      break;
    default:
      if (is_list) {
        const Element chosen = record->As<List>()->at(random->Below(record->As<List>()->size()));
        const std::string equal(chosen.bytes());
        operation->RemoveElements(key, equal, static_cast<int64_t>(random->Below(5)) - 2);
      }
      break;
  }
}

// Of all collections: counted, and summed up.
std::pair<int64_t, int64_t> CollectionBytes(Core* core) {
  std::pair<int64_t, int64_t> bytes;
  EXPECT_TRUE(Execute(core, core->keyspace.AllShards(), Access::kRead, 0, [&](Operation&) {
                for (uint32_t i = 0; i < core->keyspace.shard_count(); ++i) {
                  Shard* const shard = core->keyspace.shard(i);
                  shard->lock()->AssertHeld();
                  bytes.first += shard->table(0).collection_bytes();
                  shard->table(0).ForEach([&](const Record& record) {
                    bytes.second += static_cast<int64_t>(record.collection_bytes());
                  });
                }
                return Ok();
              }).ok());
  return bytes;
}

TEST_F(TransactionTest, UndoRestoresAnyState) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 8000; ++round) {
    const std::vector<std::string> before = State(core());
    Transaction transaction;
    transaction.AddKeys(all(), Access::kWrite, [&](Operation& operation) {
      for (uint64_t i = random.Below(12); i > 0; --i) RandomChange(&operation, &random);
      return Ok();
    });
    const bool fails = random.OneIn(2);
    if (fails) transaction.AddKeys(all(), Access::kWrite, [](Operation&) { return WrongType(); });
    ASSERT_EQ(Commit(&transaction).ok(), !fails);
    if (fails) {
      ASSERT_EQ(State(core()), before) << "round " << round;
    }
    const auto [counted, held] = CollectionBytes(core());
    ASSERT_EQ(counted, held) << "round " << round;
  }
}

}  // namespace
}  // namespace kontor
