#include <string>
#include <vector>

#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

// Every reply in this table is that of redis-server 7.0.15.
class SortCommandsTest : public CollectionCommandTest {};

constexpr CommandCase kSorts[] = {
    {"RPUSH l 3 10 2 -1 2.5", ":5"},
    {"SORT l", R"(["-1" "2" "2.5" "3" "10"])"},
    {"SORT l DESC", R"(["10" "3" "2.5" "2" "-1"])"},
    {"SORT l ALPHA", R"(["-1" "10" "2" "2.5" "3"])"},
    {"SORT l alpha desc LIMIT 1 2", R"(["2.5" "2"])"},
    {"SORT l LIMIT 1 2", R"(["2" "2.5"])"},
    {"SORT l LIMIT -5 2", R"(["-1" "2"])"},
    {"SORT l LIMIT 0 0", "[]"},
    {"SORT l LIMIT 2 -1", R"(["2.5" "3" "10"])"},
    {"SORT l LIMIT 9 1", "[]"},
    {"SORT l LIMIT x 1", "-ERR value is not an integer or out of range"},
    {"SORT l LIMIT 1", "-ERR syntax error"},
    {"SORT l LIMIT 1 9223372036854775808", "-ERR value is not an integer or out of range"},
    {"SORT l NONSENSE", "-ERR syntax error"},
    {"SORT l BY", "-ERR syntax error"},
    {"SORT l GET", "-ERR syntax error"},
    {"SORT l STORE", "-ERR syntax error"},
    {"SORT l ASC DESC ASC", R"(["-1" "2" "2.5" "3" "10"])"},
    {"SORT nothing", "[]"},
    {"SORT nothing GET # GET x", "[]"},
    {"SORT nothing STORE l2", ":0"},
    {"SET w_3 30", "+OK"},
    {"SET w_10 5", "+OK"},
    {"SET w_2 text", "+OK"},
    {"SET w_-1 7", "+OK"},
    {"SORT l BY w_*", "-ERR One or more scores can't be converted into double"},
    {"DEL w_2", ":1"},
    {"SORT l BY w_*", R"(["2" "2.5" "10" "-1" "3"])"},
    {"SORT l BY w_* DESC", R"(["3" "-1" "10" "2.5" "2"])"},
    {"SORT l BY w_* LIMIT 1 2", R"(["2.5" "10"])"},
    {"SORT l BY w_* ALPHA", R"(["2" "2.5" "3" "10" "-1"])"},
    {"SORT l BY w_* GET #", R"(["2" "2.5" "10" "-1" "3"])"},
    {"SORT l BY w_* GET w_* GET # GET constant GET h*->f",
     R"([nil "2" nil nil nil "2.5" nil nil "5" "10" nil nil "7" "-1" nil nil "30" "3" nil nil])"},
    {"HSET h3 f one w 9", ":2"},
    {"HSET h10 f two w 1", ":2"},
    {"HSET h2.5 g three", ":1"},
    {"SORT l BY h*->w GET h*->f", R"([nil nil nil "two" "one"])"},
    {"SORT l BY h*-> GET h*->", "[nil nil nil nil nil]"},
    {"SORT l BY w_*->w GET w_*->f", "[nil nil nil nil nil]"},
    {"SORT l BY h* GET h*", "[nil nil nil nil nil]"},
    {"SORT l BY nosort", R"(["3" "10" "2" "-1" "2.5"])"},
    {"SORT l BY nosort DESC", R"(["2.5" "-1" "2" "10" "3"])"},
    {"SORT l BY nosort LIMIT 1 2", R"(["10" "2"])"},
    {"SORT l BY nosort DESC LIMIT 1 2 GET # GET w_*", R"(["-1" "7" "2" nil])"},
    {"SORT l BY # GET #", R"(["3" "10" "2" "-1" "2.5"])"},
    {"SORT l BY w_* STORE out", ":5"},
    {"LRANGE out 0 -1", R"(["2" "2.5" "10" "-1" "3"])"},
    {"SORT l GET w_* STORE out", ":5"},
    {"LRANGE out 0 -1", R"(["7" "" "" "30" "5"])"},
    {"SORT l GET constant STORE out", ":5"},
    {"LRANGE out 0 -1", R"(["" "" "" "" ""])"},
    {"SORT l LIMIT 0 0 STORE out", ":0"},
    {"EXISTS out", ":0"},
    {"SORT l STORE l", ":5"},
    {"LRANGE l 0 -1", R"(["-1" "2" "2.5" "3" "10"])"},
    {"SORT l STORE a STORE b DESC", ":5"},
    {"EXISTS a b", ":1"},
    {"SORT_RO l STORE out", "-ERR syntax error"},
    {"SORT_RO l DESC", R"(["10" "3" "2.5" "2" "-1"])"},
    {"RPUSH words b a c aa", ":4"},
    {"SORT words", "-ERR One or more scores can't be converted into double"},
    {"SORT words ALPHA", R"(["a" "aa" "b" "c"])"},
    {"SORT words ALPHA DESC", R"(["c" "b" "aa" "a"])"},
    {"SORT words LIMIT 0 0", "-ERR One or more scores can't be converted into double"},
    {"SADD s 5 1 3", ":3"},
    {"SORT s", R"(["1" "3" "5"])"},
    {"SORT s DESC", R"(["5" "3" "1"])"},
    {"SORT s BY nosort STORE out", ":3"},
    {"LRANGE out 0 -1", R"(["1" "3" "5"])"},
    {"SORT s BY nosort DESC LIMIT 0 2 STORE out", ":2"},
    {"LRANGE out 0 -1", R"(["5" "3"])"},
    {"ZADD z 3 a 2 b 1 c 0 5", ":4"},
    {"SORT z", "-ERR One or more scores can't be converted into double"},
    {"SORT z ALPHA", R"(["5" "a" "b" "c"])"},
    {"SORT z BY nosort", R"(["5" "c" "b" "a"])"},
    {"SORT z BY nosort DESC", R"(["a" "b" "c" "5"])"},
    {"SORT z BY nosort DESC LIMIT 1 2", R"(["b" "c"])"},
    {"SORT z BY nosort LIMIT 5 1", "[]"},
    {"SORT w_3", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"SORT h3", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"SORT h3 NONSENSE", "-ERR syntax error"},
    {"SORT w_3 STORE out", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"RPUSH odd inf -inf 0x10 1e3", ":4"},
    {"SORT odd", R"(["-inf" "0x10" "1e3" "inf"])"},
};

TEST_F(SortCommandsTest, AnswersAndStores) { RunAll(kSorts); }

TEST_F(SortCommandsTest, ScoresThatAreNoNumbers) {
  for (const char* const no_number : {"nan", "1e999", "1e-999", "1x", "one"}) {
    Run("DEL l");
    Run(std::string("RPUSH l 1 ") + no_number);
    EXPECT_EQ(Run("SORT l"), "-ERR One or more scores can't be converted into double");
    EXPECT_EQ(Run("SORT l STORE l"), "-ERR One or more scores can't be converted into double");
    EXPECT_EQ(Run("LLEN l"), ":2");
  }
}

// The keys behind a pattern lie in any shard.
TEST_F(SortCommandsTest, OnlyAPatternNeedsAllLocks) {
  const auto needs_all = [](const std::vector<Bytes>& arguments) {
    return NeedsAllShards(*FindCommand(arguments[0]), arguments);
  };
  EXPECT_FALSE(needs_all({"SORT", "l"}));
  EXPECT_FALSE(needs_all({"SORT", "l", "BY", "nosort", "GET", "#", "STORE", "*"}));
  EXPECT_TRUE(needs_all({"SORT", "l", "BY", "w_*"}));
  EXPECT_TRUE(needs_all({"SORT_RO", "l", "GET", "w_*->f"}));
  const auto keys = [](const std::vector<Bytes>& arguments) {
    return KeysOf(*FindCommand(arguments[0]), arguments);
  };
  EXPECT_EQ(keys({"SORT", "l", "STORE", "STORE", "out"}),
            std::vector<Bytes>({"l", "STORE", "out"}));
  EXPECT_EQ(keys({"SORT", "l", "GET", "x"}), std::vector<Bytes>({"l"}));
  const auto access = [](const std::vector<Bytes>& arguments) {
    return AccessOf(*FindCommand(arguments[0]), arguments);
  };
  EXPECT_EQ(access({"SORT", "l", "GET", "x"}), Access::kRead);
  EXPECT_EQ(access({"SORT", "l", "store", "x"}), Access::kWrite);
}

// Many keys in many shards: each is found.
TEST_F(SortCommandsTest, WeightsOfManyKeys) {
  std::string expected = "[";
  for (int i = 0; i < 300; ++i) {
    const std::string number = std::to_string(i);
    Run("RPUSH l " + number);
    Run("SET weight:" + number + " " + std::to_string(300 - i));
    expected.insert(1, "\"" + number + "\" ");
  }
  expected.back() = ']';
  EXPECT_EQ(Run("SORT l BY weight:*"), expected);
  EXPECT_EQ(Run("SORT l BY weight:* DESC LIMIT 0 2 GET weight:*"), "[\"300\" \"299\"]");
}

}  // namespace
}  // namespace kontor
