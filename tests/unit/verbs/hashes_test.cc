#include "verbs/hashes.h"

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "unit/verbs/core_fixture.h"
#include "verbs/random_places.h"

namespace kontor::verbs {
namespace {

class HashesTest : public CoreTest {
 protected:
  Result<bool> Set(Bytes key, Bytes field, Bytes value) {
    return Run([&](Operation& operation) { return HashSet(operation, key, field, value); });
  }
  // "(absent)" if there is no such field.
  std::string Get(Bytes key, Bytes field) {
    return Run([&](Operation& operation) -> std::string {
      const Result<std::optional<Element>> value = HashGet(operation, key, field);
      EXPECT_TRUE(value.ok());
      return std::string(value->has_value() ? (*value)->bytes() : "(absent)");
    });
  }
  Result<int64_t> Increment(Bytes key, Bytes field, int64_t delta) {
    return Run([&](Operation& operation) { return HashIncrement(operation, key, field, delta); });
  }
  Result<std::string> IncrementFloat(Bytes key, Bytes field, long double delta) {
    return Run(
        [&](Operation& operation) { return HashIncrementFloat(operation, key, field, delta); });
  }
};

TEST_F(HashesTest, SetTellsNewFromOverwritten) {
  EXPECT_TRUE(*Set("h", "f", "1"));
  EXPECT_FALSE(*Set("h", "f", "2"));
  EXPECT_EQ(Get("h", "f"), "2");
  EXPECT_EQ(Get("h", "g"), "(absent)");
  EXPECT_EQ(Get("nothing", "f"), "(absent)");
}

TEST_F(HashesTest, AFieldNamedTwiceIsNewOnce) {
  const std::vector<FieldAndValue> pairs = {{"a", "1"}, {"a", "2"}, {"b", "3"}};
  EXPECT_EQ(*Run([&](Operation& operation) { return HashSet(operation, "h", pairs); }), 2u);
  EXPECT_EQ(Get("h", "a"), "2");
}

TEST_F(HashesTest, SetIfAbsentKeepsWhatIsThere) {
  const auto set = [&](Bytes value) {
    return *Run([&](Operation& operation) { return HashSetIfAbsent(operation, "h", "f", value); });
  };
  EXPECT_TRUE(set("1"));
  EXPECT_FALSE(set("2"));
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(Get("h", "f"), "1");
}

TEST_F(HashesTest, TheKeyGoesWithItsLastField) {
  ASSERT_TRUE(Set("h", "a", "1").ok());
  ASSERT_TRUE(Set("h", "b", "2").ok());
  const std::vector<Bytes> fields = {"a", "a", "c", "b", "b"};
  EXPECT_EQ(*Run([&](Operation& operation) { return HashDelete(operation, "h", fields); }), 2u);
  EXPECT_FALSE(Exists("h"));
}

TEST_F(HashesTest, OtherTypesAreRefusedAndNothingChanges) {
  SetString("s", "text");
  const std::vector<Bytes> fields = {"f"};
  EXPECT_EQ(Set("s", "f", "v").code(), Code::kWrongType);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(Increment("s", "f", 1).code(), Code::kWrongType);
  EXPECT_EQ(Run([&](Operation& o) { return HashDelete(o, "s", fields); }).code(), Code::kWrongType);
  EXPECT_EQ(Run([&](Operation& o) { return HashGet(o, "s", "f"); }).code(), Code::kWrongType);
  EXPECT_EQ(Run([&](Operation& o) { return HashLength(o, "s"); }).code(), Code::kWrongType);
}

TEST_F(HashesTest, IncrementAtTheEdges) {
  EXPECT_EQ(*Increment("h", "n", INT64_MIN), INT64_MIN);
  EXPECT_EQ(Increment("h", "n", -1).code(), Code::kOutOfRange);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(*Increment("h", "n", INT64_MAX), -1);
  EXPECT_EQ(*Increment("h", "n", 1), 0);
  EXPECT_EQ(*Increment("h", "n", INT64_MAX), INT64_MAX);
  EXPECT_EQ(Increment("h", "n", INT64_MAX).code(), Code::kOutOfRange);
  EXPECT_EQ(Get("h", "n"), "9223372036854775807");
  for (const Bytes text : {"", " 1", "1 ", "01", "+1", "1.0", "9223372036854775808", "x"}) {
    ASSERT_TRUE(Set("h", "n", text).ok());
    EXPECT_EQ(Increment("h", "n", 1).code(), Code::kNotANumber) << text;
    EXPECT_EQ(Get("h", "n"), text);
  }
}

TEST_F(HashesTest, IncrementFloatStaysFinite) {
  EXPECT_EQ(*IncrementFloat("h", "n", 10.5L), "10.5");
  EXPECT_EQ(*IncrementFloat("h", "n", -10.5L), "0");
  const long double infinity = std::numeric_limits<long double>::infinity();
  EXPECT_EQ(IncrementFloat("h", "n", infinity).code(), Code::kOutOfRange);
  EXPECT_EQ(IncrementFloat("h", "n", std::nanl("")).code(), Code::kOutOfRange);
  ASSERT_TRUE(Set("h", "n", "inf").ok());
  EXPECT_EQ(IncrementFloat("h", "n", 1).status().message(),
            "increment would produce NaN or Infinity");
  ASSERT_TRUE(Set("h", "n", "text").ok());
  EXPECT_EQ(IncrementFloat("h", "n", 1).code(), Code::kNotANumber);
  EXPECT_EQ(Get("h", "n"), "text");
}

TEST_F(HashesTest, TooLargeIsRefusedBeforeAnythingChanges) {
  const std::string large(limits::kValueBytes + 1, 'x');
  EXPECT_EQ(Set("h", "f", large).code(), Code::kTooLarge);
  EXPECT_EQ(Set("h", large, "v").code(), Code::kTooLarge);
  EXPECT_EQ(Set(large, "f", "v").code(), Code::kTooLarge);
  const std::vector<FieldAndValue> pairs = {{"a", "1"}, {"b", large}};
  EXPECT_EQ(Run([&](Operation& o) { return HashSet(o, "h", pairs); }).code(), Code::kTooLarge);
  EXPECT_EQ(effects(), 0u);
  EXPECT_FALSE(Exists("h"));
}

TEST_F(HashesTest, ScanBeginsAndEndsWithZero) {
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(Set("h", std::to_string(i), "v").ok());
  std::set<std::string> seen;
  uint64_t cursor = 0;
  int steps = 0;
  do {
    cursor = *Run([&](Operation& operation) {
      return HashScan(operation, "h", cursor, 35,
                      [&](const Hash::Field& field) { seen.emplace(field.field.bytes()); });
    });
    ++steps;
  } while (cursor != 0);
  EXPECT_EQ(seen.size(), 500u);
  EXPECT_EQ(steps, 15);
}

TEST_F(HashesTest, DistinctFieldsAreDistinctAndEachMayBeChosen) {
  Hash hash;
  for (int i = 0; i < 20; ++i) hash.Set(std::to_string(i), "v");
  Random random(3);
  const auto next = [&] { return random.Next(); };
  std::set<size_t> ever;
  for (uint64_t count = 0; count <= 25; ++count) {
    const std::vector<size_t> places = ChooseDistinctPlaces(hash.size(), count, next);
    EXPECT_EQ(places.size(), std::min<uint64_t>(count, 20));
    EXPECT_EQ(std::set<size_t>(places.begin(), places.end()).size(), places.size());
    for (const size_t place : places) ASSERT_LT(place, 20u);
  }
  for (int i = 0; i < 500; ++i) ever.insert(ChooseDistinctPlaces(hash.size(), 1, next).front());
  EXPECT_EQ(ever.size(), 20u);
  EXPECT_EQ(ChooseDistinctPlaces(hash.size(), UINT64_MAX, next).size(), 20u);
}

}  // namespace
}  // namespace kontor::verbs
