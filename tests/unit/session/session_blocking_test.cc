#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "unit/session/session_fixture.h"

namespace kontor {
namespace {

class SessionBlockingTest : public SessionTest {};

TEST_F(SessionBlockingTest, AnotherSessionUnblocksIt) {
  const auto popper = NewSession();
  const auto pusher = NewSession();
  EXPECT_EQ(Ask(popper.get(), "BLPOP a b 0\r\nPING\r\n"), "") << "what is behind it waits";
  EXPECT_EQ(Ask(pusher.get(), "RPUSH b x y\r\n"), ":2\r\n");
  EXPECT_EQ(ReadAll(popper.get()), "*2\r\n$1\r\nb\r\n$1\r\nx\r\n+PONG\r\n");
  EXPECT_EQ(Ask(pusher.get(), "LLEN b\r\n"), ":1\r\n");
}

TEST_F(SessionBlockingTest, WriteGoesOnToo) {
  const auto popper = NewSession();
  EXPECT_EQ(Ask(popper.get(), "BLPOP l 0\r\n"), "");
  Ask(NewSession().get(), "RPUSH l x\r\n");
  ASSERT_TRUE(popper->Write("DEL l\r\n").ok());
  EXPECT_EQ(ReadAll(popper.get()), "*2\r\n$1\r\nl\r\n$1\r\nx\r\n:0\r\n");
}

TEST_F(SessionBlockingTest, WhatIsThereIsTakenWithoutWaiting) {
  const auto session = NewSession();
  EXPECT_EQ(Ask(session.get(), "RPUSH l a b\r\nBLPOP l 0\r\nBLMOVE l m LEFT LEFT 0\r\n"),
            ":2\r\n*2\r\n$1\r\nl\r\n$1\r\na\r\n$1\r\nb\r\n");
}

TEST_F(SessionBlockingTest, ErrorsDoNotBlock) {
  const auto session = NewSession();
  EXPECT_EQ(Ask(session.get(), "BLPOP l x\r\nBLMPOP 0 0 l LEFT\r\nSET s v\r\nBLPOP s 0\r\n"),
            "-ERR timeout is not a float or out of range\r\n"
            "-ERR numkeys should be greater than 0\r\n+OK\r\n"
            "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
}

TEST_F(SessionBlockingTest, ServedInTheOrderTheyBlocked) {
  const auto first = NewSession();
  const auto second = NewSession();
  EXPECT_EQ(Ask(first.get(), "BLPOP l 0\r\n"), "");
  EXPECT_EQ(Ask(second.get(), "BLPOP l 0\r\n"), "");
  Ask(NewSession().get(), "RPUSH l 1\r\n");
  EXPECT_EQ(ReadAll(second.get()), "") << "not its turn";
  EXPECT_EQ(ReadAll(first.get()), "*2\r\n$1\r\nl\r\n$1\r\n1\r\n");
  Ask(NewSession().get(), "RPUSH l 2\r\n");
  EXPECT_EQ(ReadAll(second.get()), "*2\r\n$1\r\nl\r\n$1\r\n2\r\n");
}

TEST_F(SessionBlockingTest, ASessionThatGoesAwayPassesItsTurnOn) {
  auto first = NewSession();
  const auto second = NewSession();
  EXPECT_EQ(Ask(first.get(), "BLPOP l 0\r\n"), "");
  EXPECT_EQ(Ask(second.get(), "BLPOP l 0\r\n"), "");
  Ask(NewSession().get(), "RPUSH l 1\r\n");
  first.reset();
  EXPECT_EQ(ReadAll(second.get()), "*2\r\n$1\r\nl\r\n$1\r\n1\r\n");
}

TEST_F(SessionBlockingTest, ATimeoutAnswersTheNilArray) {
  for (const char* line : {"BLPOP l 0.02", "BRPOP l 0.02", "BLMOVE l m LEFT LEFT 0.02",
                           "BRPOPLPUSH l m 0.02", "BLMPOP 0.02 1 l LEFT"}) {
    const auto session = NewSession();
    const Result<int> descriptor = session->Descriptor();
    ASSERT_TRUE(descriptor.ok());
    EXPECT_EQ(Ask(session.get(), std::string(line) + "\r\nPING\r\n"), "");
    EXPECT_FALSE(Readable(*descriptor, 0));
    ASSERT_TRUE(Readable(*descriptor, 5000));
    EXPECT_EQ(ReadAll(session.get()), "*-1\r\n+PONG\r\n") << line;
    EXPECT_FALSE(Readable(*descriptor, 0));
  }
}

TEST_F(SessionBlockingTest, TheDescriptorTellsWhenToRead) {
  const auto session = NewSession();
  const Result<int> descriptor = session->Descriptor();
  ASSERT_TRUE(descriptor.ok());
  EXPECT_EQ(Ask(session.get(), "BLPOP l 0\r\n"), "");
  EXPECT_FALSE(Readable(*descriptor, 0));
  std::thread pusher([&] { Ask(NewSession().get(), "RPUSH l x\r\n"); });
  EXPECT_TRUE(Readable(*descriptor, 5000));
  EXPECT_EQ(ReadAll(session.get()), "*2\r\n$1\r\nl\r\n$1\r\nx\r\n");
  EXPECT_FALSE(Readable(*descriptor, 0));
  pusher.join();
}

TEST_F(SessionBlockingTest, ADescriptorMadeLateTellsWhatHappenedBefore) {
  const auto session = NewSession();
  EXPECT_EQ(Ask(session.get(), "BLPOP l 0\r\n"), "");
  Ask(NewSession().get(), "RPUSH l x\r\n");
  const Result<int> descriptor = session->Descriptor();
  ASSERT_TRUE(descriptor.ok());
  EXPECT_TRUE(Readable(*descriptor, 0));
  EXPECT_EQ(ReadAll(session.get()), "*2\r\n$1\r\nl\r\n$1\r\nx\r\n");
  const auto late = NewSession();
  EXPECT_EQ(Ask(late.get(), "BLPOP l 0.01\r\n"), "");
  EXPECT_TRUE(Readable(*late->Descriptor(), 5000));
  EXPECT_EQ(ReadAll(late.get()), "*-1\r\n");
}

TEST_F(SessionBlockingTest, ClosingTheEngineReachesABlockedSession) {
  const auto session = NewSession();
  const Result<int> descriptor = session->Descriptor();
  ASSERT_TRUE(descriptor.ok());
  EXPECT_EQ(Ask(session.get(), "BLPOP l 0\r\n"), "");
  closed_.store(true);
  engine_->WakeAll();
  EXPECT_TRUE(Readable(*descriptor, 0));
  EXPECT_EQ(ReadAll(session.get()), "(closed)");
}

// Sessions in their own threads, each an event loop of its own: every element goes to exactly one.
TEST_F(SessionBlockingTest, EveryElementGoesToExactlyOne) {
  constexpr int kSessions = 4;
  constexpr int kEach = 300;
  std::vector<std::thread> threads;
  std::vector<std::string> got(kSessions);
  for (size_t t = 0; t < kSessions; ++t) {
    threads.emplace_back([&, t] {
      const auto session = NewSession();
      const int descriptor = *session->Descriptor();
      for (int i = 0; i < kEach; ++i) {
        std::string reply = Ask(session.get(), "BLPOP l 0\r\n");
        while (reply.empty()) {
          ASSERT_TRUE(Readable(descriptor, 10000));
          reply = ReadAll(session.get());
        }
        got[t] += reply;
      }
    });
  }
  const auto pusher = NewSession();
  for (int i = 0; i < kSessions * kEach; ++i) {
    Ask(pusher.get(), "RPUSH l v" + std::to_string(i) + "v\r\n");
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kSessions * kEach; ++i) {
    const std::string value = "v" + std::to_string(i) + "v";
    int times = 0;
    for (const std::string& one : got) times += one.find(value) != std::string::npos ? 1 : 0;
    EXPECT_EQ(times, 1) << value;
  }
  EXPECT_EQ(Ask(pusher.get(), "EXISTS l\r\n"), ":0\r\n");
}

}  // namespace
}  // namespace kontor
