#ifndef KONTOR_KEYSPACE_EFFECTS_OF_H_
#define KONTOR_KEYSPACE_EFFECTS_OF_H_

#include "absl/functional/function_ref.h"
#include "base/effect.h"
#include "keyspace/collection.h"

namespace kontor {

using TellEffect = absl::FunctionRef<void(const KeyEffect&)>;

// What effects mean to one type of collection: one file for each type (hash_effects.cc and so on)
// holds how it is changed, how a change is taken back, and how all of it is told. Another type
// needs these, its place in ValueType (collection.h) and its kinds in base/effect.h.
template <typename T>
struct EffectsOf {
  // Whether the effect makes the collection where the key is absent.
  static bool Makes(KeyEffectKind kind);
  // Null if the effect can be applied to this; else what is wrong, for journals that do not fit.
  // `collection` is null if the key is absent.
  static const char* WhyNot(const T* collection, const KeyEffect& effect);
  // Changes what WhyNot had nothing against. Throws std::bad_alloc with nothing changed.
  static void Apply(const KeyEffect& effect, T* collection);
  // Tells the effects that take this one back, which are applied in the reverse order; false if
  // only a copy of the whole does, and then it told none. The effect is not applied yet and can be.
  static bool TellInverse(const T& collection, const KeyEffect& effect, TellEffect tell);
  // Tells effects that make all of it from nothing. The key and its database stand in `effect`.
  static void Describe(const T& collection, KeyEffect effect, TellEffect tell);
};

template <>
bool EffectsOf<Hash>::Makes(KeyEffectKind kind);
template <>
const char* EffectsOf<Hash>::WhyNot(const Hash* hash, const KeyEffect& effect);
template <>
void EffectsOf<Hash>::Apply(const KeyEffect& effect, Hash* hash);
template <>
bool EffectsOf<Hash>::TellInverse(const Hash& hash, const KeyEffect& effect, TellEffect tell);
template <>
void EffectsOf<Hash>::Describe(const Hash& hash, KeyEffect effect, TellEffect tell);

template <>
bool EffectsOf<List>::Makes(KeyEffectKind kind);
template <>
const char* EffectsOf<List>::WhyNot(const List* list, const KeyEffect& effect);
template <>
void EffectsOf<List>::Apply(const KeyEffect& effect, List* list);
template <>
bool EffectsOf<List>::TellInverse(const List& list, const KeyEffect& effect, TellEffect tell);
template <>
void EffectsOf<List>::Describe(const List& list, KeyEffect effect, TellEffect tell);

template <>
bool EffectsOf<Set>::Makes(KeyEffectKind kind);
template <>
const char* EffectsOf<Set>::WhyNot(const Set* set, const KeyEffect& effect);
template <>
void EffectsOf<Set>::Apply(const KeyEffect& effect, Set* set);
template <>
bool EffectsOf<Set>::TellInverse(const Set& set, const KeyEffect& effect, TellEffect tell);
template <>
void EffectsOf<Set>::Describe(const Set& set, KeyEffect effect, TellEffect tell);

template <>
bool EffectsOf<SortedSet>::Makes(KeyEffectKind kind);
template <>
const char* EffectsOf<SortedSet>::WhyNot(const SortedSet* set, const KeyEffect& effect);
template <>
void EffectsOf<SortedSet>::Apply(const KeyEffect& effect, SortedSet* set);
template <>
bool EffectsOf<SortedSet>::TellInverse(const SortedSet& set, const KeyEffect& effect,
                                       TellEffect tell);
template <>
void EffectsOf<SortedSet>::Describe(const SortedSet& set, KeyEffect effect, TellEffect tell);

template <>
bool EffectsOf<Stream>::Makes(KeyEffectKind kind);
template <>
const char* EffectsOf<Stream>::WhyNot(const Stream* stream, const KeyEffect& effect);
template <>
void EffectsOf<Stream>::Apply(const KeyEffect& effect, Stream* stream);
template <>
bool EffectsOf<Stream>::TellInverse(const Stream& stream, const KeyEffect& effect, TellEffect tell);
template <>
void EffectsOf<Stream>::Describe(const Stream& stream, KeyEffect effect, TellEffect tell);

// The type whose effect this is; kString for all effects of strings, keys and databases.
ValueType TypeOfEffect(KeyEffectKind kind);

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_EFFECTS_OF_H_
