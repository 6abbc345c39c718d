// Random commands, sent to a real redis-server and to a session of Kontor: the replies are the
// same, and so is what is stored afterwards, also when it comes back from the disk. KONTOR_SEED
// chooses the commands (0: new ones; it is printed), KONTOR_DIFFERENTIAL_COMMANDS how many, and
// KONTOR_DIFFERENTIAL_KEPT how many are kept on the disk.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "interop/comparison.h"
#include "interop/grammar.h"
#include "interop/peers.h"
#include "style/temporary_directory.h"

namespace interop {
namespace {

constexpr size_t kSequence = 400;

using Sequence = std::vector<Step>;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

Sequence MakeSequence(std::mt19937_64* random) {
  Sequence sequence;
  while (sequence.size() < kSequence) {
    const std::vector<Rule>& rules = AllRules();
    const Rule& rule = rules[(*random)() % rules.size()];
    if (rule.rare() && (*random)() % 50 != 0) continue;
    sequence.push_back({rule.Make(random), rule.comparison()});
    // Now and then an argument too few or too many; but what chooses at random is asked for no more
    // than it says, because Redis would answer with two billion members.
    std::vector<std::string>& command = sequence.back().command;
    const bool spoils = rule.comparison() == Comparison::kExact && !rule.many_replies();
    const uint64_t spoil = spoils ? (*random)() % 100 : 100;
    if (spoil == 0) command.pop_back();
    if (spoil == 1 && !rule.takes_no_more()) command.push_back(Word("value", random));
    if (command.empty()) sequence.pop_back();
  }
  return sequence;
}

class Differential {
 public:
  explicit Differential(RedisServer* redis) : redis_(redis) {}
  virtual ~Differential() = default;

  // Runs the sequence on empty servers. What went wrong first, or nothing.
  virtual std::optional<std::string> Run(const Sequence& sequence) {
    return RunOn(&kontor_, sequence);
  }

  // A sequence that fails as well, with nothing in it that need not be.
  Sequence Shrink(Sequence sequence) {
    for (size_t length = sequence.size() / 2; length > 0; length /= 2) {
      for (size_t at = 0; at + length <= sequence.size();) {
        Sequence shorter = sequence;
        shorter.erase(shorter.begin() + static_cast<ptrdiff_t>(at),
                      shorter.begin() + static_cast<ptrdiff_t>(at + length));
        if (Run(shorter).has_value()) {
          sequence = std::move(shorter);
        } else {
          at += length;
        }
      }
    }
    return sequence;
  }

 protected:
  std::optional<std::string> RunOn(Peer* kontor, const Sequence& sequence) {
    Commands commands;
    for (const Step& step : sequence) commands.push_back(step.command);
    Both(kontor, {{"RESET"}, {"FLUSHALL"}});
    const std::vector<RespValue> redis_replies = redis_->Run(commands);
    const std::vector<RespValue> kontor_replies = kontor->Run(commands);
    auto wrong = CompareAll(sequence, redis_replies, kontor_replies);
    return wrong.has_value() ? wrong : CompareState(kontor, "in the end");
  }

  std::optional<std::string> CompareState(Peer* kontor, const std::string& when) {
    Both(kontor, {{"RESET"}});
    for (const char* database : {"0", "1", "2"}) {
      Both(kontor, {{"SELECT", database}});
      std::vector<Step> looks = {{{"KEYS", "*"}, Comparison::kUnordered}};
      const RespValue keys = redis_->Run(looks[0].command);
      for (const RespValue& key : keys.values) {
        const std::string type = redis_->Run({"TYPE", key.text}).text;
        looks.push_back({{"TYPE", key.text}});
        looks.push_back({{"PEXPIRETIME", key.text}});
        looks.push_back(LookInto(type, key.text));
      }
      Commands commands;
      for (const Step& look : looks) commands.push_back(look.command);
      const std::vector<RespValue> redis_replies = redis_->Run(commands);
      const std::vector<RespValue> kontor_replies = kontor->Run(commands);
      for (size_t i = 0; i < looks.size(); ++i) {
        if (auto wrong = Compare(looks[i], redis_replies[i], kontor_replies[i]);
            wrong.has_value()) {
          return when + ", in database " + std::string(database) + ": " + *wrong;
        }
      }
    }
    return {};
  }

 private:
  void Both(Peer* kontor, const Commands& commands) {
    kontor->Run(commands);
    redis_->Run(commands);
  }

  // The replies inside that of an EXEC are compared as those of its commands are.
  static std::optional<std::string> CompareAll(const Sequence& sequence,
                                               const std::vector<RespValue>& redis,
                                               const std::vector<RespValue>& kontor) {
    Sequence queued;
    for (size_t i = 0; i < sequence.size(); ++i) {
      const size_t executed = redis[i].values.size();
      const bool executes = sequence[i].command[0] == "EXEC" && executed == queued.size() &&
                            executed > 0 && kontor[i].values.size() == executed;
      auto wrong = executes ? CompareAll(queued, redis[i].values, kontor[i].values)
                            : Compare(sequence[i], redis[i], kontor[i]);
      if (wrong.has_value()) return wrong;
      if (redis[i].text == "QUEUED") {
        queued.push_back(sequence[i]);
      } else if (const std::string& name = sequence[i].command[0];
                 name == "EXEC" || name == "DISCARD" || name == "RESET") {
        queued.clear();
      }
    }
    return {};
  }

  static Step LookInto(const std::string& type, const std::string& key) {
    if (type == "hash") return {{"HGETALL", key}, Comparison::kUnorderedPairs};
    if (type == "list") return {{"LRANGE", key, "0", "-1"}};
    if (type == "set") return {{"SMEMBERS", key}, Comparison::kUnordered};
    if (type == "zset") return {{"ZRANGE", key, "0", "-1", "WITHSCORES"}};
    if (type == "stream") return {{"XINFO", "STREAM", key, "FULL", "COUNT", "0"}};
    return {{"GET", key}};
  }

  RedisServer* const redis_;
  KontorSession kontor_;
};

// Looks also into what a copy of the directory brings back: of an engine that is still open, from
// its journal, and then from the snapshot that closing it writes.
class DifferentialOnDisk final : public Differential {
 public:
  using Differential::Differential;

  std::optional<std::string> Run(const Sequence& sequence) override {
    const kontor::TemporaryDirectory directory;
    const std::string copy = directory.path() + "/copy";
    {
      KontorSession kontor(directory.path() + "/data");
      if (auto wrong = RunOn(&kontor, sequence); wrong.has_value()) return wrong;
      kontor.CopyTo(copy);
    }
    for (const char* when : {"from the journal", "from the snapshot"}) {
      KontorSession kontor(copy);
      if (auto wrong = CompareState(&kontor, when); wrong.has_value()) return wrong;
    }
    return {};
  }
};

std::string Explain(const Sequence& sequence) {
  std::string text;
  for (const Step& step : sequence) text += "  " + Print(step.command) + "\n";
  return text;
}

// The same commands in every run, unless another seed is asked for; 0 takes a new one.
void RunRandomCommands(uint64_t commands, Differential* differential) {
  uint64_t seed = FromEnvironment("KONTOR_SEED", 22);
  if (seed == 0) seed = std::random_device()();
  std::cout << "KONTOR_SEED=" << seed << ", " << commands << " commands\n";
  std::mt19937_64 random(seed);
  const uint64_t failures_wanted = FromEnvironment("KONTOR_DIFFERENTIAL_FAILURES", 1);
  uint64_t failures = 0;
  for (uint64_t done = 0; done < commands && failures < failures_wanted; done += kSequence) {
    const Sequence sequence = MakeSequence(&random);
    const std::optional<std::string> wrong = differential->Run(sequence);
    if (!wrong.has_value()) continue;
    const Sequence shortest = differential->Shrink(sequence);
    ADD_FAILURE() << "after " << done << " commands\n"
                  << Explain(shortest)
                  << differential->Run(shortest).value_or("(not again) " + *wrong);
    ++failures;
  }
}

TEST(DifferentialTest, RandomCommandsAnswerAsRedisDoes) {
  const std::unique_ptr<RedisServer> redis = RedisServer::Start();
  ASSERT_NE(redis, nullptr);
  Differential differential(redis.get());
  RunRandomCommands(FromEnvironment("KONTOR_DIFFERENTIAL_COMMANDS", 1'000'000), &differential);
}

TEST(DifferentialTest, WhatIsKeptIsWhatRedisHas) {
  const std::unique_ptr<RedisServer> redis = RedisServer::Start();
  ASSERT_NE(redis, nullptr);
  DifferentialOnDisk differential(redis.get());
  RunRandomCommands(FromEnvironment("KONTOR_DIFFERENTIAL_KEPT", 20'000), &differential);
}

}  // namespace
}  // namespace interop
