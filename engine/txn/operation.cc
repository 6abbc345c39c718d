#include "txn/operation.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "txn/make_room.h"
#include "txn/publish.h"

namespace kontor {

Status WrongType() {
  return Status(Code::kWrongType, "Operation against a key holding the wrong kind of value");
}

Shard* Operation::LockedShard(uint64_t hash) {
  KONTOR_CHECK(locked_[keyspace_->ShardIndex(hash)]);
  Shard* const shard = keyspace_->ShardOf(hash);
  shard->lock()->AssertHeld();
  return shard;
}

const Record* Operation::Find(uint32_t database, Bytes key) {
  const Record* const record = FindUnexpired(database, key);
  if (access_ == Access::kRead) {
    core_->lookups.Add(record != nullptr ? Core::kHits : Core::kMisses);
    if (record == nullptr) Announce(KeyEventClass::kMiss, "keymiss", database, key);
  }
  return record;
}

const Record* Operation::FindUnexpired(uint32_t database, Bytes key) {
  const uint64_t hash = HashOf(key);
  Shard* const shard = LockedShard(hash);
  shard->lock()->AssertHeld();
  Record* const record = shard->Find(database, key, hash);
  if (record == nullptr) return nullptr;
  shard->NoteUse(record);
  if (record->deadline_unix_ms() != 0 && record->ExpiredAt(now_unix_ms())) {
    if (access_ != Access::kRead) {
      Reclaim(database, key, Reclaimed::kExpired);
      core_->expired_keys.fetch_add(1, std::memory_order_relaxed);
    }
    return nullptr;
  }
  const int64_t field_deadline = record->earliest_field_deadline_unix_ms();
  if (field_deadline == 0 || field_deadline > now_unix_ms()) return record;
  ReclaimFields(database, key, UINT64_MAX);
  return shard->Find(database, key, hash);
}

// A reader, too, holds its shard's lock alone, and what follows from the deadlines that are in the
// journal already needs no promise of its own; so the fields go, instead of every verb having to
// look past them.
uint64_t Operation::ReclaimFields(uint32_t database, Bytes key, uint64_t most) {
  const Hash* const hash = keyspace_->Find(database, key)->As<Hash>();
  const uint64_t count = std::min<uint64_t>(hash->CountOverdue(now_unix_ms()), most);
  if (count == 0) return 0;
  ApplyAlways({.kind = KeyEffectKind::kHashDeleteEarliest,
               .database = database,
               .key = key,
               .number = static_cast<int64_t>(count)},
              HashOf(key));
  core_->expired_fields.fetch_add(count, std::memory_order_relaxed);
  Announce(KeyEventClass::kHash, "hexpired", database, key);
  if (keyspace_->Find(database, key) == nullptr) {
    Announce(KeyEventClass::kGeneric, "del", database, key);
  }
  return count;
}

Status Operation::Find(Bytes key, std::optional<Bytes>* text) {
  const Record* const record = Find(key);
  text->reset();
  if (record == nullptr) return Ok();
  if (!record->is_string()) return WrongType();
  *text = record->text();
  return Ok();
}

// The one place where a write revokes the lease on its key. It is looked for first, because the
// effect may name the very key that applying it frees.
void Operation::Apply(const KeyEffect& effect) {
  const uint64_t hash = HashOf(effect.key);
  Shard* const shard = LockedShard(hash);
  shard->lock()->AssertHeld();
  LeaseTable::Lease* const lease =
      shard->has_leases() ? shard->leases()->Find(effect.database, effect.key) : nullptr;
  ApplyKeepingLeases(effect, hash);
  if (lease != nullptr) shard->leases()->Revoke(lease);
}

void Operation::ApplyKeepingLeases(const KeyEffect& effect, uint64_t hash) {
  KONTOR_CHECK(access_ != Access::kRead);
  ApplyAlways(effect, hash);
}

void Operation::ApplyAlways(const KeyEffect& effect, uint64_t hash) {
  const size_t remembered = undo_ == nullptr ? 0 : undo_->size();
  // Encoded first: the effect may name the very key that applying it frees. What could not be
  // applied for want of memory is not told.
  const size_t told_bytes = effects_.size();
  try {
    TellWatchers(effect, hash);
    TellStreamReaders(effect, hash);
    if (core_->key_events.Includes(KeyEventClass::kNew)) AnnounceNew(effect);
    if (undo_ != nullptr) undo_->Remember(effect);
    if (core_->journal != nullptr) EncodeEffect(effect, &effects_);
    const Status status = keyspace_->Apply(effect, hash);
    KONTOR_CHECK(status.ok());
  } catch (...) {
    effects_.resize(told_bytes);
    if (undo_ != nullptr) undo_->Forget(remembered);
    throw;
  }
  ++effect_count_;
}

// Before the change, because the effect may name the very key that applying it frees.
void Operation::TellWatchers(const KeyEffect& effect, uint64_t hash) {
  const auto tell = [this](uint32_t database, Bytes key, uint64_t key_hash) {
    Shard* const shard = LockedShard(key_hash);
    shard->lock()->AssertHeld();
    if (!shard->watches()->empty()) shard->watches()->Tell(database, key);
  };
  switch (effect.kind) {
    case KeyEffectKind::kDatabaseFlush:
      return TellWatchersOfDatabase(effect.database, effect.database);
    case KeyEffectKind::kDatabaseSwap:
      return TellWatchersOfDatabase(effect.database, static_cast<uint32_t>(effect.number));
    case KeyEffectKind::kKeyMove:
    case KeyEffectKind::kKeyCopy:
      tell(static_cast<uint32_t>(effect.number), effect.field, HashOf(effect.field));
      if (effect.kind == KeyEffectKind::kKeyMove) tell(effect.database, effect.key, hash);
      return;
    // As in Redis, who watches a stream sees what it holds, not who reads it.
    case KeyEffectKind::kStreamSetIds:
    case KeyEffectKind::kStreamSetGroup:
    case KeyEffectKind::kStreamDeleteGroup:
    case KeyEffectKind::kStreamSetConsumer:
    case KeyEffectKind::kStreamDeleteConsumer:
    case KeyEffectKind::kStreamSetPending:
    case KeyEffectKind::kStreamRemovePending:
      return;
    default:
      tell(effect.database, effect.key, hash);
  }
}

// A key that is in neither of the two databases does not change.
void Operation::TellWatchersOfDatabase(uint32_t database, uint32_t other) {
  Shard* const first_shard = keyspace_->shard(0);  // who wants to know of flushes is in each
  first_shard->lock()->AssertHeld();
  first_shard->watches()->TellOfFlush(database);
  if (other != database) first_shard->watches()->TellOfFlush(other);
  for (uint32_t index = 0; index < keyspace_->shard_count(); ++index) {
    Shard* const shard = keyspace_->shard(index);
    shard->lock()->AssertHeld();
    const auto changes = [&](Bytes key) {
      return keyspace_->Find(database, key) != nullptr || keyspace_->Find(other, key) != nullptr;
    };
    shard->watches()->TellAll(database, changes);
    if (other != database) shard->watches()->TellAll(other, changes);
  }
}

// A stream gets an entry, or goes, or a group of it does. Before the change, for which nothing may
// fail: a notice too many does no harm.
void Operation::TellStreamReaders(const KeyEffect& effect, uint64_t hash) {
  const auto tell = [this](uint32_t database, Bytes key, uint64_t key_hash, Told told) {
    AddReady(database, key, key_hash, ValueType::kStream, told);
  };
  switch (effect.kind) {
    case KeyEffectKind::kStreamAdd:
      return tell(effect.database, effect.key, hash, Told::kFirstOfLines);
    case KeyEffectKind::kKeyMove:
    case KeyEffectKind::kKeyCopy:
      tell(static_cast<uint32_t>(effect.number), effect.field, HashOf(effect.field), Told::kAll);
      if (effect.kind == KeyEffectKind::kKeyCopy) return;
      [[fallthrough]];
    case KeyEffectKind::kStringSet:
    case KeyEffectKind::kKeyDelete:
    case KeyEffectKind::kStreamDeleteGroup:
      return tell(effect.database, effect.key, hash, Told::kAll);
    default:
      return;
  }
}

// Before the change, when the key that it makes is not there yet.
void Operation::AnnounceNew(const KeyEffect& effect) {
  switch (effect.kind) {
    case KeyEffectKind::kKeyDelete:
    case KeyEffectKind::kKeyExpire:
    case KeyEffectKind::kDatabaseFlush:
    case KeyEffectKind::kDatabaseSwap:
      return;
    default:
      break;
  }
  const bool to_target =
      effect.kind == KeyEffectKind::kKeyMove || effect.kind == KeyEffectKind::kKeyCopy;
  const uint32_t database = to_target ? static_cast<uint32_t>(effect.number) : effect.database;
  const Bytes key = to_target ? effect.field : effect.key;
  if (keyspace_->Find(database, key) == nullptr) AddEvent(database, "new", key);
}

void Operation::NoteWrite(Bytes key) {
  Shard* const shard = LockedShard(HashOf(key));
  shard->lock()->AssertHeld();
  shard->watches()->Tell(database_, key);
}

void Operation::RevokeLease(uint32_t database, Bytes key) {
  Shard* const shard = LockedShard(HashOf(key));
  shard->lock()->AssertHeld();
  if (!shard->has_leases()) return;
  LeaseTable::Lease* const lease = shard->leases()->Find(database, key);
  if (lease != nullptr) shard->leases()->Revoke(lease);
}

void Operation::RevokeLeases(uint32_t database) {
  KONTOR_CHECK(locked_ == keyspace_->AllShards());
  for (uint32_t index = 0; index < keyspace_->shard_count(); ++index) {
    Shard* const shard = keyspace_->shard(index);
    shard->lock()->AssertHeld();
    shard->leases()->RevokeAll(database);
  }
}

// In two steps around a change, because after it nothing may fail.
void Operation::PrepareReady(uint32_t database, Bytes key, ValueType type) {
  Shard* const shard = LockedShard(HashOf(key));
  shard->lock()->AssertHeld();
  if (shard->FindWaiters(database, key, type) != nullptr) ready_.reserve(ready_.size() + 1);
}

void Operation::NoteReady(uint32_t database, Bytes key, ValueType type) {
  AddReady(database, key, HashOf(key), type,
           type == ValueType::kStream ? Told::kAll : Told::kFirst);
}

void Operation::AddReady(uint32_t database, Bytes key, uint64_t hash, ValueType type, Told told) {
  Shard* const shard = LockedShard(hash);
  shard->lock()->AssertHeld();
  WaitList* const waiters = shard->FindWaiters(database, key, type);
  if (waiters == nullptr) return;
  if (!ready_.empty() && ready_.back().waiters == waiters) {
    ready_.back().told = std::max(ready_.back().told, told);
  } else {
    ready_.push_back({waiters, told});
  }
}

void Operation::TellEverybody() {
  for (const Ready& each : ready_) {
    switch (each.told) {
      case Told::kFirst:
        each.waiters->NotifyFirst();
        break;
      case Told::kFirstOfLines:
        each.waiters->NotifyFirstOfLines();
        break;
      case Told::kAll:
        each.waiters->NotifyAll();
        break;
    }
  }
  ready_.clear();
  if (!events_.empty()) PublishEvents();
}

void Operation::AnnounceTaking(KeyEventClass kind, Bytes event, Bytes key) {
  Announce(kind, event, key);
  if (core_->key_events.Includes(KeyEventClass::kGeneric) &&
      keyspace_->Find(database_, key) == nullptr) {
    AddEvent(database_, "del", key);
  }
}

void Operation::AddEvent(uint32_t database, Bytes event, Bytes key) {
  try {
    events_.push_back({database, std::string(event), std::string(key)});
  } catch (const std::bad_alloc&) {
    return;  // what was done is done, whether or not anybody can be told
  }
}

void Operation::PublishEvents() {
  const uint32_t wanted = core_->key_events.wanted();
  for (const Event& event : events_) {
    try {
      const std::string at = "@" + std::to_string(event.database) + "__:";
      if ((wanted & KeyEvents::kToKeyspace) != 0) {
        PublishEvent(core_, "__keyspace" + at + event.key, event.name);
      }
      if ((wanted & KeyEvents::kToKeyevent) != 0) {
        PublishEvent(core_, "__keyevent" + at + event.name, event.key);
      }
    } catch (const std::bad_alloc&) {
      break;  // the others find no memory, either
    }
  }
  events_.clear();
}

bool Operation::MayTake(Bytes key, ValueType type) {
  Shard* const shard = LockedShard(HashOf(key));
  shard->lock()->AssertHeld();
  const WaitList* const waiters = shard->FindWaiters(database_, key, type);
  if (waiters == nullptr || waiters->empty()) return true;
  const WaitPlace* const place = turn_ == nullptr ? nullptr : turn_->PlaceAt(key);
  return place != nullptr && waiters->MayTake(*place);
}

bool Operation::MayTakeInLine(Bytes key, ValueType type, Bytes line) {
  if (turn_ == nullptr) return true;
  turn_->JoinLine(line);
  Shard* const shard = LockedShard(HashOf(key));
  shard->lock()->AssertHeld();
  const WaitList* const waiters = shard->FindWaiters(database_, key, type);
  const WaitPlace* const place = turn_->PlaceAt(key);
  return waiters == nullptr || place == nullptr || waiters->IsFirstInLine(*place, line);
}

bool Operation::Waits(Bytes key) const {
  const WaitPlace* const place = turn_ == nullptr ? nullptr : turn_->PlaceAt(key);
  return place != nullptr && place->linked();
}

Status Operation::CheckGrowth(size_t bytes) const { return CheckRoomUnderLocks(*core_, bytes); }

void Operation::SetString(Bytes key, Bytes value, int64_t deadline_unix_ms) {
  Apply({.kind = KeyEffectKind::kStringSet,
         .database = database_,
         .key = key,
         .value = value,
         .number = deadline_unix_ms});
}

void Operation::WriteString(Bytes key, size_t offset, Bytes value) {
  Apply({.kind = KeyEffectKind::kStringWrite,
         .database = database_,
         .key = key,
         .value = value,
         .number = static_cast<int64_t>(offset)});
}

void Operation::Delete(Bytes key) {
  Apply({.kind = KeyEffectKind::kKeyDelete, .database = database_, .key = key});
}

void Operation::Reclaim(uint32_t database, Bytes key, Reclaimed why) {
  why == Reclaimed::kExpired ? Announce(KeyEventClass::kExpired, "expired", database, key)
                             : Announce(KeyEventClass::kEvicted, "evicted", database, key);
  ApplyKeepingLeases({.kind = KeyEffectKind::kKeyDelete, .database = database, .key = key},
                     HashOf(key));
}

void Operation::Expire(Bytes key, int64_t deadline_unix_ms) {
  Apply({.kind = KeyEffectKind::kKeyExpire,
         .database = database_,
         .key = key,
         .number = deadline_unix_ms});
}

void Operation::Move(Bytes key, uint32_t target_database, Bytes target) {
  const ValueType type = Find(key)->type();
  PrepareReady(target_database, target, type);
  Apply({.kind = KeyEffectKind::kKeyMove,
         .database = database_,
         .key = key,
         .field = target,
         .number = target_database});
  RevokeLease(target_database, target);
  NoteReady(target_database, target, type);
}

void Operation::Copy(Bytes key, uint32_t target_database, Bytes target) {
  const ValueType type = Find(key)->type();
  PrepareReady(target_database, target, type);
  ApplyKeepingLeases({.kind = KeyEffectKind::kKeyCopy,
                      .database = database_,
                      .key = key,
                      .field = target,
                      .number = target_database},
                     HashOf(key));
  RevokeLease(target_database, target);
  NoteReady(target_database, target, type);
}

void Operation::SetField(Bytes key, Bytes field, Bytes value) {
  Apply({.kind = KeyEffectKind::kHashSet,
         .database = database_,
         .key = key,
         .field = field,
         .value = value});
}

void Operation::SetFieldValue(Bytes key, Bytes field, Bytes value) {
  Apply({.kind = KeyEffectKind::kHashSetValue,
         .database = database_,
         .key = key,
         .field = field,
         .value = value});
}

void Operation::DeleteField(Bytes key, Bytes field) {
  Apply({.kind = KeyEffectKind::kHashDelete, .database = database_, .key = key, .field = field});
}

void Operation::ExpireField(Bytes key, Bytes field, int64_t deadline_unix_ms) {
  Apply({.kind = KeyEffectKind::kHashExpire,
         .database = database_,
         .key = key,
         .field = field,
         .number = deadline_unix_ms});
}

void Operation::PushFront(Bytes key, Bytes value) {
  PrepareReady(database_, key, ValueType::kList);
  Apply({.kind = KeyEffectKind::kListPushFront, .database = database_, .key = key, .value = value});
  NoteReady(database_, key, ValueType::kList);
}

void Operation::PushBack(Bytes key, Bytes value) {
  PrepareReady(database_, key, ValueType::kList);
  Apply({.kind = KeyEffectKind::kListPushBack, .database = database_, .key = key, .value = value});
  NoteReady(database_, key, ValueType::kList);
}

void Operation::PopFront(Bytes key, size_t count) {
  Apply({.kind = KeyEffectKind::kListPopFront,
         .database = database_,
         .key = key,
         .number = static_cast<int64_t>(count)});
}

void Operation::PopBack(Bytes key, size_t count) {
  Apply({.kind = KeyEffectKind::kListPopBack,
         .database = database_,
         .key = key,
         .number = static_cast<int64_t>(count)});
}

void Operation::SetElement(Bytes key, size_t index, Bytes value) {
  Apply({.kind = KeyEffectKind::kListSet,
         .database = database_,
         .key = key,
         .value = value,
         .number = static_cast<int64_t>(index)});
}

void Operation::InsertElement(Bytes key, size_t index, Bytes value) {
  Apply({.kind = KeyEffectKind::kListInsert,
         .database = database_,
         .key = key,
         .value = value,
         .number = static_cast<int64_t>(index)});
}

void Operation::RemoveElements(Bytes key, Bytes value, int64_t count) {
  Apply({.kind = KeyEffectKind::kListRemove,
         .database = database_,
         .key = key,
         .value = value,
         .number = count});
}

void Operation::AddMember(Bytes key, Bytes member) {
  Apply({.kind = KeyEffectKind::kSetAdd, .database = database_, .key = key, .field = member});
}

void Operation::RemoveMember(Bytes key, Bytes member) {
  Apply({.kind = KeyEffectKind::kSetRemove, .database = database_, .key = key, .field = member});
}

void Operation::SetScore(Bytes key, Bytes member, double score) {
  PrepareReady(database_, key, ValueType::kSortedSet);
  Apply({.kind = KeyEffectKind::kSortedSetSet,
         .database = database_,
         .key = key,
         .field = member,
         .number = std::bit_cast<int64_t>(score)});
  NoteReady(database_, key, ValueType::kSortedSet);
}

void Operation::RemoveScored(Bytes key, Bytes member) {
  Apply({.kind = KeyEffectKind::kSortedSetRemove,
         .database = database_,
         .key = key,
         .field = member});
}

// What they wait for may be there now, or gone for good.
void Operation::NotifyEverybody() {
  for (uint32_t index = 0; index < keyspace_->shard_count(); ++index) {
    Shard* const shard = keyspace_->shard(index);
    shard->lock()->AssertHeld();
    shard->NotifyAllWaiters();
  }
}

void Operation::FlushDatabase(uint32_t database) {
  KONTOR_CHECK(locked_ == keyspace_->AllShards());
  ApplyKeepingLeases({.kind = KeyEffectKind::kDatabaseFlush, .database = database}, 0);
  RevokeLeases(database);
  NotifyEverybody();
}

void Operation::SwapDatabases(uint32_t first, uint32_t second) {
  KONTOR_CHECK(locked_ == keyspace_->AllShards());
  ApplyKeepingLeases({.kind = KeyEffectKind::kDatabaseSwap, .database = first, .number = second},
                     0);
  RevokeLeases(first);
  RevokeLeases(second);
  NotifyEverybody();
}

}  // namespace kontor
