#include "session/resp_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "base/random.h"

namespace kontor {
namespace {

// What a stream says: requests as "word|word", and the error if it ends with one.
std::vector<std::string> Parse(const std::string& stream, size_t piece) {
  RespParser parser;
  std::vector<std::string> said;
  for (size_t at = 0; at < stream.size(); at += piece) {
    parser.Append(Bytes(stream).substr(at, piece));
    RespParser::Step step;
    while ((step = parser.Next()) == RespParser::Step::kRequest) {
      std::string request;
      for (const Bytes argument : parser.arguments()) request += std::string(argument) + "|";
      said.push_back(request);
      const RespParser::Ahead ahead = parser.LookAhead();
      EXPECT_LE(ahead.keys, ahead.requests);
    }
    if (step == RespParser::Step::kError) {
      EXPECT_EQ(parser.Next(), RespParser::Step::kError) << "an error is final";
      said.push_back("error: " + parser.error());
      break;
    }
  }
  return said;
}

using Said = std::vector<std::string>;

struct ParserCase {
  std::string stream;
  Said said;
};

std::vector<ParserCase> Cases() {
  return {
      {"*1\r\n$4\r\nPING\r\n", {"PING|"}},
      {"*2\r\n$3\r\nGET\r\n$0\r\n\r\n*1\r\n$1\r\nx\r\n", {"GET||", "x|"}},
      {"PING\r\nGET a\n", {"PING|", "GET|a|"}},
      {"\r\n\n   \r\nPING\r\n", {"PING|"}},
      {"*0\r\n*-1\r\n*-5\r\nPING\r\n", {"PING|"}},
      {"*1\r\n$6\r\na\r\nb\r\n\r\n", {"a\r\nb\r\n|"}},
      {"set k \"a b\" 'c d'\r\n", {"set|k|a b|c d|"}},
      {"set \"\\x41\\n\\t\\q\\\"\" 'it\\'s' \"\"\r\n", {"set|A\n\tq\"|it's||"}},
      {std::string("*1\r\n$3\r\na\0b\r\n", 13), {std::string("a\0b|", 4)}},
      {"PING\r\n*x\r\n", {"PING|", "error: Protocol error: invalid multibulk length"}},
      {"*2147483648\r\n", {"error: Protocol error: invalid multibulk length"}},
      {"*1048577\r\n", {"error: Protocol error: invalid multibulk length"}},
      {"*9223372036854775808\r\n", {"error: Protocol error: invalid multibulk length"}},
      {"*\r\n", {"error: Protocol error: invalid multibulk length"}},
      {"*+1\r\n", {"error: Protocol error: invalid multibulk length"}},
      {"*1\r\nfoo\r\n", {"error: Protocol error: expected '$', got 'f'"}},
      {"*1\r\n*1\r\n", {"error: Protocol error: expected '$', got '*'"}},
      {"*1\r\n\r\n", {"error: Protocol error: expected '$', got '\r'"}},
      {"*1\r\n$-1\r\n", {"error: Protocol error: invalid bulk length"}},
      {"*1\r\n$x\r\n", {"error: Protocol error: invalid bulk length"}},
      {"*1\r\n$536870913\r\n", {"error: Protocol error: invalid bulk length"}},
      {"*1\r\n$-9223372036854775808\r\n", {"error: Protocol error: invalid bulk length"}},
      {"set \"a\r\n", {"error: Protocol error: unbalanced quotes in request"}},
      {"set 'a'b\r\n", {"error: Protocol error: unbalanced quotes in request"}},
      {"set \"a\\\r\n", {"error: Protocol error: unbalanced quotes in request"}},
      {std::string(RespParser::kLineBytes + 1, 'x'),
       {"error: Protocol error: too big inline request"}},
      {"*" + std::string(RespParser::kLineBytes, '1'),
       {"error: Protocol error: too big mbulk count string"}},
      {"*1\r\n$" + std::string(RespParser::kLineBytes, '1'),
       {"error: Protocol error: too big bulk count string"}},
  };
}

TEST(RespParserTest, SaysTheSameHoweverTheStreamIsCut) {
  for (const ParserCase& one : Cases()) {
    for (const size_t piece : {size_t{1} << 20, size_t{1}, size_t{2}, size_t{3}, size_t{7}}) {
      EXPECT_EQ(Parse(one.stream, piece), one.said)
          << one.stream.substr(0, 40) << " in pieces of " << piece;
    }
  }
}

TEST(RespParserTest, ALineOfTheLongestSizeIsTaken) {
  const std::string line(RespParser::kLineBytes, 'x');
  EXPECT_EQ(Parse(line + "\n", 1000), Said{line + "|"});
}

TEST(RespParserTest, PromisedArgumentsTakeNoMemoryBeforeTheyCome) {
  RespParser parser;
  parser.Append("*1048576\r\n$536870912\r\n");
  EXPECT_EQ(parser.Next(), RespParser::Step::kIncomplete);
  EXPECT_EQ(parser.buffered(), 0u);
}

TEST(RespParserTest, HoldsNoMoreThanWhatIsNotUnderstoodYet) {
  RespParser parser;
  for (int i = 0; i < 100000; ++i) {
    parser.Append("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPI");
    ASSERT_EQ(parser.Next(), RespParser::Step::kRequest);
    ASSERT_EQ(parser.Next(), RespParser::Step::kIncomplete);
    ASSERT_EQ(parser.buffered(), 2u) << "the header was understood";
    parser.Append("NG\r\n");
    ASSERT_EQ(parser.Next(), RespParser::Step::kRequest);
    ASSERT_EQ(parser.arguments()[0], "PING");
    ASSERT_EQ(parser.buffered(), 0u);
  }
}

TEST(RespParserTest, AHalfReadRequestCountsAsBuffered) {
  RespParser parser;
  parser.Append("*3\r\n$3\r\nabc\r\n$3\r\ndef\r\n");
  EXPECT_EQ(parser.Next(), RespParser::Step::kIncomplete);
  EXPECT_EQ(parser.buffered(), std::string("abc\r\n$3\r\ndef\r\n").size());
}

std::vector<std::string> KeysAhead(const std::string& stream, size_t requests) {
  RespParser parser;
  parser.Append("*1\r\n$4\r\nPING\r\n" + stream);
  EXPECT_EQ(parser.Next(), RespParser::Step::kRequest);
  const RespParser::Ahead ahead = parser.LookAhead();
  EXPECT_EQ(ahead.requests, requests) << stream;
  return {ahead.key.begin(), ahead.key.begin() + static_cast<ptrdiff_t>(ahead.keys)};
}

TEST(RespParserTest, LooksAheadAsFarAsRequestsAreShortAndWhole) {
  const auto get = [](const std::string& key) {
    return "*2\r\n$3\r\nGET\r\n$" + std::to_string(key.size()) + "\r\n" + key + "\r\n";
  };
  EXPECT_EQ(KeysAhead("", 0), Said());
  EXPECT_EQ(KeysAhead(get("a") + get("bc"), 2), (Said{"a", "bc"}));
  EXPECT_EQ(KeysAhead(get("a") + get("a") + get("b") + get("a"), 4), (Said{"a", "b", "a"}));
  EXPECT_EQ(KeysAhead(get("a") + "*1\r\n$4\r\nPING\r\n" + get(""), 3), (Said{"a", ""}));
  EXPECT_EQ(KeysAhead(get("a") + "GET b\r\n" + get("c"), 1), Said{"a"}) << "inline";
  const std::string whole = get("a") + get("b");
  for (size_t cut = 1; cut < get("b").size(); ++cut) {
    EXPECT_EQ(KeysAhead(whole.substr(0, whole.size() - cut), 1), Said{"a"}) << cut;
  }
  for (const char* odd : {"*", "*-1\r\n", "*x\r\n", "*99999999999\r\n", "*9\r\n$1\r\na\r\n",
                          "*2\r\n$-1\r\n", "*2\r\n:1\r\n", "*2\r\n$3\r\nGET\r\n$999999999\r\n"}) {
    EXPECT_EQ(KeysAhead(get("a") + odd, 1), Said{"a"}) << odd;
  }
  std::string many;
  Said first;
  for (int i = 0; i < 20; ++i) {
    many += get(std::to_string(i));
    if (i < 16) first.push_back(std::to_string(i));
  }
  EXPECT_EQ(KeysAhead(many, 16), first);
}

// Damaged streams are refused or misread, but never crash, and mean the same in any pieces.
TEST(RespParserTest, RandomDamageDoesNoHarm) {
  const std::string valid =
      "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nv\r\nal\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
      "set \"a\\x41\" 'b'\r\n*-1\r\n*0\r\n*1\r\n$12\r\nhello, world\r\n";
  Random random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string stream = valid;
    for (uint64_t i = 1 + random.Below(4); i > 0; --i) {
      const size_t at = random.Below(stream.size());
      constexpr char kLikely[] = "*$\r\n-0129\"'\\x";
      switch (random.Below(4)) {
        case 0:
          stream[at] = static_cast<char>(random.Next());
          break;
        case 1:
          stream[at] = kLikely[random.Below(sizeof(kLikely) - 1)];
          break;
        case 2:
          stream.erase(at, 1 + random.Below(8));
          break;
        default:
          stream.insert(at, stream.substr(random.Below(stream.size()), random.Below(8)));
      }
      if (stream.empty()) stream = valid;
    }
    stream.resize(random.Below(stream.size() + 1));
    ASSERT_EQ(Parse(stream, stream.size() + 1), Parse(stream, 1 + random.Below(5))) << stream;
  }
}

}  // namespace
}  // namespace kontor
