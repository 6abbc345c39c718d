#ifndef KONTOR_TESTS_UNIT_SESSION_SESSION_FIXTURE_H_
#define KONTOR_TESTS_UNIT_SESSION_SESSION_FIXTURE_H_

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "db/engine.h"
#include "session/session.h"

namespace kontor {

// An engine in memory and sessions on it.
class SessionTest : public testing::Test {
 protected:
  // With a clock that moves only when told to: by clock_.
  explicit SessionTest(bool manual_clock = false) {
    EngineOptions options;
    if (manual_clock) options.clock = &clock_;
    options.random_seed = 1;
    options.background = false;
    Result<std::unique_ptr<Engine>> opened = Engine::Open(options);
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    engine_ = *std::move(opened);
  }

  std::unique_ptr<Session> NewSession() {
    return std::make_unique<Session>(engine_.get(), &closed_);
  }

  // Everything there is to read; "(closed)" is added where the session ended.
  static std::string ReadAll(Session* session) {
    std::string all;
    char buffer[4096];
    while (true) {
      size_t length = 0;
      const Status status = session->Read(buffer, sizeof(buffer), &length);
      if (status.code() == Code::kClosed) return all + "(closed)";
      EXPECT_TRUE(status.ok()) << status.message();
      if (length == 0 || !status.ok()) return all;
      all.append(buffer, length);
    }
  }
  static std::string Ask(Session* session, Bytes request) {
    EXPECT_TRUE(session->Write(request).ok());
    return ReadAll(session);
  }
  static bool Readable(int descriptor, int timeout_ms) {
    pollfd wanted{.fd = descriptor, .events = POLLIN, .revents = 0};
    return poll(&wanted, 1, timeout_ms) == 1;
  }

  ManualClock clock_;
  std::unique_ptr<Engine> engine_;
  std::atomic<bool> closed_{false};
};

// Two of them, that take their requests line by line.
class TwoSessionsTest : public SessionTest {
 protected:
  explicit TwoSessionsTest(bool manual_clock = false) : SessionTest(manual_clock) {}
  std::string First(Bytes line) { return Ask(first_.get(), std::string(line) + "\r\n"); }
  std::string Second(Bytes line) { return Ask(second_.get(), std::string(line) + "\r\n"); }

  const std::unique_ptr<Session> first_ = NewSession();
  const std::unique_ptr<Session> second_ = NewSession();
};

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_SESSION_SESSION_FIXTURE_H_
