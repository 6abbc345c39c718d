#include "stress/fifo_history.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kontor {
namespace {

using testing::HasSubstr;

using Kind = QueueOperation::Kind;

std::string Judge(const std::vector<QueueOperation>& operations, size_t lost_allowed = 0) {
  FifoHistory history;
  history.Add(operations);
  return history.Judge(lost_allowed);
}

TEST(FifoHistoryTest, OverlappingOperationsMayBeInAnyOrder) {
  EXPECT_EQ(Judge({}), "");
  EXPECT_EQ(Judge({{Kind::kPush, 1, 0, 10},
                   {Kind::kPush, 2, 5, 15},
                   {Kind::kPop, 2, 16, 20},
                   {Kind::kPop, 1, 21, 25}}),
            "");
  // The pop waited for its push.
  EXPECT_EQ(Judge({{Kind::kPush, 1, 5, 10}, {Kind::kPop, 1, 0, 20}}), "");
}

TEST(FifoHistoryTest, FindsWhatNobodyPushedAndWhatWasPoppedTwiceOrTooEarly) {
  EXPECT_THAT(Judge({{Kind::kPop, 7, 0, 1}}), HasSubstr("value 7 was popped but never pushed"));
  EXPECT_THAT(Judge({{Kind::kPush, 7, 0, 1}, {Kind::kPop, 7, 2, 3}, {Kind::kPop, 7, 2, 3}}),
              HasSubstr("twice"));
  EXPECT_THAT(Judge({{Kind::kPush, 7, 5, 6}, {Kind::kPop, 7, 2, 3}}), HasSubstr("before its push"));
}

TEST(FifoHistoryTest, FindsReversedOrderAndLoss) {
  const QueueOperation first{Kind::kPush, 1, 0, 10};
  const QueueOperation second{Kind::kPush, 2, 11, 15};
  EXPECT_THAT(Judge({first, second, {Kind::kPop, 2, 16, 20}, {Kind::kPop, 1, 21, 25}}),
              HasSubstr("value 2 was popped before value 1"));
  EXPECT_EQ(Judge({first, second, {Kind::kPop, 2, 16, 21}, {Kind::kPop, 1, 21, 25}}), "");
  EXPECT_THAT(Judge({first, second, {Kind::kPop, 2, 16, 20}}), HasSubstr("before value 1"));
  EXPECT_EQ(Judge({first, second, {Kind::kPop, 2, 16, 20}}, 1), "");
}

TEST(FifoHistoryTest, FindsAnEmptyAnswerWhileSomethingWasInside) {
  const std::vector<QueueOperation> inside = {{Kind::kPush, 1, 0, 10}, {Kind::kPop, 1, 30, 40}};
  const auto with = [&inside](std::vector<QueueOperation> more) {
    more.insert(more.end(), inside.begin(), inside.end());
    return Judge(more);
  };
  EXPECT_THAT(with({{Kind::kPopEmpty, 0, 11, 29}}), HasSubstr("found nothing"));
  EXPECT_EQ(with({{Kind::kPopEmpty, 0, 9, 29}}), "");
  EXPECT_EQ(with({{Kind::kPopEmpty, 0, 11, 31}}), "");
  // A second value that came before the first went: never empty from 10 to 50.
  EXPECT_THAT(
      with({{Kind::kPopEmpty, 0, 11, 31}, {Kind::kPush, 2, 11, 20}, {Kind::kPop, 2, 50, 60}}),
      HasSubstr("found nothing"));
  EXPECT_EQ(with({{Kind::kPopEmpty, 0, 11, 31}, {Kind::kPush, 2, 11, 35}, {Kind::kPop, 2, 50, 60}}),
            "");
}

}  // namespace
}  // namespace kontor
