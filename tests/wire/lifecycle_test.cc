// How listeners begin and end, and how they are misused.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "wire/raw_client.h"
#include "wire/served_engine.h"

namespace wire_test {
namespace {

using ::testing::HasSubstr;

class Lifecycle : public testing::Test {
 protected:
  Lifecycle() { EXPECT_EQ(kontor_open(nullptr, &db_, nullptr), KONTOR_OK); }
  ~Lifecycle() override { kontor_db_free(db_); }

  static Settings AtPath() { return {.texts = {{KONTOR_WIRE_UNIX_PATH, kSocketPath}}}; }
  static Settings AtPort(int port) { return {.numbers = {{KONTOR_WIRE_PORT, port}}}; }

  kontor_db* db_ = nullptr;
  kontor_wire_listener* listener_ = nullptr;
  std::string sentence_;
};

TEST_F(Lifecycle, NothingListensUnlessAsked) {
  EXPECT_EQ(Listen(db_, {}, &listener_, &sentence_), KONTOR_INVALID);
  EXPECT_THAT(sentence_, HasSubstr("PORT"));
  EXPECT_EQ(listener_, nullptr);
}

TEST_F(Lifecycle, TheSocketFileIsPrivateAndGoesWithTheListener) {
  ASSERT_EQ(Listen(db_, AtPath(), &listener_), KONTOR_OK);
  struct stat file {};
  ASSERT_EQ(stat(kSocketPath, &file), 0);
  EXPECT_EQ(file.st_mode & 07777, 0600U);
  EXPECT_EQ(kontor_wire_close(listener_, nullptr), KONTOR_OK);
  EXPECT_NE(stat(kSocketPath, &file), 0);
  EXPECT_EQ(kontor_wire_close(listener_, nullptr), KONTOR_CLOSED);
  kontor_wire_free(listener_);
}

TEST_F(Lifecycle, ALiveSocketIsNotStolen) {
  ServedEngine other;
  EXPECT_EQ(Listen(db_, AtPath(), &listener_, &sentence_), KONTOR_LOCKED);
  EXPECT_THAT(sentence_, HasSubstr("listens at"));
  EXPECT_EQ(other.Unix().Ask("PING\r\n", 7), "+PONG\r\n");
}

TEST_F(Lifecycle, AStaleSocketIsReplaced) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {  // it dies without cleaning up
    kontor_db* own = nullptr;
    kontor_open(nullptr, &own, nullptr);
    _exit(Listen(own, AtPath(), &listener_) == KONTOR_OK ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  struct stat file {};
  ASSERT_EQ(stat(kSocketPath, &file), 0) << "the child left its socket behind";
  ASSERT_EQ(Listen(db_, AtPath(), &listener_, &sentence_), KONTOR_OK) << sentence_;
  EXPECT_EQ(ServedEngine::Unix().Ask("PING\r\n", 7), "+PONG\r\n");
  kontor_wire_free(listener_);
}

TEST_F(Lifecycle, WhatIsNoSocketIsLeftAlone) {
  close(open(kSocketPath, O_CREAT | O_WRONLY, 0600));
  EXPECT_EQ(Listen(db_, AtPath(), &listener_, &sentence_), KONTOR_EXISTS);
  struct stat file {};
  EXPECT_EQ(stat(kSocketPath, &file), 0);
  EXPECT_TRUE(S_ISREG(file.st_mode));
  unlink(kSocketPath);
}

TEST_F(Lifecycle, AFileThatTookItsPlaceIsLeftAlone) {
  ASSERT_EQ(Listen(db_, AtPath(), &listener_), KONTOR_OK);
  unlink(kSocketPath);
  close(open(kSocketPath, O_CREAT | O_WRONLY, 0600));
  kontor_wire_free(listener_);
  EXPECT_EQ(unlink(kSocketPath), 0);
}

TEST_F(Lifecycle, AddressesAndPortsThatCannotBe) {
  ServedEngine other;
  EXPECT_EQ(Listen(db_, AtPort(other.port()), &listener_, &sentence_), KONTOR_LOCKED);
  Settings settings = AtPort(0);
  for (const char* const address : {"localhost", "", "300.1.1.1", "127.0.0.1,::1"}) {
    settings.texts[KONTOR_WIRE_ADDRESSES] = address;
    EXPECT_EQ(Listen(db_, settings, &listener_, &sentence_), KONTOR_INVALID) << address;
  }
  settings.texts[KONTOR_WIRE_ADDRESSES] = "192.0.2.1";  // of nobody (RFC 5737)
  EXPECT_EQ(Listen(db_, settings, &listener_, &sentence_), KONTOR_IO);
  for (const std::string& path : {std::string(200, 'p'), std::string("a\0b", 3)}) {
    settings.texts = {{KONTOR_WIRE_UNIX_PATH, path}};
    EXPECT_EQ(Listen(db_, settings, &listener_, &sentence_), KONTOR_INVALID);
  }
  settings.texts = {{KONTOR_WIRE_UNIX_PATH, "no/such/folder/socket"}};
  EXPECT_EQ(Listen(db_, settings, &listener_, &sentence_), KONTOR_IO);
}

TEST_F(Lifecycle, SeveralAddressesShareAPort) {
  Settings settings = AtPort(0);
  settings.texts[KONTOR_WIRE_ADDRESSES] = "127.0.0.1 127.0.0.2";
  ASSERT_EQ(Listen(db_, settings, &listener_, &sentence_), KONTOR_OK) << sentence_;
  int32_t port = 0;
  EXPECT_EQ(kontor_wire_port(listener_, &port, nullptr), KONTOR_OK);
  EXPECT_EQ(RawClient::ToPort(port, "127.0.0.1").Ask("PING\r\n", 7), "+PONG\r\n");
  EXPECT_EQ(RawClient::ToPort(port, "127.0.0.2").Ask("PING\r\n", 7), "+PONG\r\n");
  kontor_wire_free(listener_);
}

TEST_F(Lifecycle, ClosingDisconnectsAllWhateverTheyDo) {
  Settings settings = AtPath();
  settings.numbers[KONTOR_WIRE_THREADS] = 3;
  ASSERT_EQ(Listen(db_, settings, &listener_), KONTOR_OK);
  RawClient idle = ServedEngine::Unix();
  RawClient blocked = ServedEngine::Unix();
  RawClient subscribed = ServedEngine::Unix();
  RawClient unread = ServedEngine::Unix();
  RawClient half = ServedEngine::Unix();
  EXPECT_EQ(idle.Ask("PING\r\n", 7), "+PONG\r\n");
  EXPECT_EQ(blocked.Ask("PING\r\n", 7), "+PONG\r\n");
  ASSERT_TRUE(blocked.Send(Request("BLPOP", "never", "0")));
  ASSERT_TRUE(subscribed.Send(Request("SUBSCRIBE", "news")));
  EXPECT_EQ(unread.Ask(Request("SET", "k", std::string(4 << 20, 'v')), 5), "+OK\r\n");
  ASSERT_TRUE(unread.Send(Request("GET", "k") + Request("GET", "k")));
  ASSERT_TRUE(half.Send("*2\r\n$4\r\nECHO\r\n$100\r\nxx"));
  EXPECT_EQ(subscribed.Receive(33).size(), 33U);
  EXPECT_EQ(kontor_wire_close(listener_, nullptr), KONTOR_OK);
  EXPECT_EQ(idle.ReceiveAll(), "");
  EXPECT_EQ(blocked.ReceiveAll(), "");
  EXPECT_EQ(half.ReceiveAll(), "");
  subscribed.ReceiveAll();
  unread.ReceiveAll();
  EXPECT_FALSE(ServedEngine::Unix().connected());
  int64_t clients = -1;
  EXPECT_EQ(kontor_wire_figure(listener_, KONTOR_WIRE_FIGURE_CLIENTS, &clients, nullptr),
            KONTOR_OK);
  EXPECT_EQ(clients, 0);
  kontor_wire_free(listener_);
}

TEST_F(Lifecycle, ClosingTheDatabaseDisconnectsAll) {
  ASSERT_EQ(Listen(db_, AtPath(), &listener_), KONTOR_OK);
  RawClient idle = ServedEngine::Unix();
  RawClient blocked = ServedEngine::Unix();
  EXPECT_EQ(idle.Ask("PING\r\n", 7), "+PONG\r\n");
  ASSERT_TRUE(blocked.Send(Request("BLPOP", "never", "0")));
  EXPECT_EQ(kontor_close(db_, nullptr), KONTOR_OK);
  EXPECT_EQ(idle.ReceiveAll(), "");
  EXPECT_EQ(blocked.ReceiveAll(), "");
  EXPECT_EQ(ServedEngine::Unix().ReceiveAll(), "");
  kontor_wire_free(listener_);
}

TEST_F(Lifecycle, ClientsBeginOnTheDatabaseOfTheHandle) {
  kontor_db* three = nullptr;
  ASSERT_EQ(kontor_db_select(db_, 3, &three, nullptr), KONTOR_OK);
  ASSERT_EQ(Listen(three, AtPath(), &listener_), KONTOR_OK);
  EXPECT_EQ(ServedEngine::Unix().Ask(Request("SET", "k", "v"), 5), "+OK\r\n");
  EXPECT_EQ(kontor_exists(three, "k", 1, nullptr), KONTOR_OK);
  EXPECT_EQ(kontor_exists(db_, "k", 1, nullptr), KONTOR_NOT_FOUND);
  kontor_wire_free(listener_);
  kontor_db_free(three);
}

// Closing sockets is not enough then: the child has them, too.
TEST_F(Lifecycle, ClosingHoldsThoughAForkedChildHasTheSockets) {
  Settings settings = AtPath();
  settings.numbers[KONTOR_WIRE_PORT] = 0;
  ASSERT_EQ(Listen(db_, settings, &listener_, &sentence_), KONTOR_OK) << sentence_;
  int32_t port = 0;
  EXPECT_EQ(kontor_wire_port(listener_, &port, nullptr), KONTOR_OK);
  RawClient by_path = ServedEngine::Unix();
  RawClient by_port = RawClient::ToPort(port);
  EXPECT_EQ(by_path.Ask("PING\r\n", 7), "+PONG\r\n");
  EXPECT_EQ(by_port.Ask("PING\r\n", 7), "+PONG\r\n");
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  EXPECT_EQ(kontor_wire_close(listener_, nullptr), KONTOR_OK);
  EXPECT_EQ(by_path.ReceiveAll(), "");
  EXPECT_EQ(by_port.ReceiveAll(), "");
  EXPECT_FALSE(RawClient::ToPort(port).connected());
  kontor_wire_free(listener_);
  settings.numbers[KONTOR_WIRE_PORT] = port;
  EXPECT_EQ(Listen(db_, settings, &listener_, &sentence_), KONTOR_OK) << sentence_;
  EXPECT_EQ(RawClient::ToPort(port).Ask("PING\r\n", 7), "+PONG\r\n");
  kontor_wire_free(listener_);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST_F(Lifecycle, AForkedChildMustNotCloseIt) {
  ASSERT_EQ(Listen(db_, AtPath(), &listener_), KONTOR_OK);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const int32_t code = kontor_wire_close(listener_, nullptr);
    kontor_wire_free(listener_);
    _exit(code == KONTOR_FORKED ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ServedEngine::Unix().Ask("PING\r\n", 7), "+PONG\r\n");
  kontor_wire_free(listener_);
}

bool Readable(int descriptor, int timeout_ms) {
  pollfd waited{descriptor, POLLIN, 0};
  return poll(&waited, 1, timeout_ms) == 1;
}

TEST_F(Lifecycle, AShutdownIsTheHostsToDo) {
  Settings settings = AtPath();
  settings.numbers[KONTOR_WIRE_SHUTDOWN] = 1;
  ASSERT_EQ(Listen(db_, settings, &listener_), KONTOR_OK);
  int32_t descriptor = -1;
  ASSERT_EQ(kontor_wire_shutdown_descriptor(listener_, &descriptor, nullptr), KONTOR_OK);
  ASSERT_GE(descriptor, 0);
  RawClient client = ServedEngine::Unix();
  EXPECT_EQ(client.Ask(Request("SHUTDOWN", "ABORT"), 31), "-ERR No shutdown in progress.\r\n");
  EXPECT_EQ(ServedEngine::Unix().Ask(Request("QUIT"), 5), "+OK\r\n");
  EXPECT_FALSE(Readable(descriptor, 0));
  ASSERT_TRUE(client.Send(Request("SET", "k", "v") + Request("SHUTDOWN", "NOSAVE")));
  EXPECT_EQ(client.ReceiveAll(), "+OK\r\n");
  EXPECT_TRUE(Readable(descriptor, 10'000));
  // It stays so, and others are served until the host does what it was asked for.
  EXPECT_TRUE(Readable(descriptor, 0));
  EXPECT_EQ(ServedEngine::Unix().Ask(Request("GET", "k"), 7), "$1\r\nv\r\n");
  kontor_wire_free(listener_);
}

// It has asked although it never reads what it was answered before.
TEST_F(Lifecycle, AShutdownWaitsForNoReader) {
  Settings settings = AtPath();
  settings.numbers[KONTOR_WIRE_SHUTDOWN] = 1;
  ASSERT_EQ(Listen(db_, settings, &listener_), KONTOR_OK);
  int32_t descriptor = -1;
  ASSERT_EQ(kontor_wire_shutdown_descriptor(listener_, &descriptor, nullptr), KONTOR_OK);
  RawClient client = ServedEngine::Unix();
  EXPECT_EQ(client.Ask(Request("SETRANGE", "k", "8388607", "v"), 10), ":8388608\r\n");
  ASSERT_TRUE(client.Send(Request("GETRANGE", "k", "0", "249999") + Request("SHUTDOWN")));
  EXPECT_TRUE(Readable(descriptor, 10'000));
  kontor_wire_free(listener_);
}

TEST_F(Lifecycle, NobodyShutsDownOrDebugsUnlessTheHostSaysSo) {
  ASSERT_EQ(Listen(db_, AtPath(), &listener_), KONTOR_OK);
  int32_t descriptor = 0;
  EXPECT_EQ(kontor_wire_shutdown_descriptor(listener_, &descriptor, nullptr), KONTOR_OK);
  EXPECT_EQ(descriptor, -1);
  RawClient client = ServedEngine::Unix();
  EXPECT_EQ(client.Ask(Request("SHUTDOWN"), 31), "-ERR SHUTDOWN is not supported:");
  EXPECT_EQ(ServedEngine::Unix().Ask(Request("DEBUG", "SLEEP", "0"), 31),
            "-ERR DEBUG command not allowed.");
  kontor_wire_free(listener_);
  Settings settings = AtPath();
  settings.numbers[KONTOR_WIRE_DEBUG] = 1;
  ASSERT_EQ(Listen(db_, settings, &listener_), KONTOR_OK);
  EXPECT_EQ(ServedEngine::Unix().Ask(Request("DEBUG", "SLEEP", "0"), 5), "+OK\r\n");
  kontor_wire_free(listener_);
}

// SIGPIPE would end this process.
TEST_F(Lifecycle, AClientThatLeavesInTheMiddleOfAReply) {
  ServedEngine engine;
  EXPECT_EQ(engine.Unix().Ask(Request("SET", "k", std::string(8 << 20, 'v')), 5), "+OK\r\n");
  for (int i = 0; i < 20; ++i) {
    RawClient client = i % 2 == 0 ? engine.Tcp() : engine.Unix();
    ASSERT_TRUE(client.Send(Request("GET", "k") + Request("GET", "k")));
    EXPECT_EQ(client.Receive(5), "$8388");
  }
  EXPECT_EQ(engine.Unix().Ask("PING\r\n", 7), "+PONG\r\n");
}

TEST_F(Lifecycle, OptionsHaveBounds) {
  kontor_wire_options* options = nullptr;
  ASSERT_EQ(kontor_wire_options_new(&options, nullptr), KONTOR_OK);
  for (uint32_t option = KONTOR_WIRE_PORT; option <= KONTOR_WIRE_DEBUG; ++option) {
    int64_t minimum = 1;
    int64_t maximum = -1;
    int64_t usual = 0;
    ASSERT_EQ(kontor_wire_option_bounds(option, &minimum, &maximum, &usual, nullptr), KONTOR_OK);
    EXPECT_LE(minimum, usual);
    EXPECT_LE(usual, maximum);
    const auto set = [&](int64_t value) {
      return kontor_wire_options_set_number(options, option, value, nullptr);
    };
    EXPECT_EQ(set(minimum), KONTOR_OK);
    EXPECT_EQ(set(maximum), KONTOR_OK);
    EXPECT_EQ(set(minimum - 1), KONTOR_OUT_OF_RANGE);
    EXPECT_EQ(set(maximum + 1), KONTOR_OUT_OF_RANGE);
    EXPECT_EQ(set(INT64_MIN), KONTOR_OUT_OF_RANGE);
    EXPECT_EQ(set(INT64_MAX), KONTOR_OUT_OF_RANGE);
  }
  for (const uint32_t option : {0U, 17U, UINT32_MAX}) {
    EXPECT_EQ(kontor_wire_options_set_number(options, option, 1, nullptr), KONTOR_UNSUPPORTED);
    EXPECT_EQ(kontor_wire_option_bounds(option, nullptr, nullptr, nullptr, nullptr),
              KONTOR_UNSUPPORTED);
  }
  for (const uint32_t option : {0U, 4U, UINT32_MAX}) {
    EXPECT_EQ(kontor_wire_options_set_text(options, option, "x", 1, nullptr), KONTOR_UNSUPPORTED);
  }
  EXPECT_EQ(kontor_wire_options_set_text(options, KONTOR_WIRE_PASSWORD, "x", 1025, nullptr),
            KONTOR_TOO_LARGE);
  EXPECT_EQ(kontor_wire_options_set_text(options, KONTOR_WIRE_PASSWORD, nullptr, 1, nullptr),
            KONTOR_INVALID);
  kontor_wire_options_free(options);
}

TEST_F(Lifecycle, ForeignHandlesAreRefused) {
  static char memory[4096] = "no handle";
  kontor_wire_options* options = nullptr;
  ASSERT_EQ(kontor_wire_options_new(&options, nullptr), KONTOR_OK);
  ASSERT_EQ(kontor_wire_options_set_number(options, KONTOR_WIRE_PORT, 0, nullptr), KONTOR_OK);
  int32_t port = 9;
  int64_t value = 9;
  for (void* const foreign : {static_cast<void*>(nullptr), static_cast<void*>(memory)}) {
    auto* const bad_options = static_cast<kontor_wire_options*>(foreign);
    auto* const bad_listener = static_cast<kontor_wire_listener*>(foreign);
    EXPECT_EQ(kontor_wire_options_set_number(bad_options, 1, 1, nullptr), KONTOR_INVALID);
    EXPECT_EQ(kontor_wire_options_set_text(bad_options, 1, "x", 1, nullptr), KONTOR_INVALID);
    EXPECT_EQ(kontor_wire_listen(db_, bad_options, &listener_, nullptr), KONTOR_INVALID);
    EXPECT_EQ(kontor_wire_listen(static_cast<kontor_db*>(foreign), options, &listener_, nullptr),
              KONTOR_INVALID);
    EXPECT_EQ(listener_, nullptr);
    EXPECT_EQ(kontor_wire_port(bad_listener, &port, nullptr), KONTOR_INVALID);
    EXPECT_EQ(port, 0);
    EXPECT_EQ(kontor_wire_shutdown_descriptor(bad_listener, &port, nullptr), KONTOR_INVALID);
    EXPECT_EQ(port, -1);
    EXPECT_EQ(kontor_wire_figure(bad_listener, 1, &value, nullptr), KONTOR_INVALID);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(kontor_wire_close(bad_listener, nullptr), KONTOR_INVALID);
    kontor_wire_free(bad_listener);
    kontor_wire_options_free(bad_options);
    if (foreign != nullptr) {
      EXPECT_EQ(kontor_wire_options_new(&options, static_cast<kontor_error*>(foreign)),
                KONTOR_INVALID);
    }
  }
  EXPECT_EQ(kontor_wire_options_new(nullptr, nullptr), KONTOR_INVALID);
  EXPECT_EQ(kontor_wire_listen(db_, options, nullptr, nullptr), KONTOR_INVALID);
  EXPECT_EQ(kontor_close(db_, nullptr), KONTOR_OK);
  EXPECT_EQ(kontor_wire_listen(db_, options, &listener_, nullptr), KONTOR_CLOSED);
  kontor_wire_options_free(options);
}

TEST_F(Lifecycle, FiguresHaveNumbers) {
  ServedEngine engine;
  int64_t value = 0;
  for (const uint32_t figure : {0U, 6U, UINT32_MAX}) {
    EXPECT_EQ(kontor_wire_figure(engine.listener(), figure, &value, nullptr), KONTOR_UNSUPPORTED);
  }
  EXPECT_EQ(kontor_wire_figure(engine.listener(), 1, nullptr, nullptr), KONTOR_INVALID);
  EXPECT_EQ(kontor_wire_port(engine.listener(), nullptr, nullptr), KONTOR_INVALID);
  EXPECT_EQ(kontor_wire_shutdown_descriptor(engine.listener(), nullptr, nullptr), KONTOR_INVALID);
}

}  // namespace
}  // namespace wire_test
