#include "resp_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "print_reply.h"

namespace kontor::shell {
namespace {

using ::testing::ElementsAre;

// All replies as on a terminal, then "?" if more is missing, "!" if it is no RESP.
std::vector<std::string> ReadAll(RespReader* reader, std::string_view bytes, size_t at_once) {
  std::vector<std::string> said;
  while (true) {
    Reply reply;
    const RespRead read = reader->Next(&reply);
    if (read == RespRead::kReply) {
      said.push_back(FormatReply(reply, ReplyStyle::kTerminal));
    } else if (read == RespRead::kBroken || bytes.empty()) {
      if (read == RespRead::kBroken) said.emplace_back("!");
      return said;
    } else {
      reader->Feed(bytes.substr(0, at_once));
      bytes.remove_prefix(std::min(at_once, bytes.size()));
    }
  }
}

std::vector<std::string> ReadAll(std::string_view bytes) {
  RespReader whole;
  const std::vector<std::string> said = ReadAll(&whole, bytes, bytes.size() + 1);
  for (size_t at_once = 1; at_once < 8; ++at_once) {
    RespReader reader;
    EXPECT_EQ(ReadAll(&reader, bytes, at_once), said) << at_once << " bytes at once";
  }
  return said;
}

TEST(RespReader, EveryTypeOfResp2) {
  EXPECT_THAT(ReadAll("+OK\r\n-ERR no\r\n:-7\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"),
              ElementsAre("OK\n", "(error) ERR no\n", "(integer) -7\n", "\"a\\r\\nbc\"\n", "\"\"\n",
                          "(nil)\n", "(nil)\n", "(empty array)\n"));
  EXPECT_THAT(ReadAll("*3\r\n:1\r\n*2\r\n$1\r\na\r\n*1\r\n$-1\r\n+x\r\n+after\r\n"),
              ElementsAre("1) (integer) 1\n2) 1) \"a\"\n   2) 1) (nil)\n3) x\n", "after\n"));
}

TEST(RespReader, EveryTypeOfResp3) {
  EXPECT_THAT(
      ReadAll("_\r\n#t\r\n#f\r\n,1.5\r\n,-inf\r\n(12345678901234567890123\r\n"
              "=9\r\ntxt:a\"b\nc\r\n!5\r\nERR x\r\n"),
      ElementsAre("(nil)\n", "(true)\n", "(false)\n", "(double) 1.5\n", "(double) -inf\n",
                  "(big number) 12345678901234567890123\n", "a\"b\nc\n", "(error) ERR x\n"));
  EXPECT_THAT(
      ReadAll("%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n~2\r\n+x\r\n+y\r\n"
              "%0\r\n~0\r\n>0\r\n>2\r\n+message\r\n+m\r\n"),
      ElementsAre("1# \"a\" => (integer) 1\n2# \"b\" => \n   1~ x\n   2~ y\n", "(empty hash)\n",
                  "(empty set)\n", "(empty push)\n", "1) message\n2) m\n"));
}

TEST(RespReader, AttributesAreLeftOut) {
  EXPECT_THAT(
      ReadAll("|1\r\n+ttl\r\n:5\r\n$1\r\na\r\n*2\r\n|1\r\n+k\r\n*1\r\n:1\r\n:2\r\n|0\r\n:3\r\n"),
      ElementsAre("\"a\"\n", "1) (integer) 2\n2) (integer) 3\n"));
}

TEST(RespReader, WhatIsNoRespIsToldAtOnce) {
  for (const char* const bytes : {"HTTP/1.1 400 Bad Request\r\n", "\r\n", "$x\r\n", "$-2\r\n",
                                  "*1x\r\n", "*9999999999999\r\n", ":\r\n", ":1 \r\n", "#x\r\n",
                                  "_x\r\n", "$1\r\nabc\r\n", "%-2\r\n", "$?\r\n"}) {
    EXPECT_THAT(ReadAll(bytes), ElementsAre("!")) << bytes;
  }
}

// A server may promise what it never sends.
TEST(RespReader, LengthsAreNotBelieved) {
  EXPECT_THAT(ReadAll("*4294967296\r\n"), ElementsAre());
  EXPECT_THAT(ReadAll("$1099511627776\r\nabc"), ElementsAre());
  EXPECT_THAT(ReadAll("%4294967296\r\n+a\r\n"), ElementsAre());
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "*1\r\n";
  RespReader reader;
  EXPECT_THAT(ReadAll(&reader, deep, deep.size()), ElementsAre("!"));
}

TEST(RespReader, RawRepliesOfResp3) {
  RespReader reader;
  reader.Feed("%2\r\n+a\r\n,1.5\r\n+b\r\n#t\r\n~2\r\n:1\r\n(2\r\n");
  Reply reply;
  ASSERT_EQ(reader.Next(&reply), RespRead::kReply);
  EXPECT_EQ(FormatReply(reply, ReplyStyle::kRaw), "a 1.5\nb (true)\n");
  ASSERT_EQ(reader.Next(&reply), RespRead::kReply);
  EXPECT_EQ(FormatReply(reply, ReplyStyle::kRaw), "1\n2\n");
}

}  // namespace
}  // namespace kontor::shell
