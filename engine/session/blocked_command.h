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

// A command that may wait, run without holding a thread: it is attempted when its waiter was
// notified, keeps its place in line meanwhile, and leaves it when it is destroyed. Not thread-safe.
class BlockedCommand {
 public:
  // Copies the arguments, which CheckCommand accepted. `waiter` must outlive what is made.
  static std::unique_ptr<BlockedCommand> Make(Engine* engine, const Command& command,
                                              Arguments arguments, uint32_t database,
                                              Waiter* waiter);
  virtual ~BlockedCommand() = default;
  BlockedCommand(const BlockedCommand&) = delete;
  BlockedCommand& operator=(const BlockedCommand&) = delete;

  // Replies and answers Ok(), or fails and leaves in `reply` what must be discarded. kAgain:
  // nothing to take yet.
  Status Attempt(ReplySink* reply);
  // What is left of the command's own timeout after an attempt that answered kAgain; < 0: for ever.
  int64_t RemainingMs() const { return countdown_->RemainingMs(); }
  // Until another attempt is worthwhile, though nobody notified the waiter; < 0: never.
  int64_t RetryMs() const;
  // Of its arguments.
  size_t memory_bytes() const;

 protected:
  explicit BlockedCommand(Arguments arguments)
      : bytes_(arguments.begin(), arguments.end()), arguments_(bytes_.begin(), bytes_.end()) {}

  // With the command's own timeout, if it answers kAgain, and when to try again (< 0: never).
  virtual Status AttemptOnce(ReplySink* reply, int64_t* timeout_ms, int64_t* due_ms) = 0;
  Arguments arguments() const { return arguments_; }

 private:
  const std::vector<std::string> bytes_;
  const std::vector<Bytes> arguments_;  // of bytes_
  std::optional<Countdown> countdown_;
  std::optional<Countdown> due_;
};

}  // namespace kontor

#endif  // KONTOR_SESSION_BLOCKED_COMMAND_H_
