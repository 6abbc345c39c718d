// The descriptors of one I/O thread, watched by one epoll instance.
#ifndef KONTOR_WIRE_POLLER_H_
#define KONTOR_WIRE_POLLER_H_

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "descriptor.h"

namespace kontor::wire {

// Level-triggered: what is not taken is reported again. Asio's own sockets would cost a system call
// more for every request, to wait anew each time; here a connection is registered once. The
// poller's descriptor is itself readable while something is ready, and for that Asio waits. Belongs
// to one thread.
class Poller {
 public:
  static constexpr size_t kBatch = 256;

  // False with errno where the system refuses a descriptor.
  bool Open();
  int descriptor() const { return epoll_.get(); }

  // `events` of epoll; `source` comes back from Take. False with errno.
  bool Add(int descriptor, uint32_t events, void* source) {
    return Control(EPOLL_CTL_ADD, descriptor, events, source);
  }
  // Cannot fail for what was added.
  void Change(int descriptor, uint32_t events, void* source) {
    Control(EPOLL_CTL_MOD, descriptor, events, source);
  }
  void Remove(int descriptor) { Control(EPOLL_CTL_DEL, descriptor, 0, nullptr); }

  // What is ready now, without waiting. Valid until the next call.
  std::span<const epoll_event> Take();

 private:
  bool Control(int operation, int descriptor, uint32_t events, void* source);

  Descriptor epoll_;
  std::array<epoll_event, kBatch> ready_;
};

}  // namespace kontor::wire

#endif  // KONTOR_WIRE_POLLER_H_
