#ifndef KONTOR_SESSION_MULTI_H_
#define KONTOR_SESSION_MULTI_H_

#include <cstddef>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "command/command.h"
#include "keyspace/shard_set.h"
#include "txn/operation.h"

namespace kontor {

// The commands between MULTI and EXEC, with their own copies of their arguments. Not thread-safe.
class Multi {
 public:
  struct Queued {
    Queued(const Command* of, Arguments arguments)
        : command(of), bytes(arguments.begin(), arguments.end()) {}
    std::vector<Bytes> arguments() const { return {bytes.begin(), bytes.end()}; }

    const Command* command;
    std::vector<std::string> bytes;
  };

  bool open() const { return open_; }
  void Open() { open_ = true; }
  // Forgets everything.
  void Close() { *this = Multi(); }

  // kTooLarge, and then it is refused.
  Status Add(const Command& command, Arguments arguments);
  // One of the commands could not be queued, so that EXEC must fail.
  void Refuse() { refused_ = open_; }
  bool refused() const { return refused_; }

  // Whether EXEC must commit what queues and channels do together with the keys. A flush cannot be
  // taken back: it is no part of that, and what is published comes after it.
  bool IsOneCommit() const { return has_queue_steps_ || (publishes_ && !changes_everything_); }
  // Whether a pause of writes holds its EXEC.
  bool is_paused_with_writes() const { return is_paused_with_writes_; }
  const std::vector<Queued>& commands() const { return commands_; }
  // What all of them together may touch, and store.
  ShardSet Shards(const Keyspace& keyspace) const;
  Access access() const;
  size_t StoredBytes() const { return bytes_; }
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  bool open_ = false;
  bool refused_ = false;
  std::vector<Queued> commands_;
  size_t bytes_ = 0;
  bool has_queue_steps_ = false;
  bool publishes_ = false;
  bool changes_everything_ = false;
  bool is_paused_with_writes_ = false;
  size_t memory_bytes_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_SESSION_MULTI_H_
