#include "broker/ready_lines.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kontor {
namespace {

using testing::ElementsAre;

class ReadyLinesTest : public testing::Test {
 protected:
  QueuedMessage* Push(uint64_t id, uint32_t priority = 0, Bytes group = {}) {
    messages_.push_back(std::make_unique<QueuedMessage>());
    QueuedMessage* const message = messages_.back().get();
    message->id = id;
    message->priority = static_cast<uint8_t>(priority);
    lines_.Reserve(priority);
    lines_.Enter(message, group.empty() ? nullptr : lines_.ReserveGroup(group));
    lines_.Push(message, ++now_);
    return message;
  }
  QueuedMessage* Take() {
    QueuedMessage* const head = lines_.Head();
    if (head == nullptr) return nullptr;
    lines_.Remove(head);
    lines_.Hold(head);
    return head;
  }
  void GiveBack(QueuedMessage* message) {
    message->returned = true;
    lines_.Push(message, ++now_);
    lines_.Release(message);
  }
  // Takes and forgets until nothing is left.
  std::vector<uint64_t> Drain() {
    std::vector<uint64_t> ids;
    while (QueuedMessage* const message = Take()) {
      ids.push_back(message->id);
      lines_.Leave(message);
    }
    EXPECT_EQ(lines_.size(), 0u);
    EXPECT_EQ(lines_.group_count(), 0u);
    EXPECT_EQ(lines_.OldestAfter(nullptr), nullptr);
    return ids;
  }

  ReadyLines lines_;
  std::vector<std::unique_ptr<QueuedMessage>> messages_;
  int64_t now_ = 0;
};

TEST_F(ReadyLinesTest, UrgentFirstThenReturnedThenFreshEachInOrder) {
  Push(1);
  QueuedMessage* const second = Push(2, 7);
  Push(3, 7);
  Push(4, 31);
  lines_.Remove(second);
  GiveBack(second);
  QueuedMessage* const fifth = Push(5, 7);
  lines_.Remove(fifth);
  GiveBack(fifth);
  EXPECT_EQ(lines_.OldestAfter(nullptr)->id, 1u);
  EXPECT_THAT(Drain(), ElementsAre(4, 2, 5, 3, 1));
}

TEST_F(ReadyLinesTest, AMessageIsTakenOutWhereverItStands) {
  std::vector<QueuedMessage*> all;
  for (uint64_t id = 1; id <= 5; ++id) all.push_back(Push(id));
  lines_.Remove(all[2]);
  lines_.Remove(all[0]);
  lines_.Remove(all[4]);
  EXPECT_THAT(Drain(), ElementsAre(2, 4));
}

TEST_F(ReadyLinesTest, OneOfAGroupAtATimeAndInItsOrder) {
  Push(1, 0, "a");
  Push(2, 31, "a");  // its order counts, not its priority
  Push(3, 0);
  QueuedMessage* const first = Take();
  EXPECT_EQ(first->id, 1u);
  EXPECT_EQ(Take()->id, 3u);
  EXPECT_EQ(Take(), nullptr);
  GiveBack(first);
  EXPECT_EQ(Take(), first);  // ahead of the others of its group
  EXPECT_EQ(Take(), nullptr);
  lines_.Leave(first);
  EXPECT_THAT(Drain(), ElementsAre(2));
}

TEST_F(ReadyLinesTest, AGroupStandsWhereItsFirstMessageWould) {
  Push(1, 3, "a");
  Push(2, 9, "a");
  Push(3, 5);
  EXPECT_THAT(Drain(), ElementsAre(3, 1, 2));
  Push(4, 3, "a");
  Push(5, 9, "a");
  QueuedMessage* const first = Take();
  Push(6, 5);
  lines_.Leave(first);  // now the one of priority 9 is the first
  EXPECT_THAT(Drain(), ElementsAre(5, 6));
}

TEST_F(ReadyLinesTest, EachGroupHasItsTurnHoweverLongTheOthersAre) {
  for (uint64_t id = 1; id <= 4; ++id) Push(id, 0, "busy");
  for (uint64_t id = 11; id <= 12; ++id) Push(id, 0, "quiet");
  for (uint64_t id = 21; id <= 23; ++id) Push(id, 0);
  EXPECT_THAT(Drain(), ElementsAre(1, 11, 21, 2, 12, 22, 3, 23, 4));
}

TEST_F(ReadyLinesTest, WhatWasReturnedGoesAheadOfOtherGroupsFirstComeFirstServed) {
  QueuedMessage* const a = Push(1, 0, "a");
  QueuedMessage* const b = Push(2, 0, "b");
  Push(3, 0, "c");
  EXPECT_EQ(Take(), a);
  EXPECT_EQ(Take(), b);
  GiveBack(a);
  GiveBack(b);
  EXPECT_THAT(Drain(), ElementsAre(1, 2, 3));
}

TEST_F(ReadyLinesTest, ForgettingAllLeavesNothingBehind) {
  Push(1, 0, "a");
  Push(2);
  lines_.Clear();
  EXPECT_EQ(lines_.Head(), nullptr);
  EXPECT_EQ(lines_.group_count(), 0u);
  Push(3, 0, "a");
  EXPECT_THAT(Drain(), ElementsAre(3));
}

TEST_F(ReadyLinesTest, AGroupThatWasReservedForNothingGoes) {
  lines_.Dismiss(lines_.ReserveGroup("a"));
  EXPECT_EQ(lines_.group_count(), 0u);
  Push(1, 0, "a");
  lines_.Dismiss(lines_.ReserveGroup("a"));  // it has a message
  EXPECT_EQ(lines_.group_count(), 1u);
  EXPECT_THAT(Drain(), ElementsAre(1));
}

}  // namespace
}  // namespace kontor
