#ifndef KONTOR_VERBS_STRINGS_H_
#define KONTOR_VERBS_STRINGS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"

namespace kontor::verbs {

// What can be done with strings. Unless it says otherwise, an absent key is an empty string and a
// key of another type answers kWrongType. The locks of the keys are held by the operation, so
// nothing here blocks. What is returned by pointer or as Bytes is borrowed from the record: it
// lasts until the key changes or the operation ends. Deadlines are Unix milliseconds, 0 is none.

// None if there is no such key.
Result<std::optional<Bytes>> StringGet(Operation& operation, Bytes key);
Result<uint64_t> StringLength(Operation& operation, Bytes key);
// The bytes from `start` to `stop`, both included; negative ones count from the end, -1 is the last
// byte.
Result<Bytes> StringRange(Operation& operation, Bytes key, int64_t start, int64_t stop);

// Two strings whose longest common subsequence is asked for (types/common_subsequence.h).
struct StringPair {
  Bytes a;
  Bytes b;

  // kTooLarge: it would take too much memory and time.
  Status CheckComparable() const;
};
// kInvalid, as Redis has it, if a key holds another type.
Result<StringPair> StringFindPair(Operation& operation, Bytes key_a, Bytes key_b);

// Which keys a write applies to.
enum class SetCondition : uint32_t { kAlways = 0, kIfAbsent = 1, kIfPresent = 2 };

struct StringSetOptions {
  SetCondition condition = SetCondition::kAlways;
  int64_t deadline_unix_ms = 0;  // one that has passed leaves no key
  bool keep_deadline = false;    // the one the key has; then deadline_unix_ms is not looked at
  bool return_old = false;  // asks for `old`, and then a key of another type answers kWrongType
};

struct StringSetResult {
  bool set = false;  // false: the condition did not hold
  std::optional<std::string> old;
};

// Replaces whatever is there, of any type. kTooLarge.
Result<StringSetResult> StringSet(Operation& operation, Bytes key, Bytes value,
                                  const StringSetOptions& options = {});

struct KeyAndValue {
  Bytes key;
  Bytes value;
};

// Sets all of them, without deadline; the last one wins where a key comes twice. kTooLarge.
Status StringSetMany(Operation& operation, absl::Span<const KeyAndValue> pairs);
// False, with nothing changed, if one of the keys exists. kTooLarge.
Result<bool> StringSetManyIfAbsent(Operation& operation, absl::Span<const KeyAndValue> pairs);

// Takes the value and deletes the key; none if there is no such key.
Result<std::optional<std::string>> StringGetDelete(Operation& operation, Bytes key);
// Answers the value and gives the key this deadline, or none for 0. A deadline that has passed
// deletes the key.
Result<std::optional<std::string>> StringGetExpire(Operation& operation, Bytes key,
                                                   int64_t deadline_unix_ms);

// The functions below make the key if it is absent, and keep its deadline.

// The new length. kTooLarge.
Result<uint64_t> StringAppend(Operation& operation, Bytes key, Bytes suffix);
// Overwrites from `offset`, zero-filling up to it; the new length. An empty value changes nothing.
// kOutOfRange for a negative offset, kTooLarge.
Result<uint64_t> StringSetRange(Operation& operation, Bytes key, int64_t offset, Bytes value);
// The new number; an absent key is 0. kNotANumber, kOutOfRange (overflow), and then nothing was
// changed.
Result<int64_t> StringIncrement(Operation& operation, Bytes key, int64_t delta);
// The new number as it is stored. kNotANumber, kOutOfRange (no finite result).
Result<std::string> StringIncrementFloat(Operation& operation, Bytes key, long double delta);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_STRINGS_H_
