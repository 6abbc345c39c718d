#include "persist/crc64.h"

#include <array>
#include <cstddef>

namespace kontor {
namespace {

// Eight tables, one for each byte of a word (slicing by 8: M. Kounavis and F. Berry, "A Systematic
// Approach to Building High Performance Software-Based CRC Generators", 2005).
using Tables = std::array<std::array<uint64_t, 256>, 8>;

constexpr Tables MakeTables() {
  constexpr uint64_t kReflectedPolynomial = 0x95ac9329ac4bc9b5;
  Tables tables{};
  for (size_t byte = 0; byte < 256; ++byte) {
    uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kReflectedPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t table = 1; table < tables.size(); ++table) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint64_t before = tables[table - 1][byte];
      tables[table][byte] = before >> 8 ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

uint64_t ByteAt(Bytes bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

}  // namespace

uint64_t Crc64(Bytes bytes, uint64_t crc) {
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    uint64_t next = 0;
    for (size_t i = 0; i < 8; ++i) {
      next ^= kTables[7 - i][(crc >> (8 * i) & 0xff) ^ ByteAt(bytes, i)];
    }
    crc = next;
  }
  for (; !bytes.empty(); bytes.remove_prefix(1)) {
    crc = crc >> 8 ^ kTables[0][(crc & 0xff) ^ ByteAt(bytes, 0)];
  }
  return crc;
}

}  // namespace kontor
