#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

using MemoryLimitCommandTest = CollectionCommandTest;

TEST_F(MemoryLimitCommandTest, CommandsThatMayGrowAreRefusedAndTheOthersAreNot) {
  Run("SET k v");
  Run("RPUSH l a b c");
  Run("HSET h f v");
  engine_->SetMemoryLimit(1);
  const auto is_refused = [](const std::string& reply) {
    return reply.find("OOM command not allowed when used memory > 'maxmemory'.") == 1;
  };
  EXPECT_PRED1(is_refused, Run("SET other v"));
  for (const char* line : {"APPEND k x", "INCR n", "MSET a 1 b 2", "SETRANGE k 0 x", "LPUSH l x",
                           "LMOVE l m LEFT LEFT", "BLMOVE l m LEFT LEFT 0", "HSET h g v",
                           "HINCRBY h n 1", "COPY k c", "PUBLISH c m"}) {
    EXPECT_PRED1(is_refused, Run(line)) << line;
  }
  for (const char* line :
       {"GET k", "EXPIRE k 100", "PERSIST k", "GETEX k", "RENAME k j", "LPOP l", "LREM l 0 b",
        "LTRIM l 0 -1", "HDEL h f", "BLPOP l 0", "GETDEL j", "DEL k", "FLUSHALL"}) {
    EXPECT_EQ(Run(line).find("OOM"), std::string::npos) << line;
  }
  EXPECT_PRED1(is_refused, Run("SET k v"));
  engine_->SetMemoryLimit(0);
  EXPECT_EQ(Run("SET k v").find("OOM"), std::string::npos);
}

TEST_F(MemoryLimitCommandTest, TheTableTellsWhichTheyAre) {
  EXPECT_NE(Run("COMMAND INFO SET").find("denyoom"), std::string::npos);
  EXPECT_EQ(Run("COMMAND INFO DEL").find("denyoom"), std::string::npos);
}

}  // namespace
}  // namespace kontor
