#include <bit>
#include <optional>

#include "keyspace/effects_of.h"

namespace kontor {

template <>
bool EffectsOf<SortedSet>::Makes(KeyEffectKind kind) {
  return kind == KeyEffectKind::kSortedSetSet;
}

template <>
const char* EffectsOf<SortedSet>::WhyNot(const SortedSet* /*collection*/,
                                         const KeyEffect& /*effect*/) {
  return nullptr;  // what is not there can be removed
}

template <>
void EffectsOf<SortedSet>::Apply(const KeyEffect& effect, SortedSet* set) {
  if (effect.kind == KeyEffectKind::kSortedSetSet) {
    set->Set(effect.field, std::bit_cast<double>(effect.number));
  } else {
    set->Erase(effect.field);
  }
}

template <>
bool EffectsOf<SortedSet>::TellInverse(const SortedSet& set, const KeyEffect& effect,
                                       TellEffect tell) {
  const bool sets = effect.kind == KeyEffectKind::kSortedSetSet;
  const std::optional<double> score = set.Score(effect.field);
  if (!sets && !score.has_value()) return true;  // it changes nothing
  if (!sets && set.size() == 1) return false;    // the key goes with it
  KeyEffect inverse{.kind = KeyEffectKind::kSortedSetRemove,
                    .database = effect.database,
                    .key = effect.key,
                    .field = effect.field};
  if (score.has_value()) {
    inverse.kind = KeyEffectKind::kSortedSetSet;
    inverse.number = std::bit_cast<int64_t>(*score);
  }
  tell(inverse);
  return true;
}

template <>
void EffectsOf<SortedSet>::Describe(const SortedSet& set, KeyEffect effect, TellEffect tell) {
  effect.kind = KeyEffectKind::kSortedSetSet;
  set.ForEach([&](const SortedSet::Member& each) {
    effect.field = each.member.bytes();
    effect.number = std::bit_cast<int64_t>(each.score);
    tell(effect);
  });
}

}  // namespace kontor
