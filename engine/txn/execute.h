#ifndef KONTOR_TXN_EXECUTE_H_
#define KONTOR_TXN_EXECUTE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/waiter.h"
#include "txn/core.h"
#include "txn/operation.h"

namespace kontor {

// The keys an operation touches: in its own database, or explicitly elsewhere.
ShardSet ShardsOf(const Keyspace& keyspace, const std::vector<Bytes>& keys);
inline ShardSet ShardsOf(const Keyspace& keyspace, Bytes key) {
  return ShardSet::Of(keyspace.ShardIndex(keyspace.Hash(key)));
}

// Locks the shards, runs `body` in an operation, gives its effects their place in the journal,
// wakes who waits for what it made ready, unlocks, and then waits for as much durability as the
// engine promises. Answers what `body` answers, or, for changes, kReadOnly before anything is
// changed, or kIo if the promise could not be kept; for Access::kWrite also kNoMemory before
// anything is changed, if `bytes`, which is what the caller knows it is going to store, are over
// the memory limit and nothing can be evicted.
using OperationBody = absl::FunctionRef<Status(Operation&)>;
Status Execute(Core* core, const ShardSet& shards, Access access, uint32_t database,
               OperationBody body, size_t bytes = 0);
// A write that is taken back if it finds no memory in the middle, its reply included. It must not
// flush or swap databases.
Status ExecuteWhole(Core* core, const ShardSet& shards, Access access, uint32_t database,
                    OperationBody body, size_t bytes = 0);
// The same on one key, whose hash is computed only once. With `undo` (for this call alone) what it
// did is taken back if it finds no memory in the middle.
Status ExecuteOnKey(Core* core, Bytes key, Access access, uint32_t database, OperationBody body,
                    size_t bytes = 0, UndoLog* undo = nullptr);
// The same without waiting for durability, and never refused for want of memory: for changes that
// nobody was promised (an expired key is gone either way).
Status ExecuteWithoutWaiting(Core* core, const ShardSet& shards, uint32_t database,
                             OperationBody body);

// How a call waits.
struct WaitOptions {
  // < 0: for ever; 0: not at all. Read after the first attempt, so that the body may be what finds
  // it out.
  const int64_t* timeout_ms = nullptr;
  // Read after each attempt, as far as it is set: when another one is worthwhile although nobody
  // notifies this caller; < 0: never.
  const int64_t* retry_ms = nullptr;
  ValueType type = ValueType::kList;  // of what it waits for
  Waiter* waiter = nullptr;           // to be interrupted through; may be null
  const std::atomic<bool>* closed =
      nullptr;  // set (and all waiters notified) when the caller's handle closes
};

// An operation that may find nothing to take, and its places in the wait lists of its keys until it
// does. A thread waits between attempts in ExecuteBlocking; a session comes back to it when its
// waiter was notified. Not thread-safe.
class BlockedOperation final : public Turn {
 public:
  // It takes values of this type. `waiter` is notified when another attempt is worthwhile; it must
  // outlive this.
  BlockedOperation(Core* core, const std::vector<Bytes>& keys, ValueType type,
                   const ShardSet& shards, Access access, uint32_t database, Waiter* waiter);
  // Leaves the wait lists.
  ~BlockedOperation() override;
  BlockedOperation(const BlockedOperation&) = delete;
  BlockedOperation& operator=(const BlockedOperation&) = delete;

  // Runs `body` as Execute does. kAgain: it keeps, or has now taken, its place behind those who
  // came before.
  Status Attempt(OperationBody body);

  const WaitPlace* PlaceAt(Bytes key) const override;
  void JoinLine(Bytes line) override;

 private:
  void Register();  // these two need the locks
  void Leave();

  Core* const core_;
  const ValueType type_;
  const ShardSet shards_;
  const Access access_;
  const uint32_t database_;
  Waiter* const waiter_;
  std::vector<std::pair<std::string, std::unique_ptr<WaitPlace>>> places_;
  std::optional<std::string> line_;
  bool registered_ = false;
};

// Attempts `body` again and again until it answers something else than kAgain, sleeping until one
// of `keys` is ready and it is this caller's turn. kTimeout, kInterrupted, kClosed.
Status ExecuteBlocking(Core* core, const std::vector<Bytes>& keys, const ShardSet& shards,
                       Access access, uint32_t database, const WaitOptions& wait,
                       OperationBody body);

}  // namespace kontor

#endif  // KONTOR_TXN_EXECUTE_H_
