#include <optional>

#include "keyspace/effects_of.h"

namespace kontor {

template <>
bool EffectsOf<Hash>::Makes(KeyEffectKind kind) {
  return kind == KeyEffectKind::kHashSet || kind == KeyEffectKind::kHashSetValue;
}

template <>
const char* EffectsOf<Hash>::WhyNot(const Hash* hash, const KeyEffect& effect) {
  switch (effect.kind) {
    case KeyEffectKind::kHashExpire:
      if (effect.number > Hash::kLatestDeadlineUnixMs) return "has a deadline out of range";
      return hash != nullptr && hash->Find(effect.field).has_value()
                 ? nullptr
                 : "needs a field that is absent";
    case KeyEffectKind::kHashDeleteEarliest:
      return hash != nullptr && static_cast<uint64_t>(effect.number) <= hash->deadlines()
                 ? nullptr
                 : "needs more fields with deadlines than there are";
    default:
      return nullptr;  // what is not there can be deleted
  }
}

template <>
void EffectsOf<Hash>::Apply(const KeyEffect& effect, Hash* hash) {
  switch (effect.kind) {
    case KeyEffectKind::kHashSet:
      hash->Set(effect.field, effect.value);
      hash->SetDeadline(effect.field, 0);
      return;
    case KeyEffectKind::kHashSetValue:
      hash->Set(effect.field, effect.value);
      return;
    case KeyEffectKind::kHashExpire:
      hash->SetDeadline(effect.field, effect.number);
      return;
    case KeyEffectKind::kHashDeleteEarliest:
      hash->DeleteEarliest(static_cast<size_t>(effect.number));
      return;
    default:
      hash->Delete(effect.field);
  }
}

namespace {

// Tells how a field becomes what it is now. `inverse` names the key. The deadline is told first:
// what takes an effect back is applied in the reverse order.
void TellField(const Hash& hash, Bytes field, KeyEffect inverse, TellEffect tell) {
  inverse.field = field;
  inverse.number = hash.DeadlineOf(field);
  inverse.kind = KeyEffectKind::kHashExpire;
  if (inverse.number != 0) tell(inverse);
  const std::optional<Element> value = hash.Find(field);
  inverse.kind = value.has_value() ? KeyEffectKind::kHashSetValue : KeyEffectKind::kHashDelete;
  if (value.has_value()) inverse.value = value->bytes();
  tell(inverse);
}

}  // namespace

template <>
bool EffectsOf<Hash>::TellInverse(const Hash& hash, const KeyEffect& effect, TellEffect tell) {
  KeyEffect inverse{.kind = KeyEffectKind::kHashExpire,
                    .database = effect.database,
                    .key = effect.key,
                    .field = effect.field};
  switch (effect.kind) {
    case KeyEffectKind::kHashSet:
    case KeyEffectKind::kHashSetValue:
      TellField(hash, effect.field, inverse, tell);
      return true;
    case KeyEffectKind::kHashExpire:
      inverse.number = hash.DeadlineOf(effect.field);
      tell(inverse);
      return true;
    case KeyEffectKind::kHashDeleteEarliest: {
      const auto count = static_cast<size_t>(effect.number);
      if (count == hash.size()) return false;  // the key goes with them
      hash.ForEachEarliest(count, [&](Bytes field, int64_t /*deadline_unix_ms*/) {
        TellField(hash, field, inverse, tell);
      });
      return true;
    }
    default:
      if (!hash.Find(effect.field).has_value()) return true;
      if (hash.size() == 1) return false;  // the key goes with it
      TellField(hash, effect.field, inverse, tell);
      return true;
  }
}

template <>
void EffectsOf<Hash>::Describe(const Hash& hash, KeyEffect effect, TellEffect tell) {
  effect.kind = KeyEffectKind::kHashSet;
  hash.ForEach([&](const Hash::Field& each) {
    effect.field = each.field.bytes();
    effect.value = each.value.bytes();
    tell(effect);
  });
  effect.kind = KeyEffectKind::kHashExpire;
  effect.value = {};
  hash.ForEachEarliest(hash.deadlines(), [&](Bytes field, int64_t deadline_unix_ms) {
    effect.field = field;
    effect.number = deadline_unix_ms;
    tell(effect);
  });
}

}  // namespace kontor
