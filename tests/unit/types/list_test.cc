#include "types/list.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace kontor {
namespace {

std::vector<std::string> ElementsOf(const List& list) {
  std::vector<std::string> elements;
  for (size_t i = 0; i < list.size(); ++i) elements.push_back(list.at(i));
  return elements;
}

using Elements = std::vector<std::string>;

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

TEST(ListTest, AgreesWithAVectorUnderRandomChanges) {
  List list;
  Elements model;
  Random random(11);
  for (int step = 0; step < 20000; ++step) {
    const std::string value = std::to_string(step);
    const size_t index = model.empty() ? 0 : random.Below(model.size());
    const auto place = model.begin() + static_cast<ptrdiff_t>(index);
    switch (random.Below(6)) {
      case 0:
        list.PushFront(value);
        model.insert(model.begin(), value);
        break;
      case 1:
        list.PushBack(value);
        model.push_back(value);
        break;
      case 2:
        list.Insert(index, value);
        model.insert(place, value);
        break;
      case 3:
        if (model.empty()) break;
        list.Erase(index);
        model.erase(place);
        break;
      case 4:
        list.PopFront(index);
        model.erase(model.begin(), place);
        break;
      default:
        if (model.empty()) break;
        list.Set(index, value);
        *place = value;
    }
    ASSERT_EQ(list.size(), model.size());
    if (!model.empty()) {
      ASSERT_EQ(list.at(index % model.size()), model[index % model.size()]);
    }
  }
  EXPECT_EQ(ElementsOf(list), model);
}

}  // namespace
}  // namespace kontor
