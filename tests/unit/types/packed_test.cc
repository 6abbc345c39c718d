#include "types/packed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "base/random.h"
#include "types/number.h"
#include "unit/test_seed.h"
#include "unit/types/memory.h"
#include "unit/types/values.h"

namespace kontor {
namespace {

using testing_memory::UntilItSucceeds;
using testing_memory::WithoutMemory;
using Elements = std::deque<std::string>;

Elements ElementsOf(const Packed& packed) {
  Elements elements;
  for (Packed::Place place = 0; place != packed.end(); place = packed.Next(place)) {
    const Element element = packed.At(place);
    elements.emplace_back(element.bytes());
  }
  return elements;
}

Elements ElementsBackwards(const Packed& packed) {
  Elements elements;
  for (Packed::Place place = packed.end(); place != 0;) {
    place = packed.Previous(place);
    const Element element = packed.At(place);
    elements.emplace_front(element.bytes());
  }
  return elements;
}

Packed Of(const Elements& elements) {
  Packed packed;
  for (const std::string& element : elements) packed.Insert(packed.end(), PackedValue(element));
  return packed;
}

TEST(PackedTest, EveryValueComesBackAsItWas) {
  std::vector<std::string> values = BorderValues();
  values.emplace_back(size_t{1} << 24, 'y');
  for (const std::string& value : values) {
    const Packed packed = Of({"before", value, "after"});
    EXPECT_EQ(ElementsOf(packed), (Elements{"before", value, "after"})) << value.substr(0, 30);
    EXPECT_EQ(ElementsBackwards(packed), (Elements{"before", value, "after"}));
  }
}

TEST(PackedTest, AValueIsFoundWhereItIsAndNowhereElse) {
  const std::vector<std::string> values = BorderValues();
  const Packed packed = Of(Elements(values.begin(), values.end()));
  for (size_t sought = 0; sought < values.size(); ++sought) {
    for (size_t index = 0; index < values.size(); ++index) {
      EXPECT_EQ(packed.Is(packed.Seek(index), PackedValue(values[sought])),
                values[index] == values[sought]);
    }
  }
}

TEST(PackedTest, IntegersAndShortTextsAreSmall) {
  const auto bytes_of = [](const char* value) { return PackedValue(value).bytes(); };
  EXPECT_EQ(bytes_of("112"), 2u);
  EXPECT_EQ(bytes_of("-1"), 3u);
  EXPECT_EQ(bytes_of("32767"), 4u);
  EXPECT_EQ(bytes_of("-9223372036854775808"), 10u);
  EXPECT_EQ(bytes_of(""), 2u);
  EXPECT_EQ(bytes_of("eight by"), 10u);
}

TEST(PackedTest, IntegersAreReadAndWrittenWithoutTheirText) {
  for (const std::string& value : BorderValues()) {
    const Packed packed = Of({value});
    int64_t integer = 0;
    const bool is_integer = ParseInteger(value, &integer);
    ASSERT_EQ(packed.IntegerAt(0).has_value(), is_integer) << value.substr(0, 30);
    if (!is_integer) continue;
    EXPECT_EQ(packed.IntegerAt(0), integer);
    EXPECT_TRUE(packed.Is(0, PackedValue(integer)));
    EXPECT_EQ(PackedValue(integer).bytes(), packed.used_bytes());
  }
}

// One random change of both.
void Change(Random* random, Packed* packed, Elements* model) {
  const std::string value = RandomValue(random);
  const size_t index = random->Below(model->size() + 1);
  const auto at = model->begin() + static_cast<ptrdiff_t>(index);
  const bool inside = index < model->size();
  switch (random->Below(11)) {
    case 0:
    case 1:
      packed->Insert(packed->end(), PackedValue(value));
      model->push_back(value);
      break;
    case 2:
      packed->Insert(0, PackedValue(value));
      model->push_front(value);
      break;
    case 3:
      packed->Insert(packed->Seek(index), PackedValue(value), PackedValue("second"));
      model->insert(model->insert(at, "second"), value);
      break;
    case 4:
    case 5:
      if (!inside) break;
      packed->Replace(packed->Seek(index), PackedValue(value));
      *at = value;
      break;
    case 6: {
      const size_t count = random->Below(std::min<size_t>(4, model->size() - index + 1));
      packed->Erase(packed->Seek(index), packed->Seek(index + count), count);
      model->erase(at, at + static_cast<ptrdiff_t>(count));
      break;
    }
    case 7: {
      if (!random->OneIn(10)) break;
      const Packed copy = *packed;
      packed->Append(copy, copy.Seek(index), copy.end(), copy.size() - index);
      const Elements tail(at, model->end());
      model->insert(model->end(), tail.begin(), tail.end());
      break;
    }
    case 8:
      packed->EraseIf([&](Packed::Place place) { return packed->Is(place, PackedValue(value)); });
      std::erase(*model, value);
      break;
    case 9: {
      const size_t middle = index + random->Below(model->size() - index + 1);
      const size_t last = middle + random->Below(model->size() - middle + 1);
      packed->Rotate(packed->Seek(index), packed->Seek(middle), packed->Seek(last));
      std::rotate(at, model->begin() + static_cast<ptrdiff_t>(middle),
                  model->begin() + static_cast<ptrdiff_t>(last));
      break;
    }
    default:
      if (!random->OneIn(50)) break;
      packed->Erase(0, packed->Seek(index), index);
      model->erase(model->begin(), at);
  }
}

void ChangeOften(Random* random, Packed* packed) {
  Elements model;
  for (int step = 0; step < 1000; ++step) {
    Change(random, packed, &model);
    ASSERT_EQ(packed->size(), model.size());
    if (step % 10 != 0) continue;
    ASSERT_EQ(ElementsOf(*packed), model);
    ASSERT_EQ(ElementsBackwards(*packed), model);
  }
}

TEST(PackedTest, AgreesWithADequeUnderRandomChanges) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 20; ++round) {
    const size_t live_before = testing_memory::live_bytes;
    Packed packed;
    ChangeOften(&random, &packed);
    if (HasFatalFailure()) return;
    EXPECT_EQ(packed.memory_bytes(), testing_memory::live_bytes - live_before);
  }
}

TEST(PackedTest, MemoryFollowsWhatIsInIt) {
  Packed packed;
  for (int i = 0; i < 2000; ++i) {
    packed.Insert(i % 2 == 0 ? 0 : packed.end(), PackedValue("element " + std::to_string(i)));
    ASSERT_LE(packed.memory_bytes(), packed.used_bytes() * 5 / 4 + 32);
  }
  while (packed.size() > 1) {
    packed.Erase(0, packed.Next(0), 1);
    ASSERT_LE(packed.memory_bytes(), packed.used_bytes() * 4 + 160);
  }
  const Packed exact = Of({std::string(1 << 20, 'x')});
  EXPECT_LE(exact.memory_bytes(), (size_t{1} << 20) + 32);
}

TEST(PackedTest, WithoutMemoryNothingChanges) {
  const Elements before = {"a", "1000", std::string(20, 'x')};
  Packed packed;
  const PackedValue longer(
      std::string_view("a text that needs more memory than there is room for"));
  const auto unchanged = [&] { ASSERT_EQ(ElementsOf(packed), before); };
  const Packed other = Of({"b", "c", std::string(100, 'y')});
  packed = Of(before);
  EXPECT_EQ(UntilItSucceeds([&] { packed.Insert(packed.Seek(1), longer); }, unchanged), 1);
  packed = Of(before);
  EXPECT_EQ(UntilItSucceeds([&] { packed.Insert(0, longer, longer); }, unchanged), 1);
  packed = Of(before);
  EXPECT_EQ(UntilItSucceeds([&] { packed.Replace(packed.Seek(1), longer); }, unchanged), 1);
  packed = Of(before);
  EXPECT_EQ(UntilItSucceeds([&] { packed.Append(other, 0, other.end(), 3); }, unchanged), 1);
  packed = Of(before);
  EXPECT_EQ(UntilItSucceeds([&] { const Packed copy(packed); }, unchanged), 1);
}

TEST(PackedTest, RemovalAndPuttingBackAShorterValueNeedNoMemory) {
  Packed packed;
  for (int i = 0; i < 1000; ++i) packed.Insert(0, PackedValue("element " + std::to_string(i)));
  const std::string most_of_it(100000, 'x');
  packed.Replace(packed.Seek(500), PackedValue(most_of_it));
  packed.Replace(packed.Seek(500), PackedValue("1"));
  WithoutMemory([&] {
    packed.Replace(packed.Seek(500), PackedValue(most_of_it));
    packed.Replace(packed.Seek(500), PackedValue("put back"));
    packed.Rotate(packed.Seek(1), packed.Seek(3), packed.Seek(900));
    packed.Rotate(packed.Seek(1), packed.Seek(898), packed.Seek(900));
    packed.Erase(0, packed.Seek(499), 499);
    packed.EraseIf([&](Packed::Place place) { return packed.Is(place, PackedValue("put back")); });
    packed.Erase(packed.Next(0), packed.end(), packed.size() - 1);
  });
  EXPECT_EQ(ElementsOf(packed), Elements{"element 500"});
}

}  // namespace
}  // namespace kontor
