#include "persist/rdb_writer.h"

#include <optional>

#include "persist/lzf.h"
#include "persist/rdb_format.h"
#include "types/number.h"

namespace kontor {
namespace {

void AppendSpecial(uint8_t encoding, std::string* out) {
  out->push_back(static_cast<char>(rdb::kSpecial | encoding));
}

// False if the text is no integer of 32 bits.
bool AppendInteger(Bytes text, std::string* out) {
  int64_t integer = 0;
  if (!ParseInteger(text, &integer)) return false;
  if (integer != static_cast<int32_t>(integer)) return false;
  const bool in_one_byte = integer == static_cast<int8_t>(integer);
  const bool in_two_bytes = integer == static_cast<int16_t>(integer);
  AppendSpecial(in_one_byte    ? rdb::kInteger8
                : in_two_bytes ? rdb::kInteger16
                               : rdb::kInteger32,
                out);
  AppendLittleEndian(static_cast<uint64_t>(integer), in_one_byte ? 1 : in_two_bytes ? 2 : 4, out);
  return true;
}

}  // namespace

void AppendLittleEndian(uint64_t number, size_t width, std::string* out) {
  for (size_t i = 0; i < width; ++i) out->push_back(static_cast<char>(number >> (8 * i)));
}

void AppendBigEndian(uint64_t number, size_t width, std::string* out) {
  for (size_t i = width; i > 0; --i) out->push_back(static_cast<char>(number >> (8 * (i - 1))));
}

void AppendRdbLength(uint64_t length, std::string* out) {
  if (length < 1 << 6) {
    out->push_back(static_cast<char>(length));
  } else if (length < 1 << 14) {
    AppendBigEndian(length | 1 << 14, 2, out);
  } else {
    const bool is_short = length <= UINT32_MAX;
    out->push_back(static_cast<char>(is_short ? rdb::kLengthIn4Bytes : rdb::kLengthIn8Bytes));
    AppendBigEndian(length, is_short ? 4 : 8, out);
  }
}

void AppendRdbString(Bytes text, std::string* out) {
  constexpr size_t kWorthCompressing = 20;
  if (AppendInteger(text, out)) return;
  if (text.size() > kWorthCompressing) {
    const std::optional<std::string> compressed = LzfCompress(text);
    if (compressed.has_value()) {
      AppendSpecial(rdb::kCompressed, out);
      AppendRdbLength(compressed->size(), out);
      AppendRdbLength(text.size(), out);
      out->append(*compressed);
      return;
    }
  }
  AppendRdbLength(text.size(), out);
  out->append(text);
}

}  // namespace kontor
