#include <string>

#include "unit/session/session_fixture.h"

namespace kontor {
namespace {

using ClientTest = TwoSessionsTest;

TEST_F(ClientTest, Resp3HasShapesOfItsOwn) {
  const std::string hello = First("HELLO 3");
  EXPECT_EQ(hello.substr(0, 4), "%7\r\n");
  EXPECT_NE(hello.find("$5\r\nproto\r\n:3\r\n"), std::string::npos);
  First("HSET h f v");
  First("SADD s m");
  EXPECT_EQ(First("HGETALL h"), "%1\r\n$1\r\nf\r\n$1\r\nv\r\n");
  EXPECT_EQ(First("SMEMBERS s"), "~1\r\n$1\r\nm\r\n");
  EXPECT_EQ(First("GET none"), "_\r\n");
  EXPECT_EQ(First("LPOP none 1"), "_\r\n");
  EXPECT_EQ(First("CLIENT INFO").substr(0, 1), "=");
  EXPECT_EQ(First("INFO server").substr(0, 1), "=");
  EXPECT_EQ(First("HRANDFIELD h 1 WITHVALUES"), "*1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n");
  EXPECT_EQ(First("COMMAND INFO get").substr(0, 45),
            "*1\r\n*10\r\n$3\r\nget\r\n:2\r\n~1\r\n+readonly\r\n:1\r\n:1\r\n");
  EXPECT_EQ(First("SUBSCRIBE c"), ">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
  Second("PUBLISH c text");
  EXPECT_EQ(First("PING"), ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\ntext\r\n+PONG\r\n");
  EXPECT_EQ(First("GET none"), "_\r\n") << "subscribed, and yet not restricted";
  EXPECT_EQ(First("RESET"), "+RESET\r\n");
  EXPECT_EQ(First("GET none"), "$-1\r\n");
}

TEST_F(ClientTest, HelloIsRefusedWithAReason) {
  EXPECT_EQ(First("HELLO 4"), "-NOPROTO unsupported protocol version\r\n");
  EXPECT_EQ(First("HELLO x"), "-ERR Protocol version is not an integer or out of range\r\n");
  EXPECT_EQ(First("HELLO 3 NOSUCH"), "-ERR Syntax error in HELLO option 'NOSUCH'\r\n");
  EXPECT_EQ(First("HELLO 3 AUTH x y"),
            "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
  EXPECT_EQ(First("GET none"), "$-1\r\n");
}

TEST_F(ClientTest, APasswordComesFirst) {
  SessionOptions options;
  options.password = "secret";
  Session session(engine_.get(), nullptr, std::move(options));
  EXPECT_EQ(Ask(&session, "GET k\r\n"), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(Ask(&session, "NOSUCH\r\n").substr(0, 4), "-ERR");
  EXPECT_EQ(Ask(&session, "HELLO 3\r\n").substr(0, 13), "-NOAUTH HELLO");
  const std::string wrong = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
  for (const char* attempt : {"AUTH wrong", "AUTH secret2", "AUTH secre", "AUTH default wrong",
                              "AUTH somebody secret", "AUTH \"\""}) {
    EXPECT_EQ(Ask(&session, std::string(attempt) + "\r\n"), wrong) << attempt;
  }
  EXPECT_EQ(Ask(&session, "GET k\r\n"), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(Ask(&session, "AUTH secret\r\n"), "+OK\r\n");
  EXPECT_EQ(Ask(&session, "GET k\r\n"), "$-1\r\n");
  Ask(&session, "RESET\r\n");
  EXPECT_EQ(Ask(&session, "GET k\r\n"), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(Ask(&session, "HELLO 2 AUTH default secret SETNAME me\r\n").substr(0, 1), "*");
  EXPECT_EQ(Ask(&session, "CLIENT GETNAME\r\n"), "$2\r\nme\r\n");
}

TEST_F(ClientTest, ListTellsWhoIsThere) {
  First("CLIENT SETNAME one");
  First("CLIENT SETINFO LIB-NAME lib");
  Second("SELECT 5");
  Second("BLPOP nothing 0");
  const std::string list = First("CLIENT LIST");
  EXPECT_NE(list.find("id=1 "), std::string::npos) << list;
  EXPECT_NE(list.find(" name=one "), std::string::npos) << list;
  EXPECT_NE(list.find(" lib-name=lib "), std::string::npos) << list;
  EXPECT_NE(list.find(" flags=b db=5 "), std::string::npos) << list;
  EXPECT_NE(list.find(" cmd=blpop "), std::string::npos) << list;
  EXPECT_EQ(First("CLIENT LIST ID 2").find("id=1 "), std::string::npos);
  EXPECT_EQ(First("CLIENT SETNAME \"a b\""),
            "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
}

TEST_F(ClientTest, KillEndsASessionAndWakesItsHost) {
  const int descriptor = *second_->Descriptor();
  Second("BLPOP nothing 0");
  EXPECT_EQ(First("CLIENT KILL ID 2"), ":1\r\n");
  EXPECT_TRUE(Readable(descriptor, 1000));
  EXPECT_EQ(ReadAll(second_.get()), "(closed)");
  EXPECT_EQ(First("CLIENT KILL ID 77"), ":0\r\n");
  EXPECT_EQ(First("CLIENT KILL 1.2.3.4:5"), "-ERR No such client\r\n");
  EXPECT_EQ(First("CLIENT KILL ID 1 SKIPME no"), ":1\r\n(closed)");
}

TEST_F(ClientTest, ASessionThatWasWokenForNothingIsWokenAgain) {
  const int descriptor = *second_->Descriptor();
  for (int i = 0; i < 2; ++i) {
    engine_->WakeAll();
    EXPECT_TRUE(Readable(descriptor, 1000));
    EXPECT_EQ(ReadAll(second_.get()), "");
    EXPECT_FALSE(Readable(descriptor, 0));
  }
}

TEST_F(ClientTest, UnblockEndsAWait) {
  const int descriptor = *second_->Descriptor();
  Second("BLPOP nothing 0");
  EXPECT_EQ(First("CLIENT UNBLOCK 1"), ":0\r\n") << "it is not blocked";
  EXPECT_EQ(First("CLIENT UNBLOCK 2"), ":1\r\n");
  EXPECT_TRUE(Readable(descriptor, 1000));
  EXPECT_EQ(ReadAll(second_.get()), "*-1\r\n");
  Second("BLPOP nothing 0");
  EXPECT_EQ(First("CLIENT UNBLOCK 2 ERROR"), ":1\r\n");
  EXPECT_EQ(ReadAll(second_.get()), "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
  EXPECT_EQ(Second("PING"), "+PONG\r\n");
}

TEST_F(ClientTest, RepliesCanBeLeftOut) {
  EXPECT_EQ(First("CLIENT REPLY SKIP"), "");
  EXPECT_EQ(First("PING"), "");
  EXPECT_EQ(First("PING"), "+PONG\r\n");
  EXPECT_EQ(First("CLIENT REPLY OFF"), "");
  EXPECT_EQ(First("SET k 1"), "");
  EXPECT_EQ(First("BLPOP list 0"), "");
  Second("RPUSH list x");
  EXPECT_EQ(ReadAll(first_.get()), "");
  EXPECT_EQ(First("CLIENT REPLY ON"), "+OK\r\n");
  EXPECT_EQ(First("GET k"), "$1\r\n1\r\n");
}

TEST_F(ClientTest, ASleepHoldsNoThreadAndRequestsBehindItWait) {
  const int descriptor = *first_->Descriptor();
  EXPECT_EQ(First("DEBUG SLEEP 0.01\r\nPING"), "");
  EXPECT_EQ(Second("PING"), "+PONG\r\n");
  EXPECT_TRUE(Readable(descriptor, 10000));
  std::string replies;
  while (replies.empty()) replies = ReadAll(first_.get());
  EXPECT_EQ(replies, "+OK\r\n+PONG\r\n");
  First("MULTI");
  EXPECT_EQ(First("DEBUG SLEEP 0"), "-ERR Command not allowed inside a transaction\r\n");
}

TEST_F(ClientTest, DebugIsForWhoIsInTheProcess) {
  SessionOptions options;
  options.address = "127.0.0.1:5000";
  Session session(engine_.get(), nullptr, std::move(options));
  EXPECT_EQ(Ask(&session, "DEBUG OBJECT k\r\n").substr(0, 31), "-ERR DEBUG command not allowed.");
  EXPECT_EQ(Ask(&session, "DEBUG HELP\r\n").substr(0, 31), "-ERR DEBUG command not allowed.");
  EXPECT_EQ(First("DEBUG OBJECT k"), "-ERR no such key\r\n");
}

TEST_F(ClientTest, DebugIsForOthersWhereTheHostSaysSo) {
  SessionOptions options;
  options.address = "127.0.0.1:5000";
  options.may_debug = true;
  Session session(engine_.get(), nullptr, std::move(options));
  EXPECT_EQ(Ask(&session, "DEBUG OBJECT k\r\n"), "-ERR no such key\r\n");
}

TEST_F(ClientTest, AShutdownIsTheHosts) {
  EXPECT_EQ(First("SHUTDOWN").substr(0, 31), "-ERR SHUTDOWN is not supported:");
  EXPECT_FALSE(first_->state().asked_shutdown);
  SessionOptions options;
  options.may_shut_down = true;
  options.password = "secret";
  Session session(engine_.get(), nullptr, std::move(options));
  EXPECT_EQ(Ask(&session, "SHUTDOWN\r\n"), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(Ask(&session, "AUTH secret\r\nSHUTDOWN ABORT\r\nSHUTDOWN x\r\n"),
            "+OK\r\n-ERR No shutdown in progress.\r\n-ERR syntax error\r\n");
  EXPECT_EQ(Ask(&session, "MULTI\r\nSHUTDOWN\r\nDISCARD\r\n"),
            "+OK\r\n-ERR Command not allowed inside a transaction\r\n+OK\r\n");
  EXPECT_FALSE(session.state().ended);
  // What came before it is answered, what comes behind it is not run.
  EXPECT_EQ(Ask(&session, "PING\r\nSHUTDOWN NOSAVE NOW FORCE\r\nSET k v\r\n"), "+PONG\r\n(closed)");
  EXPECT_TRUE(session.state().asked_shutdown);
  EXPECT_EQ(First("EXISTS k"), ":0\r\n");
}

TEST_F(ClientTest, TheUserIsToldWithoutItsPassword) {
  EXPECT_EQ(First("ACL LIST"),
            "*1\r\n$51\r\nuser default on nopass sanitize-payload ~* &* +@all\r\n");
  EXPECT_EQ(First("ACL GETUSER nobody"), "$-1\r\n");
  EXPECT_EQ(First("ACL GETUSER default"),
            "*12\r\n$5\r\nflags\r\n*3\r\n$2\r\non\r\n$6\r\nnopass\r\n$16\r\nsanitize-payload\r\n"
            "$9\r\npasswords\r\n*0\r\n$8\r\ncommands\r\n$5\r\n+@all\r\n$4\r\nkeys\r\n$2\r\n~*\r\n"
            "$8\r\nchannels\r\n$2\r\n&*\r\n$9\r\nselectors\r\n*0\r\n");
  SessionOptions options;
  options.password = "secret";
  Session session(engine_.get(), nullptr, std::move(options));
  EXPECT_EQ(Ask(&session, "AUTH secret\r\nACL LIST\r\n").find("nopass"), std::string::npos);
  EXPECT_EQ(Ask(&session, "ACL GETUSER default\r\n").find("nopass"), std::string::npos);
}

TEST_F(ClientTest, SlowCommandsAreToldWithWhoAskedForThem) {
  First("CLIENT SETNAME worker");
  First("CONFIG SET slowlog-log-slower-than 0");
  First("SLOWLOG RESET");
  First("SET k v");
  First("AUTH default secret");
  const std::string log = Second("SLOWLOG GET");
  EXPECT_NE(log.find("$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n$0\r\n\r\n$6\r\nworker\r\n"),
            std::string::npos)
      << log;
  EXPECT_EQ(log.find("secret"), std::string::npos);
  EXPECT_NE(Second("INFO clients")
                .find("connected_clients:2\r\ntracking_clients:0\r\nblocked_clients:0\r\n"),
            std::string::npos);
  First("BLPOP none 0");
  EXPECT_NE(Second("INFO clients").find("blocked_clients:1\r\n"), std::string::npos);
}

// Inside of EXEC there are locks, and a walk over the commands.
TEST_F(ClientTest, WhoEndsItselfInATransactionEndsBehindIt) {
  const std::string id = First("CLIENT ID");
  const std::string kill =
      "CLIENT KILL ID " + id.substr(1, id.find('\r') - 1) + " SKIPME no\r\nGET k";
  EXPECT_EQ(
      First("WATCH k other\r\nMULTI\r\nSET k v\r\n" + kill + "\r\nEXEC"),
      "+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n:1\r\n$1\r\nv\r\n(closed)");
  EXPECT_EQ(Second("SET k w\r\nGET k"), "+OK\r\n$1\r\nw\r\n");
}

// Changing a setting may take the locks that EXEC holds.
TEST_F(ClientTest, SettingsAreNotChangedInATransaction) {
  EXPECT_EQ(First("MULTI\r\nSET k v\r\nCONFIG SET maxmemory-policy noeviction\r\nEXEC"),
            "+OK\r\n+QUEUED\r\n-ERR Command not allowed inside a transaction\r\n-EXECABORT "
            "Transaction discarded because of previous errors.\r\n");
}

TEST_F(ClientTest, ABrowserIsNotServed) {
  EXPECT_EQ(First("POST / HTTP/1.1\r\nHost: 127.0.0.1:6379\r\n\r\nSET k v"), "(closed)");
  EXPECT_EQ(Second("host: 127.0.0.1\r\nSET k v"), "(closed)");
  const auto third = NewSession();
  EXPECT_EQ(Ask(third.get(), "GET k\r\n"), "$-1\r\n");
}

}  // namespace
}  // namespace kontor
