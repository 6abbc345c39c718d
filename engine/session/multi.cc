#include "session/multi.h"

#include "base/limits.h"
#include "txn/execute.h"

namespace kontor {

Status Multi::Add(const Command& command, Arguments arguments) {
  const size_t bytes = kontor::StoredBytes(arguments);
  if (commands_.size() >= limits::kTransactionSteps || bytes > limits::kCommandBytes - bytes_) {
    Refuse();
    return Status(Code::kTooLarge, "the transaction has too many commands, or too large ones");
  }
  commands_.emplace_back(&command, arguments);
  bytes_ += bytes;
  has_queue_steps_ |= (command.flags & kQueueStep) != 0;
  publishes_ |= (command.flags & kPublishes) != 0;
  constexpr uint32_t kEverything = kAllKeys | kWrites;
  changes_everything_ |= (command.flags & kEverything) == kEverything;
  is_paused_with_writes_ |= IsPausedWithWrites(command);
  memory_bytes_ += sizeof(Queued) + bytes + arguments.size() * sizeof(std::string);
  return Ok();
}

ShardSet Multi::Shards(const Keyspace& keyspace) const {
  ShardSet shards;
  for (const Queued& queued : commands_) {
    shards |= ShardsOf(keyspace, *queued.command, queued.arguments());
  }
  return shards;
}

Access Multi::access() const {
  Access access = Access::kRead;
  for (const Queued& queued : commands_) {
    const Access own = AccessOf(*queued.command, queued.arguments());
    if (own == Access::kWrite) return own;
    if (own == Access::kRelease) access = own;
  }
  return access;
}

}  // namespace kontor
