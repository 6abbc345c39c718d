// What is known of single messages: their progress and results, and who waits for them; and
// browsing.

#include <set>
#include <string>
#include <vector>

#include "broker/work_queue.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/broker/locked_queue.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

MessageView MustView(LockedQueue* queue, uint64_t id) {
  MessageView view;
  EXPECT_TRUE(queue->View(id, &view)) << id;
  return view;
}

TEST(QueueResults, AreKeptForTheirTime) {
  LockedQueue queue({.result_ms = 100});
  const uint64_t id = queue.Put("sum 1 2");
  ASSERT_TRUE(queue.Acknowledge(queue.MustTake().receipt, "3").ok());
  const MessageView view = MustView(&queue, id);
  EXPECT_EQ(view.state, MessageState::kDone);
  EXPECT_EQ(view.note, "3");
  EXPECT_EQ(view.time_unix_ms, queue.now + 100);
  EXPECT_EQ(*view.body, "");
  EXPECT_EQ(queue.Figures().done, 1u);
  EXPECT_EQ(queue.Figures().acknowledged_total, 1u);
  queue.now += 99;
  queue.Promote();
  EXPECT_EQ(queue.Figures().done, 1u);
  queue.now += 1;
  queue.Promote();
  EXPECT_EQ(queue.Figures().done, 0u);
  MessageView gone;
  EXPECT_FALSE(queue.View(id, &gone));
}

TEST(QueueResults, WithoutThemAResultIsRefusedAndTheLeaseStays) {
  LockedQueue queue;
  queue.Put("a");
  const Receipt receipt = queue.MustTake().receipt;
  const Status refused = queue.Acknowledge(receipt, "3");
  EXPECT_EQ(refused.code(), Code::kInvalid);
  EXPECT_THAT(refused.message(), HasSubstr("result_ms"));
  EXPECT_TRUE(queue.Acknowledge(receipt).ok());
}

TEST(QueueResults, TheReceiptOfWhatIsDoneIsStale) {
  LockedQueue queue({.result_ms = 100});
  queue.Put("a");
  const Receipt receipt = queue.MustTake().receipt;
  ASSERT_TRUE(queue.Acknowledge(receipt).ok());
  EXPECT_EQ(queue.Acknowledge(receipt).code(), Code::kStaleReceipt);
  EXPECT_EQ(queue.Return(receipt).code(), Code::kStaleReceipt);
}

TEST(QueueResults, WhatIsDoneCountsNeitherForTheLengthNorForItsGroup) {
  LockedQueue queue({.max_length = 1, .result_ms = 100});
  ASSERT_TRUE(queue.TryPut({.body = "1", .group = "g"}).ok());
  ASSERT_TRUE(queue.Acknowledge(queue.MustTake().receipt).ok());
  EXPECT_EQ(queue.Figures().groups, 0u);
  ASSERT_TRUE(queue.TryPut({.body = "2", .group = "g"}).ok());
  EXPECT_THAT(queue.TakeAll(), ElementsAre("2"));
}

TEST(QueueResults, ProgressIsToldAndEndsWithItsDelivery) {
  LockedQueue queue;
  const uint64_t id = queue.Put("a");
  const Receipt receipt = queue.MustTake().receipt;
  ASSERT_TRUE(queue.TellProgress(receipt, "50 %").ok());
  ASSERT_TRUE(queue.TellProgress(receipt, "75 %").ok());
  EXPECT_EQ(MustView(&queue, id).note, "75 %");
  EXPECT_EQ(MustView(&queue, id).progress_count, 2u);
  ASSERT_TRUE(queue.Extend(receipt, 1000).ok());
  EXPECT_EQ(MustView(&queue, id).note, "75 %");
  ASSERT_TRUE(queue.Return(receipt, 0).ok());
  EXPECT_EQ(MustView(&queue, id).note, "");
  EXPECT_EQ(queue.TellProgress(receipt, "80 %").code(), Code::kStaleReceipt);
  EXPECT_EQ(queue.TellProgress(queue.MustTake().receipt, std::string(4097, 'x')).code(),
            Code::kTooLarge);
}

TEST(QueueResults, SurviveASnapshotAndAReplay) {
  LockedQueue queue({.result_ms = 100});
  for (const char* body : {"a", "b", "c"}) queue.Put(body);
  ASSERT_TRUE(queue.Acknowledge(queue.MustTake().receipt, "A").ok());
  ASSERT_TRUE(queue.TellProgress(queue.MustTake().receipt, "half").ok());
  LockedQueue reopened({.result_ms = 100});
  reopened.now = queue.now;
  reopened.Rebuild(queue.Dump());
  EXPECT_EQ(reopened.SortedDump(), queue.SortedDump());
  EXPECT_EQ(MustView(&reopened, 1).note, "A");
  EXPECT_EQ(MustView(&reopened, 2).note, "half");
  // Any end of the journal over the state that contains it.
  for (size_t from = 0; from <= queue.steps.size(); ++from) {
    LockedQueue replayed({.result_ms = 100});
    replayed.now = queue.now;
    replayed.Rebuild(queue.Dump());
    replayed.Replay(queue.steps, from);
    EXPECT_EQ(MustView(&replayed, 1).note, "A") << from;
    EXPECT_EQ(replayed.Figures().done, 1u) << from;
    EXPECT_EQ(replayed.Figures().leased, 1u) << from;
  }
}

TEST(QueueResults, WhoAwaitsAMessageIsToldOfProgressAndOfEveryEnd) {
  enum class End { kProgress, kDone, kBuried, kDropped, kPurged, kClosed };
  for (const End end :
       {End::kProgress, End::kDone, End::kBuried, End::kDropped, End::kPurged, End::kClosed}) {
    SCOPED_TRACE(static_cast<int>(end));
    LockedQueue queue({.result_ms = 100});
    const uint64_t id = queue.Put("a");
    const uint64_t other = queue.Put("b");
    Waiter waiter;
    Waiter other_waiter;
    WaitPlace place(&waiter);
    WaitPlace other_place(&other_waiter);
    queue.Await(id, &place);
    queue.Await(other, &other_place);
    const Receipt receipt = queue.MustTake().receipt;
    EXPECT_EQ(waiter.Wait(0), WakeReason::kTimeout);
    const bool all = end == End::kPurged || end == End::kClosed;
    if (end == End::kProgress) {
      EXPECT_TRUE(queue.TellProgress(receipt, "half").ok());
    }
    if (end == End::kDone) {
      EXPECT_TRUE(queue.Acknowledge(receipt).ok());
    }
    if (end == End::kBuried) {
      EXPECT_TRUE(queue.Bury(receipt, "why").ok());
    }
    if (end == End::kDropped) queue.Apply({.kind = QueueEffectKind::kMessageDrop, .id = id});
    if (end == End::kPurged) queue.Apply({.kind = QueueEffectKind::kQueuePurge});
    if (end == End::kClosed) queue.Close();
    EXPECT_EQ(waiter.Wait(0), WakeReason::kNotified);
    EXPECT_EQ(other_waiter.Wait(0), all ? WakeReason::kNotified : WakeReason::kTimeout);
    queue.StopAwaiting(id, &place);
    queue.StopAwaiting(other, &other_place);
  }
}

TEST(QueueResults, WhatWasPreparedAndCancelledLeavesNoTrace) {
  LockedQueue queue({.result_ms = 100});
  const uint64_t id = queue.Put("a");
  const Receipt receipt = queue.MustTake().receipt;
  ASSERT_TRUE(queue.TellProgress(receipt, "half").ok());
  {
    MutexLock lock(queue.get()->mutex());
    queue.get()->Prepare({.kind = QueueEffectKind::kMessageDone,
                          .id = id,
                          .time_unix_ms = queue.now + 100,
                          .body = "result"});
    queue.get()->CancelPreparation(id);
  }
  EXPECT_EQ(MustView(&queue, id).note, "half");
  ASSERT_TRUE(queue.Acknowledge(receipt, "other").ok());
  EXPECT_EQ(MustView(&queue, id).note, "other");
}

std::set<uint64_t> BrowseAll(LockedQueue* queue, MessageStates states, size_t limit) {
  std::set<uint64_t> ids;
  uint64_t cursor = 0;
  do {
    std::vector<MessageView> views;
    EXPECT_TRUE(queue->Browse(states, limit, &cursor, &views).ok());
    EXPECT_LE(views.size(), limit);
    for (const MessageView& view : views) {
      EXPECT_TRUE(ids.insert(view.id).second) << "twice: " << view.id;
      EXPECT_NE(states & StateBit(view.state), 0u);
    }
  } while (cursor != 0);
  return ids;
}

TEST(QueueBrowse, EveryMessageOfAStateOnce) {
  LockedQueue queue;
  EXPECT_THAT(BrowseAll(&queue, ~0u, 10), IsEmpty());
  for (int i = 0; i < 1000; ++i) queue.Put("m", 0, i < 300 ? 1000 : 0);
  EXPECT_EQ(BrowseAll(&queue, StateBit(MessageState::kDelayed), 10).size(), 300u);
  EXPECT_EQ(BrowseAll(&queue, StateBit(MessageState::kReady), 64).size(), 700u);
  EXPECT_EQ(BrowseAll(&queue, ~0u, 5000).size(), 1000u);
}

TEST(QueueBrowse, WhoStaysIsToldThoughTheQueueGrowsAndShrinks) {
  LockedQueue queue;
  std::set<uint64_t> staying;
  std::vector<Receipt> going;
  for (int i = 0; i < 3000; ++i) {
    const uint64_t id = queue.Put("m");
    const TakenMessage taken = queue.MustTake();
    if (i % 3 == 0) staying.insert(id);
    if (i % 3 != 0) going.push_back(taken.receipt);
  }
  std::set<uint64_t> seen;
  uint64_t cursor = 0;
  for (int step = 0;; ++step) {
    std::vector<MessageView> views;
    ASSERT_TRUE(queue.Browse(~0u, 16, &cursor, &views).ok());
    for (const MessageView& view : views) seen.insert(view.id);
    if (cursor == 0) break;
    for (int i = 0; i < 20; ++i) {
      // It shrinks at first, and grows then.
      if (!going.empty()) {
        ASSERT_TRUE(queue.Acknowledge(going.back()).ok());
        going.pop_back();
      } else if (step < 300) {
        queue.Put("later");
      }
    }
  }
  for (const uint64_t id : staying) EXPECT_TRUE(seen.contains(id)) << id;
}

TEST(QueueBrowse, WhatDoesNotFitIsToldNextTimeOrRefused) {
  LockedQueue queue;
  for (int i = 0; i < 16; ++i) queue.Put("m");
  for (int i = 0; i < 16; ++i) {
    const TakenMessage taken = queue.MustTake();
    if (taken.id == 4 || taken.id == 1) continue;
    ASSERT_TRUE(queue.Acknowledge(taken.receipt).ok());
  }
  ASSERT_EQ(queue.Put("in one place of the table with the first"), 17u);
  std::vector<MessageView> views;
  uint64_t cursor = 0;
  ASSERT_TRUE(queue.Browse(~0u, 2, &cursor, &views).ok());
  ASSERT_EQ(views.size(), 1u);
  EXPECT_EQ(views[0].id, 4u);
  EXPECT_NE(cursor, 0u);
  const Status refused = queue.Browse(~0u, 1, &cursor, &views);
  EXPECT_EQ(refused.code(), Code::kTooSmall);
  EXPECT_THAT(refused.message(), HasSubstr("room for 2 messages"));
  ASSERT_TRUE(queue.Browse(~0u, 2, &cursor, &views).ok());
  EXPECT_EQ(views.size(), 2u);
}

TEST(QueueBrowse, WhatIsLeftOfManyDoesNotMeetInAFewBuckets) {
  for (int shift = 0; shift <= 30; ++shift) {
    std::set<uint64_t> buckets;
    for (uint64_t i = 1; i <= 1024; ++i) buckets.insert(HashOfMessageId(i << shift) & 1023);
    EXPECT_GE(buckets.size(), 1023u) << shift;
  }
}

}  // namespace
}  // namespace kontor
