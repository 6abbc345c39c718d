#ifndef KONTOR_PERSIST_RDB_READER_H_
#define KONTOR_PERSIST_RDB_READER_H_

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace kontor {

// Reads the parts that RDB files are made of, from bytes that nobody vouches for: each call answers
// false once the input is too short or malformed, and then what it was to set is unspecified.
// Nothing is allocated that the input does not account for. Not thread-safe.
class RdbReader {
 public:
  explicit RdbReader(Bytes input) : rest_(input) {}

  bool empty() const { return rest_.empty(); }
  Bytes rest() const { return rest_; }

  bool ReadByte(uint8_t* byte);
  bool ReadBytes(uint64_t count, Bytes* bytes);  // borrowed from the input
  // A number of `width` bytes, 1 to 8, the lowest first; and one that may be negative.
  bool ReadUnsigned(size_t width, uint64_t* number);
  bool ReadSigned(size_t width, int64_t* number);
  // The same, the highest byte first.
  bool ReadBigEndian(size_t width, uint64_t* number);
  // A length in 1, 2, 5 or 9 bytes.
  bool ReadLength(uint64_t* length);
  // Of at most limits::kValueBytes, whether it stands there as it is, as an integer or compressed.
  bool ReadString(std::string* text);
  bool ReadBinaryDouble(double* number);
  // As files before version 8 have it.
  bool ReadTextDouble(double* number);

 private:
  // `is_special` is set if the length is none but the number of an encoding.
  bool ReadLength(uint64_t* length, bool* is_special);
  bool ReadCompressed(std::string* text);

  Bytes rest_;
};

}  // namespace kontor

#endif  // KONTOR_PERSIST_RDB_READER_H_
