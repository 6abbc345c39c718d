// What kontor_wire_listen makes: the sockets that listen and the threads that serve.
#ifndef KONTOR_WIRE_LISTENER_H_
#define KONTOR_WIRE_LISTENER_H_

#include <kontor/wire.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "acceptor.h"
#include "io_thread.h"
#include "listening_socket.h"
#include "shared.h"

namespace kontor::wire {

class Listener {
 public:
  // Listens and serves at once. Throws a Failure.
  Listener(kontor_db* db, const Options& options);
  ~Listener() { Close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // False if that was done before. Not while another thread is in here.
  bool Close();

  uint16_t port() const { return port_; }
  // See kontor_wire_shutdown_descriptor.
  int shutdown_descriptor() const { return shared_.shutdown.get(); }
  // By KONTOR_WIRE_FIGURE_...; throws a Failure for an unknown one.
  int64_t Figure(uint32_t figure) const;

 private:
  void Listen();
  void AddAcceptor(Descriptor listening, const std::string& unix_path);
  // Clients go to the threads in turn.
  void HandOver(Peer peer);

  Shared shared_;
  uint16_t port_ = 0;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;  // on the first thread
  std::optional<UnixSocket> unix_socket_;
  size_t next_thread_ = 0;  // touched by the first thread only
  bool closed_ = false;
};

}  // namespace kontor::wire

#endif  // KONTOR_WIRE_LISTENER_H_
