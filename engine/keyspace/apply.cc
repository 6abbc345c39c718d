#include <algorithm>
#include <string>
#include <utility>

#include "keyspace/effects_of.h"
#include "keyspace/keyspace.h"

namespace kontor {
namespace {

Status Misfit(const KeyEffect& effect, const char* why) {
  return Status(Code::kCorrupt,
                "effect " + std::to_string(static_cast<int>(effect.kind)) + " " + why);
}

// A record and where it lives, with its shard's lock held.
struct Located {
  Shard* shard;
  uint64_t hash;
  Record* record;
};

Located Locate(Keyspace* keyspace, uint32_t database, Bytes key, uint64_t hash) {
  Shard* const shard = keyspace->ShardOf(hash);
  shard->lock()->AssertHeld();
  return {shard, hash, shard->Find(database, key, hash)};
}

// The record, made with an empty value of type T if the key is absent.
template <typename T>
Record* FindOrMake(const Located& at, const KeyEffect& effect) {
  at.shard->lock()->AssertHeld();
  if (at.record != nullptr) {
    at.shard->Touch(effect.database, at.hash);
    return at.record;
  }
  Value empty = Collection(std::make_unique<T>());
  Record::Content content = Record::Content::OfValue(effect.key, &empty, /*deadline_unix_ms=*/0);
  return at.shard->Put(effect.database, at.hash, &content);
}

void EraseKey(const Located& at, uint32_t database, Bytes key) {
  at.shard->lock()->AssertHeld();
  at.shard->Erase(database, key, at.hash);
}

// Counts by how much a collection grows or shrinks while it lives, also where a change of it fails.
class CountedChange {
 public:
  CountedChange(Shard* shard, uint32_t database, const Record& record)
      : shard_(shard), database_(database), record_(record), before_(Bytes()) {}
  ~CountedChange() {
    shard_->lock()->AssertHeld();
    shard_->NoteCollection(database_, Bytes() - before_);
  }
  CountedChange(const CountedChange&) = delete;
  CountedChange& operator=(const CountedChange&) = delete;

 private:
  int64_t Bytes() const { return static_cast<int64_t>(record_.collection_bytes()); }

  Shard* const shard_;
  const uint32_t database_;
  const Record& record_;
  const int64_t before_;
};

// Adds to a collection that FindOrMake answered; if that fails, one that was made for it goes
// again.
template <typename Add>
void ChangeOrTakeBack(const Located& at, const KeyEffect& effect, const Record& record, Add add) {
  at.shard->lock()->AssertHeld();
  try {
    const CountedChange change(at.shard, effect.database, record);
    add();
  } catch (...) {
    if (at.record == nullptr) EraseKey(at, effect.database, effect.key);
    throw;
  }
}

// A change of a collection of type T.
template <typename T>
Status ApplyTo(const Located& at, const KeyEffect& effect) {
  using Effects = EffectsOf<T>;
  if (at.record != nullptr && at.record->As<T>() == nullptr)
    return Misfit(effect, "is another type's");
  T* const collection = at.record == nullptr ? nullptr : at.record->As<T>();
  if (const char* why = Effects::WhyNot(collection, effect); why != nullptr) {
    return Misfit(effect, why);
  }
  if (Effects::Makes(effect.kind)) {
    Record* const record = FindOrMake<T>(at, effect);
    ChangeOrTakeBack(at, effect, *record, [&] { Effects::Apply(effect, record->As<T>()); });
    return Ok();
  }
  if (collection == nullptr) return Ok();
  at.shard->lock()->AssertHeld();
  at.shard->Touch(effect.database, at.hash);
  {
    const CountedChange change(at.shard, effect.database, *at.record);
    Effects::Apply(effect, collection);
  }
  if (effect.kind == KeyEffectKind::kHashExpire && effect.number != 0) {
    at.shard->NoteFieldDeadline(effect.database, at.hash, effect.number);
  }
  if (kGoesWhenEmpty<T> && collection->size() == 0) EraseKey(at, effect.database, effect.key);
  return Ok();
}

}  // namespace

Status Keyspace::Apply(const KeyEffect& effect, uint64_t hash) {
  switch (effect.kind) {
    case KeyEffectKind::kStringSet:
    case KeyEffectKind::kStringWrite:
      return ApplyString(effect, hash);
    case KeyEffectKind::kKeyDelete:
    case KeyEffectKind::kKeyExpire:
    case KeyEffectKind::kKeyMove:
    case KeyEffectKind::kKeyCopy:
      return ApplyKey(effect, hash);
    case KeyEffectKind::kDatabaseFlush:
    case KeyEffectKind::kDatabaseSwap:
      return ApplyDatabase(effect);
    default:
      return ApplyCollection(effect, hash);
  }
}

Status Keyspace::ApplyString(const KeyEffect& effect, uint64_t hash) {
  Shard* const shard = ShardOf(hash);
  shard->lock()->AssertHeld();
  if (effect.kind == KeyEffectKind::kStringSet) {
    shard->SetText(effect.database, effect.key, hash, effect.value, effect.number);
    return Ok();
  }
  const Record* const record = shard->Find(effect.database, effect.key, hash);
  if (record != nullptr && !record->is_string()) return Misfit(effect, "is no string");
  shard->WriteText(effect.database, effect.key, hash, static_cast<size_t>(effect.number),
                   effect.value);
  return Ok();
}

Status Keyspace::ApplyKey(const KeyEffect& effect, uint64_t hash) {
  const Located at = Locate(this, effect.database, effect.key, hash);
  at.shard->lock()->AssertHeld();
  if (effect.kind == KeyEffectKind::kKeyDelete) {
    at.shard->Erase(effect.database, effect.key, at.hash);
    return Ok();
  }
  if (at.record == nullptr) return Misfit(effect, "needs a key that is not there");
  if (effect.kind == KeyEffectKind::kKeyExpire) {
    at.shard->SetDeadline(effect.database, effect.key, at.hash, effect.number);
    return Ok();
  }
  return ApplyMove(effect, hash);
}

Status Keyspace::ApplyMove(const KeyEffect& effect, uint64_t hash) {
  const Located from = Locate(this, effect.database, effect.key, hash);
  const auto target_database = static_cast<uint32_t>(effect.number);
  const uint64_t target_hash = Hash(effect.field);
  Shard* const target = ShardOf(target_hash);
  target->lock()->AssertHeld();
  from.shard->lock()->AssertHeld();
  // A collection that moves is only handed on; what is left of its record is erased.
  const bool moves = effect.kind == KeyEffectKind::kKeyMove;
  const bool hands_on = moves && !from.record->is_string();
  Value value;
  if (!hands_on) value = from.record->CloneValue();
  Record::Content content =
      Record::Content::OfValue(effect.field, &value, from.record->deadline_unix_ms());
  const auto handed_bytes = static_cast<int64_t>(hands_on ? from.record->collection_bytes() : 0);
  if (hands_on) content.Own(from.record->TakeValue());
  try {
    target->Put(target_database, target_hash, &content);
  } catch (...) {
    if (hands_on) from.record->ReturnValue(std::move(content.collection));
    throw;
  }
  from.shard->NoteCollection(effect.database, -handed_bytes);  // counted with the target now
  if (moves) from.shard->Erase(effect.database, effect.key, from.hash);
  return Ok();
}

Status Keyspace::ApplyCollection(const KeyEffect& effect, uint64_t hash) {
  const Located at = Locate(this, effect.database, effect.key, hash);
  return VisitType(TypeOfEffect(effect.kind), [&]<typename T>() { return ApplyTo<T>(at, effect); });
}

Status Keyspace::ApplyDatabase(const KeyEffect& effect) {
  for (const auto& shard : shards_) {
    shard->lock()->AssertHeld();
    if (effect.kind == KeyEffectKind::kDatabaseFlush) {
      shard->Clear(effect.database);
    } else {
      shard->Swap(effect.database, static_cast<uint32_t>(effect.number));
      shard->NotifyAllWaiters();  // who waits for a key may find it in the other database's place
    }
  }
  return Ok();
}

}  // namespace kontor
