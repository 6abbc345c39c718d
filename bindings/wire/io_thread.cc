#include "io_thread.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <utility>

#include "failure.h"

namespace kontor::wire {
namespace {

constexpr std::chrono::milliseconds kTick{250};
constexpr int kBatchesOfOneTurn = 16;  // of the poller, before Asio has its turn
constexpr size_t kBusyBatch = 4;       // so many at once: there are more by now
// Requests wait while a client has not read so many bytes of replies.
constexpr int64_t kUnreadBytes = int64_t{256} << 10;

int64_t SteadyMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Waits are left to this thread alone, so that Asio needs no locks for them.
constexpr int kConcurrency = ASIO_CONCURRENCY_HINT_UNSAFE_IO;

void Check(int32_t code, const char* what) {
  if (code != KONTOR_OK) throw Failure(code, std::string(what) + ": " + kontor_code_name(code));
}

SessionOptionsHandle MakeSessionOptions(kontor_db* db, const Options& options) {
  kontor_session_options* made = nullptr;
  Check(kontor_session_options_new(db, &made, nullptr), "the database handle cannot be used");
  SessionOptionsHandle handle(made);
  const auto set = [made](uint32_t option, int64_t value) {
    Check(kontor_session_options_set_number(made, option, value, nullptr), "a number of sessions");
  };
  set(KONTOR_SESSION_ARGUMENTS, options.number(KONTOR_WIRE_ARGUMENTS));
  set(KONTOR_SESSION_ARGUMENT_BYTES, options.number(KONTOR_WIRE_ARGUMENT_BYTES));
  set(KONTOR_SESSION_WAITING_BYTES, options.number(KONTOR_WIRE_REQUEST_BYTES));
  set(KONTOR_SESSION_UNREAD_BYTES, kUnreadBytes);
  set(KONTOR_SESSION_MAILBOX_BYTES, options.number(KONTOR_WIRE_MESSAGE_BYTES));
  set(KONTOR_SESSION_MAY_SHUT_DOWN, options.number(KONTOR_WIRE_SHUTDOWN));
  set(KONTOR_SESSION_MAY_DEBUG, options.number(KONTOR_WIRE_DEBUG));
  const std::string& password = options.text(KONTOR_WIRE_PASSWORD);
  Check(kontor_session_options_set_text(made, KONTOR_SESSION_PASSWORD, password.data(),
                                        password.size(), nullptr),
        "the password");
  return handle;
}

}  // namespace

IoThread::IoThread(kontor_db* db, Shared* shared)
    : context_(kConcurrency),
      shared_(shared),
      session_options_(MakeSessionOptions(db, shared->options)),
      bench_(shared),
      poller_(context_),
      tick_(context_) {
  if (!bench_.poller.Open()) throw SystemFailure("create an epoll descriptor", errno);
  poller_.assign(bench_.poller.descriptor());
}

void IoThread::Start() {
  WaitForPoller();
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  // A new thread inherits the mask: there is no moment in which the host's handlers could run on
  // it.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void IoThread::Run() {
  pthread_setname_np(pthread_self(), "kontor-wire");
  const auto idle = asio::make_work_guard(context_);
  while (!context_.stopped()) {
    try {
      context_.run();
    } catch (...) {
      // Want of memory within Asio; what it concerned has closed, the others go on.
    }
  }
}

void IoThread::Stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
  connections_.clear();
  closed_.clear();
  if (poller_.is_open()) poller_.release();  // it is the poller's
}

void IoThread::Adopt(Peer peer) {
  asio::post(context_, [this, peer = std::move(peer)]() mutable { Welcome(std::move(peer)); });
}

SessionHandle IoThread::OpenSession(const Peer& peer) {
  kontor_session_options* const options = session_options_.get();
  kontor_session* session = nullptr;
  const bool opened =
      kontor_session_options_set_text(options, KONTOR_SESSION_ADDRESS, peer.address.data(),
                                      peer.address.size(), nullptr) == KONTOR_OK &&
      kontor_session_options_set_text(options, KONTOR_SESSION_LOCAL_ADDRESS,
                                      peer.local_address.data(), peer.local_address.size(),
                                      nullptr) == KONTOR_OK &&
      kontor_session_open(options, &session, nullptr) == KONTOR_OK;
  return SessionHandle(opened ? session : nullptr);
}

// Where there is no session (the database was closed, no memory), the client is disconnected.
void IoThread::Welcome(Peer peer) {
  bench_.now_ms = SteadyMs();
  SessionHandle session = OpenSession(peer);
  if (session == nullptr) return;
  auto connection = std::make_unique<Connection>(&bench_, std::move(peer), std::move(session));
  connection->place = connections_.size();
  connections_.push_back(std::move(connection));
  closed_.reserve(connections_.capacity());  // so that whoever closes needs no memory for it
  Connection* const added = connections_.back().get();
  if (!added->Begin()) added->Close();
  NoteIfClosed(added);
  BuryClosed();
  if (!ticking_) WaitForTick();
}

void IoThread::WaitForPoller() {
  poller_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this](const asio::error_code& error) {
                       if (!error) Serve();
                     });
}

void IoThread::Serve() {
  for (int batch = 0; batch < kBatchesOfOneTurn; ++batch) {
    const auto events = bench_.poller.Take();
    bench_.now_ms = SteadyMs();
    for (const epoll_event& event : events) {
      ServeOne(*static_cast<const Connection::Source*>(event.data.ptr), event.events);
    }
    BuryClosed();
    MakeRoom();
    if (events.size() < kBusyBatch) break;
  }
  WaitForPoller();
}

void IoThread::ServeOne(const Connection::Source& source, uint32_t events) {
  Connection* const connection = source.connection;
  if (connection->closed()) return;
  try {
    source.is_session ? connection->OnSession() : connection->OnSocket(events);
  } catch (...) {
    connection->Close();  // there is no memory for its output
  }
  NoteIfClosed(connection);
}

void IoThread::WaitForTick() {
  ticking_ = true;
  tick_.expires_after(kTick);
  tick_.async_wait([this](const asio::error_code& error) {
    if (!error) Tick();
  });
}

void IoThread::Tick() {
  bench_.now_ms = SteadyMs();
  // From behind: whoever closes is replaced by the last, who had its turn.
  for (size_t i = connections_.size(); i > 0; --i) {
    Connection* const connection = connections_[i - 1].get();
    try {
      connection->OnTick();
    } catch (...) {
      connection->Close();
    }
    NoteIfClosed(connection);
  }
  BuryClosed();
  MakeRoom();
  ticking_ = !connections_.empty();
  if (ticking_) WaitForTick();
}

void IoThread::NoteIfClosed(Connection* connection) {
  if (!connection->closed()) return;
  const size_t place = connection->place;
  std::unique_ptr<Connection>& last = connections_.back();
  last->place = place;
  std::swap(connections_[place], last);
  closed_.push_back(std::move(last));
  connections_.pop_back();
}

void IoThread::BuryClosed() { closed_.clear(); }

void IoThread::MakeRoom() {
  const int64_t limit = shared_->options.number(KONTOR_WIRE_MEMORY_BYTES);
  while (shared_->memory_bytes.load(std::memory_order_relaxed) > limit && !connections_.empty()) {
    const auto largest = std::max_element(
        connections_.begin(), connections_.end(),
        [](const auto& a, const auto& b) { return a->memory_bytes() < b->memory_bytes(); });
    const int64_t mean = shared_->memory_bytes.load(std::memory_order_relaxed) /
                         std::max<int64_t>(shared_->clients.load(std::memory_order_relaxed), 1);
    Connection* const connection = largest->get();
    if (connection->memory_bytes() < mean) return;
    connection->EndForMemory();
    NoteIfClosed(connection);
  }
  BuryClosed();
}

}  // namespace kontor::wire
