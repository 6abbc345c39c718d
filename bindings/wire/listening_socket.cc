#include "listening_socket.h"

#include <fcntl.h>
#include <kontor/wire.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <utility>

#include "failure.h"

namespace kontor::wire {
namespace {

constexpr int kBacklog = 511;

Descriptor NewSocket(int family) {
  Descriptor made(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.valid()) throw SystemFailure("create a socket", errno);
  return made;
}

void Enable(const Descriptor& descriptor, int level, int option) {
  const int on = 1;
  setsockopt(descriptor.get(), level, option, &on, sizeof on);
}

uint16_t PortOf(const Descriptor& descriptor) {
  asio::ip::tcp::endpoint endpoint;
  auto length = static_cast<socklen_t>(endpoint.capacity());
  if (getsockname(descriptor.get(), endpoint.data(), &length) != 0) return 0;
  return endpoint.port();
}

ListeningSocket ListenAt(const std::string& text, uint16_t port) {
  asio::error_code error;
  const asio::ip::address address = asio::ip::make_address(text, error);
  if (error) throw Failure(KONTOR_INVALID, "'" + text + "' is no numeric address");
  const asio::ip::tcp::endpoint endpoint(address, port);
  Descriptor descriptor = NewSocket(endpoint.protocol().family());
  Enable(descriptor, SOL_SOCKET, SO_REUSEADDR);  // the connections of one before may linger
  if (address.is_v6()) Enable(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
  const std::string what = "listen at " + text + " port " + std::to_string(port);
  if (bind(descriptor.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      listen(descriptor.get(), kBacklog) != 0) {
    throw SystemFailure(what, errno);
  }
  const uint16_t chosen = PortOf(descriptor);
  return {std::move(descriptor), chosen};
}

sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path || path.find('\0') != std::string::npos) {
    throw Failure(KONTOR_INVALID, "the path of a Unix socket has up to " +
                                      std::to_string(sizeof address.sun_path - 1) +
                                      " bytes, none of them NUL");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* Generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Whoever holds it is the only one to look at sockets in the folder. A file system without locks
// gives none: then nobody takes turns there.
Descriptor LockFolder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  Descriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.valid()) throw SystemFailure("open the folder " + folder, errno);
  while (flock(descriptor.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  return descriptor;
}

// Whether the file at the path may go: a socket at which nobody listens any more.
bool IsStale(const std::string& path) {
  struct stat file {};
  if (lstat(path.c_str(), &file) != 0) return false;
  if (!S_ISSOCK(file.st_mode)) {
    throw Failure(KONTOR_EXISTS, path + " is there already and is no socket; it was left alone");
  }
  const sockaddr_un address = UnixAddress(path);
  const Descriptor probe = NewSocket(AF_UNIX);
  if (connect(probe.get(), Generic(address), sizeof address) != 0 && errno == ECONNREFUSED) {
    return true;
  }
  throw Failure(KONTOR_LOCKED, "somebody listens at " + path + " already");
}

}  // namespace

Failure SystemFailure(const std::string& what, int error_number) {
  const int32_t code = error_number == EADDRINUSE ? KONTOR_LOCKED : KONTOR_IO;
  return Failure(code, "cannot " + what + ": " +
                           asio::error_code(error_number, asio::system_category()).message());
}

std::vector<ListeningSocket> ListenAtAddresses(const std::string& addresses, uint16_t port) {
  std::vector<ListeningSocket> sockets;
  std::istringstream words(addresses);
  for (std::string address; words >> address;) {
    sockets.push_back(ListenAt(address, sockets.empty() ? port : sockets.front().port));
  }
  if (sockets.empty()) throw Failure(KONTOR_INVALID, "ADDRESSES names no address");
  return sockets;
}

UnixSocket::UnixSocket(const std::string& path, mode_t permissions)
    : path_(path), descriptor_(NewSocket(AF_UNIX)) {
  static_cast<void>(UnixAddress(path_));  // it is not too long
  const Descriptor turn = LockFolder(path_);
  if (IsStale(path_)) unlink(path_.c_str());
  Bind(permissions);
}

// The permissions come before anybody can connect: until listen(2), all are refused.
void UnixSocket::Bind(mode_t permissions) {
  const sockaddr_un address = UnixAddress(path_);
  if (bind(descriptor_.get(), Generic(address), sizeof address) != 0) {
    throw SystemFailure("bind a socket to " + path_, errno);
  }
  if (lstat(path_.c_str(), &file_) != 0 || chmod(path_.c_str(), permissions) != 0 ||
      listen(descriptor_.get(), kBacklog) != 0) {
    const int error_number = errno;
    if (IsOurs()) unlink(path_.c_str());
    throw SystemFailure("listen at " + path_, error_number);
  }
}

bool UnixSocket::IsOurs() const {
  struct stat now {};
  return lstat(path_.c_str(), &now) == 0 && S_ISSOCK(now.st_mode) && now.st_dev == file_.st_dev &&
         now.st_ino == file_.st_ino;
}

UnixSocket::~UnixSocket() {
  if (IsOurs()) unlink(path_.c_str());
}

}  // namespace kontor::wire
