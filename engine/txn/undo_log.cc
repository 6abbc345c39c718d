#include "txn/undo_log.h"

#include <utility>

#include "base/check.h"

namespace kontor {

void UndoLog::Remember(const KeyEffect& effect) {
  switch (effect.kind) {
    case KeyEffectKind::kDatabaseFlush:
    case KeyEffectKind::kDatabaseSwap:
      KONTOR_CHECK(false && "a flush or swap cannot be part of a transaction");
      return;
    case KeyEffectKind::kKeyMove:
      RememberWholeKey(effect.database, effect.key);
      RememberWholeKey(static_cast<uint32_t>(effect.number), effect.field);
      return;
    case KeyEffectKind::kKeyCopy:
      RememberWholeKey(static_cast<uint32_t>(effect.number), effect.field);
      return;
    default:
      break;
  }
  const Record* const record = keyspace_->Find(effect.database, effect.key);
  if (record != nullptr && record->hash() != nullptr) {
    RememberHash(effect, *record);
  } else if (record != nullptr && record->list() != nullptr) {
    RememberList(effect, *record);
  } else {
    RememberWholeKey(effect.database, effect.key);
  }
}

void UndoLog::RememberWholeKey(uint32_t database, Bytes key) {
  Entry entry;
  entry.whole_key = true;
  entry.effect.database = database;
  entry.key = key;
  if (const Record* record = keyspace_->Find(database, key); record != nullptr) {
    entry.old_value = record->CloneValue();
    entry.deadline_unix_ms = record->deadline_unix_ms();
  }
  entries_.push_back(std::move(entry));
}

void UndoLog::RememberInverse(KeyEffectKind kind, const KeyEffect& of, Bytes field, Bytes value,
                              int64_t number) {
  Entry entry;
  entry.effect = {.kind = kind, .database = of.database, .number = number};
  entry.key = of.key;
  entry.field = field;
  entry.value = value;
  entries_.push_back(std::move(entry));
}

void UndoLog::RememberHash(const KeyEffect& effect, const Record& record) {
  const bool sets = effect.kind == KeyEffectKind::kHashSet;
  if (effect.kind == KeyEffectKind::kKeyExpire) {
    RememberInverse(KeyEffectKind::kKeyExpire, effect, {}, {}, record.deadline_unix_ms());
    return;
  }
  if (!sets && effect.kind != KeyEffectKind::kHashDelete) {
    RememberWholeKey(effect.database, effect.key);
    return;
  }
  const std::optional<Element> value = record.hash()->Find(effect.field);
  if (!value.has_value()) {
    if (sets) RememberInverse(KeyEffectKind::kHashDelete, effect, effect.field, {}, 0);
    return;
  }
  // Deleting the last field takes the key and its deadline along.
  if (!sets && record.hash()->size() == 1) {
    RememberWholeKey(effect.database, effect.key);
    return;
  }
  RememberInverse(KeyEffectKind::kHashSet, effect, effect.field, value->bytes(), 0);
}

void UndoLog::RememberList(const KeyEffect& effect, const Record& record) {
  const List& list = *record.list();
  const auto number = static_cast<size_t>(effect.number);
  switch (effect.kind) {
    case KeyEffectKind::kKeyExpire:
      RememberInverse(KeyEffectKind::kKeyExpire, effect, {}, {}, record.deadline_unix_ms());
      return;
    case KeyEffectKind::kListPushFront:
      RememberInverse(KeyEffectKind::kListPopFront, effect, {}, {}, 1);
      return;
    case KeyEffectKind::kListPushBack:
      RememberInverse(KeyEffectKind::kListPopBack, effect, {}, {}, 1);
      return;
    case KeyEffectKind::kListInsert:
      RememberInverse(KeyEffectKind::kListErase, effect, {}, {}, effect.number);
      return;
    case KeyEffectKind::kListSet: {
      const Element element = list.at(number);
      RememberInverse(KeyEffectKind::kListSet, effect, {}, element.bytes(), effect.number);
      return;
    }
    default:
      break;
  }
  const bool pops_front = effect.kind == KeyEffectKind::kListPopFront;
  const bool pops = pops_front || effect.kind == KeyEffectKind::kListPopBack;
  const size_t removed = pops ? number : 1;
  if ((!pops && effect.kind != KeyEffectKind::kListErase) || removed >= list.size()) {
    RememberWholeKey(effect.database, effect.key);
    return;
  }
  if (!pops) {
    const Element element = list.at(number);
    RememberInverse(KeyEffectKind::kListInsert, effect, {}, element.bytes(), effect.number);
    return;
  }
  // Rolled back last first: the element that was outermost goes back last, so it is remembered
  // first.
  List::Iterator each = list.From(pops_front ? 0 : list.size() - 1);
  for (size_t i = 0; i < removed; ++i, pops_front ? each.Next() : each.Previous()) {
    const Element element = each.element();
    RememberInverse(pops_front ? KeyEffectKind::kListPushFront : KeyEffectKind::kListPushBack,
                    effect, {}, element.bytes(), 0);
  }
}

void UndoLog::Rollback() {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (!entry->whole_key) {
      KeyEffect effect = entry->effect;
      effect.key = entry->key;
      effect.field = entry->field;
      effect.value = entry->value;
      KONTOR_CHECK(keyspace_->Apply(effect).ok());
      continue;
    }
    const uint64_t hash = keyspace_->Hash(entry->key);
    Shard* const shard = keyspace_->ShardOf(hash);
    shard->lock()->AssertHeld();
    if (!entry->old_value.has_value()) {
      shard->Erase(entry->effect.database, entry->key, hash);
      continue;
    }
    Record::Content content =
        Record::Content::OfValue(entry->key, &*entry->old_value, entry->deadline_unix_ms);
    shard->Put(entry->effect.database, hash, &content);
  }
  entries_.clear();
}

}  // namespace kontor
