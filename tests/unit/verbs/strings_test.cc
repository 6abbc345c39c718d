#include "verbs/strings.h"

#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "unit/verbs/core_fixture.h"

namespace kontor::verbs {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

class StringsTest : public CoreTest {
 protected:
  Result<StringSetResult> Set(Bytes key, Bytes value, const StringSetOptions& options = {}) {
    return Run([&](Operation& operation) { return StringSet(operation, key, value, options); });
  }
  // "(absent)" if there is no such key.
  std::string Get(Bytes key) {
    return Run([&](Operation& operation) -> std::string {
      const Result<std::optional<Bytes>> value = StringGet(operation, key);
      if (!value.ok()) return "(" + std::string(CodeName(value.code())) + ")";
      return *value ? std::string(**value) : "(absent)";
    });
  }
  std::string Range(Bytes key, int64_t start, int64_t stop) {
    return Run([&](Operation& operation) {
      return std::string(*StringRange(operation, key, start, stop));
    });
  }
  Result<uint64_t> Append(Bytes key, Bytes suffix) {
    return Run([&](Operation& operation) { return StringAppend(operation, key, suffix); });
  }
  Result<uint64_t> SetRange(Bytes key, int64_t offset, Bytes value) {
    return Run([&](Operation& operation) { return StringSetRange(operation, key, offset, value); });
  }
  Result<int64_t> Increment(Bytes key, int64_t delta) {
    return Run([&](Operation& operation) { return StringIncrement(operation, key, delta); });
  }
  Result<std::string> IncrementFloat(Bytes key, long double delta) {
    return Run([&](Operation& operation) { return StringIncrementFloat(operation, key, delta); });
  }
  void MakeList(Bytes key) {
    Run([&](Operation& operation) {
      operation.PushBack(key, "x");
      return 0;
    });
  }
  int64_t now() { return clock_.UnixMs(); }
};

TEST_F(StringsTest, SetReplacesAnything) {
  EXPECT_TRUE(Set("k", "1")->set);
  EXPECT_EQ(Get("k"), "1");
  MakeList("list");
  EXPECT_EQ(Get("list"), "(WRONG_TYPE)");
  EXPECT_TRUE(Set("list", "2")->set);
  EXPECT_EQ(Get("list"), "2");
  EXPECT_EQ(Get("nothing"), "(absent)");
}

TEST_F(StringsTest, SetOnCondition) {
  EXPECT_FALSE(Set("k", "1", {.condition = SetCondition::kIfPresent})->set);
  EXPECT_EQ(effects(), 0u);
  EXPECT_TRUE(Set("k", "2", {.condition = SetCondition::kIfAbsent})->set);
  EXPECT_FALSE(Set("k", "3", {.condition = SetCondition::kIfAbsent})->set);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(Get("k"), "2");
  EXPECT_TRUE(Set("k", "4", {.condition = SetCondition::kIfPresent})->set);
  EXPECT_EQ(Get("k"), "4");
}

TEST_F(StringsTest, SetAnswersTheOldValueIfAsked) {
  EXPECT_EQ(Set("k", "1", {.return_old = true})->old, std::nullopt);
  EXPECT_EQ(Set("k", "2")->old, std::nullopt);
  const auto refused = Set("k", "3", {.condition = SetCondition::kIfAbsent, .return_old = true});
  EXPECT_FALSE(refused->set);
  EXPECT_EQ(refused->old, "2");
  MakeList("list");
  EXPECT_EQ(Set("list", "1", {.return_old = true}).code(), Code::kWrongType);
  EXPECT_EQ(Get("list"), "(WRONG_TYPE)");
}

TEST_F(StringsTest, DeadlinesOfSet) {
  EXPECT_TRUE(Set("k", "1", {.deadline_unix_ms = now() + 100}).ok());
  EXPECT_EQ(DeadlineOf("k"), now() + 100);
  EXPECT_TRUE(Set("k", "2", {.deadline_unix_ms = 5, .keep_deadline = true}).ok());
  EXPECT_EQ(DeadlineOf("k"), now() + 100);
  clock_.AdvanceMs(100);
  EXPECT_EQ(Get("k"), "(absent)");
  EXPECT_TRUE(Set("k", "3", {.keep_deadline = true}).ok());
  EXPECT_EQ(DeadlineOf("k"), 0);
  EXPECT_TRUE(Set("k", "4", {.deadline_unix_ms = kMost}).ok());
  EXPECT_EQ(DeadlineOf("k"), kMost);
  EXPECT_TRUE(Set("k", "5").ok());
  EXPECT_EQ(DeadlineOf("k"), 0);
  // One that has passed leaves no key.
  for (const int64_t passed : {now(), now() - 1, int64_t{1}, int64_t{-1}, kLeast}) {
    EXPECT_TRUE(Set("k", "6").ok());
    EXPECT_TRUE(Set("k", "7", {.deadline_unix_ms = passed})->set);
    EXPECT_EQ(Get("k"), "(absent)") << passed;
    EXPECT_TRUE(Set("k", "8", {.deadline_unix_ms = passed})->set);
    EXPECT_EQ(effects(), 0u);
  }
}

TEST_F(StringsTest, SetMany) {
  const std::vector<KeyAndValue> pairs = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
  const auto set_many = [&](Operation& operation) {
    return StringSetManyIfAbsent(operation, pairs);
  };
  EXPECT_TRUE(*Run(set_many));
  EXPECT_EQ(Get("a"), "3");
  EXPECT_EQ(Get("b"), "2");
  Run([](Operation& operation) {
    operation.Delete("a");
    return 0;
  });
  EXPECT_FALSE(*Run(set_many));
  EXPECT_EQ(Get("a"), "(absent)");
  EXPECT_TRUE(Run([&](Operation& operation) { return StringSetMany(operation, pairs); }).ok());
  EXPECT_EQ(Get("a"), "3");
}

TEST_F(StringsTest, GetDeleteAndGetExpire) {
  const auto get_expire = [&](int64_t deadline_unix_ms) {
    return *Run(
        [&](Operation& operation) { return StringGetExpire(operation, "k", deadline_unix_ms); });
  };
  EXPECT_EQ(get_expire(kMost), std::nullopt);
  EXPECT_TRUE(Set("k", "1").ok());
  EXPECT_EQ(get_expire(now() + 10), "1");
  EXPECT_EQ(DeadlineOf("k"), now() + 10);
  EXPECT_EQ(get_expire(now() + 10), "1");
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(get_expire(0), "1");
  EXPECT_EQ(DeadlineOf("k"), 0);
  EXPECT_EQ(get_expire(now()), "1");
  EXPECT_FALSE(Exists("k"));
  const auto get_delete = [](Operation& operation) { return StringGetDelete(operation, "k"); };
  EXPECT_EQ(*Run(get_delete), std::nullopt);
  EXPECT_TRUE(Set("k", "2").ok());
  EXPECT_EQ(*Run(get_delete), "2");
  EXPECT_FALSE(Exists("k"));
}

TEST_F(StringsTest, Ranges) {
  EXPECT_TRUE(Set("k", "hello").ok());
  EXPECT_EQ(Range("k", 0, -1), "hello");
  EXPECT_EQ(Range("k", 1, 3), "ell");
  EXPECT_EQ(Range("k", -2, -1), "lo");
  EXPECT_EQ(Range("k", -1, -2), "");
  EXPECT_EQ(Range("k", 3, 1), "");
  EXPECT_EQ(Range("k", 5, 9), "");
  EXPECT_EQ(Range("k", kLeast, kMost), "hello");
  EXPECT_EQ(Range("k", kMost, kLeast), "");
  EXPECT_EQ(Range("k", kMost, kMost), "");
  EXPECT_EQ(Range("k", kLeast, kLeast), "h");  // as Redis: both become 0
  EXPECT_EQ(Range("nothing", 0, -1), "");
}

TEST_F(StringsTest, AppendAndSetRange) {
  EXPECT_EQ(*Append("k", ""), 0u);
  EXPECT_TRUE(Exists("k"));
  EXPECT_EQ(*Append("k", "abc"), 3u);
  EXPECT_EQ(*SetRange("k", 5, "z"), 6u);
  EXPECT_EQ(Get("k"), std::string("abc\0\0z", 6));
  EXPECT_EQ(*SetRange("k", 1, "BC"), 6u);
  EXPECT_EQ(Get("k"), std::string("aBC\0\0z", 6));
  EXPECT_EQ(*SetRange("k", 100, ""), 6u);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(*SetRange("nothing", 3, ""), 0u);
  EXPECT_FALSE(Exists("nothing"));
  EXPECT_EQ(*SetRange("made", 2, "x"), 3u);
  ExpireAt("k", now() + 50);
  EXPECT_TRUE(Append("k", "!").ok());
  EXPECT_TRUE(SetRange("k", 0, "?").ok());
  EXPECT_EQ(DeadlineOf("k"), now() + 50);
  for (const int64_t offset : {int64_t{-1}, kLeast}) {
    EXPECT_EQ(SetRange("k", offset, "x").code(), Code::kOutOfRange);
  }
  for (const int64_t offset : {static_cast<int64_t>(limits::kValueBytes), kMost}) {
    EXPECT_EQ(SetRange("k", offset, "x").code(), Code::kTooLarge);
    EXPECT_EQ(effects(), 0u);
  }
}

TEST_F(StringsTest, IncrementStopsAtTheEdges) {
  EXPECT_EQ(*Increment("n", 5), 5);
  ExpireAt("n", now() + 50);
  EXPECT_EQ(*Increment("n", -7), -2);
  EXPECT_EQ(DeadlineOf("n"), now() + 50);
  EXPECT_EQ(*Increment("top", kMost), kMost);
  EXPECT_EQ(Increment("top", 1).code(), Code::kOutOfRange);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(*Increment("top", kLeast), -1);
  EXPECT_EQ(*Increment("bottom", kLeast), kLeast);
  EXPECT_EQ(Increment("bottom", -1).code(), Code::kOutOfRange);
  EXPECT_EQ(Increment("bottom", kLeast).code(), Code::kOutOfRange);
  EXPECT_EQ(Get("bottom"), "-9223372036854775808");
  EXPECT_TRUE(Set("text", "1x").ok());
  EXPECT_EQ(Increment("text", 1).code(), Code::kNotANumber);
  EXPECT_EQ(Get("text"), "1x");
}

TEST_F(StringsTest, IncrementFloat) {
  EXPECT_EQ(*IncrementFloat("n", 10.5L), "10.5");
  EXPECT_EQ(*IncrementFloat("n", -0.5L), "10");
  EXPECT_EQ(Get("n"), "10");
  EXPECT_EQ(IncrementFloat("n", std::numeric_limits<long double>::infinity()).code(),
            Code::kOutOfRange);
  EXPECT_TRUE(Set("text", "1x").ok());
  EXPECT_EQ(IncrementFloat("text", 1).code(), Code::kNotANumber);
  EXPECT_EQ(effects(), 0u);
}

TEST_F(StringsTest, OtherTypesAreRefusedUnchanged) {
  MakeList("list");
  EXPECT_EQ(Append("list", "x").code(), Code::kWrongType);
  EXPECT_EQ(SetRange("list", 0, "x").code(), Code::kWrongType);
  EXPECT_EQ(Increment("list", 1).code(), Code::kWrongType);
  EXPECT_EQ(IncrementFloat("list", 1).code(), Code::kWrongType);
  EXPECT_EQ(Run([](Operation& operation) { return StringGetDelete(operation, "list"); }).code(),
            Code::kWrongType);
  EXPECT_EQ(Run([](Operation& operation) { return StringGetExpire(operation, "list", 1); }).code(),
            Code::kWrongType);
  EXPECT_EQ(Run([](Operation& operation) { return StringLength(operation, "list"); }).code(),
            Code::kWrongType);
  EXPECT_EQ(effects(), 0u);
  EXPECT_TRUE(Exists("list"));
}

TEST_F(StringsTest, OneByteTooManyIsRefused) {
  // Never touched, hence never really there.
  const std::unique_ptr<void, decltype(&std::free)> memory(std::calloc(limits::kValueBytes + 1, 1),
                                                           &std::free);
  ASSERT_NE(memory, nullptr);
  const Bytes large(static_cast<const char*>(memory.get()), limits::kValueBytes + 1);
  EXPECT_EQ(Set("k", large).code(), Code::kTooLarge);
  EXPECT_EQ(Set(large, "v").code(), Code::kTooLarge);
  EXPECT_EQ(Append("k", large).code(), Code::kTooLarge);
  EXPECT_EQ(SetRange("k", 0, large).code(), Code::kTooLarge);
  EXPECT_EQ(SetRange("k", 1, large.substr(1)).code(), Code::kTooLarge);
  const std::vector<KeyAndValue> pairs = {{"a", "1"}, {"b", large}};
  EXPECT_EQ(Run([&](Operation& operation) { return StringSetMany(operation, pairs); }).code(),
            Code::kTooLarge);
  EXPECT_EQ(effects(), 0u);
  EXPECT_FALSE(Exists("a"));
  EXPECT_FALSE(Exists("k"));
  // Together too long is too long as well.
  EXPECT_TRUE(Set("k", "x").ok());
  EXPECT_EQ(Append("k", large.substr(1)).code(), Code::kTooLarge);
  EXPECT_EQ(Get("k"), "x");
}

}  // namespace
}  // namespace kontor::verbs
