// What is told of a queue whose depth or age crosses a threshold.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "db/engine.h"
#include "verbs/queue_batches.h"
#include "verbs/queue_commit.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

using Events = std::vector<std::string>;

class QueueEventsTest : public ::testing::Test {
 protected:
  QueueEventsTest() {
    EngineOptions options;
    options.clock = &clock_;
    options.background = false;
    auto opened = Engine::Open(options);
    EXPECT_TRUE(opened.ok());
    engine_ = *std::move(opened);
    EXPECT_TRUE(core()->channels.Subscribe(mailbox_, SubjectKind::kPattern, "__queue__:*", 1).ok());
  }
  ~QueueEventsTest() override { core()->channels.Leave(mailbox_); }
  Core* core() { return engine_->core(); }
  void Open(const QueueOptions& options) {
    auto opened = verbs::OpenQueue(core(), "jobs", &options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    queue_ = *std::move(opened);
  }
  void Put(size_t count, int64_t delay_ms = 0) {
    for (size_t i = 0; i < count; ++i) {
      ASSERT_TRUE(verbs::Enqueue(core(), queue_.get(), {.body = "m", .delay_ms = delay_ms}).ok());
    }
  }
  void Take(size_t count) {
    const int64_t timeout_ms = 0;
    const WaitOptions wait{.timeout_ms = &timeout_ms};
    std::vector<TakenMessage> taken;
    size_t got = 0;
    ASSERT_TRUE(
        verbs::Take(
            core(), queue_.get(), count, 0, wait, [&taken] { return &taken.emplace_back(); }, &got)
            .ok());
    ASSERT_EQ(got, count);
    for (const TakenMessage& message : taken) {
      ASSERT_TRUE(verbs::Acknowledge(core(), queue_.get(), message.receipt).ok());
    }
  }
  // What is told once somebody looks, as the engine does ten times a second.
  Events Told() {
    verbs::CatchUp(core(), queue_.get());
    Events told;
    Delivery delivery;
    while (mailbox_->Next(0, nullptr, &delivery).ok()) {
      EXPECT_EQ(delivery.publication->channel, "__queue__:jobs");
      told.emplace_back(delivery.publication->body);
    }
    return told;
  }

  ManualClock clock_;
  std::unique_ptr<Engine> engine_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>(MailboxOptions{});
  std::shared_ptr<WorkQueue> queue_;
};

TEST_F(QueueEventsTest, TheDepthIsToldWhereItCrosses) {
  Open({.depth_threshold = 10});
  Put(9);
  EXPECT_EQ(Told(), Events{});
  Put(1);
  EXPECT_EQ(Told(), Events{"depth-high 10"});
  Take(4);  // it moves around its threshold, and is not told again
  Put(5);
  Take(5);
  EXPECT_EQ(Told(), Events{});
  Take(1);
  EXPECT_EQ(Told(), Events{"depth-low 5"});
  Put(20);
  EXPECT_EQ(Told(), Events{"depth-high 10"});
}

TEST_F(QueueEventsTest, WhatIsDelayedOrLeasedIsNotReady) {
  Open({.depth_threshold = 2});
  Put(2, 100);
  EXPECT_EQ(Told(), Events{});
  clock_.AdvanceMs(100);
  EXPECT_EQ(Told(), Events{"depth-high 2"});
  ASSERT_TRUE(verbs::Purge(core(), queue_.get()).ok());
  EXPECT_EQ(Told(), Events{"depth-low 0"});
}

TEST_F(QueueEventsTest, TheAgeIsToldWhereItCrosses) {
  Open({.age_threshold_ms = 1000});
  Put(1);
  clock_.AdvanceMs(999);
  EXPECT_EQ(Told(), Events{});
  clock_.AdvanceMs(1);
  Put(1);
  EXPECT_EQ(Told(), Events{"age-high 1000"});
  clock_.AdvanceMs(400);
  EXPECT_EQ(Told(), Events{});
  Take(1);
  EXPECT_EQ(Told(), Events{"age-low 400"});
  clock_.AdvanceMs(600);
  EXPECT_EQ(Told(), Events{"age-high 1000"});
  Take(1);
  EXPECT_EQ(Told(), Events{"age-low 0"});
}

TEST_F(QueueEventsTest, AThresholdThatIsChangedBeginsAnew) {
  Open({.depth_threshold = 2});
  Put(4);
  EXPECT_EQ(Told(), Events{"depth-high 2"});
  Open({.depth_threshold = 100});
  EXPECT_EQ(Told(), Events{});
  Open({.depth_threshold = 4, .age_threshold_ms = 1});
  clock_.AdvanceMs(5);
  EXPECT_EQ(Told(), (Events{"depth-high 4", "age-high 5"}));
  Open({});
  EXPECT_EQ(Told(), Events{});
  Open({.max_length = 100, .depth_threshold = 4});
  EXPECT_EQ(Told(), Events{"depth-high 4"});
  Open({.depth_threshold = 4});
  EXPECT_EQ(Told(), Events{});
}

TEST_F(QueueEventsTest, ABatchIsToldAsOne) {
  Open({.depth_threshold = 2});
  uint64_t first_id = 0;
  const auto body_of = [](size_t) { return Bytes("m"); };
  ASSERT_TRUE(verbs::EnqueueMany(core(), queue_.get(), {}, 7, body_of, &first_id).ok());
  EXPECT_EQ(Told(), Events{"depth-high 7"});
}

}  // namespace
}  // namespace kontor
