#include <string>

#include "base/clock.h"
#include "unit/session/session_fixture.h"

namespace kontor {
namespace {

using MultiTest = TwoSessionsTest;

TEST_F(MultiTest, ExecRunsEverythingAndRepliesToEach) {
  EXPECT_EQ(First("MULTI"), "+OK\r\n");
  EXPECT_EQ(First("SET a 1"), "+QUEUED\r\n");
  EXPECT_EQ(First("INCR a"), "+QUEUED\r\n");
  EXPECT_EQ(First("LPUSH a x"), "+QUEUED\r\n");
  EXPECT_EQ(First("RPUSH l x y"), "+QUEUED\r\n");
  EXPECT_EQ(Second("EXISTS a l"), ":0\r\n");
  EXPECT_EQ(First("EXEC"),
            "*4\r\n+OK\r\n:2\r\n-WRONGTYPE Operation against a key holding the wrong kind of "
            "value\r\n:2\r\n");
  EXPECT_EQ(Second("EXISTS a l"), ":2\r\n");
  EXPECT_EQ(First("GET a"), "$1\r\n2\r\n");
}

TEST_F(MultiTest, WithoutMultiThereIsNothingToExecute) {
  EXPECT_EQ(First("EXEC"), "-ERR EXEC without MULTI\r\n");
  EXPECT_EQ(First("DISCARD"), "-ERR DISCARD without MULTI\r\n");
  EXPECT_EQ(First("MULTI"), "+OK\r\n");
  EXPECT_EQ(First("MULTI"), "-ERR MULTI calls can not be nested\r\n");
  EXPECT_EQ(First("WATCH a"), "-ERR WATCH inside MULTI is not allowed\r\n");
  EXPECT_EQ(First("EXEC"), "*0\r\n");
}

TEST_F(MultiTest, DiscardForgetsTheCommands) {
  First("MULTI");
  First("SET a 1");
  EXPECT_EQ(First("DISCARD"), "+OK\r\n");
  EXPECT_EQ(First("EXISTS a"), ":0\r\n");
}

TEST_F(MultiTest, ACommandThatIsRefusedAbortsExec) {
  for (const char* refused : {"NOSUCH", "GET", "SAVE"}) {
    First("MULTI");
    First("SET a 1");
    EXPECT_EQ(First(refused)[0], '-');
    EXPECT_EQ(First("EXEC"), "-EXECABORT Transaction discarded because of previous errors.\r\n");
    EXPECT_EQ(First("EXISTS a"), ":0\r\n");
  }
}

TEST_F(MultiTest, SelectMovesTheCommandsAfterIt) {
  First("MULTI");
  First("SET k zero");
  First("SELECT 3");
  First("SET k three");
  First("FLUSHDB");
  First("SET k again");
  EXPECT_EQ(First("EXEC"), "*5\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n");
  EXPECT_EQ(First("GET k"), "$5\r\nagain\r\n");
  EXPECT_EQ(Second("GET k"), "$4\r\nzero\r\n");
}

TEST_F(MultiTest, APingAfterASubscriptionInsideIsThatOfASubscriber) {
  First("MULTI");
  First("SUBSCRIBE c");
  First("PING text");
  EXPECT_EQ(First("EXEC"),
            "*2\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n*2\r\n$4\r\npong\r\n$4\r\ntext\r\n");
}

TEST_F(MultiTest, ABlockingCommandDoesNotBlock) {
  First("MULTI");
  First("BLPOP nothing 0");
  First("PING");
  EXPECT_EQ(First("EXEC"), "*2\r\n*-1\r\n+PONG\r\n");
}

TEST_F(MultiTest, WhoWaitsIsServedAfterTheWholeTransaction) {
  Second("BLPOP l 0");
  First("MULTI");
  First("RPUSH l a b");
  First("LPOP l");
  EXPECT_EQ(First("EXEC"), "*2\r\n:2\r\n$1\r\na\r\n");
  EXPECT_EQ(ReadAll(second_.get()), "*2\r\n$1\r\nl\r\n$1\r\nb\r\n");
}

// What the second session does between WATCH and EXEC of the first, and whether it is a change.
struct Disturbance {
  const char* line;
  bool changes;
};

TEST_F(MultiTest, ExecDoesNothingIfAWatchedKeyHasChanged) {
  for (const Disturbance& each :
       std::initializer_list<Disturbance>{{"SET other 1", false},
                                          {"GET k", false},
                                          {"DEL absent", false},
                                          {"SELECT 1\r\nSET k 1", false},
                                          {"FLUSHDB", false},
                                          {"SELECT 0\r\nSET k 1", true},
                                          {"SET k 0", true},
                                          {"APPEND k x", true},
                                          {"EXPIRE k 100", true},
                                          {"APPEND k \"\"", true},
                                          {"RENAME other k", true},
                                          {"RENAME k other", true},
                                          {"COPY other k REPLACE", true},
                                          {"SWAPDB 0 1", true},
                                          {"SWAPDB 2 3", false},
                                          {"FLUSHALL", true},
                                          {"MULTI\r\nINCR k\r\nEXEC", true}}) {
    if (each.line == std::string("FLUSHDB")) Second("SELECT 2");
    First("SET k 0");
    First("SET other 0");
    First("WATCH k absent");
    Second(each.line);
    First("MULTI");
    First("SET mine 1");
    EXPECT_EQ(First("EXEC"), each.changes ? "*-1\r\n" : "*1\r\n+OK\r\n") << each.line;
    First("DEL mine k");
  }
}

TEST_F(MultiTest, AWriteOfItsOwnBeforeMultiIsAChangeToo) {
  First("WATCH k");
  First("SET k 1");
  First("MULTI");
  EXPECT_EQ(First("EXEC"), "*-1\r\n");
  First("MULTI");
  EXPECT_EQ(First("EXEC"), "*0\r\n") << "EXEC ends the watch";
}

TEST_F(MultiTest, UnwatchAndDiscardEndTheWatch) {
  for (const char* end : {"UNWATCH", "MULTI\r\nDISCARD", "MULTI\r\nEXEC"}) {
    First("WATCH k");
    First(end);
    Second("SET k 1");
    First("MULTI");
    EXPECT_EQ(First("EXEC"), "*0\r\n") << end;
  }
}

TEST_F(MultiTest, AWatchedKeyThatExpiresHasChanged) {
  ManualClock clock;
  EngineOptions options;
  options.clock = &clock;
  options.background = false;
  auto engine = *Engine::Open(options);
  const auto session = std::make_unique<Session>(engine.get(), nullptr);
  Ask(session.get(), "SET k 1 PX 100\r\nSET gone 1 PX 10\r\n");
  clock.AdvanceMs(50);
  Ask(session.get(), "WATCH gone\r\nMULTI\r\n");
  EXPECT_EQ(Ask(session.get(), "EXEC\r\n"), "*0\r\n") << "it had expired before";
  Ask(session.get(), "WATCH k\r\nMULTI\r\n");
  clock.AdvanceMs(100);
  EXPECT_EQ(Ask(session.get(), "EXEC\r\n"), "*-1\r\n");
}

TEST_F(MultiTest, ASessionThatEndsWatchesNothing) {
  auto third = NewSession();
  Ask(third.get(), "WATCH k\r\n");
  third.reset();
  EXPECT_EQ(First("SET k 1"), "+OK\r\n");
  Ask(first_.get(), "WATCH k\r\nQUIT\r\n");
  EXPECT_EQ(Second("SET k 1"), "+OK\r\n");
}

// What is published by an EXEC is a part of it: it comes with the commit, or not at all.
TEST_F(MultiTest, PublishingIsAPartOfTheCommit) {
  Second("SUBSCRIBE news");
  First("MULTI");
  for (const char* line : {"SET k v", "PUBLISH news a", "GET k", "PUBLISH none b", "INCR k"}) {
    EXPECT_EQ(First(line), "+QUEUED\r\n");
  }
  EXPECT_EQ(First("EXEC"),
            "*5\r\n+OK\r\n:1\r\n$1\r\nv\r\n:0\r\n"
            "-ERR value is not an integer or out of range\r\n");
  EXPECT_EQ(ReadAll(second_.get()), "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\na\r\n");
  First("WATCH k");
  const std::unique_ptr<Session> other = NewSession();
  Ask(other.get(), "SET k w\r\n");
  First("MULTI");
  First("PUBLISH news late");
  EXPECT_EQ(First("EXEC"), "*-1\r\n");
  EXPECT_EQ(ReadAll(second_.get()), "");
}

TEST_F(MultiTest, PublishingToQueuesThatAreBoundAndUsed) {
  First("Q.BIND jobs PATTERN n*");
  First("Q.BIND copies CHANNEL news");
  First("MULTI");
  First("Q.ADD jobs own");
  First("PUBLISH news a");
  First("SET k v");
  EXPECT_EQ(First("EXEC"), "*3\r\n:1\r\n:0\r\n+OK\r\n");
  First("MULTI");
  First("PUBLISH news b");
  EXPECT_EQ(First("EXEC"), "*1\r\n:0\r\n");
  const std::string taken = First("Q.TAKE jobs COUNT 9");
  EXPECT_NE(taken.find("$3\r\nown\r\n"), std::string::npos);
  EXPECT_LT(taken.find("$1\r\na\r\n"), taken.find("$1\r\nb\r\n"));
  EXPECT_NE(First("Q.INFO copies").find("ready\r\n:2\r\n"), std::string::npos);
}

TEST_F(MultiTest, AnExecThatAQueueRefusesChangesNothing) {
  First("Q.OPEN jobs MAXLENGTH 1");
  First("Q.BIND jobs CHANNEL news");
  First("PUBLISH news a");
  First("MULTI");
  First("SET k v");
  First("PUBLISH news b");
  EXPECT_EQ(First("EXEC").rfind("-EXECABORT Transaction discarded because of: ", 0), 0u);
  EXPECT_EQ(First("EXISTS k"), ":0\r\n");
}

// A flush cannot be taken back, and the channels of SPUBLISH have no part in commits.
TEST_F(MultiTest, PublishingAfterTheCommit) {
  Second("SUBSCRIBE news");
  First("Q.BIND jobs CHANNEL news");
  First("MULTI");
  First("PUBLISH news a");
  First("FLUSHALL");
  First("SPUBLISH news b");
  EXPECT_EQ(First("EXEC"), "*3\r\n:1\r\n+OK\r\n:0\r\n");
  EXPECT_NE(First("Q.INFO jobs").find("ready\r\n:1\r\n"), std::string::npos);
  First("MULTI");
  First("SPUBLISH news b");
  First("PUBLISH news c");
  EXPECT_EQ(First("EXEC"), "*2\r\n:0\r\n:1\r\n");
}

// Where memory is full, what frees some goes on.
TEST_F(MultiTest, AcknowledgingWhereMemoryIsFull) {
  First("CONFIG SET maxmemory 4mb maxmemory-policy noeviction");
  const std::string value(10'000, 'x');
  std::string added;
  for (int i = 0; i < 1000 && added.rfind("-OOM", 0) != 0; ++i) added = First("Q.ADD q " + value);
  ASSERT_EQ(added.rfind("-OOM", 0), 0u);
  const std::string taken = First("Q.TAKE q");
  const size_t at = taken.find(':') + 1;
  First("MULTI");
  First("GET k");
  First("DEL k");
  First("Q.ACK q " + taken.substr(at, taken.find('\r', at) - at));
  EXPECT_EQ(First("EXEC"), "*3\r\n$-1\r\n:0\r\n:1\r\n");
}

// Who publishes needs memory, and eviction the locks that an EXEC has.
TEST_F(MultiTest, PublishingWhereMemoryIsFull) {
  First("CONFIG SET maxmemory 4mb maxmemory-policy allkeys-lru");
  const std::string value(10'000, 'x');
  for (int i = 0; i < 1000; ++i) First("SET k" + std::to_string(i) + " " + value);
  First("MULTI");
  First("SET k " + value);
  First("PUBLISH news " + value);
  First("SPUBLISH news " + value);
  EXPECT_EQ(First("EXEC"), "*3\r\n+OK\r\n:0\r\n:0\r\n");
}

}  // namespace
}  // namespace kontor
