#include "base/codec.h"

#include <bit>
#include <cstring>

namespace kontor {
namespace {

static_assert(std::endian::native == std::endian::little, "the file formats are little-endian");

template <typename T>
void PutFixed(std::string* out, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  out->append(raw, sizeof(T));
}

template <typename T>
T Take(Bytes* rest) {
  T value;
  std::memcpy(&value, rest->data(), sizeof(T));
  rest->remove_prefix(sizeof(T));
  return value;
}

}  // namespace

void PutFixed32(std::string* out, uint32_t value) { PutFixed(out, value); }
void PutFixed64(std::string* out, uint64_t value) { PutFixed(out, value); }

void PutVarint(std::string* out, uint64_t value) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

void PutSignedVarint(std::string* out, int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  PutVarint(out, (bits << 1) ^ (value < 0 ? ~uint64_t{0} : 0));
}

void PutBytes(std::string* out, Bytes value) {
  PutVarint(out, value.size());
  out->append(value);
}

bool Decoder::Fail() {
  failed_ = true;
  rest_ = {};
  return false;
}

bool Decoder::GetFixed8(uint8_t* value) {
  if (rest_.empty()) return Fail();
  *value = Take<uint8_t>(&rest_);
  return true;
}

bool Decoder::GetFixed32(uint32_t* value) {
  if (rest_.size() < sizeof(*value)) return Fail();
  *value = Take<uint32_t>(&rest_);
  return true;
}

bool Decoder::GetFixed64(uint64_t* value) {
  if (rest_.size() < sizeof(*value)) return Fail();
  *value = Take<uint64_t>(&rest_);
  return true;
}

bool Decoder::GetVarint(uint64_t* value) {
  uint64_t result = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = Take<uint8_t>(&rest_);
    if (shift == 63 && byte > 1) return Fail();
    result |= uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) {
      *value = result;
      return true;
    }
  }
  return Fail();
}

bool Decoder::GetSignedVarint(int64_t* value) {
  uint64_t bits = 0;
  if (!GetVarint(&bits)) return false;
  *value = static_cast<int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
  return true;
}

bool Decoder::GetBytes(Bytes* value) {
  uint64_t size = 0;
  if (!GetVarint(&size)) return false;
  if (size > rest_.size()) return Fail();
  *value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

}  // namespace kontor
