#include "broker/work_queue.h"

#include <ctime>
#include <string>
#include <vector>

#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/broker/locked_queue.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(WorkQueue, HandsOutUrgentFirstThenReturnedThenFresh) {
  LockedQueue queue;
  queue.Put("low 1");
  queue.Put("low 2");
  const TakenMessage first = queue.MustTake();
  EXPECT_EQ(*first.body, "low 1");
  queue.Put("high", 31);
  queue.Put("low 3");
  ASSERT_TRUE(queue.Return(first.receipt).ok());
  EXPECT_THAT(queue.TakeAll(), ElementsAre("high", "low 1", "low 2", "low 3"));
}

TEST(WorkQueue, TakenMessageHasAllFacts) {
  LockedQueue queue;
  const uint64_t id = queue.Put("body", 5);
  queue.now += 10;
  const TakenMessage taken = queue.MustTake(250);
  EXPECT_EQ(taken.id, id);
  EXPECT_EQ(taken.receipt.id(), id);
  EXPECT_EQ(taken.attempt, 1u);
  EXPECT_EQ(taken.priority, 5u);
  EXPECT_EQ(taken.enqueued_at_unix_ms, 1'000'000);
  EXPECT_EQ(taken.lease_until_unix_ms, 1'000'260);
  EXPECT_EQ(*taken.body, "body");
  queue.Put("");
  EXPECT_EQ(*queue.MustTake().body, "");  // an empty body is a message too
}

TEST(WorkQueue, ALeaseRunsOutAtItsDeadlineAndNotBefore) {
  LockedQueue queue({.lease_ms = 100});
  queue.Put("a");
  const TakenMessage first = queue.MustTake();
  EXPECT_GT(queue.NextDueUnixMs(), queue.now);
  EXPECT_LE(queue.NextDueUnixMs(), first.lease_until_unix_ms);
  queue.now += 99;
  EXPECT_EQ(queue.Expire(), 0);
  queue.now += 1;
  // Nobody has looked yet, but the late worker is refused already.
  const Status late = queue.Acknowledge(first.receipt);
  EXPECT_EQ(late.code(), Code::kStaleReceipt);
  EXPECT_THAT(late.message(),
              HasSubstr("the lease ran out and the message was, or will be, delivered again"));
  EXPECT_EQ(queue.Expire(), 1);
  EXPECT_EQ(queue.Expire(), 0);
  const TakenMessage second = queue.MustTake();
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.attempt, 2u);
  EXPECT_NE(second.receipt.bits(), first.receipt.bits());
}

TEST(WorkQueue, AReceiptOfAnotherDeliveryIsRefusedByEveryCall) {
  LockedQueue queue({.lease_ms = 100});
  queue.Put("a");
  const Receipt old = queue.MustTake().receipt;
  queue.now += 100;
  queue.Expire();
  const auto expect_all_stale = [&](Receipt receipt) {
    EXPECT_EQ(queue.Acknowledge(receipt).code(), Code::kStaleReceipt);
    EXPECT_EQ(queue.Return(receipt).code(), Code::kStaleReceipt);
    EXPECT_EQ(queue.Bury(receipt, "no").code(), Code::kStaleReceipt);
    EXPECT_EQ(queue.Extend(receipt, 100).code(), Code::kStaleReceipt);
  };
  expect_all_stale(old);  // ready again
  const Receipt current = queue.MustTake().receipt;
  expect_all_stale(old);  // leased to another
  ASSERT_TRUE(queue.Acknowledge(current).ok());
  expect_all_stale(current);  // gone
  expect_all_stale(Receipt());
  expect_all_stale(Receipt::FromBits(UINT64_MAX));
  EXPECT_EQ(queue.Figures().ready + queue.Figures().leased, 0u);
}

TEST(WorkQueue, ExtendingMovesTheDeadlineAndKeepsTheReceipt) {
  LockedQueue queue({.lease_ms = 100});
  queue.Put("a");
  const TakenMessage taken = queue.MustTake();
  queue.now += 90;
  ASSERT_TRUE(queue.Extend(taken.receipt, 500).ok());
  queue.now += 400;
  EXPECT_EQ(queue.Expire(), 0);
  ASSERT_TRUE(queue.Extend(taken.receipt, 0).ok());  // the queue's lease
  queue.now += 99;
  EXPECT_EQ(queue.Expire(), 0);
  EXPECT_EQ(queue.Extend(taken.receipt, -1).code(), Code::kOutOfRange);
  EXPECT_EQ(queue.Extend(taken.receipt, limits::kLeaseMs + 1).code(), Code::kOutOfRange);
  EXPECT_EQ(queue.Figures().delivered_total, 1u);
  EXPECT_TRUE(queue.Acknowledge(taken.receipt).ok());
  EXPECT_EQ(queue.NextDueUnixMs(), INT64_MAX);
}

TEST(WorkQueue, DelayedMessagesWaitForTheirTimeAndEnterAsFresh) {
  LockedQueue queue;
  queue.Put("late", 0, 200);
  queue.Put("soon", 0, 100);
  queue.Put("now");
  EXPECT_EQ(queue.Figures().delayed, 2u);
  queue.now += 99;
  EXPECT_LE(queue.NextDueUnixMs(), queue.now + 1);
  queue.Promote();
  EXPECT_EQ(queue.Figures().ready, 1u);
  queue.now += 101;
  queue.Promote();
  EXPECT_THAT(queue.TakeAll(), ElementsAre("now", "soon", "late"));
}

TEST(WorkQueue, WhatWasDueGoesAheadOfALaterPutEvenIfNobodyLooked) {
  LockedQueue queue;
  queue.Put("delayed", 0, 100);
  queue.now += 150;
  queue.Put("fresh");
  EXPECT_THAT(queue.TakeAll(), ElementsAre("delayed", "fresh"));
}

TEST(WorkQueue, AReturnedMessageMayRestAndThenGoesAheadOfFresh) {
  LockedQueue queue({.retry_delay_ms = 50});
  queue.Put("a");
  const Receipt receipt = queue.MustTake().receipt;
  ASSERT_TRUE(queue.Return(receipt).ok());  // the queue's delay
  queue.Put("b");
  EXPECT_EQ(queue.Figures().delayed, 1u);
  queue.now += 50;
  queue.Promote();
  const TakenMessage again = queue.MustTake();
  EXPECT_EQ(*again.body, "a");
  ASSERT_TRUE(queue.Return(again.receipt, 0).ok());  // at once, whatever the queue's delay
  EXPECT_EQ(*queue.MustTake().body, "a");
  EXPECT_EQ(queue.MustTake().attempt, 1u);
  EXPECT_EQ(queue.Return(again.receipt, limits::kDelayMs + 1).code(), Code::kStaleReceipt);
}

TEST(WorkQueue, ReturnChecksItsDelay) {
  LockedQueue queue;
  queue.Put("a");
  const Receipt receipt = queue.MustTake().receipt;
  EXPECT_EQ(queue.Return(receipt, limits::kDelayMs + 1).code(), Code::kOutOfRange);
  EXPECT_TRUE(queue.Return(receipt, limits::kDelayMs).ok());
}

TEST(WorkQueue, TooManyDeliveriesEndInTheDeadLetters) {
  LockedQueue queue({.lease_ms = 100, .max_deliveries = 2});
  const uint64_t returned = queue.Put("returned", 3);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(queue.Return(queue.MustTake().receipt).ok());
  const uint64_t expired = queue.Put("expired");
  queue.now += 7;
  for (int i = 0; i < 2; ++i) {
    queue.MustTake();
    queue.now += 100;
    EXPECT_EQ(queue.Expire(), 1);
  }
  EXPECT_EQ(queue.Head(), 0u);
  const std::vector<MessageView> letters = queue.DeadLetters();
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].id, returned);
  EXPECT_EQ(letters[0].note, "returned after 2 deliveries");
  EXPECT_EQ(letters[0].attempts, 2u);
  EXPECT_EQ(letters[0].priority, 3u);
  EXPECT_EQ(letters[0].enqueued_at_unix_ms, 1'000'000);
  EXPECT_EQ(letters[1].id, expired);
  EXPECT_EQ(letters[1].note, "lease expired after 2 deliveries");
  EXPECT_EQ(letters[1].time_unix_ms, queue.now);
  EXPECT_EQ(*letters[1].body, "expired");
  EXPECT_EQ(queue.Figures().dead_total, 2u);
}

TEST(WorkQueue, BuryingKeepsTheWorkersReason) {
  LockedQueue queue;
  const uint64_t id = queue.Put("a");
  const Receipt receipt = queue.MustTake().receipt;
  ASSERT_TRUE(queue.Bury(receipt, "cannot parse\n\xff").ok());
  ASSERT_EQ(queue.DeadLetters().size(), 1u);
  EXPECT_EQ(queue.DeadLetters()[0].note, "cannot parse\n\xff");
  const Status dead = queue.Acknowledge(receipt);
  EXPECT_EQ(dead.code(), Code::kStaleReceipt);
  EXPECT_THAT(dead.message(), HasSubstr("dead letter"));
  ASSERT_TRUE(queue.Discard(id).ok());
  EXPECT_EQ(queue.Discard(id).code(), Code::kNotFound);
  EXPECT_EQ(queue.Figures().acknowledged_total, 0u);
}

TEST(WorkQueue, DeadLettersArePagedByIdOldestFirst) {
  LockedQueue queue;
  for (int i = 0; i < 5; ++i) queue.Put(std::to_string(i));
  std::vector<Receipt> receipts;
  for (int i = 0; i < 5; ++i) receipts.push_back(queue.MustTake().receipt);
  for (int i = 4; i >= 0; --i) ASSERT_TRUE(queue.Bury(receipts[static_cast<size_t>(i)], "").ok());
  const std::vector<MessageView> page = queue.DeadLetters(0, 2);
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(*page[0].body, "0");
  EXPECT_EQ(*page[1].body, "1");
  EXPECT_EQ(*queue.DeadLetters(page[1].id, 2)[0].body, "2");
  EXPECT_THAT(queue.DeadLetters(0, 0), IsEmpty());
}

TEST(WorkQueue, RevivingForgetsTheAttemptsButNeverRepeatsAReceipt) {
  LockedQueue queue({.max_deliveries = 1});
  const uint64_t id = queue.Put("a");
  queue.Put("fresh");
  const TakenMessage first = queue.MustTake();
  ASSERT_TRUE(queue.Return(first.receipt).ok());
  EXPECT_EQ(queue.Revive(id + 1).code(), Code::kNotFound);  // alive
  ASSERT_TRUE(queue.Revive(id).ok());
  EXPECT_EQ(queue.Revive(id).code(), Code::kNotFound);
  const TakenMessage again = queue.MustTake();
  EXPECT_EQ(again.id, id);  // ahead of fresh ones
  EXPECT_EQ(again.attempt, 1u);
  EXPECT_NE(again.receipt.bits(), first.receipt.bits());
  EXPECT_EQ(queue.Acknowledge(first.receipt).code(), Code::kStaleReceipt);
  // It has all its deliveries anew, also after a restart.
  LockedQueue rebuilt;
  rebuilt.now = queue.now;
  rebuilt.Rebuild(queue.Dump());
  EXPECT_EQ(rebuilt.Acknowledge(first.receipt).code(), Code::kStaleReceipt);
  ASSERT_TRUE(rebuilt.Return(again.receipt).ok());
  ASSERT_EQ(rebuilt.DeadLetters().size(), 1u);
  EXPECT_EQ(rebuilt.DeadLetters()[0].attempts, 1u);
  EXPECT_EQ(rebuilt.DeadLetters()[0].note, "returned after 1 delivery");
}

TEST(WorkQueue, RefusesWhatIsOverALimit) {
  LockedQueue queue({.max_length = 2});
  EXPECT_EQ(queue.TryPut({.body = "", .priority = limits::kPriorities}).code(), Code::kOutOfRange);
  EXPECT_EQ(queue.TryPut({.body = "", .delay_ms = -1}).code(), Code::kOutOfRange);
  EXPECT_EQ(queue.TryPut({.body = "", .delay_ms = limits::kDelayMs + 1}).code(), Code::kOutOfRange);
  const std::string huge(limits::kMessageBytes + 1, 'x');
  EXPECT_EQ(queue.TryPut({.body = huge}).code(), Code::kTooLarge);
  queue.Put("a", limits::kPriorities - 1);
  const Receipt receipt = queue.MustTake().receipt;  // leased ones count
  EXPECT_EQ(queue.Bury(receipt, huge).code(), Code::kTooLarge);
  queue.Put("b", 0, limits::kDelayMs);  // delayed ones too
  const Result<uint64_t> full = queue.TryPut({.body = "c"});
  EXPECT_EQ(full.code(), Code::kFull);
  EXPECT_THAT(full.status().message(), HasSubstr("queue 'jobs' is full: its max_length is 2"));
  ASSERT_TRUE(queue.Bury(receipt, "").ok());  // dead ones do not
  queue.Put("c");
}

TEST(WorkQueue, SeveralPutsCanBePlannedBeforeTheFirstIsApplied) {
  LockedQueue queue({.max_length = 3});
  QueueEffect effects[3] = {};
  for (uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(queue.PlanPut({.body = "x"}, i, &effects[i]).ok());
  QueueEffect fourth{};
  EXPECT_EQ(queue.PlanPut({.body = "x"}, 3, &fourth).code(), Code::kFull);
  for (const QueueEffect& effect : effects) queue.Apply(effect);
  EXPECT_EQ(effects[2].id, effects[0].id + 2);
  EXPECT_EQ(queue.Figures().ready, 3u);
}

TEST(WorkQueue, FiguresAreExact) {
  LockedQueue queue({.lease_ms = 100});
  queue.Put("a");
  queue.now += 10;
  queue.Put("b", 9);
  queue.Put("c", 0, 1000);
  QueueFigures figures = queue.Figures();
  EXPECT_EQ(figures.ready, 2u);
  EXPECT_EQ(figures.delayed, 1u);
  EXPECT_EQ(figures.oldest_ready_age_ms, 10);
  const Receipt receipt = queue.MustTake().receipt;  // b
  ASSERT_TRUE(queue.Return(receipt).ok());
  ASSERT_TRUE(queue.Acknowledge(queue.MustTake().receipt).ok());
  queue.MustTake();  // a
  figures = queue.Figures();
  EXPECT_EQ(figures.ready, 0u);
  EXPECT_EQ(figures.leased, 1u);
  EXPECT_EQ(figures.oldest_ready_age_ms, 0);
  EXPECT_EQ(figures.enqueued_total, 3u);
  EXPECT_EQ(figures.delivered_total, 3u);
  EXPECT_EQ(figures.redelivered_total, 1u);
  EXPECT_EQ(figures.acknowledged_total, 1u);
}

TEST(WorkQueue, PurgeTakesEverythingButTheIds) {
  LockedQueue queue;
  queue.Put("a");
  const Receipt leased = queue.MustTake().receipt;
  queue.Put("b", 0, 10);
  const uint64_t last = queue.Put("c");
  queue.Apply({.kind = QueueEffectKind::kQueuePurge, .queue = "jobs"});
  const QueueFigures figures = queue.Figures();
  EXPECT_EQ(figures.ready + figures.delayed + figures.leased + figures.dead, 0u);
  EXPECT_EQ(queue.Acknowledge(leased).code(), Code::kStaleReceipt);
  LockedQueue rebuilt;
  rebuilt.Rebuild(queue.Dump());
  EXPECT_EQ(rebuilt.Put("d"), last + 1);
  EXPECT_EQ(queue.Put("d"), last + 1);
}

TEST(WorkQueue, DescribesOrderDeadlinesReasonsAndTheNextId) {
  LockedQueue queue({.lease_ms = 100, .max_deliveries = 5});
  queue.Put("returned", 1);
  const Receipt returned = queue.MustTake().receipt;
  queue.Put("buried", 2);
  ASSERT_TRUE(queue.Bury(queue.MustTake().receipt, "why").ok());
  queue.Put("leased", 2);
  const TakenMessage leased = queue.MustTake(777);
  queue.Put("promoted", 1, 5);
  queue.Put("fresh", 1);
  queue.now += 5;
  queue.Promote();
  ASSERT_TRUE(queue.Return(returned).ok());
  queue.Put("resting", 3);
  ASSERT_TRUE(queue.Return(queue.MustTake().receipt, 50).ok());
  queue.Put("delayed", 1, 60);
  queue.Put("last", 31);
  ASSERT_TRUE(queue.Acknowledge(queue.MustTake().receipt).ok());

  LockedQueue rebuilt;
  rebuilt.now = queue.now;
  rebuilt.Rebuild(queue.Dump());
  EXPECT_EQ(rebuilt.SortedDump(), queue.SortedDump());
  ASSERT_EQ(rebuilt.DeadLetters().size(), 1u);
  EXPECT_EQ(rebuilt.DeadLetters()[0].note, "why");
  EXPECT_TRUE(rebuilt.Acknowledge(leased.receipt).ok());
  EXPECT_EQ(rebuilt.Put("next", 0), queue.Put("next", 0));
  rebuilt.now += 60;
  rebuilt.Promote();
  EXPECT_THAT(rebuilt.TakeAll(),
              ElementsAre("resting", "returned", "fresh", "promoted", "delayed", "next"));
}

TEST(WorkQueue, AQueueInMemoryDescribesOnlyItsDeclaration) {
  LockedQueue queue({.durable = false});
  queue.Put("a");
  EXPECT_EQ(queue.Dump().size(), 1u);
}

TEST(WorkQueue, AfterRecoveryEveryLeaseIsOverAndTheAttemptCounts) {
  LockedQueue queue({.lease_ms = 1000, .max_deliveries = 2});
  const uint64_t twice = queue.Put("twice", 9);
  ASSERT_TRUE(queue.Return(queue.MustTake().receipt).ok());
  const Receipt exhausted = queue.MustTake().receipt;
  queue.Put("a");
  queue.Put("b");
  const Receipt a = queue.MustTake(2000).receipt;  // its deadline is the later one
  queue.MustTake(500);
  queue.Put("fresh");
  queue.ReleaseAllLeases();
  EXPECT_EQ(queue.Acknowledge(a).code(), Code::kStaleReceipt);
  EXPECT_EQ(queue.Acknowledge(exhausted).code(), Code::kStaleReceipt);
  EXPECT_EQ(queue.Figures().enqueued_total, 0u);  // since the engine was opened
  EXPECT_EQ(queue.Figures().delivered_total, 0u);
  // What killed the process as often as it may, gets no further chance.
  EXPECT_EQ(queue.Expire(), 0);
  ASSERT_EQ(queue.DeadLetters().size(), 1u);
  EXPECT_EQ(queue.DeadLetters()[0].id, twice);
  EXPECT_EQ(queue.DeadLetters()[0].note, "lease expired after 2 deliveries");
  const TakenMessage again = queue.MustTake();
  EXPECT_EQ(*again.body, "a");  // in the order they were enqueued
  EXPECT_EQ(again.attempt, 2u);
  EXPECT_THAT(queue.TakeAll(), ElementsAre("b", "fresh"));
}

TEST(WorkQueue, EffectsOfUnknownMessagesChangeNothingButTheNextId) {
  LockedQueue queue;
  queue.Put("a");
  for (const QueueEffectKind kind :
       {QueueEffectKind::kMessageLease, QueueEffectKind::kMessageReturn,
        QueueEffectKind::kMessageDead, QueueEffectKind::kMessageAcknowledge}) {
    queue.Apply({.kind = kind, .queue = "jobs", .id = 40, .attempt = 1, .time_unix_ms = 5});
  }
  const QueueFigures figures = queue.Figures();
  EXPECT_EQ(figures.ready, 1u);
  EXPECT_EQ(figures.leased + figures.dead + figures.delayed, 0u);
  EXPECT_EQ(queue.Put("b"), 41u);
}

TEST(WorkQueue, APutOfAKnownMessageOverwritesIt) {
  LockedQueue queue;
  queue.Put("a");
  queue.Put("b");
  queue.MustTake();
  queue.Replay(std::vector<LockedQueue::Step>(queue.steps.begin(), queue.steps.begin() + 1));
  EXPECT_EQ(queue.Figures().leased, 0u);
  EXPECT_THAT(queue.TakeAll(), ElementsAre("b", "a"));
}

// Nanoseconds of this thread's own work: what else the machine does is no matter.
double WorkNs() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// Replays the life of `count` messages, each phase for all of them, as the journal of a long
// backlog has it.
double ReplayNs(uint64_t count) {
  LockedQueue queue;
  const double began = WorkNs();
  QueueEffect effect{.kind = QueueEffectKind::kMessagePut,
                     .queue = "jobs",
                     .time_unix_ms = 1,
                     .enqueued_at_unix_ms = 1};
  const auto apply_to_all = [&](QueueEffectKind kind, uint32_t attempt) {
    effect.kind = kind;
    effect.attempt = attempt;
    MutexLock lock(queue.get()->mutex());
    for (effect.id = 1; effect.id <= count; ++effect.id) queue.get()->Apply(effect);
  };
  apply_to_all(QueueEffectKind::kMessagePut, 0);
  apply_to_all(QueueEffectKind::kMessagePut, 0);  // over the same state
  apply_to_all(QueueEffectKind::kMessageLease, 1);
  effect.time_unix_ms = 0;
  apply_to_all(QueueEffectKind::kMessageReturn, 1);
  LockedQueue rebuilt;
  rebuilt.Rebuild(queue.Dump());
  EXPECT_EQ(rebuilt.Figures().ready, count);
  apply_to_all(QueueEffectKind::kMessageLease, 2);
  apply_to_all(QueueEffectKind::kMessageAcknowledge, 2);
  EXPECT_EQ(queue.Figures().acknowledged_total, count);
  EXPECT_EQ(queue.Figures().leased, 0u);
  return WorkNs() - began;
}

TEST(WorkQueue, ReplayTakesLinearTime) {
  const double few = ReplayNs(4'000);
  const double many = ReplayNs(32'000);
  EXPECT_LT(many / few, 24);  // linear: about 8; quadratic: about 64
}

TEST(WorkQueue, WakesTheFirstWhoWaits) {
  LockedQueue queue({.lease_ms = 100});
  Waiter first;
  Waiter second;
  WaitPlace first_place(&first);
  WaitPlace second_place(&second);
  queue.Append(&first_place);
  queue.Append(&second_place);
  EXPECT_EQ(queue.Figures().waiting_consumers, 2u);
  const auto expect_first_told = [&](const char* why) {
    EXPECT_EQ(first.Wait(0), WakeReason::kNotified) << why;
    EXPECT_EQ(second.Wait(0), WakeReason::kTimeout) << why;
  };
  queue.Put("a");
  expect_first_told("a put");
  const Receipt receipt = queue.MustTake().receipt;
  expect_first_told("a lease that is the next to end");
  ASSERT_TRUE(queue.Return(receipt).ok());
  expect_first_told("a return");
  queue.Put("b", 0, 50);
  expect_first_told("a delay that is the next to end");
  queue.Put("c", 0, 500);
  EXPECT_EQ(first.Wait(0), WakeReason::kTimeout);  // changes nothing for those who wait
  queue.Put("d");
  EXPECT_EQ(first.Wait(0), WakeReason::kTimeout);  // it was told of "a" and has not looked yet
  queue.TakeAll();
  first.Wait(0);
  queue.now += 50;
  queue.Promote();
  expect_first_told("a delay that ended");
  queue.Close();
  EXPECT_EQ(first.Wait(0), WakeReason::kNotified);
  EXPECT_EQ(second.Wait(0), WakeReason::kNotified);
  queue.Remove(&first_place);
  queue.Remove(&second_place);
}

TEST(WorkQueue, AClosedQueuePlansNothing) {
  LockedQueue queue({.lease_ms = 100});
  queue.Put("a");
  queue.Put("b");
  const Receipt receipt = queue.MustTake().receipt;
  queue.Close();
  TakenMessage taken;
  EXPECT_FALSE(queue.Take(&taken));
  EXPECT_EQ(queue.TryPut({.body = "c"}).code(), Code::kClosed);
  EXPECT_EQ(queue.Acknowledge(receipt).code(), Code::kClosed);
  EXPECT_EQ(queue.Revive(1).code(), Code::kClosed);
  queue.now += 100;
  EXPECT_EQ(queue.Expire(), 0);
}

}  // namespace
}  // namespace kontor
