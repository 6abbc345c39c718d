#ifndef KONTOR_TESTS_WIRE_RAW_CLIENT_H_
#define KONTOR_TESTS_WIRE_RAW_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace wire_test {

// A socket and nothing more, so that a test decides which bytes go when. What takes longer than ten
// seconds has failed.
class RawClient {
 public:
  static RawClient ToUnix(const std::string& path);
  static RawClient ToPort(int port, const char* address = "127.0.0.1");

  RawClient(RawClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  RawClient& operator=(RawClient&& other) noexcept {
    std::swap(socket_, other.socket_);
    return *this;
  }
  ~RawClient();

  bool connected() const { return socket_ >= 0; }
  int descriptor() const { return socket_; }

  // All of it; false if the other end is gone or takes no more.
  bool Send(std::string_view bytes);
  // What the socket takes without waiting.
  size_t SendSome(std::string_view bytes);
  // Exactly so many bytes; fewer if the connection ends or nothing more comes.
  std::string Receive(size_t length);
  std::string ReceiveLine();
  // Everything up to the end of the connection; the test fails if it does not end.
  std::string ReceiveAll();
  // Sends a request and receives as many bytes as are expected.
  std::string Ask(std::string_view request, size_t reply_length) {
    return Send(request) ? Receive(reply_length) : "(not sent)";
  }

 private:
  explicit RawClient(int socket) : socket_(socket) {}

  int socket_ = -1;
};

// A request as clients send it.
template <typename... Words>
std::string Request(const Words&... words) {
  std::string request = "*" + std::to_string(sizeof...(words)) + "\r\n";
  const auto add = [&request](std::string_view word) {
    request.append("$").append(std::to_string(word.size())).append("\r\n");
    request.append(word).append("\r\n");
  };
  (add(words), ...);
  return request;
}

inline std::string Bulk(std::string_view text) {
  return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

}  // namespace wire_test

#endif  // KONTOR_TESTS_WIRE_RAW_CLIENT_H_
