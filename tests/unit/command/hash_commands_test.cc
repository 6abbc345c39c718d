#include <set>
#include <string>

#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

class HashCommandsTest : public CollectionCommandTest {};

TEST_F(HashCommandsTest, RepliesAsRedis) {
  RunAll({
      {"HSET h a 1 b 2", ":2"},
      {"HSET h a 3 c 4 c 5", ":1"},
      {"HSET h a", "-ERR wrong number of arguments for 'hset' command"},
      {"HSET h", "-ERR wrong number of arguments for 'hset' command"},
      {"HSET h a 1 b", "-ERR wrong number of arguments for 'hset' command"},
      {"HMSET h a 1 b 2", "+OK"},
      {"HMSET h a", "-ERR wrong number of arguments for 'hmset' command"},
      {"HMSET h a 1 b", "-ERR wrong number of arguments for 'hmset' command"},
      {"HGETALL h", "[\"a\" \"1\" \"b\" \"2\" \"c\" \"5\"]"},
      {"HKEYS h", "[\"a\" \"b\" \"c\"]"},
      {"HVALS h", "[\"1\" \"2\" \"5\"]"},
      {"HGETALL nothing", "[]"},
      {"HKEYS nothing", "[]"},
      {"HVALS nothing", "[]"},
      {"HLEN h", ":3"},
      {"HLEN nothing", ":0"},
      {"HGET h a", "\"1\""},
      {"HGET h zz", "nil"},
      {"HGET nothing a", "nil"},
      {"HMGET h a zz b", "[\"1\" nil \"2\"]"},
      {"HMGET nothing a b", "[nil nil]"},
      {"HEXISTS h a", ":1"},
      {"HEXISTS h zz", ":0"},
      {"HEXISTS nothing a", ":0"},
      {"HSTRLEN h c", ":1"},
      {"HSTRLEN h zz", ":0"},
      {"HSTRLEN nothing a", ":0"},
      {"HSET h \"\" \"\"", ":1"},
      {"HGET h \"\"", "\"\""},
      {"HSTRLEN h \"\"", ":0"},
      {"HDEL h \"\"", ":1"},
      {"HSETNX h a 9", ":0"},
      {"HSETNX h d 9", ":1"},
      {"HSETNX new a 1", ":1"},
      {"HDEL h d zz d", ":1"},
      {"HDEL nothing a", ":0"},
      {"HDEL new a", ":1"},
      {"EXISTS new", ":0"},
      // Numbers.
      {"HINCRBY h n 5", ":5"},
      {"HINCRBY h n -10", ":-5"},
      {"HINCRBY h n 0", ":-5"},
      {"HINCRBY h n 2147483648", ":2147483643"},
      {"HINCRBY h n -2147483649", ":-6"},
      {"HINCRBY h n 4294967297", ":4294967291"},
      {"HINCRBY h n x", "-ERR value is not an integer or out of range"},
      {"HINCRBY h n 1.0", "-ERR value is not an integer or out of range"},
      {"HINCRBY h n \"\"", "-ERR value is not an integer or out of range"},
      {"HINCRBY h n 9223372036854775808", "-ERR value is not an integer or out of range"},
      {"HINCRBY h n -9223372036854775809", "-ERR value is not an integer or out of range"},
      {"HSET h n 9223372036854775807", ":0"},
      {"HINCRBY h n 1", "-ERR increment or decrement would overflow"},
      {"HINCRBY h n -9223372036854775808", ":-1"},
      {"HINCRBY h n -9223372036854775807", ":-9223372036854775808"},
      {"HINCRBY h n -1", "-ERR increment or decrement would overflow"},
      {"HINCRBY h n 9223372036854775807", ":-1"},
      {"HSET h t text", ":1"},
      {"HINCRBY h t 1", "-ERR hash value is not an integer"},
      {"HINCRBYFLOAT h t 1", "-ERR hash value is not a float"},
      {"HINCRBYFLOAT h f 10.5", "\"10.5\""},
      {"HINCRBYFLOAT h f 0.1", "\"10.6\""},
      {"HINCRBYFLOAT h f -10.6", "\"0\""},
      {"HINCRBYFLOAT h f 5.0e3", "\"5000\""},
      {"HINCRBYFLOAT h f 1e-5", "\"5000.00001000000000007\""},
      {"HINCRBYFLOAT h f x", "-ERR value is not a valid float"},
      {"HINCRBYFLOAT h f \"\"", "-ERR value is not a valid float"},
      {"HINCRBYFLOAT h f inf", "-ERR value is NaN or Infinity"},
      {"HINCRBYFLOAT h f -inf", "-ERR value is NaN or Infinity"},
      {"HINCRBYFLOAT h f nan", "-ERR value is not a valid float"},
      {"HSET h i inf", ":1"},
      {"HINCRBYFLOAT h i 1", "-ERR increment would produce NaN or Infinity"},
      {"HINCRBY new n 1", ":1"},
      {"HINCRBYFLOAT newer n 1", "\"1\""},
      // Random fields.
      {"HRANDFIELD nothing", "nil"},
      {"HRANDFIELD nothing 5", "[]"},
      {"HRANDFIELD nothing -5", "[]"},
      {"HRANDFIELD nothing x", "-ERR value is not an integer or out of range"},
      {"HSET one f v", ":1"},
      {"HRANDFIELD one", "\"f\""},
      {"HRANDFIELD one 0", "[]"},
      {"HRANDFIELD one 1", "[\"f\"]"},
      {"HRANDFIELD one 5", "[\"f\"]"},
      {"HRANDFIELD one 9223372036854775807", "[\"f\"]"},
      {"HRANDFIELD one 5 WITHVALUES", "[\"f\" \"v\"]"},
      {"HRANDFIELD one -2", "[\"f\" \"f\"]"},
      {"HRANDFIELD one -2 withvalues", "[\"f\" \"v\" \"f\" \"v\"]"},
      {"HRANDFIELD one 0 WITHVALUES", "[]"},
      {"HRANDFIELD one -9223372036854775808",
       "-ERR value is out of range, value must between -9223372036854775807 and "
       "9223372036854775807"},
      {"HRANDFIELD one 9223372036854775808", "-ERR value is not an integer or out of range"},
      {"HRANDFIELD one 9223372036854775807 WITHVALUES", "-ERR value is out of range"},
      {"HRANDFIELD one 4611686018427387904 WITHVALUES", "-ERR value is out of range"},
      {"HRANDFIELD one 4611686018427387903 WITHVALUES", "[\"f\" \"v\"]"},
      {"HRANDFIELD one -9223372036854775807 WITHVALUES", "-ERR value is out of range"},
      {"HRANDFIELD one -4611686018427387904 WITHVALUES", "-ERR value is out of range"},
      {"HRANDFIELD one 1 x", "-ERR syntax error"},
      {"HRANDFIELD one 1 WITHVALUES x", "-ERR syntax error"},
      // Walking.
      {"HSCAN one 0", "[\"0\" [\"f\" \"v\"]]"},
      {"HSCAN one 0 MATCH f*", "[\"0\" [\"f\" \"v\"]]"},
      {"HSCAN one 0 MATCH x*", "[\"0\" []]"},
      {"HSCAN one 0 COUNT 1", "[\"0\" [\"f\" \"v\"]]"},
      {"HSCAN one 0 COUNT 9223372036854775807 MATCH ?", "[\"0\" [\"f\" \"v\"]]"},
      {"HSCAN one 0 COUNT 0", "-ERR syntax error"},
      {"HSCAN one 0 COUNT -1", "-ERR syntax error"},
      {"HSCAN one 0 COUNT x", "-ERR value is not an integer or out of range"},
      {"HSCAN one 0 COUNT", "-ERR syntax error"},
      {"HSCAN one 0 TYPE hash", "-ERR syntax error"},
      {"HSCAN one x", "-ERR invalid cursor"},
      {"HSCAN one 99999999999999999999", "-ERR invalid cursor"},
      {"HSCAN nothing 0", "[\"0\" []]"},
      {"HSCAN nothing 0 COUNT 0", "[\"0\" []]"},
      {"HSCAN nothing x", "-ERR invalid cursor"},
      // Another type.
      {"SET s v", "+OK"},
      {"HSET s a 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HMSET s a 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HSETNX s a 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HGET s a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HMGET s a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HDEL s a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HGETALL s", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HKEYS s", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HVALS s", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HLEN s", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HEXISTS s a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HSTRLEN s a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HINCRBY s a 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HINCRBYFLOAT s a 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HRANDFIELD s", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HRANDFIELD s 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HSCAN s 0", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"GET one", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"LPUSH one a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      // Arity.
      {"HGET h", "-ERR wrong number of arguments for 'hget' command"},
      {"HGET h a b", "-ERR wrong number of arguments for 'hget' command"},
      {"HDEL h", "-ERR wrong number of arguments for 'hdel' command"},
      {"HLEN", "-ERR wrong number of arguments for 'hlen' command"},
      {"HSETNX h a", "-ERR wrong number of arguments for 'hsetnx' command"},
      {"HINCRBY h a", "-ERR wrong number of arguments for 'hincrby' command"},
      {"HSCAN h", "-ERR wrong number of arguments for 'hscan' command"},
      {"HMGET h", "-ERR wrong number of arguments for 'hmget' command"},
  });
}

// Redis answers -9223372036854775807 by filling its memory; here the repeats have a limit.
TEST_F(HashCommandsTest, RepeatsOfRandomFieldsAreLimited) {
  Run("HSET h f v");
  EXPECT_EQ(Run("HRANDFIELD h -9223372036854775807"), "-ERR value is out of range");
  EXPECT_EQ(Run("HRANDFIELD h -16777217"), "-ERR value is out of range");
}

TEST_F(HashCommandsTest, ScanWalksOverALargeHash) {
  for (int i = 0; i < 500; ++i) Run("HSET h f" + std::to_string(i) + " v");
  std::set<std::string> seen;
  std::string cursor = "0";
  int steps = 0;
  do {
    // ["cursor" ["f1" "v" ...]]
    const std::string reply = Run("HSCAN h " + cursor + " COUNT 35");
    const size_t end = reply.find('"', 2);
    cursor = reply.substr(2, end - 2);
    for (const std::string& word : WordsOf(reply.substr(end))) {
      const size_t name = word.find("\"f");
      if (name != std::string::npos) seen.insert(word.substr(name));
    }
    ++steps;
  } while (cursor != "0" && steps < 100);
  EXPECT_EQ(seen.size(), 500u);
  EXPECT_EQ(steps, 15);
}

TEST_F(HashCommandsTest, RandomFieldsReachEveryField) {
  for (int i = 0; i < 5; ++i) Run("HSET h f" + std::to_string(i) + " v");
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    seen.insert(Run("HRANDFIELD h"));
    seen.insert(Run("HRANDFIELD h 1"));
  }
  EXPECT_EQ(seen.size(), 10u);
}

}  // namespace
}  // namespace kontor
