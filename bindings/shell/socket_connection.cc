#include "socket_connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace kontor::shell {
namespace {

constexpr size_t kReadBytes = 65536;

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};

bool WouldBlock(int error_number) { return error_number == EAGAIN || error_number == EINTR; }

const char* NextStep(int error_number, bool is_unix) {
  switch (error_number) {
    case ECONNREFUSED:
      return is_unix
                 ? "\nWhoever listened there is gone. Start the server again, or name the path "
                   "of another with -s."
                 : "\nNothing listens there. Start the server (kontor serve DIRECTORY --port N), "
                   "or name another port with -p.";
    case ENOENT:
      return "\nName the path that the server was given: kontor serve DIRECTORY --unix PATH.";
    case EACCES:
      return "\nThe socket is for another user: run this as that user, or let the server give it "
             "other permissions.";
    default:
      return "\nCheck host and port, and that the network leads there.";
  }
}

}  // namespace

std::string Address::Text() const {
  if (!unix_path.empty()) return unix_path;
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + port;
}

Io SocketConnection::Open(std::string* message) {
  Disconnect();
  return address_.unix_path.empty() ? OpenTcp(message) : OpenUnix(message);
}

void SocketConnection::Disconnect() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
  reader_ = RespReader();
}

Io SocketConnection::OpenUnix(std::string* message) {
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  const std::string& path = address_.unix_path;
  if (path.size() >= sizeof place.sun_path) {
    return Fail("the path of a Unix socket has up to " + std::to_string(sizeof place.sun_path - 1) +
                    " bytes",
                message);
  }
  std::memcpy(place.sun_path, path.data(), path.size());
  int error_number = 0;
  const Io opened = Connect(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), &place,
                            sizeof place, &error_number);
  return opened == Io::kFailed ? CannotConnect(error_number, message) : opened;
}

// Each address of the host in turn.
Io SocketConnection::OpenTcp(std::string* message) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(address_.host.c_str(), address_.port.c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  if (code != 0) {
    return Fail(
        "cannot connect to " + name() + ": " + gai_strerror(code) + "\nCheck the host after -h.",
        message);
  }
  int error_number = 0;
  for (const addrinfo* place = found; place != nullptr; place = place->ai_next) {
    const int type = place->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK;
    const Io opened = Connect(socket(place->ai_family, type, place->ai_protocol), place->ai_addr,
                              place->ai_addrlen, &error_number);
    if (opened == Io::kInterrupted) return opened;
    if (opened != Io::kDone) continue;
    const int on = 1;
    setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return opened;
  }
  return CannotConnect(error_number, message);
}

Io SocketConnection::CannotConnect(int error_number, std::string* message) {
  return Fail("cannot connect to " + name() + ": " + std::strerror(error_number) +
                  NextStep(error_number, !address_.unix_path.empty()),
              message);
}

Io SocketConnection::Connect(int descriptor, const void* address, unsigned length,
                             int* error_number) {
  descriptor_ = descriptor;
  *error_number = 0;
  if (descriptor < 0 || connect(descriptor, static_cast<const sockaddr*>(address), length) != 0) {
    *error_number = errno;
  }
  if (*error_number == EINPROGRESS) {
    if (!interrupts_->WaitWritable(descriptor)) {
      Disconnect();
      return Io::kInterrupted;
    }
    socklen_t size = sizeof *error_number;
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, error_number, &size);
  }
  if (*error_number == 0) return Io::kDone;
  Disconnect();
  return Io::kFailed;
}

Io SocketConnection::Fail(const std::string& why, std::string* message) {
  Disconnect();
  *message = why;
  return Io::kFailed;
}

Io SocketConnection::Send(const std::vector<std::string>& words, std::string* message) {
  const std::string request = EncodeRequest(words);
  for (size_t sent = 0; sent < request.size();) {
    const ssize_t taken =
        send(descriptor_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (taken >= 0) {
      sent += static_cast<size_t>(taken);
    } else if (!WouldBlock(errno)) {
      return Fail(std::string("the connection broke: ") + std::strerror(errno), message);
    } else if (!interrupts_->WaitWritable(descriptor_)) {
      return Io::kInterrupted;
    }
  }
  return Io::kDone;
}

Io SocketConnection::Receive(bool wait, Reply* reply, std::string* message) {
  std::array<char, kReadBytes> chunk;
  for (;;) {
    const RespRead read = reader_.Next(reply);
    if (read == RespRead::kReply) return Io::kDone;
    if (read == RespRead::kBroken) {
      return Fail("what answers there does not speak the Redis protocol", message);
    }
    const ssize_t taken = recv(descriptor_, chunk.data(), chunk.size(), 0);
    if (taken > 0) {
      reader_.Feed({chunk.data(), static_cast<size_t>(taken)});
    } else if (taken == 0) {
      return Fail("the server closed the connection", message);
    } else if (!WouldBlock(errno)) {
      return Fail(std::string("the connection broke: ") + std::strerror(errno), message);
    } else if (!wait) {
      return Io::kNothing;
    } else if (interrupts_->WaitReadable(descriptor_, -1) == Ready::kSignal) {
      return Io::kInterrupted;
    }
  }
}

}  // namespace kontor::shell
