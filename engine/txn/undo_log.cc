#include "txn/undo_log.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/codec.h"
#include "keyspace/effects_of.h"

namespace kontor {

UndoLog::~UndoLog() {
  for (Entry& entry : entries_) {
    if (!entry.value.has_value()) continue;
    if (auto* const held = std::get_if<Collection>(&*entry.value); held != nullptr) {
      keyspace_->lazy_free()->Add(std::move(*held));
    }
  }
}

void UndoLog::Remember(const KeyEffect& effect) {
  const auto target_database = static_cast<uint32_t>(effect.number);
  switch (effect.kind) {
    case KeyEffectKind::kDatabaseFlush:
    case KeyEffectKind::kDatabaseSwap:
      KONTOR_CHECK(false && "a flush or swap cannot be part of a transaction");
      return;
    case KeyEffectKind::kKeyMove:
      RememberKey(target_database, effect.field, Fate::kGoes);
      RememberInverse({.kind = KeyEffectKind::kKeyMove,
                       .database = target_database,
                       .key = effect.field,
                       .field = effect.key,
                       .number = effect.database});
      return;
    case KeyEffectKind::kKeyCopy:
      RememberKey(target_database, effect.field, Fate::kGoes);
      return;
    case KeyEffectKind::kStringSet:
    case KeyEffectKind::kKeyDelete:
      RememberKey(effect.database, effect.key, Fate::kGoes);
      return;
    default:
      break;
  }
  const Record* const record = keyspace_->Find(effect.database, effect.key);
  if (record != nullptr && effect.kind == KeyEffectKind::kKeyExpire) {
    RememberInverse({.kind = KeyEffectKind::kKeyExpire,
                     .database = effect.database,
                     .key = effect.key,
                     .number = record->deadline_unix_ms()});
  } else if (record != nullptr && record->has_large_text()) {
    RememberOverwritten(effect, record->text());
  } else if (record == nullptr || record->is_string() || !RememberInCollection(effect, *record)) {
    RememberKey(effect.database, effect.key, Fate::kChanges);
  }
}

bool UndoLog::RememberInCollection(const KeyEffect& effect, const Record& record) {
  return VisitType(record.type(), [&]<typename T>() {
    return EffectsOf<T>::TellInverse(
        *record.As<T>(), effect, [this](const KeyEffect& inverse) { RememberInverse(inverse); });
  });
}

void UndoLog::RememberKey(uint32_t database, Bytes key, Fate fate) {
  const uint64_t hash = keyspace_->Hash(key);
  Shard* const shard = keyspace_->ShardOf(hash);
  shard->lock()->AssertHeld();
  Record* const record = shard->Find(database, key, hash);
  if (record == nullptr) {
    RememberInverse({.kind = KeyEffectKind::kKeyDelete, .database = database, .key = key});
    return;
  }
  const int64_t deadline_unix_ms = record->deadline_unix_ms();
  if (record->is_string() && !record->has_large_text()) {
    RememberInverse({.kind = KeyEffectKind::kStringSet,
                     .database = database,
                     .key = key,
                     .value = record->text(),
                     .number = deadline_unix_ms});
    return;
  }
  RememberInverse({.kind = KeyEffectKind::kKeyExpire,
                   .database = database,
                   .key = key,
                   .number = deadline_unix_ms});
  Entry& entry = entries_.back();
  if (record->is_string() || fate == Fate::kChanges) {
    entry.value = record->CloneValue();
    return;
  }
  shard->NoteCollection(database, -static_cast<int64_t>(record->collection_bytes()));
  entry.value = record->TakeValue();
  entry.taken = true;
}

void UndoLog::RememberInverse(const KeyEffect& inverse) {
  entries_.push_back({.begin = inverses_.size(), .value = {}, .large_bytes = {}});
  EncodeEffect(inverse, &inverses_);
}

// A large string is not copied for the sake of a few bytes, whether they lie in it or behind it.
void UndoLog::RememberOverwritten(const KeyEffect& effect, Bytes text) {
  const size_t offset = std::min(static_cast<size_t>(effect.number), text.size());
  RememberInverse({.kind = KeyEffectKind::kStringWrite,
                   .database = effect.database,
                   .key = effect.key,
                   .value = text.substr(offset, effect.value.size()),
                   .number = static_cast<int64_t>(offset)});
  entries_.back().large_bytes = text.size();
}

KeyEffect UndoLog::InverseOf(const Entry& entry) const {
  Decoder decoder(Bytes(inverses_).substr(entry.begin));
  Effect effect;
  KONTOR_CHECK(DecodeEffect(&decoder, &effect));
  return std::get<KeyEffect>(effect);
}

void UndoLog::GiveBack(Entry* entry) {
  const KeyEffect inverse = InverseOf(*entry);
  const uint64_t hash = keyspace_->Hash(inverse.key);
  Shard* const shard = keyspace_->ShardOf(hash);
  shard->lock()->AssertHeld();
  Record* const record = shard->Find(inverse.database, inverse.key, hash);
  KONTOR_CHECK(record != nullptr);
  record->ReturnValue(std::move(*entry->value));
  shard->NoteCollection(inverse.database, static_cast<int64_t>(record->collection_bytes()));
}

void UndoLog::Forget(size_t size) {
  while (entries_.size() > size) {
    Entry& entry = entries_.back();
    if (entry.taken) GiveBack(&entry);
    inverses_.resize(entry.begin);
    entries_.pop_back();
  }
}

void UndoLog::RollBack(Entry* entry) {
  const KeyEffect inverse = InverseOf(*entry);
  if (!entry->value.has_value()) KONTOR_CHECK(keyspace_->Apply(inverse).ok());
  if (!entry->value.has_value() && !entry->large_bytes.has_value()) return;
  const uint64_t hash = keyspace_->Hash(inverse.key);
  Shard* const shard = keyspace_->ShardOf(hash);
  shard->lock()->AssertHeld();
  if (entry->large_bytes.has_value()) {
    shard->Find(inverse.database, inverse.key, hash)->CutLargeText(*entry->large_bytes);
    return;
  }
  Record::Content content = Record::Content::OfValue(inverse.key, &*entry->value, inverse.number);
  shard->Put(inverse.database, hash, &content);
}

void UndoLog::RollBackTo(size_t size) {
  while (entries_.size() > size) {
    RollBack(&entries_.back());
    inverses_.resize(entries_.back().begin);
    entries_.pop_back();
  }
}

}  // namespace kontor
