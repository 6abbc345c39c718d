#include <string>

#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

// Every reply in these tables is that of redis-server 7.0.15.
class StringCommandsTest : public CollectionCommandTest {};

constexpr CommandCase kSetWithEveryOption[] = {
    {"SET k v", "+OK"},
    {"GET k", R"("v")"},
    {"set K v2", "+OK"},
    {"gEt K", R"("v2")"},
    {"GET k", R"("v")"},
    {R"(SET k "")", "+OK"},
    {"GET nothing", "nil"},
    {"SET k v2 NX", "nil"},
    {"SET k v2 XX", "+OK"},
    {"SET new v XX", "nil"},
    {"SET new v NX", "+OK"},
    {"SET k v3 GET", R"("v2")"},
    {"SET nothing v GET XX", "nil"},
    {"SET nothing v NX GET", "nil"},
    {"SET nothing w NX GET", R"("v")"},
    {"SET k v EX 100", "+OK"},
    {"TTL k", ":100"},
    {"SET k v4 KEEPTTL", "+OK"},
    {"TTL k", ":100"},
    {"SET k v5", "+OK"},
    {"TTL k", ":-1"},
    {"SET k v PX 100000", "+OK"},
    {"TTL k", ":100"},
    {"SET k v EXAT 4000000000", "+OK"},
    {"EXPIRETIME k", ":4000000000"},
    {"SET k v PXAT 4000000000123", "+OK"},
    {"PEXPIRETIME k", ":4000000000123"},
    {"SET k v ex 100 xx get", R"("v")"},
    {"SET gone v EXAT 1", "+OK"},
    {"EXISTS gone", ":0"},
    {"SET k v PXAT 1", "+OK"},
    {"GET k", "nil"},
    {"SET k v", "+OK"},
    // What contradicts itself or is no option.
    {"SET k v NX XX", "-ERR syntax error"},
    {"SET k v XX NX", "-ERR syntax error"},
    {"SET k v EX 10 PX 10", "-ERR syntax error"},
    {"SET k v EX 10 KEEPTTL", "-ERR syntax error"},
    {"SET k v KEEPTTL EX 10", "-ERR syntax error"},
    {"SET k v EX 10 EX 100", "+OK"},
    {"SET k v PERSIST", "-ERR syntax error"},
    {"SET k v EX", "-ERR syntax error"},
    {"SET k v foo", "-ERR syntax error"},
    {R"(SET k v "")", "-ERR syntax error"},
    // Deadlines that cannot be.
    {"SET k v EX 0", "-ERR invalid expire time in 'set' command"},
    {"SET k v EX -1", "-ERR invalid expire time in 'set' command"},
    {"SET k v PX 0", "-ERR invalid expire time in 'set' command"},
    {"SET k v EXAT 0", "-ERR invalid expire time in 'set' command"},
    {"SET k v PXAT -9223372036854775808", "-ERR invalid expire time in 'set' command"},
    {"SET k v EX 9223372036854775", "-ERR invalid expire time in 'set' command"},
    {"SET k v EX 9223372036854776", "-ERR invalid expire time in 'set' command"},
    {"SET k v EX 9223372036854775807", "-ERR invalid expire time in 'set' command"},
    {"SET k v PX 9223372036854775807", "-ERR invalid expire time in 'set' command"},
    {"SET k v EX 9223372036854775808", "-ERR value is not an integer or out of range"},
    {"SET k v EX 1.5", "-ERR value is not an integer or out of range"},
    {"SET k v EX abc", "-ERR value is not an integer or out of range"},
    {R"(SET k v EX "")", "-ERR value is not an integer or out of range"},
    {"GET k", R"("v")"},
    // Any type is replaced, but only a string can be answered.
    {"RPUSH list x", ":1"},
    {"SET list v GET", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"TYPE list", "+list"},
    {"SET list v", "+OK"},
    {"GET list", R"("v")"},
    {"SET k", "-ERR wrong number of arguments for 'set' command"},
    {"SET", "-ERR wrong number of arguments for 'set' command"},
};

TEST_F(StringCommandsTest, SetWithEveryOption) { RunAll(kSetWithEveryOption); }

constexpr CommandCase kGetAndItsKin[] = {
    {"GETSET k a", "nil"},
    {"GETSET k b", R"("a")"},
    {"GETDEL k", R"("b")"},
    {"GETDEL k", "nil"},
    {"SETNX k a", ":1"},
    {"SETNX k b", ":0"},
    {"GET k", R"("a")"},
    {"GETEX k", R"("a")"},
    {"TTL k", ":-1"},
    {"GETEX k EX 100", R"("a")"},
    {"TTL k", ":100"},
    {"GETEX k PERSIST", R"("a")"},
    {"TTL k", ":-1"},
    {"GETEX k PX 100000", R"("a")"},
    {"TTL k", ":100"},
    {"GETEX k EXAT 4000000000", R"("a")"},
    {"EXPIRETIME k", ":4000000000"},
    {"GETEX k PXAT 4000000000123", R"("a")"},
    {"PEXPIRETIME k", ":4000000000123"},
    {"GETEX k EX 10 PERSIST", "-ERR syntax error"},
    {"GETEX k PERSIST PERSIST", R"("a")"},
    {"GETEX k EX 10 PX 10", "-ERR syntax error"},
    {"GETEX k KEEPTTL", "-ERR syntax error"},
    {"GETEX k EX", "-ERR syntax error"},
    {"GETEX k foo", "-ERR syntax error"},
    {"GETEX k EX 0", "-ERR invalid expire time in 'getex' command"},
    {"GETEX k EX abc", "-ERR value is not an integer or out of range"},
    {"GETEX k EX 9223372036854775807", "-ERR invalid expire time in 'getex' command"},
    {"GETEX k EX -9223372036854775808", "-ERR invalid expire time in 'getex' command"},
    {"GETEX nothing EX 0", "nil"},
    {"GETEX nothing EX 10", "nil"},
    {"GETEX k EXAT 1", R"("a")"},
    {"EXISTS k", ":0"},
    {"SETEX k 100 a", "+OK"},
    {"TTL k", ":100"},
    {"SETEX k 0 a", "-ERR invalid expire time in 'setex' command"},
    {"SETEX k -1 a", "-ERR invalid expire time in 'setex' command"},
    {"SETEX k abc a", "-ERR value is not an integer or out of range"},
    {"SETEX k 9223372036854775807 a", "-ERR invalid expire time in 'setex' command"},
    {"PSETEX k 100000 b", "+OK"},
    {"TTL k", ":100"},
    {"PSETEX k 0 b", "-ERR invalid expire time in 'psetex' command"},
    {"PSETEX k 9223372036854775807 b", "-ERR invalid expire time in 'psetex' command"},
    {"GET k", R"("b")"},
    {"STRLEN k", ":1"},
    {"STRLEN nothing", ":0"},
    {R"(SET empty "")", "+OK"},
    {"STRLEN empty", ":0"},
    {"GET empty", R"("")"},
};

TEST_F(StringCommandsTest, GetAndItsKin) { RunAll(kGetAndItsKin); }

constexpr CommandCase kSeveralKeys[] = {
    {"MSET a 1 b 2 c 3", "+OK"},
    {"MGET a b c nothing", R"(["1" "2" "3" nil])"},
    {"MSET a 4 a 5", "+OK"},
    {"GET a", R"("5")"},
    {"MSETNX d 1 a 2", ":0"},
    {"EXISTS d", ":0"},
    {"MSETNX d 1 e 2", ":1"},
    {"MGET d e", R"(["1" "2"])"},
    {"MSETNX x 1 x 2", ":1"},
    {"GET x", R"("2")"},
    {"RPUSH list x", ":1"},
    {"MGET list a", R"([nil "5"])"},
    {"MSET list 1", "+OK"},
    {"GET list", R"("1")"},
    {"EXPIRE a 100", ":1"},
    {"MSET a 1", "+OK"},
    {"TTL a", ":-1"},
    {"MSET a 1 b", "-ERR wrong number of arguments for 'mset' command"},
    {"MSETNX a 1 b", "-ERR wrong number of arguments for 'msetnx' command"},
    {"MSET a", "-ERR wrong number of arguments for 'mset' command"},
    {"MGET", "-ERR wrong number of arguments for 'mget' command"},
};

TEST_F(StringCommandsTest, SeveralKeys) { RunAll(kSeveralKeys); }

constexpr CommandCase kParts[] = {
    {"APPEND k hello", ":5"},
    {R"(APPEND k "")", ":5"},
    {"APPEND k !", ":6"},
    {"GET k", R"("hello!")"},
    {R"(APPEND new "")", ":0"},
    {"EXISTS new", ":1"},
    {"GETRANGE k 0 -1", R"("hello!")"},
    {"GETRANGE k 1 3", R"("ell")"},
    {"GETRANGE k -3 -1", R"("lo!")"},
    {"GETRANGE k -1 -3", R"("")"},
    {"GETRANGE k 0 -100", R"("h")"},
    {"GETRANGE k 3 1", R"("")"},
    {"GETRANGE k 100 200", R"("")"},
    {"GETRANGE k 0 9223372036854775807", R"("hello!")"},
    {"GETRANGE k -9223372036854775808 9223372036854775807", R"("hello!")"},
    {"GETRANGE k 9223372036854775807 -9223372036854775808", R"("")"},
    {"GETRANGE k 2147483647 2147483648", R"("")"},
    {"GETRANGE k 4294967296 4294967297", R"("")"},
    {"GETRANGE nothing 0 -1", R"("")"},
    {"GETRANGE new 0 -1", R"("")"},
    {"SUBSTR k 1 2", R"("el")"},
    {"GETRANGE k a 1", "-ERR value is not an integer or out of range"},
    {"GETRANGE k 1 a", "-ERR value is not an integer or out of range"},
    {"GETRANGE k 9223372036854775808 1", "-ERR value is not an integer or out of range"},
    {"SETRANGE k 1 EY", ":6"},
    {"GET k", R"("hEYlo!")"},
    {"SETRANGE k 6 end", ":9"},
    {"GET k", R"("hEYlo!end")"},
    {R"(SETRANGE k 0 "")", ":9"},
    {R"(SETRANGE nothing 5 "")", ":0"},
    {"EXISTS nothing", ":0"},
    {"SETRANGE k -1 x", "-ERR offset is out of range"},
    {"SETRANGE k -9223372036854775808 x", "-ERR offset is out of range"},
    {"SETRANGE k 9223372036854775807 x",
     "-ERR string exceeds maximum allowed size (proto-max-bulk-len)"},
    {R"(SETRANGE k 9223372036854775807 "")", ":9"},
    {"SETRANGE k 536870911 xy", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)"},
    {"SETRANGE k 536870912 x", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)"},
    {"SETRANGE k 4294967296 x", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)"},
    {"SETRANGE k a x", "-ERR value is not an integer or out of range"},
    {"SETRANGE nothing 536870912 x",
     "-ERR string exceeds maximum allowed size (proto-max-bulk-len)"},
    {"EXISTS nothing", ":0"},
    {"EXPIRE k 100", ":1"},
    {"APPEND k x", ":10"},
    {"SETRANGE k 0 x", ":10"},
    {"TTL k", ":100"},
};

TEST_F(StringCommandsTest, Parts) { RunAll(kParts); }

constexpr CommandCase kNumbers[] = {
    {"INCR n", ":1"},
    {"INCR n", ":2"},
    {"DECR n", ":1"},
    {"INCRBY n 10", ":11"},
    {"DECRBY n 3", ":8"},
    {"INCRBY n 0", ":8"},
    {"INCRBY n -2147483649", ":-2147483641"},
    {"DECRBY n -4294967297", ":2147483656"},
    {"EXPIRE n 100", ":1"},
    {"INCR n", ":2147483657"},
    {"INCRBYFLOAT n 0.5", R"("2147483657.5")"},
    {"TTL n", ":100"},
    {"GET n", R"("2147483657.5")"},
    {"INCR n", "-ERR value is not an integer or out of range"},
    {"SET n 9223372036854775807", "+OK"},
    {"INCR n", "-ERR increment or decrement would overflow"},
    {"DECR n", ":9223372036854775806"},
    {"INCRBY n 1", ":9223372036854775807"},
    {"INCRBY n 1", "-ERR increment or decrement would overflow"},
    {"INCRBY n 9223372036854775807", "-ERR increment or decrement would overflow"},
    {"INCRBY n -9223372036854775808", ":-1"},
    {"DECRBY n 9223372036854775807", ":-9223372036854775808"},
    {"DECR n", "-ERR increment or decrement would overflow"},
    {"DECR n", "-ERR increment or decrement would overflow"},
    {"DECRBY n -9223372036854775808", "-ERR decrement would overflow"},
    {"DECRBY n -9223372036854775807", ":-1"},
    {"INCRBY n 9223372036854775808", "-ERR value is not an integer or out of range"},
    {"INCRBY n 1.5", "-ERR value is not an integer or out of range"},
    {"INCRBY n abc", "-ERR value is not an integer or out of range"},
    {"INCRBY n +1", "-ERR value is not an integer or out of range"},
    {"INCRBY n 01", "-ERR value is not an integer or out of range"},
    {R"(INCRBY n "")", "-ERR value is not an integer or out of range"},
    {"SET n 01", "+OK"},
    {"INCR n", "-ERR value is not an integer or out of range"},
    {"SET n -0", "+OK"},
    {"INCR n", "-ERR value is not an integer or out of range"},
    {R"(SET n "")", "+OK"},
    {"INCR n", "-ERR value is not an integer or out of range"},
    {"SET n abc", "+OK"},
    {"DECR n", "-ERR value is not an integer or out of range"},
    {"SET n 0", "+OK"},
    {"INCRBYFLOAT n 0.1", R"("0.1")"},
    {"INCRBYFLOAT n 0.2", R"("0.3")"},
    {"INCRBYFLOAT n -0.3", R"("0")"},
    {"SET n 3.0e3", "+OK"},
    {"INCRBYFLOAT n 200", R"("3200")"},
    {"INCRBYFLOAT n 5.0e-3", R"("3200.00499999999999989")"},
    {"INCRBYFLOAT n 1e20", R"("100000000000000003200")"},
    {"INCRBYFLOAT n abc", "-ERR value is not a valid float"},
    {"INCRBYFLOAT n nan", "-ERR value is not a valid float"},
    {"INCRBYFLOAT n inf", "-ERR increment would produce NaN or Infinity"},
    {"INCRBYFLOAT n -inf", "-ERR increment would produce NaN or Infinity"},
    {"INCRBYFLOAT n 1e5000", "-ERR value is not a valid float"},
    {R"(INCRBYFLOAT n "")", "-ERR value is not a valid float"},
    {"SET n abc", "+OK"},
    {"INCRBYFLOAT n 1", "-ERR value is not a valid float"},
    {"INCRBYFLOAT fresh 10.50", R"("10.5")"},
    {"INCRBYFLOAT fresh -10.5", R"("0")"},
    {"SET n 9007199254740993", "+OK"},
    {"INCRBYFLOAT n 0", R"("9007199254740993")"},
};

TEST_F(StringCommandsTest, Numbers) { RunAll(kNumbers); }

constexpr CommandCase kLongestCommonSubsequence[] = {
    {"MSET a ohmytext b mynewtext", "+OK"},
    {"LCS a b", R"("mytext")"},
    {"LCS a b LEN", ":6"},
    {"LCS a b IDX", R"(["matches" [[[:4 :7] [:5 :8]] [[:2 :3] [:0 :1]]] "len" :6])"},
    {"LCS a b IDX MINMATCHLEN 4", R"(["matches" [[[:4 :7] [:5 :8]]] "len" :6])"},
    {"LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN", R"(["matches" [[[:4 :7] [:5 :8] :4]] "len" :6])"},
    {"LCS a b idx withmatchlen",
     R"(["matches" [[[:4 :7] [:5 :8] :4] [[:2 :3] [:0 :1] :2]] "len" :6])"},
    {"LCS a b IDX MINMATCHLEN 0", R"(["matches" [[[:4 :7] [:5 :8]] [[:2 :3] [:0 :1]]] "len" :6])"},
    {"LCS a b IDX MINMATCHLEN -9223372036854775808",
     R"(["matches" [[[:4 :7] [:5 :8]] [[:2 :3] [:0 :1]]] "len" :6])"},
    {"LCS a b IDX MINMATCHLEN 9223372036854775807", R"(["matches" [] "len" :6])"},
    {"LCS a b MINMATCHLEN 4", R"("mytext")"},
    {"LCS a b LEN MINMATCHLEN 4 WITHMATCHLEN", ":6"},
    {"LCS a b LEN LEN", ":6"},
    {"LCS a a", R"("ohmytext")"},
    {"LCS a nothing", R"("")"},
    {"LCS nothing a LEN", ":0"},
    {"LCS nothing nothing IDX", R"(["matches" [] "len" :0])"},
    {R"(SET empty "")", "+OK"},
    {"LCS empty empty", R"("")"},
    {"LCS empty a IDX WITHMATCHLEN", R"(["matches" [] "len" :0])"},
    {"MSET x abcbdab y bdcaba", "+OK"},
    {"LCS x y", R"("bdab")"},
    {"LCS y x", R"("bcba")"},
    {"LCS x y IDX WITHMATCHLEN",
     R"(["matches" [[[:5 :6] [:3 :4] :2] [[:3 :4] [:0 :1] :2]] "len" :4])"},
    {"LCS y x IDX WITHMATCHLEN",
     R"(["matches" [[[:5 :5] [:5 :5] :1] [[:4 :4] [:3 :3] :1] [[:2 :2] [:2 :2] :1] [[:0 :0] [:1 :1] :1]] "len" :4])"},
    {"MSET x aaaa y aa", "+OK"},
    {"LCS x y IDX", R"(["matches" [[[:2 :3] [:0 :1]]] "len" :2])"},
    {"LCS y x IDX", R"(["matches" [[[:0 :1] [:2 :3]]] "len" :2])"},
    {"LCS a b IDX LEN", "-ERR If you want both the length and indexes, please just use IDX."},
    {"LCS a b LEN IDX foo", "-ERR syntax error"},
    {"LCS a b foo", "-ERR syntax error"},
    {"LCS a b MINMATCHLEN", "-ERR syntax error"},
    {"LCS a b MINMATCHLEN a", "-ERR value is not an integer or out of range"},
    {"LCS a b MINMATCHLEN 1.5", "-ERR value is not an integer or out of range"},
    {R"(LCS a b "")", "-ERR syntax error"},
    {"RPUSH list x", ":1"},
    {"LCS a list", "-ERR The specified keys must contain string values"},
    {"LCS list nothing", "-ERR The specified keys must contain string values"},
    {"LCS list list foo", "-ERR The specified keys must contain string values"},
    {"LCS a", "-ERR wrong number of arguments for 'lcs' command"},
    {"LCS", "-ERR wrong number of arguments for 'lcs' command"},
};

TEST_F(StringCommandsTest, LongestCommonSubsequence) { RunAll(kLongestCommonSubsequence); }

TEST_F(StringCommandsTest, StringsThatAreTooLongToCompare) {
  Run("SET a " + std::string(11584, 'a'));
  EXPECT_EQ(Run("LCS a a LEN"), ":11584");
  EXPECT_EQ(Run("APPEND a a"), ":11585");
  for (const char* line : {"LCS a a LEN", "LCS a a IDX", "LCS a a"}) {
    EXPECT_EQ(Run(line),
              "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  }
  EXPECT_EQ(Run("LCS a nothing"), "\"\"");
  // One more than each length, multiplied: 2^27, and more than that.
  Run("SET a " + std::string(8191, 'a'));
  Run("SET b " + std::string(16383, 'a'));
  EXPECT_EQ(Run("LCS a b LEN"), ":8191");
  EXPECT_EQ(Run("APPEND b a"), ":16384");
  EXPECT_EQ(Run("LCS a b LEN").substr(0, 4), "-ERR");
}

constexpr CommandCase kWrongType[] = {
    {"RPUSH list x", ":1"},
    {"GET list", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"GETSET list v", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"GETDEL list", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"GETEX list", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"GETEX list EX 0", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"SETNX list v", ":0"},
    {"MSETNX list v", ":0"},
    {"APPEND list v", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"STRLEN list", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"GETRANGE list 0 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"SUBSTR list 0 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"SETRANGE list 0 v", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"SETRANGE list -1 v", "-ERR offset is out of range"},
    {"INCR list", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"DECR list", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"INCRBY list 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"INCRBY list x", "-ERR value is not an integer or out of range"},
    {"DECRBY list 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"INCRBYFLOAT list 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"INCRBYFLOAT list x", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"TYPE list", "+list"},
    {"LLEN list", ":1"},
};

TEST_F(StringCommandsTest, WrongType) { RunAll(kWrongType); }

constexpr CommandCase kWrongArity[] = {
    {"GET", "-ERR wrong number of arguments for 'get' command"},
    {"GET a b", "-ERR wrong number of arguments for 'get' command"},
    {"GETSET a", "-ERR wrong number of arguments for 'getset' command"},
    {"GETDEL", "-ERR wrong number of arguments for 'getdel' command"},
    {"GETDEL a b", "-ERR wrong number of arguments for 'getdel' command"},
    {"GETEX", "-ERR wrong number of arguments for 'getex' command"},
    {"SETNX a", "-ERR wrong number of arguments for 'setnx' command"},
    {"SETNX a b c", "-ERR wrong number of arguments for 'setnx' command"},
    {"SETEX a 1", "-ERR wrong number of arguments for 'setex' command"},
    {"PSETEX a 1", "-ERR wrong number of arguments for 'psetex' command"},
    {"PSETEX a 1 b c", "-ERR wrong number of arguments for 'psetex' command"},
    {"APPEND a", "-ERR wrong number of arguments for 'append' command"},
    {"STRLEN", "-ERR wrong number of arguments for 'strlen' command"},
    {"STRLEN a b", "-ERR wrong number of arguments for 'strlen' command"},
    {"GETRANGE a 1", "-ERR wrong number of arguments for 'getrange' command"},
    {"SUBSTR a 1", "-ERR wrong number of arguments for 'substr' command"},
    {"SETRANGE a 1", "-ERR wrong number of arguments for 'setrange' command"},
    {"INCR", "-ERR wrong number of arguments for 'incr' command"},
    {"INCR a b", "-ERR wrong number of arguments for 'incr' command"},
    {"DECR", "-ERR wrong number of arguments for 'decr' command"},
    {"INCRBY a", "-ERR wrong number of arguments for 'incrby' command"},
    {"DECRBY a", "-ERR wrong number of arguments for 'decrby' command"},
    {"INCRBYFLOAT a", "-ERR wrong number of arguments for 'incrbyfloat' command"},
    {"MGET", "-ERR wrong number of arguments for 'mget' command"},
    {"MSET", "-ERR wrong number of arguments for 'mset' command"},
    {"MSETNX a", "-ERR wrong number of arguments for 'msetnx' command"},
    {"SET a", "-ERR wrong number of arguments for 'set' command"},
};

TEST_F(StringCommandsTest, WrongArity) { RunAll(kWrongArity); }

TEST_F(StringCommandsTest, AnExpiredStringIsNotThere) {
  RunAll({{"SET k 10 PX 1500", "+OK"}, {"TTL k", ":2"}, {"PTTL k", ":1500"}});
  clock_.AdvanceMs(1001);
  RunAll({{"TTL k", ":0"}, {"PTTL k", ":499"}, {"INCR k", ":11"}});
  clock_.AdvanceMs(498);
  RunAll({{"GET k", R"("11")"}, {"PTTL k", ":1"}});
  clock_.AdvanceMs(1);
  RunAll({{"GET k", "nil"},
          {"STRLEN k", ":0"},
          {"MGET k", "[nil]"},
          {"SET k v XX", "nil"},
          {"GETRANGE k 0 -1", R"("")"},
          {"INCR k", ":1"},
          {"TTL k", ":-1"}});
}

TEST_F(StringCommandsTest, KeysAndValuesAreBytes) {
  const std::string binary("\0\r\n\xff\xc3\x28", 6);
  EXPECT_EQ(Run("SET " + binary + " " + binary), "+OK");
  EXPECT_EQ(Run("GET " + binary), "\"" + binary + "\"");
  EXPECT_EQ(Run("GET " + binary + "x"), "nil");
  EXPECT_EQ(Run("GETRANGE " + binary + " 1 3"), "\"\r\n\xff\"");
  EXPECT_EQ(Run("INCR " + binary), "-ERR value is not an integer or out of range");
}

}  // namespace
}  // namespace kontor
