#include "broker/lane.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<uint64_t> Drain(ReadyLane* lane) {
  std::vector<uint64_t> ids;
  uint64_t peeked = 0;
  uint64_t id = 0;
  while (lane->Peek(&peeked)) {
    EXPECT_TRUE(lane->Pop(&id));
    EXPECT_EQ(peeked, id);
    ids.push_back(id);
  }
  EXPECT_FALSE(lane->Pop(&id));
  EXPECT_EQ(lane->size(), 0u);
  return ids;
}

TEST(ReadyLane, UrgentFirstThenReturnedThenFreshEachInOrder) {
  ReadyLane lane;
  lane.PushFresh(0, 1);
  lane.PushFresh(31, 2);
  lane.PushReturned(0, 3);
  lane.PushFresh(0, 4);
  lane.PushReturned(0, 5);
  lane.PushReturned(31, 6);
  lane.PushFresh(7, 7);
  EXPECT_EQ(lane.size(), 7u);
  EXPECT_THAT(Drain(&lane), ElementsAre(6, 2, 7, 3, 5, 1, 4));
}

TEST(ReadyLane, RemoveFindsAnIdAnywhere) {
  ReadyLane lane;
  for (uint64_t id = 1; id <= 5; ++id) lane.PushFresh(3, id);
  for (uint64_t id = 6; id <= 8; ++id) lane.PushReturned(3, id);
  EXPECT_TRUE(lane.Remove(3, 1));   // front
  EXPECT_TRUE(lane.Remove(3, 5));   // back
  EXPECT_TRUE(lane.Remove(3, 3));   // inside
  EXPECT_TRUE(lane.Remove(3, 7));   // inside the returned
  EXPECT_FALSE(lane.Remove(3, 7));  // gone
  EXPECT_FALSE(lane.Remove(4, 2));  // another level
  EXPECT_EQ(lane.size(), 4u);
  EXPECT_THAT(Drain(&lane), ElementsAre(6, 8, 2, 4));
}

TEST(ReadyLane, RemovingTheLastOfALevelUncoversTheNext) {
  ReadyLane lane;
  lane.PushFresh(9, 1);
  lane.PushFresh(2, 2);
  EXPECT_TRUE(lane.Remove(9, 1));
  EXPECT_THAT(Drain(&lane), ElementsAre(2));
}

TEST(ReadyLane, VisitsEachLineInOrder) {
  ReadyLane lane;
  lane.PushFresh(1, 1);
  lane.PushReturned(1, 2);
  lane.PushFresh(30, 3);
  lane.PushReturned(30, 4);
  std::vector<uint64_t> returned;
  std::vector<uint64_t> fresh;
  lane.ForEachReturned([&](uint64_t id) { returned.push_back(id); });
  lane.ForEachFresh([&](uint64_t id) { fresh.push_back(id); });
  EXPECT_THAT(returned, ElementsAre(4, 2));
  EXPECT_THAT(fresh, ElementsAre(3, 1));
  lane.Clear();
  EXPECT_THAT(Drain(&lane), IsEmpty());
}

}  // namespace
}  // namespace kontor
