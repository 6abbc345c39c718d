#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "unit/session/session_fixture.h"

namespace kontor {
namespace {

std::string Invalid(const std::string& key) {
  return ">2\r\n$10\r\ninvalidate\r\n*1\r\n$" + std::to_string(key.size()) + "\r\n" + key + "\r\n";
}

const std::string kAllInvalid = ">2\r\n$10\r\ninvalidate\r\n_\r\n";  // NOLINT(cert-err58-cpp)

// The first session keeps a cache, the second one writes.
class TrackingTest : public TwoSessionsTest {
 protected:
  TrackingTest() : TwoSessionsTest(true) { First("HELLO 3"); }
  std::string News() { return ReadAll(first_.get()); }

  const std::unique_ptr<Session> third_ = NewSession();
  std::string Third(Bytes line) { return Ask(third_.get(), std::string(line) + "\r\n"); }
};

TEST_F(TrackingTest, WhatWasReadIsToldOfOnce) {
  const int descriptor = *first_->Descriptor();
  EXPECT_EQ(First("CLIENT TRACKING ON"), "+OK\r\n");
  EXPECT_TRUE(first_->state().waits);
  EXPECT_EQ(First("GET k"), "_\r\n");
  Second("SET other v");
  EXPECT_FALSE(Readable(descriptor, 0));
  Second("SET k v");
  EXPECT_TRUE(Readable(descriptor, 1000));
  EXPECT_EQ(News(), Invalid("k"));
  Second("SET k w");
  EXPECT_EQ(News(), "") << "it was not read since";
  EXPECT_EQ(First("GET k"), "$1\r\nw\r\n");
  Second("DEL k");
  EXPECT_EQ(News(), Invalid("k"));
}

TEST_F(TrackingTest, ATransactionReadsInTheDatabaseThatItSelects) {
  First("CLIENT TRACKING ON\r\nMULTI\r\nGET a\r\nSELECT 1\r\nGET b\r\nEXEC");
  Second("SET b v");
  EXPECT_EQ(News(), "") << "that was another database";
  Second("SET a v");
  EXPECT_EQ(News(), Invalid("a"));
  Second("SELECT 1\r\nSET b v");
  EXPECT_EQ(News(), Invalid("b"));
}

TEST_F(TrackingTest, AKeyThatChangesAsItIsReadAgainIsStillTracked) {
  First("CLIENT TRACKING ON\r\nGET k");
  Second("SET k 1");
  EXPECT_EQ(First("GET k"), Invalid("k") + "$1\r\n1\r\n") << "told before the reply, tracked after";
  Second("SET k 2");
  EXPECT_EQ(News(), Invalid("k"));
}

TEST_F(TrackingTest, OwnChangesAreToldBehindTheReplyUnlessNotWanted) {
  First("CLIENT TRACKING ON");
  EXPECT_EQ(First("GET k\r\nSET k v\r\nGET k"), "_\r\n+OK\r\n" + Invalid("k") + "$1\r\nv\r\n");
  First("CLIENT TRACKING ON NOLOOP");
  EXPECT_EQ(First("GET k\r\nSET k w\r\nPING"), "$1\r\nv\r\n+OK\r\n+PONG\r\n");
  EXPECT_EQ(Second("SET k x"), "+OK\r\n");
  EXPECT_EQ(News(), Invalid("k"));
  First("CLIENT TRACKING OFF");
  First("CLIENT TRACKING ON BCAST NOLOOP");
  EXPECT_EQ(First("SET k w"), "+OK\r\n");
  Second("SET k x");
  EXPECT_EQ(News(), Invalid("k"));
}

TEST_F(TrackingTest, WhoeverChangesAKeyAndWhyIsAChange) {
  First("CLIENT TRACKING ON");
  for (const char* line : {"EXPIRE k 100", "RENAME other k", "APPEND k x", "GETDEL k"}) {
    Second("SET k v\r\nSET other v");
    First("EXISTS k");
    Second(line);
    EXPECT_EQ(News(), Invalid("k")) << line;
  }
  Second("SET k v PX 10");
  First("GET k");
  clock_.AdvanceMs(20);
  engine_->Tick();
  EXPECT_EQ(News(), Invalid("k")) << "its deadline";
  Second("SELECT 1\r\nSET k v");
  EXPECT_EQ(News(), "") << "that is another k";
  First("GET k");
  Second("SWAPDB 0 1");
  EXPECT_EQ(News(), kAllInvalid);
}

TEST_F(TrackingTest, AFlushIsEverything) {
  First("CLIENT TRACKING ON");
  Second("SET k v\r\nSET l v");
  First("MGET k l none");
  Second("FLUSHALL");
  EXPECT_EQ(News(), kAllInvalid);
  Second("SET none v");
  EXPECT_EQ(News(), "");
  First("GET none");
  Second("FLUSHDB\r\nSET none v");
  EXPECT_EQ(News(), kAllInvalid);
}

TEST_F(TrackingTest, PrefixesAreToldOfTogether) {
  First("CLIENT TRACKING ON BCAST PREFIX a PREFIX b");
  First("GET c");
  Second("MSET a1 x a2 x b1 x c 1");
  EXPECT_EQ(News(), ">2\r\n$10\r\ninvalidate\r\n*2\r\n$2\r\na1\r\n$2\r\na2\r\n" + Invalid("b1"));
  Second("SET a1 y");
  EXPECT_EQ(News(), Invalid("a1"));
  Second("FLUSHALL");
  EXPECT_EQ(News(), kAllInvalid);
  EXPECT_EQ(First("CLIENT TRACKINGINFO"),
            "%3\r\n$5\r\nflags\r\n~2\r\n$2\r\non\r\n$5\r\nbcast\r\n$8\r\nredirect\r\n:0\r\n"
            "$8\r\nprefixes\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  EXPECT_NE(First("CLIENT INFO").find(" flags=tB "), std::string::npos);
  First("CLIENT TRACKING OFF");
  First("CLIENT TRACKING ON BCAST");
  Second("SET whatever x");
  EXPECT_EQ(News(), Invalid("whatever"));
}

TEST_F(TrackingTest, ReadsAreTrackedWhenAskedFor) {
  First("CLIENT TRACKING ON OPTIN");
  First("GET a\r\nCLIENT CACHING YES\r\nGET b\r\nGET c");
  Second("MSET a 1 b 1 c 1");
  EXPECT_EQ(News(), Invalid("b"));
  First("CLIENT CACHING YES\r\nMULTI\r\nGET a\r\nGET b\r\nEXEC\r\nGET c");
  Second("MSET a 1 b 1 c 1");
  EXPECT_EQ(News(), Invalid("a") + Invalid("b"));
  First("CLIENT TRACKING OFF");
  First("CLIENT TRACKING ON OPTOUT");
  First("CLIENT CACHING NO\r\nGET a\r\nGET b");
  Second("MSET a 1 b 1");
  EXPECT_EQ(News(), Invalid("b"));
  EXPECT_EQ(First("CLIENT CACHING NO\r\nCLIENT TRACKINGINFO"),
            "+OK\r\n%3\r\n$5\r\nflags\r\n~3\r\n$2\r\non\r\n$6\r\noptout\r\n$10\r\ncaching-no\r\n"
            "$8\r\nredirect\r\n:0\r\n$8\r\nprefixes\r\n*0\r\n");
}

TEST_F(TrackingTest, AnotherSessionCanBeTold) {
  const int descriptor = *third_->Descriptor();
  Second("CLIENT TRACKING ON REDIRECT 3");
  EXPECT_EQ(Second("CLIENT GETREDIR"), ":3\r\n");
  Second("GET k");
  First("SET k v");
  EXPECT_TRUE(Readable(descriptor, 1000));
  EXPECT_EQ(ReadAll(third_.get()), "") << "in RESP2 only where it is subscribed";
  Third("SUBSCRIBE __redis__:invalidate");
  Second("GET k");
  First("SET k w");
  const std::string message = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";
  EXPECT_EQ(ReadAll(third_.get()), message + "*1\r\n$1\r\nk\r\n");
  EXPECT_EQ(ReadAll(second_.get()), "");
  First("FLUSHALL");
  EXPECT_EQ(ReadAll(third_.get()), message + "$-1\r\n");
  Third("UNSUBSCRIBE");
  Third("HELLO 3");
  Second("GET k");
  First("SET k w");
  EXPECT_EQ(ReadAll(third_.get()), Invalid("k"));
  Second("CLIENT TRACKING OFF");
  EXPECT_EQ(Second("CLIENT GETREDIR"), ":-1\r\n");
}

TEST_F(TrackingTest, TheEndOfWhoeverIsToldIsTold) {
  auto told = NewSession();
  First("CLIENT TRACKING ON REDIRECT 4");
  told.reset();
  First("GET k");
  Second("SET k v");
  EXPECT_EQ(News(), ">2\r\n$21\r\ntracking-redir-broken\r\n:4\r\n");
  EXPECT_NE(First("CLIENT INFO").find(" flags=tR "), std::string::npos);
  EXPECT_NE(First("CLIENT TRACKINGINFO").find("broken_redirect"), std::string::npos);
  First("CLIENT TRACKING ON");
  First("GET k");
  Second("SET k v");
  EXPECT_EQ(News(), Invalid("k"));
}

TEST_F(TrackingTest, TooManyKeysAreForgottenInTurnAndTold) {
  Second("CONFIG SET tracking-table-max-keys 2");
  First("CLIENT TRACKING ON");
  EXPECT_EQ(First("MGET a b c"), "*3\r\n_\r\n_\r\n_\r\n" + Invalid("a"));
  const size_t bytes = first_->state().memory_bytes;
  EXPECT_EQ(First("GET a"), "_\r\n" + Invalid("b"));
  EXPECT_EQ(First("GET b"), "_\r\n" + Invalid("c")) << "not the first name again";
  EXPECT_EQ(first_->state().memory_bytes, bytes);
  Second("MSET a 1 b 1 c 1");
  EXPECT_EQ(News(), Invalid("a") + Invalid("b"));
  First("CLIENT TRACKING OFF");
  First("CLIENT TRACKING ON BCAST");
  Second("MSET a 1 b 1 c 1");
  EXPECT_EQ(News(), kAllInvalid) << "more than it remembers";
}

TEST_F(TrackingTest, NobodyIsToldAfterItsEnd) {
  First("CLIENT TRACKING ON");
  First("GET k");
  First("CLIENT TRACKING OFF");
  Second("SET k v");
  EXPECT_EQ(News(), "");
  EXPECT_FALSE(first_->state().waits);
  First("CLIENT TRACKING ON\r\nGET k\r\nRESET\r\nHELLO 3");
  Second("SET k v");
  EXPECT_EQ(News(), "");
  Third("CLIENT TRACKING ON\r\nGET k");
  Third("QUIT");
  Second("SET k v");
  Second("CLIENT TRACKING ON BCAST REDIRECT 1");
  Second("SET k v");
  EXPECT_EQ(News(), Invalid("k"));
}

TEST_F(TrackingTest, IsRefusedWithAReason) {
  const std::pair<const char*, const char*> kRefused[] = {
      {"ON REDIRECT 99", "The client ID you want redirect to does not exist"},
      {"ON REDIRECT 1 REDIRECT 1", "A client can only redirect to a single other client"},
      {"ON REDIRECT x", "value is not an integer or out of range"},
      {"ON PREFIX a", "PREFIX option requires BCAST mode to be enabled"},
      {"ON BCAST OPTIN", "OPTIN and OPTOUT are not compatible with BCAST"},
      {"ON OPTIN OPTOUT", "You can't specify both OPTIN mode and OPTOUT mode"},
      {"ON BCAST PREFIX ab PREFIX c PREFIX a",
       "Prefix 'ab' overlaps with another provided prefix 'a'. Prefixes for a single client must "
       "not overlap."},
      {"ON NOSUCH", "syntax error"},
      {"MAYBE", "syntax error"},
  };
  for (const auto& [options, error] : kRefused) {
    EXPECT_EQ(First(std::string("CLIENT TRACKING ") + options),
              "-ERR " + std::string(error) + "\r\n");
  }
  EXPECT_EQ(First("CLIENT CACHING YES"),
            "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN "
            "or OPTOUT mode enabled\r\n");
  First("CLIENT TRACKING ON OPTIN");
  EXPECT_EQ(
      First("CLIENT TRACKING ON OPTOUT"),
      "-ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and "
      "then re-enabling it with a different mode.\r\n");
  EXPECT_EQ(First("CLIENT TRACKING ON BCAST").substr(0, 38),
            "-ERR You can't switch BCAST mode on/of");
  EXPECT_EQ(First("CLIENT CACHING NO").substr(0, 31), "-ERR CLIENT CACHING NO is only ");
  First("CLIENT TRACKING OFF");
  First("CLIENT TRACKING ON BCAST PREFIX a");
  EXPECT_EQ(First("CLIENT TRACKING ON BCAST PREFIX ab").substr(0, 54),
            "-ERR Prefix 'ab' overlaps with an existing prefix 'a'.");
  EXPECT_EQ(First("CLIENT TRACKINGINFO").find("$2\r\nab"), std::string::npos);
}

// Readers keep what they read in a cache until they are told; a value in a cache that is old when
// everything is quiet was never told of.
class TrackingThreadsTest : public SessionTest {
 protected:
  static constexpr int kKeys = 8;
  static std::string Key(int i) { return "k" + std::to_string(i); }

  void Write(int rounds) {
    const auto session = NewSession();
    for (int round = 0; round < rounds; ++round) {
      Ask(session.get(), "INCR " + Key(round % kKeys) + "\r\n");
      if (round % 64 == 0) Ask(session.get(), "FLUSHALL\r\n");
    }
  }
  // Forgets what the pushes in these replies name. A reply to GET is what the cache keeps.
  static void Learn(const std::string& replies, int asked,
                    std::map<std::string, std::string>* cache) {
    static constexpr char kPush[] = ">2\r\n$10\r\ninvalidate\r\n";
    std::string rest = replies;
    while (!rest.empty()) {
      if (rest.rfind(kPush, 0) == 0) {
        rest.erase(0, sizeof(kPush) - 1);
        if (rest[0] == '_') {
          cache->clear();
          rest.erase(0, 3);
        } else {
          cache->erase(rest.substr(8, 2));  // behind "*1", "$2"
          rest.erase(0, 12);
        }
      } else {
        const size_t lines = rest[0] == '$' ? rest.find("\r\n", rest.find("\r\n") + 2) : 1;
        (*cache)[Key(asked)] = rest.substr(0, lines + 2);
        rest.erase(0, lines + 2);
      }
    }
  }
  void Read(int rounds, const std::atomic<bool>* quiet) {
    const auto session = NewSession();
    Ask(session.get(), "HELLO 3\r\nCLIENT TRACKING ON\r\n");
    std::map<std::string, std::string> cache;
    for (int round = 0; round < rounds || !quiet->load(); ++round) {
      const int key = round % kKeys;
      Learn(Ask(session.get(), "GET " + Key(key) + "\r\n"), key, &cache);
    }
    Learn(ReadAll(session.get()), 0, &cache);
    const auto other = NewSession();
    Ask(other.get(), "HELLO 3\r\n");
    for (const auto& [key, value] : cache) {
      EXPECT_EQ(Ask(other.get(), "GET " + key + "\r\n"), value) << key;
    }
  }
  // Comes and goes, and is told what others read.
  void ComeAndGo(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      const auto told = NewSession();
      const std::string id = Ask(told.get(), "HELLO 3\r\nCLIENT ID\r\n");
      const auto session = NewSession();
      const size_t number = id.rfind(':') + 1;
      Ask(session.get(), "CLIENT TRACKING ON REDIRECT " +
                             id.substr(number, id.size() - number - 2) +
                             (round % 2 == 0 ? " BCAST\r\n" : "\r\n") + "GET k1\r\nGET k2\r\n");
      ReadAll(told.get());
    }
  }
};

TEST_F(TrackingThreadsTest, NoCacheStaysOld) {
  constexpr int kRounds = 2000;
  std::atomic<bool> quiet{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) readers.emplace_back([&] { Read(kRounds, &quiet); });
  std::thread guests([&] { ComeAndGo(kRounds / 10); });
  std::vector<std::thread> writers;
  for (int i = 0; i < 2; ++i) writers.emplace_back([&] { Write(kRounds); });
  for (std::thread& writer : writers) writer.join();
  guests.join();
  quiet.store(true);
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace kontor
