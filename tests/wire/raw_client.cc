#include "wire/raw_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace wire_test {
namespace {

constexpr int kPatienceMs = 10'000;

bool WaitFor(int socket, short events) {
  pollfd waited{.fd = socket, .events = events, .revents = 0};
  return poll(&waited, 1, kPatienceMs) == 1;
}

int Connected(int socket, const sockaddr* address, socklen_t length) {
  if (connect(socket, address, length) == 0) return socket;
  close(socket);
  return -1;
}

}  // namespace

RawClient RawClient::ToUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return RawClient(Connected(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
                             reinterpret_cast<sockaddr*>(&address), sizeof address));
}

RawClient RawClient::ToPort(int port, const char* host) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  EXPECT_EQ(inet_pton(AF_INET, host, &address.sin_addr), 1);
  return RawClient(Connected(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                             reinterpret_cast<sockaddr*>(&address), sizeof address));
}

RawClient::~RawClient() {
  if (socket_ >= 0) close(socket_);
}

size_t RawClient::SendSome(std::string_view bytes) {
  const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<size_t>(sent);
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!WaitFor(socket_, POLLOUT)) return false;
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return false;
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::string RawClient::Receive(size_t length) {
  std::string got(length, '\0');
  size_t at = 0;
  while (at < length && WaitFor(socket_, POLLIN)) {
    const ssize_t received = recv(socket_, got.data() + at, length - at, MSG_DONTWAIT);
    if (received == 0 || (received < 0 && errno != EAGAIN)) break;
    if (received > 0) at += static_cast<size_t>(received);
  }
  got.resize(at);
  return got;
}

std::string RawClient::ReceiveLine() {
  std::string line;
  while (line.empty() || line.back() != '\n') {
    const std::string one = Receive(1);
    if (one.empty()) break;
    line += one;
  }
  return line;
}

std::string RawClient::ReceiveAll() {
  std::string all;
  char buffer[4096];
  while (WaitFor(socket_, POLLIN)) {
    const ssize_t received = recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (received == 0 || (received < 0 && errno == ECONNRESET)) return all;
    if (received > 0) all.append(buffer, static_cast<size_t>(received));
  }
  ADD_FAILURE() << "the connection does not end; so far came: " << all;
  return all;
}

}  // namespace wire_test
