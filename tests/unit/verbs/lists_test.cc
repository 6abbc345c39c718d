#include "verbs/lists.h"

#include <deque>
#include <string>
#include <vector>

#include "base/random.h"
#include "unit/verbs/core_fixture.h"

namespace kontor::verbs {
namespace {

using Elements = std::vector<std::string>;
constexpr ListSide kFront = ListSide::kFront;
constexpr ListSide kBack = ListSide::kBack;
constexpr int64_t kNumbers[] = {0,
                                1,
                                -1,
                                2,
                                -2,
                                3,
                                -3,
                                INT32_MAX,
                                INT32_MIN,
                                INT64_C(1) << 31,
                                UINT32_MAX,
                                INT64_C(1) << 32,
                                INT64_MAX,
                                INT64_MIN,
                                INT64_MIN + 1};

class ListsTest : public CoreTest {
 protected:
  // Replaces the list.
  void Fill(Bytes key, const Elements& elements) {
    Run([&](Operation& operation) {
      if (operation.Find(key) != nullptr) operation.Delete(key);
      for (const std::string& element : elements) operation.PushBack(key, element);
      return 0;
    });
  }
  Elements ElementsOf(Bytes key) {
    return Run([&](Operation& operation) {
      Elements elements;
      const List* const list = *ListFind(operation, key);
      for (size_t i = 0; list != nullptr && i < list->size(); ++i) {
        const Element element = list->at(i);
        elements.emplace_back(element.bytes());
      }
      return elements;
    });
  }
  Result<uint64_t> Push(Bytes key, ListSide side, const std::vector<Bytes>& values) {
    return Run([&](Operation& operation) { return ListPush(operation, key, side, values); });
  }
  Result<std::optional<std::string>> Pop(Bytes key, ListSide side) {
    std::optional<std::string> popped;
    const Result<bool> any = Run([&](Operation& operation) {
      return ListPop(operation, key, side, [&](Bytes element) { popped.emplace(element); });
    });
    if (!any.ok()) return any.status();
    EXPECT_EQ(*any, popped.has_value());
    return popped;
  }
  Result<std::optional<std::string>> Move(Bytes source, ListSide from, Bytes target, ListSide to) {
    return Run([&](Operation& operation) { return ListMove(operation, source, from, target, to); });
  }
  Result<uint64_t> Remove(Bytes key, int64_t count, Bytes value) {
    return Run([&](Operation& operation) { return ListRemove(operation, key, count, value); });
  }
};

TEST_F(ListsTest, PushesInOrderAndPopsFromBothEnds) {
  EXPECT_EQ(*Push("l", kBack, {"c", "d"}), 2u);
  EXPECT_EQ(*Push("l", kFront, {"b", "a"}), 4u);
  EXPECT_EQ(ElementsOf("l"), (Elements{"a", "b", "c", "d"}));
  EXPECT_EQ(*Pop("l", kFront), "a");
  EXPECT_EQ(*Pop("l", kBack), "d");
  EXPECT_EQ(*Run([&](Operation& o) { return ListPop(o, "l", kBack, 10); }), (Elements{"c", "b"}));
  EXPECT_FALSE(Exists("l"));
  EXPECT_EQ(*Pop("l", kFront), std::nullopt);
}

TEST_F(ListsTest, PushIfPresentMakesNoKey) {
  const std::vector<Bytes> values = {"a"};
  EXPECT_EQ(*Run([&](Operation& o) { return ListPushIfPresent(o, "l", kBack, values); }), 0u);
  EXPECT_FALSE(Exists("l"));
  Fill("l", {"x"});
  EXPECT_EQ(*Run([&](Operation& o) { return ListPushIfPresent(o, "l", kBack, values); }), 2u);
}

TEST_F(ListsTest, OtherTypesAreRefusedAndNothingChanges) {
  SetString("s", "text");
  Fill("l", {"a"});
  EXPECT_EQ(Push("s", kBack, {"a"}).code(), Code::kWrongType);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(Pop("s", kBack).code(), Code::kWrongType);
  EXPECT_EQ(Move("s", kFront, "l", kFront).code(), Code::kWrongType);
  EXPECT_EQ(Move("l", kFront, "s", kFront).code(), Code::kWrongType);
  EXPECT_EQ(effects(), 0u);
  EXPECT_EQ(ElementsOf("l"), Elements{"a"});
  EXPECT_EQ(Remove("s", 0, "a").code(), Code::kWrongType);
  const std::vector<Bytes> keys = {"nothing", "s", "l"};
  EXPECT_EQ(Run([&](Operation& o) { return ListPopFirst(o, keys, kFront, 1); }).code(),
            Code::kWrongType);
}

TEST_F(ListsTest, PopFirstTakesFromTheFirstListThatHasAny) {
  Fill("b", {"1", "2", "3"});
  Fill("c", {"4"});
  const std::vector<Bytes> keys = {"a", "b", "c"};
  const auto taken = *Run([&](Operation& o) { return ListPopFirst(o, keys, kFront, 2); });
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->key, "b");
  EXPECT_EQ(taken->elements, (Elements{"1", "2"}));
  const std::vector<Bytes> none = {"a", "x"};
  EXPECT_FALSE((*Run([&](Operation& o) { return ListPopFirst(o, none, kFront, 2); })).has_value());
  EXPECT_EQ(Run([&](Operation& o) { return ListTakeFirst(o, none, kFront, 2); }).code(),
            Code::kAgain);
}

TEST_F(ListsTest, MovesBetweenLists) {
  Fill("a", {"1", "2"});
  EXPECT_EQ(*Move("a", kFront, "b", kBack), "1");
  EXPECT_EQ(*Move("a", kBack, "b", kFront), "2");
  EXPECT_FALSE(Exists("a"));
  EXPECT_EQ(ElementsOf("b"), (Elements{"2", "1"}));
  EXPECT_EQ(*Move("a", kFront, "b", kBack), std::nullopt);
}

TEST_F(ListsTest, MovesWithinOneList) {
  const std::string large(100000, 'x');  // would be read after it was freed, were it not copied
  Fill("l", {large, "b", "c"});
  EXPECT_EQ(*Move("l", kFront, "l", kBack), large);
  EXPECT_EQ(ElementsOf("l"), (Elements{"b", "c", large}));
  EXPECT_EQ(*Move("l", kBack, "l", kFront), large);
  EXPECT_EQ(ElementsOf("l"), (Elements{large, "b", "c"}));
  EXPECT_EQ(*Move("l", kFront, "l", kFront), large);
  EXPECT_EQ(*Move("l", kBack, "l", kBack), "c");
  EXPECT_EQ(ElementsOf("l"), (Elements{large, "b", "c"}));
}

TEST_F(ListsTest, ALoneElementMovedWithinItsListKeepsTheDeadline) {
  Fill("l", {"a"});
  const int64_t deadline = clock_.UnixMs() + 1000;
  ExpireAt("l", deadline);
  EXPECT_EQ(*Move("l", kFront, "l", kBack), "a");
  EXPECT_EQ(ElementsOf("l"), Elements{"a"});
  EXPECT_EQ(DeadlineOf("l"), deadline);
}

TEST_F(ListsTest, AtAndSetTakeAnyIndex) {
  Fill("l", {"a", "b", "c"});
  for (const int64_t index : kNumbers) {
    const bool inside = index >= -3 && index < 3;
    const auto value = Run([&](Operation& o) -> std::string {
      const std::optional<Element> found = *ListAt(o, "l", index);
      return std::string(found.has_value() ? found->bytes() : "");
    });
    const std::string expected = inside ? std::string(1, "abcabc"[index + 3]) : "";
    EXPECT_EQ(value, expected) << index;
    const Status set = Run([&](Operation& o) { return ListSet(o, "l", index, value); });
    EXPECT_EQ(set.code(), inside ? Code::kOk : Code::kOutOfRange) << index;
  }
  EXPECT_EQ(ElementsOf("l"), (Elements{"a", "b", "c"}));
  EXPECT_EQ(Run([&](Operation& o) { return ListSet(o, "none", 0, "x"); }).code(), Code::kInvalid);
}

// Ranges and LTRIM against the plain meaning: walk over the indexes and ask each.
TEST_F(ListsTest, RangesAtEveryEdge) {
  const Elements all = {"a", "b", "c", "d"};
  for (const int64_t start : kNumbers) {
    for (const int64_t stop : kNumbers) {
      Elements expected;
      for (int64_t i = 0; i < 4; ++i) {
        const bool behind_start = start >= 0 ? i >= start : i - 4 >= start;
        const bool before_stop = stop >= 0 ? i <= stop : i - 4 <= stop;
        if (behind_start && before_stop) expected.push_back(all[static_cast<size_t>(i)]);
      }
      const ListRange range = RangeOf(4, start, stop);
      EXPECT_EQ(range.count, expected.size()) << start << " " << stop;
      Fill("l", all);
      ASSERT_TRUE(Run([&](Operation& o) { return ListTrim(o, "l", start, stop); }).ok());
      EXPECT_EQ(ElementsOf("l"), expected) << start << " " << stop;
      EXPECT_EQ(Exists("l"), !expected.empty());
    }
  }
  EXPECT_EQ(RangeOf(0, 0, -1).count, 0u);
}

TEST_F(ListsTest, RemovesFromEitherEndOrAll) {
  const Elements all = {"x", "a", "x", "b", "x"};
  Fill("l", all);
  EXPECT_EQ(*Remove("l", 2, "x"), 2u);
  EXPECT_EQ(ElementsOf("l"), (Elements{"a", "b", "x"}));
  Fill("l", all);
  EXPECT_EQ(*Remove("l", -2, "x"), 2u);
  EXPECT_EQ(ElementsOf("l"), (Elements{"x", "a", "b"}));
  for (const int64_t count : {INT64_C(0), INT64_MAX, INT64_MIN}) {
    Fill("l", all);
    EXPECT_EQ(*Remove("l", count, "x"), 3u);
    EXPECT_EQ(ElementsOf("l"), (Elements{"a", "b"}));
  }
  EXPECT_EQ(*Remove("l", 0, "none"), 0u);
  EXPECT_EQ(*Remove("none", 0, "x"), 0u);
  Fill("l", {"x", "x"});
  EXPECT_EQ(*Remove("l", 0, "x"), 2u);
  EXPECT_FALSE(Exists("l"));
}

TEST_F(ListsTest, RemovingManyKeepsOrderAndDeadline) {
  Elements all;
  Elements kept;
  for (int i = 0; i < 3000; ++i) {
    all.push_back(i % 3 == 0 ? "x" : std::to_string(i));
    if (i % 3 != 0) kept.push_back(all.back());
  }
  Fill("l", all);
  const int64_t deadline = clock_.UnixMs() + 1000;
  ExpireAt("l", deadline);
  EXPECT_EQ(*Remove("l", 0, "x"), 1000u);
  EXPECT_EQ(ElementsOf("l"), kept);
  EXPECT_EQ(DeadlineOf("l"), deadline);
  Fill("l", Elements(1000, "x"));
  ExpireAt("l", deadline);
  EXPECT_EQ(*Remove("l", 0, "x"), 1000u);
  EXPECT_FALSE(Exists("l"));
}

TEST_F(ListsTest, InsertsBesideThePivot) {
  Fill("l", {"a", "c"});
  const auto insert = [&](InsertPlace place, Bytes pivot, Bytes value) {
    return *Run([&](Operation& o) { return ListInsert(o, "l", place, pivot, value); });
  };
  EXPECT_EQ(insert(InsertPlace::kBefore, "c", "b"), 3);
  EXPECT_EQ(insert(InsertPlace::kAfter, "c", "d"), 4);
  EXPECT_EQ(insert(InsertPlace::kBefore, "a", "_"), 5);
  EXPECT_EQ(insert(InsertPlace::kBefore, "none", "x"), -1);
  EXPECT_EQ(ElementsOf("l"), (Elements{"_", "a", "b", "c", "d"}));
  EXPECT_EQ(
      *Run([&](Operation& o) { return ListInsert(o, "none", InsertPlace::kAfter, "a", "b"); }), 0);
}

TEST_F(ListsTest, PositionsAtEveryEdge) {
  const Elements all = {"x", "a", "x", "b", "x"};
  Fill("l", all);
  for (const int64_t rank : kNumbers) {
    if (rank == 0) continue;
    for (const uint64_t count : {0u, 1u, 2u, 100u}) {
      for (const uint64_t max_length : {0u, 1u, 3u, 100u}) {
        std::vector<uint64_t> expected;
        uint64_t match = 0;
        for (uint64_t step = 0; step < (max_length == 0 ? 5 : std::min<uint64_t>(max_length, 5));
             ++step) {
          const uint64_t index = rank > 0 ? step : 4 - step;
          if (all[index] != "x") continue;
          ++match;
          const bool reached = rank > 0 ? match >= static_cast<uint64_t>(rank)
                                        : match > static_cast<uint64_t>(-(rank + 1));
          if (reached && (count == 0 || expected.size() < count)) expected.push_back(index);
        }
        EXPECT_EQ(*Run([&](Operation& o) {
          return ListPositions(o, "l", "x", {rank, count, max_length});
        }),
                  expected)
            << rank << " " << count << " " << max_length;
      }
    }
  }
}

TEST_F(ListsTest, TooLargeIsRefusedBeforeAnythingChanges) {
  const std::string large(limits::kValueBytes + 1, 'x');
  EXPECT_EQ(Push("l", kBack, {"a", large}).code(), Code::kTooLarge);
  EXPECT_EQ(Push(large, kBack, {"a"}).code(), Code::kTooLarge);
  EXPECT_EQ(effects(), 0u);
  Fill("l", {"a"});
  EXPECT_EQ(Run([&](Operation& o) { return ListSet(o, "l", 0, large); }).code(), Code::kTooLarge);
  EXPECT_EQ(
      Run([&](Operation& o) { return ListInsert(o, "l", InsertPlace::kAfter, "a", large); }).code(),
      Code::kTooLarge);
  EXPECT_EQ(ElementsOf("l"), Elements{"a"});
}

TEST_F(ListsTest, ExpiredListsAreGone) {
  Fill("l", {"a"});
  ExpireAt("l", clock_.UnixMs() + 10);
  clock_.AdvanceMs(10);
  EXPECT_EQ(*Pop("l", kFront), std::nullopt);
  EXPECT_EQ(*Push("l", kBack, {"b"}), 1u);
  EXPECT_EQ(DeadlineOf("l"), 0);
}

}  // namespace
}  // namespace kontor::verbs
