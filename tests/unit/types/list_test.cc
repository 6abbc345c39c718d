#include "types/list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "base/random.h"
#include "unit/test_seed.h"
#include "unit/types/memory.h"
#include "unit/types/values.h"

namespace kontor {
namespace {

using testing_memory::live_bytes;
using testing_memory::UntilItSucceeds;
using testing_memory::WithoutMemory;
using Elements = std::deque<std::string>;

Elements ElementsOf(const List& list) {
  Elements elements;
  for (List::Iterator each = list.From(0); each.valid(); each.Next()) {
    const Element element = each.element();
    elements.emplace_back(element.bytes());
  }
  return elements;
}

Elements ElementsBackwards(const List& list) {
  Elements elements;
  for (List::Iterator each = list.From(list.size() - 1); each.valid(); each.Previous()) {
    const Element element = each.element();
    elements.emplace_front(element.bytes());
  }
  return elements;
}

TEST(ListTest, PushesAndPopsAtBothEnds) {
  List list;
  list.PushBack("b");
  list.PushBack("c");
  list.PushFront("a");
  EXPECT_EQ(ElementsOf(list), (Elements{"a", "b", "c"}));
  list.PopFront();
  EXPECT_EQ(ElementsOf(list), (Elements{"b", "c"}));
  list.PopBack(2);
  EXPECT_EQ(list.size(), 0u);
  EXPECT_FALSE(list.From(0).valid());
}

TEST(ListTest, InsertsAtAnyIndexEndsIncluded) {
  List list;
  list.Insert(0, "b");
  list.Insert(0, "a");
  list.Insert(2, "d");
  list.Insert(2, "c");
  EXPECT_EQ(ElementsOf(list), (Elements{"a", "b", "c", "d"}));
  list.Erase(1);
  list.Set(0, std::string("\0", 1));
  EXPECT_EQ(ElementsOf(list), (Elements{std::string("\0", 1), "c", "d"}));
}

TEST(ListTest, ElementsAreBytes) {
  List list;
  Elements model;
  for (const std::string& value : BorderValues()) {
    list.PushBack(value);
    list.PushFront(value);
    model.push_back(value);
    model.push_front(value);
  }
  EXPECT_EQ(ElementsOf(list), model);
  EXPECT_EQ(ElementsBackwards(list), model);
}

void RemoveFromModel(Elements* model, const std::string& value, int64_t count) {
  size_t left = count == 0 ? model->size() : static_cast<size_t>(count < 0 ? -count : count);
  if (count < 0) std::reverse(model->begin(), model->end());
  std::erase_if(*model, [&](const std::string& each) {
    if (each != value || left == 0) return false;
    --left;
    return true;
  });
  if (count < 0) std::reverse(model->begin(), model->end());
}

// One random change of both. Those that grow are `growing` in ten.
void Change(Random* random, uint64_t growing, List* list, Elements* model) {
  const std::string value = RandomValue(random);
  const size_t index = random->Below(model->size() + 1);
  const auto at = model->begin() + static_cast<ptrdiff_t>(index);
  if (random->Below(10) < growing || model->empty()) {
    switch (random->Below(3)) {
      case 0:
        list->PushFront(value);
        return model->push_front(value);
      case 1:
        list->PushBack(value);
        return model->push_back(value);
      default:
        list->Insert(index, value);
        model->insert(at, value);
        return;
    }
  }
  const bool inside = index < model->size();
  const size_t few =
      random->Below(std::min<size_t>(random->OneIn(30) ? 500 : 5, model->size()) + 1);
  switch (random->Below(6)) {
    case 0:
      list->PopFront(few);
      model->erase(model->begin(), model->begin() + static_cast<ptrdiff_t>(few));
      break;
    case 1:
      list->PopBack(few);
      model->erase(model->end() - static_cast<ptrdiff_t>(few), model->end());
      break;
    case 2: {
      if (!random->OneIn(10)) break;
      const int64_t count = static_cast<int64_t>(random->Below(7)) - 3;
      const size_t before = model->size();
      RemoveFromModel(model, value, count);
      ASSERT_EQ(list->Remove(value, count), before - model->size());
      break;
    }
    case 3:
      if (!inside) break;
      list->Set(index, value);
      *at = value;
      break;
    default:
      if (!inside) break;
      list->Erase(index);
      model->erase(at);
  }
}

void ChangeOften(Random* random, List* list) {
  Elements model;
  for (const uint64_t growing : {9u, 3u, 8u, 2u, 9u, 1u}) {
    for (int step = 0; step < 4000; ++step) {
      ASSERT_NO_FATAL_FAILURE(Change(random, growing, list, &model));
      ASSERT_EQ(list->size(), model.size());
      if (!model.empty()) {
        const size_t index = random->Below(model.size());
        const Element element = list->at(index);
        ASSERT_EQ(element.bytes(), model[index]);
      }
      if (step % 200 != 0) continue;
      ASSERT_TRUE(ElementsOf(*list) == model);
      ASSERT_TRUE(ElementsBackwards(*list) == model);
      ASSERT_TRUE(ElementsOf(List(*list)) == model);
    }
  }
}

TEST(ListTest, AgreesWithADequeUnderRandomChanges) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  List list;
  ChangeOften(&random, &list);
  if (HasFatalFailure()) return;
}

TEST(ListTest, MemoryIsCounted) {
  Random random(5);
  const size_t live_before = live_bytes;
  List list;
  for (int step = 0; step < 40000; ++step) {
    const size_t index = random.Below(list.size() + 1);
    if (random.Below(40000) > static_cast<uint64_t>(step) || list.size() < 10) {
      list.Insert(index, "a value");
    } else if (index == list.size() || random.OneIn(20)) {
      list.PopBack(random.Below(10));
    } else if (random.OneIn(2)) {
      list.Set(index, "another value");
    } else {
      list.Erase(index);
    }
    const size_t taken = live_bytes - live_before;
    // The row of nodes has some room to spare.
    ASSERT_LE(list.memory_bytes(), taken);
    ASSERT_GE(list.memory_bytes() + 1024, taken);
  }
  const List copy(list);
  EXPECT_LE(copy.memory_bytes(), list.memory_bytes());
}

TEST(ListTest, ALargeListThatBecomesSmallIsSmallAgain) {
  List list;
  for (int i = 0; i < 10000; ++i) list.PushBack("element " + std::to_string(i));
  EXPECT_LE(list.memory_bytes(), 10000u * 18);
  List middle(list);
  for (int i = 0; i < 9990; ++i) middle.Erase(5);
  EXPECT_LE(middle.memory_bytes(), 512u);
  EXPECT_EQ(middle.size(), 10u);
  List ends(list);
  ends.PopFront(4995);
  while (ends.size() > 10) ends.PopBack();
  EXPECT_LE(ends.memory_bytes(), 512u);
  for (size_t i = 0; i < 10000; ++i) {
    if (i % 1000 != 0) list.Set(i, "x");
  }
  EXPECT_EQ(list.Remove("x", 0), 9990u);
  EXPECT_LE(list.memory_bytes(), 512u);
}

TEST(ListTest, LargeElementsAreNotMovedByChangesBesideThem) {
  List list;
  const std::string large(1 << 20, 'x');
  for (int i = 0; i < 100; ++i) list.PushBack(std::to_string(i));
  list.Insert(50, large);
  list.Set(20, large);
  const Element before = list.at(50);
  const char* const where = before.bytes().data();
  list.PushFront("front");
  list.Insert(40, "before it");
  list.Insert(53, "after it");
  list.Erase(51);
  const Element after = list.at(51);
  EXPECT_EQ(after.bytes().data(), where);
  EXPECT_EQ(after.bytes(), large);
  EXPECT_LE(list.memory_bytes(), 2 * large.size() + 4096);
}

TEST(ListTest, InsertingAtTheSamePlaceFillsNodes) {
  for (const size_t place : {1u, 3000u, 5999u}) {
    List list;
    for (int i = 0; i < 6000; ++i) list.PushBack("an element");
    for (int i = 0; i < 20000; ++i) list.Insert(place, "an element");
    EXPECT_EQ(list.size(), 26000u);
    EXPECT_LE(list.memory_bytes(), 26000u * 12 * 9 / 4) << "nodes are half full at least";
  }
}

TEST(ListTest, WithoutMemoryNothingChanges) {
  const std::string large(List::kNodeBytes, 'x');
  for (const size_t size : {4u, 800u, 3000u}) {
    List list;
    Elements model;
    for (size_t i = 0; i < size; ++i) {
      const std::string value = "element " + std::to_string(i);
      const int failures = UntilItSucceeds([&] { list.PushBack(value); },
                                           [&] { ASSERT_EQ(list.size(), model.size()); });
      ASSERT_LE(failures, 6);
      model.push_back(value);
    }
    const auto unchanged = [&] { ASSERT_TRUE(ElementsOf(list) == model); };
    const auto at = [&](size_t index) { return model.begin() + static_cast<ptrdiff_t>(index); };
    for (const size_t index : {size_t{0}, size_t{1}, size / 2, size - 1, size}) {
      for (const std::string& value : {large, std::string("1")}) {
        UntilItSucceeds([&] { list.Insert(index, value); }, unchanged);
        model.insert(at(index), value);
        ASSERT_NO_FATAL_FAILURE(unchanged());
      }
      EXPECT_GE(UntilItSucceeds([&] { list.Set(index, large + "y"); }, unchanged), 1);
      *at(index) = large + "y";
      ASSERT_NO_FATAL_FAILURE(unchanged());
    }
    EXPECT_GE(UntilItSucceeds([&] { list.PushFront(large); }, unchanged), 1);
    model.push_front(large);
    EXPECT_GE(UntilItSucceeds([&] { const List copy(list); }, unchanged), 1);
  }
}

// Undoing a change to an element, an insert and a push; and removals.
TEST(ListTest, PuttingBackAnElementAndRemovingNeedNoMemory) {
  List list;
  for (int i = 0; i < 3000; ++i) list.PushBack(i % 3 == 0 ? "x" : "element");
  const std::string large(List::kNodeBytes, 'x');
  for (const size_t index : {0u, 1u, 1499u, 1500u, 2999u}) {
    const Element old = list.at(index);
    const std::string kept(old.bytes());
    list.Set(index, large);
    WithoutMemory([&] { list.Set(index, kept); });
    const Element again = list.at(index);
    EXPECT_EQ(again.bytes(), kept);
  }
  size_t removed = 0;
  WithoutMemory([&] {
    list.PopFront(100);
    list.PopBack();
    for (int i = 0; i < 1000; ++i) list.Erase(700);
    removed = list.Remove("x", 0);
    list.PopBack(900);
  });
  EXPECT_GT(removed, 500u);
  EXPECT_EQ(list.size(), 3000 - 100 - 1 - 1000 - removed - 900);
}

TEST(ListTest, NodesThatCannotBeJoinedForWantOfMemoryStay) {
  List list;
  for (int i = 0; i < 1800; ++i) list.PushBack("element");
  // The first node gives memory back, so that it has no room for the second.
  for (int i = 0; i < 800; ++i) list.Erase(0);
  WithoutMemory([&] {
    for (int i = 0; i < 700; ++i) list.Erase(110);
  });
  EXPECT_TRUE(ElementsOf(list) == Elements(300, "element"));
}

TEST(ListTest, SmallListsAreLean) {
  List list;
  for (int i = 0; i < 100; ++i) list.PushBack("value " + std::to_string(i));
  // 790 bytes of elements; it was 3900 when they were strings in a deque.
  EXPECT_LE(list.memory_bytes(), 1250u);
}

}  // namespace
}  // namespace kontor
