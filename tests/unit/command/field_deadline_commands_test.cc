#include <string>

#include "txn/execute.h"
#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

class FieldDeadlineCommandsTest : public CollectionCommandTest {
 protected:
  void Pass(int64_t milliseconds) { clock_.AdvanceMs(milliseconds); }
};

TEST_F(FieldDeadlineCommandsTest, RepliesAsRedis) {
  RunAll({
      {"HEXPIRE nothing 10 FIELDS 2 a b", "[:-2 :-2]"},
      {"HTTL nothing FIELDS 2 a b", "[:-2 :-2]"},
      {"HPERSIST nothing FIELDS 1 a", "[:-2]"},
      {"HSET h a 1 b 2 c 3 d 4", ":4"},
      {"HTTL h FIELDS 2 a x", "[:-1 :-2]"},
      {"HEXPIRE h 10 FIELDS 2 a x", "[:1 :-2]"},
      {"HTTL h FIELDS 1 a", "[:10]"},
      {"HPTTL h FIELDS 1 a", "[:10000]"},
      {"HEXPIRETIME h FIELDS 1 a", "[:1600000010]"},
      {"HPEXPIRETIME h FIELDS 1 a", "[:1600000010000]"},
      {"HPEXPIRE h 10001 fields 1 a", "[:1]"},
      {"HTTL h FIELDS 1 a", "[:11]"},
      {"HEXPIREAT h 1600000020 FIELDS 1 b", "[:1]"},
      {"HPEXPIREAT h 1600000020001 FIELDS 1 b", "[:1]"},
      {"HPTTL h FIELDS 3 a b c", "[:10001 :20001 :-1]"},
      // Conditions.
      {"HEXPIRE h 5 NX FIELDS 2 a c", "[:0 :1]"},
      {"HEXPIRE h 5 XX FIELDS 2 d c", "[:0 :1]"},
      {"HEXPIRE h 5 GT FIELDS 3 c d a", "[:0 :0 :0]"},
      {"HEXPIRE h 6 gt FIELDS 1 c", "[:1]"},
      {"HEXPIRE h 6 LT FIELDS 3 c d a", "[:0 :1 :1]"},
      {"HPERSIST h FIELDS 3 c c x", "[:1 :-1 :-2]"},
      // What is set anew has no deadline; what is only counted up keeps it.
      {"HSET h a 5", ":0"},
      {"HTTL h FIELDS 2 a d", "[:-1 :6]"},
      {"HINCRBY h d 1", ":5"},
      {"HINCRBYFLOAT h d 0.5", "\"5.5\""},
      {"HTTL h FIELDS 1 d", "[:6]"},
      // A time that has passed deletes, also the key.
      {"HEXPIRE h 0 FIELDS 1 a", "[:2]"},
      {"HEXPIREAT h 1600000000 FIELDS 2 b b", "[:2 :-2]"},
      {"HKEYS h", "[\"c\" \"d\"]"},
      {"HPEXPIRE h 0 FIELDS 2 c d", "[:2 :2]"},
      {"EXISTS h", ":0"},
  });
}

TEST_F(FieldDeadlineCommandsTest, GetsAndSetsWithDeadlines) {
  RunAll({
      {"HSETEX h EX 10 FIELDS 2 a 1 b 2", ":1"},
      {"HPTTL h FIELDS 2 a b", "[:10000 :10000]"},
      {"HSETEX h FNX FIELDS 2 b 9 c 9", ":0"},
      {"HSETEX h FXX FIELDS 2 b 9 c 9", ":0"},
      {"HSETEX h FXX KEEPTTL FIELDS 1 b 3", ":1"},
      {"HSETEX h FNX PX 500 FIELDS 1 c 4", ":1"},
      {"HGETALL h", "[\"a\" \"1\" \"b\" \"3\" \"c\" \"4\"]"},
      {"HPTTL h FIELDS 3 a b c", "[:10000 :10000 :500]"},
      {"HSETEX h FIELDS 1 b 5", ":1"},
      {"HPTTL h FIELDS 1 b", "[:-1]"},
      {"HSETEX h EXAT 1 FIELDS 2 b 6 new 7", ":1"},
      {"HMGET h b new", "[nil nil]"},
      {"HSETEX gone PXAT 1 FIELDS 1 b 6", ":1"},
      {"EXISTS gone", ":0"},
      {"HGETEX h FIELDS 2 a x", "[\"1\" nil]"},
      {"HPTTL h FIELDS 1 a", "[:10000]"},
      {"HGETEX h PERSIST FIELDS 1 a", "[\"1\"]"},
      {"HPTTL h FIELDS 1 a", "[:-1]"},
      {"HGETEX h EXAT 1600000007 FIELDS 1 a", "[\"1\"]"},
      {"HPTTL h FIELDS 1 a", "[:7000]"},
      {"HGETEX h PX 0 FIELDS 1 a", "[\"1\"]"},
      {"HGETDEL h FIELDS 2 a c", "[nil \"4\"]"},
      {"EXISTS h", ":0"},
      {"HGETEX nothing EX 5 FIELDS 1 a", "[nil]"},
      {"HGETDEL nothing FIELDS 1 a", "[nil]"},
  });
}

TEST_F(FieldDeadlineCommandsTest, SaysWhatIsWrong) {
  constexpr char kNoFields[] =
      "-ERR Mandatory argument FIELDS is missing or not at the right position";
  constexpr char kCount[] = "-ERR The `numfields` parameter must match the number of arguments";
  RunAll({
      {"HSET h a 1", ":1"},
      {"SET s x", "+OK"},
      {"HEXPIRE h 10 FIELDS 1", "-ERR wrong number of arguments for 'hexpire' command"},
      {"HEXPIRE h 10 FIELD 1 a", kNoFields},
      {"HEXPIRE h 10 GT LT FIELDS 1 a", kNoFields},
      {"HEXPIRE h 10 FIELDS 2 a", kCount},
      {"HEXPIRE h 10 FIELDS 1 a b", kCount},
      {"HEXPIRE h 10 FIELDS 0 a", "-ERR Parameter `numFields` should be greater than 0"},
      {"HEXPIRE h 10 FIELDS x a", "-ERR Parameter `numFields` should be greater than 0"},
      {"HEXPIRE h x FIELDS 1 a", "-ERR value is not an integer or out of range"},
      {"HEXPIRE h -1 FIELDS 1 a", "-ERR invalid expire time, must be >= 0"},
      {"HEXPIRE h 70368744178 FIELDS 1 a", "-ERR invalid expire time in 'hexpire' command"},
      {"HPEXPIREAT h 70368744177664 FIELDS 1 a",
       "-ERR invalid expire time in 'hpexpireat' command"},
      {"HPEXPIREAT h 70368744177663 FIELDS 1 a", "[:1]"},
      {"HPEXPIRETIME h FIELDS 1 a", "[:70368744177663]"},
      {"HPEXPIRE h 9223372036854775807 FIELDS 1 a",
       "-ERR invalid expire time in 'hpexpire' command"},
      {"HTTL h FIELDS 0 a", "-ERR Number of fields must be a positive integer"},
      {"HTTL h FIELDS 2 a", kCount},
      {"HPERSIST h FIELD 1 a", kNoFields},
      {"HGETDEL h FIELDS 2 a", kCount},
      {"HGETEX h EX 1 PX 1 FIELDS 1 a", kNoFields},
      {"HGETEX h EX x FIELDS 1 a", "-ERR value is not an integer or out of range"},
      {"HGETEX h EX -1 FIELDS 1 a", "-ERR invalid expire time, must be >= 0"},
      {"HSETEX h FIELDS 2 a 1", "-ERR wrong number of arguments for 'hsetex' command"},
      {"HSETEX h FIELDS 0 a 1", "-ERR invalid number of fields"},
      {"HSETEX h FNX FXX FIELDS 1 a 1", "-ERR Only one of FXX or FNX arguments can be specified"},
      {"HSETEX h EX 1 KEEPTTL FIELDS 1 a 1",
       "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"},
      {"HSETEX h what FIELDS 1 a 1", "-ERR unknown argument: what"},
      {"HSETEX h FNX EX 10 KEY", "-ERR unknown argument: KEY"},
      {"HSETEX h FNX EX 10 FNX", "-ERR Only one of FXX or FNX arguments can be specified"},
      {"HSETEX h FNX EX 10 EX", "-ERR unknown argument: EX"},
      {"HEXPIRE s 10 FIELDS 1 a",
       "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HTTL s FIELDS 1 a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HGETEX s FIELDS 1 a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
      {"HSETEX s FIELDS 1 a 1",
       "-WRONGTYPE Operation against a key holding the wrong kind of value"},
  });
}

// Nobody sees a field whose time has come, whatever looks first, and the key goes with the last.
TEST_F(FieldDeadlineCommandsTest, AnExpiredFieldIsNeverSeen) {
  const CommandCase looks[] = {
      {"HGET h gone", "nil"},
      {"HGETALL h", "[\"stays\" \"1\"]"},
      {"HLEN h", ":1"},
      {"HEXISTS h gone", ":0"},
      {"HRANDFIELD h 5", "[\"stays\"]"},
      {"HSCAN h 0", "[\"0\" [\"stays\" \"1\"]]"},
      {"HSETNX h gone 2", ":1"},
      {"HINCRBY h gone 3", ":3"},
      {"HDEL h gone", ":0"},
      {"HTTL h FIELDS 1 gone", "[:-2]"},
      {"HGETDEL h FIELDS 1 gone", "[nil]"},
      {"HSETEX h FXX FIELDS 1 gone 1", ":0"},
  };
  for (const CommandCase& look : looks) {
    Run("DEL h");
    Run("HSET h gone 1 stays 1");
    EXPECT_EQ(Run("HPEXPIRE h 50 FIELDS 1 gone"), "[:1]");
    Pass(49);
    EXPECT_EQ(Run("HLEN h"), ":2");
    Pass(1);
    EXPECT_EQ(Run(look.line), look.reply) << look.line;
  }
  const CommandCase looks_at_key[] = {
      {"EXISTS h", ":0"},
      {"TYPE h", "+none"},
      {"HLEN h", ":0"},
      {"TTL h", ":-2"},
      {"RENAME h other", "-ERR no such key"},
      {"COPY h other", ":0"},
      {"LPUSH h a", ":1"},
      {"DUMP h", "nil"},
  };
  for (const CommandCase& look : looks_at_key) {
    Run("DEL h");
    EXPECT_EQ(Run("HSETEX h PX 50 FIELDS 2 a 1 b 2"), ":1");
    Pass(50);
    EXPECT_EQ(Run(look.line), look.reply) << look.line;
  }
}

TEST_F(FieldDeadlineCommandsTest, DeadlinesGoWhereTheHashGoes) {
  Run("HSETEX h PX 50 FIELDS 1 gone 1");
  Run("HSET h stays 1");
  Run("COPY h copy");
  Run("RENAME h moved");
  Pass(50);
  EXPECT_EQ(Run("HKEYS copy"), "[\"stays\"]");
  EXPECT_EQ(Run("HKEYS moved"), "[\"stays\"]");
}

TEST_F(FieldDeadlineCommandsTest, TheEngineRemovesExpiredFieldsByItself) {
  for (int key = 0; key < 50; ++key) {
    const std::string name = "h" + std::to_string(key);
    for (int field = 0; field < 40; ++field) {
      Run("HSETEX " + name + " PX " + std::to_string(1 + field) + " FIELDS 1 f" +
          std::to_string(field) + " v");
    }
    Run("HSET " + name + " stays v");
  }
  Run("HSETEX large PX 10 FIELDS 1 f v");
  for (int field = 0; field < 3000; ++field) {
    Run("HSETEX large PX 10 FIELDS 1 f" + std::to_string(field) + " v");
  }
  Pass(20);
  for (int round = 0; round < 100 && engine_->counters().expired_fields < 50 * 20 + 3001; ++round) {
    engine_->Tick();
  }
  EXPECT_EQ(engine_->counters().expired_fields, 50u * 20 + 3001);
  EXPECT_EQ(Run("DBSIZE"), ":50") << "large is gone with its last field";
  EXPECT_EQ(Run("HLEN h7"), ":21");
}

}  // namespace
}  // namespace kontor
