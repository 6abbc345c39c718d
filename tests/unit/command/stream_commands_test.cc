#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

class StreamCommandTest : public CollectionCommandTest {
 protected:
  StreamCommandTest() { clock_.AdvanceMs(1000 - clock_.UnixMs()); }
};

TEST_F(StreamCommandTest, XAddChoosesAndChecksIds) {
  constexpr CommandCase kCases[] = {
      {"XADD s NOMKSTREAM * a 1", "nil"},
      {"EXISTS s", ":0"},
      {"XADD s 0-0 a 1", "-ERR The ID specified in XADD must be greater than 0-0"},
      {"XADD s 0-* a 1", "\"0-1\""},
      {"XADD s 5 a 1 b 2", "\"5-0\""},
      {"XADD s 5-* a 1", "\"5-1\""},
      {"XADD s * a 1", "\"1000-0\""},
      {"XADD s * a 1", "\"1000-1\""},
      {"XADD s 1000-1 a 1",
       "-ERR The ID specified in XADD is equal or smaller than the target stream top item"},
      {"XADD s 999-* a 1",
       "-ERR The ID specified in XADD is equal or smaller than the target stream top item"},
      {"XADD s 1-2-3 a 1", "-ERR Invalid stream ID specified as stream command argument"},
      {"XADD s + a 1", "-ERR Invalid stream ID specified as stream command argument"},
      {"XADD s * a", "-ERR wrong number of arguments for 'xadd' command"},
      {"XADD s * a 1 b", "-ERR wrong number of arguments for 'xadd' command"},
      {"XLEN s", ":5"},
      {"TYPE s", "+stream"},
      {"XADD s 18446744073709551615-18446744073709551615 a 1",
       "\"18446744073709551615-18446744073709551615\""},
      {"XADD s * a 1",
       "-ERR The stream has exhausted the last possible ID, unable to add more items"},
      {"SET k v", "+OK"},
      {"XADD k * a 1", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
  };
  RunAll(kCases);
}

TEST_F(StreamCommandTest, TrimsBySizeAndById) {
  constexpr CommandCase kCases[] = {
      {"XADD s 1-0 a 1", "\"1-0\""},
      {"XADD s 2-0 a 1", "\"2-0\""},
      {"XADD s 3-0 a 1", "\"3-0\""},
      {"XADD s MAXLEN = 3 4-0 a 1", "\"4-0\""},
      {"XRANGE s - + COUNT 1", "[[\"2-0\" [\"a\" \"1\"]]]"},
      {"XADD s MINID 4 5-0 a 1", "\"5-0\""},
      {"XRANGE s - + COUNT 1", "[[\"4-0\" [\"a\" \"1\"]]]"},
      {"XTRIM s MAXLEN ~ 1", ":0"},
      {"XTRIM s MAXLEN 1", ":1"},
      {"XTRIM s MINID ~ 9", ":1"},
      {"XLEN s", ":0"},
      {"EXISTS s", ":1"},
      {"XTRIM missing MAXLEN 1", ":0"},
      {"XTRIM s MAXLEN -1", "-ERR The MAXLEN argument must be >= 0."},
      {"XTRIM s MAXLEN x", "-ERR value is not an integer or out of range"},
      {"XTRIM s MAXLEN ~ 1 LIMIT -1", "-ERR The LIMIT argument must be >= 0."},
      {"XTRIM s MAXLEN 1 LIMIT 1",
       "-ERR syntax error, LIMIT cannot be used without the special ~ option"},
      {"XTRIM s LIMIT 1",
       "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"},
      {"XTRIM s LIMIT 1 LIMIT 1",
       "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"},
      {"XTRIM s LIMIT 0 LIMIT 0",
       "-ERR syntax error, XTRIM must be called with a trimming strategy"},
      {"XTRIM s MAXLEN 1 MINID 1",
       "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible"},
      {"XTRIM s MAXLEN 1 x", "-ERR syntax error"},
      {"XTRIM s MAXLEN 1 KEEPREF ACKED", "-ERR syntax error"},
  };
  RunAll(kCases);
}

TEST_F(StreamCommandTest, AnApproximateTrimTakesWholeBlocksUpToItsLimit) {
  for (int i = 1; i <= 250; ++i) Run("XADD s " + std::to_string(i) + " a 1");
  constexpr CommandCase kCases[] = {
      {"XTRIM s MAXLEN ~ 151", ":0"},
      {"XTRIM s MAXLEN ~ 10 LIMIT 99", ":0"},
      {"XTRIM s MAXLEN ~ 10 LIMIT 100", ":100"},
      {"XADD s MINID ~ 201 251 a 1", "\"251-0\""},
      {"XLEN s", ":51"},
  };
  RunAll(kCases);
}

TEST_F(StreamCommandTest, RangesMayLeaveOutTheirEnds) {
  constexpr CommandCase kCases[] = {
      {"XADD s 1-1 a 1", "\"1-1\""},
      {"XADD s 1-2 b 2", "\"1-2\""},
      {"XADD s 2-0 a 3 c 4", "\"2-0\""},
      {"XRANGE s - +",
       "[[\"1-1\" [\"a\" \"1\"]] [\"1-2\" [\"b\" \"2\"]] [\"2-0\" [\"a\" \"3\" \"c\" \"4\"]]]"},
      {"XRANGE s (1-1 1", "[[\"1-2\" [\"b\" \"2\"]]]"},
      {"XREVRANGE s (2-0 1", "[[\"1-2\" [\"b\" \"2\"]] [\"1-1\" [\"a\" \"1\"]]]"},
      {"XREVRANGE s + - COUNT 1", "[[\"2-0\" [\"a\" \"3\" \"c\" \"4\"]]]"},
      {"XRANGE s - + COUNT 0", "nil-array"},
      {"XRANGE s - + COUNT -1", "nil-array"},
      {"XRANGE missing - + COUNT 0", "[]"},
      {"XRANGE s 2 1", "[]"},
      {"XRANGE s (18446744073709551615-18446744073709551615 +",
       "-ERR invalid start ID for the interval"},
      {"XRANGE s - (0-0", "-ERR invalid end ID for the interval"},
      {"XRANGE s (- +", "-ERR Invalid stream ID specified as stream command argument"},
      {"XRANGE s - + COUNT", "-ERR syntax error"},
  };
  RunAll(kCases);
}

TEST_F(StreamCommandTest, DeletesAndSetsIds) {
  constexpr CommandCase kCases[] = {
      {"XADD s 1-0 a 1", "\"1-0\""},
      {"XADD s 2-0 a 1", "\"2-0\""},
      {"XADD s 3-0 a 1", "\"3-0\""},
      {"XDEL s 2 2-0 9", ":1"},
      {"XDEL s 1 x", "-ERR Invalid stream ID specified as stream command argument"},
      {"XDEL missing x", ":0"},
      {"XLEN s", ":2"},
      {"XSETID s 1-9",
       "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"},
      {"XSETID s 2-9",
       "-ERR The ID specified in XSETID is smaller than the target stream top item"},
      {"XSETID s 4 ENTRIESADDED 1",
       "-ERR The entries_added specified in XSETID is smaller than the target stream length"},
      {"XSETID s 4 MAXDELETEDID 5",
       "-ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"},
      {"XSETID s 4 ENTRIESADDED -1", "-ERR entries_added must be positive"},
      {"XSETID s 4 ENTRIESADDED", "-ERR syntax error"},
      {"XSETID missing 4", "-ERR no such key"},
      {"XSETID s 9 ENTRIESADDED 20 MAXDELETEDID 8", "+OK"},
      {"XINFO STREAM s",
       "[\"length\" :2 \"radix-tree-keys\" :1 \"radix-tree-nodes\" :2 \"last-generated-id\" "
       "\"9-0\" "
       "\"max-deleted-entry-id\" \"8-0\" \"entries-added\" :20 \"recorded-first-entry-id\" \"1-0\" "
       "\"groups\" :0 \"first-entry\" [\"1-0\" [\"a\" \"1\"]] \"last-entry\" [\"3-0\" [\"a\" "
       "\"1\"]]]"},
  };
  RunAll(kCases);
}

TEST_F(StreamCommandTest, GroupsAreMadeOnce) {
  constexpr CommandCase kCases[] = {
      {"XGROUP CREATE s g $",
       "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to "
       "use the MKSTREAM option to create an empty stream automatically."},
      {"XGROUP CREATE s g x MKSTREAM",
       "-ERR Invalid stream ID specified as stream command argument"},
      {"EXISTS s", ":0"},
      {"XGROUP CREATE s g $ MKSTREAM", "+OK"},
      {"XGROUP CREATE s g $", "-BUSYGROUP Consumer Group name already exists"},
      {"XGROUP CREATE s h 0 ENTRIESREAD -2", "-ERR value for ENTRIESREAD must be positive or -1"},
      {"XGROUP CREATE s h 0 ENTRIESREAD",
       "-ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP."},
      {"XGROUP SETID s h 0", "-NOGROUP No such consumer group 'h' for key name 's'"},
      {"XGROUP SETID s g - ENTRIESREAD 7", "+OK"},
      {"XGROUP CREATECONSUMER s g c", ":1"},
      {"XGROUP CREATECONSUMER s g c", ":0"},
      {"XGROUP DELCONSUMER s g d", ":0"},
      {"XINFO GROUPS s",
       "[[\"name\" \"g\" \"consumers\" :1 \"pending\" :0 \"last-delivered-id\" \"0-0\" "
       "\"entries-read\" :7 \"lag\" :0]]"},
      {"XINFO CONSUMERS s g", "[[\"name\" \"c\" \"pending\" :0 \"idle\" :0 \"inactive\" :-1]]"},
      {"XINFO CONSUMERS s h", "-NOGROUP No such consumer group 'h' for key name 's'"},
      {"XINFO STREAM missing", "-ERR no such key"},
      {"XGROUP DESTROY s g", ":1"},
      {"XGROUP DESTROY s g", ":0"},
      {"XGROUP FOO s g", "-ERR unknown subcommand 'FOO'. Try XGROUP HELP."},
  };
  RunAll(kCases);
}

TEST_F(StreamCommandTest, XReadAnswersWhatLiesBehindAnId) {
  constexpr CommandCase kCases[] = {
      {"XADD s 1-0 a 1", "\"1-0\""},
      {"XADD s 2-0 a 2", "\"2-0\""},
      {"XADD t 3-0 a 3", "\"3-0\""},
      {"XREAD STREAMS s t u 1 0 0",
       "[[\"s\" [[\"2-0\" [\"a\" \"2\"]]]] [\"t\" [[\"3-0\" [\"a\" \"3\"]]]]]"},
      {"XREAD COUNT 1 STREAMS s 0", "[[\"s\" [[\"1-0\" [\"a\" \"1\"]]]]]"},
      {"XREAD STREAMS s +", "[[\"s\" [[\"2-0\" [\"a\" \"2\"]]]]]"},
      {"XREAD STREAMS s $", "nil-array"},
      {"XREAD STREAMS s >",
       "-ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> "
       "<consumer> option."},
      {"XREAD STREAMS s t 0",
       "-ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be "
       "specified."},
      {"XREAD COUNT 1 s 0", "-ERR syntax error"},
      {"XREAD NOACK STREAMS s 0",
       "-ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."},
      {"XREAD CLAIM 1 STREAMS s 0",
       "-ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead."},
      {"XREAD BLOCK -1 STREAMS s 0", "-ERR timeout is negative"},
      {"XREAD BLOCK x STREAMS s 0", "-ERR timeout is not an integer or out of range"},
      {"XREAD BLOCK 1 STREAMS s $", "nil-array"},
      {"COMMAND GETKEYS XREAD COUNT 2 STREAMS s t 0 0", "[\"s\" \"t\"]"},
      {"COMMAND GETKEYS XREADGROUP GROUP STREAMS c STREAMS s 0", "[\"s\"]"},
  };
  RunAll(kCases);
}

TEST_F(StreamCommandTest, AGroupDeliversEachEntryOnce) {
  constexpr CommandCase kCases[] = {
      {"XADD s 1-0 a 1", "\"1-0\""},
      {"XADD s 2-0 a 2", "\"2-0\""},
      {"XREADGROUP GROUP g c STREAMS s >",
       "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option"},
      {"XGROUP CREATE s g 0", "+OK"},
      {"XREADGROUP GROUP g c COUNT 1 STREAMS s >", "[[\"s\" [[\"1-0\" [\"a\" \"1\"]]]]]"},
      {"XREADGROUP GROUP g d STREAMS s >", "[[\"s\" [[\"2-0\" [\"a\" \"2\"]]]]]"},
      {"XREADGROUP GROUP g d STREAMS s >", "nil-array"},
      {"XREADGROUP GROUP g c STREAMS s 0", "[[\"s\" [[\"1-0\" [\"a\" \"1\"]]]]]"},
      {"XREADGROUP GROUP g c STREAMS s 1-0", "[[\"s\" []]]"},
      {"XPENDING s g", "[:2 \"1-0\" \"2-0\" [[\"c\" \"1\"] [\"d\" \"1\"]]]"},
      {"XPENDING s g - + 10", "[[\"1-0\" \"c\" :0 :2] [\"2-0\" \"d\" :0 :1]]"},
      {"XPENDING s g IDLE 1 - + 10", "[]"},
      {"XPENDING s g - + 10 d", "[[\"2-0\" \"d\" :0 :1]]"},
      {"XPENDING s g - +", "-ERR syntax error"},
      {"XPENDING s h", "-NOGROUP No such key 's' or consumer group 'h'"},
      {"XACK s g 1-0 1-0 7", ":1"},
      {"XACK s h x", ":0"},
      {"XDEL s 2-0", ":1"},
      {"XREADGROUP GROUP g d STREAMS s 0", "[[\"s\" [[\"2-0\" nil-array]]]]"},
      {"XADD s 3-0 a 3", "\"3-0\""},
      {"XREADGROUP GROUP g c NOACK STREAMS s >", "[[\"s\" [[\"3-0\" [\"a\" \"3\"]]]]]"},
      {"XPENDING s g", "[:1 \"2-0\" \"2-0\" [[\"d\" \"1\"]]]"},
      {"XREADGROUP GROUP g c STREAMS s $",
       "-ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of "
       "this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID "
       "would just return an empty result set."},
      {"XREADGROUP COUNT 1 STREAMS s s 0 0", "-ERR Missing GROUP option for XREADGROUP"},
      {"XGROUP DELCONSUMER s g d", ":1"},
      {"XPENDING s g", "[:0 nil nil nil-array]"},
  };
  RunAll(kCases);
}

TEST_F(StreamCommandTest, ClaimsWhatIsPending) {
  constexpr CommandCase kCases[] = {
      {"XADD s 1-0 a 1", "\"1-0\""},
      {"XADD s 2-0 a 2", "\"2-0\""},
      {"XADD s 3-0 a 3", "\"3-0\""},
      {"XGROUP CREATE s g 0", "+OK"},
      {"XREADGROUP GROUP g c COUNT 2 STREAMS s >",
       "[[\"s\" [[\"1-0\" [\"a\" \"1\"]] [\"2-0\" [\"a\" \"2\"]]]]]"},
      {"XCLAIM s g d 10 1-0", "[]"},
      {"XCLAIM s g d 0 1-0 3-0", "[[\"1-0\" [\"a\" \"1\"]]]"},
      {"XCLAIM s g d 0 1-0 3-0 FORCE JUSTID", "[\"1-0\" \"3-0\"]"},
      {"XPENDING s g - + 10",
       "[[\"1-0\" \"d\" :0 :2] [\"2-0\" \"c\" :0 :1] [\"3-0\" \"d\" :0 :1]]"},
      {"XCLAIM s g d 0 1-0 IDLE 300 RETRYCOUNT 9", "[[\"1-0\" [\"a\" \"1\"]]]"},
      {"XCLAIM s g d 0 2-0 TIME 400 JUSTID LASTID 3-0", "[\"2-0\"]"},
      {"XPENDING s g - + 2", "[[\"1-0\" \"d\" :300 :9] [\"2-0\" \"d\" :600 :1]]"},
      {"XCLAIM s g d x 1-0", "-ERR Invalid min-idle-time argument for XCLAIM"},
      {"XCLAIM s g d 0 1-0 IDLE x", "-ERR Invalid IDLE option argument for XCLAIM"},
      {"XCLAIM s g d 0 1-0 OOPS", "-ERR Unrecognized XCLAIM option 'OOPS'"},
      {"XCLAIM s h d 0 1-0", "-NOGROUP No such key 's' or consumer group 'h'"},
      {"XAUTOCLAIM s g e 500 - COUNT 1 JUSTID", "[\"3-0\" [\"2-0\"] []]"},
      {"XDEL s 1-0", ":1"},
      {"XAUTOCLAIM s g e 0 0 COUNT 2", "[\"3-0\" [[\"2-0\" [\"a\" \"2\"]]] [\"1-0\"]]"},
      {"XAUTOCLAIM s g e 0 3-0", "[\"0-0\" [[\"3-0\" [\"a\" \"3\"]]] []]"},
      {"XAUTOCLAIM s g e 0 0 COUNT 0", "-ERR COUNT must be > 0"},
      {"XAUTOCLAIM s g e 0 (x", "-ERR Invalid stream ID specified as stream command argument"},
      {"XDEL s 2-0", ":1"},
      {"XCLAIM s g d 0 2-0", "[]"},
      {"XPENDING s g", "[:1 \"3-0\" \"3-0\" [[\"e\" \"1\"]]]"},
  };
  RunAll(kCases);
}

// As the tests of Redis 8.2 and 8.4 have it.
TEST_F(StreamCommandTest, DeletesOnlyWhatNoGroupNeeds) {
  constexpr CommandCase kCases[] = {
      {"XADD s 1-0 a 1", "\"1-0\""},
      {"XADD s 2-0 a 2", "\"2-0\""},
      {"XGROUP CREATE s g 0", "+OK"},
      {"XGROUP CREATE s h 0", "+OK"},
      {"XDELEX s ACKED IDS 1 1-0", "[:2]"},
      {"XREADGROUP GROUP g c COUNT 1 STREAMS s >", "[[\"s\" [[\"1-0\" [\"a\" \"1\"]]]]]"},
      {"XREADGROUP GROUP h c COUNT 1 STREAMS s >", "[[\"s\" [[\"1-0\" [\"a\" \"1\"]]]]]"},
      {"XACKDEL s g ACKED IDS 2 1-0 2-0", "[:2 :-1]"},
      {"XACKDEL s h ACKED IDS 1 1-0", "[:1]"},
      {"XADD s 3-0 a 3", "\"3-0\""},
      {"XREADGROUP GROUP g c STREAMS s >",
       "[[\"s\" [[\"2-0\" [\"a\" \"2\"]] [\"3-0\" [\"a\" \"3\"]]]]]"},
      {"XREADGROUP GROUP h c STREAMS s >",
       "[[\"s\" [[\"2-0\" [\"a\" \"2\"]] [\"3-0\" [\"a\" \"3\"]]]]]"},
      {"XACK s g 3-0", ":1"},
      {"XACK s h 3-0", ":1"},
      {"XADD s MAXLEN 1 ACKED 4-0 a 4", "\"4-0\""},
      {"XRANGE s - +", "[[\"2-0\" [\"a\" \"2\"]] [\"4-0\" [\"a\" \"4\"]]]"},
      {"XDELEX s DELREF IDS 2 2-0 9-9", "[:1 :-1]"},
      {"XPENDING s g", "[:0 nil nil nil-array]"},
      {"XDELEX missing IDS 2 2-0 9-9", "[:-1 :-1]"},
      {"XDELEX s IDS 0 1-1", "-ERR Number of IDs must be a positive integer"},
      {"XDELEX s IDS 3 1-1", "-ERR The `numids` parameter must match the number of arguments"},
      {"XDELEX s IDS 1 1-1 2-2", "-ERR syntax error"},
      {"XDELEX s KEEPREF DELREF IDS 1 1-1", "-ERR syntax error"},
      {"XDELEX s IDS 1 x", "-ERR Invalid stream ID specified as stream command argument"},
  };
  RunAll(kCases);
}

TEST_F(StreamCommandTest, AReaderClaimsWhatIsIdleTheLongestFirst) {
  constexpr CommandCase kBefore[] = {
      {"XADD s 1-0 a 1", "\"1-0\""},
      {"XADD s 2-0 a 2", "\"2-0\""},
      {"XADD s 3-0 a 3", "\"3-0\""},
      {"XGROUP CREATE s g 0", "+OK"},
      {"XREADGROUP GROUP g c COUNT 2 CLAIM 0 STREAMS s >",
       "[[\"s\" [[\"1-0\" [\"a\" \"1\"] :0 :0] [\"2-0\" [\"a\" \"2\"] :0 :0]]]]"},
      {"XCLAIM s g c 0 2-0 IDLE 70 JUSTID", "[\"2-0\"]"},
  };
  RunAll(kBefore);
  clock_.AdvanceMs(50);
  constexpr CommandCase kCases[] = {
      {"XREADGROUP GROUP g d CLAIM 50 COUNT 2 STREAMS s >",
       "[[\"s\" [[\"2-0\" [\"a\" \"2\"] :120 :1] [\"1-0\" [\"a\" \"1\"] :50 :1]]]]"},
      {"XREADGROUP GROUP g d CLAIM 50 STREAMS s >", "[[\"s\" [[\"3-0\" [\"a\" \"3\"] :0 :0]]]]"},
      {"XREADGROUP GROUP g d CLAIM 50 STREAMS s >", "nil-array"},
      {"XREADGROUP GROUP g d CLAIM 0 COUNT 1 STREAMS s 0", "[[\"s\" [[\"1-0\" [\"a\" \"1\"]]]]]"},
      {"XREADGROUP GROUP g d CLAIM -1 STREAMS s >",
       "-ERR min-idle-time must be a positive integer"},
      {"XREADGROUP GROUP g d CLAIM x STREAMS s >", "-ERR min-idle-time is not an integer"},
  };
  RunAll(kCases);
}

TEST_F(StreamCommandTest, TellsEverythingOfAStream) {
  constexpr CommandCase kCases[] = {
      {"XADD s 1-0 a 1", "\"1-0\""},
      {"XGROUP CREATE s g 0", "+OK"},
      {"XREADGROUP GROUP g c STREAMS s >", "[[\"s\" [[\"1-0\" [\"a\" \"1\"]]]]]"},
      {"XINFO STREAM s FULL COUNT 1",
       "[\"length\" :1 \"radix-tree-keys\" :1 \"radix-tree-nodes\" :2 \"last-generated-id\" "
       "\"1-0\" "
       "\"max-deleted-entry-id\" \"0-0\" \"entries-added\" :1 \"recorded-first-entry-id\" \"1-0\" "
       "\"entries\" [[\"1-0\" [\"a\" \"1\"]]] \"groups\" [[\"name\" \"g\" \"last-delivered-id\" "
       "\"1-0\" \"entries-read\" :1 \"lag\" :0 \"pel-count\" :1 \"pending\" [[\"1-0\" \"c\" :1000 "
       ":1]] \"consumers\" [[\"name\" \"c\" \"seen-time\" :1000 \"active-time\" :1000 "
       "\"pel-count\" "
       ":1 \"pending\" [[\"1-0\" :1000 :1]]]]]]]"},
      {"XINFO STREAM s FULL COUNT",
       "-ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP."},
      {"XINFO STREAM s x",
       "-ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP."},
  };
  RunAll(kCases);
}

}  // namespace
}  // namespace kontor
