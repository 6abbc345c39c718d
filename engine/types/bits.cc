#include "types/bits.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace kontor {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read as little-endian");

constexpr size_t kWord = sizeof(uint64_t);

uint64_t LoadWord(const char* from) {
  uint64_t word = 0;
  std::memcpy(&word, from, kWord);
  return word;
}

// Eight bytes from there, the first one highest, zeros beyond the end.
uint64_t LoadBits(Bytes bytes, size_t at) {
  if (at + kWord <= bytes.size()) return __builtin_bswap64(LoadWord(bytes.data() + at));
  char padded[kWord] = {};
  if (at < bytes.size()) std::memcpy(padded, bytes.data() + at, bytes.size() - at);
  return __builtin_bswap64(LoadWord(padded));
}

// Goes on from `at` over 32 bytes at a time as long as they consist of this word.
size_t SkipWords(Bytes bytes, size_t at, uint64_t word) {
  constexpr size_t kStep = 4 * kWord;
  for (; at + kStep <= bytes.size(); at += kStep) {
    uint64_t differs = 0;
    for (size_t i = at; i < at + kStep; i += kWord) differs |= LoadWord(bytes.data() + i) ^ word;
    if (differs != 0) break;
  }
  return at;
}

uint64_t CountWords(const char* bytes, size_t words) {
  uint64_t count = 0;
  for (size_t i = 0; i < words; ++i) {
    count += static_cast<uint64_t>(std::popcount(LoadWord(bytes + i * kWord)));
  }
  return count;
}

#ifdef __x86_64__
// The same with the instruction that counts, which not every processor has.
[[gnu::target("popcnt")]] uint64_t CountWordsInHardware(const char* bytes, size_t words) {
  uint64_t count = 0;
  for (size_t i = 0; i < words; ++i) {
    count += static_cast<uint64_t>(__builtin_popcountll(LoadWord(bytes + i * kWord)));
  }
  return count;
}
#endif

uint64_t CountWordsFast(const char* bytes, size_t words) {
#ifdef __x86_64__
  static const bool has_instruction = __builtin_cpu_supports("popcnt") != 0;
  if (has_instruction) return CountWordsInHardware(bytes, words);
#endif
  return CountWords(bytes, words);
}

// Changes `size` bytes by those of another string.
template <typename Combine>
void CombineInto(char* into, const char* from, size_t size, Combine combine) {
  size_t i = 0;
  for (; i + kWord <= size; i += kWord) {
    const uint64_t word = combine(LoadWord(into + i), LoadWord(from + i));
    std::memcpy(into + i, &word, kWord);
  }
  for (; i < size; ++i) {
    into[i] =
        static_cast<char>(combine(static_cast<uint8_t>(into[i]), static_cast<uint8_t>(from[i])));
  }
}

// The same by a source that may end before, or in, the `size` bytes.
void CombineSource(BitOperation operation, char* into, Bytes source, size_t size) {
  const size_t shared = std::min(size, source.size());
  switch (operation) {
    case BitOperation::kAnd:
      CombineInto(into, source.data(), shared, [](uint64_t a, uint64_t b) { return a & b; });
      std::memset(into + shared, 0, size - shared);
      return;
    case BitOperation::kOr:
      CombineInto(into, source.data(), shared, [](uint64_t a, uint64_t b) { return a | b; });
      return;
    case BitOperation::kXor:
      CombineInto(into, source.data(), shared, [](uint64_t a, uint64_t b) { return a ^ b; });
      return;
    case BitOperation::kNot:
      CombineInto(into, source.data(), shared, [](uint64_t, uint64_t b) { return ~b; });
      return;
  }
}

// Whether a sum lies above (1), below (-1) or within (0) what the field holds. As in Redis, the
// distance from `value` to the top is taken modulo 2^64, so that what lies lower than it can tell
// counts as above.
int Excess(const BitField& field, int64_t value, int64_t delta) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const int64_t top = kMost >> (field.has_sign ? 64 - field.bits : 63 - field.bits);
  if (!field.has_sign) {
    if (value < 0 || value > top || delta > top - value) return 1;
    return delta < -value ? -1 : 0;
  }
  if (value > top) return 1;
  int64_t sum = 0;
  if (__builtin_add_overflow(value, delta, &sum)) return delta > 0 ? 1 : -1;
  int64_t distance = 0;
  const bool unknown = __builtin_sub_overflow(top, value, &distance);
  if (field.bits < 64 && unknown) return 1;
  return sum > top ? 1 : sum < -top - 1 ? -1 : 0;
}

}  // namespace

bool BitAt(Bytes bytes, uint64_t offset) {
  const uint64_t byte = offset / 8;
  return byte < bytes.size() && (static_cast<uint8_t>(bytes[byte]) >> (7 - offset % 8) & 1) != 0;
}

uint64_t CountBits(Bytes bytes) {
  const size_t words = bytes.size() / kWord;
  const uint64_t rest = LoadBits(bytes, words * kWord);
  return CountWordsFast(bytes.data(), words) + static_cast<uint64_t>(std::popcount(rest));
}

uint64_t CountBits(Bytes bytes, uint64_t first, uint64_t last) {
  const Bytes touched = bytes.substr(first / 8, last / 8 - first / 8 + 1);
  const unsigned before = static_cast<uint8_t>(touched.front()) & ~(0xffu >> first % 8);
  const unsigned behind = static_cast<uint8_t>(touched.back()) & (0x7fu >> last % 8);
  return CountBits(touched) - static_cast<uint64_t>(std::popcount(before) + std::popcount(behind));
}

std::optional<uint64_t> FindBit(Bytes bytes, bool bit, uint64_t first, uint64_t last) {
  bytes = bytes.substr(0, last / 8 + 1);
  const uint64_t others = bit ? 0 : ~uint64_t{0};
  uint64_t mask = ~uint64_t{0} >> first % 8;
  for (size_t at = first / 8; at < bytes.size(); at = SkipWords(bytes, at + kWord, others)) {
    const uint64_t word = (LoadBits(bytes, at) ^ others) & mask;
    mask = ~uint64_t{0};
    if (word == 0) continue;
    const uint64_t found = uint64_t{at} * 8 + static_cast<uint64_t>(std::countl_zero(word));
    return found <= last ? std::optional(found) : std::nullopt;
  }
  return std::nullopt;
}

std::string CombineBits(BitOperation operation, absl::Span<const Bytes> sources) {
  size_t length = 0;
  for (const Bytes source : sources) length = std::max(length, source.size());
  std::string combined(length, '\0');
  // What one block of the result takes stays in the cache for all sources.
  constexpr size_t kBlock = 8192;
  for (size_t at = 0; at < length; at += kBlock) {
    const size_t size = std::min(kBlock, length - at);
    char* const into = combined.data() + at;
    for (size_t i = 0; i < sources.size(); ++i) {
      const Bytes source = sources[i].substr(std::min(at, sources[i].size()));
      if (i == 0 && operation != BitOperation::kNot) {
        source.copy(into, size);
      } else {
        CombineSource(operation, into, source, size);
      }
    }
  }
  return combined;
}

int64_t ReadBitField(Bytes bytes, const BitField& field) {
  const size_t at = field.first_byte();
  const unsigned shift = field.offset % 8;
  uint64_t bits = LoadBits(bytes, at) << shift;
  if (shift != 0) bits |= LoadBits(bytes, at + kWord) >> (64 - shift);
  // To the right, with or without the sign.
  const unsigned unused = 64 - field.bits;
  return field.has_sign ? static_cast<int64_t>(bits) >> unused
                        : static_cast<int64_t>(bits >> unused);
}

std::string WithBitField(Bytes bytes, const BitField& field, int64_t value) {
  const size_t first = field.first_byte();
  std::string written(bytes.substr(std::min(first, bytes.size()), field.last_byte() - first + 1));
  written.resize(field.last_byte() - first + 1);
  // From the last byte to the first: the field has the bits from `low` up to `high` of each.
  auto rest = static_cast<uint64_t>(value);
  unsigned low = 7 - (field.offset + field.bits - 1) % 8;
  for (size_t i = written.size(); i-- > 0;) {
    const unsigned high = i == 0 ? 8 - field.offset % 8 : 8;
    const unsigned mask = (0xffu >> (8 - high)) & (0xffu << low);
    const auto old = static_cast<uint8_t>(written[i]);
    written[i] = static_cast<char>((old & ~mask) | (static_cast<unsigned>(rest << low) & mask));
    rest >>= 8 - low;
    low = 0;
  }
  return written;
}

std::optional<int64_t> AddInBitField(const BitField& field, int64_t value, int64_t delta,
                                     BitOverflow overflow) {
  const unsigned unused = 64 - field.bits;
  const uint64_t top_aligned = (static_cast<uint64_t>(value) + static_cast<uint64_t>(delta))
                               << unused;
  const int64_t wrapped = field.has_sign ? static_cast<int64_t>(top_aligned) >> unused
                                         : static_cast<int64_t>(top_aligned >> unused);
  const int excess = Excess(field, value, delta);
  if (excess == 0 || overflow == BitOverflow::kWrap) return wrapped;
  if (overflow == BitOverflow::kFail) return std::nullopt;
  const int64_t top = std::numeric_limits<int64_t>::max() >> (field.has_sign ? unused : unused - 1);
  const int64_t bottom = field.has_sign ? -top - 1 : 0;
  return excess > 0 ? top : bottom;
}

}  // namespace kontor
