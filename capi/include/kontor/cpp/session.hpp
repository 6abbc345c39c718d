// Part of kontor.hpp: a Redis connection without a socket.
#ifndef KONTOR_CPP_SESSION_HPP_
#define KONTOR_CPP_SESSION_HPP_

#include <kontor/cpp/database.hpp>

namespace kontor {
inline namespace api {

// RESP bytes in, RESP bytes out; used by one thread at a time.
class Session {
 public:
  explicit Session(const Database& db) {
    kontor_session* session = nullptr;
    detail::Check(kontor_session_new(db.handle(), &session, detail::ErrorSlot()));
    handle_.reset(session);
  }
  // Any number of requests, whole or not.
  void Write(std::string_view bytes) {
    detail::Check(kontor_session_write(handle(), bytes.data(), bytes.size(), detail::ErrorSlot()));
  }
  // All reply bytes there are now; throws KONTOR_CLOSED once the session ended and everything was
  // read.
  std::string Read() {
    std::string bytes;
    for (;;) {
      const size_t held = bytes.size();
      bytes.resize(held + kReadBytes);
      size_t length = 0;
      const int32_t code = kontor_session_read(handle(), bytes.data() + held, kReadBytes, &length,
                                               detail::ErrorSlot());
      bytes.resize(held + length);
      if (code == KONTOR_CLOSED && held > 0) return bytes;
      detail::Check(code);
      if (length < kReadBytes) return bytes;
    }
  }
  // Readable when Read may have something new although nothing was written.
  int descriptor() const {
    int32_t descriptor = -1;
    detail::Check(kontor_session_descriptor(handle(), &descriptor, detail::ErrorSlot()));
    return descriptor;
  }
  kontor_session* handle() const { return handle_.get(); }

 private:
  static constexpr size_t kReadBytes = 4096;
  detail::Owned<kontor_session, kontor_session_free> handle_;
};

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_SESSION_HPP_
