// Lets clients in at one listening socket.
#ifndef KONTOR_WIRE_ACCEPTOR_H_
#define KONTOR_WIRE_ACCEPTOR_H_

#include <sys/socket.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "descriptor.h"
#include "shared.h"

namespace kontor::wire {

// Accepts on the thread of `context` and hands each client to `adopt`, which may throw. Who comes
// when there are too many, or from elsewhere in protected mode, is told so and refused.
class Acceptor {
 public:
  using Adopt = std::function<void(Peer)>;

  // `unix_path`: what clients of a Unix socket are said to have connected to; empty for TCP.
  Acceptor(asio::io_context* context, Descriptor listening, std::string unix_path, Shared* shared,
           Adopt adopt);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  void Wait();

 private:
  void AcceptAll();
  // False: none is waiting, or the system has no descriptors left (then it pauses).
  bool AcceptOne();
  void Admit(Descriptor socket, const sockaddr_storage& from);
  void SetUpTcp(const Descriptor& socket) const;

  asio::posix::stream_descriptor listening_;
  asio::steady_timer pause_;
  const std::string unix_path_;
  Shared* const shared_;
  const Adopt adopt_;
  bool pausing_ = false;
};

}  // namespace kontor::wire

#endif  // KONTOR_WIRE_ACCEPTOR_H_
