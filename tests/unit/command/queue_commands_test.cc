#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

class QueueCommandsTest : public CollectionCommandTest {
 protected:
  // What stands behind a name in a reply with messages.
  static std::string FieldOf(const std::string& reply, const std::string& name) {
    const size_t at = reply.find("\"" + name + "\" ");
    if (at == std::string::npos) return "";
    const size_t begin = at + name.size() + 3;
    return reply.substr(begin, reply.find_first_of(" ]", begin) - begin);
  }
  // The receipt of the next message.
  std::string TakeOne(const std::string& queue) {
    const std::string receipt = FieldOf(Run("Q.TAKE " + queue), "receipt");
    return receipt.empty() ? "none" : receipt.substr(1);
  }
};

TEST_F(QueueCommandsTest, AMessageGoesItsWay) {
  EXPECT_EQ(Run("Q.TAKE jobs"), "nil-array");
  EXPECT_EQ(Run("Q.ADD jobs first"), ":1");
  EXPECT_EQ(Run("Q.ADD jobs urgent PRIORITY 31"), ":2");
  EXPECT_EQ(Run("Q.ADD jobs later DELAY 1000"), ":3");
  EXPECT_EQ(Run("Q.ADD jobs orphan PARENTQUEUE other"),
            "-ERR PARENTQUEUE tells where PARENT is: name both");
  const std::string taken = Run("Q.TAKE jobs COUNT 5 LEASE 2000");
  EXPECT_EQ(taken,
            "[[\"receipt\" :131073 \"body\" \"urgent\" \"id\" :2 \"attempt\" :1 \"priority\" :31 "
            "\"enqueued-at\" :1600000000000 \"lease-until\" :1600000002000] "
            "[\"receipt\" :65537 \"body\" \"first\" \"id\" :1 \"attempt\" :1 \"priority\" :0 "
            "\"enqueued-at\" :1600000000000 \"lease-until\" :1600000002000]]");
  EXPECT_EQ(Run("Q.ACK jobs 131073 65537 7"), ":2");
  EXPECT_EQ(Run("Q.ACK jobs 65537"), ":0");
  clock_.AdvanceMs(1000);
  EXPECT_EQ(FieldOf(Run("Q.TAKE jobs"), "body"), "\"later\"");
  EXPECT_EQ(Run("Q.LIST"), "[\"jobs\"]");
  EXPECT_EQ(Run("Q.LIST j?bs"), "[\"jobs\"]");
  EXPECT_EQ(Run("Q.LIST x*"), "[]");
  EXPECT_EQ(Run("Q.INFO jobs").rfind("[\"ready\" :0 \"delayed\" :0 \"leased\" :1 \"dead\" :0 ", 0),
            0u);
}

TEST_F(QueueCommandsTest, AMessageThatIsNotWorkedOffComesBack) {
  EXPECT_EQ(Run("Q.OPEN jobs DURABLE 0 LEASE 100 MAXDELIVERIES 3 MAXLENGTH 2"), "+OK");
  Run("Q.ADD jobs work");
  Run("Q.ADD jobs other PRIORITY 1");
  EXPECT_EQ(Run("Q.ADD jobs much").rfind("-ERR", 0), 0u);
  EXPECT_EQ(Run("Q.ACK jobs " + TakeOne("jobs")), ":1");
  const std::string first = TakeOne("jobs");
  EXPECT_EQ(Run("Q.EXTEND jobs " + first + " LEASE 500"), ":1600000000500");
  clock_.AdvanceMs(500);
  EXPECT_EQ(Run("Q.ACK jobs " + first), ":0");
  EXPECT_EQ(Run("Q.EXTEND jobs " + first), "nil");
  EXPECT_EQ(Run("Q.RETURN jobs " + first), ":0");
  EXPECT_EQ(Run("Q.BURY jobs " + first + " broken"), ":0");
  const std::string second = TakeOne("jobs");
  EXPECT_NE(second, first);
  EXPECT_EQ(Run("Q.RETURN jobs " + second + " DELAY 50"), ":1");
  EXPECT_EQ(TakeOne("jobs"), "none");
  clock_.AdvanceMs(50);
  EXPECT_EQ(Run("Q.BURY jobs " + TakeOne("jobs") + " broken"), ":1");
  EXPECT_EQ(Run("Q.DEAD jobs"),
            "[[\"id\" :1 \"attempts\" :3 \"priority\" :0 \"enqueued-at\" :1600000000000 "
            "\"died-at\" :1600000000550 \"reason\" \"broken\" \"body\" \"work\"]]");
  EXPECT_EQ(Run("Q.DEAD jobs AFTER 1"), "[]");
  EXPECT_EQ(Run("Q.REVIVE jobs 1"), ":1");
  EXPECT_EQ(Run("Q.REVIVE jobs 1"), ":0");
  EXPECT_EQ(Run("Q.BURY jobs " + TakeOne("jobs") + " again"), ":1");
  EXPECT_EQ(Run("Q.DISCARD jobs 1"), ":1");
  EXPECT_EQ(Run("Q.DISCARD jobs 1"), ":0");
}

TEST_F(QueueCommandsTest, ResultsAndProgress) {
  EXPECT_EQ(Run("Q.OPEN jobs RESULTS 1000"), "+OK");
  Run("Q.ADD jobs sum GROUP g");
  EXPECT_EQ(Run("Q.AWAIT jobs 1"), "nil-array");
  const std::string receipt = TakeOne("jobs");
  EXPECT_EQ(Run("Q.PROGRESS jobs " + receipt + " half"), ":1");
  EXPECT_EQ(Run("Q.AWAIT jobs 1 PROGRESS 0"),
            "[\"id\" :1 \"state\" \"leased\" \"attempts\" :1 \"priority\" :0 \"enqueued-at\" "
            ":1600000000000 \"time\" :1600000030000 \"progress-count\" :1 \"note\" \"half\" "
            "\"group\" \"g\" \"body\" \"sum\"]");
  EXPECT_EQ(Run("Q.AWAIT jobs 1 PROGRESS 1"), "nil-array");
  EXPECT_EQ(Run("Q.COMPLETE jobs " + receipt + " 42"), ":1");
  EXPECT_EQ(Run("Q.COMPLETE jobs " + receipt + " 43"), ":0");
  EXPECT_EQ(Run("Q.PROGRESS jobs " + receipt + " late"), ":0");
  const std::string done = Run("Q.AWAIT jobs 1");
  EXPECT_EQ(FieldOf(done, "state"), "\"done\"");
  EXPECT_EQ(FieldOf(done, "note"), "\"42\"");
  clock_.AdvanceMs(1000);
  EXPECT_EQ(Run("Q.AWAIT jobs 1"), "nil");
  Run("Q.ADD other x");
  EXPECT_EQ(Run("Q.COMPLETE other " + TakeOne("other") + " 1").rfind("-ERR queue 'other' keeps", 0),
            0u);
}

TEST_F(QueueCommandsTest, MessagesAreLookedAtWithoutBeingTaken) {
  EXPECT_EQ(Run("Q.PEEK jobs").rfind("-ERR there is no queue", 0), 0u);
  Run("Q.ADD jobs a");
  Run("Q.ADD jobs b PRIORITY 3");
  Run("Q.ADD jobs c DELAY 100");
  EXPECT_EQ(FieldOf(Run("Q.PEEK jobs"), "body"), "\"b\"");
  EXPECT_EQ(FieldOf(Run("Q.PEEK jobs 3"), "state"), "\"delayed\"");
  EXPECT_EQ(Run("Q.PEEK jobs 4"), "nil");
  const std::string ready = Run("Q.BROWSE jobs 0 STATES ready");
  EXPECT_EQ(ready.rfind("[\"0\" [[\"id\" :", 0), 0u) << ready;
  EXPECT_NE(ready.find("\"a\""), std::string::npos);
  EXPECT_NE(ready.find("\"b\""), std::string::npos);
  EXPECT_EQ(ready.find("\"c\""), std::string::npos);
  EXPECT_EQ(Run("Q.BROWSE jobs 0 STATES dead,done"), "[\"0\" []]");
  EXPECT_NE(Run("Q.BROWSE jobs 0 STATES ready,dealyed").find("STATES is not a list"),
            std::string::npos);
  EXPECT_EQ(FieldOf(Run("Q.PEEK jobs"), "body"), "\"b\"");  // nothing was taken
}

TEST_F(QueueCommandsTest, LeasesAreRenewedForAWhile) {
  Run("Q.OPEN jobs LEASE 100");
  Run("Q.ADD jobs work");
  const std::string receipt = TakeOne("jobs");
  EXPECT_EQ(Run("Q.RENEW jobs " + receipt + " 250"), ":1");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(TakeOne("jobs"), "none");
    clock_.AdvanceMs(100);
  }
  EXPECT_NE(TakeOne("jobs"), "none");
  EXPECT_EQ(Run("Q.RENEW jobs " + receipt + " 250"), ":0");
  EXPECT_EQ(Run("Q.RENEW jobs " + receipt + " soon"),
            "-ERR the time is not a number of milliseconds");
}

TEST_F(QueueCommandsTest, DeadLettersTellWhereTheyCameFrom) {
  Run("Q.OPEN jobs");
  Run("Q.BIND jobs CHANNEL orders");
  Run("PUBLISH orders book");
  Run("Q.ADD jobs pen GROUP desk");
  for (int i = 0; i < 2; ++i) Run("Q.BURY jobs " + TakeOne("jobs") + " broken");
  const std::string dead = Run("Q.DEAD jobs");
  EXPECT_NE(dead.find("\"body\" \"book\" \"channel\" \"orders\"]"), std::string::npos) << dead;
  EXPECT_NE(dead.find("\"body\" \"pen\" \"group\" \"desk\"]"), std::string::npos) << dead;
}

TEST_F(QueueCommandsTest, OptionsAreToldAsTheyAreSet) {
  Run("Q.OPEN jobs LEASE 5000 RETRYDELAYS 1,20 OVERFLOW 2");
  const std::string told = Run("Q.OPTIONS jobs");
  EXPECT_EQ(told.rfind("[\"DURABLE\" :1 \"LEASE\" :5000 \"MAXDELIVERIES\" :0 ", 0), 0u) << told;
  EXPECT_NE(told.find("\"OVERFLOW\" :2 "), std::string::npos) << told;
  EXPECT_NE(told.find("\"RETRYDELAYS\" \"1,20\"]"), std::string::npos) << told;
  EXPECT_EQ(Run("Q.OPTIONS nobody"), "-ERR there is no queue 'nobody': Q.ADD and Q.OPEN make one");
}

TEST_F(QueueCommandsTest, QueuesArePurgedAndDeleted) {
  Run("Q.ADD jobs work");
  EXPECT_EQ(Run("Q.PURGE jobs"), "+OK");
  EXPECT_EQ(TakeOne("jobs"), "none");
  EXPECT_EQ(Run("Q.DELETE jobs"), ":1");
  EXPECT_EQ(Run("Q.DELETE jobs"), ":0");
  EXPECT_EQ(Run("Q.INFO jobs"), "-ERR there is no queue 'jobs': Q.ADD and Q.OPEN make one");
}

TEST_F(QueueCommandsTest, BadArgumentsAreNamed) {
  RunAll({
      {"Q.ACK jobs x", "-ERR there is no queue 'jobs': Q.ADD and Q.OPEN make one"},
      {"Q.ADD jobs b", ":1"},
      {"Q.ADD jobs", "-ERR wrong number of arguments for 'q.add' command"},
      {"Q.ADD jobs b PRIORITY 32", "-ERR PRIORITY is not an integer from 0 to 31"},
      {"Q.ADD jobs b PRIORITY", "-ERR syntax error"},
      {"Q.ADD jobs b NOSUCH 1", "-ERR syntax error"},
      {"Q.ADD \"\" b", "-ERR a queue's name must not be empty"},
      {"Q.TAKE jobs COUNT 0", "-ERR COUNT is not an integer from 1 to 4096"},
      {"Q.TAKE jobs LEASE x", "-ERR LEASE is not an integer from 1 to 43200000"},
      {"Q.TAKE jobs BLOCK -1", "-ERR BLOCK is not an integer from 0 to 4611686018427387903"},
      {"Q.ACK jobs x", "-ERR a receipt is an integer, as Q.TAKE told it"},
      {"Q.REVIVE jobs 0", "-ERR an id is an integer above 0"},
      {"Q.LIST a b", "-ERR wrong number of arguments for 'q.list' command"},
  });
  EXPECT_EQ(Run("Q.OPEN memory DURABLE 0"), "+OK");
  EXPECT_EQ(Run("Q.OPEN memory"),
            "-ERR a queue cannot change between durable and memory-only; delete it first");
}

TEST_F(QueueCommandsTest, ATakeWaits) {
  EXPECT_EQ(Run("Q.TAKE jobs BLOCK 10"), "nil-array");
  Waiter waiter;
  waiter.Interrupt();
  EXPECT_EQ(Run("Q.TAKE jobs BLOCK 0", {.waiter = &waiter}), "(INTERRUPTED)");
}

}  // namespace
}  // namespace kontor
