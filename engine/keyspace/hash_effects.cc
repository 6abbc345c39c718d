#include <optional>

#include "keyspace/effects_of.h"

namespace kontor {

template <>
bool EffectsOf<Hash>::Makes(KeyEffectKind kind) {
  return kind == KeyEffectKind::kHashSet;
}

template <>
const char* EffectsOf<Hash>::WhyNot(const Hash* /*collection*/, const KeyEffect& /*effect*/) {
  return nullptr;  // what is not there can be deleted
}

template <>
void EffectsOf<Hash>::Apply(const KeyEffect& effect, Hash* hash) {
  if (effect.kind == KeyEffectKind::kHashSet) {
    hash->Set(effect.field, effect.value);
  } else {
    hash->Delete(effect.field);
  }
}

template <>
bool EffectsOf<Hash>::TellInverse(const Hash& hash, const KeyEffect& effect, TellEffect tell) {
  const bool sets = effect.kind == KeyEffectKind::kHashSet;
  const std::optional<Element> value = hash.Find(effect.field);
  if (!sets && hash.size() == 1 && value.has_value()) return false;  // the key goes with it
  KeyEffect inverse{.kind = KeyEffectKind::kHashDelete,
                    .database = effect.database,
                    .key = effect.key,
                    .field = effect.field};
  if (value.has_value()) {
    inverse.kind = KeyEffectKind::kHashSet;
    inverse.value = value->bytes();
  }
  if (sets || value.has_value()) tell(inverse);
  return true;
}

template <>
void EffectsOf<Hash>::Describe(const Hash& hash, KeyEffect effect, TellEffect tell) {
  effect.kind = KeyEffectKind::kHashSet;
  hash.ForEach([&](const Hash::Field& each) {
    effect.field = each.field.bytes();
    effect.value = each.value.bytes();
    tell(effect);
  });
}

}  // namespace kontor
