#include "listener.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "failure.h"

namespace kontor::wire {

Listener::Listener(kontor_db* db, const Options& options) : shared_(options) {
  if (options.number(KONTOR_WIRE_PORT) < 0 && options.text(KONTOR_WIRE_UNIX_PATH).empty()) {
    throw Failure(KONTOR_INVALID, "neither PORT nor UNIX_PATH says where to listen");
  }
  if (options.number(KONTOR_WIRE_SHUTDOWN) != 0) {
    shared_.shutdown = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!shared_.shutdown.valid()) throw SystemFailure("create an event descriptor", errno);
  }
  for (int64_t i = 0; i < options.number(KONTOR_WIRE_THREADS); ++i) {
    threads_.push_back(std::make_unique<IoThread>(db, &shared_));
  }
  Listen();
  for (const auto& acceptor : acceptors_) acceptor->Wait();
  for (const auto& thread : threads_) thread->Start();
}

void Listener::Listen() {
  const int64_t port = shared_.options.number(KONTOR_WIRE_PORT);
  if (port >= 0) {
    std::vector<ListeningSocket> sockets =
        ListenAtAddresses(shared_.options.text(KONTOR_WIRE_ADDRESSES), static_cast<uint16_t>(port));
    port_ = sockets.front().port;
    for (ListeningSocket& socket : sockets) AddAcceptor(std::move(socket.descriptor), "");
  }
  const std::string& path = shared_.options.text(KONTOR_WIRE_UNIX_PATH);
  if (path.empty()) return;
  unix_socket_.emplace(path,
                       static_cast<mode_t>(shared_.options.number(KONTOR_WIRE_UNIX_PERMISSIONS)));
  AddAcceptor(unix_socket_->TakeDescriptor(), path);
}

void Listener::AddAcceptor(Descriptor listening, const std::string& unix_path) {
  acceptors_.push_back(
      std::make_unique<Acceptor>(&threads_.front()->context(), std::move(listening), unix_path,
                                 &shared_, [this](Peer peer) { HandOver(std::move(peer)); }));
}

void Listener::HandOver(Peer peer) {
  threads_[next_thread_]->Adopt(std::move(peer));
  next_thread_ = (next_thread_ + 1) % threads_.size();
}

bool Listener::Close() {
  if (std::exchange(closed_, true)) return false;
  for (const auto& thread : threads_) thread->Stop();
  acceptors_.clear();
  threads_.clear();  // with clients that were on their way to them
  unix_socket_.reset();
  return true;
}

int64_t Listener::Figure(uint32_t figure) const {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  switch (figure) {
    case KONTOR_WIRE_FIGURE_CLIENTS:
      return shared_.clients.load(kRelaxed);
    case KONTOR_WIRE_FIGURE_ACCEPTED:
      return shared_.accepted.load(kRelaxed);
    case KONTOR_WIRE_FIGURE_REFUSED:
      return shared_.refused.load(kRelaxed);
    case KONTOR_WIRE_FIGURE_ENDED_FOR_MEMORY:
      return shared_.ended_for_memory.load(kRelaxed);
    case KONTOR_WIRE_FIGURE_MEMORY_BYTES:
      return shared_.memory_bytes.load(kRelaxed);
    default:
      throw Failure(KONTOR_UNSUPPORTED, "figure " + std::to_string(figure) +
                                            " is unknown to version " + kontor_version_string());
  }
}

}  // namespace kontor::wire
