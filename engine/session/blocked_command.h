#ifndef KONTOR_SESSION_BLOCKED_COMMAND_H_
#define KONTOR_SESSION_BLOCKED_COMMAND_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/waiter.h"
#include "command/command.h"
#include "txn/execute.h"

namespace kontor {

// A command that may wait (BLPOP and its kin), run without holding a thread: it is attempted when
// its waiter was notified, keeps its place in the wait lists of its keys meanwhile, and leaves them
// when it is destroyed. Not thread-safe.
class BlockedCommand {
 public:
  // Copies the arguments, which CheckCommand accepted. `waiter` must outlive this.
  BlockedCommand(Engine* engine, const Command& command, Arguments arguments, uint32_t database,
                 Waiter* waiter);

  // Replies and answers Ok(), or fails and leaves in `reply` what must be discarded. kAgain:
  // nothing to take yet.
  Status Attempt(ReplySink* reply);
  // What is left of the command's own timeout after an attempt that answered kAgain; < 0: for ever.
  int64_t RemainingMs() const { return countdown_->RemainingMs(); }

 private:
  Engine* const engine_;
  const Command& command_;
  const std::vector<std::string> bytes_;
  const std::vector<Bytes> arguments_;  // of bytes_
  uint32_t database_;
  Waiter* const waiter_;
  std::unique_ptr<BlockedOperation> operation_;
  std::optional<Countdown> countdown_;
};

}  // namespace kontor

#endif  // KONTOR_SESSION_BLOCKED_COMMAND_H_
