#include "print_reply.h"

#include <gtest/gtest.h>

namespace kontor::shell {
namespace {

using std::string_literals::operator""s;

std::string Terminal(const Reply& reply) { return FormatReply(reply, ReplyStyle::kTerminal); }
std::string Raw(const Reply& reply) { return FormatReply(reply, ReplyStyle::kRaw); }

// {"a", {1, {}, nil}, "b"}
Reply Nested() {
  return Reply::Array(
      {Reply::String("a"),
       Reply::Array({Reply::Integer(1), Reply::Array({}), Reply::Nil(), Reply::Error("ERR x")}),
       Reply::Array({Reply::Array({Reply::Status("OK")})}), Reply::String("b")});
}

TEST(PrintReply, ScalarsOnATerminal) {
  EXPECT_EQ(Terminal(Reply::Nil()), "(nil)\n");
  EXPECT_EQ(Terminal(Reply::Status("OK")), "OK\n");
  EXPECT_EQ(Terminal(Reply::Error("ERR no")), "(error) ERR no\n");
  EXPECT_EQ(Terminal(Reply::Integer(INT64_MIN)), "(integer) -9223372036854775808\n");
  EXPECT_EQ(Terminal(Reply::String("")), "\"\"\n");
}

TEST(PrintReply, QuotesEveryByteThatIsNotPrintableAscii) {
  EXPECT_EQ(QuoteBytes("a \"b\"\\"), R"("a \"b\"\\")");
  EXPECT_EQ(QuoteBytes("\n\r\t\a\b"), R"("\n\r\t\a\b")");
  EXPECT_EQ(QuoteBytes("\0\x1b\x7f\x80\xff~ "s), R"("\x00\x1b\x7f\x80\xff~ ")");
}

TEST(PrintReply, ArraysOnATerminal) {
  EXPECT_EQ(Terminal(Reply::Array({})), "(empty array)\n");
  EXPECT_EQ(Terminal(Nested()),
            "1) \"a\"\n"
            "2) 1) (integer) 1\n"
            "   2) (empty array)\n"
            "   3) (nil)\n"
            "   4) (error) ERR x\n"
            "3) 1) 1) OK\n"
            "4) \"b\"\n");
}

TEST(PrintReply, NumbersOfLongArraysAreRightAligned) {
  Reply reply = Reply::Array({Reply::Array({Reply::Integer(7), Reply::Integer(8)})});
  for (int i = 2; i <= 10; ++i) reply.items.push_back(Reply::Integer(i));
  const std::string text = Terminal(reply);
  EXPECT_EQ(text.substr(0, text.find(" 3)")),
            " 1) 1) (integer) 7\n"
            "    2) (integer) 8\n"
            " 2) (integer) 2\n");
  EXPECT_NE(text.find("\n10) (integer) 10\n"), std::string::npos);
}

TEST(PrintReply, ScalarsInAPipe) {
  EXPECT_EQ(Raw(Reply::Nil()), "\n");
  EXPECT_EQ(Raw(Reply::Status("OK")), "OK\n");
  EXPECT_EQ(Raw(Reply::Error("ERR no")), "ERR no\n\n");
  EXPECT_EQ(Raw(Reply::Integer(-5)), "-5\n");
  EXPECT_EQ(Raw(Reply::String("a\0\xff"s)), "a\0\xff\n"s);
}

TEST(PrintReply, ArraysInAPipe) {
  EXPECT_EQ(Raw(Reply::Array({})), "\n");
  EXPECT_EQ(Raw(Nested()), "a\n1\n\n\nERR x\n\nOK\nb\n");
}

}  // namespace
}  // namespace kontor::shell
