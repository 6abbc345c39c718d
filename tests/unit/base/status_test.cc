#include "base/status.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace kontor {
namespace {

TEST(StatusTest, DoneIsNeitherAnOutcomeNorAFailure) {
  EXPECT_TRUE(Ok().ok());
  EXPECT_FALSE(Ok().failed());
  EXPECT_EQ(Ok().message(), "");
}

TEST(StatusTest, PositiveCodesAreOutcomesAndNegativeOnesFailures) {
  EXPECT_FALSE(Status(Code::kTimeout).ok());
  EXPECT_FALSE(Status(Code::kTimeout).failed());
  EXPECT_TRUE(Status(Code::kIo, "why").failed());
  EXPECT_EQ(Status(Code::kIo, "why").message(), "why");
}

TEST(StatusTest, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int code = -17; code <= 6; ++code) {
    const std::string_view name = CodeName(static_cast<Code>(code));
    EXPECT_NE(name, "UNKNOWN") << code;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(CodeName(static_cast<Code>(-18)), "UNKNOWN");
  EXPECT_EQ(CodeName(static_cast<Code>(7)), "UNKNOWN");
}

Result<std::unique_ptr<int>> Half(int number) {
  if (number % 2 != 0) return Status(Code::kInvalid, "odd");
  return std::make_unique<int>(number / 2);
}

Result<int> Quarter(int number) {
  KONTOR_ASSIGN_OR_RETURN(const std::unique_ptr<int> half, Half(number));
  KONTOR_ASSIGN_OR_RETURN(const std::unique_ptr<int> quarter, Half(*half));
  return *quarter;
}

Status CheckQuarter(int number) {
  KONTOR_RETURN_IF_ERROR(Quarter(number).status());
  return Status(Code::kExists);
}

TEST(ResultTest, CarriesAValueOrTheStatusThatSaysWhyNot) {
  ASSERT_TRUE(Quarter(12).ok());
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_EQ(Quarter(6).code(), Code::kInvalid);
  EXPECT_EQ(Quarter(6).status().message(), "odd");
}

TEST(ResultTest, MacrosLeaveWithTheFirstError) {
  EXPECT_EQ(CheckQuarter(12).code(), Code::kExists);
  EXPECT_EQ(CheckQuarter(5).code(), Code::kInvalid);
}

TEST(ResultDeathTest, AskingForAMissingValueAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const Result<int> result = Status(Code::kNotFound);
  EXPECT_DEATH(static_cast<void>(*result), "");
}

}  // namespace
}  // namespace kontor
