#include "keyspace/effects_of.h"

namespace kontor {

template <>
bool EffectsOf<Set>::Makes(KeyEffectKind kind) {
  return kind == KeyEffectKind::kSetAdd;
}

template <>
const char* EffectsOf<Set>::WhyNot(const Set* /*collection*/, const KeyEffect& /*effect*/) {
  return nullptr;  // what is not there can be removed
}

template <>
void EffectsOf<Set>::Apply(const KeyEffect& effect, Set* set) {
  if (effect.kind == KeyEffectKind::kSetAdd) {
    set->Add(effect.field);
  } else {
    set->Remove(effect.field);
  }
}

template <>
bool EffectsOf<Set>::TellInverse(const Set& set, const KeyEffect& effect, TellEffect tell) {
  const bool adds = effect.kind == KeyEffectKind::kSetAdd;
  if (set.Contains(effect.field) == adds) return true;  // it changes nothing
  if (!adds && set.size() == 1) return false;           // the key goes with it
  KeyEffect inverse = effect;
  inverse.kind = adds ? KeyEffectKind::kSetRemove : KeyEffectKind::kSetAdd;
  tell(inverse);
  return true;
}

template <>
void EffectsOf<Set>::Describe(const Set& set, KeyEffect effect, TellEffect tell) {
  effect.kind = KeyEffectKind::kSetAdd;
  set.ForEach([&](const Element& member) {
    effect.field = member.bytes();
    tell(effect);
  });
}

}  // namespace kontor
