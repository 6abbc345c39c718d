#include "acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

namespace kontor::wire {
namespace {

constexpr int kAtOnce = 64;  // accepted before those who are connected have their turn
constexpr std::chrono::milliseconds kPause{100};  // when there are no descriptors left

constexpr std::string_view kTooMany = "-ERR max number of clients reached\r\n";
constexpr std::string_view kDenied =
    "-DENIED This listener is in protected mode: it has no password, so it serves clients of its "
    "own host only. Give it a password, or switch protected mode off if all who can reach it are "
    "trusted.\r\n";

using Endpoint = asio::ip::tcp::endpoint;

Endpoint EndpointOf(const sockaddr_storage& address) {
  Endpoint endpoint;
  const size_t length = address.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  std::memcpy(endpoint.data(), &address, length);
  return endpoint;
}

// "127.0.0.1:6379", "[::1]:6379"
std::string TextOf(const Endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string port = ":" + std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]" + port : address + port;
}

std::string LocalAddress(const Descriptor& socket) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return TextOf(EndpointOf(address));
}

// As far as the socket takes it at once.
void Tell(const Descriptor& socket, std::string_view why) {
  [[maybe_unused]] const ssize_t sent =
      send(socket.get(), why.data(), why.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

Acceptor::Acceptor(asio::io_context* context, Descriptor listening, std::string unix_path,
                   Shared* shared, Adopt adopt)
    : listening_(*context),
      pause_(*context),
      unix_path_(std::move(unix_path)),
      shared_(shared),
      adopt_(std::move(adopt)) {
  listening_.assign(listening.get());
  static_cast<void>(listening.release());
}

// A child of the host's fork() may have the socket, too: closing alone would leave it listening.
Acceptor::~Acceptor() { shutdown(listening_.native_handle(), SHUT_RDWR); }

void Acceptor::Wait() {
  listening_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [this](const asio::error_code& error) {
                          if (!error) AcceptAll();
                        });
}

void Acceptor::AcceptAll() {
  pausing_ = false;
  for (int i = 0; i < kAtOnce; ++i) {
    if (!AcceptOne()) break;
  }
  if (!pausing_) return Wait();
  pause_.expires_after(kPause);
  pause_.async_wait([this](const asio::error_code& error) {
    if (!error) AcceptAll();
  });
}

bool Acceptor::AcceptOne() {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  Descriptor socket(accept4(listening_.native_handle(), reinterpret_cast<sockaddr*>(&from), &length,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket.valid()) {
    if (errno == ECONNABORTED || errno == EINTR) return true;
    pausing_ = errno != EAGAIN;
    return false;
  }
  try {
    Admit(std::move(socket), from);
  } catch (...) {
    pausing_ = true;  // no memory; the client is disconnected
    return false;
  }
  return true;
}

void Acceptor::Admit(Descriptor socket, const sockaddr_storage& from) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  const Options& options = shared_->options;
  const bool full = shared_->clients.load(kRelaxed) >= options.number(KONTOR_WIRE_CLIENTS);
  const bool protect =
      options.number(KONTOR_WIRE_PROTECTED) != 0 && options.text(KONTOR_WIRE_PASSWORD).empty();
  const bool foreign = unix_path_.empty() && !EndpointOf(from).address().is_loopback();
  if (full || (protect && foreign)) {
    shared_->refused.fetch_add(1, kRelaxed);
    return Tell(socket, full ? kTooMany : kDenied);
  }
  shared_->accepted.fetch_add(1, kRelaxed);
  Peer peer{.socket = {}, .place = ClientPlace(shared_), .address = {}, .local_address = {}};
  if (unix_path_.empty()) {
    SetUpTcp(socket);
    peer.address = TextOf(EndpointOf(from));
    peer.local_address = LocalAddress(socket);
  } else {
    peer.address = peer.local_address = unix_path_ + ":0";
  }
  peer.socket = std::move(socket);
  adopt_(std::move(peer));
}

// What the system refuses here is a loss of comfort, not of service.
void Acceptor::SetUpTcp(const Descriptor& socket) const {
  const auto set = [&socket](int level, int option, int value) {
    setsockopt(socket.get(), level, option, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  const int keepalive_s = static_cast<int>(shared_->options.number(KONTOR_WIRE_KEEPALIVE_S));
  if (keepalive_s == 0) return;
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, keepalive_s);
  set(IPPROTO_TCP, TCP_KEEPINTVL, std::max(keepalive_s / 3, 1));
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

}  // namespace kontor::wire
