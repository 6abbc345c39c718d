#ifndef KONTOR_VERBS_HASHES_H_
#define KONTOR_VERBS_HASHES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/hash.h"
#include "verbs/expiry.h"

namespace kontor::verbs {

// What can be done with hashes. An absent key is an empty hash; a key of another type answers
// kWrongType. The locks of the key are held by the operation, so nothing here blocks. Elements and
// what is returned by pointer are borrowed from the record: they last until the key changes or the
// operation ends.

struct FieldAndValue {
  Bytes field;
  Bytes value;
};

// What becomes of the deadlines of fields that are overwritten.
enum class FieldDeadlines { kRemove, kKeep };

// How many of the fields are new; the others are overwritten. `event` is what it is announced as.
// kTooLarge.
Result<uint64_t> HashSet(Operation& operation, Bytes key, absl::Span<const FieldAndValue> fields,
                         FieldDeadlines deadlines = FieldDeadlines::kRemove, Bytes event = "hset");
// True if the field is new, false if it was overwritten. kTooLarge.
Result<bool> HashSet(Operation& operation, Bytes key, Bytes field, Bytes value);
// False, with nothing changed, if the field is there already. kTooLarge.
Result<bool> HashSetIfAbsent(Operation& operation, Bytes key, Bytes field, Bytes value);

// None if there is no such field.
Result<std::optional<Element>> HashGet(Operation& operation, Bytes key, Bytes field);
// Null if there is no such key.
Result<const Hash*> HashFind(Operation& operation, Bytes key);
Result<uint64_t> HashLength(Operation& operation, Bytes key);

// How many of the fields were there. The key goes with its last field.
Result<uint64_t> HashDelete(Operation& operation, Bytes key, absl::Span<const Bytes> fields);

// What became of a field that was to get a deadline; the values are what HEXPIRE answers.
enum class FieldExpiry : int8_t { kAbsent = -2, kRefused = 0, kSet = 1, kDeleted = 2 };
// A deadline that has passed deletes the field, and the key with its last.
Result<FieldExpiry> HashExpireField(Operation& operation, Bytes key, Bytes field,
                                    int64_t deadline_unix_ms,
                                    const ExpireConditions& conditions = {});
// The values are what HPERSIST answers.
enum class FieldPersistence : int8_t { kAbsent = -2, kHadNone = -1, kPersists = 1 };
Result<FieldPersistence> HashPersistField(Operation& operation, Bytes key, Bytes field);

// The new number; an absent field is 0. kNotANumber, kOutOfRange (overflow).
Result<int64_t> HashIncrement(Operation& operation, Bytes key, Bytes field, int64_t delta);
// The new number as it is stored. kNotANumber, kOutOfRange (no finite result).
Result<std::string> HashIncrementFloat(Operation& operation, Bytes key, Bytes field,
                                       long double delta);

// One step of a walk over the fields: visits up to `count`, answers the cursor to go on with. 0
// begins and 0 ends. A field that is there from the first step to the last is visited at least
// once, whatever else changes.
Result<uint64_t> HashScan(Operation& operation, Bytes key, uint64_t cursor, uint64_t count,
                          absl::FunctionRef<void(const Hash::Field&)> visit);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_HASHES_H_
