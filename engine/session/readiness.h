#ifndef KONTOR_SESSION_READINESS_H_
#define KONTOR_SESSION_READINESS_H_

#include <cstdint>
#include <memory>

#include "base/status.h"
#include "os/event_descriptor.h"

namespace kontor {

// One file descriptor for everything a session can wait for: its waiter, the deadline of a blocked
// command, its mailbox. It is an epoll instance over them, so it needs no thread. The session's
// thread uses it; only the wake descriptor is written by others (through Waiter::set_descriptor).
class Readiness {
 public:
  static Result<std::unique_ptr<Readiness>> Create();
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  // For poll and epoll only: readable while one of the following is.
  int descriptor() const { return epoll_; }

  // For Waiter::set_descriptor.
  int wake_descriptor() const { return wake_.descriptor(); }
  void ClearWake() { wake_.Clear(); }
  // Readable once so much time has passed; < 0: never (again).
  void SetDeadline(int64_t remaining_ms);
  // Somebody else's descriptor; it must stay open as long as it is watched, and leaves when it is
  // closed.
  Status Watch(int descriptor);

 private:
  Readiness(int epoll, int timer, EventDescriptor wake);

  const int epoll_;
  const int timer_;
  EventDescriptor wake_;
};

}  // namespace kontor

#endif  // KONTOR_SESSION_READINESS_H_
