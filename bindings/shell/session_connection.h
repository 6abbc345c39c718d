// A session on the engine of this process.
#ifndef KONTOR_SHELL_SESSION_CONNECTION_H_
#define KONTOR_SHELL_SESSION_CONNECTION_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connection.h"
#include "database.h"
#include "handles.h"
#include "interrupts.h"
#include "resp_reader.h"

namespace kontor::shell {

class SessionConnection final : public Connection {
 public:
  // What it is given must outlive it. An empty directory: in memory.
  SessionConnection(const Database* database, std::string directory, const Interrupts* interrupts)
      : database_(database), directory_(std::move(directory)), interrupts_(interrupts) {}

  Io Open(std::string* message) override;
  void Close() override;
  bool is_open() const override { return session_ != nullptr; }
  int descriptor() const override { return descriptor_; }
  Io Send(const std::vector<std::string>& words, std::string* message) override;
  Io Receive(bool wait, Reply* reply, std::string* message) override;
  std::unique_ptr<Connection> Another() const override {
    return std::make_unique<SessionConnection>(database_, directory_, interrupts_);
  }
  bool is_shared() const override { return false; }
  std::string name() const override;
  std::string Greeting() const override;

 private:
  Io Fail(int32_t code, std::string* message);
  // Whether a reply may come although there is none now.
  bool Waits() const;

  const Database* const database_;
  const std::string directory_;
  const Interrupts* const interrupts_;
  ErrorHandle error_{kontor_error_new()};
  SessionHandle session_;
  int32_t descriptor_ = -1;
  RespReader reader_;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_SESSION_CONNECTION_H_
