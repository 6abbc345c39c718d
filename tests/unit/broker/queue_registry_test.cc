#include "broker/queue_registry.h"

#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kontor {
namespace {

using testing::HasSubstr;

Status Declare(QueueRegistry* registry, Bytes name, const QueueOptions& options = {}) {
  const std::string body = Encode(options);
  return registry->Apply({.kind = QueueEffectKind::kQueueDeclare, .queue = name, .body = body});
}

uint64_t Put(WorkQueue* queue, Bytes body) {
  MutexLock lock(queue->mutex());
  QueueEffect effect{};
  EXPECT_TRUE(queue->PlanEnqueue({.body = body}, 1000, 0, 0, &effect).ok());
  queue->Apply(effect);
  return effect.id;
}

uint64_t Ready(WorkQueue* queue) {
  MutexLock lock(queue->mutex());
  return queue->Figures(1000).ready;
}

TEST(QueueRegistry, DeclaresFindsAndListsInOrderOfDeclaration) {
  QueueRegistry registry;
  EXPECT_EQ(registry.Find("a"), nullptr);
  for (const char* name : {"m", "a", "z", "b"}) ASSERT_TRUE(Declare(&registry, name).ok());
  ASSERT_NE(registry.Find("a"), nullptr);
  EXPECT_EQ(registry.Find("a")->name(), "a");
  std::string order;
  for (const auto& queue : registry.All()) order += queue->name();
  EXPECT_EQ(order, "mazb");
  MutexLock lock(registry.mutex());
  EXPECT_EQ(registry.SizeLocked(), 4u);
}

TEST(QueueRegistry, DeclaringAgainKeepsTheMessagesAndChangesTheOptions) {
  QueueRegistry registry;
  ASSERT_TRUE(Declare(&registry, "q").ok());
  const std::shared_ptr<WorkQueue> queue = registry.Find("q");
  Put(queue.get(), "x");
  ASSERT_TRUE(Declare(&registry, "q", {.lease_ms = 7}).ok());
  EXPECT_EQ(registry.Find("q"), queue);
  EXPECT_EQ(Ready(queue.get()), 1u);
  MutexLock lock(queue->mutex());
  EXPECT_EQ(queue->options().lease_ms, 7);
}

TEST(QueueRegistry, DeletingClosesTheQueueForThoseWhoHoldIt) {
  QueueRegistry registry;
  ASSERT_TRUE(Declare(&registry, "q").ok());
  const std::shared_ptr<WorkQueue> queue = registry.Find("q");
  Put(queue.get(), "x");
  // The name is borrowed from the queue that goes away.
  ASSERT_TRUE(registry.Apply({.kind = QueueEffectKind::kQueueDelete, .queue = queue->name()}).ok());
  EXPECT_EQ(registry.Find("q"), nullptr);
  EXPECT_EQ(Ready(queue.get()), 0u);
  {
    MutexLock lock(queue->mutex());
    EXPECT_TRUE(queue->closed());
    QueueEffect put{};
    EXPECT_EQ(queue->PlanEnqueue({.body = "y"}, 1000, 0, 0, &put).code(), Code::kClosed);
  }
  // Deleting twice is what a replay may do.
  EXPECT_TRUE(registry.Apply({.kind = QueueEffectKind::kQueueDelete, .queue = "q"}).ok());
}

TEST(QueueRegistry, AQueueOfAnOldNameGivesOutNoOldReceipt) {
  QueueRegistry registry;
  ASSERT_TRUE(Declare(&registry, "q").ok());
  Put(registry.Find("q").get(), "x");
  const uint64_t last = Put(registry.Find("q").get(), "y");
  ASSERT_TRUE(registry.Apply({.kind = QueueEffectKind::kQueueDelete, .queue = "q"}).ok());
  ASSERT_TRUE(Declare(&registry, "q").ok());
  EXPECT_GT(Put(registry.Find("q").get(), "z"), last);
}

TEST(QueueRegistry, RefusesWhatNoQueueCanObey) {
  QueueRegistry registry;
  const Status unknown =
      registry.Apply({.kind = QueueEffectKind::kMessageAcknowledge, .queue = "q\n", .id = 1});
  EXPECT_EQ(unknown.code(), Code::kCorrupt);
  EXPECT_THAT(unknown.message(), HasSubstr("'q\\n'"));
  EXPECT_EQ(registry.Apply({.kind = QueueEffectKind::kQueuePurge, .queue = "q"}).code(),
            Code::kCorrupt);
  EXPECT_EQ(
      registry.Apply({.kind = QueueEffectKind::kQueueDeclare, .queue = "q", .body = "?"}).code(),
      Code::kCorrupt);
  EXPECT_EQ(registry.Find("q"), nullptr);
  EXPECT_EQ(Declare(&registry, std::string(limits::kNameBytes + 1, 'n')).code(), Code::kTooLarge);
  ASSERT_TRUE(Declare(&registry, std::string(limits::kNameBytes, 'n')).ok());
  ASSERT_TRUE(Declare(&registry, "q").ok());
  for (const uint64_t id : {uint64_t{0}, WorkQueue::kMaxId + 1, UINT64_MAX}) {
    EXPECT_EQ(registry.Apply({.kind = QueueEffectKind::kMessagePut, .queue = "q", .id = id}).code(),
              Code::kCorrupt);
  }
  EXPECT_EQ(Ready(registry.Find("q").get()), 0u);
}

TEST(QueueRegistry, AppliesMessageEffectsToTheQueueTheyName) {
  QueueRegistry registry;
  ASSERT_TRUE(Declare(&registry, "a").ok());
  ASSERT_TRUE(Declare(&registry, "b").ok());
  ASSERT_TRUE(registry.Apply({.kind = QueueEffectKind::kMessagePut, .queue = "b", .id = 5}).ok());
  EXPECT_EQ(Ready(registry.Find("a").get()), 0u);
  EXPECT_EQ(Ready(registry.Find("b").get()), 1u);
  ASSERT_TRUE(registry.Apply({.kind = QueueEffectKind::kQueuePurge, .queue = "b"}).ok());
  EXPECT_EQ(Ready(registry.Find("b").get()), 0u);
  EXPECT_EQ(Put(registry.Find("b").get(), "after"), 6u);
}

// Whoever looks at the awake ones again and again is done with those that can wait.
TEST(QueueRegistry, OnlyQueuesInWhichTimeMattersAreAwake) {
  QueueRegistry registry;
  ASSERT_TRUE(Declare(&registry, "q").ok());
  ASSERT_TRUE(Declare(&registry, "idle").ok());
  std::shared_ptr<WorkQueue> queue = registry.Find("q");
  const auto rests = [&] {
    for (const auto& awake : registry.Awake()) {
      const MutexLock lock(awake->mutex());
      awake->Rest();
    }
    return registry.Awake().empty();
  };
  EXPECT_TRUE(registry.Awake().empty());
  const uint64_t id = Put(queue.get(), "ready");
  EXPECT_EQ(registry.Awake(), std::vector{queue});
  EXPECT_TRUE(rests());
  const QueueEffect lease{.kind = QueueEffectKind::kMessageLease,
                          .queue = "q",
                          .id = id,
                          .attempt = 1,
                          .time_unix_ms = 5000};
  ASSERT_TRUE(registry.Apply(lease).ok());
  EXPECT_FALSE(rests());  // until the lease ends
  ASSERT_TRUE(
      registry.Apply({.kind = QueueEffectKind::kMessageAcknowledge, .queue = "q", .id = id}).ok());
  EXPECT_TRUE(rests());
  Waiter waiter;
  WaitPlace place(&waiter);
  {
    const MutexLock lock(queue->mutex());
    queue->waiters()->Append(&place);
  }
  EXPECT_FALSE(rests());  // somebody waits
  {
    const MutexLock lock(queue->mutex());
    queue->waiters()->Remove(&place);
  }
  EXPECT_TRUE(rests());
  ASSERT_TRUE(Declare(&registry, "q", {.depth_threshold = 3}).ok());
  EXPECT_FALSE(rests());  // there may be something to tell
  ASSERT_TRUE(registry.Apply({.kind = QueueEffectKind::kQueueDelete, .queue = "q"}).ok());
  EXPECT_TRUE(rests());
  ASSERT_TRUE(Declare(&registry, "q").ok());
  queue = registry.Find("q");
  Put(queue.get(), "x");
  queue.reset();
  ASSERT_TRUE(registry.Apply({.kind = QueueEffectKind::kQueueDelete, .queue = "q"}).ok());
  EXPECT_TRUE(registry.Awake().empty());
}

}  // namespace
}  // namespace kontor
