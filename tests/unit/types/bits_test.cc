#include "types/bits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "unit/test_seed.h"

namespace kontor {
namespace {

// The models look at one bit at a time.

bool ModelBit(const std::string& text, uint64_t offset) {
  return offset / 8 < text.size() &&
         (static_cast<unsigned char>(text[offset / 8]) & 0x80u >> offset % 8) != 0;
}

void ModelSet(std::string* text, uint64_t offset, bool bit) {
  if (offset / 8 >= text->size()) text->resize(offset / 8 + 1);
  const char mask = static_cast<char>(0x80u >> offset % 8);
  char& byte = (*text)[offset / 8];
  byte = static_cast<char>(bit ? byte | mask : byte & ~mask);
}

uint64_t ModelCount(const std::string& text, uint64_t first, uint64_t last) {
  uint64_t count = 0;
  for (uint64_t i = first; i <= last; ++i) count += ModelBit(text, i) ? 1 : 0;
  return count;
}

std::optional<uint64_t> ModelFind(const std::string& text, bool bit, uint64_t first,
                                  uint64_t last) {
  for (uint64_t i = first; i <= last; ++i) {
    if (ModelBit(text, i) == bit) return i;
  }
  return std::nullopt;
}

// Mostly zeros, mostly ones, or anything.
std::string RandomText(Random* random, size_t longest) {
  std::string text(random->Below(longest + 1), random->OneIn(2) ? '\0' : '\xff');
  const uint64_t changed = random->OneIn(3) ? text.size() : random->Below(4);
  for (uint64_t i = 0; i < changed && !text.empty(); ++i) {
    text[random->Below(text.size())] = static_cast<char>(random->Next());
  }
  return text;
}

class BitsTest : public testing::Test {
 protected:
  BitsTest() : seed_(TestSeed()), random_(seed_), trace_(__FILE__, __LINE__, Seed()) {}

  std::string Seed() const { return "seed " + std::to_string(seed_); }
  uint64_t Below(uint64_t bound) { return random_.Below(bound); }

  const uint64_t seed_;
  Random random_;
  const testing::ScopedTrace trace_;
};

TEST_F(BitsTest, CountsAndFindsAsOneBitAtATimeDoes) {
  for (int round = 0; round < 20000; ++round) {
    const std::string text = RandomText(&random_, round % 50 == 0 ? 3000 : 40);
    const uint64_t bits = text.size() * 8;
    ASSERT_EQ(CountBits(text), bits == 0 ? 0 : ModelCount(text, 0, bits - 1));
    EXPECT_FALSE(BitAt(text, bits + Below(100)));
    if (bits == 0) continue;
    const uint64_t first = Below(bits);
    const uint64_t last = first + Below(bits - first);
    ASSERT_EQ(BitAt(text, first), ModelBit(text, first));
    ASSERT_EQ(CountBits(text, first, last), ModelCount(text, first, last)) << first << " " << last;
    for (const bool bit : {false, true}) {
      ASSERT_EQ(FindBit(text, bit, first, last), ModelFind(text, bit, first, last))
          << bit << " " << first << " " << last;
    }
  }
}

TEST_F(BitsTest, NothingBehindARangeIsFound) {
  const std::string text = "\x01" + std::string(100, '\0') + "\x80";
  EXPECT_EQ(FindBit(text, true, 0, 6), std::nullopt);
  EXPECT_EQ(FindBit(text, true, 0, 7), 7u);
  EXPECT_EQ(FindBit(text, true, 8, 807), std::nullopt);
  EXPECT_EQ(FindBit(text, true, 8, 808), 808u);
  EXPECT_EQ(FindBit(std::string(9, '\xff'), false, 0, 71), std::nullopt);
}

TEST_F(BitsTest, CombinesAsOneBitAtATimeDoes) {
  constexpr BitOperation kOperations[] = {BitOperation::kAnd, BitOperation::kOr, BitOperation::kXor,
                                          BitOperation::kNot};
  for (int round = 0; round < 3000; ++round) {
    const BitOperation operation = kOperations[round % 4];
    const size_t count = operation == BitOperation::kNot ? 1 : 1 + Below(5);
    std::vector<std::string> texts;
    size_t length = 0;
    for (size_t i = 0; i < count; ++i) {
      // Some are longer than the block in which they are combined.
      texts.push_back(RandomText(&random_, random_.OneIn(20) ? 20000 : 60));
      length = std::max(length, texts.back().size());
    }
    const std::vector<Bytes> sources(texts.begin(), texts.end());
    const std::string combined = CombineBits(operation, sources);
    ASSERT_EQ(combined.size(), length);
    for (size_t i = 0; i < length; ++i) {
      const auto byte = [&](size_t source) {
        return i < texts[source].size() ? static_cast<unsigned char>(texts[source][i]) : 0u;
      };
      unsigned expected = operation == BitOperation::kNot ? ~byte(0) & 0xff : byte(0);
      for (size_t source = 1; source < count; ++source) {
        if (operation == BitOperation::kAnd) expected &= byte(source);
        if (operation == BitOperation::kOr) expected |= byte(source);
        if (operation == BitOperation::kXor) expected ^= byte(source);
      }
      ASSERT_EQ(static_cast<unsigned char>(combined[i]), expected) << "byte " << i;
    }
  }
}

BitField RandomField(Random* random) {
  BitField field{.offset = random->Below(200), .has_sign = random->OneIn(2)};
  field.bits = 1 + static_cast<unsigned>(random->Below(field.has_sign ? 64 : 63));
  return field;
}

// What a field of these bits, the highest one first, says.
int64_t ModelRead(const std::string& text, const BitField& field) {
  uint64_t value = field.has_sign && ModelBit(text, field.offset) ? ~uint64_t{0} : 0;
  for (unsigned i = 0; i < field.bits; ++i) {
    value = value << 1 | (ModelBit(text, field.offset + i) ? 1 : 0);
  }
  return static_cast<int64_t>(value);
}

TEST_F(BitsTest, FieldsAreReadAndWrittenAsOneBitAtATimeIs) {
  for (int round = 0; round < 50000; ++round) {
    std::string text = RandomText(&random_, 40);
    const BitField field = RandomField(&random_);
    ASSERT_EQ(ReadBitField(text, field), ModelRead(text, field));
    const auto value = static_cast<int64_t>(random_.Next());
    std::string expected = text;
    if (expected.size() <= field.last_byte()) expected.resize(field.last_byte() + 1);
    for (unsigned i = 0; i < field.bits; ++i) {
      const bool bit = (static_cast<uint64_t>(value) >> (field.bits - 1 - i) & 1) != 0;
      ModelSet(&expected, field.offset + i, bit);
    }
    const std::string written = WithBitField(text, field, value);
    ASSERT_LE(written.size(), BitField::kMostBytes);
    if (text.size() < field.first_byte()) text.resize(field.first_byte());
    text.replace(field.first_byte(), written.size(), written);
    ASSERT_EQ(text, expected) << field.offset << " " << field.bits;
  }
}

TEST_F(BitsTest, SumsStayInTheirField) {
  for (int round = 0; round < 50000; ++round) {
    BitField field = RandomField(&random_);
    field.bits = std::min(field.bits, 62u);  // so that the model does not overflow itself
    const unsigned value_bits = field.has_sign ? field.bits - 1 : field.bits;
    const int64_t top = (int64_t{1} << value_bits) - 1;
    const int64_t bottom = field.has_sign ? -top - 1 : 0;
    const uint64_t span = static_cast<uint64_t>(top - bottom) + 1;
    const int64_t value = bottom + static_cast<int64_t>(Below(span));
    const int64_t delta = static_cast<int64_t>(Below(2 * span)) - static_cast<int64_t>(span);
    const int64_t sum = value + delta;
    const auto add = [&](BitOverflow overflow) {
      return AddInBitField(field, value, delta, overflow);
    };
    if (sum >= bottom && sum <= top) {
      ASSERT_EQ(add(BitOverflow::kWrap), sum);
      ASSERT_EQ(add(BitOverflow::kSaturate), sum);
      ASSERT_EQ(add(BitOverflow::kFail), sum);
      continue;
    }
    ASSERT_EQ(add(BitOverflow::kFail), std::nullopt);
    ASSERT_EQ(add(BitOverflow::kSaturate), sum > top ? top : bottom);
    const auto wrapped_by = static_cast<int64_t>(span);
    ASSERT_EQ(add(BitOverflow::kWrap), sum > top ? sum - wrapped_by : sum + wrapped_by);
  }
}

TEST_F(BitsTest, SumsAtTheEdgesOf64Bits) {
  const BitField i64{.bits = 64, .has_sign = true};
  const BitField u63{.bits = 63};
  EXPECT_EQ(AddInBitField(i64, INT64_MAX, 1, BitOverflow::kWrap), INT64_MIN);
  EXPECT_EQ(AddInBitField(i64, INT64_MAX, 1, BitOverflow::kSaturate), INT64_MAX);
  EXPECT_EQ(AddInBitField(i64, INT64_MAX, 1, BitOverflow::kFail), std::nullopt);
  EXPECT_EQ(AddInBitField(i64, INT64_MIN, -1, BitOverflow::kSaturate), INT64_MIN);
  EXPECT_EQ(AddInBitField(i64, INT64_MIN, INT64_MIN, BitOverflow::kWrap), 0);
  EXPECT_EQ(AddInBitField(i64, INT64_MIN, INT64_MAX, BitOverflow::kFail), -1);
  EXPECT_EQ(AddInBitField(i64, INT64_MIN, 0, BitOverflow::kFail), INT64_MIN);
  EXPECT_EQ(AddInBitField(u63, INT64_MAX, 1, BitOverflow::kWrap), 0);
  EXPECT_EQ(AddInBitField(u63, INT64_MAX, INT64_MAX, BitOverflow::kSaturate), INT64_MAX);
  EXPECT_EQ(AddInBitField(u63, INT64_MAX, INT64_MIN, BitOverflow::kSaturate), 0);
  EXPECT_EQ(AddInBitField(u63, 0, INT64_MIN, BitOverflow::kFail), std::nullopt);
  EXPECT_EQ(AddInBitField(u63, -1, 0, BitOverflow::kSaturate), INT64_MAX);
}

// What redis-server 7.0.15 answers to SET of numbers that are far too low.
TEST_F(BitsTest, WhatIsTooLowByFarCountsAsTooHigh) {
  const BitField i8{.bits = 8, .has_sign = true};
  EXPECT_EQ(AddInBitField(i8, -129, 0, BitOverflow::kSaturate), -128);
  EXPECT_EQ(AddInBitField(i8, INT64_MIN + 128, 0, BitOverflow::kSaturate), -128);
  EXPECT_EQ(AddInBitField(i8, INT64_MIN + 127, 0, BitOverflow::kSaturate), 127);
  EXPECT_EQ(AddInBitField(i8, INT64_MIN, 0, BitOverflow::kSaturate), 127);
}

}  // namespace
}  // namespace kontor
