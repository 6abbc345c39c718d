#include "types/stream_id.h"

#include <gtest/gtest.h>

#include <string>

namespace kontor {
namespace {

const std::string kGreatestNumber = "18446744073709551615";

TEST(StreamIdTest, IdsAreOrderedByTimeAndThenBySequence) {
  EXPECT_LT((StreamId{1, UINT64_MAX}), (StreamId{2, 0}));
  EXPECT_LT((StreamId{2, 0}), (StreamId{2, 1}));
  EXPECT_LT((StreamId{INT64_MAX, 0}), (StreamId{uint64_t{1} << 63u, 0}));
  EXPECT_EQ((StreamId{2, 1}), (StreamId{2, 1}));
}

TEST(StreamIdTest, NextAndPreviousTellWhereThereIsNone) {
  EXPECT_EQ((StreamId{5, 7}).Next(), (StreamId{5, 8}));
  EXPECT_EQ((StreamId{5, UINT64_MAX}).Next(), (StreamId{6, 0}));
  EXPECT_EQ(kGreatestStreamId.Next(), std::nullopt);
  EXPECT_EQ((StreamId{5, 7}).Previous(), (StreamId{5, 6}));
  EXPECT_EQ((StreamId{5, 0}).Previous(), (StreamId{4, UINT64_MAX}));
  EXPECT_EQ(kNoStreamId.Previous(), std::nullopt);
}

TEST(StreamIdTest, WhatIsPrintedIsReadAsTheSame) {
  for (const StreamId& id :
       {kNoStreamId, kGreatestStreamId, StreamId{0, 1}, StreamId{1526919030474, 55}}) {
    StreamId read{};
    ASSERT_TRUE(ParseStreamId(FormatStreamId(id), 9, &read));
    EXPECT_EQ(read, id);
  }
  EXPECT_EQ(FormatStreamId(kGreatestStreamId), kGreatestNumber + "-" + kGreatestNumber);
  EXPECT_EQ(FormatStreamId({12, 0}), "12-0");
}

TEST(StreamIdTest, AMissingSequenceIsFilledIn) {
  StreamId id{};
  ASSERT_TRUE(ParseStreamId("12", 7, &id));
  EXPECT_EQ(id, (StreamId{12, 7}));
  ASSERT_TRUE(ParseStreamId("12-3", 7, &id));
  EXPECT_EQ(id, (StreamId{12, 3}));
  ASSERT_TRUE(ParseStreamId("0012-003", 7, &id));
  EXPECT_EQ(id, (StreamId{12, 3}));
  ASSERT_TRUE(ParseStreamId(" +13- 04", 7, &id));
  EXPECT_EQ(id, (StreamId{13, 4}));
}

TEST(StreamIdTest, OtherTextsAreRefusedAndChangeNothing) {
  StreamId id{1, 2};
  for (const std::string& text : {std::string(),
                                  std::string("-"),
                                  std::string("+"),
                                  std::string("1-"),
                                  std::string("-1"),
                                  std::string("1-2-3"),
                                  std::string("1--2"),
                                  std::string("a-1"),
                                  std::string("1-a"),
                                  std::string("1-*"),
                                  std::string("*"),
                                  std::string("(1"),
                                  std::string(" -1"),
                                  std::string("++1"),
                                  std::string("+ 1"),
                                  std::string("1 "),
                                  std::string("1.5"),
                                  std::string("1\0", 2),
                                  std::string("18446744073709551616-0"),
                                  std::string("0-18446744073709551616")}) {
    EXPECT_FALSE(ParseStreamId(text, 0, &id)) << text;
  }
  EXPECT_EQ(id, (StreamId{1, 2}));
}

TEST(StreamIdTest, ANewIdMayLeaveItsSequenceOut) {
  const auto full = ParseNewStreamId("5-6");
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(full->id, (StreamId{5, 6}));
  EXPECT_TRUE(full->has_sequence);
  const auto open = ParseNewStreamId("5-*");
  ASSERT_TRUE(open.has_value());
  EXPECT_EQ(open->id, (StreamId{5, 0}));
  EXPECT_FALSE(open->has_sequence);
  const auto short_one = ParseNewStreamId("5");
  ASSERT_TRUE(short_one.has_value());
  EXPECT_EQ(short_one->id, (StreamId{5, 0}));
  EXPECT_TRUE(short_one->has_sequence);
  for (const char* text : {"*", "-*", "5-6-*", "5-**", "+", "-", "(5"}) {
    EXPECT_FALSE(ParseNewStreamId(text).has_value()) << text;
  }
}

TEST(StreamIdTest, BoundsOfRanges) {
  const auto is = [](const char* text, uint64_t missing, const StreamId& id, bool excluded) {
    const auto bound = ParseStreamBound(text, missing);
    return bound.has_value() && bound->id == id && bound->is_excluded == excluded;
  };
  EXPECT_TRUE(is("-", 7, kNoStreamId, false));
  EXPECT_TRUE(is("+", 7, kGreatestStreamId, false));
  EXPECT_TRUE(is("5", 7, {5, 7}, false));
  EXPECT_TRUE(is("(5", 7, {5, 7}, true));
  EXPECT_TRUE(is("(5-2", 7, {5, 2}, true));
  for (const char* text : {"", "(", "(-", "(+", "((5", "5(", "(5-*"}) {
    EXPECT_FALSE(ParseStreamBound(text, 0).has_value()) << text;
  }
}

}  // namespace
}  // namespace kontor
