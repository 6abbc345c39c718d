// Ten thousand connections that mean harm, while others are served and memory stays where it is.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "style/resident_memory.h"
#include "wire/raw_client.h"
#include "wire/served_engine.h"

namespace wire_test {
namespace {

constexpr int64_t kMiB = 1 << 20;
constexpr size_t kWanted = 10'000;
// What is held for a connection beside its requests and replies, with malloc's holes.
[[maybe_unused]] constexpr int64_t kConnectionBytes = 12 << 10;
constexpr int64_t kCeilingBytes = 64 * kMiB;

// As many as the system's limit lets one process have open, 10000 at most.
size_t Connections() {
  rlimit limit{};
  EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  constexpr rlim_t kOthers = 200;  // of the test, and of subscribers' sessions, see below
  const rlim_t possible = (limit.rlim_max - kOthers) * 10 / 14;
  const size_t count = std::min<size_t>(kWanted, possible);
  if (count < kWanted) std::printf("only %zu connections: RLIMIT_NOFILE is low\n", count);
  return count;
}

// One in ten reads no replies, one in ten (with four descriptors more) no messages, four stop in
// the middle of a request, four announce what never comes.
std::string Harm(size_t i) {
  switch (i % 10) {
    case 0: {
      std::string requests;
      for (int n = 0; n < 50; ++n) requests += Request("GET", "large");
      return requests;
    }
    case 1:
      return Request("SUBSCRIBE", "noise");
    case 2:
    case 3:
    case 4:
    case 5:
      return "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n" + std::string(30'000, 'x');
    default:
      return "*1048576\r\n$536870912\r\nxxxx";
  }
}

// Connects, does its harm, says so, and stays until its input ends.
[[noreturn]] void Attack(size_t count, int told, int tells) {
  int port = 0;
  if (read(told, &port, sizeof port) != sizeof port) _exit(1);
  std::vector<RawClient> clients;
  for (size_t i = 0; i < count; ++i) {
    clients.push_back(i % 3 == 0 ? RawClient::ToPort(port) : ServedEngine::Unix());
    if (clients.back().connected()) clients.back().SendSome(Harm(i));
  }
  if (write(tells, &port, sizeof port) != sizeof port) _exit(1);
  char end = 0;
  while (read(told, &end, 1) > 0) {
  }
  _exit(0);
}

struct Attacker {
  pid_t process;
  int tells;
  int told;
};

// Before there are threads.
Attacker StartAttacker(size_t count) {
  int there[2];
  int back[2];
  EXPECT_EQ(pipe(there), 0);
  EXPECT_EQ(pipe(back), 0);
  const pid_t child = fork();
  EXPECT_GE(child, 0);
  if (child == 0) {
    close(there[1]);
    close(back[0]);
    Attack(count, there[0], back[1]);
  }
  close(there[0]);
  close(back[1]);
  return {.process = child, .tells = back[0], .told = there[1]};
}

bool HasSpoken(const Attacker& attacker) {
  pollfd waited{.fd = attacker.tells, .events = POLLIN, .revents = 0};
  return poll(&waited, 1, 0) == 1;
}

TEST(Hostile, TenThousandConnectionsUnderACeiling) {
  const size_t count = Connections();
  const Attacker attacker = StartAttacker(count);
  ServedEngine engine(
      {.numbers = {{KONTOR_WIRE_MEMORY_BYTES, kCeilingBytes}, {KONTOR_WIRE_CLIENTS, 20'000}}});
  RawClient good = engine.Unix();
  EXPECT_EQ(good.Ask(Request("SET", "large", std::string(100'000, 'v')), 5), "+OK\r\n");
  const int64_t before = kontor::ResidentBytes();
  int64_t most = before;
  const int port = engine.port();
  ASSERT_EQ(write(attacker.told, &port, sizeof port), ssize_t{sizeof port});
  int served = 0;
  int after = 0;
  while (after < 200) {
    const std::string number = std::to_string(++served);
    ASSERT_EQ(good.Ask(Request("SET", "good", number), 5), "+OK\r\n") << served;
    ASSERT_EQ(good.Ask(Request("GET", "good"), Bulk(number).size()), Bulk(number));
    ASSERT_EQ(good.Ask(Request("PUBLISH", "noise", std::string(4096, 'n')), 1), ":");
    ASSERT_EQ(good.ReceiveLine().back(), '\n');
    most = std::max(most, kontor::ResidentBytes());
    after += HasSpoken(attacker) ? 1 : 0;
  }
  EXPECT_GE(engine.Figure(KONTOR_WIRE_FIGURE_ACCEPTED), static_cast<int64_t>(count));
  EXPECT_GT(engine.Figure(KONTOR_WIRE_FIGURE_ENDED_FOR_MEMORY), 0);
  EXPECT_TRUE(
      Eventually([&] { return engine.Figure(KONTOR_WIRE_FIGURE_MEMORY_BYTES) <= kCeilingBytes; }));
  std::printf("%zu connections, %d requests answered meanwhile, %lld MiB more than before\n", count,
              served * 3, static_cast<long long>((most - before) / kMiB));
#if !defined(KONTOR_SHADOW_MEMORY)
  EXPECT_LT(most - before, kCeilingBytes + static_cast<int64_t>(count) * kConnectionBytes);
#endif
  close(attacker.told);
  int status = 0;
  EXPECT_EQ(waitpid(attacker.process, &status, 0), attacker.process);
  EXPECT_EQ(status, 0);
  close(attacker.tells);
  EXPECT_TRUE(Eventually([&] { return engine.Figure(KONTOR_WIRE_FIGURE_CLIENTS) == 1; }));
  EXPECT_EQ(good.Ask("PING\r\n", 7), "+PONG\r\n");
}

}  // namespace
}  // namespace wire_test
