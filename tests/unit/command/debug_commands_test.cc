#include <set>
#include <string>
#include <vector>

#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

class DebugCommandsTest : public CollectionCommandTest {
 protected:
  // Of what these commands make in an empty engine.
  std::string DigestAfter(const std::vector<std::string>& lines) {
    database_ = 0;
    Run("FLUSHALL");
    for (const std::string& line : lines) {
      const std::string reply = Run(line);
      EXPECT_NE(reply.substr(0, 1), "-") << line << ": " << reply;
    }
    return Run("DEBUG DIGEST");
  }
  // Some of every type, of every size.
  void Fill() {
    Run("SET short v PX 5000");
    Run("SET " + std::string(300, 'k') + " " + std::string(5000, 'v'));
    for (int i = 0; i < 300; ++i) {
      const std::string number = std::to_string(i);
      Run("RPUSH list " + number + " x" + number);
      Run("SADD numbers " + number);
      Run("SADD set x" + number);
      Run("ZADD zset 1.5 x" + number);
      Run("HSET hash f" + number + " " + number);
      Run("XADD stream " + number + "-1 f " + number);
    }
    Run("HSET small a 1 b 2");
    Run("HPEXPIRE small 300 FIELDS 1 a");
    Run("HPEXPIRE hash 400 FIELDS 2 f7 f8");
    Run("XGROUP CREATE stream g 10");
    Run("XREADGROUP GROUP g c COUNT 3 STREAMS stream >");
    Run("XDEL stream 12-1");
    Run("PEXPIRE zset 700");
    Run("SELECT 7");
    Run("SET elsewhere v");
    Run("SELECT 0");
  }
};

constexpr char kNothing[] = "+0000000000000000000000000000000000000000";

TEST_F(DebugCommandsTest, EqualDataHasOneDigest) {
  EXPECT_EQ(DigestAfter({}), kNothing);
  const std::string digest = DigestAfter({"SET a 1", "SADD s 1 2 x", "HSET h f v g w",
                                          "RPUSH l a b", "ZADD z 1 a 2 b", "XADD x 1-1 f v"});
  EXPECT_EQ(digest.size(), sizeof(kNothing) - 1);
  EXPECT_NE(digest, kNothing);
  const std::string large(1000, 'x');
  EXPECT_EQ(DigestAfter({"XADD x 1-1 f v", "ZADD z 2 b", "ZADD z 1 a", "LPUSH l b", "LPUSH l a",
                         "HSET h large " + large, "HSET h g w f v", "HDEL h large",
                         "SADD s x 2 1 " + large, "SREM s " + large, "SET a 2 PX 100", "DECR a",
                         "PERSIST a"}),
            digest);
  Run("DEL a s h l z x");
  EXPECT_EQ(Run("DEBUG DIGEST"), kNothing);
}

TEST_F(DebugCommandsTest, WhateverDiffersHasAnotherDigest) {
  const std::vector<std::vector<std::string>> different = {
      {},
      {"SET a 1"},
      {"SET a 2"},
      {"SET b 1"},
      {"SELECT 1", "SET a 1"},
      {"SET a 1 PXAT 1600000001000"},
      {"SET a 1 PXAT 1600000001001"},
      {"SET a 1", "SET b 2"},
      {"SET a 2", "SET b 1"},
      {"RPUSH a 1"},
      {"SADD a 1"},
      {"RPUSH a x y"},
      {"RPUSH a y x"},
      {"RPUSH a xy"},
      {"RPUSH a x y y"},
      {"SADD a x y"},
      {"SADD a xy"},
      {"ZADD a 1 x 2 y"},
      {"ZADD a 2 x 1 y"},
      {"HSET a x y"},
      {"HSET a y x"},
      {"HSET a xy z"},
      {"HSET a x yz"},
      {"HSET a x y", "HPEXPIRE a 500 FIELDS 1 x"},
      {"HSET a x y", "HPEXPIRE a 501 FIELDS 1 x"},
      {"XADD a 1-1 x y"},
      {"XADD a 1-2 x y"},
      {"XADD a 1-1 x y", "XADD a 1-2 x y", "XDEL a 1-2"},
      {"XADD a 1-1 x y", "XGROUP CREATE a g 0"},
      {"XADD a 1-1 x y", "XGROUP CREATE a h 0"},
      {"XADD a 1-1 x y", "XGROUP CREATE a g 1-1"},
      {"XADD a 1-1 x y", "XGROUP CREATE a g 0", "XGROUP CREATECONSUMER a g c"},
      {"XADD a 1-1 x y", "XGROUP CREATE a g 0", "XREADGROUP GROUP g c STREAMS a >"},
      {"XADD a 1-1 x y", "XGROUP CREATE a g 0", "XREADGROUP GROUP g c NOACK STREAMS a >"},
  };
  std::set<std::string> digests;
  for (const std::vector<std::string>& lines : different) {
    EXPECT_TRUE(digests.insert(DigestAfter(lines)).second)
        << (lines.empty() ? "" : lines.front() + " ... " + lines.back());
  }
}

TEST_F(DebugCommandsTest, WhatHasExpiredIsNoPart) {
  const std::string digest = DigestAfter({"HSET h f v"});
  Run("SET k v PX 100");
  Run("HSET h g v");
  Run("HPEXPIRE h 100 FIELDS 1 g");
  Run("HSET gone g v");
  Run("HPEXPIRE gone 100 FIELDS 1 g");
  EXPECT_NE(Run("DEBUG DIGEST"), digest);
  clock_.AdvanceMs(100);
  EXPECT_EQ(Run("DEBUG DIGEST"), digest);
}

TEST_F(DebugCommandsTest, DigestsOfValues) {
  Run("SADD a 1 2 x");
  Run("SADD b x 2 1");
  Run("SADD c x 2");
  Run("PEXPIRE b 1000");
  const std::string all = Run("DEBUG DIGEST-VALUE a b c none");
  const size_t size = sizeof(kNothing) - 1;
  ASSERT_EQ(all.size(), 4 * size + 5);  // brackets, spaces
  const std::string a = all.substr(1, size);
  EXPECT_EQ(all.substr(2 + size, size), a);
  EXPECT_NE(all.substr(3 + 2 * size, size), a);
  EXPECT_EQ(all.substr(4 + 3 * size, size), kNothing);
}

TEST_F(DebugCommandsTest, AReloadKeepsEverything) {
  Fill();
  const std::string digest = Run("DEBUG DIGEST");
  const std::vector<std::string> looks = {"GET short",
                                          "PTTL short",
                                          "LRANGE list 0 -1",
                                          "ZRANGE zset 0 -1 WITHSCORES",
                                          "PTTL zset",
                                          "HPTTL small FIELDS 2 a b",
                                          "HPTTL hash FIELDS 3 f6 f7 f8",
                                          "XRANGE stream - +",
                                          "XPENDING stream g",
                                          "XINFO GROUPS stream",
                                          "SMISMEMBER set x7 y",
                                          "SCARD numbers",
                                          "STRLEN " + std::string(300, 'k'),
                                          "DBSIZE",
                                          "HGET hash f299"};
  std::vector<std::string> before;
  for (const std::string& look : looks) before.push_back(Run(look));
  for (const char* const reload : {"DEBUG RELOAD", "DEBUG RELOAD NOFLUSH MERGE", "DEBUG LOADAOF"}) {
    EXPECT_EQ(Run(reload), "+OK");
    EXPECT_EQ(Run("DEBUG DIGEST"), digest);
    for (size_t i = 0; i < looks.size(); ++i) EXPECT_EQ(Run(looks[i]), before[i]) << looks[i];
  }
  // What is there is whole: it can be changed, and it expires.
  EXPECT_EQ(Run("APPEND " + std::string(300, 'k') + " x"), ":5001");
  EXPECT_EQ(Run("RPOP list"), "\"x299\"");
  clock_.AdvanceMs(5000);
  engine_->Tick();
  EXPECT_EQ(engine_->counters().expired_fields, 3u);
  EXPECT_EQ(engine_->counters().expired_keys, 2u);
  EXPECT_EQ(Run("EXISTS short zset"), ":0");
}

// Values are made anew: one that is small again is held as such.
TEST_F(DebugCommandsTest, AReloadMakesValuesAnew) {
  Run("SADD set a b");
  const std::string small = Run("MEMORY USAGE set");
  for (int i = 0; i < 1000; ++i) Run("SADD set x" + std::to_string(i));
  for (int i = 0; i < 1000; ++i) Run("SREM set x" + std::to_string(i));
  EXPECT_NE(Run("MEMORY USAGE set"), small);
  EXPECT_EQ(Run("DEBUG RELOAD"), "+OK");
  EXPECT_EQ(Run("MEMORY USAGE set"), small);
  const int64_t used_bytes = engine_->memory_usage().used_bytes;
  EXPECT_EQ(Run("DEBUG RELOAD"), "+OK");
  EXPECT_EQ(engine_->memory_usage().used_bytes, used_bytes);
}

TEST_F(DebugCommandsTest, ReloadHasOptions) {
  EXPECT_EQ(Run("DEBUG RELOAD NOSAVE").substr(0, 44),
            "-ERR DEBUG RELOAD NOSAVE is not supported: w");
  EXPECT_EQ(Run("DEBUG RELOAD x"),
            "-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
}

TEST_F(DebugCommandsTest, ExpiryInTheBackgroundStopsAndGoesOn) {
  Run("SET k v PX 100");
  Run("HSET h f v g w");
  Run("HPEXPIRE h 100 FIELDS 1 f");
  EXPECT_EQ(Run("DEBUG SET-ACTIVE-EXPIRE 0"), "+OK");
  clock_.AdvanceMs(100);
  engine_->Tick();
  EXPECT_EQ(engine_->counters().expired_keys, 0u);
  EXPECT_EQ(engine_->counters().expired_fields, 0u);
  EXPECT_EQ(Run("DBSIZE"), ":2");
  EXPECT_EQ(Run("GET k"), "nil");
  EXPECT_EQ(Run("DEBUG SET-ACTIVE-EXPIRE 1"), "+OK");
  engine_->Tick();
  EXPECT_EQ(engine_->counters().expired_keys, 1u);
  EXPECT_EQ(engine_->counters().expired_fields, 1u);
  EXPECT_EQ(Run("DBSIZE"), ":1");
  EXPECT_EQ(Run("DEBUG SET-ACTIVE-EXPIRE 2"), "-ERR value is out of range, must be 0 or 1");
  EXPECT_EQ(Run("DEBUG SET-ACTIVE-EXPIRE x"), "-ERR value is out of range, must be 0 or 1");
}

}  // namespace
}  // namespace kontor
