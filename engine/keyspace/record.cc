#include "keyspace/record.h"

namespace kontor {

Bytes TypeName(ValueType type) {
  switch (type) {
    case ValueType::kString:
      return "string";
    case ValueType::kHash:
      return "hash";
    case ValueType::kList:
      return "list";
  }
  return "none";
}

std::unique_ptr<Record> Record::CloneAs(Bytes key) const {
  if (const std::string* text = string(); text != nullptr) {
    return std::make_unique<Record>(key, *text);
  }
  if (const Hash* from = hash(); from != nullptr) {
    auto copy = std::make_unique<Hash>();
    for (size_t i = 0; i < from->size(); ++i) copy->Set(from->at(i).field, from->at(i).value);
    return std::make_unique<Record>(key, std::move(copy));
  }
  return std::make_unique<Record>(key, std::make_unique<List>(*list()));
}

void Record::Describe(uint32_t database, const std::function<void(const KeyEffect&)>& tell) const {
  KeyEffect effect{.kind = KeyEffectKind::kStringSet, .database = database, .key = key_};
  if (const std::string* text = string(); text != nullptr) {
    effect.value = *text;
    effect.number = deadline_unix_ms_;
    tell(effect);
    return;
  }
  if (const Hash* fields = hash(); fields != nullptr) {
    effect.kind = KeyEffectKind::kHashSet;
    for (size_t i = 0; i < fields->size(); ++i) {
      effect.field = fields->at(i).field;
      effect.value = fields->at(i).value;
      tell(effect);
    }
  } else {
    effect.kind = KeyEffectKind::kListPushBack;
    for (size_t i = 0; i < list()->size(); ++i) {
      effect.value = list()->at(i);
      tell(effect);
    }
  }
  if (deadline_unix_ms_ != 0) {
    tell({.kind = KeyEffectKind::kKeyExpire,
          .database = database,
          .key = key_,
          .number = deadline_unix_ms_});
  }
}

}  // namespace kontor
