#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

using std::string_literals::operator""s;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// Every reply in these tables is that of redis-server 7.0.15.
class HyperLogLogCommandsTest : public CollectionCommandTest {
 protected:
  // Bytes that a line cannot hold.
  void Set(const std::string& key, const std::string& value) {
    TextReply reply;
    const std::vector<Bytes> arguments = {"SET", key, value};
    ASSERT_TRUE(RunCommand(engine_.get(), &database_, arguments, {}, &reply).ok());
    ASSERT_EQ(reply.text(), "+OK");
  }
  std::string Get(const std::string& key) {
    const std::string quoted = Run("GET " + key);
    return quoted.substr(1, quoted.size() - 2);
  }
};

constexpr CommandCase kAddAndCount[] = {
    {"PFADD h a b c d e f g", ":1"},
    {"PFCOUNT h", ":7"},
    {"PFADD h a b c", ":0"},
    {"PFADD h x", ":1"},
    {"PFCOUNT h", ":8"},
    {"PFADD h", ":0"},
    {"PFADD empty", ":1"},
    {"PFADD empty", ":0"},
    {"PFCOUNT empty", ":0"},
    {"STRLEN empty", ":18"},
    {"STRLEN h", ":40"},
    {R"(PFADD h "")", ":1"},
    {"PFCOUNT h", ":9"},
    {R"(PFADD h "")", ":0"},
    {"PFCOUNT nothing", ":0"},
    {"PFADD i x y z", ":1"},
    {"PFCOUNT h i", ":11"},
    {"PFCOUNT h i nothing h", ":11"},
    {"PFCOUNT nothing empty", ":0"},
    {"EXPIREAT h 4000000000", ":1"},
    {"PFADD h q r s t", ":1"},
    {"PFCOUNT h", ":12"},
    {"EXPIRETIME h", ":4000000000"},
    {"TYPE h", "+string"},
    {"GETRANGE h 0 3", R"("HYLL")"},
    {"PFADD", "-ERR wrong number of arguments for 'pfadd' command"},
    {"PFCOUNT", "-ERR wrong number of arguments for 'pfcount' command"},
    {"EXISTS nothing", ":0"},
};

constexpr CommandCase kMerge[] = {
    {"PFADD a 1 2 3 4 5", ":1"},
    {"PFADD b 4 5 6 7", ":1"},
    {"PFMERGE c a b", "+OK"},
    {"PFCOUNT c", ":7"},
    {"PFMERGE c", "+OK"},
    {"PFCOUNT c", ":7"},
    {"PFMERGE a b nothing a", "+OK"},
    {"PFCOUNT a", ":7"},
    {"PFMERGE fresh", "+OK"},
    {"PFCOUNT fresh", ":0"},
    {"STRLEN fresh", ":18"},
    {"EXPIREAT c 4000000000", ":1"},
    {"PFADD d 100 101", ":1"},
    {"PFMERGE c d", "+OK"},
    {"PFCOUNT c", ":9"},
    {"EXPIRETIME c", ":4000000000"},
    {"PFDEBUG ENCODING c", "+sparse"},
    {"PFDEBUG TODENSE d", ":1"},
    {"PFMERGE c d", "+OK"},
    {"PFDEBUG ENCODING c", "+dense"},
    {"STRLEN c", ":12304"},
    {"PFCOUNT c", ":9"},
    {"PFMERGE", "-ERR wrong number of arguments for 'pfmerge' command"},
};

constexpr CommandCase kDebug[] = {
    {"PFADD h a b c", ":1"},
    {"PFDEBUG DECODE h", R"("Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603")"},
    {"PFDEBUG ENCODING h", "+sparse"},
    {"PFDEBUG encoding h", "+sparse"},
    {"PFDEBUG TODENSE h", ":1"},
    {"PFDEBUG TODENSE h", ":0"},
    {"PFDEBUG ENCODING h", "+dense"},
    {"PFDEBUG DECODE h", "-ERR HLL encoding is not sparse"},
    {"STRLEN h", ":12304"},
    {"PFCOUNT h", ":3"},
    {"PFADD h a", ":0"},
    {"PFADD h d", ":1"},
    {"PFCOUNT h", ":4"},
    {"PFADD empty", ":1"},
    {"PFDEBUG DECODE empty", R"("Z:16384")"},
    {"PFDEBUG foo h", "-ERR Unknown PFDEBUG subcommand 'foo'"},
    {"PFDEBUG foo nothing", "-ERR The specified key does not exist"},
    {"PFDEBUG GETREG nothing", "-ERR The specified key does not exist"},
    {"PFDEBUG GETREG", "-ERR wrong number of arguments for 'pfdebug' command"},
    {"PFDEBUG GETREG h h", "-ERR wrong number of arguments for 'pfdebug' command"},
    {"PFDEBUG", "-ERR wrong number of arguments for 'pfdebug' command"},
    {"PFSELFTEST", "+OK"},
    {"PFSELFTEST h", "-ERR wrong number of arguments for 'pfselftest' command"},
};

constexpr CommandCase kNotASketch[] = {
    {"SET text hello-this-is-not-a-sketch", "+OK"},
    {"SET short HYLL", "+OK"},
    {"SET number 12", "+OK"},
    {R"(SET empty "")", "+OK"},
    {"RPUSH list x", ":1"},
    {"PFADD text a", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFADD text", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFADD short a", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFADD number a", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFADD empty a", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFADD list a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"PFCOUNT text", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFCOUNT short", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFCOUNT list", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"PFCOUNT text list", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFCOUNT list text", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"PFCOUNT nothing number", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFMERGE text", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFMERGE d text", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFMERGE d list", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"PFMERGE list", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"EXISTS d", ":0"},
    {"PFDEBUG GETREG text", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFDEBUG foo text", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"PFDEBUG foo list", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"PFDEBUG ENCODING number", "-WRONGTYPE Key is not a valid HyperLogLog string value."},
    {"GET text", R"("hello-this-is-not-a-sketch")"},
};

TEST_F(HyperLogLogCommandsTest, AddAndCount) { RunAll(kAddAndCount); }
TEST_F(HyperLogLogCommandsTest, Merge) { RunAll(kMerge); }
TEST_F(HyperLogLogCommandsTest, Debug) { RunAll(kDebug); }
TEST_F(HyperLogLogCommandsTest, NotASketch) { RunAll(kNotASketch); }

// The bytes of redis-server 7.0.15.
TEST_F(HyperLogLogCommandsTest, TheValueIsThatOfRedis) {
  const std::string registers(
      "`\xf3\x80P\xb1\x84K\xfb\x80"
      "BZ");
  const std::string fresh = std::string("HYLL\1\0\0\0\0\0\0\0\0\0\0\x80", 16) + registers;
  const std::string counted = std::string("HYLL\1\0\0\0\3\0\0\0\0\0\0\0", 16) + registers;
  Run("PFADD h a b c");
  EXPECT_EQ(Get("h"), fresh);
  EXPECT_EQ(Run("PFCOUNT h"), ":3");
  EXPECT_EQ(Get("h"), counted);
  Run("PFADD h a");
  EXPECT_EQ(Get("h"), counted);
  // And the other way round.
  Set("i", fresh);
  RunAll({{"PFCOUNT i", ":3"}, {"PFADD i b", ":0"}, {"PFADD i d", ":1"}, {"PFCOUNT i", ":4"}});
  // What is noted is believed.
  Set("i", std::string("HYLL\1\0\0\0\x39\x30\0\0\0\0\0\0", 16) + registers);
  RunAll({{"PFCOUNT i", ":12345"},
          {"PFCOUNT i nothing", ":3"},
          {"PFADD i d", ":1"},
          {"PFCOUNT i", ":4"}});
}

TEST_F(HyperLogLogCommandsTest, CountingManyWritesNothing) {
  Run("PFADD h a b c");
  const std::string fresh = Get("h");
  RunAll({{"PFCOUNT h h", ":3"}});
  EXPECT_EQ(Get("h"), fresh);
}

TEST_F(HyperLogLogCommandsTest, LargeSketches) {
  for (int i = 0; i < 200; ++i) {
    std::string line = "PFADD h";
    for (int j = 0; j < 50; ++j) line += " element:" + std::to_string(i * 50 + j);
    EXPECT_EQ(Run(line), ":1");
  }
  RunAll({{"PFDEBUG ENCODING h", "+dense"},
          {"PFCOUNT h", ":10017"},
          {"PFADD h element:0 element:9999", ":0"},
          {"PFCOUNT h", ":10017"},
          {"EXPIREAT h 4000000000", ":1"},
          {"PFADD h another", ":1"},
          {"EXPIRETIME h", ":4000000000"},
          {"PFCOUNT h", ":10019"},
          {"PFMERGE m h", "+OK"},
          {"PFCOUNT m", ":10019"}});
}

TEST_F(HyperLogLogCommandsTest, ShowsTheRegistersAndMakesThemDense) {
  RunAll({{"PFADD h a b c", ":1"}, {"PFDEBUG ENCODING h", "+sparse"}});
  const std::string sparse = Run("PFDEBUG GETREG h");
  EXPECT_THAT(sparse, StartsWith("[:0 :0 "));
  EXPECT_THAT(sparse, HasSubstr(" :0 :2 :0 "));
  EXPECT_THAT(sparse, EndsWith(" :0]"));
  EXPECT_EQ(Run("PFDEBUG ENCODING h"), "+dense");
  EXPECT_EQ(Run("PFDEBUG GETREG h"), sparse);
}

TEST_F(HyperLogLogCommandsTest, ACorruptSketchIsLeftAsItIs) {
  const std::string corrupt = "-INVALIDOBJ Corrupted HLL object detected";
  const std::string header("HYLL\1\0\0\0\0\0\0\0\0\0\0\x80", 16);
  Run("PFADD whole a");
  const std::string whole = Get("whole");
  for (const std::string& codes :
       {std::string(), std::string("\x3f"), std::string("\x7f\xff\x80"), std::string("\x40")}) {
    Set("h", header + codes);
    EXPECT_EQ(Run("PFCOUNT h"), corrupt);
    EXPECT_EQ(Run("PFCOUNT whole h"), corrupt);
    EXPECT_EQ(Run("PFMERGE d whole h"), corrupt);
    EXPECT_EQ(Run("PFMERGE whole h"), corrupt);
    EXPECT_EQ(Run("PFMERGE h whole"), corrupt);
    EXPECT_EQ(Run("PFDEBUG GETREG h"), corrupt);
    EXPECT_EQ(Run("PFDEBUG TODENSE h"), corrupt);
    EXPECT_EQ(Run("PFDEBUG ENCODING h"), "+sparse");
    EXPECT_EQ(Get("h"), header + codes);
    EXPECT_EQ(Get("whole"), whole);
    EXPECT_EQ(Run("EXISTS d"), ":0");
  }
  Set("h", header + "\x3f");
  EXPECT_EQ(Run("PFDEBUG DECODE h"), "\"z:64\"");
  // The register of d is there, that of a is not: nothing is half done.
  Set("h", header + "\x60\x00"s);
  EXPECT_EQ(Run("PFADD h d a"), corrupt);
  EXPECT_EQ(Get("h"), header + "\x60\x00"s);
  Run("PFADD x d");
  EXPECT_EQ(Run("PFMERGE h x"), corrupt);
  EXPECT_EQ(Run("PFMERGE h"), corrupt);
  EXPECT_EQ(Get("h"), header + "\x60\x00"s);
  EXPECT_EQ(Run("PFADD h d"), ":1");
}

}  // namespace
}  // namespace kontor
