#include "db/key_tracking.h"

#include <algorithm>
#include <new>
#include <utility>

#include "txn/execute.h"
#include "txn/lock_set.h"

namespace kontor {

thread_local const KeyTracking* KeyTracking::acting = nullptr;

namespace {

int64_t BytesOf(const DatabaseKey& key) { return MapEntryBytes<DatabaseKey>(key); }

}  // namespace

// Flushes are told by the first shard, which every flush locks.
KeyTracking::KeyTracking(Core* core, const Clients* clients, std::shared_ptr<Client> owner,
                         bool broadcast)
    : core_(core), clients_(clients), owner_(std::move(owner)), broadcast_(broadcast) {
  const ShardLocks locks(&core_->keyspace, core_->keyspace.AllShards());
  uint32_t index = 0;
  try {
    for (; index < (broadcast_ ? core_->keyspace.shard_count() : 1); ++index) {
      Shard* const shard = core_->keyspace.shard(index);
      shard->lock()->AssertHeld();
      shard->watches()->AddWide(broadcast_ ? WatchScope::kEveryKey : WatchScope::kFlushes, this);
    }
  } catch (...) {
    while (index-- > 0) {
      Shard* const shard = core_->keyspace.shard(index);
      shard->lock()->AssertHeld();
      shard->watches()->RemoveWide(this);
    }
    throw;
  }
}

KeyTracking::~KeyTracking() {
  {
    const ShardLocks locks(&core_->keyspace, core_->keyspace.AllShards());
    for (uint32_t index = 0; index < (broadcast_ ? core_->keyspace.shard_count() : 1); ++index) {
      Shard* const shard = core_->keyspace.shard(index);
      shard->lock()->AssertHeld();
      shard->watches()->RemoveWide(this);
    }
  }
  // One by one, so that nobody waits for all of them. What changes meanwhile is not found here, and
  // not watched any more.
  while (true) {
    Keys::node_type node;
    {
      const MutexLock lock(&mutex_);
      if (tracked_.empty()) return;
      node = tracked_.extract(tracked_.begin());
    }
    Unwatch(node.value());
  }
}

void KeyTracking::Unwatch(const DatabaseKey& key) {
  Keyspace* const keyspace = &core_->keyspace;
  const ShardLocks locks(keyspace, ShardsOf(*keyspace, key.second));
  Shard* const shard = keyspace->ShardOf(keyspace->Hash(key.second));
  shard->lock()->AssertHeld();
  shard->watches()->Remove(key.first, key.second, this);
}

void KeyTracking::Configure(std::shared_ptr<Client> target, bool no_loop,
                            absl::Span<const Bytes> prefixes) {
  const MutexLock lock(&mutex_);
  for (const Bytes prefix : prefixes) prefixes_.emplace(prefix);
  if (broadcast_ && prefixes.empty()) prefixes_.emplace();
  target_ = std::move(target);
  no_loop_ = no_loop;
}

std::shared_ptr<Client> KeyTracking::target() const {
  const MutexLock lock(&mutex_);
  return target_;
}

KeyTracking::Prefixes KeyTracking::prefixes() const {
  const MutexLock lock(&mutex_);
  return prefixes_;
}

size_t KeyTracking::memory_bytes() const {
  const MutexLock lock(&mutex_);
  return static_cast<size_t>(bytes_);
}

Status KeyTracking::Track(uint32_t database, absl::Span<const Bytes> keys) try {
  if (broadcast_) return Ok();
  for (const Bytes key : keys) TrackOne(database, key);
  while (HasTooMany()) EvictOne();
  return Ok();
} catch (const std::bad_alloc&) {
  return Status(Code::kNoMemory, "there is not enough memory");
}

void KeyTracking::TrackOne(uint32_t database, Bytes key) {
  {
    const MutexLock lock(&mutex_);
    if (tracked_.contains(DatabaseKeyLess::Probe(database, key))) return;
  }
  Keyspace* const keyspace = &core_->keyspace;
  const ShardLocks locks(keyspace, ShardsOf(*keyspace, key));
  Shard* const shard = keyspace->ShardOf(keyspace->Hash(key));
  shard->lock()->AssertHeld();
  const MutexLock lock(&mutex_);
  const auto [place, is_new] = tracked_.emplace(database, key);
  if (!is_new) return;
  try {
    shard->watches()->Add(database, key, this);
  } catch (...) {
    tracked_.erase(place);
    throw;
  }
  bytes_ += BytesOf(*place);
}

bool KeyTracking::HasTooMany() const {
  const uint64_t most = clients_->most_tracked_keys();
  const MutexLock lock(&mutex_);
  return most != 0 && tracked_.size() > most;
}

// Goes round the keys in their order, so that each has its turn.
void KeyTracking::EvictOne() {
  Keys::node_type node;
  {
    const MutexLock lock(&mutex_);
    auto victim = tracked_.upper_bound(evicted_);
    if (victim == tracked_.end()) victim = tracked_.begin();
    if (victim == tracked_.end()) return;
    evicted_ = *victim;
    node = tracked_.extract(victim);
  }
  Unwatch(node.value());
  const MutexLock lock(&mutex_);
  if (!noted_.everything) noted_.keys.insert(std::move(node));
  Tell();
}

KeyTracking::Invalidations KeyTracking::Take() {
  const MutexLock lock(&mutex_);
  for (const DatabaseKey& key : noted_.keys) bytes_ -= BytesOf(key);
  return std::exchange(noted_, Invalidations());
}

bool KeyTracking::KeyChanged(uint32_t database, Bytes key) noexcept {
  const MutexLock lock(&mutex_);
  if (no_loop_ && acting == this) return true;
  if (broadcast_) return NoteBroadcast(key);
  const auto found = tracked_.find(DatabaseKeyLess::Probe(database, key));
  if (found == tracked_.end()) return false;  // it is being forgotten
  // The node moves: nothing is allocated.
  if (noted_.everything || noted_.keys.contains(*found)) {
    bytes_ -= BytesOf(*found);
    tracked_.erase(found);
  } else {
    noted_.keys.insert(tracked_.extract(found));
  }
  Tell();
  return false;
}

// A key has the same name in every database here, as in Redis. What cannot be noted, for want of
// memory or because nobody reads, is everything.
bool KeyTracking::NoteBroadcast(Bytes key) {
  const bool wanted = std::any_of(prefixes_.begin(), prefixes_.end(), [key](const auto& prefix) {
    return key.substr(0, prefix.size()) == prefix;
  });
  if (!wanted || noted_.everything) return true;
  const uint64_t most = clients_->most_tracked_keys();
  try {
    const auto [place, is_new] = noted_.keys.emplace(0, key);
    if (is_new) bytes_ += BytesOf(*place);
    if (most != 0 && noted_.keys.size() > most) NoteEverything();
  } catch (const std::bad_alloc&) {
    NoteEverything();
  }
  Tell();
  return true;
}

void KeyTracking::NoteEverything() {
  for (const DatabaseKey& key : noted_.keys) bytes_ -= BytesOf(key);
  noted_.keys.clear();
  noted_.everything = true;
}

// Whoever is told of everything has nothing in its cache any more.
void KeyTracking::DatabaseFlushed(uint32_t /*database*/) noexcept {
  const MutexLock lock(&mutex_);
  for (const DatabaseKey& key : tracked_) {
    Shard* const shard = core_->keyspace.ShardOf(core_->keyspace.Hash(key.second));
    shard->lock()->AssertHeld();
    shard->watches()->Remove(key.first, key.second, this);
    bytes_ -= BytesOf(key);
  }
  tracked_.clear();
  NoteEverything();
  Tell();
}

// If whoever is to be told is gone, the owner learns that.
void KeyTracking::Tell() {
  if (target_ == nullptr || !target_->TellOfInvalidations()) owner_->TellOfInvalidations();
}

}  // namespace kontor
