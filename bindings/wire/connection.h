// One client: a socket and the session behind it.
#ifndef KONTOR_WIRE_CONNECTION_H_
#define KONTOR_WIRE_CONNECTION_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "handles.h"
#include "poller.h"
#include "shared.h"

namespace kontor::wire {

// What the connections of one thread share: one is served at a time, so none needs buffers of its
// own.
struct Workbench {
  static constexpr size_t kBufferBytes = size_t{64} << 10;

  explicit Workbench(Shared* of_listener) : shared(of_listener) {}

  Shared* const shared;
  Poller poller;
  int64_t now_ms = 0;  // of the steady clock, when the events being served were taken
  std::array<char, kBufferBytes> input;
  std::array<char, kBufferBytes> output;
};

// The rule that bounds what a slow reader costs: while the socket has not taken everything, nothing
// is read from it, nor from the session. So there is at most one workbench of bytes here, and the
// session stops running requests. Belongs to one thread. Nothing is called once it is closed.
class Connection {
 public:
  // What an event of the poller is about.
  struct Source {
    Connection* connection;
    bool is_session;
  };

  Connection(Workbench* bench, Peer peer, SessionHandle session);
  ~Connection() { Close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Is served from now on. False: the system refuses.
  bool Begin();
  void OnSocket(uint32_t events);
  // The session may have something new.
  void OnSession() { Answer(); }
  // A few times a second: time limits, and what nobody tells of.
  void OnTick();
  // The end for whoever holds more than is allowed.
  void EndForMemory();
  void Close();

  bool closed() const { return closed_; }
  int64_t memory_bytes() const { return memory_bytes_; }

  size_t place = 0;  // among the connections of its thread, who keeps it

 private:
  void Receive();
  void Answer();
  // What the socket does not take is kept. False: there is such a rest, or the connection closed.
  bool Send(std::string_view bytes);
  bool SendPending();
  // After each turn: counts memory, waits for what can come next, or ends.
  void Settle();
  void WaitForSocket(uint32_t events);
  void WaitForSession(bool wait);
  void CountMemory(int64_t bytes);
  bool IsOverdue() const;

  Workbench* const bench_;
  Peer peer_;
  SessionHandle session_;
  Source socket_source_{this, false};
  Source session_source_{this, true};
  std::string pending_;  // for the socket
  uint32_t socket_events_ = 0;
  int session_descriptor_ = -1;  // asked for when the session waits for the first time
  bool session_watched_ = false;
  bool session_polled_ = false;  // it waits, and there is no descriptor left to tell when
  bool closed_ = false;
  uint32_t state_ = 0;  // of the session when it was last asked
  int64_t memory_bytes_ = 0;
  int64_t connected_ms_;
  int64_t active_ms_;
};

}  // namespace kontor::wire

#endif  // KONTOR_WIRE_CONNECTION_H_
