// SUBSCRIBE and PSUBSCRIBE at the prompt: a mailbox whose messages are printed as they come.
#ifndef KONTOR_SHELL_SUBSCRIBE_H_
#define KONTOR_SHELL_SUBSCRIBE_H_

#include <kontor/kontor.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backend.h"
#include "database.h"
#include "handles.h"
#include "reply.h"

namespace kontor::shell {

// The subscriptions of one listening mode. Belongs to one thread.
class Subscriptions : public Listening {
 public:
  // Nothing is subscribed yet. On failure the mode cannot begin, and the reply says why.
  std::optional<Reply> Begin(const Database& database);

  // Runs [P]SUBSCRIBE and [P]UNSUBSCRIBE; nothing for any other command. One reply per subject.
  std::optional<std::vector<Reply>> Run(const std::vector<std::string>& words) override;
  // Messages, as redis-cli shows them.
  std::optional<Reply> Next() override;
  int descriptor() const override { return descriptor_; }
  bool is_answering() const override { return false; }
  bool over() const override { return subjects_[0].empty() && subjects_[1].empty(); }
  bool lost() const override { return false; }

 private:
  Reply Subscribe(uint32_t kind, const std::string& subject);
  Reply Unsubscribe(uint32_t kind, const std::string& subject);
  std::vector<Reply> UnsubscribeAll(uint32_t kind);
  int64_t Count() const;

  ErrorHandle error_{kontor_error_new()};
  MailboxHandle mailbox_;
  int32_t descriptor_ = -1;
  std::set<std::string> subjects_[2];  // by KONTOR_CHANNEL and KONTOR_PATTERN
};

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_SUBSCRIBE_H_
