// A server as what commands are run on: a listener of Kontor, or any Redis.
#ifndef KONTOR_SHELL_SERVER_H_
#define KONTOR_SHELL_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "backend.h"
#include "connection.h"
#include "interrupts.h"

namespace kontor::shell {

// What a connection begins with.
struct Login {
  std::string user;  // empty: the one named "default"
  std::string password;
  std::string database = "0";
  bool resp3 = false;
};

// Where the connection is lost, or given up because a signal ended a wait, the next command makes
// a new one in its state: protocol, user and database; what else it had (MULTI, WATCH) is gone.
class Server : public Backend {
 public:
  // `keeps_connecting`: false for scripts, whose next lines must not run as if nothing had been.
  Server(Address address, Login login, const Interrupts* interrupts, bool keeps_connecting);

  // On failure the reply says what is wrong and what to do next.
  Ran Open(Reply* reply);

  Ran Run(const std::vector<std::string>& words, Reply* reply) override;
  bool BeginsListening(const std::string& word) const override;
  Ran Listen(std::unique_ptr<Listening>* listening, Reply* reply) override;
  bool shared() const override { return true; }
  std::vector<Reply> TakePushes() override;
  std::string Prompt() const override;
  std::string Greeting() const override;

 private:
  // A connection to send on, as far as that can be told.
  Ran BeReady(Reply* reply);
  Ran Refused(const std::string& what, Reply* reply);
  // One command and its reply; pushes are kept.
  Io Ask(const std::vector<std::string>& words, Reply* reply, std::string* message);
  void CollectPushes();
  // What a command did to the state of the connection.
  void Remember(const std::vector<std::string>& words, const Reply& reply);
  void RememberHello(const std::vector<std::string>& words);
  void GiveUp();

  const Address address_;
  Login login_;
  const bool keeps_connecting_;
  bool was_open_ = false;
  bool lost_ = false;  // by the server, not given up here
  bool in_transaction_ = false;
  Connection connection_;
  std::vector<Reply> pushes_;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_SERVER_H_
