// What the threads of one listener have in common.
#ifndef KONTOR_WIRE_SHARED_H_
#define KONTOR_WIRE_SHARED_H_

#include <sys/eventfd.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "descriptor.h"
#include "options.h"

namespace kontor::wire {

// The figures need no order among each other.
struct Shared {
  explicit Shared(const Options& of_listener) : options(of_listener) {}

  // Makes the descriptor readable, for good. From any thread.
  void AskShutdown() const {
    if (shutdown.valid()) eventfd_write(shutdown.get(), 1);
  }

  const Options options;
  Descriptor shutdown;  // for the host; none where clients may not ask for it
  std::atomic<int64_t> clients{0};
  std::atomic<int64_t> accepted{0};
  std::atomic<int64_t> refused{0};
  std::atomic<int64_t> ended_for_memory{0};
  // Of all clients' requests, replies and messages; each thread adds what changed in its own.
  std::atomic<int64_t> memory_bytes{0};
};

// One of the clients that there may be at once; gives its place back.
class ClientPlace {
 public:
  ClientPlace() = default;
  explicit ClientPlace(Shared* shared) : shared_(shared) {
    shared_->clients.fetch_add(1, std::memory_order_relaxed);
  }
  ClientPlace(ClientPlace&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
  ClientPlace& operator=(ClientPlace&& other) noexcept {
    std::swap(shared_, other.shared_);
    return *this;
  }
  ~ClientPlace() {
    if (shared_ != nullptr) shared_->clients.fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  Shared* shared_ = nullptr;
};

// A client that was accepted, on its way to the thread that will serve it.
struct Peer {
  Descriptor socket;  // does not block
  ClientPlace place;
  std::string address;
  std::string local_address;
};

}  // namespace kontor::wire

#endif  // KONTOR_WIRE_SHARED_H_
