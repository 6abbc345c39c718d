// Queues that keep large bodies compressed.

#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "txn/transaction.h"
#include "unit/db/reopening_test.h"
#include "verbs/queue_batches.h"
#include "verbs/queue_messages.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Large(char letter) { return std::string(100'000, letter); }

class QueueCompressionTest : public ReopeningTest {
 protected:
  QueueCompressionTest() {
    Reopen();
    Open({.compress_bytes = 1000});
  }
  void AfterOpening() override { queue_ = Find("q"); }
  void Open(const QueueOptions& options) { queue_ = OpenQueue("q", options); }
  uint64_t Put(Bytes body) {
    uint64_t id = 0;
    EXPECT_TRUE(verbs::Enqueue(core(), queue_.get(), {.body = body}, &id).ok());
    return id;
  }
  int64_t Memory() { return core()->memory.used_bytes(MemoryPurpose::kQueues); }
  // Of all that is ready; it is acknowledged.
  std::vector<std::string> Take() {
    std::vector<std::string> bodies;
    const int64_t timeout_ms = 0;
    const WaitOptions wait{.timeout_ms = &timeout_ms};
    while (true) {
      TakenMessage message;
      size_t taken = 0;
      const auto place = [&message] { return &message; };
      if (!verbs::Take(core(), queue_.get(), 1, 0, wait, place, &taken).ok()) return bodies;
      bodies.emplace_back(*message.body);
      EXPECT_TRUE(verbs::Acknowledge(core(), queue_.get(), message.receipt).ok());
    }
  }

  QueuePointer queue_;
};

TEST_P(QueueCompressionTest, WhatIsLargeTakesLessMemory) {
  const int64_t before = Memory();
  Put(Large('a'));
  EXPECT_LT(Memory() - before, 2000);
  Put(std::string(999, 'b'));
  EXPECT_GT(Memory() - before, 999);
  EXPECT_THAT(Take(), ElementsAre(Large('a'), std::string(999, 'b')));
}

TEST_P(QueueCompressionTest, ItComesBackAfterARestartAndAChangeOfOptions) {
  Put(Large('a'));
  const std::string large = Large('b');
  const std::vector<Bytes> bodies = {"small", large};
  uint64_t first_id = 0;
  const auto body_of = [&bodies](size_t i) { return bodies[i]; };
  ASSERT_TRUE(verbs::EnqueueMany(core(), queue_.get(), {}, 2, body_of, &first_id).ok());
  Transaction transaction;
  transaction.AddEnqueue(queue_, {.body = Large('c')});
  Transaction::Outcome outcome;
  ASSERT_TRUE(transaction.Commit(core(), 0, core()->durability, &outcome).ok());
  EXPECT_LT(Memory(), 20'000);
  Reopen();
  EXPECT_LT(Memory(), 20'000);
  Open({});
  Put(Large('d'));
  EXPECT_GT(Memory(), 100'000);
  EXPECT_THAT(Take(), ElementsAre(Large('a'), "small", Large('b'), Large('c'), Large('d')));
}

// Such a frame could be compressed again.
TEST_P(QueueCompressionTest, ABatchOfChildrenIsCompressedOnce) {
  Open({.compress_bytes = 64});
  const std::string zeros(size_t{16} << 20, '\0');
  uint64_t parent = 0;
  uint64_t first_id = 0;
  ASSERT_TRUE(verbs::Enqueue(core(), queue_.get(), {.body = "p", .children = 1}, &parent).ok());
  const auto body_of = [&zeros](size_t) { return Bytes(zeros); };
  const NewMessage child{.parent_queue = queue_->name(), .parent_id = parent};
  ASSERT_TRUE(verbs::EnqueueMany(core(), queue_.get(), child, 1, body_of, &first_id).ok());
  Reopen();
  EXPECT_TRUE(Take() == (std::vector<std::string>{zeros, "p"}));
}

TEST_P(QueueCompressionTest, WhoLooksSeesTheBody) {
  const uint64_t id = Put(Large('a'));
  MessageView view;
  ASSERT_TRUE(verbs::ViewMessage(core(), queue_.get(), id, &view).ok());
  EXPECT_EQ(*view.body, Large('a'));
  ASSERT_TRUE(verbs::ViewNext(core(), queue_.get(), &view).ok());
  EXPECT_EQ(*view.body, Large('a'));
  uint64_t cursor = 0;
  std::vector<MessageView> views;
  ASSERT_TRUE(
      verbs::Browse(core(), queue_.get(), StateBit(MessageState::kReady), 10, &cursor, &views)
          .ok());
  ASSERT_EQ(views.size(), 1u);
  EXPECT_EQ(*views[0].body, Large('a'));
}

TEST_P(QueueCompressionTest, ARecordThatIsNoFrameIsRefused) {
  const Status status = core()->queues.Apply({.kind = QueueEffectKind::kMessagePut,
                                              .queue = "q",
                                              .id = 9,
                                              .body = "no frame",
                                              .compressed = true});
  EXPECT_EQ(status.code(), Code::kCorrupt);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no zstd frame"));
  EXPECT_TRUE(Take().empty());
}

INSTANTIATE_TEST_SUITE_P(JournalAndSnapshot, QueueCompressionTest, testing::Bool());

}  // namespace
}  // namespace kontor
