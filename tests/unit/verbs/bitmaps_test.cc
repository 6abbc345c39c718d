#include "verbs/bitmaps.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "unit/verbs/core_fixture.h"

namespace kontor::verbs {
namespace {

using Action = BitFieldStep::Action;

class BitmapsTest : public CoreTest {
 protected:
  Result<bool> Set(Bytes key, uint64_t offset, bool bit) {
    return Run([&](Operation& operation) { return BitSet(operation, key, offset, bit); });
  }
  std::optional<std::string> Get(Bytes key) {
    return Run([&](Operation& operation) -> std::optional<std::string> {
      const Record* const record = operation.Find(key);
      if (record == nullptr) return std::nullopt;
      return std::string(record->text());
    });
  }
  Result<std::vector<std::optional<int64_t>>> Fields(Bytes key,
                                                     const std::vector<BitFieldStep>& steps) {
    return Run([&](Operation& operation) { return BitFields(operation, key, steps); });
  }
  Result<uint64_t> Combine(BitOperation combine, Bytes target, const std::vector<Bytes>& sources) {
    return Run(
        [&](Operation& operation) { return BitCombine(operation, combine, target, sources); });
  }
  const char* BytesOf(Bytes key) {
    return Run([&](Operation& operation) { return operation.Find(key)->text().data(); });
  }
  int64_t later() { return clock_.UnixMs() + 1000; }
};

TEST_F(BitmapsTest, ABitThatIsAsItShouldBeIsNotWritten) {
  EXPECT_EQ(*Set("k", 9, true), false);
  EXPECT_EQ(effects(), 1u);
  EXPECT_EQ(Get("k"), std::string("\0\x40", 2));
  EXPECT_EQ(*Set("k", 9, true), true);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(*Set("k", 10, false), false);
  EXPECT_EQ(effects(), 0u);
  // Behind the end the string grows all the same.
  EXPECT_EQ(*Set("k", 16, false), false);
  EXPECT_EQ(effects(), 1u);
  EXPECT_EQ(Get("k"), std::string("\0\x40\0", 3));
}

TEST_F(BitmapsTest, AByteOfALongStringIsWrittenInPlace) {
  SetString("k", std::string(1 << 20, 'a'));
  ExpireAt("k", later());
  const char* const before = BytesOf("k");
  EXPECT_EQ(*Set("k", (1 << 22) + 6, true), false);
  EXPECT_EQ(*Fields("k", {{Action::kSet, {.offset = 64}, 'x'}}),
            std::vector{std::optional('a' + int64_t{0})});
  EXPECT_EQ(BytesOf("k"), before);
  EXPECT_EQ((*Get("k"))[1 << 19], 'c');
  EXPECT_EQ((*Get("k"))[8], 'x');
  EXPECT_EQ(DeadlineOf("k"), later());
}

TEST_F(BitmapsTest, WhatIsTooLongIsRefused) {
  constexpr uint64_t kEnd = uint64_t{limits::kValueBytes} * 8;
  EXPECT_EQ(Set("k", kEnd, true).code(), Code::kTooLarge);
  EXPECT_EQ(Set("k", UINT64_MAX, true).code(), Code::kTooLarge);
  EXPECT_EQ(Fields("k", {{Action::kSet, {.offset = kEnd - 7}, 1}}).code(), Code::kTooLarge);
  EXPECT_EQ(Fields("k", {{Action::kGet, {.offset = kEnd}}})->front(), 0);
  EXPECT_EQ(Get("k"), std::nullopt);
}

TEST_F(BitmapsTest, FieldsThatAreOnlyReadOrUnchangedWriteNothing) {
  EXPECT_EQ(Fields("k", {{Action::kGet, {}}})->front(), 0);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(Get("k"), std::nullopt);
  SetString("k", "abc");
  EXPECT_EQ(Fields("k", {{Action::kGet, {}}, {Action::kSet, {}, 'a'}, {Action::kIncrement, {}, 0}})
                ->size(),
            3u);
  EXPECT_EQ(effects(), 0u);
  BitFieldStep fails{Action::kIncrement, {}, 255, BitOverflow::kFail};
  EXPECT_EQ(Fields("k", {fails})->front(), std::nullopt);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(Get("k"), "abc");
}

TEST_F(BitmapsTest, LaterStepsSeeWhatEarlierOnesWrote) {
  const auto answers = Fields("k", {{Action::kSet, {.offset = 8}, 5},
                                    {Action::kIncrement, {.offset = 8}, 3},
                                    {Action::kGet, {.offset = 4, .bits = 12}},
                                    {Action::kSet, {.offset = 16000}, 1},
                                    {Action::kGet, {.offset = 8}}});
  EXPECT_EQ(*answers, (std::vector<std::optional<int64_t>>{0, 8, 8, 0, 8}));
  EXPECT_EQ(Get("k")->size(), 2001u);
}

TEST_F(BitmapsTest, AStringThatSomebodyHoldsIsCopiedAndLaterStepsSeeTheCopy) {
  SetString("k", std::string(5000, 'a'));
  const Value held = Run([](Operation& operation) { return operation.Find("k")->PinText(); });
  const auto answers = Fields("k", {{Action::kSet, {}, 'b'}, {Action::kGet, {}}});
  EXPECT_EQ(answers->back(), 'b');
  EXPECT_EQ(std::get<LargeString>(held).bytes()[0], 'a');
}

TEST_F(BitmapsTest, ACombinationReplacesItsTargetOrDeletesIt) {
  SetString("a", "abc");
  SetString("d", "old");
  ExpireAt("d", later());
  EXPECT_EQ(*Combine(BitOperation::kOr, "d", {"a", "nothing"}), 3u);
  EXPECT_EQ(Get("d"), "abc");
  EXPECT_EQ(DeadlineOf("d"), 0);
  EXPECT_EQ(*Combine(BitOperation::kXor, "d", {"d", "d"}), 3u);
  EXPECT_EQ(Get("d"), std::string(3, '\0'));
  EXPECT_EQ(*Combine(BitOperation::kNot, "d", {"nothing"}), 0u);
  EXPECT_EQ(Get("d"), std::nullopt);
  EXPECT_EQ(*Combine(BitOperation::kAnd, "d", {"nothing"}), 0u);
  EXPECT_EQ(effects(), 0u);
}

TEST_F(BitmapsTest, OtherTypesAreRefusedUnchanged) {
  Run([](Operation& operation) {
    operation.PushBack("list", "x");
    return 0;
  });
  EXPECT_EQ(Set("list", 0, true).code(), Code::kWrongType);
  EXPECT_EQ(Fields("list", {{Action::kSet, {}, 1}}).code(), Code::kWrongType);
  EXPECT_EQ(Fields("list", {{Action::kGet, {}}}).code(), Code::kWrongType);
  EXPECT_EQ(Combine(BitOperation::kOr, "d", {"list"}).code(), Code::kWrongType);
  EXPECT_EQ(effects(), 0u);
}

}  // namespace
}  // namespace kontor::verbs
