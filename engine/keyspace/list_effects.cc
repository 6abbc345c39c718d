#include "keyspace/effects_of.h"

namespace kontor {
namespace {

bool IsPop(KeyEffectKind kind) {
  return kind == KeyEffectKind::kListPopFront || kind == KeyEffectKind::kListPopBack;
}

// Applied in the reverse order, so that the element that was outermost goes back last.
void TellInverseOfPop(const List& list, const KeyEffect& effect, TellEffect tell) {
  const bool front = effect.kind == KeyEffectKind::kListPopFront;
  List::Iterator each = list.From(front ? 0 : list.size() - 1);
  for (int64_t i = 0; i < effect.number; ++i, front ? each.Next() : each.Previous()) {
    const Element element = each.element();
    tell({.kind = front ? KeyEffectKind::kListPushFront : KeyEffectKind::kListPushBack,
          .database = effect.database,
          .key = effect.key,
          .value = element.bytes()});
  }
}

}  // namespace

template <>
bool EffectsOf<List>::Makes(KeyEffectKind kind) {
  return kind == KeyEffectKind::kListPushFront || kind == KeyEffectKind::kListPushBack;
}

template <>
const char* EffectsOf<List>::WhyNot(const List* list, const KeyEffect& effect) {
  if (list == nullptr) return Makes(effect.kind) ? nullptr : "needs a list that is not there";
  const auto number = static_cast<uint64_t>(effect.number);
  const bool counts = IsPop(effect.kind) || effect.kind == KeyEffectKind::kListInsert;
  const bool indexes =
      effect.kind == KeyEffectKind::kListSet || effect.kind == KeyEffectKind::kListErase;
  const bool fits = (!counts || number <= list->size()) && (!indexes || number < list->size());
  return fits ? nullptr : "is out of the list's range";
}

template <>
void EffectsOf<List>::Apply(const KeyEffect& effect, List* list) {
  const auto number = static_cast<uint64_t>(effect.number);
  switch (effect.kind) {
    case KeyEffectKind::kListPushFront:
      return list->PushFront(effect.value);
    case KeyEffectKind::kListPushBack:
      return list->PushBack(effect.value);
    case KeyEffectKind::kListPopFront:
      return list->PopFront(number);
    case KeyEffectKind::kListPopBack:
      return list->PopBack(number);
    case KeyEffectKind::kListSet:
      return list->Set(number, effect.value);
    case KeyEffectKind::kListInsert:
      return list->Insert(number, effect.value);
    case KeyEffectKind::kListErase:
      return list->Erase(number);
    default:
      list->Remove(effect.value, effect.number);
  }
}

template <>
bool EffectsOf<List>::TellInverse(const List& list, const KeyEffect& effect, TellEffect tell) {
  KeyEffect inverse{.kind = KeyEffectKind::kListPopFront,
                    .database = effect.database,
                    .key = effect.key,
                    .number = effect.number};
  switch (effect.kind) {
    case KeyEffectKind::kListPushFront:
    case KeyEffectKind::kListPushBack:
      if (effect.kind == KeyEffectKind::kListPushBack) inverse.kind = KeyEffectKind::kListPopBack;
      inverse.number = 1;
      tell(inverse);
      return true;
    case KeyEffectKind::kListInsert:
      inverse.kind = KeyEffectKind::kListErase;
      tell(inverse);
      return true;
    case KeyEffectKind::kListSet:
    case KeyEffectKind::kListErase: {
      const bool sets = effect.kind == KeyEffectKind::kListSet;
      if (!sets && list.size() == 1) return false;
      const Element element = list.at(static_cast<size_t>(effect.number));
      inverse.kind = sets ? KeyEffectKind::kListSet : KeyEffectKind::kListInsert;
      inverse.value = element.bytes();
      tell(inverse);
      return true;
    }
    default:
      if (!IsPop(effect.kind) || static_cast<size_t>(effect.number) >= list.size()) return false;
      TellInverseOfPop(list, effect, tell);
      return true;
  }
}

template <>
void EffectsOf<List>::Describe(const List& list, KeyEffect effect, TellEffect tell) {
  effect.kind = KeyEffectKind::kListPushBack;
  for (List::Iterator each = list.From(0); each.valid(); each.Next()) {
    const Element element = each.element();
    effect.value = element.bytes();
    tell(effect);
  }
}

}  // namespace kontor
