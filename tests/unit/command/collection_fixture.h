#ifndef KONTOR_TESTS_UNIT_COMMAND_COLLECTION_FIXTURE_H_
#define KONTOR_TESTS_UNIT_COMMAND_COLLECTION_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "base/clock.h"
#include "command/command.h"
#include "db/engine.h"
#include "unit/command/text_reply.h"

namespace kontor {

// A command line and the reply of redis-server 7.0.15 to it, as TextReply writes it.
struct CommandCase {
  const char* line;
  const char* reply;
};

// An engine in memory whose time stands still, and commands typed at it.
class CollectionCommandTest : public testing::Test {
 protected:
  CollectionCommandTest() {
    EngineOptions options;
    options.clock = &clock_;
    options.random_seed = 1;
    options.background = false;
    Result<std::unique_ptr<Engine>> opened = Engine::Open(options);
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    engine_ = *std::move(opened);
  }

  // Answers the reply, or "(CODE)" if there was none. Called by several threads in some tests.
  std::string Run(const std::string& line, const WaitOptions& wait = {}) {
    const std::vector<std::string> words = WordsOf(line);
    const std::vector<Bytes> arguments(words.begin(), words.end());
    TextReply reply;
    const Status status = RunCommand(engine_.get(), &database_, arguments, wait, &reply);
    if (!status.ok()) return "(" + std::string(CodeName(status.code())) + ")";
    EXPECT_TRUE(reply.whole()) << line;
    return reply.text();
  }

  void RunAll(absl::Span<const CommandCase> cases) {
    for (const CommandCase& one : cases) EXPECT_EQ(Run(one.line), one.reply) << one.line;
  }

  ManualClock clock_;
  uint32_t database_ = 0;  // what SELECT chose
  std::unique_ptr<Engine> engine_;
};

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_COMMAND_COLLECTION_FIXTURE_H_
