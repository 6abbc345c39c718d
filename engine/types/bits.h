#ifndef KONTOR_TYPES_BITS_H_
#define KONTOR_TYPES_BITS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/types/span.h"
#include "base/bytes.h"

namespace kontor {

// Strings as rows of bits, numbered as Redis does: bit 0 is the highest bit of the first byte. All
// of these look at eight bytes at a time, or more.

// False beyond the end.
bool BitAt(Bytes bytes, uint64_t offset);

// How many bits are set: all of them, and from `first` to `last`, both included, which must lie in
// the string.
uint64_t CountBits(Bytes bytes);
uint64_t CountBits(Bytes bytes, uint64_t first, uint64_t last);

// The first bit of this value from `first` to `last`, both included, which must lie in the string.
std::optional<uint64_t> FindBit(Bytes bytes, bool bit, uint64_t first, uint64_t last);

enum class BitOperation { kAnd, kOr, kXor, kNot };

// As long as the longest source; shorter ones are filled up with zeros. kNot takes one source.
std::string CombineBits(BitOperation operation, absl::Span<const Bytes> sources);

// An integer somewhere in a string, its highest bit first.
struct BitField {
  static constexpr size_t kMostBytes = 9;  // it touches, if it does not begin with a byte

  uint64_t offset = 0;  // in bits
  unsigned bits = 8;    // 1 to 64, or to 63 without a sign
  bool has_sign = false;

  size_t first_byte() const { return offset / 8; }
  size_t last_byte() const { return (offset + bits - 1) / 8; }
};

// Bits beyond the end are zeros.
int64_t ReadBitField(Bytes bytes, const BitField& field);
// The bytes of a string from first_byte() to last_byte() once the field holds `value`, of which the
// lowest bits are taken.
std::string WithBitField(Bytes bytes, const BitField& field, int64_t value);

// What becomes of a number that a field is too small for.
enum class BitOverflow { kWrap, kSaturate, kFail };

// `value` + `delta` as the field can hold it; none if it cannot and is to fail. `value` is one the
// field holds, or `delta` is 0.
std::optional<int64_t> AddInBitField(const BitField& field, int64_t value, int64_t delta,
                                     BitOverflow overflow);

}  // namespace kontor

#endif  // KONTOR_TYPES_BITS_H_
