// A socket to a server that speaks RESP.
#ifndef KONTOR_SHELL_CONNECTION_H_
#define KONTOR_SHELL_CONNECTION_H_

#include <string>
#include <string_view>
#include <vector>

#include "interrupts.h"
#include "reply.h"
#include "resp_reader.h"

namespace kontor::shell {

struct Address {
  std::string host = "127.0.0.1";
  std::string port = "6379";
  std::string unix_path;  // goes before host and port

  // "127.0.0.1:6379", "[::1]:6379", "/run/app.sock"
  std::string Text() const;
};

enum class Io { kDone, kNothing, kInterrupted, kFailed };

// One at a time to one server; belongs to one thread. A signal ends every wait but that for the
// address of a host name. Where something failed it is closed, and the message says why.
class Connection {
 public:
  explicit Connection(const Interrupts* interrupts) : interrupts_(interrupts) {}
  ~Connection() { Close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The message says what to do next, too.
  Io Open(const Address& address, std::string* message);
  void Close();
  bool is_open() const { return descriptor_ >= 0; }
  // -1 while it is closed.
  int descriptor() const { return descriptor_; }

  Io Send(const std::vector<std::string>& words, std::string* message);
  // The next reply, pushes included; where there is none, waits for it, or is kNothing.
  Io Receive(bool wait, Reply* reply, std::string* message);

 private:
  Io OpenUnix(const Address& address, std::string* message);
  Io OpenTcp(const Address& address, std::string* message);
  // Takes the descriptor over.
  Io Connect(int descriptor, const void* address, unsigned length, int* error_number);
  Io Fail(const std::string& why, std::string* message);

  const Interrupts* const interrupts_;
  int descriptor_ = -1;
  RespReader reader_;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_CONNECTION_H_
