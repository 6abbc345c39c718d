#include "persist/rdb_reader.h"

#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "persist/lzf.h"
#include "persist/rdb_format.h"
#include "types/number.h"

namespace kontor {

bool RdbReader::ReadByte(uint8_t* byte) {
  Bytes one;
  if (!ReadBytes(1, &one)) return false;
  *byte = static_cast<uint8_t>(one[0]);
  return true;
}

bool RdbReader::ReadBytes(uint64_t count, Bytes* bytes) {
  if (count > rest_.size()) return false;
  *bytes = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return true;
}

bool RdbReader::ReadUnsigned(size_t width, uint64_t* number) {
  Bytes bytes;
  if (!ReadBytes(width, &bytes)) return false;
  *number = 0;
  for (size_t i = width; i > 0; --i) *number = *number << 8 | static_cast<uint8_t>(bytes[i - 1]);
  return true;
}

bool RdbReader::ReadSigned(size_t width, int64_t* number) {
  uint64_t bits = 0;
  if (!ReadUnsigned(width, &bits)) return false;
  const size_t unused = 64 - 8 * width;
  *number = static_cast<int64_t>(bits << unused) >> unused;
  return true;
}

bool RdbReader::ReadBigEndian(size_t width, uint64_t* number) {
  Bytes bytes;
  if (!ReadBytes(width, &bytes)) return false;
  *number = 0;
  for (const char byte : bytes) *number = *number << 8 | static_cast<uint8_t>(byte);
  return true;
}

bool RdbReader::ReadLength(uint64_t* length, bool* is_special) {
  uint8_t first = 0;
  if (!ReadByte(&first)) return false;
  *is_special = first >> 6 == 3;
  *length = first & 0x3f;
  switch (first >> 6) {
    case 1: {
      uint8_t second = 0;
      if (!ReadByte(&second)) return false;
      *length = *length << 8 | second;
      return true;
    }
    case 2:
      if (first == rdb::kLengthIn4Bytes) return ReadBigEndian(4, length);
      return first == rdb::kLengthIn8Bytes && ReadBigEndian(8, length);
    default:
      return true;
  }
}

bool RdbReader::ReadLength(uint64_t* length) {
  bool is_special = false;
  return ReadLength(length, &is_special) && !is_special;
}

bool RdbReader::ReadString(std::string* text) {
  uint64_t length = 0;
  bool is_special = false;
  if (!ReadLength(&length, &is_special)) return false;
  if (!is_special) {
    Bytes bytes;
    if (length > limits::kValueBytes || !ReadBytes(length, &bytes)) return false;
    text->assign(bytes);
    return true;
  }
  if (length == rdb::kCompressed) return ReadCompressed(text);
  int64_t integer = 0;
  const bool read = (length == rdb::kInteger8 && ReadSigned(1, &integer)) ||
                    (length == rdb::kInteger16 && ReadSigned(2, &integer)) ||
                    (length == rdb::kInteger32 && ReadSigned(4, &integer));
  if (read) *text = FormatInteger(integer);
  return read;
}

bool RdbReader::ReadCompressed(std::string* text) {
  uint64_t compressed_size = 0;
  uint64_t size = 0;
  Bytes compressed;
  if (!ReadLength(&compressed_size) || !ReadLength(&size) ||
      !ReadBytes(compressed_size, &compressed)) {
    return false;
  }
  if (size > limits::kValueBytes || size > compressed.size() * kLzfMostExpansion) return false;
  std::optional<std::string> plain = LzfDecompress(compressed, size);
  if (!plain.has_value()) return false;
  *text = *std::move(plain);
  return true;
}

bool RdbReader::ReadBinaryDouble(double* number) {
  uint64_t bits = 0;
  if (!ReadUnsigned(8, &bits)) return false;
  *number = std::bit_cast<double>(bits);
  return true;
}

bool RdbReader::ReadTextDouble(double* number) {
  uint8_t length = 0;
  if (!ReadByte(&length)) return false;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  switch (length) {
    case rdb::kNegativeInfinity:
      *number = -kInfinity;
      return true;
    case rdb::kPositiveInfinity:
      *number = kInfinity;
      return true;
    case rdb::kNotANumber:
      *number = std::nan("");
      return true;
    default:
      break;
  }
  Bytes text;
  return ReadBytes(length, &text) && ParseDouble(text, number);
}

}  // namespace kontor
