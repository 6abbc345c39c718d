#include "split_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kontor::shell {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using std::string_literals::operator""s;

TEST(SplitArguments, SeparatesByWhiteSpace) {
  EXPECT_THAT(SplitArguments("SET a b"), Optional(ElementsAre("SET", "a", "b")));
  EXPECT_THAT(SplitArguments("  SET\ta \r\n b\v\f"), Optional(ElementsAre("SET", "a", "b")));
}

TEST(SplitArguments, BlankLinesHaveNoWords) {
  EXPECT_THAT(SplitArguments(""), Optional(IsEmpty()));
  EXPECT_THAT(SplitArguments(" \t "), Optional(IsEmpty()));
}

TEST(SplitArguments, DoubleQuotesKnowEscapes) {
  EXPECT_THAT(SplitArguments(R"("a b" "\n\r\t\a\b" "\"\\\q")"),
              Optional(ElementsAre("a b", "\n\r\t\a\b", "\"\\q")));
  EXPECT_THAT(SplitArguments(R"("\x00\xfF\x41")"), Optional(ElementsAre("\0\xff\x41"s)));
}

TEST(SplitArguments, UnfinishedHexIsTakenLiterally) {
  EXPECT_THAT(SplitArguments(R"("\x4" "\xg1" "\x")"), Optional(ElementsAre("x4", "xg1", "x")));
}

TEST(SplitArguments, SingleQuotesKnowOnlyTheirOwnEscape) {
  EXPECT_THAT(SplitArguments(R"('a b' 'it\'s' '\n\x00')"),
              Optional(ElementsAre("a b", "it's", R"(\n\x00)")));
}

TEST(SplitArguments, EmptyQuotesAreAnEmptyWord) {
  EXPECT_THAT(SplitArguments(R"(SET "" '')"), Optional(ElementsAre("SET", "", "")));
}

TEST(SplitArguments, QuotesMayBeginWithinAWord) {
  EXPECT_THAT(SplitArguments(R"(foo"bar baz" a'b c')"),
              Optional(ElementsAre("foobar baz", "ab c")));
}

TEST(SplitArguments, RefusesQuotesThatAreNotBalanced) {
  EXPECT_EQ(SplitArguments(R"(SET a "b)"), std::nullopt);
  EXPECT_EQ(SplitArguments("SET a 'b"), std::nullopt);
  EXPECT_EQ(SplitArguments(R"("abc\)"), std::nullopt);
  EXPECT_EQ(SplitArguments(R"('abc\')"), std::nullopt);
  EXPECT_EQ(SplitArguments(R"("\x4)"), std::nullopt);
}

TEST(SplitArguments, RefusesTextRightAfterAClosingQuote) {
  EXPECT_EQ(SplitArguments(R"("a"b)"), std::nullopt);
  EXPECT_EQ(SplitArguments("'a'b"), std::nullopt);
  EXPECT_EQ(SplitArguments(R"('a'"b")"), std::nullopt);
}

TEST(SplitArguments, EveryByteIsLegal) {
  EXPECT_THAT(SplitArguments("a\0b \xff\xfe"s), Optional(ElementsAre("a\0b"s, "\xff\xfe"s)));
}

}  // namespace
}  // namespace kontor::shell
