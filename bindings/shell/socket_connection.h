// A socket to a server: a listener of Kontor, or any Redis.
#ifndef KONTOR_SHELL_SOCKET_CONNECTION_H_
#define KONTOR_SHELL_SOCKET_CONNECTION_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connection.h"
#include "interrupts.h"
#include "resp_reader.h"

namespace kontor::shell {

struct Address {
  std::string host = "127.0.0.1";
  std::string port = "6379";
  std::string unix_path;  // goes before host and port

  // "127.0.0.1:6379", "[::1]:6379", "/run/app.sock"
  std::string Text() const;
};

// A signal does not end the wait for the address of a host name.
class SocketConnection final : public Connection {
 public:
  SocketConnection(Address address, const Interrupts* interrupts)
      : address_(std::move(address)), interrupts_(interrupts) {}
  ~SocketConnection() override { Disconnect(); }

  Io Open(std::string* message) override;
  void Close() override { Disconnect(); }
  bool is_open() const override { return descriptor_ >= 0; }
  int descriptor() const override { return descriptor_; }
  Io Send(const std::vector<std::string>& words, std::string* message) override;
  Io Receive(bool wait, Reply* reply, std::string* message) override;
  std::unique_ptr<Connection> Another() const override {
    return std::make_unique<SocketConnection>(address_, interrupts_);
  }
  bool is_shared() const override { return true; }
  std::string name() const override { return address_.Text(); }
  std::string Greeting() const override { return "connected to " + address_.Text(); }

 private:
  void Disconnect();
  Io OpenUnix(std::string* message);
  Io OpenTcp(std::string* message);
  // Takes the descriptor over.
  Io Connect(int descriptor, const void* address, unsigned length, int* error_number);
  Io CannotConnect(int error_number, std::string* message);
  Io Fail(const std::string& why, std::string* message);

  const Address address_;
  const Interrupts* const interrupts_;
  int descriptor_ = -1;
  RespReader reader_;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_SOCKET_CONNECTION_H_
