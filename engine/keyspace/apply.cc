#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
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

Located Locate(Keyspace* keyspace, uint32_t database, Bytes key) {
  const uint64_t hash = keyspace->Hash(key);
  Shard* const shard = keyspace->ShardOf(hash);
  shard->mutex()->AssertHeld();
  return {shard, hash, shard->Find(database, key, hash)};
}

// The record, made with an empty value of type T if the key is absent.
template <typename T>
Record* FindOrMake(const Located& at, const KeyEffect& effect) {
  if (at.record != nullptr) return at.record;
  at.shard->mutex()->AssertHeld();
  return at.shard->Insert(effect.database,
                          std::make_unique<Record>(effect.key, std::make_unique<T>()), at.hash);
}

void EraseKey(const Located& at, uint32_t database, Bytes key) {
  at.shard->mutex()->AssertHeld();
  at.shard->Erase(database, key, at.hash);
}

}  // namespace

Status Keyspace::Apply(const KeyEffect& effect) {
  switch (effect.kind) {
    case KeyEffectKind::kStringSet:
    case KeyEffectKind::kStringWrite:
      return ApplyString(effect);
    case KeyEffectKind::kKeyDelete:
    case KeyEffectKind::kKeyExpire:
    case KeyEffectKind::kKeyMove:
    case KeyEffectKind::kKeyCopy:
      return ApplyKey(effect);
    case KeyEffectKind::kHashSet:
    case KeyEffectKind::kHashDelete:
      return ApplyHash(effect);
    case KeyEffectKind::kDatabaseFlush:
    case KeyEffectKind::kDatabaseSwap:
      return ApplyDatabase(effect);
    default:
      return ApplyList(effect);
  }
}

Status Keyspace::ApplyString(const KeyEffect& effect) {
  const Located at = Locate(this, effect.database, effect.key);
  at.shard->mutex()->AssertHeld();
  if (effect.kind == KeyEffectKind::kStringSet) {
    Record* record = at.record;
    if (record == nullptr) {
      auto made = std::make_unique<Record>(effect.key, std::string(effect.value));
      record = at.shard->Insert(effect.database, std::move(made), at.hash);
    } else if (std::string* text = record->string(); text != nullptr) {
      text->assign(effect.value);
    } else {
      record->SetValue(std::string(effect.value));
    }
    at.shard->SetDeadline(effect.database, record, effect.number);
    return Ok();
  }
  if (at.record != nullptr && at.record->string() == nullptr) return Misfit(effect, "is no string");
  Record* const record =
      at.record != nullptr
          ? at.record
          : at.shard->Insert(effect.database, std::make_unique<Record>(effect.key, std::string()),
                             at.hash);
  const auto offset = static_cast<size_t>(effect.number);
  std::string* const text = record->string();
  if (text->size() < offset) text->resize(offset);
  text->replace(offset, std::min(text->size() - offset, effect.value.size()), effect.value);
  return Ok();
}

Status Keyspace::ApplyKey(const KeyEffect& effect) {
  const Located at = Locate(this, effect.database, effect.key);
  at.shard->mutex()->AssertHeld();
  if (effect.kind == KeyEffectKind::kKeyDelete) {
    at.shard->Erase(effect.database, effect.key, at.hash);
    return Ok();
  }
  if (at.record == nullptr) return Misfit(effect, "needs a key that is not there");
  if (effect.kind == KeyEffectKind::kKeyExpire) {
    at.shard->SetDeadline(effect.database, at.record, effect.number);
    return Ok();
  }
  const auto target_database = static_cast<uint32_t>(effect.number);
  const int64_t deadline_unix_ms = at.record->deadline_unix_ms();
  std::unique_ptr<Record> moved;
  if (effect.kind == KeyEffectKind::kKeyMove) {
    moved = at.shard->Erase(effect.database, effect.key, at.hash)->MoveAs(effect.field);
  } else {
    moved = at.record->CloneAs(effect.field);
  }
  const Located to = Locate(this, target_database, effect.field);
  to.shard->mutex()->AssertHeld();
  if (to.record != nullptr) to.shard->Erase(target_database, effect.field, to.hash);
  Record* const record = to.shard->Insert(target_database, std::move(moved), to.hash);
  to.shard->SetDeadline(target_database, record, deadline_unix_ms);
  return Ok();
}

Status Keyspace::ApplyHash(const KeyEffect& effect) {
  const Located at = Locate(this, effect.database, effect.key);
  if (at.record != nullptr && at.record->hash() == nullptr) return Misfit(effect, "is no hash");
  if (effect.kind == KeyEffectKind::kHashSet) {
    FindOrMake<class Hash>(at, effect)->hash()->Set(effect.field, effect.value);
    return Ok();
  }
  if (at.record == nullptr) return Ok();
  at.record->hash()->Delete(effect.field);
  if (at.record->hash()->size() == 0) EraseKey(at, effect.database, effect.key);
  return Ok();
}

Status Keyspace::ApplyList(const KeyEffect& effect) {
  const Located at = Locate(this, effect.database, effect.key);
  if (at.record != nullptr && at.record->list() == nullptr) return Misfit(effect, "is no list");
  if (effect.kind == KeyEffectKind::kListPushFront) {
    FindOrMake<List>(at, effect)->list()->PushFront(effect.value);
    return Ok();
  }
  if (effect.kind == KeyEffectKind::kListPushBack) {
    FindOrMake<List>(at, effect)->list()->PushBack(effect.value);
    return Ok();
  }
  if (at.record == nullptr) return Misfit(effect, "needs a list that is not there");
  List* const list = at.record->list();
  const auto number = static_cast<uint64_t>(effect.number);
  const bool counts = effect.kind == KeyEffectKind::kListPopFront ||
                      effect.kind == KeyEffectKind::kListPopBack ||
                      effect.kind == KeyEffectKind::kListInsert;
  if (counts ? number > list->size() : number >= list->size()) {
    return Misfit(effect, "is out of the list's range");
  }
  switch (effect.kind) {
    case KeyEffectKind::kListPopFront:
      list->PopFront(number);
      break;
    case KeyEffectKind::kListPopBack:
      list->PopBack(number);
      break;
    case KeyEffectKind::kListSet:
      list->Set(number, effect.value);
      break;
    case KeyEffectKind::kListInsert:
      list->Insert(number, effect.value);
      break;
    case KeyEffectKind::kListErase:
      list->Erase(number);
      break;
    default:
      return Misfit(effect, "is unknown");
  }
  if (list->size() == 0) EraseKey(at, effect.database, effect.key);
  return Ok();
}

Status Keyspace::ApplyDatabase(const KeyEffect& effect) {
  for (const auto& shard : shards_) {
    shard->mutex()->AssertHeld();
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
