#include "verbs/sorting.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "unit/verbs/core_fixture.h"

namespace kontor {
namespace {

using SortingTest = CoreTest;

// What a pattern makes of an element.
TEST_F(SortingTest, ValuesByPattern) {
  SetString("a1b", "text");
  Run([](Operation& operation) {
    operation.SetField("h1", "f", "field");
    operation.SetField("h1", "f->g", "arrow");
    return 0;
  });
  const auto value = [this](Bytes pattern) {
    return Run(
        [&](Operation& operation) { return verbs::ValueByPattern(operation, pattern, "1"); });
  };
  EXPECT_EQ(value("#"), "1");
  EXPECT_EQ(value("a*b"), "text");
  EXPECT_EQ(value("a*c"), std::nullopt);
  EXPECT_EQ(value("a1b"), std::nullopt);
  EXPECT_EQ(value("h*->f"), "field");
  EXPECT_EQ(value("h*->f->g"), "arrow");
  EXPECT_EQ(value("h*->x"), std::nullopt);
  EXPECT_EQ(value("h*"), std::nullopt);
  EXPECT_EQ(value("a*b->f"), std::nullopt);
  EXPECT_EQ(value("->*"), std::nullopt);
  SetString("->1", "before");
  EXPECT_EQ(value("->*"), "before");
  SetString("h1->", "nothing behind the arrow");
  EXPECT_EQ(value("h*->"), "nothing behind the arrow");
}

}  // namespace
}  // namespace kontor
