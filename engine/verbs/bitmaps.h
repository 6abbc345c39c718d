#ifndef KONTOR_VERBS_BITMAPS_H_
#define KONTOR_VERBS_BITMAPS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/bits.h"

namespace kontor::verbs {

// What can be done with strings as rows of bits (types/bits.h). Unless it says otherwise, an absent
// key is an empty string, a key of another type answers kWrongType, and a bit beyond the end is 0.
// Offsets count bits. The locks of the keys are held by the operation, so nothing here blocks.

Result<bool> BitGet(Operation& operation, Bytes key, uint64_t offset);
// What the bit was. The string is made, or filled up with zeros, as far as the bit; it keeps its
// deadline. kTooLarge.
Result<bool> BitSet(Operation& operation, Bytes key, uint64_t offset, bool bit);

// From `start` to `end`, both included; negative ones count from the end, -1 is the last.
struct BitRange {
  int64_t start = 0;
  int64_t end = -1;
  bool in_bits = false;  // else in bytes
};

Result<uint64_t> BitCount(Operation& operation, Bytes key, const BitRange& range);
// The first bit of that value in the range, -1 if there is none. Where `open_ended`, the range is
// taken to go on with zeros. An absent key is all zeros without end.
Result<int64_t> BitPosition(Operation& operation, Bytes key, bool bit, const BitRange& range,
                            bool open_ended);

// Sets `target`, of whatever type and without deadline, to the combination of the sources, or
// deletes it if that is empty; the length in bytes.
Result<uint64_t> BitCombine(Operation& operation, BitOperation combine, Bytes target,
                            absl::Span<const Bytes> sources);

// One step of BITFIELD.
struct BitFieldStep {
  enum class Action { kGet, kSet, kIncrement };

  Action action = Action::kGet;
  BitField field;
  int64_t number = 0;  // to set, or to add
  BitOverflow overflow = BitOverflow::kWrap;

  bool writes() const { return action != Action::kGet; }
};

// The number each step read, replaced or made; none if it failed for overflow and changed nothing.
// If a step writes, the string is first made, or filled up with zeros, as far as the last such
// field, even if that step fails for overflow; it keeps its deadline. kTooLarge.
Result<std::vector<std::optional<int64_t>>> BitFields(Operation& operation, Bytes key,
                                                      absl::Span<const BitFieldStep> steps);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_BITMAPS_H_
