#include "keyspace/effects_of.h"

namespace kontor {

ValueType TypeOfEffect(KeyEffectKind kind) {
  switch (kind) {
    case KeyEffectKind::kHashSet:
    case KeyEffectKind::kHashDelete:
    case KeyEffectKind::kHashExpire:
    case KeyEffectKind::kHashDeleteEarliest:
    case KeyEffectKind::kHashSetValue:
      return ValueType::kHash;
    case KeyEffectKind::kListPushFront:
    case KeyEffectKind::kListPushBack:
    case KeyEffectKind::kListPopFront:
    case KeyEffectKind::kListPopBack:
    case KeyEffectKind::kListSet:
    case KeyEffectKind::kListInsert:
    case KeyEffectKind::kListErase:
    case KeyEffectKind::kListRemove:
      return ValueType::kList;
    case KeyEffectKind::kSetAdd:
    case KeyEffectKind::kSetRemove:
      return ValueType::kSet;
    case KeyEffectKind::kSortedSetSet:
    case KeyEffectKind::kSortedSetRemove:
      return ValueType::kSortedSet;
    case KeyEffectKind::kStreamMake:
    case KeyEffectKind::kStreamAdd:
    case KeyEffectKind::kStreamDelete:
    case KeyEffectKind::kStreamTrim:
    case KeyEffectKind::kStreamSetIds:
    case KeyEffectKind::kStreamSetGroup:
    case KeyEffectKind::kStreamDeleteGroup:
    case KeyEffectKind::kStreamSetConsumer:
    case KeyEffectKind::kStreamDeleteConsumer:
    case KeyEffectKind::kStreamSetPending:
    case KeyEffectKind::kStreamRemovePending:
      return ValueType::kStream;
    default:
      return ValueType::kString;
  }
}

}  // namespace kontor
