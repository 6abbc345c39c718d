#include <string>

#include "unit/session/session_fixture.h"

namespace kontor {
namespace {

constexpr const char* kNoGroup =
    "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option\r\n";
constexpr const char* kWrongType =
    "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

class SessionStreamTest : public SessionTest {
 protected:
  explicit SessionStreamTest(bool manual_clock = false) : SessionTest(manual_clock) {}

  // "1-0", with one field, in the reply of a read of `key`.
  static std::string Entry(const std::string& key, const std::string& id) {
    return "*1\r\n*2\r\n$1\r\n" + key + "\r\n*1\r\n*2\r\n$3\r\n" + id +
           "\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n";
  }
};

class SessionStreamTimeTest : public SessionStreamTest {
 protected:
  SessionStreamTimeTest() : SessionStreamTest(/*manual_clock=*/true) {}
};

TEST_F(SessionStreamTest, RepliesAreMapsInResp3) {
  const auto session = NewSession();
  Ask(session.get(), "XADD s 1-0 a 1\r\n");
  Ask(session.get(), "HELLO 3\r\n");
  EXPECT_EQ(Ask(session.get(), "XREAD STREAMS s 0\r\n"),
            "%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n");
  EXPECT_EQ(Ask(session.get(), "XREAD STREAMS s 1\r\n"), "_\r\n");
  Ask(session.get(), "XGROUP CREATE s g 0\r\n");
  EXPECT_EQ(Ask(session.get(), "XREADGROUP GROUP g c STREAMS s >\r\n").substr(0, 11),
            "%1\r\n$1\r\ns\r\n");
  EXPECT_EQ(Ask(session.get(), "XINFO GROUPS s\r\n").substr(0, 8), "*1\r\n%6\r\n");
  EXPECT_EQ(Ask(session.get(), "XINFO STREAM s\r\n").substr(0, 5), "%10\r\n");
}

TEST_F(SessionStreamTest, EverybodyWhoWaitsForAStreamReadsWhatComes) {
  const auto one = NewSession();
  const auto other = NewSession();
  const auto writer = NewSession();
  Ask(writer.get(), "XADD s 1-0 a 1\r\n");
  EXPECT_EQ(Ask(one.get(), "XREAD BLOCK 0 STREAMS s r $ 0\r\n"), "");
  EXPECT_EQ(Ask(other.get(), "XREAD BLOCK 0 STREAMS r s 0 1\r\n"), "");
  EXPECT_EQ(Ask(writer.get(), "XADD s 2-0 a 1\r\n"), "$3\r\n2-0\r\n");
  EXPECT_EQ(ReadAll(one.get()), Entry("s", "2-0"));
  EXPECT_EQ(ReadAll(other.get()), Entry("s", "2-0"));
}

// What $ was does not move with what is tried in vain.
TEST_F(SessionStreamTest, TheLastEntryIsThatOfTheBeginning) {
  const auto reader = NewSession();
  const auto writer = NewSession();
  Ask(writer.get(), "XADD s 1-0 a 1\r\n");
  Ask(writer.get(), "XADD r 1-0 a 1\r\n");
  EXPECT_EQ(Ask(reader.get(), "XREAD BLOCK 0 STREAMS s r $ $\r\n"), "");
  Ask(writer.get(), "DEL s\r\n");
  EXPECT_EQ(ReadAll(reader.get()), "");
  Ask(writer.get(), "SET s text\r\n");
  EXPECT_EQ(ReadAll(reader.get()), "");
  Ask(writer.get(), "XADD r 1-1 a 1\r\n");
  EXPECT_EQ(ReadAll(reader.get()), Entry("r", "1-1"));
}

TEST_F(SessionStreamTest, AnEntryGoesToOneOfAGroup) {
  const auto one = NewSession();
  const auto other = NewSession();
  const auto writer = NewSession();
  Ask(writer.get(), "XGROUP CREATE s g $ MKSTREAM\r\n");
  EXPECT_EQ(Ask(one.get(), "XREADGROUP GROUP g c BLOCK 0 STREAMS s >\r\n"), "");
  EXPECT_EQ(Ask(other.get(), "XREADGROUP GROUP g d BLOCK 0 STREAMS s >\r\n"), "");
  Ask(writer.get(), "XADD s 1-0 a 1\r\n");
  EXPECT_EQ(ReadAll(one.get()), Entry("s", "1-0"));
  EXPECT_EQ(ReadAll(other.get()), "");
  Ask(writer.get(), "XADD s 2-0 a 1\r\n");
  EXPECT_EQ(ReadAll(other.get()), Entry("s", "2-0"));
}

TEST_F(SessionStreamTest, AGroupIsServedInTheOrderItsReadersCame) {
  const auto first = NewSession();
  const auto second = NewSession();
  const auto third = NewSession();
  const auto of_other_group = NewSession();
  const auto writer = NewSession();
  Ask(writer.get(), "XGROUP CREATE s g $ MKSTREAM\r\nXGROUP CREATE s h $\r\n");
  for (Session* const reader : {first.get(), second.get(), third.get()}) {
    EXPECT_EQ(Ask(reader, "XREADGROUP GROUP g c COUNT 1 BLOCK 0 STREAMS s >\r\n"), "");
  }
  Ask(of_other_group.get(), "XREADGROUP GROUP h c COUNT 1 BLOCK 0 STREAMS s >\r\n");
  Ask(writer.get(), "XADD s 1-0 a 1\r\nXADD s 2-0 a 1\r\n");
  // However early the others ask.
  EXPECT_EQ(ReadAll(third.get()), "");
  EXPECT_EQ(ReadAll(second.get()), "");
  EXPECT_EQ(ReadAll(of_other_group.get()), Entry("s", "1-0"));
  EXPECT_EQ(ReadAll(first.get()), Entry("s", "1-0"));
  EXPECT_EQ(ReadAll(third.get()), "");
  // Whoever goes makes room for the next, and who comes again is the last.
  EXPECT_EQ(Ask(first.get(), "XREADGROUP GROUP g c COUNT 1 BLOCK 0 STREAMS s >\r\n"), "");
  const int descriptor = *third->Descriptor();
  while (Readable(descriptor, 0)) EXPECT_EQ(ReadAll(third.get()), "");
  EXPECT_EQ(ReadAll(second.get()), Entry("s", "2-0"));
  EXPECT_TRUE(Readable(descriptor, 10'000));
  EXPECT_EQ(ReadAll(third.get()), "");
  // Nobody waits for those who do not wait themselves.
  EXPECT_EQ(Ask(second.get(), "XADD s 3-0 a 1\r\nXREADGROUP GROUP g d STREAMS s >\r\n"),
            "$3\r\n3-0\r\n" + Entry("s", "3-0"));
  EXPECT_EQ(ReadAll(third.get()), "");
  EXPECT_EQ(ReadAll(first.get()), "");
}

TEST_F(SessionStreamTest, WhoeverIsFirstIsToldOfEntriesThatAreNewAgain) {
  const auto first = NewSession();
  const auto second = NewSession();
  const auto writer = NewSession();
  Ask(writer.get(), "XADD s 1-0 a 1\r\nXGROUP CREATE s g $\r\n");
  Ask(first.get(), "XREADGROUP GROUP g c BLOCK 0 STREAMS s >\r\n");
  const int descriptor = *first->Descriptor();
  Ask(writer.get(), "XGROUP SETID s g 0\r\n");
  EXPECT_EQ(Ask(second.get(), "XREADGROUP GROUP g d BLOCK 0 STREAMS s >\r\n"), "");
  EXPECT_TRUE(Readable(descriptor, 10'000));
  EXPECT_EQ(ReadAll(first.get()), Entry("s", "1-0"));
  Ask(writer.get(), "XADD s 2-0 a 1\r\n");
  EXPECT_EQ(ReadAll(second.get()), Entry("s", "2-0"));
}

// Else every entry would cost a journal record for each of those who wait.
TEST_F(SessionStreamTimeTest, LookingAgainInVainChangesNothing) {
  const auto first = NewSession();
  const auto second = NewSession();
  const auto writer = NewSession();
  Ask(writer.get(), "XGROUP CREATE s g $ MKSTREAM\r\n");
  Ask(first.get(), "XREADGROUP GROUP g c BLOCK 0 STREAMS s >\r\n");
  Ask(second.get(), "XREADGROUP GROUP g d BLOCK 0 STREAMS s >\r\n");
  const auto seen = [&] {
    const std::string info = Ask(writer.get(), "XINFO STREAM s FULL\r\n");
    return info.substr(info.find("$1\r\nd\r\n"), 60);
  };
  const std::string before = seen();
  clock_.AdvanceMs(50);
  Ask(writer.get(), "XADD s 1-0 a 1\r\n");
  EXPECT_EQ(ReadAll(second.get()), "");
  EXPECT_EQ(seen(), before);
  EXPECT_EQ(ReadAll(first.get()), Entry("s", "1-0"));
  EXPECT_EQ(ReadAll(second.get()), "");
  EXPECT_EQ(seen(), before);
}

TEST_F(SessionStreamTest, AReaderThatEndsIsNoLongerAhead) {
  auto first = NewSession();
  const auto second = NewSession();
  const auto writer = NewSession();
  Ask(writer.get(), "XGROUP CREATE s g $ MKSTREAM\r\n");
  for (Session* const reader : {first.get(), second.get()}) {
    Ask(reader, "XREADGROUP GROUP g c BLOCK 0 STREAMS s >\r\n");
  }
  const int descriptor = *second->Descriptor();
  Ask(writer.get(), "XADD s 1-0 a 1\r\n");
  while (Readable(descriptor, 0)) EXPECT_EQ(ReadAll(second.get()), "");
  first.reset();
  EXPECT_TRUE(Readable(descriptor, 10'000));
  EXPECT_EQ(ReadAll(second.get()), Entry("s", "1-0"));
}

TEST_F(SessionStreamTest, AGroupThatIsGoneEndsTheWait) {
  const auto reader = NewSession();
  const auto writer = NewSession();
  const auto blocks = [&] {
    Ask(writer.get(), "DEL s\r\nXGROUP CREATE s g $ MKSTREAM\r\n");
    return Ask(reader.get(), "XREADGROUP GROUP g c BLOCK 0 STREAMS s >\r\n").empty();
  };
  for (const char* command : {"XGROUP DESTROY s g", "DEL s", "RENAME s t", "FLUSHDB", "SWAPDB 0 1",
                              "PEXPIREAT s 1", "MOVE s 2", "FLUSHALL"}) {
    ASSERT_TRUE(blocks()) << command;
    Ask(writer.get(), std::string(command) + "\r\n");
    EXPECT_EQ(ReadAll(reader.get()), kNoGroup) << command;
  }
  for (const char* command :
       {"SET s text", "MULTI\r\nDEL s\r\nRPUSH s a\r\nEXEC", "COPY k s REPLACE"}) {
    Ask(writer.get(), "SET k text\r\n");
    ASSERT_TRUE(blocks()) << command;
    Ask(writer.get(), std::string(command) + "\r\n");
    EXPECT_EQ(ReadAll(reader.get()), kWrongType) << command;
  }
}

TEST_F(SessionStreamTest, AWaitHasItsTimeAndNoneInATransaction) {
  const auto session = NewSession();
  Ask(session.get(), "XADD s 1-0 a 1\r\n");
  EXPECT_EQ(Ask(session.get(), "MULTI\r\nXREAD BLOCK 0 STREAMS s $\r\nEXEC\r\n"),
            "+OK\r\n+QUEUED\r\n*1\r\n*-1\r\n");
  const int descriptor = *session->Descriptor();
  EXPECT_EQ(Ask(session.get(), "XREAD BLOCK 1 STREAMS s $\r\n"), "");
  EXPECT_TRUE(Readable(descriptor, -1));
  EXPECT_EQ(ReadAll(session.get()), "*-1\r\n");
}

// Nobody tells it: it comes back by itself.
TEST_F(SessionStreamTest, WhatBecomesIdleIsClaimedInTheMiddleOfAWait) {
  const auto session = NewSession();
  Ask(session.get(), "XADD s 1-0 a 1\r\nXGROUP CREATE s g 0\r\n");
  Ask(session.get(), "XREADGROUP GROUP g c STREAMS s >\r\n");
  const int descriptor = *session->Descriptor();
  std::string reply = Ask(session.get(), "XREADGROUP GROUP g d BLOCK 0 CLAIM 20 STREAMS s >\r\n");
  while (reply.empty()) {
    ASSERT_TRUE(Readable(descriptor, 10'000));
    reply = ReadAll(session.get());
  }
  EXPECT_EQ(reply.substr(0, 21), "*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*4");
}

// Those who watch a stream see what it holds, not who reads it.
TEST_F(SessionStreamTest, ReadingIsNoChangeToThoseWhoWatch) {
  const auto watcher = NewSession();
  const auto other = NewSession();
  Ask(other.get(), "XADD s 1-0 a 1\r\nXADD s 2-0 a 1\r\n");
  const auto changes = [&](const std::string& command) {
    Ask(watcher.get(), "WATCH s\r\nMULTI\r\nPING\r\n");
    Ask(other.get(), command + "\r\n");
    return Ask(watcher.get(), "EXEC\r\n") == "*-1\r\n";
  };
  EXPECT_FALSE(changes("XGROUP CREATE s g 0"));
  EXPECT_FALSE(changes("XREADGROUP GROUP g c COUNT 1 STREAMS s >"));
  EXPECT_FALSE(changes("XCLAIM s g d 0 1-0"));
  EXPECT_FALSE(changes("XACK s g 1-0"));
  EXPECT_FALSE(changes("XSETID s 3"));
  EXPECT_FALSE(changes("XGROUP DESTROY s g"));
  EXPECT_FALSE(changes("XDEL s 9"));
  EXPECT_TRUE(changes("XDEL s 1"));
  EXPECT_TRUE(changes("XADD s 4 a 1"));
  EXPECT_TRUE(changes("XTRIM s MAXLEN 1"));
  EXPECT_TRUE(changes("DEL s"));
  EXPECT_TRUE(changes("XGROUP CREATE s g 0 MKSTREAM"));
}

}  // namespace
}  // namespace kontor
