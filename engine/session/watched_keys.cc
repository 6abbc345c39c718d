#include "session/watched_keys.h"

#include "base/limits.h"
#include "txn/execute.h"
#include "txn/lock_set.h"

namespace kontor {
namespace {

constexpr size_t kWatchBytes = 256;  // of one key beside its bytes

}  // namespace

Status WatchedKeys::Add(uint32_t database, absl::Span<const Bytes> keys) {
  if (keys_.size() + keys.size() > limits::kArguments) {
    return Status(Code::kTooLarge, "too many watched keys");
  }
  ShardSet shards;
  for (const Bytes key : keys) shards |= ShardsOf(core_->keyspace, key);
  return Execute(core_, shards, Access::kRelease, database, [&](Operation& operation) {
    for (const Bytes key : keys) {
      if (!keys_.emplace(database, key).second) continue;
      operation.Find(key);  // what has expired goes before it is watched
      Shard* const shard = core_->keyspace.ShardOf(core_->keyspace.Hash(key));
      shard->lock()->AssertHeld();
      memory_bytes_ += kWatchBytes + 2 * key.size();
      shards_ |= ShardsOf(core_->keyspace, key);
      shard->watches()->Add(database, key, this);
    }
    return Ok();
  });
}

void WatchedKeys::Clear() {
  if (keys_.empty()) return;
  const ShardLocks locks(&core_->keyspace, shards_);
  for (const auto& [database, key] : keys_) {
    Shard* const shard = core_->keyspace.ShardOf(core_->keyspace.Hash(key));
    shard->lock()->AssertHeld();
    shard->watches()->Remove(database, key, this);
  }
  keys_.clear();
  memory_bytes_ = 0;
  shards_ = ShardSet();
  changed_.store(false, std::memory_order_relaxed);
}

bool WatchedKeys::HaveChanged(Operation* operation) {
  for (const auto& [database, key] : keys_) operation->Find(database, key);
  return changed_.load(std::memory_order_relaxed);
}

bool WatchedKeys::KeyChanged(uint32_t /*database*/, Bytes /*key*/) noexcept {
  changed_.store(true, std::memory_order_relaxed);
  return true;  // until Clear
}

}  // namespace kontor
