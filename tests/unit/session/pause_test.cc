#include <string>

#include "base/clock.h"
#include "unit/session/session_fixture.h"

namespace kontor {
namespace {

// With a clock of its own, so that no pause ends by itself.
class PauseTest : public TwoSessionsTest {
 protected:
  PauseTest() : TwoSessionsTest(true) {}
  const std::unique_ptr<Session> third_ = NewSession();
  std::string Third(Bytes line) { return Ask(third_.get(), std::string(line) + "\r\n"); }
};

TEST_F(PauseTest, WritesWaitAndReadsDoNot) {
  const int descriptor = *second_->Descriptor();
  EXPECT_EQ(First("CLIENT PAUSE 1000000 WRITE"), "+OK\r\n");
  EXPECT_EQ(Second("GET k"), "$-1\r\n");
  EXPECT_EQ(Second("SET k v"), "");
  EXPECT_TRUE(second_->state().waits);
  EXPECT_GT(second_->state().memory_bytes, 0U);
  EXPECT_FALSE(Readable(descriptor, 0));
  EXPECT_EQ(First("EXISTS k"), ":0\r\n");
  EXPECT_EQ(First("CLIENT UNPAUSE"), "+OK\r\n");
  EXPECT_TRUE(Readable(descriptor, 1000));
  EXPECT_EQ(ReadAll(second_.get()), "+OK\r\n");
  EXPECT_FALSE(second_->state().waits);
  EXPECT_EQ(First("GET k"), "$1\r\nv\r\n");
}

TEST_F(PauseTest, RequestsBehindOneThatWaitsStayInOrder) {
  First("CLIENT PAUSE 1000000 WRITE");
  EXPECT_EQ(Second("GET k\r\nSET k 1\r\nGET k\r\nINCR k"), "$-1\r\n");
  EXPECT_EQ(Second("GET k"), "");
  First("CLIENT UNPAUSE");
  EXPECT_EQ(ReadAll(second_.get()), "+OK\r\n$1\r\n1\r\n:2\r\n$1\r\n2\r\n");
}

TEST_F(PauseTest, AllWaitForItsEndWhichComesByItself) {
  const int descriptor = *second_->Descriptor();
  First("CLIENT PAUSE 2");
  EXPECT_EQ(Second("PING"), "");
  EXPECT_EQ(First("CLIENT UNPAUSE"), "") << "everything waits, this too";
  EXPECT_TRUE(Readable(descriptor, 10000)) << "the timer goes by real time";
  clock_.AdvanceMs(1);
  EXPECT_EQ(ReadAll(second_.get()), "");
  clock_.AdvanceMs(1);
  EXPECT_EQ(ReadAll(second_.get()), "+PONG\r\n");
  EXPECT_EQ(ReadAll(first_.get()), "+OK\r\n");
}

TEST_F(PauseTest, ADescriptorThatIsAskedForLaterTellsToo) {
  First("CLIENT PAUSE 1000000 WRITE");
  Second("SET k v");
  const int descriptor = *second_->Descriptor();
  ReadAll(second_.get());  // which looks how long it still waits
  EXPECT_FALSE(Readable(descriptor, 0));
  First("CLIENT UNPAUSE");
  EXPECT_TRUE(Readable(descriptor, 1000));
  EXPECT_EQ(ReadAll(second_.get()), "+OK\r\n");
}

TEST_F(PauseTest, WhatIsSentAndWhatIsTakenWaitsLikeAWrite) {
  First("CLIENT PAUSE 1000000 WRITE");
  for (const char* line : {"PUBLISH c m", "SPUBLISH c m", "PFCOUNT k", "Q.ADD q m", "Q.TAKE q",
                           "BLPOP l 1", "FLUSHALL", "GETEX k"}) {
    const auto session = NewSession();
    EXPECT_EQ(Ask(session.get(), std::string(line) + "\r\n"), "") << line;
    EXPECT_TRUE(session->state().waits) << line;
  }
  for (const char* line : {"Q.LIST", "PUBSUB CHANNELS", "CLIENT PAUSE 1 WRITE"}) {
    const auto session = NewSession();
    EXPECT_NE(Ask(session.get(), std::string(line) + "\r\n"), "") << line;
  }
}

TEST_F(PauseTest, ATransactionWaitsIfItWrites) {
  First("MULTI");
  First("GET k");
  Second("MULTI");
  Second("SET k v");
  Third("CLIENT PAUSE 1000000 WRITE");
  EXPECT_EQ(First("EXEC"), "*1\r\n$-1\r\n");
  EXPECT_EQ(Second("EXEC"), "");
  Third("CLIENT UNPAUSE");
  EXPECT_EQ(ReadAll(second_.get()), "*1\r\n+OK\r\n");
}

TEST_F(PauseTest, APauseLastsAsLongAsTheLongestAndHoldsWhatTheLastHolds) {
  First("CLIENT PAUSE 1000000 WRITE");
  First("CLIENT PAUSE 1 WRITE");
  EXPECT_EQ(Second("SET k v"), "");
  First("CLIENT PAUSE 1 ALL");
  EXPECT_EQ(First("GET k"), "");
  engine_->clients()->EndPause();
  EXPECT_EQ(ReadAll(second_.get()), "+OK\r\n");
  EXPECT_EQ(ReadAll(first_.get()), "$1\r\nv\r\n");
  First("CLIENT PAUSE 0 ALL");
  EXPECT_EQ(First("PING"), "+PONG\r\n");
}

TEST_F(PauseTest, IsToldOfAndCannotBeUnblocked) {
  First("CLIENT PAUSE 1000000 WRITE");
  Second("SET k v");
  EXPECT_NE(First("CLIENT LIST").find("id=2 addr= laddr= name= age=0 idle=0 flags=b "),
            std::string::npos);
  EXPECT_NE(First("INFO clients").find("blocked_clients:1\r\n"), std::string::npos);
  EXPECT_EQ(First("CLIENT UNBLOCK 2"), ":0\r\n");
  EXPECT_EQ(First("CLIENT KILL ID 2"), ":1\r\n");
  EXPECT_EQ(ReadAll(second_.get()), "(closed)");
  First("CLIENT UNPAUSE");
  EXPECT_EQ(First("EXISTS k"), ":0\r\n");
}

TEST_F(PauseTest, RepliesThatAreNotWantedAreNotGivenLater) {
  Second("CLIENT REPLY SKIP");
  First("CLIENT PAUSE 1000000 WRITE");
  EXPECT_EQ(Second("SET k 1\r\nINCR k"), "");
  First("CLIENT UNPAUSE");
  EXPECT_EQ(ReadAll(second_.get()), ":2\r\n");
}

TEST_F(PauseTest, IsRefusedWithAReason) {
  EXPECT_EQ(First("CLIENT PAUSE x"), "-ERR timeout is not an integer or out of range\r\n");
  EXPECT_EQ(First("CLIENT PAUSE -1"), "-ERR timeout is negative\r\n");
  EXPECT_EQ(First("CLIENT PAUSE 9223372036854775807"), "-ERR timeout is out of range\r\n");
  EXPECT_EQ(First("CLIENT PAUSE x READ"), "-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n");
  EXPECT_EQ(First("CLIENT PAUSE"), "-ERR wrong number of arguments for 'client|pause' command\r\n");
  EXPECT_EQ(First("CLIENT UNPAUSE"), "+OK\r\n");
}

TEST_F(PauseTest, MarksAreToldAsLetters) {
  EXPECT_EQ(First("CLIENT NO-TOUCH ON"), "+OK\r\n");
  EXPECT_EQ(First("CLIENT NO-EVICT ON"), "+OK\r\n");
  EXPECT_EQ(First("CLIENT NO-TOUCH x"), "-ERR syntax error\r\n");
  EXPECT_NE(First("CLIENT INFO").find(" flags=eT "), std::string::npos);
  First("CLIENT NO-TOUCH OFF");
  EXPECT_NE(First("CLIENT INFO").find(" flags=e "), std::string::npos);
  First("RESET");
  EXPECT_NE(First("CLIENT INFO").find(" flags=N "), std::string::npos);
}

}  // namespace
}  // namespace kontor
