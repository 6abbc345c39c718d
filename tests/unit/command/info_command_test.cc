#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

class InfoCommandTest : public CollectionCommandTest {
 protected:
  bool Says(const std::string& command, const std::string& words) {
    return Run(command).find(words) != std::string::npos;
  }
};

TEST_F(InfoCommandTest, TellsEverySectionUnlessAskedForSome) {
  for (const char* heading :
       {"# Server", "# Clients", "# Memory", "# Persistence", "# Stats", "# Keyspace"}) {
    EXPECT_TRUE(Says("INFO", heading)) << heading;
    EXPECT_TRUE(Says("INFO everything", heading)) << heading;
  }
  EXPECT_TRUE(Says("INFO memory STATS", "# Memory"));
  EXPECT_TRUE(Says("INFO memory STATS", "# Stats"));
  EXPECT_FALSE(Says("INFO memory STATS", "# Server"));
  EXPECT_FALSE(Says("INFO nothing", "#"));
}

TEST_F(InfoCommandTest, CountsWhatHappens) {
  EXPECT_TRUE(Says("INFO stats", "keyspace_hits:0\r\nkeyspace_misses:0\r\n"));
  Run("SET k v");
  Run("SET mortal v EX 100");
  Run("GET k");
  Run("GET k");
  Run("GET absent");
  Run("MGET k absent mortal");
  EXPECT_TRUE(Says("INFO stats", "keyspace_hits:4\r\nkeyspace_misses:2\r\n")) << Run("INFO stats");
  EXPECT_TRUE(Says("INFO keyspace", "db0:keys=2,expires=1,avg_ttl=0\r\n"));
  EXPECT_FALSE(Says("INFO keyspace", "db1"));
}

TEST_F(InfoCommandTest, TellsWhatClientsLookFor) {
  EXPECT_TRUE(Says("INFO server", "redis_version:7.2.0\r\nkontor_version:")) << Run("INFO server");
  EXPECT_TRUE(Says("INFO server", "redis_mode:standalone\r\n"));
  EXPECT_TRUE(Says("INFO server", "tcp_port:0\r\nuptime_in_seconds:"));
  EXPECT_TRUE(Says("INFO", "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n"));
  EXPECT_TRUE(Says("INFO", "# Cluster\r\ncluster_enabled:0\r\n"));
  EXPECT_TRUE(Says("INFO persistence", "loading:0\r\n"));
}

TEST_F(InfoCommandTest, TellsTheMemoryLimit) {
  EXPECT_TRUE(Says("INFO memory", "maxmemory:0\r\nmaxmemory_policy:noeviction\r\n"));
  engine_->SetMemoryLimit(int64_t{1} << 30);
  engine_->SetEviction(Eviction::kVolatileLfu);
  EXPECT_TRUE(Says("INFO memory", "maxmemory:1073741824\r\nmaxmemory_policy:volatile-lfu\r\n"));
}

}  // namespace
}  // namespace kontor
