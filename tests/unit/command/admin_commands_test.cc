#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

using AdminCommandsTest = CollectionCommandTest;

TEST_F(AdminCommandsTest, ThereIsOneUser) {
  EXPECT_EQ(Run("ACL WHOAMI"), "\"default\"");
  EXPECT_EQ(Run("ACL USERS"), "[\"default\"]");
  EXPECT_EQ(Run("ACL WHOAMI x"), "-ERR wrong number of arguments for 'acl|whoami' command");
  for (const char* line : {"ACL SETUSER a on", "ACL DELUSER a", "ACL LOG", "ACL LOAD", "ACL SAVE",
                           "ACL GENPASS", "ACL DRYRUN a GET k"}) {
    EXPECT_NE(Run(line).find("ACL users are not supported"), std::string::npos) << line;
  }
}

TEST_F(AdminCommandsTest, CategoriesAreThoseOfTheTable) {
  const std::string categories = Run("ACL CAT");
  for (const char* name : {"\"keyspace\"", "\"read\"", "\"sortedset\"", "\"blocking\""}) {
    EXPECT_NE(categories.find(name), std::string::npos) << name;
  }
  const std::string reads = Run("ACL CAT READ");
  EXPECT_NE(reads.find("\"get\""), std::string::npos);
  EXPECT_EQ(reads.find("\"set\""), std::string::npos);
  EXPECT_NE(Run("ACL CAT write").find("\"set\""), std::string::npos);
  EXPECT_NE(Run("ACL CAT sortedset").find("\"zadd\""), std::string::npos);
  EXPECT_EQ(Run("ACL CAT nosuch"), "-ERR Unknown category 'nosuch'");
}

TEST_F(AdminCommandsTest, NobodyShutsTheHostDown) {
  EXPECT_NE(Run("SHUTDOWN").find("SHUTDOWN is not supported"), std::string::npos);
  EXPECT_NE(Run("SHUTDOWN NOSAVE FORCE").find("SHUTDOWN is not supported"), std::string::npos);
  EXPECT_EQ(Run("SHUTDOWN ABORT"), "-ERR No shutdown in progress.");
  for (const char* line : {"SHUTDOWN NOSUCH", "SHUTDOWN SAVE NOSAVE", "SHUTDOWN ABORT NOW"}) {
    EXPECT_EQ(Run(line), "-ERR syntax error") << line;
  }
}

TEST_F(AdminCommandsTest, DebugTellsOfAValue) {
  Run("SET k v");
  EXPECT_EQ(Run("DEBUG OBJECT k"),
            "+Value at:0x0 refcount:1 encoding:embstr serializedlength:2 lru:0 lru_seconds_idle:0");
  EXPECT_EQ(Run("DEBUG OBJECT none"), "-ERR no such key");
  EXPECT_EQ(Run("DEBUG CHANGE-REPL-ID"), "+OK");
  EXPECT_EQ(Run("DEBUG QUICKLIST-PACKED-THRESHOLD 10b"), "+OK");
}

TEST_F(AdminCommandsTest, DebugSleepAnswersInTheEnd) {
  EXPECT_EQ(Run("DEBUG SLEEP 0"), "+OK");
  EXPECT_EQ(Run("DEBUG SLEEP 0.002"), "+OK");
  EXPECT_EQ(Run("DEBUG SLEEP -1"), "-ERR timeout is negative");
}

}  // namespace
}  // namespace kontor
