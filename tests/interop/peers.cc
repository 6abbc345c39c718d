#include "interop/peers.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

extern char** environ;

namespace interop {
namespace {

constexpr int kPatienceMs = 10'000;

pid_t Spawn(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  pid_t process = -1;
  const int failed =
      posix_spawnp(&process, arguments[0], nullptr, nullptr, arguments.data(), environ);
  return failed == 0 ? process : -1;
}

// -1 if nobody listens.
int Connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return -1;
  std::strcpy(address.sun_path, path.c_str());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    fcntl(socket, F_SETFL, O_NONBLOCK);
    return socket;
  }
  close(socket);
  return -1;
}

}  // namespace

bool Peer::Next(std::string_view* unsent, RespValue* value) {
  while (true) {
    const size_t length = ReadResp(received_, value);
    if (length == std::string::npos) return false;
    if (length != 0) {
      received_.erase(0, length);
      return true;
    }
    if (!Exchange(unsent, &received_)) return false;
  }
}

std::vector<RespValue> Peer::Run(const Commands& commands) {
  std::string request;
  for (const auto& command : commands) request += EncodeCommand(command);
  std::string_view unsent = request;
  std::vector<RespValue> replies(commands.size());
  for (size_t i = 0; i < commands.size(); ++i) {
    if (Next(&unsent, &replies[i])) continue;
    ADD_FAILURE() << "no reply to " << Print(commands[i]);
    break;
  }
  EXPECT_EQ(received_, "") << "more replies than commands";
  return replies;
}

RespValue Peer::Receive() {
  std::string_view nothing;
  RespValue value;
  EXPECT_TRUE(Next(&nothing, &value)) << "nothing came";
  return value;
}

std::unique_ptr<RedisServer> RedisServer::Start() {
  std::unique_ptr<RedisServer> server(new RedisServer);
  server->folder_ = testing::TempDir() + "kontor_redis_XXXXXX";
  if (mkdtemp(server->folder_.data()) == nullptr) return nullptr;
  server->socket_path_ = server->folder_ + "/socket";
  // It goes with this process, however that ends.
  server->process_ =
      Spawn({"setpriv", "--pdeathsig", "KILL", "redis-server", "--port", "0", "--unixsocket",
             server->socket_path_, "--dir", server->folder_, "--save", "", "--logfile",
             server->folder_ + "/log", "--enable-debug-command", "yes"});
  for (int waited_ms = 0; waited_ms < kPatienceMs && server->socket_ < 0; waited_ms += 10) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    server->socket_ = Connect(server->socket_path_);
  }
  if (server->process_ > 0 && server->socket_ >= 0) return server;
  ADD_FAILURE() << "redis-server did not start: is it installed?";
  return nullptr;
}

RedisServer::~RedisServer() {
  if (socket_ >= 0) close(socket_);
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

std::unique_ptr<Peer> RedisServer::Another() {
  std::unique_ptr<RedisServer> other(new RedisServer);
  other->socket_ = Connect(socket_path_);
  EXPECT_GE(other->socket_, 0);
  return other;
}

bool RedisServer::Exchange(std::string_view* unsent, std::string* received) {
  const auto events = static_cast<int16_t>(unsent->empty() ? POLLIN : POLLIN | POLLOUT);
  pollfd ready{.fd = socket_, .events = events, .revents = 0};
  if (poll(&ready, 1, kPatienceMs) <= 0) return false;
  if ((ready.revents & POLLIN) != 0) {
    char buffer[1 << 16];
    const ssize_t length = recv(socket_, buffer, sizeof(buffer), 0);
    if (length <= 0) return false;
    received->append(buffer, static_cast<size_t>(length));
  }
  if ((ready.revents & POLLOUT) != 0) {
    const ssize_t sent = send(socket_, unsent->data(), unsent->size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    unsent->remove_prefix(static_cast<size_t>(sent));
  }
  return (ready.revents & (POLLIN | POLLOUT)) != 0;
}

KontorSession::KontorSession(const std::string& directory) : directory_(directory) {
  kontor_options* options = nullptr;
  EXPECT_EQ(kontor_options_new(&options, nullptr), KONTOR_OK);
  if (!directory.empty()) {
    EXPECT_EQ(kontor_options_set_directory(options, directory.data(), directory.size(), nullptr),
              KONTOR_OK);
  }
  EXPECT_EQ(kontor_open(options, &db_, nullptr), KONTOR_OK);
  kontor_options_free(options);
  EXPECT_EQ(kontor_session_new(db_, &session_, nullptr), KONTOR_OK);
}

KontorSession::KontorSession(kontor_db* db) : db_(db), owns_db_(false) {
  EXPECT_EQ(kontor_session_new(db_, &session_, nullptr), KONTOR_OK);
}

std::unique_ptr<Peer> KontorSession::Another() {
  return std::unique_ptr<Peer>(new KontorSession(db_));
}

void KontorSession::CopyTo(const std::string& directory) {
  EXPECT_EQ(kontor_sync(db_, nullptr), KONTOR_OK);
  std::filesystem::copy(directory_, directory);
}

KontorSession::~KontorSession() {
  kontor_session_free(session_);
  if (!owns_db_) return;
  EXPECT_EQ(kontor_close(db_, nullptr), KONTOR_OK);
  kontor_db_free(db_);
}

bool KontorSession::Exchange(std::string_view* unsent, std::string* received) {
  const bool sends = !unsent->empty();
  if (sends) {
    const size_t length = std::min<size_t>(unsent->size(), 1 << 16);
    if (kontor_session_write(session_, unsent->data(), length, nullptr) != KONTOR_OK) return false;
    unsent->remove_prefix(length);
  }
  char buffer[1 << 16];
  size_t length = 0;
  if (kontor_session_read(session_, buffer, sizeof(buffer), &length, nullptr) != KONTOR_OK) {
    return false;
  }
  received->append(buffer, length);
  if (sends || length != 0) return true;
  // A command waits.
  int32_t descriptor = -1;
  if (kontor_session_descriptor(session_, &descriptor, nullptr) != KONTOR_OK) return false;
  pollfd ready{.fd = descriptor, .events = POLLIN, .revents = 0};
  return poll(&ready, 1, kPatienceMs) > 0;
}

}  // namespace interop
