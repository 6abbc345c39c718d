#include "base/codec.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace kontor {
namespace {

const std::vector<uint64_t> kEdges = {
    0,         1, 127, 128, 16383, 16384, UINT32_MAX, uint64_t{UINT32_MAX} + 1, uint64_t{1} << 63,
    UINT64_MAX};

TEST(CodecTest, VarintRoundTripsAtItsEdges) {
  for (const uint64_t value : kEdges) {
    std::string raw;
    PutVarint(&raw, value);
    Decoder decoder(raw);
    uint64_t read = ~value;
    ASSERT_TRUE(decoder.GetVarint(&read)) << value;
    EXPECT_EQ(read, value);
    EXPECT_TRUE(decoder.empty());
  }
}

TEST(CodecTest, SignedVarintRoundTripsAtItsEdges) {
  for (const int64_t value :
       {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{63}, int64_t{-64}, int64_t{-65},
        std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
    std::string raw;
    PutSignedVarint(&raw, value);
    Decoder decoder(raw);
    int64_t read = ~value;
    ASSERT_TRUE(decoder.GetSignedVarint(&read)) << value;
    EXPECT_EQ(read, value);
  }
}

TEST(CodecTest, SmallNumbersOfEitherSignTakeOneByte) {
  std::string raw;
  PutSignedVarint(&raw, -64);
  PutSignedVarint(&raw, 63);
  PutVarint(&raw, 127);
  EXPECT_EQ(raw.size(), 3u);
}

TEST(CodecTest, FixedNumbersAreLittleEndian) {
  std::string raw;
  PutFixed32(&raw, 0x01020304);
  PutFixed64(&raw, 0x1122334455667788);
  EXPECT_EQ(raw, "\x04\x03\x02\x01\x88\x77\x66\x55\x44\x33\x22\x11");
  Decoder decoder(raw);
  uint8_t first = 0;
  uint64_t last = 0;
  ASSERT_TRUE(decoder.GetFixed8(&first));
  EXPECT_EQ(first, 4);
  EXPECT_FALSE(Decoder(raw.substr(0, 7)).GetFixed64(&last));
}

TEST(CodecTest, VarintLongerThanSixtyFourBitsIsRefused) {
  uint64_t value = 0;
  Decoder too_long(Bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11));
  EXPECT_FALSE(too_long.GetVarint(&value));
  Decoder too_large(Bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10));
  EXPECT_FALSE(too_large.GetVarint(&value));
  Decoder largest(Bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10));
  EXPECT_TRUE(largest.GetVarint(&value));
  EXPECT_EQ(value, UINT64_MAX);
}

TEST(CodecTest, BytesRoundTripWithZerosAndNothingInThem) {
  std::string raw;
  PutBytes(&raw, Bytes("a\0b", 3));
  PutBytes(&raw, "");
  Decoder decoder(raw);
  Bytes value;
  ASSERT_TRUE(decoder.GetBytes(&value));
  EXPECT_EQ(value, Bytes("a\0b", 3));
  ASSERT_TRUE(decoder.GetBytes(&value));
  EXPECT_TRUE(value.empty());
  EXPECT_TRUE(decoder.empty());
}

TEST(CodecTest, LengthBeyondTheInputIsRefused) {
  for (const uint64_t length : {uint64_t{4}, uint64_t{UINT32_MAX}, UINT64_MAX}) {
    std::string raw;
    PutVarint(&raw, length);
    raw += "abc";
    Decoder decoder(raw);
    Bytes value;
    EXPECT_FALSE(decoder.GetBytes(&value)) << length;
  }
}

TEST(CodecTest, AFailedDecoderStaysFailed) {
  Decoder decoder(
      "\x05"
      "ab");
  Bytes value;
  uint8_t byte = 0;
  EXPECT_FALSE(decoder.GetBytes(&value));
  EXPECT_TRUE(decoder.failed());
  EXPECT_FALSE(decoder.GetFixed8(&byte));
}

}  // namespace
}  // namespace kontor
