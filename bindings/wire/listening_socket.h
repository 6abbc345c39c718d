// Sockets that listen, at TCP addresses and Unix paths.
#ifndef KONTOR_WIRE_LISTENING_SOCKET_H_
#define KONTOR_WIRE_LISTENING_SOCKET_H_

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "descriptor.h"

namespace kontor::wire {

struct ListeningSocket {
  Descriptor descriptor;  // does not block
  uint16_t port = 0;      // of TCP
};

// At every address of a list separated by spaces; port 0: one that is free, the same for all.
// Throws a Failure.
std::vector<ListeningSocket> ListenAtAddresses(const std::string& addresses, uint16_t port);

// A Unix socket that listens, and its file, which goes with it unless somebody has put another one
// in its place. A file that is no socket and a socket that somebody answers at are never touched:
// only what refuses connections is taken for stale. Those who do likewise take turns by a lock on
// the folder, so that none takes a socket for stale which another one is about to listen at.
class UnixSocket {
 public:
  // Throws a Failure.
  UnixSocket(const std::string& path, mode_t permissions);
  ~UnixSocket();
  UnixSocket(const UnixSocket&) = delete;
  UnixSocket& operator=(const UnixSocket&) = delete;

  Descriptor TakeDescriptor() { return std::move(descriptor_); }

 private:
  void Bind(mode_t permissions);
  bool IsOurs() const;

  const std::string path_;
  Descriptor descriptor_;
  struct stat file_ = {};
};

}  // namespace kontor::wire

#endif  // KONTOR_WIRE_LISTENING_SOCKET_H_
