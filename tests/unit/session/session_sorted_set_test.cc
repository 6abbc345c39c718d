#include <string>

#include "unit/session/session_fixture.h"

namespace kontor {
namespace {

class SessionSortedSetTest : public SessionTest {};

TEST_F(SessionSortedSetTest, MembersWithScoresArePairsInResp3Only) {
  const auto session = NewSession();
  Ask(session.get(), "ZADD z 1.5 a inf b\r\n");
  EXPECT_EQ(Ask(session.get(), "ZRANGE z 0 -1 WITHSCORES\r\n"),
            "*4\r\n$1\r\na\r\n$3\r\n1.5\r\n$1\r\nb\r\n$3\r\ninf\r\n");
  Ask(session.get(), "HELLO 3\r\n");
  const std::string pairs = "*2\r\n*2\r\n$1\r\na\r\n,1.5\r\n*2\r\n$1\r\nb\r\n,inf\r\n";
  EXPECT_EQ(Ask(session.get(), "ZRANGE z 0 -1 WITHSCORES\r\n"), pairs);
  EXPECT_EQ(Ask(session.get(), "ZRANGEBYSCORE z -inf +inf WITHSCORES\r\n"), pairs);
  EXPECT_EQ(Ask(session.get(), "ZUNION 1 z WITHSCORES\r\n"), pairs);
  EXPECT_EQ(Ask(session.get(), "ZRANGE z 0 -1\r\n"), "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  EXPECT_EQ(Ask(session.get(), "ZRANDMEMBER z -1 WITHSCORES\r\n").substr(0, 8), "*1\r\n*2\r\n");
  EXPECT_EQ(Ask(session.get(), "ZSCORE z a\r\n"), ",1.5\r\n");
  EXPECT_EQ(Ask(session.get(), "ZSCORE z x\r\n"), "_\r\n");
  EXPECT_EQ(Ask(session.get(), "ZRANK z b WITHSCORE\r\n"), "*2\r\n:1\r\n,inf\r\n");
  EXPECT_EQ(Ask(session.get(), "ZSCAN z 0\r\n"),
            "*2\r\n$1\r\n0\r\n*4\r\n$1\r\na\r\n$3\r\n1.5\r\n$1\r\nb\r\n$3\r\ninf\r\n");
}

TEST_F(SessionSortedSetTest, WhatIsPoppedIsInPairsWhereRedisPairsIt) {
  const auto session = NewSession();
  const auto ask = [&](const std::string& command) {
    Ask(session.get(), "ZADD z 1 a 2 b\r\n");
    return Ask(session.get(), command + "\r\n");
  };
  EXPECT_EQ(ask("ZPOPMIN z"), "*2\r\n$1\r\na\r\n$1\r\n1\r\n");
  EXPECT_EQ(ask("ZPOPMAX z 1"), "*2\r\n$1\r\nb\r\n$1\r\n2\r\n");
  EXPECT_EQ(ask("ZMPOP 1 z MAX"), "*2\r\n$1\r\nz\r\n*1\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n");
  EXPECT_EQ(ask("BZPOPMAX z 0"), "*3\r\n$1\r\nz\r\n$1\r\nb\r\n$1\r\n2\r\n");
  Ask(session.get(), "HELLO 3\r\n");
  EXPECT_EQ(ask("ZPOPMIN z"), "*2\r\n$1\r\na\r\n,1\r\n");
  EXPECT_EQ(ask("ZPOPMAX z 2"), "*2\r\n*2\r\n$1\r\nb\r\n,2\r\n*2\r\n$1\r\na\r\n,1\r\n");
  EXPECT_EQ(Ask(session.get(), "EXISTS z\r\n"), ":0\r\n");
  EXPECT_EQ(ask("BZMPOP 0 1 z MIN"), "*2\r\n$1\r\nz\r\n*1\r\n*2\r\n$1\r\na\r\n,1\r\n");
  EXPECT_EQ(ask("BZPOPMIN z 0"), "*3\r\n$1\r\nz\r\n$1\r\na\r\n,1\r\n");
}

TEST_F(SessionSortedSetTest, AScoreSetElsewhereUnblocks) {
  const auto popper = NewSession();
  const auto setter = NewSession();
  EXPECT_EQ(Ask(popper.get(), "BZPOPMIN y z 0\r\n"), "");
  EXPECT_EQ(Ask(setter.get(), "ZADD z 2 b 1 a\r\n"), ":2\r\n");
  EXPECT_EQ(ReadAll(popper.get()), "*3\r\n$1\r\nz\r\n$1\r\na\r\n$1\r\n1\r\n");
  EXPECT_EQ(Ask(popper.get(), "BZMPOP 0 1 y MIN COUNT 9\r\n"), "");
  EXPECT_EQ(Ask(setter.get(), "ZUNIONSTORE y 1 z\r\n"), ":1\r\n");
  EXPECT_EQ(ReadAll(popper.get()), "*2\r\n$1\r\ny\r\n*1\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n");
  EXPECT_EQ(Ask(popper.get(), "BZPOPMAX y 0\r\n"), "");
  EXPECT_EQ(Ask(setter.get(), "RENAME z y\r\n"), "+OK\r\n");
  EXPECT_EQ(ReadAll(popper.get()), "*3\r\n$1\r\ny\r\n$1\r\nb\r\n$1\r\n2\r\n");
}

TEST_F(SessionSortedSetTest, WhoWaitsForAnotherTypeHoldsNobodyUp) {
  const auto of_list = NewSession();
  const auto of_sorted_set = NewSession();
  const auto writer = NewSession();
  const std::string from_list = "*2\r\n$1\r\nk\r\n$1\r\nx\r\n";
  const std::string from_sorted_set = "*3\r\n$1\r\nk\r\n$1\r\nm\r\n$1\r\n7\r\n";
  EXPECT_EQ(Ask(of_list.get(), "BLPOP k 0\r\n"), "");
  EXPECT_EQ(Ask(of_sorted_set.get(), "BZPOPMIN k 0\r\n"), "");
  EXPECT_EQ(Ask(writer.get(), "ZADD k 7 m\r\n"), ":1\r\n");
  EXPECT_EQ(ReadAll(of_list.get()), "");
  EXPECT_EQ(ReadAll(of_sorted_set.get()), from_sorted_set);
  EXPECT_EQ(Ask(of_sorted_set.get(), "BZPOPMIN k 0\r\n"), "");
  EXPECT_EQ(Ask(writer.get(), "RPUSH k x\r\n"), ":1\r\n");
  EXPECT_EQ(ReadAll(of_sorted_set.get()), "");
  EXPECT_EQ(ReadAll(of_list.get()), from_list);
  EXPECT_EQ(Ask(of_list.get(), "BLPOP k 0\r\n"), "");
  EXPECT_EQ(Ask(writer.get(), "ZADD other 7 m\r\nRENAME other k\r\n"), ":1\r\n+OK\r\n");
  EXPECT_EQ(ReadAll(of_list.get()), "");
  EXPECT_EQ(ReadAll(of_sorted_set.get()), from_sorted_set);
}

TEST_F(SessionSortedSetTest, AKeyOfAnotherTypeIsRefusedAtFirstAndPassedOverLater) {
  const auto popper = NewSession();
  const auto writer = NewSession();
  EXPECT_EQ(Ask(writer.get(), "RPUSH l x\r\n"), ":1\r\n");
  EXPECT_EQ(Ask(popper.get(), "BZPOPMIN l 0\r\n"),
            "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
  EXPECT_EQ(Ask(popper.get(), "BZPOPMIN k z 0\r\n"), "");
  EXPECT_EQ(Ask(writer.get(), "RPUSH k x\r\nZADD z 1 a\r\n"), ":1\r\n:1\r\n");
  EXPECT_EQ(ReadAll(popper.get()), "*3\r\n$1\r\nz\r\n$1\r\na\r\n$1\r\n1\r\n");
}

}  // namespace
}  // namespace kontor
