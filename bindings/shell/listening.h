// SUBSCRIBE and its kin, and MONITOR: messages come on their own.
#ifndef KONTOR_SHELL_LISTENING_H_
#define KONTOR_SHELL_LISTENING_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connection.h"

namespace kontor::shell {

// What is sent is answered out of Next, in its order. Behind each command goes a PING as a fence:
// how many confirmations a command has, only the other end knows. Where nothing is subscribed at
// the fence, the connection is as before. Given up earlier, it is closed.
class Listening {
 public:
  // On a connection that is open and outlives this: every command is sent there.
  explicit Listening(Connection* connection) : connection_(connection) {}
  // On one of its own: only what has to do with subscriptions is.
  explicit Listening(std::unique_ptr<Connection> own)
      : own_(std::move(own)), connection_(own_.get()) {}
  ~Listening();
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  // Sends a command, or says why not; nothing if it is to be run elsewhere. Not while the last one
  // is being answered.
  std::optional<std::vector<Reply>> Run(const std::vector<std::string>& words);
  // What is there to show, nothing if there is nothing now. Does not wait.
  std::optional<Reply> Next();
  // Readable while Next may have something.
  int descriptor() const { return connection_->descriptor(); }
  // The last command is still being answered.
  bool is_answering() const { return fenced_; }
  // Nothing is listened to any more.
  bool over() const { return over_; }
  // It is over because the connection was lost.
  bool lost() const { return lost_; }

 private:
  // Keeps count of the subscriptions.
  void Note(const Reply& reply);
  Reply Lose(const std::string& message);

  const std::unique_ptr<Connection> own_;
  Connection* const connection_;
  int64_t subscriptions_ = 0;  // to channels and patterns, as the other end last said
  int64_t shard_subscriptions_ = 0;
  bool monitors_ = false;
  bool asked_to_monitor_ = false;
  bool fenced_ = false;  // the fence was sent, and not answered
  bool over_ = false;
  bool lost_ = false;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_LISTENING_H_
