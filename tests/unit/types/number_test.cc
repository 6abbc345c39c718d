#include "types/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace kontor {
namespace {

TEST(NumberTest, IntegersInTheirOneSpelling) {
  const int64_t edges[] = {0,
                           1,
                           -1,
                           10,
                           int64_t{INT32_MAX} - 1,
                           INT32_MAX,
                           int64_t{INT32_MAX} + 1,
                           INT32_MIN,
                           int64_t{INT32_MIN} - 1,
                           UINT32_MAX,
                           int64_t{UINT32_MAX} + 1,
                           int64_t{UINT32_MAX} + 2,
                           INT64_MAX - 1,
                           INT64_MAX,
                           INT64_MIN + 1,
                           INT64_MIN};
  for (const int64_t edge : edges) {
    int64_t read = 7;
    EXPECT_EQ(FormatInteger(edge), std::to_string(edge));
    ASSERT_TRUE(ParseInteger(FormatInteger(edge), &read)) << edge;
    EXPECT_EQ(read, edge);
  }
}

TEST(NumberTest, OtherSpellingsAreNoIntegers) {
  for (const Bytes text :
       {Bytes(""), Bytes("-"), Bytes("+1"), Bytes("-0"), Bytes("00"), Bytes("01"), Bytes("-01"),
        Bytes(" 1"), Bytes("1 "), Bytes("1.0"), Bytes("1e3"), Bytes("0x1"), Bytes("abc"),
        Bytes("--1"), Bytes("1\0", 2), Bytes("9223372036854775808"), Bytes("-9223372036854775809"),
        Bytes("18446744073709551616"), Bytes("100000000000000000000000000000")}) {
    int64_t value = 0;
    EXPECT_FALSE(ParseInteger(text, &value)) << text;
  }
}

TEST(NumberTest, UnsignedNumbers) {
  uint64_t value = 0;
  EXPECT_TRUE(ParseUnsigned("0", &value));
  EXPECT_EQ(value, 0u);
  EXPECT_TRUE(ParseUnsigned("18446744073709551615", &value));
  EXPECT_EQ(value, UINT64_MAX);
  for (const Bytes text : {"", "-1", "+1", " 1", "1 ", "x", "1x", "18446744073709551616"}) {
    EXPECT_FALSE(ParseUnsigned(text, &value)) << text;
  }
}

TEST(NumberTest, Floats) {
  const std::pair<const char*, long double> good[] = {
      {"0", 0},  {"1", 1},     {"-1.5", -1.5L},   {"3.0e3", 3000}, {".5", .5L},           {"5.", 5},
      {"+2", 2}, {"0x10", 16}, {"1e400", 1e400L}, {"007", 7},      {"1e-4000", 1e-4000L},
  };
  for (const auto& [text, number] : good) {
    long double value = 7;
    ASSERT_TRUE(ParseFloat(text, &value)) << text;
    EXPECT_EQ(value, number) << text;
  }
  long double infinite = 0;
  ASSERT_TRUE(ParseFloat("-inf", &infinite));
  EXPECT_TRUE(std::isinf(infinite) && infinite < 0);
  for (const Bytes text :
       {Bytes(""), Bytes(" 1"), Bytes("1 "), Bytes("\t1"), Bytes("nan"), Bytes("x"), Bytes("1.0x"),
        Bytes("1,5"), Bytes("--1"), Bytes("1\0", 2), Bytes("1e5000"), Bytes("1e-5000")}) {
    long double value = 0;
    EXPECT_FALSE(ParseFloat(text, &value)) << text;
  }
}

TEST(NumberTest, FloatsAreWrittenWithoutExponentAndPadding) {
  EXPECT_EQ(FormatFloat(0), "0");
  EXPECT_EQ(FormatFloat(-0.0L), "0");
  EXPECT_EQ(FormatFloat(10.5L), "10.5");
  EXPECT_EQ(FormatFloat(-3000), "-3000");
  EXPECT_EQ(FormatFloat(0.1L), "0.1");
  EXPECT_EQ(FormatFloat(0.1L + 0.2L), "0.3");
  EXPECT_EQ(FormatFloat(1e20L), "100000000000000000000");
  EXPECT_EQ(FormatFloat(1e-17L), "0.00000000000000001");
  EXPECT_EQ(FormatFloat(-1e-18L), "0");
}

TEST(NumberTest, TheLargestFloatIsReadBackAsWritten) {
  for (const long double edge :
       {std::numeric_limits<long double>::max(), std::numeric_limits<long double>::lowest()}) {
    const std::string text = FormatFloat(edge);
    long double read = 0;
    ASSERT_TRUE(ParseFloat(text, &read));
    EXPECT_EQ(read, edge);
  }
  long double value = 0;
  EXPECT_FALSE(ParseFloat(std::string(100000, '1'), &value));
}

// As redis-server 7.2.6 writes a score.
TEST(FormatDoubleTest, IsTheShortestThatReadsBack) {
  const std::pair<double, const char*> cases[] = {
      {0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-17, "-17"},
      {1.5, "1.5"},
      {0.1, "0.1"},
      {-0.30000000000000004, "-0.30000000000000004"},
      {4503599627370495, "4503599627370495"},
      {9007199254740992, "9007199254740992"},
      {1e15, "1000000000000000"},
      {1e17, "100000000000000000"},
      {4.6e18, "4600000000000000000"},
      {-4.7e18, "-4.7e+18"},
      {-1e21, "-1e+21"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {4.9e-324, "5e-324"},
      {1e-5, "0.00001"},
      {1.5e-7, "1.5e-7"},
      {123456789.123456789, "1.2345678912345679e+8"},
      {HUGE_VAL, "inf"},
      {-HUGE_VAL, "-inf"},
  };
  for (const auto& [number, text] : cases) EXPECT_EQ(FormatDouble(number), text);
}

}  // namespace
}  // namespace kontor
