// Every allocation of a session fails in turn. A command then replies an error, or the session ends
// with KONTOR_NO_MEMORY; what the commands were to change is changed whole or not at all, and an
// ended session leaves nothing behind.

#include <gtest/gtest.h>
#include <kontor/kontor.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "capi/failing_allocations.h"
#include "capi/no_memory_commands.h"
#include "capi/no_memory_fixture.h"

namespace {

using kontor::no_memory::fail_at;
using kontor::no_memory::kCommands;
using kontor::no_memory::kLong;

using Requests = std::vector<std::vector<std::string>>;

std::string Resp(const Requests& requests) {
  std::string bytes;
  for (const std::vector<std::string>& request : requests) {
    bytes += "*" + std::to_string(request.size()) + "\r\n";
    for (const std::string& argument : request) {
      bytes += "$" + std::to_string(argument.size()) + "\r\n" + argument + "\r\n";
    }
  }
  return bytes;
}

class SessionNoMemoryTest : public kontor::no_memory::NoMemoryTest {
 protected:
  struct Outcome {
    bool failed;   // an allocation was made to fail
    int32_t code;  // of the call that ended the session, if one did
    std::string replies;
  };

  // A session of its own runs what is prepared, and then the requests with the n-th allocation
  // failing.
  Outcome Run(const Requests& prepared, const Requests& requests, int64_t nth) {
    const std::string before = Resp(prepared);
    const std::string bytes = Resp(requests);
    kontor_session* session = nullptr;
    EXPECT_EQ(kontor_session_new(db_, &session, error_), KONTOR_OK);
    EXPECT_EQ(kontor_session_write(session, before.data(), before.size(), error_), KONTOR_OK);
    char buffer[4096];
    size_t length = 0;
    while (kontor_session_read(session, buffer, sizeof(buffer), &length, error_) == KONTOR_OK &&
           length > 0) {
    }
    Outcome outcome = {};
    outcome.replies.reserve(1 << 16);
    fail_at = nth;
    outcome.code = kontor_session_write(session, bytes.data(), bytes.size(), error_);
    for (int32_t code = outcome.code; code == KONTOR_OK;) {
      code = kontor_session_read(session, buffer, sizeof(buffer), &length, error_);
      if (code == KONTOR_OK && length == 0) break;
      outcome.code = code;
      outcome.replies.append(buffer, code == KONTOR_OK ? length : 0);
    }
    outcome.failed = std::exchange(fail_at, 0) == 0;
    if (outcome.code != KONTOR_OK) {
      EXPECT_EQ(outcome.code, KONTOR_NO_MEMORY);
      EXPECT_EQ(kontor_session_write(session, "PING\r\n", 6, error_), KONTOR_CLOSED);
    }
    kontor_session_free(session);
    return outcome;
  }

  static bool SaysNoMemory(const std::string& replies) {
    return replies.find("not enough memory") != std::string::npos;
  }
};

TEST_P(SessionNoMemoryTest, ACommandHappensWholeOrNotAtAll) {
  for (const std::vector<std::string>& command : kCommands) {
    SCOPED_TRACE(command[0] + " " + command[1]);
    SetKeys();
    const std::string before = State();
    ASSERT_TRUE(SaysNoMemory(Run({}, {command}, 0).replies) == false);
    const std::string after = State();
    bool ended = false;
    for (int64_t nth = 1; !ended; ++nth) {
      ASSERT_LT(nth, 1000);
      SCOPED_TRACE("allocation " + std::to_string(nth));
      SetKeys();
      const Outcome outcome = Run({}, {command}, nth);
      const std::string state = State();
      ended = !outcome.failed;
      if (outcome.code == KONTOR_OK) {
        ASSERT_EQ(state, SaysNoMemory(outcome.replies) ? before : after) << outcome.replies;
      } else {
        ASSERT_TRUE(state == before || state == after) << state;
      }
    }
  }
}

// As EXEC has it in Redis, each command for itself.
TEST_P(SessionNoMemoryTest, EachCommandOfATransactionHappensWholeOrNotAtAll) {
  const Requests queued = {
      {"MULTI"}, {"SET", "s", kLong + kLong}, {"RPUSH", "l", kLong}, {"ZADD", "z", "7", kLong}};
  SetKeys();
  const std::string state_before = State();
  std::set<std::string> states;
  for (const bool sets : {false, true}) {
    for (const bool pushes : {false, true}) {
      for (const bool adds : {false, true}) {
        SetKeys();
        if (sets) Reply(queued[1]);
        if (pushes) Reply(queued[2]);
        if (adds) Reply(queued[3]);
        states.insert(State());
      }
    }
  }
  ASSERT_EQ(states.size(), 8u);
  for (int64_t nth = 1;; ++nth) {
    ASSERT_LT(nth, 1000);
    SCOPED_TRACE("allocation " + std::to_string(nth));
    SetKeys();
    const Outcome outcome = Run(queued, {{"EXEC"}}, nth);
    const std::string state = State();
    ASSERT_TRUE(states.contains(state)) << state;
    if (!outcome.failed) {
      EXPECT_NE(state, state_before);
      EXPECT_EQ(outcome.replies, "*3\r\n+OK\r\n:5\r\n:0\r\n");
      EXPECT_GT(nth, 5) << "nothing was tried";
      break;
    }
  }
}

// What a session is to others is gone with it. (Subscribing is not that careful yet.)
TEST_P(SessionNoMemoryTest, ASessionLeavesNothingBehind) {
  const std::vector<std::pair<Requests, Requests>> all = {
      {{}, {{"HELLO", "3", "SETNAME", kLong}}},
      {{}, {{"CLIENT", "SETNAME", kLong}, {"CLIENT", "LIST"}, {"CLIENT", "INFO"}}},
      {{}, {{"WATCH", kLong, "s"}, {"MULTI"}, {"GET", kLong}, {"EXEC"}}},
      {{}, {{"MULTI"}, {"SET", kLong, kLong}, {"DISCARD"}}},
      {{}, {{"BLPOP", kLong, "none", "0"}}},
      {{}, {{"XREAD", "BLOCK", "0", "STREAMS", "x", "$"}}},
      {{}, {{"Q.TAKE", "q", "BLOCK", "0"}}},
      {{{"HELLO", "3"}}, {{"CLIENT", "TRACKING", "ON"}, {"GET", kLong}, {"SET", kLong, "1"}}},
      {{{"HELLO", "3"}},
       {{"CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", kLong}, {"SET", kLong, "1"}}},
      {{}, {{"CONFIG", "GET", "*"}, {"COMMAND", "DOCS", "GET"}, {"SLOWLOG", "GET"}, {"INFO"}}},
  };
  const auto left = [this] {
    const std::string clients = Reply({"INFO", "clients"});
    return Reply({"PUBSUB", "NUMSUB", kLong, "b"}) + Reply({"PUBSUB", "NUMPAT"}) +
           Reply({"PUBSUB", "SHARDNUMSUB", kLong}) + clients;
  };
  for (const auto& [prepared, requests] : all) {
    SCOPED_TRACE(requests[0][0]);
    Reply({"FLUSHALL"});
    Reply({"Q.OPEN", "q"});
    Reply({"Q.PURGE", "q"});
    const std::string before = left();
    bool ended = false;
    for (int64_t nth = 1; !ended; ++nth) {
      ASSERT_LT(nth, 5000);
      SCOPED_TRACE("allocation " + std::to_string(nth));
      ended = !Run(prepared, requests, nth).failed;
      ASSERT_EQ(left(), before);
    }
    // Nobody is left who would be told, or would take it.
    Reply({"DEL", kLong});
    Reply({"RPUSH", kLong, "element"});
    EXPECT_EQ(Reply({"LLEN", kLong}), "1,");
    Reply({"Q.ADD", "q", "message"});
    const std::string figures = Reply({"Q.INFO", "q"});
    EXPECT_NE(figures.find("ready,1,"), std::string::npos) << figures;
  }
}

INSTANTIATE_TEST_SUITE_P(All, SessionNoMemoryTest, ::testing::Values("in memory", "on disk"),
                         kontor::no_memory::NameOfPlace);

}  // namespace
