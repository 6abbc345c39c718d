#ifndef KONTOR_VERBS_SETS_H_
#define KONTOR_VERBS_SETS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/set.h"
#include "verbs/random_places.h"

namespace kontor::verbs {

// What can be done with sets. An absent key is an empty set; a key of another type answers
// kWrongType. The locks of the keys are held by the operation, so nothing here blocks. What is
// returned by pointer is borrowed from the record: it lasts until the key changes or the operation
// ends.

// Null if there is no such key.
Result<const Set*> SetFind(Operation& operation, Bytes key);
Result<uint64_t> SetSize(Operation& operation, Bytes key);
Result<bool> SetContains(Operation& operation, Bytes key, Bytes member);

// How many of the members are new. kTooLarge.
Result<uint64_t> SetAdd(Operation& operation, Bytes key, absl::Span<const Bytes> members);
// How many of the members were there. The key goes with its last member.
Result<uint64_t> SetRemove(Operation& operation, Bytes key, absl::Span<const Bytes> members);
// False, with nothing changed, if it is not in the source.
Result<bool> SetMove(Operation& operation, Bytes source, Bytes target, Bytes member);
// Removes `count` members chosen at random, all of them if there are fewer, and answers them.
Result<std::vector<std::string>> SetPop(Operation& operation, Bytes key, uint64_t count,
                                        NextRandom next_random);

enum class SetAlgebra : uint32_t {
  kIntersection = 0,  // what is in all of them
  kUnion = 1,         // what is in any of them
  kDifference = 2,    // what is in the first and in no other
};
// A set made of sets. Every key is looked at, so that any of another type is refused.
Result<std::unique_ptr<Set>> SetCombine(Operation& operation, SetAlgebra algebra,
                                        absl::Span<const Bytes> keys);
// How many members the intersection has, counted up to `limit` (0: all).
Result<uint64_t> SetIntersectionSize(Operation& operation, absl::Span<const Bytes> keys,
                                     uint64_t limit);
// The target becomes the result, whatever it was; a target of no members is deleted. How many there
// are.
Result<uint64_t> SetCombineInto(Operation& operation, Bytes target, SetAlgebra algebra,
                                absl::Span<const Bytes> keys);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_SETS_H_
