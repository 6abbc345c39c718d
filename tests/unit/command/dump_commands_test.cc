#include <string>
#include <vector>

#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

// Commands whose words are any bytes.
class DumpCommandsTest : public CollectionCommandTest {
 protected:
  std::string RunWords(const std::vector<std::string>& words) {
    const std::vector<Bytes> arguments(words.begin(), words.end());
    TextReply reply;
    const Status status = RunCommand(engine_.get(), &database_, arguments, {}, &reply);
    EXPECT_TRUE(status.ok());
    return reply.text();
  }
  std::string DumpOf(const std::string& key) {
    const std::string reply = Run("DUMP " + key);
    return reply.substr(1, reply.size() - 2);
  }
};

TEST_F(DumpCommandsTest, ACopyOfEveryType) {
  Run("SET string value");
  Run("RPUSH list a 1 b");
  Run("SADD set a 1");
  Run("ZADD zset 1.5 a -inf b");
  Run("HSET hash f v g 2");
  Run("XADD stream 1-1 f v g 2");
  for (const char* const key : {"string", "list", "stream", "set", "zset", "hash"}) {
    EXPECT_EQ(RunWords({"RESTORE", "copy", "0", DumpOf(key), "REPLACE"}), "+OK");
    EXPECT_EQ(Run("TYPE copy"), Run(std::string("TYPE ") + key));
    EXPECT_EQ(DumpOf("copy"), DumpOf(key));
    EXPECT_EQ(Run("PTTL copy"), ":-1");
  }
  EXPECT_EQ(Run("HGET copy f"), R"("v")");
  EXPECT_EQ(Run("DUMP nothing"), "nil");
}

TEST_F(DumpCommandsTest, AStreamWithAllThatIsKnownOfIt) {
  Run("XADD k 1-1 f v");
  Run("XADD k 2-1 f w g 2");
  Run("XADD k 3-1 f x");
  Run("XGROUP CREATE k g 0");
  Run("XREADGROUP GROUP g c COUNT 2 STREAMS k >");
  Run("XREADGROUP GROUP g d COUNT 1 STREAMS k >");
  Run("XGROUP CREATECONSUMER k g idle");
  Run("XDEL k 2-1");
  EXPECT_EQ(RunWords({"RESTORE", "copy", "0", DumpOf("k")}), "+OK");
  EXPECT_EQ(Run("XRANGE copy - +"), Run("XRANGE k - +"));
  EXPECT_EQ(Run("XPENDING copy g - + 10"), Run("XPENDING k g - + 10"));
  EXPECT_EQ(Run("XINFO GROUPS copy"), Run("XINFO GROUPS k"));
  EXPECT_EQ(Run("XINFO STREAM copy"), Run("XINFO STREAM k"));
  // It lives on as the other one does.
  EXPECT_EQ(Run("XADD copy 2-9 f v"), Run("XADD k 2-9 f v"));
  EXPECT_EQ(Run("XACK copy g 1-1 2-1"), ":2");
  EXPECT_EQ(Run("XADD copy 4-1 f y"), R"("4-1")");
  EXPECT_EQ(Run("XREADGROUP GROUP g c STREAMS copy >"), R"([["copy" [["4-1" ["f" "y"]]]]])");
  EXPECT_EQ(Run("SORT k"), "-WRONGTYPE Operation against a key holding the wrong kind of value");
}

TEST_F(DumpCommandsTest, Deadlines) {
  Run("SET k v");
  const std::string dump = DumpOf("k");
  EXPECT_EQ(RunWords({"RESTORE", "a", "500", dump}), "+OK");
  EXPECT_EQ(Run("PEXPIRETIME a"), ":1600000000500");
  EXPECT_EQ(RunWords({"RESTORE", "a", "1600000000400", dump, "ABSTTL", "REPLACE"}), "+OK");
  EXPECT_EQ(Run("PEXPIRETIME a"), ":1600000000400");
  // One that has passed deletes what it was to replace.
  EXPECT_EQ(RunWords({"RESTORE", "a", "1600000000000", dump, "ABSTTL", "REPLACE"}), "+OK");
  EXPECT_EQ(Run("EXISTS a"), ":0");
  EXPECT_EQ(RunWords({"RESTORE", "a", "9223372036854775807", dump}),
            "-ERR invalid expire time in 'restore' command");
  EXPECT_EQ(RunWords({"RESTORE", "a", "-1", dump}), "-ERR Invalid TTL value, must be >= 0");
}

TEST_F(DumpCommandsTest, FieldsKeepTheirDeadlines) {
  Run("HSET h a 1 b 2 c 3");
  const std::string without = DumpOf("h");
  Run("HPEXPIRE h 500 FIELDS 1 b");
  Run("HPEXPIRE h 300 FIELDS 1 c");
  const std::string dump = DumpOf("h");
  EXPECT_EQ(RunWords({"RESTORE", "copy", "0", dump}), "+OK");
  EXPECT_EQ(Run("HPEXPIRETIME copy FIELDS 3 a b c"), "[:-1 :1600000000500 :1600000000300]");
  EXPECT_EQ(DumpOf("copy"), dump);
  // The form and the version are those of Redis 7.4 only where they must be.
  EXPECT_EQ(dump[0], 24);
  EXPECT_EQ(dump[dump.size() - 10], 12);
  Run("HPERSIST h FIELDS 2 b c");
  EXPECT_EQ(DumpOf("h"), without);
  EXPECT_EQ(without[0], 4);
  EXPECT_EQ(without[without.size() - 10], 8);
}

TEST_F(DumpCommandsTest, FieldsThatAreOverdueAreNotRestored) {
  Run("HSET h a 1 b 2 c 3");
  Run("HPEXPIRE h 300 FIELDS 1 b");
  Run("HPEXPIRE h 500 FIELDS 1 c");
  const std::string dump = DumpOf("h");
  Run("HDEL h a");
  const std::string mortal = DumpOf("h");
  clock_.AdvanceMs(300);
  EXPECT_EQ(RunWords({"RESTORE", "k", "0", dump}), "+OK");
  EXPECT_EQ(Run("HGETALL k"), R"(["a" "1" "c" "3"])");
  EXPECT_EQ(Run("HPTTL k FIELDS 3 a b c"), "[:-1 :-2 :200]");
  clock_.AdvanceMs(200);
  EXPECT_EQ(Run("HLEN k"), ":1");
  // Nothing is left of it: it replaces, and is not there.
  EXPECT_EQ(RunWords({"RESTORE", "k", "1000", mortal, "REPLACE"}), "+OK");
  EXPECT_EQ(Run("EXISTS k"), ":0");
}

TEST_F(DumpCommandsTest, ARefusedValueChangesNothing) {
  Run("RPUSH k a b");
  std::string dump = DumpOf("k");
  EXPECT_EQ(RunWords({"RESTORE", "k", "0", dump}), "-BUSYKEY Target key name already exists.");
  dump.back() = static_cast<char>(dump.back() ^ 1);
  EXPECT_EQ(RunWords({"RESTORE", "k", "0", dump, "REPLACE"}),
            "-ERR DUMP payload version or checksum are wrong");
  EXPECT_EQ(Run("LRANGE k 0 -1"), R"(["a" "b"])");
}

}  // namespace
}  // namespace kontor
