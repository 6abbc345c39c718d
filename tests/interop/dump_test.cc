// What DUMP of a real redis-server answers is restored here, and what it answers here is restored
// there: values of every type, of every length and spelling, in every way Redis holds them.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "interop/comparison.h"
#include "interop/peers.h"

namespace interop {
namespace {

// The n-th of many different elements: integers of every width, short and long texts, those that
// can be compressed.
std::string Element(size_t kind, size_t n) {
  const std::string number = std::to_string(n);
  switch (kind) {
    case 0:
      return number;
    case 1:
      return (n % 2 == 0 ? "-" : "") + std::to_string(1 + n * 0x0102030405) + number;
    case 2:
      return "m" + number;
    case 3:
      return std::string(n % 300, 'x') + number;
    default:
      return std::string(1, static_cast<char>(n)) + '\0' + number + "\r\n\xff";
  }
}
constexpr size_t kKinds = 5;

// A command that makes "k" of so many of them.
std::vector<std::string> Make(const std::string& command, size_t kind, size_t count) {
  std::vector<std::string> words = {command, "k"};
  for (size_t n = 0; n < count; ++n) {
    if (command == "ZADD") words.push_back(std::to_string(static_cast<double>(n % 50) - 7.25));
    words.push_back(Element(kind, n));
    if (command == "HSET") words.push_back(Element((kind + n) % kKinds, n * 7));
  }
  return words;
}

std::vector<Step> Looks(const std::string& key) {
  return {{{"TYPE", key}},
          {{"GET", key}},
          {{"LRANGE", key, "0", "-1"}},
          {{"SMEMBERS", key}, Comparison::kUnordered},
          {{"ZRANGE", key, "0", "-1", "WITHSCORES"}},
          {{"HGETALL", key}, Comparison::kUnorderedPairs},
          {{"PTTL", key}}};
}

RespValue Ask(Peer* peer, const std::vector<std::string>& command) { return peer->Run(command); }

class DumpTest : public testing::Test {
 protected:
  void SetUp() override {
    redis_ = RedisServer::Start();
    ASSERT_NE(redis_, nullptr);
  }

  // The value of "k" that one of them has goes there and back; all three are the same.
  void ThereAndBack(Peer* from, Peer* to, const std::string& what) {
    Ask(to, {"FLUSHALL"});
    const RespValue dump = Ask(from, {"DUMP", "k"});
    ASSERT_EQ(dump.type, '$') << what;
    ASSERT_EQ(Print(Ask(to, {"RESTORE", "k", "0", dump.text})), "+OK") << what;
    const RespValue back = Ask(to, {"DUMP", "k"});
    ASSERT_EQ(Print(Ask(from, {"RESTORE", "back", "0", back.text, "REPLACE"})), "+OK") << what;
    const std::vector<Step> looks = Looks("k");
    const std::vector<Step> looks_back = Looks("back");
    for (size_t i = 0; i < looks.size(); ++i) {
      const RespValue one = from->Run(looks[i].command);
      auto wrong = Compare(looks[i], one, to->Run(looks[i].command));
      EXPECT_FALSE(wrong.has_value()) << what << ": " << wrong->substr(0, 1000);
      wrong = Compare(looks[i], one, from->Run(looks_back[i].command));
      EXPECT_FALSE(wrong.has_value()) << what << ": " << wrong->substr(0, 1000);
    }
  }

  // Every type, begun on both sides.
  void Collections(const std::string& settings) {
    for (const char* const command : {"RPUSH", "SADD", "ZADD", "HSET"}) {
      for (size_t kind = 0; kind < kKinds; ++kind) {
        for (const size_t count : {1U, 2U, 60U, 130U, 600U, 3000U}) {
          const std::string what = settings + std::string(" ") + command + " " +
                                   std::to_string(count) + " of kind " + std::to_string(kind);
          for (Peer* const from :
               {static_cast<Peer*>(redis_.get()), static_cast<Peer*>(&kontor_)}) {
            Peer* const to = from == &kontor_ ? static_cast<Peer*>(redis_.get()) : &kontor_;
            Ask(from, {"FLUSHALL"});
            ASSERT_EQ(from->Run(Make(command, kind, count)).type, ':') << what;
            ThereAndBack(from, to, what);
            if (HasFatalFailure()) return;
          }
        }
      }
    }
  }

  std::unique_ptr<RedisServer> redis_;
  KontorSession kontor_;
};

TEST_F(DumpTest, Strings) {
  std::vector<std::string> texts = {"",
                                    "\r\n",
                                    std::string(1, '\0'),
                                    std::string(16383, 'y'),
                                    std::string(16384, 'z'),
                                    std::string(1 << 20, 'w')};
  for (size_t kind = 0; kind < kKinds; ++kind) {
    for (size_t n = 0; n < 300; n += 7) texts.push_back(Element(kind, n));
  }
  for (const char* const number :
       {"127", "128", "-128", "-129", "32767", "32768", "-32768", "2147483647", "2147483648",
        "-2147483648", "-2147483649", "9223372036854775807", "-0", "007", "1.5"}) {
    texts.emplace_back(number);
  }
  std::string mixed;
  for (int i = 0; i < 20'000; ++i) mixed += std::to_string(i % (1 + i / 100));
  texts.push_back(mixed);
  for (const std::string& text : texts) {
    Ask(redis_.get(), {"SET", "k", text});
    ThereAndBack(redis_.get(), &kontor_, text.substr(0, 50));
    Ask(&kontor_, {"SET", "k", text});
    ThereAndBack(&kontor_, redis_.get(), text.substr(0, 50));
  }
}

TEST_F(DumpTest, CollectionsAsRedisHoldsThemByDefault) { Collections("by default"); }

TEST_F(DumpTest, CollectionsPackedHoweverLarge) {
  for (const char* const setting :
       {"hash-max-listpack-entries", "hash-max-listpack-value", "zset-max-listpack-entries",
        "zset-max-listpack-value", "set-max-intset-entries"}) {
    ASSERT_EQ(Print(Ask(redis_.get(), {"CONFIG", "SET", setting, "100000"})), "+OK");
  }
  Collections("packed");
}

TEST_F(DumpTest, CollectionsNeverPacked) {
  for (const char* const setting :
       {"hash-max-listpack-entries", "zset-max-listpack-entries", "set-max-intset-entries"}) {
    ASSERT_EQ(Print(Ask(redis_.get(), {"CONFIG", "SET", setting, "0"})), "+OK");
  }
  ASSERT_EQ(Print(Ask(redis_.get(), {"CONFIG", "SET", "list-max-listpack-size", "1"})), "+OK");
  Collections("not packed");
}

TEST_F(DumpTest, LargeElementsOfLists) {
  Ask(redis_.get(),
      {"RPUSH", "k", "a", std::string(1 << 20, 'b'), "", std::string(100'000, 'c'), "d"});
  ThereAndBack(redis_.get(), &kontor_, "a plain node");
  Ask(&kontor_, {"DEL", "k"});
  Ask(&kontor_, {"RPUSH", "k", "a", std::string(1 << 20, 'b'), "", std::string(100'000, 'c'), "d"});
  ThereAndBack(&kontor_, redis_.get(), "a large element");
}

// What there is to know of "k", and groups "g" and "h" of it, but for what no dump holds or times
// that go on.
std::vector<Step> StreamLooks(const std::string& key) {
  return {{{"TYPE", key}},
          {{"XLEN", key}},
          {{"XRANGE", key, "-", "+"}},
          {{"XREVRANGE", key, "+", "-", "COUNT", "5"}},
          {{"XINFO", "GROUPS", key}},
          {{"XPENDING", key, "g"}},
          {{"XPENDING", key, "h"}},
          {{"XREADGROUP", "GROUP", "g", "c", "STREAMS", key, "0"}},
          {{"XREADGROUP", "GROUP", "h", "c", "STREAMS", key, "0"}}};
}

// The fields of XINFO STREAM that do not tell how it is held; of XPENDING those that are no time.
std::string StreamFacts(Peer* peer, const std::string& key) {
  std::string facts;
  const RespValue about = Ask(peer, {"XINFO", "STREAM", key});
  for (size_t i = 0; i + 1 < about.values.size(); i += 2) {
    if (about.values[i].text.find("radix") == 0) continue;
    facts += Print(about.values[i]) + "=" + Print(about.values[i + 1]) + " ";
  }
  for (const char* const group : {"g", "h"}) {
    const RespValue pending = Ask(peer, {"XPENDING", key, group, "-", "+", "10000"});
    for (const RespValue& each : pending.values) {
      if (each.values.size() != 4) continue;
      facts += Print(each.values[0]) + Print(each.values[1]) + Print(each.values[3]) + " ";
    }
  }
  return facts;
}

class StreamDumpTest : public DumpTest {
 protected:
  // A stream of so many entries, in one of three shapes: all names the same, sometimes others,
  // always others; some are deleted, and two groups have some of what is there.
  void Make(Peer* peer, size_t entries, size_t shape) {
    Ask(peer, {"FLUSHALL"});
    for (size_t n = 1; n <= entries; ++n) {
      const std::string id = std::to_string(1000 + n / 3) + "-" + std::to_string(n);
      std::vector<std::string> add = {"XADD", "k", id, "name", Element(n % kKinds, n)};
      if (shape == 2 || (shape == 1 && n % 10 == 0)) {
        add.insert(add.end(), {Element(2, n), Element((n + 1) % kKinds, n)});
      }
      ASSERT_EQ(Ask(peer, add).type, '$');
      if (n == 1 + entries / 2) {
        Ask(peer, {"XGROUP", "CREATE", "k", "g", "0"});
        Ask(peer, {"XGROUP", "CREATE", "k", "h", "$", "ENTRIESREAD", "3"});
      }
    }
    Ask(peer, {"XREADGROUP", "GROUP", "g", "c", "COUNT", "20", "STREAMS", "k", ">"});
    Ask(peer, {"XREADGROUP", "GROUP", "g", "d", "COUNT", "200", "STREAMS", "k", ">"});
    Ask(peer, {"XREADGROUP", "GROUP", "h", "c", "COUNT", "200", "STREAMS", "k", ">"});
    Ask(peer, {"XREADGROUP", "GROUP", "g", "d", "COUNT", "5", "STREAMS", "k", "0"});
    Ask(peer, {"XGROUP", "CREATECONSUMER", "k", "g", "idle"});
    for (size_t n = 1; n <= entries; n += 7) {
      const std::string id = std::to_string(1000 + n / 3) + "-" + std::to_string(n);
      Ask(peer, {n % 2 == 0 ? "XDEL" : "XACK", "k", n % 2 == 0 ? id : "g", id});
    }
    if (entries > 1000) Ask(peer, {"XTRIM", "k", "MAXLEN", "~", "700"});
  }

  void StreamThereAndBack(Peer* from, Peer* to, const std::string& what) {
    Ask(to, {"FLUSHALL"});
    const RespValue dump = Ask(from, {"DUMP", "k"});
    ASSERT_EQ(dump.type, '$') << what;
    ASSERT_EQ(Print(Ask(to, {"RESTORE", "k", "0", dump.text})), "+OK") << what;
    const RespValue back = Ask(to, {"DUMP", "k"});
    ASSERT_EQ(Print(Ask(from, {"RESTORE", "back", "0", back.text, "REPLACE"})), "+OK") << what;
    EXPECT_EQ(StreamFacts(from, "k"), StreamFacts(to, "k")) << what;
    EXPECT_EQ(StreamFacts(from, "k"), StreamFacts(from, "back")) << what;
    const std::vector<Step> looks = StreamLooks("k");
    const std::vector<Step> looks_back = StreamLooks("back");
    for (size_t i = 0; i < looks.size(); ++i) {
      const RespValue one = from->Run(looks[i].command);
      auto wrong = Compare(looks[i], one, to->Run(looks[i].command));
      EXPECT_FALSE(wrong.has_value()) << what << ": " << wrong->substr(0, 1000);
      if (i >= 7) continue;  // their replies name the key
      wrong = Compare(looks[i], one, from->Run(looks_back[i].command));
      EXPECT_FALSE(wrong.has_value()) << what << ": " << wrong->substr(0, 1000);
    }
    // Both go on in the same way.
    for (const std::vector<std::string>& command :
         Commands{{"XADD", "k", "5000-*", "name", "new"},
                  {"XREADGROUP", "GROUP", "g", "new", "COUNT", "3", "STREAMS", "k", ">"},
                  {"XACK", "k", "g", "1000-1", "1000-2"},
                  {"XTRIM", "k", "MAXLEN", "2"}}) {
      EXPECT_EQ(Print(Ask(from, command)), Print(Ask(to, command))) << what << Print(command);
    }
  }
};

TEST_F(StreamDumpTest, ThereAndBack) {
  for (const char* const node_entries : {"100", "3", "0"}) {
    ASSERT_EQ(
        Print(Ask(redis_.get(), {"CONFIG", "SET", "stream-node-max-entries", node_entries,
                                 "stream-node-max-bytes", *node_entries == '0' ? "0" : "4096"})),
        "+OK");
    for (const size_t entries : {1U, 2U, 40U, 500U, 1500U}) {
      for (size_t shape = 0; shape < 3; ++shape) {
        const std::string what = "shape " + std::to_string(shape) + ", " + std::to_string(entries) +
                                 " in nodes of " + node_entries;
        Make(redis_.get(), entries, shape);
        StreamThereAndBack(redis_.get(), &kontor_, what);
        Make(&kontor_, entries, shape);
        StreamThereAndBack(&kontor_, redis_.get(), what);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_F(StreamDumpTest, WithoutEntries) {
  for (Peer* const from : {static_cast<Peer*>(redis_.get()), static_cast<Peer*>(&kontor_)}) {
    Peer* const to = from == &kontor_ ? static_cast<Peer*>(redis_.get()) : &kontor_;
    Ask(from, {"FLUSHALL"});
    Ask(from, {"XGROUP", "CREATE", "k", "g", "$", "MKSTREAM"});
    Ask(from, {"XGROUP", "CREATE", "k", "h", "5-5"});
    StreamThereAndBack(from, to, "never any");
    Ask(from, {"DEL", "k"});
    Ask(from, {"XADD", "k", "7-7", "f", "v"});
    Ask(from, {"XGROUP", "CREATE", "k", "g", "0"});
    Ask(from, {"XGROUP", "CREATE", "k", "h", "0"});
    Ask(from, {"XREADGROUP", "GROUP", "h", "c", "STREAMS", "k", ">"});
    Ask(from, {"XDEL", "k", "7-7"});
    Ask(from, {"XSETID", "k", "18446744073709551615-5", "ENTRIESADDED", "9"});
    StreamThereAndBack(from, to, "all deleted");
  }
}

TEST_F(DumpTest, TheSameOptionsAndErrors) {
  const std::string dump = redis_->Run(Commands{{"SET", "k", "v"}, {"DUMP", "k"}})[1].text;
  std::string damaged = dump;
  damaged[1] = 'x';
  const Commands commands = {
      {"RESTORE", "a", "0", dump},
      {"RESTORE", "a", "0", dump},
      {"RESTORE", "a", "0", damaged},
      {"RESTORE", "a", "x", damaged},
      {"RESTORE", "a", "0", dump, "REPLACE"},
      {"RESTORE", "b", "0", damaged},
      {"RESTORE", "b", "0", damaged, "REPLACE", "x"},
      {"RESTORE", "b", "0", ""},
      {"RESTORE", "b", "-1", dump},
      {"RESTORE", "b", "x", dump},
      {"RESTORE", "b", "-1", damaged},
      {"RESTORE", "b", "0", dump, "IDLETIME"},
      {"RESTORE", "b", "0", dump, "IDLETIME", "-1"},
      {"RESTORE", "b", "0", dump, "IDLETIME", "x"},
      {"RESTORE", "b", "0", dump, "FREQ", "256"},
      {"RESTORE", "b", "0", dump, "FREQ", "5", "IDLETIME", "5"},
      {"RESTORE", "b", "0", dump, "IDLETIME", "5", "FREQ", "5"},
      {"RESTORE", "b", "4102444800000", dump, "ABSTTL", "IDLETIME", "5"},
      {"PEXPIRETIME", "b"},
      {"RESTORE", "b", "1", dump, "absttl", "replace"},
      {"EXISTS", "b"},
      {"RESTORE", "c", "1", dump, "ABSTTL", "FREQ", "5"},
      {"EXISTS", "c"},
      {"RESTORE", "a", "0", dump, "NX"},
      {"RESTORE", "a", "0"},
      {"DUMP", "nothing"},
      {"DUMP"},
      {"DUMP", "a", "b"},
  };
  const std::vector<RespValue> redis = redis_->Run(commands);
  const std::vector<RespValue> kontor = kontor_.Run(commands);
  for (size_t i = 0; i < commands.size(); ++i) {
    EXPECT_EQ(Print(redis[i]), Print(kontor[i])) << Print(commands[i]);
  }
}

}  // namespace
}  // namespace interop
