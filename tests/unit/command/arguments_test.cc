#include "command/arguments.h"

#include <gtest/gtest.h>

#include <string>

namespace kontor {
namespace {

// The number, or the error in parentheses.
template <typename Number>
std::string Show(const Status& status, Number value) {
  return status.ok() ? std::to_string(value) : "(" + status.message() + ")";
}

std::string Integer(Bytes argument) {
  int64_t value = 0;
  const Status status = ParseIntegerArgument(argument, &value);
  return Show(status, value);
}

std::string Small(Bytes argument) {
  int64_t value = 0;
  const Status status = ParseIntegerArgument(argument, -1, 10, "no", &value);
  return Show(status, value);
}

std::string Database(Bytes argument) {
  uint32_t value = 0;
  const Status status = ParseDatabaseArgument(argument, &value);
  return Show(status, value);
}

std::string Cursor(Bytes argument) {
  uint64_t value = 0;
  const Status status = ParseCursorArgument(argument, &value);
  return Show(status, value);
}

std::string Timeout(Bytes argument) {
  int64_t value = 0;
  const Status status = ParseTimeoutArgument(argument, &value);
  return Show(status, value);
}

TEST(ArgumentsTest, Keywords) {
  EXPECT_TRUE(IsKeyword("match", "MATCH"));
  EXPECT_TRUE(IsKeyword("MaTcH", "MATCH"));
  EXPECT_FALSE(IsKeyword("MATC", "MATCH"));
  EXPECT_FALSE(IsKeyword("MATCHES", "MATCH"));
  EXPECT_FALSE(IsKeyword("", "MATCH"));
  EXPECT_FALSE(IsKeyword("M\x01TCH", "MATCH"));
}

TEST(ArgumentsTest, Integers) {
  for (const Bytes good :
       {"0", "-1", "2147483648", "-9223372036854775808", "9223372036854775807"}) {
    EXPECT_EQ(Integer(good), good);
  }
  for (const Bytes bad : {"", " 1", "1 ", "+1", "01", "-0", "1.0", "x", "9223372036854775808"}) {
    EXPECT_EQ(Integer(bad), "(value is not an integer or out of range)") << bad;
  }
  EXPECT_EQ(Small("-1"), "-1");
  EXPECT_EQ(Small("10"), "10");
  EXPECT_EQ(Small("-2"), "(no)");
  EXPECT_EQ(Small("11"), "(no)");
  EXPECT_EQ(Small("x"), "(no)");
}

TEST(ArgumentsTest, Databases) {
  EXPECT_EQ(Database("0"), "0");
  EXPECT_EQ(Database("15"), "15");
  EXPECT_EQ(Database("16"), "(DB index is out of range)");
  EXPECT_EQ(Database("-1"), "(DB index is out of range)");
  EXPECT_EQ(Database("2147483647"), "(DB index is out of range)");
  EXPECT_EQ(Database("4294967296"),
            "(value is out of range, value must between -2147483648 and 2147483647)");
}

TEST(ArgumentsTest, Cursors) {
  EXPECT_EQ(Cursor("0"), "0");
  EXPECT_EQ(Cursor("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(Cursor("18446744073709551616"), "(invalid cursor)");
  EXPECT_EQ(Cursor("x"), "(invalid cursor)");
  EXPECT_EQ(Cursor(""), "(invalid cursor)");
}

TEST(ArgumentsTest, Timeouts) {
  EXPECT_EQ(Timeout("0"), "-1");
  EXPECT_EQ(Timeout("0.0"), "-1");
  EXPECT_EQ(Timeout("1"), "1000");
  EXPECT_EQ(Timeout("0.001"), "1");
  EXPECT_EQ(Timeout("0.0001"), "1");  // rounded up: never 0, which would be for ever
  EXPECT_EQ(Timeout("1.0005"), "1001");
  EXPECT_EQ(Timeout("2147483648"), "2147483648000");
  EXPECT_EQ(Timeout("-1"), "(timeout is negative)");
  EXPECT_EQ(Timeout("-0.002"), "(timeout is negative)");
  EXPECT_EQ(Timeout("-inf"), "(timeout is negative)");
  EXPECT_EQ(Timeout("-1e400"), "(timeout is negative)");
  // What rounds to nothing is for ever.
  EXPECT_EQ(Timeout("-0"), "-1");
  EXPECT_EQ(Timeout("-0.0001"), "-1");
  EXPECT_EQ(Timeout("-0.0009"), "-1");
  // Longer than anybody waits, up to where Redis' arithmetic overflows and the answer is odd.
  EXPECT_EQ(Timeout("4e12"), "3200000000000000");
  EXPECT_EQ(Timeout("9223372036854775"), "3200000000000000");
  for (const char* overflow :
       {"inf", "9223372036854776", "9223372036854775807", "1e300", "1e400"}) {
    EXPECT_EQ(Timeout(overflow), "(timeout is negative)") << overflow;
  }
  EXPECT_EQ(Timeout("nan"), "(timeout is not a float or out of range)");
  EXPECT_EQ(Timeout("x"), "(timeout is not a float or out of range)");
  EXPECT_EQ(Timeout(""), "(timeout is not a float or out of range)");
}

}  // namespace
}  // namespace kontor
