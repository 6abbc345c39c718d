#include "session_connection.h"

#include <kontor/session.h>

#include <array>
#include <cstdint>

namespace kontor::shell {
namespace {

constexpr size_t kReadBytes = 65536;

}  // namespace

Io SessionConnection::Open(std::string* message) {
  Close();
  kontor_session* session = nullptr;
  int32_t code = kontor_session_new(database_->handle(), &session, error_.get());
  session_.reset(session);
  if (code == KONTOR_OK) code = kontor_session_descriptor(session, &descriptor_, error_.get());
  return code == KONTOR_OK ? Io::kDone : Fail(code, message);
}

void SessionConnection::Close() {
  session_.reset();
  descriptor_ = -1;
  reader_ = RespReader();
}

Io SessionConnection::Fail(int32_t code, std::string* message) {
  *message = code == KONTOR_CLOSED ? "the session has ended" : ErrorSentence(code, error_.get());
  Close();
  return Io::kFailed;
}

// A session that ends has still a reply to read.
Io SessionConnection::Send(const std::vector<std::string>& words, std::string* message) {
  const std::string request = EncodeRequest(words);
  const int32_t code =
      kontor_session_write(session_.get(), request.data(), request.size(), error_.get());
  return code == KONTOR_OK || code == KONTOR_CLOSED ? Io::kDone : Fail(code, message);
}

Io SessionConnection::Receive(bool wait, Reply* reply, std::string* message) {
  std::array<char, kReadBytes> chunk;
  for (;;) {
    switch (reader_.Next(reply)) {
      case RespRead::kReply:
        return Io::kDone;
      case RespRead::kBroken:  // never, by the session's promise
        *message = "the session does not speak the Redis protocol";
        Close();
        return Io::kFailed;
      case RespRead::kMore:
        break;
    }
    size_t length = 0;
    const int32_t code =
        kontor_session_read(session_.get(), chunk.data(), chunk.size(), &length, error_.get());
    if (code != KONTOR_OK) return Fail(code, message);
    if (length > 0) {
      reader_.Feed({chunk.data(), length});
    } else if (!wait || !Waits()) {
      return Io::kNothing;
    } else if (interrupts_->WaitReadable(descriptor_, -1) == Ready::kSignal) {
      return Io::kInterrupted;
    }
  }
}

bool SessionConnection::Waits() const {
  uint32_t state = 0;
  kontor_session_state(session_.get(), &state, nullptr, nullptr, nullptr);
  return (state & KONTOR_SESSION_WAITS) != 0;
}

std::string SessionConnection::name() const {
  return "kontor:" + (directory_.empty() ? "memory" : directory_);
}

std::string SessionConnection::Greeting() const {
  return directory_.empty() ? "in memory: nothing is kept" : "durable";
}

}  // namespace kontor::shell
