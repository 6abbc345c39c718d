// Whom commands are run by, at the other end of a connection.
#ifndef KONTOR_SHELL_CLIENT_H_
#define KONTOR_SHELL_CLIENT_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connection.h"
#include "listening.h"
#include "reply.h"

namespace kontor::shell {

// What a connection begins with.
struct Login {
  std::string user;  // empty: the one named "default"
  std::string password;
  std::string database = "0";
  bool resp3 = false;
};

enum class Ran {
  kReplied,
  kSilent,       // done, and there is no reply (CLIENT REPLY)
  kInterrupted,  // a signal ended the wait
  kLost,         // there is no connection, and the reply says why
};

// Belongs to the main thread. Where the connection is lost, or given up because a signal ended a
// wait, the next command makes a new one in its state: protocol, user and database; what else it
// had (MULTI, WATCH) is gone.
class Client {
 public:
  // `keeps_connecting`: false for scripts, whose next lines must not run as if nothing had been.
  Client(std::unique_ptr<Connection> connection, Login login, bool keeps_connecting);

  // On failure the reply says what is wrong and what to do next.
  Ran Open(Reply* reply);

  Ran Run(const std::vector<std::string>& words, Reply* reply);
  // Whether a command, by its first word, begins a listening mode, and the begin of one, in which
  // that command is then run. Where it cannot begin, the reply says why.
  bool BeginsListening(const std::string& word) const;
  Ran Listen(std::unique_ptr<Listening>* listening, Reply* reply);
  // Whether others can publish while the shell listens: then the end of its input ends nothing.
  bool is_shared() const { return connection_->is_shared(); }
  // What came on its own outside of a listening mode: before the last reply, or up to now.
  std::vector<Reply> TakePushes() { return std::exchange(pushes_, {}); }
  std::vector<Reply> CollectPushes();

  // What stands before "> ", and what the shell greets with.
  std::string Prompt() const;
  std::string Greeting() const { return connection_->Greeting(); }

 private:
  // A connection to send on, as far as that can be told.
  Ran BeReady(Reply* reply);
  Ran Refused(const std::string& what, Reply* reply);
  // One command and its reply; pushes are kept.
  Io Ask(const std::vector<std::string>& words, Reply* reply, std::string* message);
  void ReceivePushes();
  // What a command did to the state of the connection.
  void Remember(const std::vector<std::string>& words, const Reply& reply);
  void RememberHello(const std::vector<std::string>& words);
  void LeaveTransaction();
  void GiveUp();

  const std::unique_ptr<Connection> connection_;
  Login login_;
  const bool keeps_connecting_;
  bool was_open_ = false;
  std::string lost_because_;  // by the other end, not given up here; empty: it was not
  bool in_transaction_ = false;
  std::vector<std::vector<std::string>> queued_;  // in it; all words where they matter later
  std::vector<Reply> pushes_;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_CLIENT_H_
