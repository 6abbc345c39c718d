#ifndef KONTOR_TESTS_UNIT_VERBS_CORE_FIXTURE_H_
#define KONTOR_TESTS_UNIT_VERBS_CORE_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "txn/core.h"
#include "txn/execute.h"

namespace kontor {

// A core in memory with a clock that stands still, and verbs run in one operation each.
class CoreTest : public testing::Test {
 protected:
  // Runs `verb(operation)` with all shards locked and answers what it answers.
  template <typename Verb>
  auto Run(Verb verb) {
    using Answer = decltype(verb(std::declval<Operation&>()));
    std::optional<Answer> answer;
    effects_ = 0;
    const Status status = Execute(&core_, core_.keyspace.AllShards(), Access::kWrite, 0,
                                  [&](Operation& operation) -> Status {
                                    answer.emplace(verb(operation));
                                    effects_ = operation.effect_count();
                                    return Ok();
                                  });
    EXPECT_TRUE(status.ok()) << status.message();
    return *std::move(answer);
  }

  void SetString(Bytes key, Bytes value) {
    Run([&](Operation& operation) {
      operation.SetString(key, value, 0);
      return 0;
    });
  }
  bool Exists(Bytes key) {
    return Run([&](Operation& operation) { return operation.Find(key) != nullptr; });
  }
  void ExpireAt(Bytes key, int64_t deadline_unix_ms) {
    Run([&](Operation& operation) {
      operation.Expire(key, deadline_unix_ms);
      return 0;
    });
  }
  int64_t DeadlineOf(Bytes key) {
    return Run([&](Operation& operation) { return operation.Find(key)->deadline_unix_ms(); });
  }
  // Of the operation run last: a verb that fails must leave 0.
  uint64_t effects() const { return effects_; }

  ManualClock clock_;
  Core core_{16, 1, &clock_};

 private:
  uint64_t effects_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_VERBS_CORE_FIXTURE_H_
