// What clients ask, in pieces, in heaps and while others wait.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "wire/raw_client.h"
#include "wire/served_engine.h"

namespace wire_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Protocol, AnswersAtBothKindsOfSockets) {
  ServedEngine engine;
  RawClient tcp = engine.Tcp();
  RawClient local = engine.Unix();
  EXPECT_EQ(tcp.Ask(Request("SET", "k", "v"), 5), "+OK\r\n");
  EXPECT_EQ(local.Ask(Request("GET", "k"), 7), "$1\r\nv\r\n");
  EXPECT_EQ(local.Ask("PING\r\n", 7), "+PONG\r\n");
  EXPECT_EQ(engine.Figure(KONTOR_WIRE_FIGURE_CLIENTS), 2);
  EXPECT_EQ(engine.Figure(KONTOR_WIRE_FIGURE_ACCEPTED), 2);
}

TEST(Protocol, RequestsComeByteByByte) {
  ServedEngine engine;
  RawClient client = engine.Tcp();
  const std::string request = Request("ECHO", "hello\r\nworld");
  for (const char byte : request) ASSERT_TRUE(client.Send({&byte, 1}));
  EXPECT_EQ(client.Receive(19), Bulk("hello\r\nworld"));
}

TEST(Protocol, APipelineIsAnsweredInOrder) {
  ServedEngine engine;
  RawClient client = engine.Unix();
  std::string requests;
  std::string replies;
  for (int i = 1; i <= 20000; ++i) {
    requests += Request("INCR", "n");
    replies += ":" + std::to_string(i) + "\r\n";
  }
  ASSERT_TRUE(client.Send(requests));
  EXPECT_EQ(client.Receive(replies.size()), replies);
}

TEST(Protocol, LargeValuesPassBothWays) {
  ServedEngine engine;
  RawClient client = engine.Tcp();
  const std::string value(20 << 20, 'v');
  EXPECT_EQ(client.Ask(Request("SET", "large", value), 5), "+OK\r\n");
  ASSERT_TRUE(client.Send(Request("GET", "large")));
  const std::string want = Bulk(value);
  EXPECT_TRUE(client.Receive(want.size()) == want);
  EXPECT_EQ(client.Ask("PING\r\n", 7), "+PONG\r\n");
}

TEST(Protocol, ABlockedClientIsServedByAnother) {
  ServedEngine engine;
  RawClient waiting = engine.Tcp();
  RawClient other = engine.Unix();
  ASSERT_TRUE(waiting.Send(Request("BLPOP", "list", "0") + Request("PING")));
  ASSERT_TRUE(Eventually([&] {
    const std::string flags = " flags=b ";
    return other.Send(Request("CLIENT", "LIST")) &&
           other.Receive(std::stoul(other.ReceiveLine().substr(1)) + 2).find(flags) !=
               std::string::npos;
  }));
  EXPECT_EQ(other.Ask(Request("RPUSH", "list", "x"), 4), ":1\r\n");
  EXPECT_EQ(waiting.Receive(28), "*2\r\n$4\r\nlist\r\n$1\r\nx\r\n+PONG\r\n");
}

TEST(Protocol, ABlockedClientsTimeRunsOut) {
  ServedEngine engine;
  RawClient waiting = engine.Tcp();
  EXPECT_EQ(waiting.Ask(Request("BLPOP", "never", "0.01"), 5), "*-1\r\n");
}

TEST(Protocol, MessagesArePushedToAllWhoSubscribed) {
  ServedEngine engine;
  std::vector<RawClient> readers;
  const std::string subscribed = "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n";
  for (int i = 0; i < 4; ++i) {
    readers.push_back(i % 2 == 0 ? engine.Tcp() : engine.Unix());
    EXPECT_EQ(readers.back().Ask(Request("SUBSCRIBE", "news"), subscribed.size()), subscribed);
  }
  RawClient publisher = engine.Tcp();
  const std::string message = "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n";
  for (int round = 0; round < 100; ++round) {
    EXPECT_EQ(publisher.Ask(Request("PUBLISH", "news", "hello"), 4), ":4\r\n");
  }
  for (RawClient& reader : readers) {
    for (int round = 0; round < 100; ++round) ASSERT_EQ(reader.Receive(message.size()), message);
  }
}

TEST(Protocol, TransactionsOfTwoClientsDoNotMix) {
  ServedEngine engine;
  RawClient one = engine.Tcp();
  RawClient two = engine.Tcp();
  EXPECT_EQ(one.Ask(Request("WATCH", "k"), 5), "+OK\r\n");
  EXPECT_EQ(one.Ask(Request("MULTI"), 5), "+OK\r\n");
  EXPECT_EQ(one.Ask(Request("SET", "k", "1"), 9), "+QUEUED\r\n");
  EXPECT_EQ(two.Ask(Request("SET", "k", "2"), 5), "+OK\r\n");
  EXPECT_EQ(one.Ask(Request("EXEC"), 5), "*-1\r\n");
}

TEST(Protocol, QuitIsAnsweredAndEndsTheConnection) {
  ServedEngine engine;
  RawClient client = engine.Tcp();
  ASSERT_TRUE(client.Send("PING\r\nQUIT\r\nPING\r\n"));
  EXPECT_EQ(client.ReceiveAll(), "+PONG\r\n+OK\r\n");
  EXPECT_TRUE(Eventually([&] { return engine.Figure(KONTOR_WIRE_FIGURE_CLIENTS) == 0; }));
}

TEST(Protocol, AProtocolErrorIsToldAndEndsTheConnection) {
  ServedEngine engine;
  RawClient client = engine.Unix();
  ASSERT_TRUE(client.Send("*1\r\n:5\r\n"));
  EXPECT_EQ(client.ReceiveAll(), "-ERR Protocol error: expected '$', got ':'\r\n");
}

TEST(Protocol, ClientsSeeEachOtherAndCanEndEachOther) {
  ServedEngine engine;
  RawClient idle = engine.Tcp();
  RawClient waiting = engine.Unix();
  RawClient killer = engine.Tcp();
  EXPECT_EQ(idle.Ask(Request("CLIENT", "SETNAME", "idle"), 5), "+OK\r\n");
  ASSERT_TRUE(waiting.Send("PING\r\n" + Request("BLPOP", "never", "0")));
  EXPECT_EQ(waiting.Receive(7), "+PONG\r\n");
  ASSERT_TRUE(killer.Send(Request("CLIENT", "LIST")));
  const std::string list = killer.Receive(std::stoul(killer.ReceiveLine().substr(1)) + 2);
  EXPECT_THAT(list, HasSubstr(" laddr=127.0.0.1:" + std::to_string(engine.port()) + " name=idle "));
  EXPECT_THAT(list, HasSubstr(std::string("addr=") + kSocketPath + ":0"));
  EXPECT_EQ(killer.Ask(Request("CLIENT", "KILL", "SKIPME", "yes"), 4), ":2\r\n");
  EXPECT_EQ(idle.ReceiveAll(), "");
  EXPECT_EQ(waiting.ReceiveAll(), "");
  EXPECT_EQ(killer.Ask("PING\r\n", 7), "+PONG\r\n");
}

TEST(Protocol, AClientThatLeavesWaitsNoMore) {
  ServedEngine engine;
  {
    RawClient gone = engine.Tcp();
    ASSERT_TRUE(gone.Send("PING\r\n" + Request("BLPOP", "list", "0")));
    EXPECT_EQ(gone.Receive(7), "+PONG\r\n");
  }
  ASSERT_TRUE(Eventually([&] { return engine.Figure(KONTOR_WIRE_FIGURE_CLIENTS) == 0; }));
  RawClient other = engine.Tcp();
  EXPECT_EQ(other.Ask(Request("RPUSH", "list", "x"), 4), ":1\r\n");
  EXPECT_EQ(other.Ask(Request("LLEN", "list"), 4), ":1\r\n");
}

}  // namespace
}  // namespace wire_test
