#include "session/session.h"

#include <string>
#include <vector>

#include "base/limits.h"
#include "base/random.h"
#include "unit/session/session_fixture.h"

namespace kontor {
namespace {

TEST_F(SessionTest, RunsRequestsInOrder) {
  const auto session = NewSession();
  EXPECT_EQ(Ask(session.get(), "PING\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\nGET k\r\n"),
            "+PONG\r\n+OK\r\n$1\r\nv\r\n");
  EXPECT_EQ(ReadAll(session.get()), "");
}

TEST_F(SessionTest, RepliesInEveryShapeOfResp2) {
  const auto session = NewSession();
  EXPECT_EQ(Ask(session.get(), "GET none\r\n"), "$-1\r\n");
  EXPECT_EQ(Ask(session.get(), "RPUSH l a \"\"\r\n"), ":2\r\n");
  EXPECT_EQ(Ask(session.get(), "LRANGE l 0 -1\r\n"), "*2\r\n$1\r\na\r\n$0\r\n\r\n");
  EXPECT_EQ(Ask(session.get(), "LPOP none 1\r\n"), "*-1\r\n");
  EXPECT_EQ(Ask(session.get(), "HSET h f v\r\nHGETALL h\r\n"),
            ":1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n");
  EXPECT_EQ(Ask(session.get(), "GET l\r\n"),
            "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
  EXPECT_EQ(Ask(session.get(), "NOSUCH\r\n").substr(0, 29), "-ERR unknown command 'NOSUCH'");
  EXPECT_EQ(Ask(session.get(), "GET\r\n"), "-ERR wrong number of arguments for 'get' command\r\n");
}

TEST_F(SessionTest, AnErrorIsOneLine) {
  const auto session = NewSession();
  const std::string reply = Ask(session.get(), "*1\r\n$6\r\na\r\nb\r\n\r\n");
  EXPECT_EQ(reply.find("\r\n"), reply.size() - 2) << reply;
}

TEST_F(SessionTest, ByteByByteIsTheSameAsWhole) {
  std::string stream =
      "SET k 1\r\n*2\r\n$4\r\nINCR\r\n$1\r\nk\r\nRPUSH l a b c\r\nLRANGE l 0 -1\r\n";
  stream += "HSET h f v\r\nHGETALL h\r\nSELECT 3\r\nGET k\r\nSUBSCRIBE c\r\nGET k\r\nPING\r\n";
  stream += "UNSUBSCRIBE\r\nSELECT 0\r\nBLPOP l 0\r\nFLUSHALL\r\nQUIT\r\n";
  const std::string whole = Ask(NewSession().get(), stream);
  const auto session = NewSession();
  std::string pieces;
  for (const char byte : stream) pieces += Ask(session.get(), Bytes(&byte, 1));
  EXPECT_EQ(pieces, whole);
  EXPECT_NE(whole.find("Can't execute"), std::string::npos);
  EXPECT_EQ(whole.substr(whole.size() - 13), "+OK\r\n(closed)");
}

TEST_F(SessionTest, ReadGivesWhatFits) {
  const auto session = NewSession();
  ASSERT_TRUE(session->Write("PING\r\nPING\r\n").ok());
  std::string all;
  while (true) {
    char buffer[3];
    size_t length = 0;
    ASSERT_TRUE(session->Read(buffer, sizeof(buffer), &length).ok());
    if (length == 0) break;
    all.append(buffer, length);
  }
  EXPECT_EQ(all, "+PONG\r\n+PONG\r\n");
}

TEST_F(SessionTest, EachSessionHasItsOwnDatabase) {
  const auto one = NewSession();
  const auto two = NewSession();
  EXPECT_EQ(Ask(one.get(), "SELECT 1\r\nSET k one\r\n"), "+OK\r\n+OK\r\n");
  EXPECT_EQ(Ask(two.get(), "GET k\r\n"), "$-1\r\n");
  EXPECT_EQ(Ask(one.get(), "GET k\r\n"), "$3\r\none\r\n");
  EXPECT_EQ(Ask(one.get(), "SELECT 16\r\n"), "-ERR DB index is out of range\r\n");
}

TEST_F(SessionTest, QuitEndsTheSessionAndWhatIsBehindItIsNotRun) {
  const auto session = NewSession();
  EXPECT_EQ(Ask(session.get(), "QUIT\r\nSET k v\r\n"), "+OK\r\n(closed)");
  EXPECT_EQ(session->Write("PING\r\n").code(), Code::kClosed);
  EXPECT_EQ(Ask(NewSession().get(), "EXISTS k\r\n"), ":0\r\n");
}

TEST_F(SessionTest, AProtocolErrorEndsTheSession) {
  const auto session = NewSession();
  EXPECT_EQ(Ask(session.get(), "PING\r\n*1\r\nfoo\r\nPING\r\n"),
            "+PONG\r\n-ERR Protocol error: expected '$', got 'f'\r\n(closed)");
  EXPECT_EQ(session->Write("PING\r\n").code(), Code::kClosed);
}

TEST_F(SessionTest, AClosedHandleIsAnsweredAtOnce) {
  const auto session = NewSession();
  ASSERT_TRUE(session->Write("PING\r\n").ok());
  closed_.store(true);
  EXPECT_EQ(session->Write("PING\r\n").code(), Code::kClosed);
  EXPECT_EQ(ReadAll(session.get()), "(closed)");
  EXPECT_EQ(session->Descriptor().code(), Code::kClosed);
}

TEST_F(SessionTest, RequestsWaitWhileRepliesAreUnread) {
  const auto session = NewSession();
  const std::string value(8 << 20, 'x');
  ASSERT_TRUE(session->Write("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$8388608\r\n" + value + "\r\n").ok());
  std::string gets;
  constexpr int kGets = 20;
  for (int i = 0; i < kGets; ++i) gets += "GET k\r\n";
  ASSERT_TRUE(session->Write(gets + "SET done 1\r\n").ok());
  const auto other = NewSession();
  EXPECT_EQ(Ask(other.get(), "EXISTS done\r\n"), ":0\r\n");
  const std::string all = ReadAll(session.get());
  EXPECT_EQ(all.size(), 5 + kGets * (10 + value.size() + 2) + 5 + 0u);
  EXPECT_EQ(Ask(other.get(), "EXISTS done\r\n"), ":1\r\n");
}

TEST_F(SessionTest, RandomDamageDoesNoHarm) {
  const std::string valid =
      "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\nLPUSH l a "
      "b\r\n*3\r\n$5\r\nBLPOP\r\n$1\r\nl\r\n$1\r\n0"
      "\r\nHSET h f v\r\nHSCAN h 0 COUNT 5\r\nSUBSCRIBE a b\r\nPING\r\nUNSUBSCRIBE\r\nLPOS l a "
      "RANK -1\r\nLMPOP 1 l LEFT COUNT 2\r\nBLMOVE l m LEFT RIGHT 0.001\r\nHRANDFIELD h -3\r\n";
  Random random(9);
  for (int round = 0; round < 20000; ++round) {
    std::string stream = valid;
    for (uint64_t i = random.Below(5); i > 0; --i) {
      const size_t at = random.Below(stream.size());
      if (random.OneIn(2)) {
        stream[at] = static_cast<char>(random.Next());
      } else {
        stream[at] = "*$\r\n-019 "[random.Below(9)];
      }
    }
    stream.resize(random.Below(stream.size() + 1));
    const auto session = NewSession();
    const size_t cut = random.Below(stream.size() + 1);
    if (!session->Write(Bytes(stream).substr(0, cut)).ok()) continue;
    ReadAll(session.get());
    if (session->Write(Bytes(stream).substr(cut)).ok()) ReadAll(session.get());
    if (round % 100 == 0) Ask(NewSession().get(), "FLUSHALL\r\n");
  }
  EXPECT_EQ(Ask(NewSession().get(), "PING\r\n"), "+PONG\r\n");
}

}  // namespace
}  // namespace kontor
