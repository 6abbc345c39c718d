#include "txn/execute.h"

#include <memory>
#include <utility>

#include "txn/lock_set.h"
#include "txn/make_room.h"
#include "txn/slowness_watch.h"

namespace kontor {
namespace {

// Tells the journal what was done. Its place there, 0 if it has none, or if only what had expired
// is gone: a reader was promised nothing.
Lsn AppendEffects(Core* core, const Operation& operation) {
  if (!operation.changed() || core->journal == nullptr) return 0;
  const Lsn lsn = core->journal->Append(operation.effects());
  return operation.access() == Access::kRead ? 0 : lsn;
}

// Runs the body and commits what it changed, with the locks held. *lsn: its place in the journal, 0
// if it has none. If it finds no memory in the middle, what it did is taken back; where nothing was
// remembered (undo is null) it is journaled, so that memory and journal go on saying the same.
Status RunLocked(Core* core, Operation* operation, UndoLog* undo, OperationBody body, Lsn* lsn) {
  if (core->closed.load(std::memory_order_relaxed)) return EngineClosed();
  Status status;
  try {
    status = body(*operation);
  } catch (...) {
    if (undo != nullptr) {
      undo->Rollback();
      operation->Forget();
    } else {
      *lsn = AppendEffects(core, *operation);
    }
    operation->TellEverybody();
    throw;
  }
  *lsn = AppendEffects(core, *operation);
  operation->TellEverybody();
  return status;
}

// What can be refused before any lock is taken.
Status CheckDoor(Core* core, Access access, uint32_t shard, size_t bytes) {
  if (access != Access::kRead && core->journal != nullptr) {
    KONTOR_RETURN_IF_ERROR(core->journal->CheckWritable());
  }
  return CheckRoom(core, access, shard, bytes);
}

Status LockAndRun(Core* core, const ShardSet& shards, Access access, uint32_t database,
                  size_t bytes, UndoLog* undo, OperationBody body, Lsn* lsn) {
  KONTOR_RETURN_IF_ERROR(CheckDoor(core, access, shards.first(), bytes));
  const SlownessWatch watch(core);
  const ShardLocks locks(&core->keyspace, shards);
  Operation operation(core, shards, access, database, undo);
  return RunLocked(core, &operation, undo, body, lsn);
}

}  // namespace

ShardSet ShardsOf(const Keyspace& keyspace, const std::vector<Bytes>& keys) {
  ShardSet shards;
  for (const Bytes key : keys) shards.set(keyspace.ShardIndex(keyspace.Hash(key)));
  return shards;
}

Status Execute(Core* core, const ShardSet& shards, Access access, uint32_t database,
               OperationBody body, size_t bytes) {
  Lsn lsn = 0;
  const Status status = LockAndRun(core, shards, access, database, bytes, nullptr, body, &lsn);
  if (access == Access::kWrite) PayBack(core, shards.first());
  const Status durable = AwaitDurability(core, lsn);
  return durable.ok() ? status : durable;
}

Status ExecuteWhole(Core* core, const ShardSet& shards, Access access, uint32_t database,
                    OperationBody body, size_t bytes) {
  Lsn lsn = 0;
  UndoLog undo(&core->keyspace);
  const Status status = LockAndRun(core, shards, access, database, bytes, &undo, body, &lsn);
  if (access == Access::kWrite) PayBack(core, shards.first());
  const Status durable = AwaitDurability(core, lsn);
  return durable.ok() ? status : durable;
}

Status ExecuteOnKey(Core* core, Bytes key, Access access, uint32_t database, OperationBody body,
                    size_t bytes, UndoLog* undo) {
  const uint64_t hash = core->keyspace.Hash(key);
  const uint32_t index = core->keyspace.ShardIndex(hash);
  KONTOR_RETURN_IF_ERROR(CheckDoor(core, access, index, bytes));
  const ShardSet shards = ShardSet::Of(index);
  Shard* const shard = core->keyspace.shard(index);
  shard->BringNear(shard->lock()->ReadBegin(), database, hash);
  Lsn lsn = 0;
  Status status;
  {
    const SequenceLockHolder lock(shard->lock());
    Operation operation(core, shards, access, database, undo);
    operation.set_known_key({key, hash});
    status = RunLocked(core, &operation, undo, body, &lsn);
  }
  if (access == Access::kWrite) PayBack(core, index);
  if (lsn == 0) return status;
  const Status durable = AwaitDurability(core, lsn);
  return durable.ok() ? status : durable;
}

Status ExecuteWithoutWaiting(Core* core, const ShardSet& shards, uint32_t database,
                             OperationBody body) {
  Lsn lsn = 0;
  return LockAndRun(core, shards, Access::kRelease, database, 0, nullptr, body, &lsn);
}

BlockedOperation::BlockedOperation(Core* core, const std::vector<Bytes>& keys, ValueType type,
                                   const ShardSet& shards, Access access, uint32_t database,
                                   Waiter* waiter)
    : core_(core),
      type_(type),
      shards_(shards),
      access_(access),
      database_(database),
      waiter_(waiter) {
  for (const Bytes key : keys) {
    if (PlaceAt(key) != nullptr) continue;  // named twice: one place
    places_.emplace_back(std::string(key), std::make_unique<WaitPlace>(waiter_));
  }
}

BlockedOperation::~BlockedOperation() {
  if (!registered_) return;
  const ShardLocks locks(&core_->keyspace, shards_);
  Leave();
}

const WaitPlace* BlockedOperation::PlaceAt(Bytes key) const {
  for (const auto& [name, place] : places_) {
    if (name == key) return place.get();
  }
  return nullptr;
}

// It asks for the same at every attempt.
void BlockedOperation::JoinLine(Bytes line) {
  if (line_.has_value()) return;
  line_.emplace(line);
  for (const auto& [name, place] : places_) place->set_line(*line_);
}

void BlockedOperation::Register() {
  if (registered_) return;
  // First what may find no memory. A list that was made and stays empty is dropped by Leave.
  registered_ = true;
  for (const auto& [key, place] : places_) {
    Shard* const shard = core_->keyspace.ShardOf(core_->keyspace.Hash(key));
    shard->lock()->AssertHeld();
    shard->WaitersOf(database_, key, type_);
  }
  for (const auto& [key, place] : places_) {
    Shard* const shard = core_->keyspace.ShardOf(core_->keyspace.Hash(key));
    shard->lock()->AssertHeld();
    shard->FindWaiters(database_, key, type_)->Append(place.get());
  }
}

void BlockedOperation::Leave() {
  if (!registered_) return;
  registered_ = false;
  for (const auto& [key, place] : places_) {
    Shard* const shard = core_->keyspace.ShardOf(core_->keyspace.Hash(key));
    shard->lock()->AssertHeld();
    WaitList* const waiters = shard->FindWaiters(database_, key, type_);
    if (waiters == nullptr) continue;  // there was no memory to register
    // Whoever is next may find something, or finds nothing and goes on waiting. Of those who wait
    // for a stream only readers of one group take from each other.
    if (place->linked()) {
      waiters->NotifyNextInLine(*place);
      waiters->Remove(place.get());
    }
    if (type_ != ValueType::kStream) waiters->NotifyFirst();
    shard->DropWaitersIfEmpty(database_, key, type_);
  }
}

Status BlockedOperation::Attempt(OperationBody body) {
  KONTOR_RETURN_IF_ERROR(CheckDoor(core_, access_, shards_.first(), 0));
  Lsn lsn = 0;
  Status status;
  UndoLog undo(&core_->keyspace);
  {
    const ShardLocks locks(&core_->keyspace, shards_);
    Operation operation(core_, shards_, access_, database_, &undo);
    operation.set_turn(this);
    status = RunLocked(core_, &operation, &undo, body, &lsn);
    if (status.code() == Code::kAgain) {
      Register();
    } else {
      Leave();
    }
  }
  const Status durable = AwaitDurability(core_, lsn);
  return durable.ok() ? status : durable;
}

Status ExecuteBlocking(Core* core, const std::vector<Bytes>& keys, const ShardSet& shards,
                       Access access, uint32_t database, const WaitOptions& wait,
                       OperationBody body) {
  Waiter own;
  Waiter* const waiter = wait.waiter == nullptr ? &own : wait.waiter;
  BlockedOperation blocked(core, keys, wait.type, shards, access, database, waiter);
  std::unique_ptr<Countdown> countdown;
  while (true) {
    if (wait.closed != nullptr && wait.closed->load(std::memory_order_acquire)) {
      return Status(Code::kClosed, "the handle was closed");
    }
    Status status = blocked.Attempt(body);
    if (status.code() != Code::kAgain) return status;
    // Only looking is no wait that an interrupt could end.
    if (*wait.timeout_ms == 0) return Status(Code::kTimeout, "there is nothing now");
    // Only now this call is sure to be woken by whoever closes the handle.
    if (wait.closed != nullptr && wait.closed->load(std::memory_order_acquire)) {
      return Status(Code::kClosed, "the handle was closed");
    }
    if (countdown == nullptr) countdown = std::make_unique<Countdown>(*wait.timeout_ms);
    const int64_t remaining_ms = countdown->RemainingMs();
    const int64_t retry_ms = wait.retry_ms == nullptr ? -1 : *wait.retry_ms;
    const bool retries = retry_ms >= 0 && (remaining_ms < 0 || retry_ms < remaining_ms);
    switch (waiter->Wait(retries ? retry_ms : remaining_ms)) {
      case WakeReason::kNotified:
        break;
      case WakeReason::kTimeout:
        if (retries) break;
        return Status(Code::kTimeout, "nothing came within the timeout");
      case WakeReason::kInterrupted:
        return Status(Code::kInterrupted, "the wait was interrupted");
    }
  }
}

}  // namespace kontor
