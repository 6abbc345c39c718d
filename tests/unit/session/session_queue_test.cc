#include <string>

#include "unit/session/session_fixture.h"

namespace kontor {
namespace {

class SessionQueueTest : public TwoSessionsTest {
 protected:
  // The receipt in the reply to a Q.TAKE.
  static std::string ReceiptIn(const std::string& reply) {
    const std::string name = "receipt\r\n:";
    const size_t at = reply.find(name);
    if (at == std::string::npos) return "none";
    const size_t begin = at + name.size();
    return reply.substr(begin, reply.find('\r', begin) - begin);
  }
};

TEST_F(SessionQueueTest, ATakerThatWaitsHoldsNoThread) {
  const Result<int> descriptor = first_->Descriptor();
  ASSERT_TRUE(descriptor.ok());
  EXPECT_EQ(First("Q.TAKE jobs BLOCK 0"), "");
  EXPECT_NE(Second("Q.INFO jobs").find("waiting-consumers\r\n:1\r\n"), std::string::npos);
  EXPECT_FALSE(Readable(*descriptor, 0));
  EXPECT_EQ(Second("Q.ADD jobs work"), ":1\r\n");
  EXPECT_TRUE(Readable(*descriptor, 0));
  EXPECT_EQ(ReadAll(first_.get())
                .rfind("*1\r\n*14\r\n$7\r\nreceipt\r\n:65537\r\n$4\r\nbody\r\n$4\r\n"
                       "work\r\n",
                       0),
            0u);
}

TEST_F(SessionQueueTest, TheTimeoutOfATakerEnds) {
  const Result<int> descriptor = first_->Descriptor();
  ASSERT_TRUE(descriptor.ok());
  EXPECT_EQ(First("Q.TAKE jobs"), "*-1\r\n");
  EXPECT_EQ(First("Q.TAKE jobs BLOCK 1"), "");
  EXPECT_TRUE(Readable(*descriptor, 10'000));
  EXPECT_EQ(ReadAll(first_.get()), "*-1\r\n");
  EXPECT_EQ(First("Q.TAKE jobs BLOCK 0"), "");
  EXPECT_EQ(Second("Q.DELETE jobs"), ":1\r\n");
  EXPECT_EQ(ReadAll(first_.get()).rfind("-ERR the queue was deleted", 0), 0u);
}

TEST_F(SessionQueueTest, ADelayedMessageWakesTheTaker) {
  const Result<int> descriptor = first_->Descriptor();
  ASSERT_TRUE(descriptor.ok());
  Second("Q.ADD jobs soon DELAY 20");
  EXPECT_EQ(First("Q.TAKE jobs BLOCK 0"), "");
  EXPECT_TRUE(Readable(*descriptor, 10'000));
  std::string reply = ReadAll(first_.get());
  while (reply.empty()) {  // the clock of the wait and that of the queue may differ by a little
    ASSERT_TRUE(Readable(*descriptor, 10'000));
    reply = ReadAll(first_.get());
  }
  EXPECT_NE(reply.find("$4\r\nsoon\r\n"), std::string::npos);
}

TEST_F(SessionQueueTest, WhoWaitsLongerIsServedFirst) {
  EXPECT_EQ(First("Q.TAKE jobs BLOCK 0"), "");
  EXPECT_EQ(Second("Q.TAKE jobs BLOCK 0"), "");
  const auto third = NewSession();
  EXPECT_EQ(Ask(third.get(), "Q.ADD jobs a\r\n"), ":1\r\n");
  EXPECT_EQ(Ask(third.get(), "Q.TAKE jobs\r\n"), "*-1\r\n");
  EXPECT_EQ(ReadAll(second_.get()), "");
  EXPECT_NE(ReadAll(first_.get()).find("$1\r\na\r\n"), std::string::npos);
  EXPECT_EQ(Ask(third.get(), "Q.ADD jobs b\r\n"), ":2\r\n");
  EXPECT_NE(ReadAll(second_.get()).find("$1\r\nb\r\n"), std::string::npos);
}

TEST_F(SessionQueueTest, WhoAwaitsAMessageHoldsNoThread) {
  const Result<int> descriptor = first_->Descriptor();
  ASSERT_TRUE(descriptor.ok());
  Second("Q.OPEN jobs RESULTS 60000");
  Second("Q.ADD jobs work");
  EXPECT_EQ(First("Q.AWAIT jobs 1 BLOCK 0"), "");
  const std::string receipt = ReceiptIn(Second("Q.TAKE jobs"));
  Second("Q.PROGRESS jobs " + receipt + " half");
  EXPECT_EQ(ReadAll(first_.get()), "");
  EXPECT_EQ(Second("Q.COMPLETE jobs " + receipt + " 42"), ":1\r\n");
  EXPECT_TRUE(Readable(*descriptor, 0));
  EXPECT_NE(ReadAll(first_.get()).find("$4\r\nnote\r\n$2\r\n42\r\n"), std::string::npos);
  EXPECT_EQ(First("Q.AWAIT jobs 2 BLOCK 0"), "$-1\r\n");
}

TEST_F(SessionQueueTest, AResultIsPartOfACommit) {
  Second("Q.OPEN jobs RESULTS 60000");
  Second("Q.ADD jobs work");
  const std::string receipt = ReceiptIn(First("Q.TAKE jobs"));
  First("MULTI");
  First("SET k v");
  First("Q.COMPLETE jobs " + receipt + " 42");
  First("Q.ADD jobs more");
  EXPECT_EQ(First("EXEC"), "*3\r\n+OK\r\n:1\r\n:2\r\n");
  EXPECT_NE(First("Q.AWAIT jobs 1").find("42"), std::string::npos);
}

TEST_F(SessionQueueTest, OneCommitOfKeysAndQueues) {
  Second("Q.ADD jobs work");
  const std::string receipt = ReceiptIn(First("Q.TAKE jobs"));
  First("MULTI");
  EXPECT_EQ(First("SET result 42"), "+QUEUED\r\n");
  EXPECT_EQ(First("Q.ACK jobs " + receipt), "+QUEUED\r\n");
  EXPECT_EQ(First("Q.ADD next a"), "+QUEUED\r\n");
  EXPECT_EQ(First("Q.ADD next b PRIORITY 3"), "+QUEUED\r\n");
  EXPECT_EQ(First("LPUSH result x"), "+QUEUED\r\n");
  EXPECT_EQ(First("INCR result"), "+QUEUED\r\n");
  EXPECT_EQ(Second("EXISTS result"), ":0\r\n");
  EXPECT_EQ(First("EXEC"),
            "*6\r\n+OK\r\n:1\r\n:1\r\n:2\r\n-WRONGTYPE Operation against a key holding the wrong "
            "kind of value\r\n:43\r\n");
  EXPECT_NE(Second("Q.INFO jobs").find("leased\r\n:0\r\n"), std::string::npos);
  EXPECT_NE(Second("Q.TAKE next").find("$1\r\nb\r\n"), std::string::npos);
}

TEST_F(SessionQueueTest, AStaleReceiptLetsTheWholeTransactionFail) {
  Second("Q.ADD jobs work");
  const std::string receipt = ReceiptIn(First("Q.TAKE jobs"));
  EXPECT_EQ(Second("Q.RETURN jobs " + receipt), ":1\r\n");
  Second("SET result before");
  First("MULTI");
  First("SET result after");
  First("LPUSH trace x");
  First("Q.ADD next a");
  First("Q.ACK jobs " + receipt);
  EXPECT_EQ(First("EXEC").rfind("-EXECABORT Transaction discarded because of: STALE ", 0), 0u);
  EXPECT_EQ(First("GET result"), "$6\r\nbefore\r\n");
  EXPECT_EQ(First("EXISTS trace"), ":0\r\n");
  EXPECT_EQ(First("Q.TAKE next"), "*-1\r\n");
  First("MULTI");
  First("Q.ACK nosuch 1");
  EXPECT_EQ(
      First("EXEC").rfind("-EXECABORT Transaction discarded because of: ERR there is no queue", 0),
      0u);
}

TEST_F(SessionQueueTest, AWatchedKeyThatChangedLeavesTheQueueAlone) {
  First("WATCH k");
  Second("SET k 1");
  First("MULTI");
  First("Q.ADD jobs a");
  EXPECT_EQ(First("EXEC"), "*-1\r\n");
  EXPECT_EQ(First("Q.TAKE jobs"), "*-1\r\n");
}

TEST_F(SessionQueueTest, WhatCannotBeTakenBackStaysOut) {
  First("MULTI");
  EXPECT_EQ(First("Q.TAKE jobs").rfind("-ERR Command not allowed inside a transaction", 0), 0u);
  EXPECT_EQ(First("EXEC").rfind("-EXECABORT", 0), 0u);
  First("MULTI");
  First("Q.ADD jobs a");
  First("FLUSHALL");
  EXPECT_EQ(First("EXEC"),
            "-EXECABORT Transaction discarded because of: ERR FLUSHALL cannot be part of a "
            "transaction with queues\r\n");
  EXPECT_EQ(First("Q.TAKE jobs"), "*-1\r\n");
}

TEST_F(SessionQueueTest, AQueueTakesItsOptionsFromQOpen) {
  EXPECT_EQ(First("Q.OPEN jobs RETRYDELAYS 10,20 DEDUPLICATION 60000 GROUPRATE 5 overflow 1"),
            "+OK\r\n");
  EXPECT_EQ(First("Q.ADD jobs a GROUP g DEDUPLICATE 1"), ":1\r\n");
  EXPECT_EQ(First("Q.ADD jobs a GROUP g DEDUPLICATE 1"), ":1\r\n");
  EXPECT_EQ(First("Q.ADD jobs b GROUP g"), ":2\r\n");
  const std::string receipt = ReceiptIn(First("Q.TAKE jobs"));
  EXPECT_EQ(First("Q.TAKE jobs"), "*-1\r\n");  // one of a group at a time
  EXPECT_EQ(First("Q.ACK jobs " + receipt), ":1\r\n");
  EXPECT_NE(First("Q.TAKE jobs"), "*-1\r\n");
  for (const char* wrong : {"RETRYDELAYS x", "RETRYDELAYS 1,,2", "RATE -1", "RATE", "NOSUCH 1"}) {
    EXPECT_EQ(First(std::string("Q.OPEN jobs ") + wrong).rfind("-ERR ", 0), 0u) << wrong;
  }
  EXPECT_EQ(First("Q.ADD jobs a GROUP").rfind("-ERR syntax", 0), 0u);
}

TEST_F(SessionQueueTest, APausedQueueLetsATakerWait) {
  First("Q.ADD jobs work");
  EXPECT_EQ(Second("Q.PAUSE jobs"), "+OK\r\n");
  EXPECT_EQ(First("Q.TAKE jobs BLOCK 0"), "");
  EXPECT_NE(Second("Q.INFO jobs").find("paused\r\n:1\r\n"), std::string::npos);
  EXPECT_EQ(Second("Q.RESUME jobs"), "+OK\r\n");
  EXPECT_NE(ReadAll(first_.get()).find("work"), std::string::npos);
  EXPECT_EQ(Second("Q.PAUSE nothing").rfind("-ERR there is no queue", 0), 0u);
}

}  // namespace
}  // namespace kontor
