// Clients that were written for Redis, each doing a job.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "wire/served_engine.h"

namespace wire_test {
namespace {

using ::testing::HasSubstr;

struct Ran {
  int status;
  std::string output;
};

Ran RunShell(const std::string& command) {
  FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  std::string output;
  std::array<char, 4096> buffer;
  for (size_t got; (got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.append(buffer.data(), got);
  }
  return {pclose(pipe), output};
}

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Hiredis = std::unique_ptr<redisContext, FreeContext>;

struct FreeReply {
  void operator()(void* reply) const { freeReplyObject(reply); }
};
using HiredisReply = std::unique_ptr<redisReply, FreeReply>;

template <typename... Arguments>
HiredisReply Command(const Hiredis& context, const char* format, Arguments... arguments) {
  auto* const reply = static_cast<redisReply*>(redisCommand(context.get(), format, arguments...));
  EXPECT_NE(reply, nullptr) << context->errstr;
  return HiredisReply(reply);
}

TEST(Clients, RedisCliLoadsAMillionBytesAndReadsThemBack) {
  ServedEngine engine;
  const std::string cli = "redis-cli -s " + std::string(kSocketPath) + " ";
  EXPECT_EQ(RunShell(cli + "SET greeting 'hello world'").output, "OK\n");
  EXPECT_EQ(RunShell("redis-cli -p " + std::to_string(engine.port()) + " GET greeting").output,
            "hello world\n");
  // Mass insertion as Redis' documentation has it.
  const Ran loaded =
      RunShell("seq 1 20000 | awk '{print \"SET key:\" $1 \" value:\" $1}' | " + cli + "--pipe");
  EXPECT_EQ(loaded.status, 0);
  EXPECT_THAT(loaded.output, HasSubstr("errors: 0, replies: 20000"));
  EXPECT_EQ(RunShell(cli + "DBSIZE").output, "20001\n");
  EXPECT_EQ(RunShell(cli + "--scan --pattern 'key:1999?' | wc -l").output, "10\n");
  EXPECT_EQ(RunShell(cli + "GET key:20000").output, "value:20000\n");
  EXPECT_EQ(RunShell(cli + "-x SET large </etc/passwd && " + cli + "STRLEN large").status, 0);
  EXPECT_THAT(RunShell(cli + "-3 HELLO 3").output, HasSubstr("proto 3"));
}

TEST(Clients, RedisCliReadsWhatIsPublished) {
  ServedEngine engine;
  RawClient publisher = engine.Unix();
  FILE* const pipe = popen(
      ("timeout 20 redis-cli -s " + std::string(kSocketPath) + " SUBSCRIBE news").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  ASSERT_TRUE(
      Eventually([&] { return publisher.Ask(Request("PUBLISH", "news", "x"), 4) == ":1\r\n"; }));
  std::string output;
  std::array<char, 256> line;
  while (output.find("\nx\n") == std::string::npos &&
         fgets(line.data(), line.size(), pipe) != nullptr) {
    output += line.data();
  }
  EXPECT_THAT(output, HasSubstr("message\nnews\nx\n"));
  EXPECT_EQ(publisher.Ask(Request("CLIENT", "KILL", "TYPE", "pubsub"), 4), ":1\r\n");
  pclose(pipe);
}

TEST(Clients, RedisBenchmarkRunsThroughWithoutErrors) {
  ServedEngine engine;
  for (const char* const pipelined : {"-P 1", "-P 16"}) {
    const Ran ran =
        RunShell("redis-benchmark -p " + std::to_string(engine.port()) +
                 " -q -n 4000 -c 20 -r 100 -t set,get,incr,lpush,rpop,sadd,hset,mset " + pipelined);
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.output.find("rror"), std::string::npos) << ran.output;
    EXPECT_THAT(ran.output, HasSubstr("MSET (10 keys)"));
  }
  EXPECT_EQ(engine.Unix().Ask(Request("GET", "counter:000000000000"), 1), "$");
}

// A work queue by BRPOPLPUSH's successor: one client produces, one consumes and acknowledges.
TEST(Clients, HiredisMovesAWorkQueue) {
  ServedEngine engine;
  const Hiredis producer(redisConnect("127.0.0.1", engine.port()));
  const Hiredis consumer(redisConnectUnix(kSocketPath));
  ASSERT_TRUE(producer->err == 0 && consumer->err == 0);
  constexpr int kJobs = 500;
  for (int i = 0; i < kJobs; ++i) redisAppendCommand(producer.get(), "LPUSH jobs job:%d", i);
  for (int i = 0; i < kJobs; ++i) {
    void* reply = nullptr;
    ASSERT_EQ(redisGetReply(producer.get(), &reply), REDIS_OK);
    EXPECT_EQ(HiredisReply(static_cast<redisReply*>(reply))->integer, i + 1);
  }
  for (int i = 0; i < kJobs; ++i) {
    const HiredisReply taken = Command(consumer, "BLMOVE jobs busy RIGHT LEFT 5");
    ASSERT_EQ(std::string(taken->str, taken->len), "job:" + std::to_string(i));
    Command(consumer, "MULTI");
    Command(consumer, "LREM busy 1 %b", taken->str, taken->len);
    Command(consumer, "HSET done %b %d", taken->str, taken->len, i);
    const HiredisReply committed = Command(consumer, "EXEC");
    ASSERT_EQ(committed->elements, 2U);
    EXPECT_EQ(committed->element[0]->integer, 1);
  }
  EXPECT_EQ(Command(producer, "HLEN done")->integer, kJobs);
  EXPECT_EQ(Command(producer, "LLEN jobs")->integer + Command(producer, "LLEN busy")->integer, 0);
  EXPECT_EQ(Command(producer, "GET %s", "none")->type, REDIS_REPLY_NIL);
  EXPECT_EQ(Command(producer, "INCR done")->type, REDIS_REPLY_ERROR);
}

}  // namespace
}  // namespace wire_test
