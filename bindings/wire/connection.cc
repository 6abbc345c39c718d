#include "connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace kontor::wire {
namespace {

constexpr int kRoundsOfOneTurn = 16;  // of the output buffer, before others have theirs

bool WouldBlock(int error_number) { return error_number == EAGAIN || error_number == EINTR; }

}  // namespace

Connection::Connection(Workbench* bench, Peer peer, SessionHandle session)
    : bench_(bench),
      peer_(std::move(peer)),
      session_(std::move(session)),
      connected_ms_(bench->now_ms),
      active_ms_(bench->now_ms) {}

bool Connection::Begin() {
  socket_events_ = EPOLLIN;
  return bench_->poller.Add(peer_.socket.get(), socket_events_, &socket_source_);
}

void Connection::Close() {
  if (std::exchange(closed_, true)) return;
  const int32_t asked = kontor_session_state(session_.get(), &state_, nullptr, nullptr, nullptr);
  // Before they are closed: a descriptor that is watched must not outlive its number. Closing alone
  // would end neither the watch nor the connection where the host forked, since its child has the
  // socket, too.
  if (session_watched_) bench_->poller.Remove(session_descriptor_);
  bench_->poller.Remove(peer_.socket.get());
  shutdown(peer_.socket.get(), SHUT_RDWR);
  session_.reset();
  peer_.socket = Descriptor();
  pending_ = std::string();
  CountMemory(0);
  // Last: who asked for the end sees that it is disconnected in any case.
  const bool shutdown_asked = asked == KONTOR_OK && (state_ & KONTOR_SESSION_ASKED_SHUTDOWN) != 0;
  if (shutdown_asked) bench_->shared->AskShutdown();
}

void Connection::EndForMemory() {
  bench_->shared->ended_for_memory.fetch_add(1, std::memory_order_relaxed);
  Close();
}

void Connection::OnSocket(uint32_t events) {
  if ((events & EPOLLOUT) != 0) {
    if (SendPending()) Answer();
  } else if ((events & EPOLLIN) != 0) {
    Receive();
  } else {
    Close();  // EPOLLHUP, EPOLLERR
  }
}

void Connection::Receive() {
  const ssize_t received =
      recv(peer_.socket.get(), bench_->input.data(), bench_->input.size(), MSG_DONTWAIT);
  if (received < 0 && WouldBlock(errno)) return;
  if (received <= 0) return Close();
  active_ms_ = bench_->now_ms;
  const int32_t code = kontor_session_write(session_.get(), bench_->input.data(),
                                            static_cast<size_t>(received), nullptr);
  // KONTOR_CLOSED: it ended before; what it replied is still to be sent.
  if (code != KONTOR_OK && code != KONTOR_CLOSED) return Close();
  Answer();
}

void Connection::Answer() {
  std::array<char, Workbench::kBufferBytes>& output = bench_->output;
  for (int round = 0; round < kRoundsOfOneTurn; ++round) {
    size_t length = 0;
    const int32_t code =
        kontor_session_read(session_.get(), output.data(), output.size(), &length, nullptr);
    if (code != KONTOR_OK) return Close();
    if (length > 0 && !Send({output.data(), length})) break;
    if (length < output.size()) break;
  }
  if (!closed_) Settle();
}

bool Connection::Send(std::string_view bytes) {
  const ssize_t sent =
      send(peer_.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && !WouldBlock(errno)) {
    Close();
    return false;
  }
  if (sent > 0) active_ms_ = bench_->now_ms;
  bytes.remove_prefix(sent < 0 ? 0 : static_cast<size_t>(sent));
  if (bytes.empty()) return true;
  pending_ = bytes;
  return false;
}

bool Connection::SendPending() {
  if (pending_.empty()) return true;
  const std::string bytes = std::exchange(pending_, std::string());
  if (Send(bytes)) return true;
  if (!closed_) Settle();
  return false;
}

void Connection::Settle() {
  uint64_t unread_bytes = 0;
  uint64_t memory_bytes = 0;
  const int32_t code =
      kontor_session_state(session_.get(), &state_, &unread_bytes, &memory_bytes, nullptr);
  if (code != KONTOR_OK) return Close();
  CountMemory(static_cast<int64_t>(memory_bytes + pending_.capacity()));
  const auto limit = static_cast<uint64_t>(bench_->shared->options.number(KONTOR_WIRE_REPLY_BYTES));
  if (unread_bytes > limit) return EndForMemory();
  const bool all_sent = pending_.empty() && unread_bytes == 0;
  if (all_sent && (state_ & KONTOR_SESSION_ENDED) != 0) return Close();
  WaitForSocket(all_sent ? EPOLLIN : EPOLLOUT);
  WaitForSession(all_sent && (state_ & KONTOR_SESSION_WAITS) != 0);
}

void Connection::WaitForSocket(uint32_t events) {
  if (events == socket_events_) return;
  socket_events_ = events;
  bench_->poller.Change(peer_.socket.get(), events, &socket_source_);
}

void Connection::WaitForSession(bool wait) {
  session_polled_ = false;
  if (wait == session_watched_) return;
  if (!wait) {
    bench_->poller.Remove(session_descriptor_);
    session_watched_ = false;
    return;
  }
  if (session_descriptor_ < 0) {
    kontor_session_descriptor(session_.get(), &session_descriptor_, nullptr);
  }
  session_watched_ = session_descriptor_ >= 0 &&
                     bench_->poller.Add(session_descriptor_, EPOLLIN, &session_source_);
  session_polled_ = !session_watched_;
}

void Connection::CountMemory(int64_t bytes) {
  if (bytes == memory_bytes_) return;
  bench_->shared->memory_bytes.fetch_add(bytes - memory_bytes_, std::memory_order_relaxed);
  memory_bytes_ = bytes;
}

bool Connection::IsOverdue() const {
  const Options& options = bench_->shared->options;
  const int64_t idle_ms = options.number(KONTOR_WIRE_IDLE_MS);
  const int64_t authentication_ms = options.number(KONTOR_WIRE_AUTHENTICATION_MS);
  const bool waits = (state_ & KONTOR_SESSION_WAITS) != 0 && pending_.empty();
  if (idle_ms != 0 && !waits && bench_->now_ms - active_ms_ > idle_ms) return true;
  return authentication_ms != 0 && (state_ & KONTOR_SESSION_AUTHENTICATED) == 0 &&
         bench_->now_ms - connected_ms_ > authentication_ms;
}

void Connection::OnTick() {
  const bool polled = session_polled_;
  Settle();
  if (closed_) return;
  if (IsOverdue() || (state_ & KONTOR_SESSION_ENDED) != 0) return Close();
  if (polled) Answer();
}

}  // namespace kontor::wire
