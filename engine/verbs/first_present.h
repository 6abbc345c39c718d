#ifndef KONTOR_VERBS_FIRST_PRESENT_H_
#define KONTOR_VERBS_FIRST_PRESENT_H_

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "keyspace/collection.h"
#include "txn/operation.h"

namespace kontor::verbs {

// The first of the keys that holds a collection of type T; null if none does. In turn, keys
// somebody else is first at are passed over, and so are, by a caller that waits already
// (Operation::Waits), keys that meanwhile hold another type. Else those answer kWrongType.
template <typename T>
Result<const Bytes*> FirstPresent(Operation& operation, absl::Span<const Bytes> keys,
                                  bool in_turn) {
  for (const Bytes& key : keys) {
    const T* collection = nullptr;
    const Status found = operation.Find(key, &collection);
    if (!found.ok()) {
      if (in_turn && operation.Waits(key)) continue;
      return found;
    }
    if (collection != nullptr && (!in_turn || operation.MayTake(key, kTypeOf<T>))) return &key;
  }
  return nullptr;
}

// What a verb in turn answers if there is no such key.
inline Status NothingToTake() { return Status(Code::kAgain, "nothing to take"); }

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_FIRST_PRESENT_H_
