// Every command with each number at every border, with keys of every other type, and with too few
// and too many arguments: a session of Kontor answers as a real redis-server does.

#include <gtest/gtest.h>

#include <string>

#include "interop/comparison.h"
#include "interop/grammar.h"
#include "interop/peers.h"

namespace interop {
namespace {

// What is there before a command. Keys are named by their type.
const Commands& Preparation() {
  static const auto* const commands = new Commands{
      {"SELECT", "0"},
      {"FLUSHALL"},
      {"SET", "string0", "10"},
      {"SET", "string1", "some text"},
      {"SET", "string2", "3.5"},
      {"HSET", "hash0", "a", "1", "b", "2.5", "c", "text"},
      {"RPUSH", "list0", "a", "b", "c", "a", "1"},
      {"RPUSH", "list1", "x"},
      {"SADD", "set0", "1", "2", "3"},
      {"SADD", "set1", "a", "b", "1"},
      {"SET", "bits0", "some bits"},
      {"PFADD", "hll0", "a", "b", "c"},
      {"ZADD", "zset0", "1", "a", "1", "b", "1", "c"},
      {"ZADD", "zset1", "-1.5", "a", "2", "x", "inf", "1"},
      {"XADD", "stream0", "1-1", "a", "1", "b", "2"},
      {"XADD", "stream0", "50-2", "a", "3"},
      {"XADD", "stream0", "50-3", "c", "4"},
      {"XADD", "stream1", "7-0", "a", "1"},
      {"XGROUP", "CREATE", "stream0", "g0", "0"},
      {"XREADGROUP", "GROUP", "g0", "c0", "COUNT", "2", "STREAMS", "stream0", ">"},
      {"GEOADD", "geo0", "13.361389", "38.115556", "a", "15.087269", "37.502669", "b", "-180", "80",
       "c"},
      {"ZADD", "lexical0", "0", "a", "0", "b", "0", "m"},
  };
  return *commands;
}

class BorderTest : public testing::Test {
 protected:
  void SetUp() override {
    redis_ = RedisServer::Start();
    ASSERT_NE(redis_, nullptr);
  }

  // All of them are asked in this order, from the same beginning.
  void CompareAll(const std::vector<Step>& steps) {
    Commands commands = Preparation();
    for (const Step& step : steps) commands.push_back(step.command);
    const std::vector<RespValue> redis = redis_->Run(commands);
    const std::vector<RespValue> kontor = kontor_.Run(commands);
    const size_t prepared = Preparation().size();
    for (size_t i = 0; i < prepared; ++i) ASSERT_EQ(Print(redis[i]), Print(kontor[i]));
    for (size_t i = 0; i < steps.size(); ++i) {
      const auto wrong = Compare(steps[i], redis[prepared + i], kontor[prepared + i]);
      if (wrong.has_value()) ADD_FAILURE() << *wrong;
    }
  }

  // Calls add(words, kinds, steps) for every rule, bare and with all options, and compares.
  template <typename Add>
  void ForEachRule(Add add) {
    for (const Rule& rule : AllRules()) {
      if (rule.many_replies()) continue;
      for (const bool with_options : {false, true}) {
        std::vector<std::string> kinds;
        const std::vector<std::string> words = rule.Plain(with_options, &kinds);
        std::vector<std::vector<std::string>> commands;
        add(words, kinds, &commands);
        std::vector<Step> steps;
        for (auto& command : commands) steps.push_back({std::move(command), rule.comparison()});
        CompareAll(steps);
      }
    }
  }

 private:
  std::unique_ptr<RedisServer> redis_;
  KontorSession kontor_;
};

TEST_F(BorderTest, NumbersAtEveryBorder) {
  ForEachRule([](const auto& words, const auto& kinds, Commands* commands) {
    for (size_t i = 1; i < words.size(); ++i) {
      if (!IsNumber(kinds[i])) continue;
      for (const std::string& number : BorderNumbers()) {
        commands->push_back(words);
        commands->back()[i] = number;
      }
    }
  });
}

TEST_F(BorderTest, KeysOfEveryType) {
  ForEachRule([](const auto& words, const auto& kinds, Commands* commands) {
    for (size_t i = 1; i < words.size(); ++i) {
      if (!IsKey(kinds[i])) continue;
      for (const char* key : {"string0", "string1", "string2", "hash0", "list0", "list1", "set0",
                              "set1", "zset0", "stream0", "geo0", "bits0", "hll0", "nothing", ""}) {
        commands->push_back(words);
        commands->back()[i] = key;
      }
    }
  });
}

TEST_F(BorderTest, TooFewAndTooManyArguments) {
  ForEachRule([](const auto& words, const auto& /*kinds*/, Commands* commands) {
    for (size_t size = 1; size < words.size(); ++size) {
      if (words[0] == "SPOP" && size == 2) continue;  // random
      if (words[0] == "SCAN" && size == 2) continue;  // some of the keys, whichever come first
      commands->emplace_back(words.begin(), words.begin() + static_cast<ptrdiff_t>(size));
    }
    for (const char* more : {"1", "x", "NX", "COUNT"}) {
      commands->push_back(words);
      commands->back().emplace_back(more);
      commands->back().emplace_back(more);
    }
  });
}

}  // namespace
}  // namespace interop
