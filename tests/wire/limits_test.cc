// What a client may not do, and that the others do not notice.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <string>
#include <vector>

#include "wire/raw_client.h"
#include "wire/served_engine.h"

namespace wire_test {
namespace {

using ::testing::StartsWith;

constexpr int64_t kKiB = 1024;
constexpr int64_t kMiB = 1024 * kKiB;

TEST(Limits, APasswordComesFirst) {
  ServedEngine engine({.texts = {{KONTOR_WIRE_PASSWORD, "secret"}}});
  RawClient client = engine.Tcp();
  ASSERT_TRUE(client.Send(Request("GET", "k")));
  EXPECT_EQ(client.ReceiveLine(), "-NOAUTH Authentication required.\r\n");
  ASSERT_TRUE(client.Send(Request("AUTH", "wrong")));
  EXPECT_THAT(client.ReceiveLine(), StartsWith("-WRONGPASS"));
  EXPECT_EQ(client.Ask(Request("AUTH", "secret"), 5), "+OK\r\n");
  EXPECT_EQ(client.Ask(Request("GET", "k"), 5), "$-1\r\n");
}

TEST(Limits, LittleIsTakenBeforeThePassword) {
  ServedEngine engine({.texts = {{KONTOR_WIRE_PASSWORD, "secret"}}});
  RawClient many = engine.Tcp();
  ASSERT_TRUE(many.Send("*11\r\n"));
  EXPECT_EQ(many.ReceiveAll(), "-ERR Protocol error: unauthenticated multibulk length\r\n");
  RawClient large = engine.Tcp();
  ASSERT_TRUE(large.Send("*2\r\n$4\r\nAUTH\r\n$16385\r\n"));
  EXPECT_EQ(large.ReceiveAll(), "-ERR Protocol error: unauthenticated bulk length\r\n");
}

TEST(Limits, WhoDoesNotAuthenticateIsDisconnected) {
  ServedEngine engine({.numbers = {{KONTOR_WIRE_AUTHENTICATION_MS, 300}},
                       .texts = {{KONTOR_WIRE_PASSWORD, "secret"}}});
  RawClient known = engine.Tcp();
  RawClient unknown = engine.Tcp();
  EXPECT_EQ(known.Ask(Request("AUTH", "secret"), 5), "+OK\r\n");
  EXPECT_EQ(unknown.ReceiveAll(), "");
  EXPECT_EQ(known.Ask("PING\r\n", 7), "+PONG\r\n");
}

TEST(Limits, WhoIsIdleIsDisconnectedUnlessItWaits) {
  ServedEngine engine({.numbers = {{KONTOR_WIRE_IDLE_MS, 300}}});
  RawClient waiting = engine.Tcp();
  ASSERT_TRUE(waiting.Send(Request("BLPOP", "list", "0")));
  RawClient idle = engine.Tcp();
  EXPECT_EQ(idle.ReceiveAll(), "");
  RawClient other = engine.Tcp();
  EXPECT_EQ(other.Ask(Request("RPUSH", "list", "x"), 4), ":1\r\n");
  EXPECT_EQ(waiting.Receive(21), "*2\r\n$4\r\nlist\r\n$1\r\nx\r\n");
}

TEST(Limits, TooManyClientsAreToldSo) {
  ServedEngine engine({.numbers = {{KONTOR_WIRE_CLIENTS, 2}}});
  std::vector<RawClient> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(engine.Tcp());
    EXPECT_EQ(clients.back().Ask("PING\r\n", 7), "+PONG\r\n");
  }
  EXPECT_EQ(engine.Unix().ReceiveAll(), "-ERR max number of clients reached\r\n");
  EXPECT_EQ(engine.Figure(KONTOR_WIRE_FIGURE_REFUSED), 1);
  clients.pop_back();
  ASSERT_TRUE(Eventually([&] { return engine.Figure(KONTOR_WIRE_FIGURE_CLIENTS) == 1; }));
  EXPECT_EQ(engine.Unix().Ask("PING\r\n", 7), "+PONG\r\n");
}

TEST(Limits, ArgumentsHaveANumberAndALength) {
  ServedEngine engine(
      {.numbers = {{KONTOR_WIRE_ARGUMENTS, 3}, {KONTOR_WIRE_ARGUMENT_BYTES, kKiB}}});
  RawClient many = engine.Tcp();
  EXPECT_EQ(many.Ask(Request("SET", "k", std::string(kKiB, 'v')), 5), "+OK\r\n");
  ASSERT_TRUE(many.Send("*4\r\n"));
  EXPECT_EQ(many.ReceiveAll(), "-ERR Protocol error: invalid multibulk length\r\n");
  RawClient large = engine.Tcp();
  ASSERT_TRUE(large.Send("*2\r\n$4\r\nECHO\r\n$1025\r\n"));
  EXPECT_EQ(large.ReceiveAll(), "-ERR Protocol error: invalid bulk length\r\n");
}

TEST(Limits, WhatWaitsBehindABlockedCommandIsBounded) {
  ServedEngine engine({.numbers = {{KONTOR_WIRE_REQUEST_BYTES, 64 * kKiB}}});
  RawClient client = engine.Tcp();
  ASSERT_TRUE(client.Send(Request("BLPOP", "never", "0")));
  client.Send(Request("ECHO", std::string(256 * kKiB, 'x')));  // may be cut off before its end
  EXPECT_THAT(client.ReceiveAll(), testing::AnyOf("", StartsWith("-ERR Protocol error: too many")));
  EXPECT_TRUE(Eventually([&] { return engine.Figure(KONTOR_WIRE_FIGURE_CLIENTS) == 0; }));
}

// Without a limit on requests not run, a thousand replies of 64 KiB each would be made at once.
TEST(Limits, ASlowReadersRequestsWait) {
  ServedEngine engine;
  RawClient slow = engine.Unix();
  EXPECT_EQ(slow.Ask(Request("SET", "k", std::string(64 * kKiB, 'v')), 5), "+OK\r\n");
  const std::string reply = Bulk(std::string(64 * kKiB, 'v'));
  constexpr size_t kRequests = 1000;
  std::string requests;
  for (size_t i = 0; i < kRequests; ++i) requests += Request("GET", "k");
  ASSERT_TRUE(slow.Send(requests));
  ASSERT_TRUE(Eventually([&] { return engine.Figure(KONTOR_WIRE_FIGURE_MEMORY_BYTES) > 0; }));
  RawClient other = engine.Unix();
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(other.Ask("PING\r\n", 7), "+PONG\r\n");
    ASSERT_LT(engine.Figure(KONTOR_WIRE_FIGURE_MEMORY_BYTES), 2 * kMiB);
  }
  for (size_t i = 0; i < kRequests; ++i) ASSERT_TRUE(slow.Receive(reply.size()) == reply) << i;
  EXPECT_EQ(slow.Ask("PING\r\n", 7), "+PONG\r\n");
}

TEST(Limits, AReplyTooLargeEndsTheConnection) {
  ServedEngine engine({.numbers = {{KONTOR_WIRE_REPLY_BYTES, kMiB}}});
  RawClient client = engine.Unix();
  EXPECT_EQ(client.Ask(Request("SET", "k", std::string(8 * kMiB, 'v')), 5), "+OK\r\n");
  ASSERT_TRUE(client.Send(Request("GET", "k")));
  EXPECT_TRUE(Eventually([&] { return engine.Figure(KONTOR_WIRE_FIGURE_ENDED_FOR_MEMORY) == 1; }));
  EXPECT_LT(client.ReceiveAll().size(), 8 * kMiB);
  EXPECT_EQ(engine.Unix().Ask("PING\r\n", 7), "+PONG\r\n");
}

TEST(Limits, ASubscriberThatDoesNotReadIsDisconnected) {
  ServedEngine engine({.numbers = {{KONTOR_WIRE_MESSAGE_BYTES, 256 * kKiB}}});
  RawClient deaf = engine.Unix();
  const std::string subscribed = "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n";
  EXPECT_EQ(deaf.Ask(Request("SUBSCRIBE", "news"), subscribed.size()), subscribed);
  RawClient publisher = engine.Unix();
  const std::string body(16 * kKiB, 'm');
  ASSERT_TRUE(Eventually([&] {
    EXPECT_EQ(publisher.Ask(Request("PUBLISH", "news", body), 4).size(), 4U);
    return engine.Figure(KONTOR_WIRE_FIGURE_CLIENTS) == 1 ||
           publisher.Ask(Request("PUBLISH", "news", body), 4) == ":0\r\n";
  }));
  EXPECT_LT(engine.Figure(KONTOR_WIRE_FIGURE_MEMORY_BYTES), 4 * kMiB);
  EXPECT_EQ(publisher.Ask("PING\r\n", 7), "+PONG\r\n");
}

TEST(Limits, OverTheLimitOfAllTheLargestGoes) {
  ServedEngine engine({.numbers = {{KONTOR_WIRE_MEMORY_BYTES, 2 * kMiB}}});
  RawClient small = engine.Tcp();
  RawClient middle = engine.Tcp();
  RawClient large = engine.Tcp();
  EXPECT_EQ(small.Ask("PING\r\n", 7), "+PONG\r\n");
  const std::string wanted(400 * kKiB, 'x');
  ASSERT_TRUE(middle.Send("*2\r\n$4\r\nECHO\r\n$409600\r\n" + wanted.substr(100 * kKiB)));
  ASSERT_TRUE(
      Eventually([&] { return engine.Figure(KONTOR_WIRE_FIGURE_MEMORY_BYTES) > 300 * kKiB; }));
  large.Send("*2\r\n$4\r\nECHO\r\n$3000000\r\n" + std::string(2500 * kKiB, 'x'));
  EXPECT_EQ(large.ReceiveAll(), "");
  EXPECT_EQ(engine.Figure(KONTOR_WIRE_FIGURE_ENDED_FOR_MEMORY), 1);
  EXPECT_EQ(small.Ask("PING\r\n", 7), "+PONG\r\n");
  ASSERT_TRUE(middle.Send(std::string(100 * kKiB, 'x') + "\r\n"));
  const std::string reply = Bulk(wanted);
  EXPECT_TRUE(middle.Receive(reply.size()) == reply);
}

// This host by an address that others could use. None: it has no network, hence no others.
std::string OuterAddress() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return "";
  std::string found;
  for (const ifaddrs* each = first; each != nullptr && found.empty(); each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    if ((each->ifa_flags & IFF_LOOPBACK) != 0 || (each->ifa_flags & IFF_UP) == 0) continue;
    char text[INET_ADDRSTRLEN] = "";
    const auto* address = reinterpret_cast<const sockaddr_in*>(each->ifa_addr);
    if (inet_ntop(AF_INET, &address->sin_addr, text, sizeof text) != nullptr) found = text;
  }
  freeifaddrs(first);
  return found;
}

TEST(Limits, ProtectedModeRefusesOtherHosts) {
  const std::string own = OuterAddress();
  if (own.empty()) return;
  for (const bool is_protected : {true, false}) {
    ServedEngine engine({.numbers = {{KONTOR_WIRE_PROTECTED, is_protected ? 1 : 0}},
                         .texts = {{KONTOR_WIRE_ADDRESSES, own}}});
    RawClient foreign = RawClient::ToPort(engine.port(), own.c_str());
    if (is_protected) {
      EXPECT_THAT(foreign.ReceiveAll(), StartsWith("-DENIED "));
    } else {
      EXPECT_EQ(foreign.Ask("PING\r\n", 7), "+PONG\r\n");
    }
    EXPECT_EQ(engine.Unix().Ask("PING\r\n", 7), "+PONG\r\n");
  }
}

}  // namespace
}  // namespace wire_test
