// A thread and the clients it serves.
#ifndef KONTOR_WIRE_IO_THREAD_H_
#define KONTOR_WIRE_IO_THREAD_H_

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "connection.h"
#include "handles.h"
#include "shared.h"

namespace kontor::wire {

// Clients come by Adopt and are then this thread's alone: their sessions need no lock of the
// listener. Asio carries what comes from outside (clients, the end), the timer, and the wait for
// the poller.
class IoThread {
 public:
  // Throws a Failure.
  IoThread(kontor_db* db, Shared* shared);
  ~IoThread() { Stop(); }
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  // Throws std::system_error.
  void Start();
  // Ends the thread and disconnects its clients; again: nothing.
  void Stop();
  // For others that do their waiting on this thread.
  asio::io_context& context() { return context_; }
  // From any thread. Throws std::bad_alloc.
  void Adopt(Peer peer);

 private:
  void Run();
  void Welcome(Peer peer);
  SessionHandle OpenSession(const Peer& peer);
  void WaitForPoller();
  void WaitForTick();
  void Serve();
  void ServeOne(const Connection::Source& source, uint32_t events);
  void Tick();
  // Connections that closed go; not earlier, since events of theirs may have been taken already.
  void BuryClosed();
  void NoteIfClosed(Connection* connection);
  // Over the limit of all clients together, ends the largest here, unless larger ones must be on
  // another thread: none is smaller than the mean, and each thread looks often.
  void MakeRoom();

  asio::io_context context_;
  Shared* const shared_;
  SessionOptionsHandle session_options_;
  Workbench bench_;
  asio::posix::stream_descriptor poller_;
  asio::steady_timer tick_;
  bool ticking_ = false;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> closed_;
  std::thread thread_;
};

}  // namespace kontor::wire

#endif  // KONTOR_WIRE_IO_THREAD_H_
