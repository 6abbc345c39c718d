#include "types/consumer_group.h"

#include <gtest/gtest.h>

#include <iterator>
#include <memory>
#include <string>

#include "base/random.h"
#include "unit/test_seed.h"
#include "unit/types/memory.h"
#include "unit/types/stream_model.h"

namespace kontor {
namespace {

using testing_memory::live_bytes;
using testing_memory::UntilItSucceeds;
using testing_memory::WithoutMemory;

TEST(ConsumerGroupTest, ConsumersComeAndGo) {
  ConsumerGroup group;
  EXPECT_EQ(group.FindConsumer("ann"), nullptr);
  EXPECT_FALSE(group.DeleteConsumer("ann"));
  ConsumerGroup::Consumer* const ann = group.AddConsumer("ann");
  EXPECT_EQ(group.AddConsumer("ann"), ann);
  EXPECT_EQ(ann->name(), "ann");
  EXPECT_EQ(ann->active_unix_ms, -1);
  const std::string binary("\0", 1);
  EXPECT_EQ(group.AddConsumer(binary)->name(), binary);
  EXPECT_EQ(group.AddConsumer("")->name(), "");
  EXPECT_EQ(group.consumers().size(), 3u);
  EXPECT_TRUE(group.DeleteConsumer("ann"));
  EXPECT_EQ(group.FindConsumer("ann"), nullptr);
  EXPECT_EQ(group.consumers().size(), 2u);
}

TEST(ConsumerGroupTest, AnEntryIsPendingWithOneConsumer) {
  ConsumerGroup group;
  ConsumerGroup::Consumer* const ann = group.AddConsumer("ann");
  ConsumerGroup::Consumer* const bob = group.AddConsumer("bob");
  group.SetPending({{1, 1}, ann, 1000, 1});
  group.SetPending({{1, 1}, bob, 2000, 2});
  EXPECT_EQ(group.pending().size(), 1u);
  EXPECT_EQ(ann->pending(), 0u);
  EXPECT_EQ(bob->pending(), 1u);
  ASSERT_NE(group.Lookup({1, 1}), nullptr);
  EXPECT_EQ(group.Lookup({1, 1})->consumer, bob);
  EXPECT_EQ(group.Lookup({1, 1})->delivered_unix_ms, 2000);
  EXPECT_EQ(group.Lookup({1, 1})->deliveries, 2u);
  EXPECT_EQ(group.Lookup({1, 0}), nullptr);
  EXPECT_EQ(group.Lookup({1, 2}), nullptr);
  EXPECT_TRUE(group.RemovePending({1, 1}));
  EXPECT_FALSE(group.RemovePending({1, 1}));
  EXPECT_EQ(bob->pending(), 0u);
}

TEST(ConsumerGroupTest, WhatIsPendingGoesWithItsConsumer) {
  ConsumerGroup group;
  ConsumerGroup::Consumer* const ann = group.AddConsumer("ann");
  ConsumerGroup::Consumer* const bob = group.AddConsumer("bob");
  for (uint64_t ms = 1; ms <= 1000; ++ms) {
    group.SetPending({{ms, 0}, ms % 3 == 0 ? ann : bob, 0, 1});
  }
  WithoutMemory([&] { group.DeleteConsumer("bob"); });
  EXPECT_EQ(group.pending().size(), 333u);
  EXPECT_EQ(group.Lookup({4, 0}), nullptr);
  EXPECT_EQ(group.PendingFrom({4, 0}).entry().id, (StreamId{6, 0}));
  EXPECT_EQ(ModelOf(group).pending.size(), 333u);
}

TEST(ConsumerGroupTest, RangesAreByIdForAllAndForOne) {
  ConsumerGroup group;
  ConsumerGroup::Consumer* const ann = group.AddConsumer("ann");
  ConsumerGroup::Consumer* const bob = group.AddConsumer("bob");
  for (uint64_t ms = 1; ms <= 100; ++ms) group.SetPending({{ms, 7}, ms % 2 ? ann : bob, 0, 1});
  EXPECT_EQ(group.PendingFrom({50, 0}).entry().id, (StreamId{50, 7}));
  EXPECT_EQ(group.PendingFrom({50, 8}).entry().id, (StreamId{51, 7}));
  EXPECT_EQ(ann->PendingFrom({50, 0}).entry(), (StreamId{51, 7}));
  EXPECT_EQ(bob->PendingFrom({50, 8}).entry(), (StreamId{52, 7}));
  EXPECT_FALSE(group.PendingFrom({100, 8}).valid());
  EXPECT_FALSE(ann->PendingFrom({100, 0}).valid());
}

void ChangeOften(Random* random, ConsumerGroup* group, GroupModel* model) {
  for (int step = 0; step < 8000; ++step) {
    const std::string name = "consumer " + std::to_string(random->Below(6));
    const StreamId id{random->Below(step < 4000 ? 1000 : 50), random->Below(2)};
    const auto time = static_cast<int64_t>(random->Below(1000));
    const uint64_t dice = random->Below(1000);
    if (dice < 600) {
      ConsumerGroup::Consumer* const consumer = group->AddConsumer(name);
      model->consumers.try_emplace(name, consumer->seen_unix_ms, consumer->active_unix_ms);
      group->SetPending({id, consumer, time, dice});
      model->pending[id] = {name, time, dice};
    } else if (dice < 950) {
      ASSERT_EQ(group->RemovePending(id), model->pending.erase(id) == 1);
    } else if (dice < 996) {
      ConsumerGroup::Consumer* const consumer = group->AddConsumer(name);
      consumer->seen_unix_ms = time;
      consumer->active_unix_ms = time - 1;
      model->consumers[name] = {time, time - 1};
    } else {
      ASSERT_EQ(group->DeleteConsumer(name), model->consumers.erase(name) == 1);
      std::erase_if(model->pending, [&](const auto& each) { return each.second.consumer == name; });
    }
    if (step % 50 != 0) continue;
    ASSERT_TRUE(ModelOf(*group) == *model);
    ASSERT_TRUE(ModelOf(ConsumerGroup(*group)) == *model);
  }
}

TEST(ConsumerGroupTest, AgreesWithAMapUnderRandomChanges) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const size_t live_before = live_bytes;
  ConsumerGroup group;
  {
    GroupModel model;
    ChangeOften(&random, &group, &model);
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(group.memory_bytes(), live_bytes - live_before);
  const ConsumerGroup copy(group);
  EXPECT_EQ(group.memory_bytes() + copy.memory_bytes(), live_bytes - live_before);
}

TEST(ConsumerGroupTest, WithoutMemoryNothingChanges) {
  ConsumerGroup group;
  GroupModel model;
  int failures = 0;
  const auto unchanged = [&] { ASSERT_TRUE(ModelOf(group) == model); };
  Random random(7);
  const size_t live_before = live_bytes - group.memory_bytes();
  for (uint64_t step = 0; step < 400; ++step) {
    const std::string name = "a consumer with a long name " + std::to_string(step % 3);
    failures += UntilItSucceeds([&] { group.AddConsumer(name); }, unchanged);
    model.consumers.try_emplace(name, 0, -1);
    const StreamId id{random.Below(300), 0};
    ConsumerGroup::Consumer* const consumer = group.FindConsumer(name);
    failures += UntilItSucceeds([&] { group.SetPending({id, consumer, 5, step}); }, unchanged);
    model.pending[id] = {name, 5, step};
    ASSERT_TRUE(ModelOf(group) == model);
  }
  EXPECT_GT(failures, 30);
  size_t of_model = 0;
  {
    const size_t before = live_bytes;
    const GroupModel other = model;
    of_model = live_bytes - before;
  }
  EXPECT_EQ(group.memory_bytes() + of_model, live_bytes - live_before);
}

TEST(ConsumerGroupTest, ACopyThatFailsLeavesNothing) {
  ConsumerGroup group;
  for (uint64_t ms = 1; ms <= 300; ++ms) {
    group.SetPending({{ms, 0}, group.AddConsumer("consumer " + std::to_string(ms % 4)), 0, 1});
  }
  const size_t live_before = live_bytes;
  const int failures =
      UntilItSucceeds([&] { ASSERT_TRUE(ModelOf(ConsumerGroup(group)).pending.size() > 0); },
                      [&] { ASSERT_EQ(live_bytes, live_before); });
  EXPECT_GT(failures, 20);
}

TEST(ConsumerGroupTest, RemovingAndOverwritingNeedNoMemory) {
  ConsumerGroup group;
  ConsumerGroup::Consumer* const ann = group.AddConsumer("ann");
  for (uint64_t ms = 1; ms <= 5000; ++ms) group.SetPending({{ms, 0}, ann, 0, 1});
  WithoutMemory([&] {
    for (uint64_t ms = 1; ms <= 5000; ++ms) group.SetPending({{ms, 0}, ann, 7, ms});
  });
  EXPECT_EQ(group.Lookup({4999, 0})->deliveries, 4999u);
  EXPECT_EQ(group.pending().size(), 5000u);
  WithoutMemory([&] {
    for (uint64_t ms = 2; ms <= 5000; ms += 2) group.RemovePending({ms, 0});
  });
  EXPECT_EQ(ann->pending(), 2500u);
}

}  // namespace
}  // namespace kontor
