#include <atomic>

#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

// Every look at it takes as long as it is told.
class StepClock final : public Clock {
 public:
  int64_t UnixMs() override { return unix_ms.load(); }
  int64_t MonotonicNs() override { return now_ns.fetch_add(step_ns.load()); }

  std::atomic<int64_t> unix_ms{1'600'000'000'000};
  std::atomic<int64_t> step_ns{0};

 private:
  std::atomic<int64_t> now_ns{0};
};

class SlownessCommandsTest : public CollectionCommandTest {
 protected:
  SlownessCommandsTest() {
    EngineOptions options;
    options.clock = &steps_;
    options.background = false;
    engine_ = *std::move(Engine::Open(options));
  }
  ~SlownessCommandsTest() override { engine_.reset(); }  // before its clock

  std::string RunFor(int64_t ms, const std::string& line) {
    steps_.step_ns = ms * 1'000'000;
    std::string reply = Run(line);
    steps_.step_ns = 0;
    return reply;
  }

  StepClock steps_;
};

TEST_F(SlownessCommandsTest, SlowCommandsAreLogged) {
  RunFor(1, "SET quick v");
  EXPECT_EQ(Run("SLOWLOG GET"), "[]");
  RunFor(20, "SET slow v");
  RunFor(20, "GET slow");
  RunFor(20, "AUTH secret");
  EXPECT_EQ(Run("SLOWLOG LEN"), ":2");
  const std::string all = Run("SLOWLOG GET");
  EXPECT_EQ(all.rfind("[[:1 :1600000000 :", 0), 0u) << all;
  EXPECT_NE(all.find("[\"GET\" \"slow\"] \"\" \"\"] [:0 :1600000000 :"), std::string::npos) << all;
  EXPECT_NE(all.find("[\"SET\" \"slow\" \"v\"]"), std::string::npos) << all;
  EXPECT_EQ(Run("SLOWLOG GET -1"), all);
  EXPECT_EQ(Run("SLOWLOG GET 1").find("SET"), std::string::npos);
  RunAll({
      {"SLOWLOG GET 0", "[]"},
      {"SLOWLOG GET -2", "-ERR count should be greater than or equal to -1"},
      {"SLOWLOG GET x", "-ERR count should be greater than or equal to -1"},
      {"SLOWLOG RESET", "+OK"},
      {"SLOWLOG GET", "[]"},
  });
}

TEST_F(SlownessCommandsTest, LongArgumentsAreCut) {
  RunFor(20, "SET k " + std::string(130, 'x'));
  EXPECT_NE(Run("SLOWLOG GET").find("\"" + std::string(128, 'x') + "... (2 more bytes)\"]"),
            std::string::npos);
  std::string many = "DEL";
  for (int i = 0; i < 40; ++i) many += " k";
  RunFor(20, many);
  EXPECT_NE(Run("SLOWLOG GET 1").find("\"k\" \"... (10 more arguments)\"]"), std::string::npos)
      << Run("SLOWLOG GET 1");
}

TEST_F(SlownessCommandsTest, TheLogIsAsLongAsItIsAllowed) {
  Run("CONFIG SET slowlog-max-len 2 slowlog-log-slower-than 0");
  Run("SLOWLOG RESET");
  Run("GET a");
  Run("GET b");
  EXPECT_EQ(Run("SLOWLOG LEN"), ":2");
  Run("CONFIG SET slowlog-max-len 1");
  EXPECT_EQ(Run("SLOWLOG LEN"), ":1");
  Run("CONFIG SET slowlog-log-slower-than -1");
  Run("SLOWLOG RESET");
  RunFor(1000, "GET a");
  EXPECT_EQ(Run("SLOWLOG LEN"), ":0");
}

TEST_F(SlownessCommandsTest, LatencyIsRememberedBySecond) {
  RunFor(50, "GET a");
  EXPECT_EQ(Run("LATENCY LATEST"), "[]");  // it is not watched
  Run("CONFIG SET latency-monitor-threshold 100");
  RunFor(50, "GET a");
  RunFor(5, "GET a");
  const std::string first = Run("LATENCY HISTORY command");
  EXPECT_EQ(first.rfind("[[:1600000000 :", 0), 0u) << first;
  steps_.unix_ms = 1'600'000'001'500;
  RunFor(200, "GET a");
  const std::string both = Run("LATENCY HISTORY command");
  EXPECT_NE(both.find("] [:1600000001 :"), std::string::npos) << both;
  EXPECT_EQ(Run("LATENCY LATEST").rfind("[[\"command\" :1600000001 :", 0), 0u);
  EXPECT_NE(Run("LATENCY GRAPH command").find("command - high "), std::string::npos);
  EXPECT_NE(Run("LATENCY DOCTOR").find("command: 2 seconds"), std::string::npos);
  RunAll({
      {"LATENCY HISTORY nosuch", "[]"},
      {"LATENCY GRAPH nosuch", "-ERR No samples available for event 'nosuch'"},
      {"LATENCY HISTOGRAM", "[]"},
      {"LATENCY RESET nosuch", ":0"},
      {"LATENCY RESET", ":1"},
      {"LATENCY LATEST", "[]"},
  });
}

TEST(LatencyHistoryTest, KeepsTheLastSamplesAndTheWorst) {
  LatencyHistory history;
  for (int64_t second = 1; second <= 200; ++second) history.Add("event", {second, 1000 - second});
  history.Add("event", {200, 3});  // less than the worst of its second
  const auto samples = history.SamplesOf("event");
  ASSERT_EQ(samples.size(), LatencyHistory::kSamples);
  EXPECT_EQ(samples.front().unix_seconds, 41);
  EXPECT_EQ(samples.back().unix_seconds, 200);
  EXPECT_EQ(samples.back().latency_ms, 800);
  ASSERT_EQ(history.Events().size(), 1u);
  EXPECT_EQ(history.Events()[0].worst_ms, 999);
}

}  // namespace
}  // namespace kontor
