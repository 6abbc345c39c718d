#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

using ConfigCommandsTest = CollectionCommandTest;

TEST_F(ConfigCommandsTest, TellsWhatMatches) {
  RunAll({
      {"CONFIG GET databases", "[\"databases\" \"16\"]"},
      {"CONFIG GET DataBases nosuch", "[\"databases\" \"16\"]"},
      {"CONFIG GET appendonly maxmemory save",
       "[\"appendonly\" \"no\" \"maxmemory\" \"0\" \"save\" \"\"]"},
      {"CONFIG GET nosuch", "[]"},
      {"CONFIG GET slowlog*",
       "[\"slowlog-log-slower-than\" \"10000\" \"slowlog-max-len\" \"128\"]"},
  });
}

TEST_F(ConfigCommandsTest, ChangesSettings) {
  RunAll({
      {"CONFIG SET maxmemory 2mb MAXMEMORY-POLICY allkeys-lru", "+OK"},
      {"CONFIG GET maxmemory*", "[\"maxmemory\" \"2097152\" \"maxmemory-policy\" \"allkeys-lru\"]"},
      {"CONFIG SET maxmemory 3m", "+OK"},
      {"CONFIG GET maxmemory", "[\"maxmemory\" \"3000000\"]"},
      {"CONFIG SET maxmemory 0", "+OK"},
      {"CONFIG SET slowlog-log-slower-than -1 slowlog-max-len 0 latency-monitor-threshold 7",
       "+OK"},
      {"CONFIG GET slowlog* latency-monitor*",
       "[\"latency-monitor-threshold\" \"7\" \"slowlog-log-slower-than\" \"-1\" "
       "\"slowlog-max-len\" \"0\"]"},
  });
  EXPECT_EQ(engine_->memory_usage().limit_bytes, 0);
}

TEST_F(ConfigCommandsTest, AllOrNothing) {
  RunAll({
      {"CONFIG SET maxmemory 1gb slowlog-max-len abc",
       "-ERR CONFIG SET failed (possibly related to argument 'slowlog-max-len') - argument "
       "couldn't "
       "be parsed into an integer"},
      {"CONFIG GET maxmemory", "[\"maxmemory\" \"0\"]"},
      {"CONFIG SET maxmemory 1gb maxmemory 2gb",
       "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - duplicate parameter"},
      {"CONFIG SET maxmemory 1gb databases 3",
       "-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable "
       "config"},
      {"CONFIG SET maxmemory 1gb nosuch 3",
       "-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'"},
      {"CONFIG SET maxmemory 1gb maxmemory-policy", "-ERR syntax error"},
      {"CONFIG SET maxmemory", "-ERR wrong number of arguments for 'config|set' command"},
      {"CONFIG GET maxmemory", "[\"maxmemory\" \"0\"]"},
  });
}

TEST_F(ConfigCommandsTest, RefusesWhatIsNoValue) {
  const std::string failed = "-ERR CONFIG SET failed (possibly related to argument '";
  for (const char* memory :
       {"abc", "-1", "\"\"", "1tb", "1.5gb", "99999999999999999999", "9223372036854775807kb"}) {
    EXPECT_EQ(Run(std::string("CONFIG SET maxmemory ") + memory),
              failed + "maxmemory') - argument must be a memory value")
        << memory;
  }
  EXPECT_EQ(Run("CONFIG SET slowlog-max-len -1"),
            failed + "slowlog-max-len') - argument must be between 0 and 1000000 inclusive");
  EXPECT_EQ(Run("CONFIG SET maxmemory-policy never")
                .rfind(failed + "maxmemory-policy') - argument(s) must be one of the following: "
                                "noeviction, allkeys-lru",
                       0),
            0u);
  EXPECT_EQ(Run("CONFIG REWRITE"), "-ERR The server is running without a config file");
}

TEST_F(ConfigCommandsTest, SetsCountersBack) {
  RunAll({{"SET k v", "+OK"}, {"GET k", "\"v\""}, {"GET absent", "nil"}});
  EXPECT_EQ(engine_->counters().hits, 1u);
  EXPECT_EQ(Run("CONFIG RESETSTAT"), "+OK");
  EXPECT_EQ(engine_->counters().hits, 0u);
  EXPECT_EQ(engine_->counters().misses, 0u);
  EXPECT_EQ(Run("GET k"), "\"v\"");
  EXPECT_EQ(engine_->counters().hits, 1u);
  EXPECT_NE(Run("INFO stats").find("keyspace_hits:1\r\nkeyspace_misses:0"), std::string::npos);
}

}  // namespace
}  // namespace kontor
