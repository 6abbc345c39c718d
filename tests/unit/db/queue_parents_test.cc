// Messages that wait for others: told once, whatever ends a child, whenever the process dies.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "txn/tell_parents.h"
#include "txn/transaction.h"
#include "unit/db/reopening_test.h"
#include "verbs/queue_batches.h"
#include "verbs/queue_commit.h"
#include "verbs/queue_messages.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

using Bodies = std::vector<std::string>;

class QueueParentsTest : public ReopeningTest {
 protected:
  QueueParentsTest() {
    Reopen();
    OpenQueue("parents");
    OpenQueue("children");
  }

  void AfterOpening() override {
    for (const char* name : {"parents", "children"}) {
      const QueuePointer queue = Find(name);
      if (queue != nullptr) verbs::CatchUp(core(), queue.get());  // as the engine does, by itself
    }
  }
  uint64_t Put(Bytes queue, const NewMessage& message) {
    uint64_t id = 0;
    const Status status = verbs::Enqueue(core(), Find(queue).get(), message, &id);
    EXPECT_TRUE(status.ok()) << status.message();
    return id;
  }
  uint64_t PutChildOf(uint64_t parent, Bytes body = "child") {
    return Put("children", {.body = body, .parent_queue = "parents", .parent_id = parent});
  }
  Status TryChildOf(Bytes queue, Bytes parent_queue, uint64_t parent) {
    return verbs::Enqueue(core(), Find(queue).get(),
                          {.parent_queue = parent_queue, .parent_id = parent});
  }
  std::vector<TakenMessage> Take(Bytes queue, size_t count = 1000) {
    return TakeFrom(Find(queue), count);
  }
  void Acknowledge(Bytes queue, const TakenMessage& message) {
    const Status status = verbs::Acknowledge(core(), Find(queue).get(), message.receipt);
    EXPECT_TRUE(status.ok()) << status.message();
  }
  MessageView View(Bytes queue, uint64_t id) {
    MessageView view;
    EXPECT_TRUE(verbs::ViewMessage(core(), Find(queue).get(), id, &view).ok());
    return view;
  }
  bool Waits(uint64_t parent) { return View("parents", parent).state == MessageState::kDelayed; }
};

TEST_P(QueueParentsTest, AParentIsReadyAfterItsLastChild) {
  const uint64_t parent = Put("parents", {.body = "parent", .children = 3});
  for (int i = 0; i < 3; ++i) PutChildOf(parent);
  EXPECT_EQ(Take("parents").size(), 0u);
  for (uint32_t left = 3; left > 0; --left) {
    EXPECT_TRUE(Waits(parent));
    EXPECT_EQ(View("parents", parent).children, left);
    Reopen();
    Acknowledge("children", Take("children", 1).at(0));
  }
  Reopen();
  const std::vector<TakenMessage> taken = Take("parents");
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(*taken[0].body, "parent");
  EXPECT_EQ(taken[0].attempt, 1u);
}

TEST_P(QueueParentsTest, WhateverEndsAChild) {
  OpenQueue("children", {.max_length = 8, .overflow = 1, .max_age_ms = 5000, .result_ms = 60'000});
  const uint64_t parent = Put("parents", {.children = 7});
  const uint64_t dead = PutChildOf(parent, "dead");
  for (const char* body : {"acknowledged", "committed", "in a batch", "dropped", "old"}) {
    PutChildOf(parent, body);
  }
  const std::vector<TakenMessage> taken = Take("children", 4);
  ASSERT_TRUE(verbs::Bury(core(), Find("children").get(), taken[0].receipt, "no").ok());
  EXPECT_EQ(View("parents", parent).children, 7u);
  ASSERT_TRUE(verbs::Discard(core(), Find("children").get(), dead).ok());
  EXPECT_EQ(View("parents", parent).children, 6u);
  Acknowledge("children", taken[1]);  // it is done, and its result kept
  EXPECT_EQ(View("parents", parent).children, 5u);
  Transaction transaction;
  Transaction::Outcome outcome;
  transaction.AddAcknowledge(Find("children"), taken[2].receipt);
  ASSERT_TRUE(transaction.Commit(core(), 0, Durability::kAsync, &outcome).ok());
  EXPECT_EQ(View("parents", parent).children, 4u);
  const uint64_t receipt = taken[3].receipt.bits();
  size_t acknowledged = 0;
  ASSERT_TRUE(
      verbs::AcknowledgeMany(core(), Find("children").get(), {&receipt, 1}, &acknowledged, nullptr)
          .ok());
  EXPECT_EQ(View("parents", parent).children, 3u);
  for (int i = 0; i < 7; ++i) Put("children", {.body = "more"});  // "dropped" makes room
  verbs::CatchUp(core(), Find("children").get());
  EXPECT_EQ(View("parents", parent).children, 2u);
  clock_.AdvanceMs(5000);
  verbs::CatchUp(core(), Find("children").get());
  EXPECT_EQ(View("parents", parent).children, 1u);
  PutChildOf(parent, "purged");
  ASSERT_TRUE(verbs::Purge(core(), Find("children").get()).ok());
  EXPECT_FALSE(Waits(parent));
  // The results that were kept are forgotten, and nobody is told of that.
  EXPECT_TRUE(Find("children") != nullptr);
}

TEST_P(QueueParentsTest, TheChildrenOfAQueueThatIsDeletedAreOver) {
  const uint64_t parent = Put("parents", {.children = 2});
  PutChildOf(parent);
  PutChildOf(parent);
  ASSERT_TRUE(verbs::DeleteQueue(core(), "children").ok());
  Reopen();
  EXPECT_FALSE(Waits(parent));
}

TEST_P(QueueParentsTest, AFamilyIsSentInOneCommit) {
  OpenQueue("parents", {.deduplication_ms = 60'000});
  for (const bool again : {false, true}) {
    Transaction transaction;
    transaction.AddPublish("news", "an order");
    transaction.AddEnqueue(Find("parents"),
                           {.body = "pack", .deduplication_id = "order 7", .children = 2});
    transaction.AddEnqueue(Find("children"), {.body = "left", .parent_step = 1});
    transaction.AddEnqueue(Find("children"), {.body = "right", .children = 1, .parent_step = 1});
    transaction.AddEnqueue(Find("children"), {.body = "screw", .parent_step = 3});
    Transaction::Outcome outcome;
    const Status status = transaction.Commit(core(), 0, Durability::kAsync, &outcome);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(outcome.enqueued_ids[1], 1u);
    EXPECT_EQ(outcome.enqueued_ids[2] == 0, again);
    EXPECT_EQ(outcome.enqueued_ids[4] == 0, again);
  }
  Reopen();
  Bodies order;
  for (const char* queue : {"children", "children", "parents"}) {
    const std::vector<TakenMessage> taken = Take(queue);
    for (const TakenMessage& message : taken) {
      order.emplace_back(*message.body);
      Acknowledge(queue, message);
    }
  }
  EXPECT_EQ(order, (Bodies{"left", "screw", "right", "pack"}));
}

TEST_P(QueueParentsTest, ADelayIsTheLongestThatAParentWaits) {
  const uint64_t parent = Put("parents", {.delay_ms = 1000, .children = 2});
  PutChildOf(parent);
  const uint64_t late = PutChildOf(parent);
  Acknowledge("children", Take("children", 1).at(0));
  clock_.AdvanceMs(1000);
  EXPECT_EQ(Take("parents", 1).size(), 1u);
  EXPECT_EQ(TryChildOf("children", "parents", parent).code(), Code::kInvalid);
  // It rests before its next delivery: the end of a child does not cut that short.
  Reopen();
  const std::vector<TakenMessage> taken = Take("parents", 1);
  ASSERT_EQ(taken.size(), 1u);
  ASSERT_TRUE(verbs::Return(core(), Find("parents").get(), taken[0].receipt, 500).ok());
  Acknowledge("children", Take("children", 1).at(0));
  EXPECT_EQ(View("parents", parent).state, MessageState::kDelayed);
  EXPECT_NE(late, 0u);
}

TEST_P(QueueParentsTest, WithoutADelayItWaitsForYears) {
  Put("parents", {.children = 1});
  clock_.AdvanceMs(limits::kDelayMs - 1);
  EXPECT_EQ(Take("parents").size(), 0u);
  clock_.AdvanceMs(1);
  EXPECT_EQ(Take("parents").size(), 1u);
}

TEST_P(QueueParentsTest, WhoCannotBeAChild) {
  const uint64_t parent = Put("parents", {.children = 1});
  const uint64_t childless = Put("parents", {});
  EXPECT_EQ(TryChildOf("children", "parents", childless).code(), Code::kInvalid);
  EXPECT_EQ(TryChildOf("children", "parents", 99).code(), Code::kInvalid);
  EXPECT_EQ(TryChildOf("children", "nobody", parent).code(), Code::kInvalid);
  OpenQueue("memory", {.durable = 0});
  EXPECT_EQ(TryChildOf("memory", "parents", parent).code(), Code::kInvalid);
  EXPECT_EQ(
      verbs::Enqueue(core(), Find("children").get(),
                     {.deduplication_id = "x", .parent_queue = "parents", .parent_id = parent})
          .code(),
      Code::kInvalid);
  EXPECT_EQ(verbs::Enqueue(core(), Find("children").get(), {.parent_step = 0}).code(),
            Code::kInvalid);
  EXPECT_EQ(
      verbs::Enqueue(core(), Find("parents").get(), {.children = limits::kChildren + 1}).code(),
      Code::kOutOfRange);
  for (const int64_t step : {0, 2, 3, 99}) {  // no enqueue, without children, itself, none
    Transaction transaction;
    transaction.AddPublish("c", "m");
    transaction.AddEnqueue(Find("parents"), {.children = 1});
    transaction.AddEnqueue(Find("parents"), {});
    transaction.AddEnqueue(Find("parents"), {.children = 1, .parent_step = step});
    Transaction::Outcome outcome;
    EXPECT_EQ(transaction.Commit(core(), 0, Durability::kAsync, &outcome).code(), Code::kInvalid);
    EXPECT_EQ(outcome.failed_step, 3u);
  }
  EXPECT_EQ(View("parents", parent).children, 1u);
}

TEST_P(QueueParentsTest, WhoIsReadyAlreadyGetsNoMoreChildren) {
  const uint64_t parent = Put("parents", {.delay_ms = 100, .children = 2});
  PutChildOf(parent);
  clock_.AdvanceMs(100);
  EXPECT_EQ(TryChildOf("children", "parents", parent).code(), Code::kInvalid);
  EXPECT_EQ(Take("parents").size(), 1u);
}

TEST_P(QueueParentsTest, ATransactionSendsNoMoreChildrenThanAreWaitedFor) {
  for (const uint32_t sent : {1u, 2u, 3u}) {
    Transaction transaction;
    transaction.AddEnqueue(Find("parents"), {.children = 2});
    for (uint32_t i = 0; i < sent; ++i) {
      transaction.AddEnqueue(Find("children"), {.body = "child", .parent_step = 0});
    }
    Transaction::Outcome outcome;
    const Status status = transaction.Commit(core(), 0, Durability::kAsync, &outcome);
    EXPECT_EQ(status.code(), sent <= 2 ? Code::kOk : Code::kInvalid) << sent;
    if (sent > 2) {
      EXPECT_EQ(status.message(),
                "the message waits for 2 children, and 3 are sent in this transaction");
      EXPECT_EQ(outcome.failed_step, 0u);
    }
  }
  EXPECT_EQ(Take("children").size(), 3u);
}

TEST_P(QueueParentsTest, AParentThatIsGoneIsToldNothing) {
  const uint64_t parent = Put("parents", {.children = 2});
  PutChildOf(parent);
  PutChildOf(parent);
  const std::vector<TakenMessage> taken = Take("children");
  ASSERT_TRUE(verbs::Purge(core(), Find("parents").get()).ok());
  Acknowledge("children", taken[0]);
  ASSERT_TRUE(verbs::DeleteQueue(core(), "parents").ok());
  Acknowledge("children", taken[1]);
  const MutexLock lock(Find("children")->mutex());
  EXPECT_TRUE(Find("children")->owed_parents().empty());
}

// The process dies when a child is over and its parent does not know.
TEST_P(QueueParentsTest, WhatWasNotToldIsToldAfterARestart) {
  const uint64_t parent = Put("parents", {.children = 2});
  PutChildOf(parent);
  PutChildOf(parent);
  for (const TakenMessage& message : Take("children")) {
    const QueuePointer queue = Find("children");
    const MutexLock lock(queue->mutex());
    auto effect = queue->PlanAcknowledge(message.receipt, clock_.UnixMs());
    ASSERT_TRUE(effect.ok());
    Lsn lsn = 0;
    verbs::Commit(core(), queue.get(), *effect, &lsn);
  }
  EXPECT_TRUE(Waits(parent));
  Reopen();
  EXPECT_FALSE(Waits(parent));
  Reopen();
  Acknowledge("parents", Take("parents").at(0));
}

// Each end of a child is told once, whoever tells it.
TEST_P(QueueParentsTest, ManyEndAtOnce) {
  constexpr uint32_t kChildren = 400;
  const uint64_t parent = Put("parents", {.children = kChildren + 1});
  for (uint32_t i = 0; i < kChildren; ++i) PutChildOf(parent);
  const std::vector<TakenMessage> taken = Take("children");
  ASSERT_EQ(taken.size(), kChildren);
  const auto work = [&](size_t first) {
    for (size_t i = first; i < taken.size(); i += 2) Acknowledge("children", taken[i]);
  };
  std::thread other(work, 0);
  work(1);
  other.join();
  verbs::CatchUp(core(), Find("children").get());
  EXPECT_EQ(View("parents", parent).children, 1u);
  PutChildOf(parent);
  Acknowledge("children", Take("children").at(0));
  EXPECT_FALSE(Waits(parent));
}

// A child that comes while its queue is deleted is refused, or its parent is told.
TEST_P(QueueParentsTest, NoParentWaitsForAChildOfAQueueThatWasDeleted) {
  std::atomic<bool> done{false};
  std::thread deleter([&] {
    while (!done) static_cast<void>(verbs::DeleteQueue(core(), "children"));
  });
  constexpr int kFamilies = 3000;
  for (int i = 0; i < kFamilies; ++i) {
    const auto children = verbs::OpenQueue(core(), "children", nullptr);
    ASSERT_TRUE(children.ok());
    Transaction transaction;
    transaction.AddEnqueue(Find("parents"), {.children = 1});
    transaction.AddEnqueue(*children, {.body = "child", .parent_step = 0});
    Transaction::Outcome outcome;
    const Status status = transaction.Commit(core(), 0, Durability::kAsync, &outcome);
    EXPECT_TRUE(status.ok() || status.code() == Code::kClosed) << status.message();
  }
  done = true;
  deleter.join();
  static_cast<void>(verbs::DeleteQueue(core(), "children"));
  Reopen();
  EXPECT_EQ(verbs::Figures(core(), Find("parents").get())->delayed, 0u);
  EXPECT_EQ(verbs::DeleteQueue(core(), "children").code(), Code::kNotFound);
}

INSTANTIATE_TEST_SUITE_P(From, QueueParentsTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Snapshot" : "Journal"; });

}  // namespace
}  // namespace kontor
