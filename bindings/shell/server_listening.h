// SUBSCRIBE and its kin, and MONITOR, on a connection to a server.
#ifndef KONTOR_SHELL_SERVER_LISTENING_H_
#define KONTOR_SHELL_SERVER_LISTENING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "backend.h"
#include "connection.h"

namespace kontor::shell {

// Every command is sent, and what the server says comes out of Next in its order. Behind each goes
// a PING as a fence: how many confirmations a command has, only the server knows. Where nothing is
// subscribed at the fence, the connection is as before. Given up earlier, it is closed.
class ServerListening : public Listening {
 public:
  // The connection is open, and outlives this.
  explicit ServerListening(Connection* connection) : connection_(connection) {}
  ~ServerListening() override;

  std::optional<std::vector<Reply>> Run(const std::vector<std::string>& words) override;
  std::optional<Reply> Next() override;
  int descriptor() const override { return connection_->descriptor(); }
  bool is_answering() const override { return fenced_; }
  bool over() const override { return over_; }
  bool lost() const override { return lost_; }

 private:
  // Keeps count of the subscriptions.
  void Note(const Reply& reply);
  Reply Lose(const std::string& message);

  Connection* const connection_;
  int64_t subscriptions_ = 0;  // to channels and patterns, as the server last said
  int64_t shard_subscriptions_ = 0;
  bool monitors_ = false;
  bool asked_to_monitor_ = false;
  bool fenced_ = false;  // the fence was sent, and not answered
  bool over_ = false;
  bool lost_ = false;
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_SERVER_LISTENING_H_
