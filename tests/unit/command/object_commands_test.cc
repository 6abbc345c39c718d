#include <string>

#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

class ObjectCommandsTest : public CollectionCommandTest {
 protected:
  std::string EncodingOf(const std::string& key) { return Run("OBJECT ENCODING " + key); }
  // `command` with so many of these words, the number of each in place of '#'.
  void Fill(const std::string& command, int count, const std::string& words) {
    std::string line = command;
    for (int n = 0; n < count; ++n) {
      line += " ";
      for (const char c : words) c == '#' ? line += std::to_string(n) : line += c;
    }
    Run(line);
  }
};

// What redis-server 7.2.6 answers.
TEST_F(ObjectCommandsTest, EncodingsOfStrings) {
  const CommandCase cases[] = {
      {"SET k 123", "+OK"},
      {"OBJECT ENCODING k", R"("int")"},
      {"SET k -9223372036854775808", "+OK"},
      {"OBJECT ENCODING k", R"("int")"},
      {"SET k 9223372036854775808", "+OK"},
      {"OBJECT ENCODING k", R"("embstr")"},
      {"SET k 012", "+OK"},
      {"object encoding k", R"("embstr")"},
      {R"(SET k "")", "+OK"},
      {"OBJECT ENCODING k", R"("embstr")"},
      {"OBJECT ENCODING nothing", "nil"},
      {"OBJECT REFCOUNT nothing", "nil"},
      {"OBJECT IDLETIME nothing", "nil"},
      {"OBJECT FREQ nothing", "nil"},
      {"OBJECT REFCOUNT k", ":1"},
      {"OBJECT IDLETIME k", ":0"},
      {"OBJECT ENCODING", "-ERR wrong number of arguments for 'object|encoding' command"},
      {"OBJECT ENCODING a b", "-ERR wrong number of arguments for 'object|encoding' command"},
      {"OBJECT", "-ERR wrong number of arguments for 'object' command"},
      {"OBJECT NOSUCH k", "-ERR unknown subcommand 'NOSUCH'. Try OBJECT HELP."},
      {"OBJECT FREQ k",
       "-ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note "
       "that when switching between policies at runtime LRU and LFU data will take some time to "
       "adjust."},
  };
  RunAll(cases);
  Run("SET k " + std::string(44, 'x'));
  EXPECT_EQ(EncodingOf("k"), R"("embstr")");
  Run("SET k " + std::string(45, 'x'));
  EXPECT_EQ(EncodingOf("k"), R"("raw")");
}

TEST_F(ObjectCommandsTest, EncodingsOfCollections) {
  Fill("SADD ints", 512, "#");
  EXPECT_EQ(EncodingOf("ints"), R"("intset")");
  Run("SADD ints 512");
  EXPECT_EQ(EncodingOf("ints"), R"("hashtable")");
  Fill("SADD set", 128, "m#");
  EXPECT_EQ(EncodingOf("set"), R"("listpack")");
  Run("SADD set m128");
  EXPECT_EQ(EncodingOf("set"), R"("hashtable")");

  Fill("HSET hash", 512, "f# v#");
  EXPECT_EQ(EncodingOf("hash"), R"("listpack")");
  Run("HSET hash f512 v");
  EXPECT_EQ(EncodingOf("hash"), R"("hashtable")");
  Run("HSET long f " + std::string(64, 'x'));
  EXPECT_EQ(EncodingOf("long"), R"("listpack")");
  Run("HSET long f " + std::string(65, 'x'));
  EXPECT_EQ(EncodingOf("long"), R"("hashtable")");

  Fill("ZADD zset", 128, "# m#");
  EXPECT_EQ(EncodingOf("zset"), R"("listpack")");
  Run("ZADD zset 1 m128");
  EXPECT_EQ(EncodingOf("zset"), R"("skiplist")");

  Run("XADD stream 1-1 f v");
  EXPECT_EQ(EncodingOf("stream"), R"("stream")");

  Fill("RPUSH list", 100, "element#");
  EXPECT_EQ(EncodingOf("list"), R"("listpack")");
  Fill("RPUSH list", 2000, "element#");
  EXPECT_EQ(EncodingOf("list"), R"("quicklist")");
}

TEST_F(ObjectCommandsTest, AnExpiredKeyIsNotThere) {
  Run("SET k v PX 5");
  EXPECT_EQ(EncodingOf("k"), R"("embstr")");
  clock_.AdvanceMs(5);
  EXPECT_EQ(EncodingOf("k"), "nil");
  EXPECT_EQ(Run("OBJECT FREQ k"), "nil");
}

TEST_F(ObjectCommandsTest, FrequenciesGrowWithUses) {
  engine_->SetEviction(Eviction::kAllKeysLfu);
  EXPECT_EQ(Run("OBJECT IDLETIME nothing"), "nil");
  Run("SET k v");
  EXPECT_EQ(
      Run("OBJECT IDLETIME k"),
      "-ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when "
      "switching between policies at runtime LRU and LFU data will take some time to adjust.");
  const auto frequency = [this] { return std::stoi(Run("OBJECT FREQ k").substr(1)); };
  const int at_first = frequency();
  EXPECT_EQ(at_first, 5);
  EXPECT_EQ(frequency(), at_first) << "looking is a use";
  int before = at_first;
  for (int uses = 1; uses <= 256; uses *= 4) {
    for (int i = 0; i < uses; ++i) Run("GET k");
    EXPECT_GT(frequency(), before);
    before = frequency();
  }
  EXPECT_LE(before, 255);
}

}  // namespace
}  // namespace kontor
