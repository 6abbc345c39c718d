// What a queue knows is there again after the engine was reopened, from the journal and from a
// snapshot alike.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "txn/transaction.h"
#include "unit/db/reopening_test.h"
#include "verbs/queue_batches.h"
#include "verbs/queue_commit.h"
#include "verbs/queue_messages.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

class QueueRecoveryTest : public ReopeningTest {
 protected:
  QueueRecoveryTest() { Reopen(); }

  void AfterOpening() override { queue_ = Find("q"); }
  void Declare(const QueueOptions& options) { queue_ = OpenQueue("q", options); }
  uint64_t Put(const NewMessage& message) {
    uint64_t id = 0;
    const Status status = verbs::Enqueue(core(), queue_.get(), message, &id);
    EXPECT_TRUE(status.ok() || status.code() == Code::kExists) << status.message();
    return id;
  }
  std::vector<TakenMessage> Take(size_t count = 100) { return TakeFrom(queue_, count); }
  std::vector<std::string> TakeBodies() { return TakeBodiesFrom(queue_); }
  QueueFigures Figures() { return *verbs::Figures(core(), queue_.get()); }

  QueuePointer queue_;
};

TEST_P(QueueRecoveryTest, OptionsAndPause) {
  const QueueOptions options{.lease_ms = 1234,
                             .backoff = 1,
                             .max_age_ms = 5000,
                             .rate_count = 7,
                             .retry_delays_ms = {1, 2, 3}};
  Declare(options);
  Put({.body = "m"});
  ASSERT_TRUE(verbs::Pause(core(), queue_.get()).ok());
  Reopen();
  {
    const MutexLock lock(queue_->mutex());
    EXPECT_EQ(queue_->options(), options);
  }
  EXPECT_TRUE(Figures().paused);
  EXPECT_TRUE(Take().empty());
  ASSERT_TRUE(verbs::Resume(core(), queue_.get()).ok());
  Reopen();
  EXPECT_EQ(TakeBodies(), std::vector<std::string>{"m"});
}

TEST_P(QueueRecoveryTest, GroupsAndTheirOrder) {
  Declare({});
  for (const char* body : {"a1", "a2", "a3"}) Put({.body = body, .group = "a"});
  Put({.body = "b1", .group = "b"});
  ASSERT_EQ(Take().size(), 2u);
  Reopen();  // leases end with the process
  EXPECT_EQ(Figures().groups, 2u);
  const std::vector<TakenMessage> again = Take();
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(*again[0].body, "a1");
  EXPECT_EQ(again[0].attempt, 2u);
  ASSERT_TRUE(verbs::Acknowledge(core(), queue_.get(), again[0].receipt).ok());
  EXPECT_EQ(TakeBodies(), std::vector<std::string>{"a2"});
}

TEST_P(QueueRecoveryTest, DeduplicationIds) {
  Declare({.deduplication_ms = 10'000});
  const uint64_t id = Put({.body = "m", .deduplication_id = "order 7"});
  ASSERT_TRUE(verbs::Acknowledge(core(), queue_.get(), Take()[0].receipt).ok());
  Reopen();
  EXPECT_EQ(Put({.body = "m", .deduplication_id = "order 7"}), id);
  clock_.AdvanceMs(10'000);
  EXPECT_NE(Put({.body = "m", .deduplication_id = "order 7"}), id);
}

TEST_P(QueueRecoveryTest, WhatGoesForOthersIsGoneForGood) {
  Declare({.max_length = 2, .overflow = static_cast<int64_t>(Overflow::kDeadLetterOldest)});
  for (const char* body : {"1", "2", "3"}) Put({.body = body});
  Transaction transaction;
  for (const char* body : {"4", "5"}) transaction.AddEnqueue(queue_, {.body = body});
  Transaction::Outcome outcome;
  ASSERT_TRUE(transaction.Commit(core(), 0, Durability::kMemory, &outcome).ok());
  const auto expect_the_last_two = [&] {
    EXPECT_EQ(Figures().ready, 2u);
    const auto letters = verbs::DeadLetters(core(), queue_.get(), 0, 10);
    ASSERT_TRUE(letters.ok());
    ASSERT_EQ(letters->size(), 3u);
    EXPECT_EQ(*(*letters)[2].body, "3");
    EXPECT_EQ((*letters)[2].note, "the queue was full: max_length 2");
  };
  expect_the_last_two();
  Reopen();
  expect_the_last_two();
  EXPECT_EQ(TakeBodies(), (std::vector<std::string>{"4", "5"}));
}

TEST_P(QueueRecoveryTest, WhatIsTooOldIsGoneForGood) {
  Declare({.max_age_ms = 100});
  Put({.body = "old"});
  clock_.AdvanceMs(50);
  Put({.body = "young"});
  clock_.AdvanceMs(50);
  EXPECT_EQ(Figures().dropped_total, 1u);
  Reopen();
  EXPECT_EQ(Figures().ready, 1u);
  clock_.AdvanceMs(49);
  Reopen();
  EXPECT_EQ(TakeBodies(), std::vector<std::string>{"young"});
}

TEST_P(QueueRecoveryTest, ATransactionSendsWhatItDeduplicatesOnce) {
  Declare({.max_length = 2, .deduplication_ms = 1000});
  const uint64_t first = Put({.body = "m", .deduplication_id = "a"});
  Transaction transaction;
  transaction.AddEnqueue(queue_, {.body = "m", .deduplication_id = "a"});
  transaction.AddEnqueue(queue_, {.body = "n", .deduplication_id = "b"});
  transaction.AddEnqueue(queue_, {.body = "n", .deduplication_id = "b"});
  Transaction::Outcome outcome;
  ASSERT_TRUE(transaction.Commit(core(), 0, Durability::kMemory, &outcome).ok());
  EXPECT_EQ(outcome.enqueued_ids, (std::vector<uint64_t>{first, first + 1, first + 1}));
  Reopen();
  EXPECT_EQ(TakeBodies(), (std::vector<std::string>{"m", "n"}));
}

TEST_P(QueueRecoveryTest, ARenewedLeaseOutlivesItsTimeButNotTheProcess) {
  Declare({.lease_ms = 100});
  Put({.body = "m"});
  const Receipt receipt = Take()[0].receipt;
  ASSERT_TRUE(verbs::Renew(core(), queue_.get(), receipt, -1).ok());
  for (int i = 0; i < 50; ++i) {
    clock_.AdvanceMs(99);
    engine_->Tick();
  }
  clock_.AdvanceMs(1000);  // and if nobody looks for a long time
  EXPECT_EQ(Figures().leased, 1u);
  Reopen();
  EXPECT_EQ(verbs::Acknowledge(core(), queue_.get(), receipt).code(), Code::kStaleReceipt);
  EXPECT_EQ(TakeBodies(), std::vector<std::string>{"m"});
}

TEST_P(QueueRecoveryTest, ATransactionAcknowledgesWhatIsRenewed) {
  Declare({.lease_ms = 100});
  Put({.body = "m"});
  const Receipt receipt = Take()[0].receipt;
  ASSERT_TRUE(verbs::Renew(core(), queue_.get(), receipt, -1).ok());
  clock_.AdvanceMs(101);  // and nobody has extended it yet
  Transaction transaction;
  Transaction::Outcome outcome;
  transaction.AddAcknowledge(queue_, receipt);
  ASSERT_TRUE(transaction.Commit(core(), 0, Durability::kAsync, &outcome).ok());
  Reopen();
  EXPECT_TRUE(Take().empty());
}

TEST_P(QueueRecoveryTest, ResultsAndTheirTime) {
  Declare({.result_ms = 100});
  Put({.body = "a"});
  Put({.body = "b"});
  std::vector<TakenMessage> taken = Take();
  ASSERT_TRUE(verbs::Acknowledge(core(), queue_.get(), taken[0].receipt, "A").ok());
  Transaction transaction;
  Transaction::Outcome outcome;
  transaction.AddAcknowledge(queue_, taken[1].receipt, "B");
  ASSERT_TRUE(transaction.Commit(core(), 0, Durability::kAsync, &outcome).ok());
  clock_.AdvanceMs(99);
  Reopen();
  MessageView view;
  for (const auto& [id, result] : {std::pair(taken[0].id, "A"), std::pair(taken[1].id, "B")}) {
    ASSERT_TRUE(verbs::ViewMessage(core(), queue_.get(), id, &view).ok());
    EXPECT_EQ(view.state, MessageState::kDone);
    EXPECT_EQ(view.note, result);
  }
  EXPECT_EQ(Figures().done, 2u);
  clock_.AdvanceMs(1);
  Reopen();
  EXPECT_EQ(verbs::ViewMessage(core(), queue_.get(), taken[0].id, &view).code(), Code::kNotFound);
  EXPECT_EQ(Figures().done, 0u);
}

TEST_P(QueueRecoveryTest, Batches) {
  Declare({});
  uint64_t first_id = 0;
  const auto body_of = [](size_t i) { return Bytes("abc").substr(i, 1); };
  ASSERT_TRUE(verbs::EnqueueMany(core(), queue_.get(), {}, 3, body_of, &first_id).ok());
  const std::vector<TakenMessage> taken = Take();
  ASSERT_EQ(taken.size(), 3u);
  EXPECT_EQ(taken[0].id, first_id);
  EXPECT_EQ(taken[2].id, first_id + 2);
  const uint64_t receipts[] = {taken[0].receipt.bits(), taken[2].receipt.bits()};
  size_t acknowledged = 0;
  ASSERT_TRUE(verbs::AcknowledgeMany(core(), queue_.get(), receipts, &acknowledged, nullptr).ok());
  EXPECT_EQ(acknowledged, 2u);
  Reopen();
  EXPECT_EQ(TakeBodies(), std::vector<std::string>{"b"});
}

// Whoever works for a process that died is told apart, also where the end of the journal was lost.
TEST_P(QueueRecoveryTest, ReceiptsOfEarlierProcessesAreStale) {
  Declare({});
  Put({.body = "a"});
  ASSERT_TRUE(engine_->Sync().ok());
  std::vector<Receipt> old;
  for (int life = 0; life < 5; ++life) {
    const std::vector<TakenMessage> taken = Take();
    ASSERT_EQ(taken.size(), 1u);
    // That it was taken is in no journal that survives.
    const std::unique_ptr<MemoryFileSystem> left = CurrentDisk()->AfterPowerLoss();
    for (const Receipt& receipt : old) {
      EXPECT_FALSE(receipt == taken[0].receipt);
      EXPECT_EQ(verbs::Acknowledge(core(), queue_.get(), receipt).code(), Code::kStaleReceipt);
    }
    old.push_back(taken[0].receipt);
    ASSERT_TRUE(engine_->Close().ok());
    engine_.reset();
    OpenOn(left->AfterPowerLoss());
  }
}

TEST_P(QueueRecoveryTest, IdsAreNeverGivenOutAgain) {
  Declare({});
  const uint64_t first = Put({.body = "a"});
  const Receipt receipt = Take().at(0).receipt;
  ASSERT_TRUE(verbs::DeleteQueue(core(), "q").ok());
  Reopen();
  Declare({});
  EXPECT_GT(Put({.body = "b"}), first);
  ASSERT_EQ(Take().size(), 1u);
  EXPECT_EQ(verbs::Acknowledge(core(), queue_.get(), receipt).code(), Code::kStaleReceipt);
}

TEST_P(QueueRecoveryTest, NorAreReceiptsOfQueuesThatAreNotKept) {
  Declare({.durable = 0});
  Put({.body = "a"});
  const Receipt receipt = Take().at(0).receipt;
  Reopen();
  Declare({.durable = 0});
  Put({.body = "b"});
  ASSERT_EQ(Take().size(), 1u);
  EXPECT_EQ(verbs::Acknowledge(core(), queue_.get(), receipt).code(), Code::kStaleReceipt);
}

// So that receipts stay small numbers.
TEST_P(QueueRecoveryTest, IdsFollowThoseBeforeAClose) {
  Declare({});
  uint64_t last = Put({.body = "a"});
  for (int life = 0; life < 3; ++life) {
    Reopen();
    EXPECT_EQ(Put({.body = "b"}), last + 1);
    ++last;
  }
  // A life that gives out none changes nothing.
  Reopen();
  Reopen();
  EXPECT_EQ(Put({.body = "c"}), last + 1);
}

TEST_P(QueueRecoveryTest, IdsBeginAtOneAfterLivesWithoutMessages) {
  Reopen();
  Declare({});
  Reopen();
  Figures();
  Reopen();
  EXPECT_EQ(Put({.body = "a"}), 1u);
}

TEST_P(QueueRecoveryTest, IdsLeaveRoomForThoseThatWereLost) {
  Declare({});
  Put({.body = "a"});
  Reopen();
  Put({.body = "b"});
  ASSERT_TRUE(engine_->Sync().ok());
  const std::unique_ptr<MemoryFileSystem> left = CurrentDisk()->AfterPowerLoss();
  uint64_t lost = 0;
  for (int i = 0; i < 100; ++i) lost = Put({.body = "lost"});
  ASSERT_TRUE(engine_->Close().ok());
  engine_.reset();
  OpenOn(left->AfterPowerLoss());
  EXPECT_GT(Put({.body = "c"}), lost);
}

TEST_P(QueueRecoveryTest, IdsOfQueuesThatAreNotKeptFollowEachOther) {
  Declare({.durable = 0});
  const uint64_t last = Put({.body = "a"});
  Reopen();
  Declare({.durable = 0});
  EXPECT_EQ(Put({.body = "b"}), last + 1);
}

// Who looks at an old directory and uses no queue writes nothing.
TEST_P(QueueRecoveryTest, AnIncarnationBeginsWithItsFirstMessage) {
  Declare({});
  Put({.body = "a"});
  Reopen();
  const Lsn before = core()->journal->last_lsn();
  Figures();
  verbs::CatchUp(core(), queue_.get());
  EXPECT_EQ(core()->journal->last_lsn(), before);
  Take();
  EXPECT_EQ(core()->journal->last_lsn(), before + 2);
}

INSTANTIATE_TEST_SUITE_P(From, QueueRecoveryTest, testing::Bool(),
                         [](const auto& test) { return test.param ? "Snapshot" : "Journal"; });

}  // namespace
}  // namespace kontor
