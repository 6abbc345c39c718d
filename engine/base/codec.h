#ifndef KONTOR_BASE_CODEC_H_
#define KONTOR_BASE_CODEC_H_

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace kontor {

// Appends fixed little-endian numbers, LEB128 varints and length-prefixed bytes to a string.
void PutFixed32(std::string* out, uint32_t value);
void PutFixed64(std::string* out, uint64_t value);
void PutVarint(std::string* out, uint64_t value);
void PutSignedVarint(std::string* out, int64_t value);  // zigzag
void PutBytes(std::string* out, Bytes value);

// Reads back what the functions above wrote, from bytes that nobody vouches for: each call answers
// false, and stays false, once the input is too short or malformed. Borrowed bytes point into the
// input.
class Decoder {
 public:
  explicit Decoder(Bytes input) : rest_(input) {}

  bool GetFixed8(uint8_t* value);
  bool GetFixed32(uint32_t* value);
  bool GetFixed64(uint64_t* value);
  bool GetVarint(uint64_t* value);
  bool GetSignedVarint(int64_t* value);
  bool GetBytes(Bytes* value);

  bool empty() const { return rest_.empty(); }
  bool failed() const { return failed_; }
  Bytes rest() const { return rest_; }

 private:
  bool Fail();

  Bytes rest_;
  bool failed_ = false;
};

}  // namespace kontor

#endif  // KONTOR_BASE_CODEC_H_
