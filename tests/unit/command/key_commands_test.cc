#include <set>
#include <string>

#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

// Every reply in these tables is that of redis-server 7.0.15.
class KeyCommandsTest : public CollectionCommandTest {
 protected:
  // The strings in a reply.
  static std::set<std::string> KeysIn(const std::string& reply) {
    std::set<std::string> keys;
    for (size_t at = reply.find('"'); at != std::string::npos;) {
      const size_t end = reply.find('"', at + 1);
      keys.insert(reply.substr(at + 1, end - at - 1));
      at = reply.find('"', end + 1);
    }
    return keys;
  }
};

constexpr CommandCase kExistence[] = {
    {"MSET a 1 b 2", "+OK"},
    {"EXISTS a", ":1"},
    {"EXISTS a b a nothing", ":3"},
    {"TOUCH a nothing a", ":2"},
    {"TYPE a", "+string"},
    {"TYPE nothing", "+none"},
    {"HSET hash f v", ":1"},
    {"RPUSH list x", ":1"},
    {"TYPE hash", "+hash"},
    {"TYPE list", "+list"},
    {"DEL a a nothing", ":1"},
    {"EXISTS a", ":0"},
    {"UNLINK b hash nothing", ":2"},
    {"DBSIZE", ":1"},
    {"DEL list", ":1"},
    {"DBSIZE", ":0"},
};

TEST_F(KeyCommandsTest, Existence) { RunAll(kExistence); }

constexpr CommandCase kDeadlines[] = {
    {"EXPIRE nothing 100", ":0"},
    {"TTL nothing", ":-2"},
    {"PTTL nothing", ":-2"},
    {"EXPIRETIME nothing", ":-2"},
    {"PEXPIRETIME nothing", ":-2"},
    {"PERSIST nothing", ":0"},
    {"SET k v", "+OK"},
    {"TTL k", ":-1"},
    {"PTTL k", ":-1"},
    {"EXPIRETIME k", ":-1"},
    {"PEXPIRETIME k", ":-1"},
    {"PERSIST k", ":0"},
    {"EXPIRE k 100", ":1"},
    {"TTL k", ":100"},
    {"PERSIST k", ":1"},
    {"TTL k", ":-1"},
    {"PEXPIRE k 100000", ":1"},
    {"TTL k", ":100"},
    {"PEXPIRE k 100700", ":1"},
    {"TTL k", ":101"},
    {"EXPIREAT k 4000000000", ":1"},
    {"EXPIRETIME k", ":4000000000"},
    {"PEXPIRETIME k", ":4000000000000"},
    {"PEXPIREAT k 4000000000499", ":1"},
    {"EXPIRETIME k", ":4000000000"},
    {"PEXPIREAT k 4000000000500", ":1"},
    {"EXPIRETIME k", ":4000000001"},
    {"PEXPIRETIME k", ":4000000000500"},
    // Conditions.
    {"PERSIST k", ":1"},
    {"EXPIREAT k 4000000000 XX", ":0"},
    {"EXPIREAT k 4000000000 GT", ":0"},
    {"EXPIREAT k 4000000000 NX", ":1"},
    {"EXPIREAT k 4000000001 NX", ":0"},
    {"EXPIREAT k 4000000001 XX", ":1"},
    {"EXPIREAT k 4000000001 GT", ":0"},
    {"EXPIREAT k 4000000002 GT", ":1"},
    {"EXPIREAT k 4000000002 LT", ":0"},
    {"EXPIREAT k 4000000001 lt", ":1"},
    {"EXPIREAT k 4000000005 XX GT", ":1"},
    {"EXPIREAT k 4000000001 xx lt", ":1"},
    {"PERSIST k", ":1"},
    {"EXPIREAT k 4000000001 LT", ":1"},
    {"PERSIST k", ":1"},
    {"EXPIREAT k 4000000001 XX LT", ":0"},
    {"EXPIRE k 100 NX XX", "-ERR NX and XX, GT or LT options at the same time are not compatible"},
    {"EXPIRE k 100 NX GT", "-ERR NX and XX, GT or LT options at the same time are not compatible"},
    {"EXPIRE k 100 LT NX", "-ERR NX and XX, GT or LT options at the same time are not compatible"},
    {"EXPIRE k 100 GT LT", "-ERR GT and LT options at the same time are not compatible"},
    {"EXPIRE k 100 foo", "-ERR Unsupported option foo"},
    {"EXPIRE k 100 NX NX", ":1"},
    {"EXPIRE k abc foo", "-ERR Unsupported option foo"},
    {"EXPIRE k abc NX XX", "-ERR NX and XX, GT or LT options at the same time are not compatible"},
    // The edge of numbers.
    {"EXPIRE k abc", "-ERR value is not an integer or out of range"},
    {"EXPIRE k 1.5", "-ERR value is not an integer or out of range"},
    {R"(EXPIRE k "")", "-ERR value is not an integer or out of range"},
    {"EXPIRE k 9223372036854775807", "-ERR invalid expire time in 'expire' command"},
    {"EXPIRE k 9223372036854775", "-ERR invalid expire time in 'expire' command"},
    {"EXPIRE k -9223372036854775808", "-ERR invalid expire time in 'expire' command"},
    {"EXPIRE k 9223372036854775808", "-ERR value is not an integer or out of range"},
    {"PEXPIRE k 9223372036854775807", "-ERR invalid expire time in 'pexpire' command"},
    {"EXPIREAT k 9223372036854775807", "-ERR invalid expire time in 'expireat' command"},
    {"EXPIREAT k -9223372036854776", "-ERR invalid expire time in 'expireat' command"},
    {"PEXPIREAT k 9223372036854775808", "-ERR value is not an integer or out of range"},
    {"TTL k", ":100"},
    {"EXPIRE k 2147483647", ":1"},
    {"TTL k", ":2147483647"},
    {"EXPIRE k 2147483648", ":1"},
    {"TTL k", ":2147483648"},
    {"EXPIRE k 4294967297", ":1"},
    {"TTL k", ":4294967297"},
    {"PEXPIREAT k 9223372036854775807", ":1"},
    {"PEXPIRETIME k", ":9223372036854775807"},
    // What has passed deletes.
    {"EXPIRE k 0", ":1"},
    {"EXISTS k", ":0"},
    {"SET k v", "+OK"},
    {"EXPIRE k -1", ":1"},
    {"EXISTS k", ":0"},
    {"SET k v", "+OK"},
    {"PEXPIRE k -2147483649", ":1"},
    {"EXISTS k", ":0"},
    {"SET k v", "+OK"},
    {"EXPIREAT k 0", ":1"},
    {"EXISTS k", ":0"},
    {"SET k v", "+OK"},
    {"PEXPIREAT k -9223372036854775808", ":1"},
    {"EXISTS k", ":0"},
    {"SET k v", "+OK"},
    {"PEXPIRE k -9223372036854775808", ":1"},
    {"EXISTS k", ":0"},
    {"SET k v", "+OK"},
    {"EXPIREAT k 1 GT", ":0"},
    {"EXPIREAT k 1 LT", ":1"},
    {"EXISTS k", ":0"},
};

TEST_F(KeyCommandsTest, Deadlines) { RunAll(kDeadlines); }

constexpr CommandCase kNamesAndPlaces[] = {
    {"RENAME nothing b", "-ERR no such key"},
    {"RENAMENX nothing b", "-ERR no such key"},
    {"RENAME nothing nothing", "-ERR no such key"},
    {"SET a 1 EX 100", "+OK"},
    {"SET b 2", "+OK"},
    {"RENAME a b", "+OK"},
    {"GET b", R"("1")"},
    {"TTL b", ":100"},
    {"EXISTS a", ":0"},
    {"RENAME b b", "+OK"},
    {"GET b", R"("1")"},
    {"RENAMENX b b", ":0"},
    {"SET a 1", "+OK"},
    {"RENAMENX a b", ":0"},
    {"RENAMENX a c", ":1"},
    {"MGET a b c", R"([nil "1" "1"])"},
    {"RPUSH list x", ":1"},
    {"RENAME list b", "+OK"},
    {"TYPE b", "+list"},
    {"LRANGE b 0 -1", R"(["x"])"},
    // Copies.
    {"COPY nothing x", ":0"},
    {"COPY c d", ":1"},
    {"COPY c d", ":0"},
    {"SET c new EX 100", "+OK"},
    {"COPY c d REPLACE", ":1"},
    {"GET d", R"("new")"},
    {"TTL d", ":100"},
    {"COPY c c", "-ERR source and destination objects are the same"},
    {"COPY c c REPLACE", "-ERR source and destination objects are the same"},
    {"COPY nothing nothing", "-ERR source and destination objects are the same"},
    {"COPY c c DB 0", "-ERR source and destination objects are the same"},
    {"COPY c c DB 1", ":1"},
    {"COPY c c DB 1", ":0"},
    {"COPY c c DB 1 REPLACE", ":1"},
    {"COPY b list", ":1"},
    {"LRANGE list 0 -1", R"(["x"])"},
    {"COPY c d DB", "-ERR syntax error"},
    {"COPY c d foo", "-ERR syntax error"},
    {"COPY c d DB 16", "-ERR DB index is out of range"},
    {"COPY c d DB -1", "-ERR DB index is out of range"},
    {"COPY c d DB abc", "-ERR value is not an integer or out of range"},
    {"COPY c d DB 2147483648",
     "-ERR value is out of range, value must between -2147483648 and 2147483647"},
    {"COPY c d DB 9223372036854775808", "-ERR value is not an integer or out of range"},
    // Moves.
    {"MOVE nothing 1", ":0"},
    {"MOVE c 0", "-ERR source and destination objects are the same"},
    {"MOVE c 1", ":0"},
    {"MOVE d 1", ":1"},
    {"EXISTS d", ":0"},
    {"MOVE c 16", "-ERR DB index is out of range"},
    {"MOVE c -1", "-ERR DB index is out of range"},
    {"MOVE c abc", "-ERR value is not an integer or out of range"},
    {"MOVE c 4294967296",
     "-ERR value is out of range, value must between -2147483648 and 2147483647"},
    {"SELECT 1", "+OK"},
    {"GET c", R"("new")"},
    {"GET d", R"("new")"},
    {"TTL d", ":100"},
    {"DBSIZE", ":2"},
    {"SELECT 0", "+OK"},
    // Databases.
    {"SWAPDB 0 1", "+OK"},
    {"GET d", R"("new")"},
    {"SELECT 1", "+OK"},
    {"GET d", "nil"},
    {"SELECT 0", "+OK"},
    {"SWAPDB 0 0", "+OK"},
    {"SWAPDB abc 1", "-ERR invalid first DB index"},
    {"SWAPDB 0 abc", "-ERR invalid second DB index"},
    {"SWAPDB 0 16", "-ERR DB index is out of range"},
    {"SWAPDB -1 0", "-ERR DB index is out of range"},
    {"SWAPDB 4294967296 0", "-ERR invalid first DB index"},
    {"SWAPDB 0 9223372036854775808", "-ERR invalid second DB index"},
    {"GET d", R"("new")"},
};

TEST_F(KeyCommandsTest, NamesAndPlaces) { RunAll(kNamesAndPlaces); }

constexpr CommandCase kTheEmptyName[] = {
    {R"(SET "" v)", "+OK"},
    {"KEYS *", R"([""])"},
    {"KEYS **", "[]"},
    {R"(KEYS "")", R"([""])"},
    {"SCAN 0 COUNT 1000 MATCH *", R"(["0" [""]])"},
    {"SCAN 0 COUNT 1000 MATCH **", R"(["0" []])"},
    {R"(HSET hash "" v)", ":1"},
    {"HSCAN hash 0", R"(["0" ["" "v"]])"},
    {"HSCAN hash 0 MATCH *", R"(["0" ["" "v"]])"},
    {"HSCAN hash 0 MATCH **", R"(["0" []])"},
};

TEST_F(KeyCommandsTest, TheEmptyName) { RunAll(kTheEmptyName); }

constexpr CommandCase kTheWholeDatabase[] = {
    {"RANDOMKEY", "nil"},
    {"DBSIZE", ":0"},
    {"KEYS *", "[]"},
    {"SCAN 0", R"(["0" []])"},
    {"SET key v", "+OK"},
    {"RANDOMKEY", R"("key")"},
    {"DBSIZE", ":1"},
    {"KEYS *", R"(["key"])"},
    {"KEYS k?y", R"(["key"])"},
    {"KEYS k[a-f]y", R"(["key"])"},
    {"KEYS k[^e]y", "[]"},
    {R"(KEYS "")", "[]"},
    {R"(KEYS \key)", R"(["key"])"},
    {"KEYS **", R"(["key"])"},
    {"KEYS other*", "[]"},
    {"SCAN 0 COUNT 1000", R"(["0" ["key"]])"},
    {"SCAN 0 COUNT 1000 MATCH k*", R"(["0" ["key"]])"},
    {"SCAN 0 count 9223372036854775807 match x*", R"(["0" []])"},
    {"SCAN 0 COUNT 1000 TYPE string", R"(["0" ["key"]])"},
    {"SCAN 0 COUNT 1000 TYPE STRING", R"(["0" ["key"]])"},
    {"SCAN 0 COUNT 1000 TYPE list", R"(["0" []])"},
    {"SCAN 0 COUNT 1000 TYPE nonsense", R"(["0" []])"},
    {"SCAN 0 TYPE hash MATCH k* COUNT 1000", R"(["0" []])"},
    {"SCAN abc", "-ERR invalid cursor"},
    {"SCAN 1.5", "-ERR invalid cursor"},
    {"SCAN 0 COUNT 0", "-ERR syntax error"},
    {"SCAN 0 COUNT -1", "-ERR syntax error"},
    {"SCAN 0 COUNT -9223372036854775808", "-ERR syntax error"},
    {"SCAN 0 COUNT abc", "-ERR value is not an integer or out of range"},
    {"SCAN 0 COUNT 9223372036854775808", "-ERR value is not an integer or out of range"},
    {"SCAN 0 COUNT", "-ERR syntax error"},
    {"SCAN 0 MATCH", "-ERR syntax error"},
    {"SCAN 0 foo 1", "-ERR syntax error"},
    {"SCAN 0 foo", "-ERR syntax error"},
    {"SELECT 3", "+OK"},
    {"SET key v", "+OK"},
    {"FLUSHDB", "+OK"},
    {"DBSIZE", ":0"},
    {"FLUSHDB SYNC", "+OK"},
    {"FLUSHDB async", "+OK"},
    {"FLUSHDB foo", "-ERR syntax error"},
    {"FLUSHDB SYNC ASYNC", "-ERR syntax error"},
    {"SELECT 0", "+OK"},
    {"DBSIZE", ":1"},
    {"SELECT 3", "+OK"},
    {"FLUSHALL foo", "-ERR syntax error"},
    {"FLUSHALL SYNC", "+OK"},
    {"FLUSHALL ASYNC", "+OK"},
    {"FLUSHALL", "+OK"},
    {"SELECT 0", "+OK"},
    {"DBSIZE", ":0"},
};

TEST_F(KeyCommandsTest, TheWholeDatabase) { RunAll(kTheWholeDatabase); }

constexpr CommandCase kWrongArity[] = {
    {"DEL", "-ERR wrong number of arguments for 'del' command"},
    {"UNLINK", "-ERR wrong number of arguments for 'unlink' command"},
    {"EXISTS", "-ERR wrong number of arguments for 'exists' command"},
    {"TOUCH", "-ERR wrong number of arguments for 'touch' command"},
    {"TYPE", "-ERR wrong number of arguments for 'type' command"},
    {"TYPE a b", "-ERR wrong number of arguments for 'type' command"},
    {"EXPIRE a", "-ERR wrong number of arguments for 'expire' command"},
    {"PEXPIRE a", "-ERR wrong number of arguments for 'pexpire' command"},
    {"EXPIREAT a", "-ERR wrong number of arguments for 'expireat' command"},
    {"PEXPIREAT a", "-ERR wrong number of arguments for 'pexpireat' command"},
    {"TTL", "-ERR wrong number of arguments for 'ttl' command"},
    {"TTL a b", "-ERR wrong number of arguments for 'ttl' command"},
    {"PTTL", "-ERR wrong number of arguments for 'pttl' command"},
    {"EXPIRETIME", "-ERR wrong number of arguments for 'expiretime' command"},
    {"PEXPIRETIME", "-ERR wrong number of arguments for 'pexpiretime' command"},
    {"PERSIST", "-ERR wrong number of arguments for 'persist' command"},
    {"RENAME a", "-ERR wrong number of arguments for 'rename' command"},
    {"RENAMENX a", "-ERR wrong number of arguments for 'renamenx' command"},
    {"RENAMENX a b c", "-ERR wrong number of arguments for 'renamenx' command"},
    {"COPY a", "-ERR wrong number of arguments for 'copy' command"},
    {"MOVE a", "-ERR wrong number of arguments for 'move' command"},
    {"KEYS", "-ERR wrong number of arguments for 'keys' command"},
    {"KEYS a b", "-ERR wrong number of arguments for 'keys' command"},
    {"SCAN", "-ERR wrong number of arguments for 'scan' command"},
    {"RANDOMKEY a", "-ERR wrong number of arguments for 'randomkey' command"},
    {"DBSIZE a", "-ERR wrong number of arguments for 'dbsize' command"},
    {"SWAPDB 1", "-ERR wrong number of arguments for 'swapdb' command"},
};

TEST_F(KeyCommandsTest, WrongArity) { RunAll(kWrongArity); }

TEST_F(KeyCommandsTest, DeadlinesPassByTheClock) {
  RunAll({{"SET k v", "+OK"}, {"EXPIRE k 10", ":1"}, {"EXPIRETIME k", ":1600000010"}});
  RunAll({{"PEXPIRE k 10500", ":1"}, {"TTL k", ":11"}, {"PEXPIRETIME k", ":1600000010500"}});
  clock_.AdvanceMs(10499);
  RunAll({{"EXISTS k", ":1"}, {"TTL k", ":0"}, {"PTTL k", ":1"}, {"TYPE k", "+string"}});
  clock_.AdvanceMs(1);
  // Not yet removed, but seen by nobody (only DBSIZE counts it, as in Redis).
  RunAll({{"DBSIZE", ":1"},
          {"KEYS *", "[]"},
          {"SCAN 0 COUNT 1000", R"(["0" []])"},
          {"RANDOMKEY", "nil"},
          {"EXISTS k", ":0"},
          {"TOUCH k", ":0"},
          {"TTL k", ":-2"},
          {"TYPE k", "+none"},
          {"PERSIST k", ":0"},
          {"EXPIRE k 10", ":0"},
          {"RENAME k x", "-ERR no such key"},
          {"COPY k x", ":0"},
          {"MOVE k 1", ":0"},
          {"DEL k", ":0"},
          {"DBSIZE", ":0"}});
}

TEST_F(KeyCommandsTest, AnExpiredTargetIsNotInTheWay) {
  RunAll({{"MSET a 1 b 2", "+OK"}, {"PEXPIRE b 1", ":1"}});
  clock_.AdvanceMs(1);
  RunAll({{"RENAMENX a b", ":1"}, {"GET b", R"("1")"}, {"TTL b", ":-1"}});
  RunAll({{"SELECT 1", "+OK"}, {"SET b 3 PX 1", "+OK"}, {"SELECT 0", "+OK"}});
  clock_.AdvanceMs(1);
  RunAll({{"COPY b b DB 1", ":1"}, {"SELECT 1", "+OK"}, {"GET b", R"("1")"}});
  RunAll({{"PEXPIRE b 1", ":1"}, {"SELECT 0", "+OK"}});
  clock_.AdvanceMs(1);
  RunAll({{"MOVE b 1", ":1"}, {"EXISTS b", ":0"}});
}

TEST_F(KeyCommandsTest, KeysAnswersEveryMatch) {
  RunAll({{"MSET one 1 two 2 three 3 four 4", "+OK"}});
  EXPECT_EQ(KeysIn(Run("KEYS *o*")), (std::set<std::string>{"one", "two", "four"}));
  EXPECT_EQ(KeysIn(Run("KEYS t*")), (std::set<std::string>{"two", "three"}));
  EXPECT_EQ(KeysIn(Run("KEYS *")).size(), 4u);
}

TEST_F(KeyCommandsTest, ScanMeetsWhatIsThereThroughout) {
  constexpr int kKeys = 500;
  for (int i = 0; i < kKeys; ++i) {
    Run("SET stays" + std::to_string(i) + " v");
    Run("SET goes" + std::to_string(i) + " v");
  }
  std::set<std::string> seen;
  std::string cursor = "0";
  int step = 0;
  do {
    const std::string reply = Run("SCAN " + cursor + " COUNT 7");
    cursor = reply.substr(2, reply.find('"', 2) - 2);
    seen.merge(KeysIn(reply.substr(reply.find(' '))));
    // Meanwhile others come and go.
    Run("DEL goes" + std::to_string(step));
    Run("SET comes" + std::to_string(step) + " v");
    ASSERT_LT(++step, 5 * kKeys);
  } while (cursor != "0");
  EXPECT_GT(step, kKeys / 7);
  for (int i = 0; i < kKeys; ++i) {
    EXPECT_EQ(seen.count("stays" + std::to_string(i)), 1u) << i;
  }
}

TEST_F(KeyCommandsTest, RandomKeyMeetsEveryKeyAndNoExpiredOne) {
  for (int i = 0; i < 5; ++i) Run("SET lives" + std::to_string(i) + " v");
  for (int i = 0; i < 500; ++i) Run("SET dies" + std::to_string(i) + " v PX 1");
  clock_.AdvanceMs(1);
  std::set<std::string> met;
  for (int i = 0; i < 300; ++i) met.merge(KeysIn(Run("RANDOMKEY")));
  EXPECT_EQ(met, (std::set<std::string>{"lives0", "lives1", "lives2", "lives3", "lives4"}));
}

}  // namespace
}  // namespace kontor
