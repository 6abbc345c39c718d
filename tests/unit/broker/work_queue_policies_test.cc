// What a queue does by its options: groups, backoff, deduplication, age, overflow, rates, pause,
// and leases that are renewed. Each also survives being described and read back.

#include <string>
#include <vector>

#include "base/limits.h"
#include "broker/work_queue.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/broker/locked_queue.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The same queue after its snapshot was read back.
void Reopen(LockedQueue* queue, LockedQueue* reopened) {
  reopened->now = queue->now;
  reopened->Rebuild(queue->Dump());
  EXPECT_EQ(reopened->SortedDump(), queue->SortedDump());
}

TEST(QueueGroups, OneOfAGroupIsOutAtATime) {
  LockedQueue queue;
  for (const char* body : {"a1", "a2"})
    ASSERT_TRUE(queue.TryPut({.body = body, .group = "a"}).ok());
  ASSERT_TRUE(queue.TryPut({.body = "b1", .group = "b"}).ok());
  const TakenMessage a1 = queue.MustTake();
  const TakenMessage b1 = queue.MustTake();
  EXPECT_EQ(*a1.body, "a1");
  EXPECT_EQ(*b1.body, "b1");
  EXPECT_FALSE(queue.CanTake());
  ASSERT_TRUE(queue.Acknowledge(a1.receipt).ok());
  EXPECT_EQ(*queue.MustTake().body, "a2");
  EXPECT_EQ(queue.Figures().groups, 2u);
}

TEST(QueueGroups, WhoWaitsIsToldWhenAGroupIsFree) {
  LockedQueue queue;
  ASSERT_TRUE(queue.TryPut({.body = "1", .group = "a"}).ok());
  ASSERT_TRUE(queue.TryPut({.body = "2", .group = "a"}).ok());
  const Receipt receipt = queue.MustTake().receipt;
  Waiter waiter;
  WaitPlace place(&waiter);
  queue.Append(&place);
  ASSERT_TRUE(queue.Acknowledge(receipt).ok());
  EXPECT_EQ(waiter.Wait(0), WakeReason::kNotified);
  queue.Remove(&place);
}

TEST(QueueGroups, WhatRestsHoldsItsGroupAlsoAfterAReopening) {
  LockedQueue queue({.retry_delay_ms = 50});
  ASSERT_TRUE(queue.TryPut({.body = "1", .group = "a"}).ok());
  ASSERT_TRUE(queue.TryPut({.body = "2", .group = "a"}).ok());
  ASSERT_TRUE(queue.Return(queue.MustTake().receipt).ok());
  LockedQueue reopened({.retry_delay_ms = 50});
  Reopen(&queue, &reopened);
  for (LockedQueue* one : {&queue, &reopened}) {
    EXPECT_FALSE(one->CanTake());
    one->now += 50;
    one->Promote();
    const TakenMessage first = one->MustTake();
    EXPECT_EQ(*first.body, "1");
    EXPECT_FALSE(one->CanTake());
    ASSERT_TRUE(one->Bury(first.receipt, "no").ok());  // the dead hold nobody
    EXPECT_EQ(*one->MustTake().body, "2");
  }
}

TEST(QueueGroups, TheirRateHoldsForEachAndIsRememberedWhenAGroupIsEmpty) {
  LockedQueue queue({.group_rate_count = 2, .group_rate_window_ms = 1600});
  const auto take_and_finish = [&] {
    const TakenMessage taken = queue.MustTake();
    EXPECT_TRUE(queue.Acknowledge(taken.receipt).ok());
    return std::string(*taken.body);
  };
  for (int i = 1; i <= 2; ++i) ASSERT_TRUE(queue.TryPut({.body = "a", .group = "a"}).ok());
  for (int i = 1; i <= 2; ++i) take_and_finish();
  // Its last message is gone, and a new one is still held to what was taken.
  ASSERT_TRUE(queue.TryPut({.body = "a", .group = "a"}).ok());
  ASSERT_TRUE(queue.TryPut({.body = "b", .group = "b"}).ok());
  EXPECT_EQ(take_and_finish(), "b");
  EXPECT_FALSE(queue.CanTake());
  const int64_t began = queue.now;
  for (int i = 0; i < 20 && !queue.CanTake(); ++i) {
    ASSERT_GT(queue.NextDueUnixMs(), queue.now);
    ASSERT_LT(queue.NextDueUnixMs(), INT64_MAX);
    queue.now = queue.NextDueUnixMs();
    queue.Promote();
  }
  EXPECT_GE(queue.now - began, 1600);
  EXPECT_LE(queue.now - began, 1700);
  EXPECT_EQ(take_and_finish(), "a");
  queue.now += 10'000;
  queue.Promote();
  EXPECT_EQ(queue.Figures().groups, 0u);
}

TEST(QueueBackoff, EachRetryRestsLonger) {
  LockedQueue queue({.lease_ms = 10, .retry_delay_ms = 100, .backoff = 1});
  queue.Put("a");
  for (const int64_t rest : {100, 200, 400}) {
    queue.MustTake();
    queue.now += 10;
    EXPECT_EQ(queue.Expire(), 1);
    queue.now += rest - 1;
    queue.Promote();
    EXPECT_FALSE(queue.CanTake());
    queue.now += 1;
    queue.Promote();
    EXPECT_TRUE(queue.CanTake());
  }
  ASSERT_TRUE(queue.Return(queue.MustTake().receipt, 5).ok());  // a worker knows better
  queue.now += 5;
  queue.Promote();
  EXPECT_TRUE(queue.CanTake());
}

TEST(QueueDeduplication, ASecondOneIsTheFirstWithinTheWindow) {
  LockedQueue queue({.deduplication_ms = 1000});
  const NewMessage message{.body = "x", .deduplication_id = "order 7"};
  const uint64_t id = *queue.TryPut(message);
  EXPECT_EQ(*queue.TryPut(message), id);
  ASSERT_TRUE(queue.Acknowledge(queue.MustTake().receipt).ok());
  EXPECT_EQ(*queue.TryPut(message), id);  // also when it is done
  LockedQueue reopened({.deduplication_ms = 1000});
  Reopen(&queue, &reopened);
  LockedQueue replayed({.deduplication_ms = 1000});
  replayed.now = queue.now;
  replayed.Replay(queue.steps);
  for (LockedQueue* one : {&queue, &reopened, &replayed}) {
    one->now += 999;
    EXPECT_EQ(*one->TryPut(message), id);
    one->now += 1;
    EXPECT_EQ(*one->TryPut(message), id + 1);
    EXPECT_EQ(one->Figures().ready, 1u);
  }
}

TEST(QueueDeduplication, WithoutAWindowNothingIsRemembered) {
  LockedQueue queue;
  const NewMessage message{.body = "x", .deduplication_id = "order 7"};
  EXPECT_NE(*queue.TryPut(message), *queue.TryPut(message));
  const std::string long_id(limits::kNameBytes + 1, 'x');
  EXPECT_EQ(queue.TryPut({.body = "", .deduplication_id = long_id}).code(), Code::kTooLarge);
  EXPECT_EQ(queue.TryPut({.body = "", .group = long_id}).code(), Code::kTooLarge);
}

TEST(QueueAge, WhatIsTooOldIsDropped) {
  LockedQueue queue({.lease_ms = 1000, .max_age_ms = 100});
  queue.Put("leased");
  const Receipt receipt = queue.MustTake().receipt;
  queue.Put("ready");
  queue.Put("late", 0, 150);
  queue.Put("in time", 0, 50);
  queue.now += 99;
  EXPECT_EQ(queue.Expire(), 0);
  EXPECT_EQ(queue.Figures().ready, 2u);
  queue.now += 1;
  EXPECT_EQ(queue.Expire(), 3);
  EXPECT_FALSE(queue.CanTake());
  EXPECT_EQ(queue.Figures().dropped_total, 3u);
  EXPECT_EQ(queue.Figures().acknowledged_total, 0u);
  ASSERT_TRUE(queue.Extend(receipt, 500).ok());  // who works on it may go on
  ASSERT_TRUE(queue.Return(receipt).ok());
  EXPECT_EQ(queue.Expire(), 1);
  EXPECT_EQ(queue.Figures().ready, 0u);
}

TEST(QueueAge, OrBecomesADeadLetterWithTheReason) {
  LockedQueue queue({.max_age_ms = 100, .age_policy = 1});
  const uint64_t id = queue.Put("old");
  LockedQueue reopened({.max_age_ms = 100, .age_policy = 1});
  Reopen(&queue, &reopened);
  for (LockedQueue* one : {&queue, &reopened}) {
    one->now += 100;
    EXPECT_EQ(one->Expire(), 1);
    ASSERT_EQ(one->DeadLetters().size(), 1u);
    EXPECT_EQ(one->DeadLetters()[0].id, id);
    EXPECT_EQ(one->DeadLetters()[0].note, "older than max_age_ms 100");
  }
}

TEST(QueueAge, AnAgeThatIsSetLaterHoldsForWhatIsThere) {
  LockedQueue queue;
  queue.Put("ready");
  queue.Put("delayed", 0, 1000);
  const std::string options = Encode({.max_age_ms = 50});
  queue.Apply({.kind = QueueEffectKind::kQueueDeclare, .queue = "jobs", .body = options});
  queue.now += 50;
  EXPECT_EQ(queue.Expire(), 2);
  const std::string none = Encode({});
  queue.Put("new");
  queue.Apply({.kind = QueueEffectKind::kQueueDeclare, .queue = "jobs", .body = none});
  queue.now += 1000;
  EXPECT_EQ(queue.Expire(), 0);
  EXPECT_THAT(queue.TakeAll(), ElementsAre("new"));
}

TEST(QueueOverflow, TheOldestGoesForTheNewest) {
  LockedQueue queue({.max_length = 2, .overflow = static_cast<int64_t>(Overflow::kDropOldest)});
  queue.Put("1", 31);
  queue.Put("2");
  queue.Put("3");
  EXPECT_EQ(queue.Figures().dropped_total, 1u);
  EXPECT_THAT(queue.TakeAll(), ElementsAre("2", "3"));
  // What is leased does not go.
  EXPECT_EQ(queue.TryPut({.body = "4"}).code(), Code::kFull);
}

TEST(QueueOverflow, OrBecomesADeadLetter) {
  LockedQueue queue(
      {.max_length = 1, .overflow = static_cast<int64_t>(Overflow::kDeadLetterOldest)});
  queue.Put("1");
  queue.Put("2");
  ASSERT_EQ(queue.DeadLetters().size(), 1u);
  EXPECT_EQ(*queue.DeadLetters()[0].body, "1");
  EXPECT_EQ(queue.DeadLetters()[0].note, "the queue was full: max_length 1");
  EXPECT_THAT(queue.TakeAll(), ElementsAre("2"));
}

// By a revive, or because its options were changed.
TEST(QueueOverflow, AQueueThatIsTooLongTakesOneForEachThatGoes) {
  LockedQueue queue(
      {.max_length = 1, .overflow = static_cast<int64_t>(Overflow::kDeadLetterOldest)});
  const uint64_t first = queue.Put("a");
  queue.Put("b");
  ASSERT_TRUE(queue.Revive(first).ok());
  ASSERT_EQ(queue.Figures().ready, 2u);
  queue.Put("c");
  EXPECT_EQ(queue.Figures().ready, 2u);
  EXPECT_EQ(queue.Figures().dead, 1u);
}

TEST(QueueOverflow, ADeathThatIsCancelledLeavesTheMessageAsItWas) {
  LockedQueue queue;
  const uint64_t id = queue.Put("a");
  const std::vector<std::string> before = queue.Dump();
  {
    MutexLock lock(queue.get()->mutex());
    queue.get()->Prepare({.kind = QueueEffectKind::kMessageDead, .id = id, .body = "why"});
    queue.get()->CancelPreparation(id);
  }
  EXPECT_EQ(queue.Dump(), before);
  EXPECT_THAT(queue.DeadLetters(), IsEmpty());
}

TEST(QueueRate, IsHeldToInEveryWindow) {
  LockedQueue queue({.rate_count = 3, .rate_window_ms = 1600});
  for (int i = 0; i < 10; ++i) queue.Put(std::to_string(i));
  EXPECT_EQ(queue.TakeAll().size(), 3u);
  EXPECT_EQ(queue.Figures().ready, 7u);
  const int64_t began = queue.now;
  ASSERT_GT(queue.NextDueUnixMs(), queue.now);
  for (int i = 0; i < 20 && !queue.CanTake(); ++i) {
    queue.now = queue.NextDueUnixMs();
    queue.Promote();
  }
  EXPECT_GE(queue.now - began, 1600);
  EXPECT_LE(queue.now - began, 1700);
  EXPECT_EQ(queue.TakeAll().size(), 3u);
}

TEST(QueueRate, WhoWaitsIsToldToWaitForIt) {
  LockedQueue queue({.rate_count = 1, .rate_window_ms = 1000});
  queue.Put("1");
  queue.Put("2");
  Waiter waiter;
  WaitPlace place(&waiter);
  queue.Append(&place);
  queue.MustTake();
  EXPECT_EQ(waiter.Wait(0), WakeReason::kNotified);  // to sleep no longer than that
  queue.Remove(&place);
}

TEST(QueuePause, NothingIsTakenUntilItGoesOn) {
  LockedQueue queue;
  queue.Put("1");
  queue.Apply({.kind = QueueEffectKind::kQueuePause, .queue = "jobs"});
  queue.Put("2");
  EXPECT_TRUE(queue.Figures().paused);
  EXPECT_FALSE(queue.CanTake());
  LockedQueue reopened;
  Reopen(&queue, &reopened);
  Waiter waiter;
  WaitPlace place(&waiter);
  queue.Append(&place);
  for (LockedQueue* one : {&queue, &reopened}) {
    EXPECT_THAT(one->TakeAll(), IsEmpty());
    one->Apply({.kind = QueueEffectKind::kQueueResume, .queue = "jobs"});
    EXPECT_THAT(one->TakeAll(), ElementsAre("1", "2"));
  }
  EXPECT_EQ(waiter.Wait(0), WakeReason::kNotified);
  queue.Remove(&place);
}

TEST(QueueRenewal, ALeaseGoesOnAlsoWhereNobodyHasLooked) {
  LockedQueue queue({.lease_ms = 100});
  queue.Put("a");
  TakenMessage taken = queue.MustTake();
  ASSERT_TRUE(queue.Renew(taken.receipt, queue.now + 250).ok());
  queue.now += 249;
  EXPECT_TRUE(queue.Acknowledge(taken.receipt).ok());
  queue.Put("b");
  taken = queue.MustTake();
  ASSERT_TRUE(queue.Renew(taken.receipt, queue.now + 250).ok());
  queue.now += 250;
  EXPECT_EQ(queue.Acknowledge(taken.receipt).code(), Code::kStaleReceipt);
}

TEST(QueueRenewal, ALeaseGoesOnByItselfUntilItsTime) {
  LockedQueue queue({.lease_ms = 100});
  queue.Put("a");
  const TakenMessage taken = queue.MustTake();
  ASSERT_TRUE(queue.Renew(taken.receipt, queue.now + 250).ok());
  for (int i = 0; i < 2; ++i) {
    queue.now += 100;
    EXPECT_EQ(queue.Expire(), 1);  // what is due is an extension
    EXPECT_EQ(queue.Figures().leased, 1u);
  }
  ASSERT_TRUE(queue.Extend(taken.receipt, 10).ok());  // of the same delivery
  queue.now += 10;
  EXPECT_EQ(queue.Expire(), 1);
  queue.now += 39;
  EXPECT_EQ(queue.Expire(), 0);
  queue.now += 1;
  EXPECT_EQ(queue.Expire(), 1);
  EXPECT_EQ(queue.Figures().ready, 1u);
  EXPECT_EQ(queue.Renew(taken.receipt, queue.now + 1000).code(), Code::kStaleReceipt);
  EXPECT_EQ(queue.Acknowledge(taken.receipt).code(), Code::kStaleReceipt);
  // The next delivery is not renewed because the last one was.
  queue.MustTake();
  queue.now += 100;
  queue.Expire();
  EXPECT_EQ(queue.Figures().ready, 1u);
}

TEST(QueueRates, CountWhatCameWasDoneAndFailed) {
  LockedQueue queue({.lease_ms = 100});
  for (int i = 0; i < 5; ++i) queue.Put("x");
  ASSERT_TRUE(queue.Acknowledge(queue.MustTake().receipt).ok());
  ASSERT_TRUE(queue.Return(queue.MustTake().receipt).ok());
  ASSERT_TRUE(queue.Bury(queue.MustTake().receipt, "").ok());
  queue.MustTake();
  queue.now += 100;
  queue.Expire();
  queue.now += 1000;
  const QueueFigures figures = queue.Figures();
  EXPECT_THAT(figures.arrivals, ElementsAre(5, 5, 5));
  EXPECT_THAT(figures.acknowledgements, ElementsAre(1, 1, 1));
  EXPECT_THAT(figures.failures, ElementsAre(3, 3, 3));
}

}  // namespace
}  // namespace kontor
