#include "types/set.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <string>
#include <utility>

#include "base/random.h"
#include "unit/test_seed.h"
#include "unit/types/memory.h"
#include "unit/types/values.h"

namespace kontor {
namespace {

using testing_memory::live_bytes;
using testing_memory::UntilItSucceeds;
using testing_memory::WithoutMemory;
using Model = std::set<std::string>;

Model MembersOf(const Set& set) {
  Model members;
  set.ForEach([&](const Element& member) {
    EXPECT_TRUE(members.emplace(member.bytes()).second) << member.bytes();
    EXPECT_TRUE(set.Contains(member.bytes()));
  });
  EXPECT_EQ(members.size(), set.size());
  return members;
}

// Members of one encoding, and of what it becomes.
enum class Kind { kShortIntegers, kIntegers, kShortTexts, kAnything };

std::string RandomMember(Random* random, Kind kind, uint64_t names) {
  const uint64_t number = random->Below(names);
  switch (kind) {
    case Kind::kShortIntegers:
      return std::to_string(static_cast<int64_t>(number) - 20);
    case Kind::kIntegers: {
      const auto wide = static_cast<int64_t>(uint64_t{1} << (number % 64));
      return std::to_string(random->OneIn(2) ? wide : static_cast<int64_t>(number));
    }
    case Kind::kShortTexts:
      return "name" + std::to_string(number);
    case Kind::kAnything:
      break;
  }
  return RandomValue(random);
}

void ChangeOften(Random* random, Kind kind, uint64_t names, Set* set, Model* model) {
  for (int step = 0; step < 2000; ++step) {
    const std::string member = RandomMember(random, kind, names);
    ASSERT_EQ(set->Contains(member), model->contains(member)) << member;
    if (random->Below(3) > 0) {
      ASSERT_EQ(set->Add(member), model->insert(member).second);
    } else {
      ASSERT_EQ(set->Remove(member), model->erase(member) == 1);
    }
    if (step % 50 != 0) continue;
    ASSERT_EQ(MembersOf(*set), *model);
    ASSERT_EQ(MembersOf(Set(*set)), *model);
    Model by_place;
    for (size_t place = 0; place < set->size(); ++place) {
      const Element member_at_place = set->at(place);
      by_place.emplace(member_at_place.bytes());
    }
    ASSERT_EQ(by_place, *model);
  }
}

TEST(SetTest, AgreesWithASetUnderRandomChanges) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (const Kind kind :
       {Kind::kShortIntegers, Kind::kIntegers, Kind::kShortTexts, Kind::kAnything}) {
    for (const uint64_t names : {10u, 150u, 300u, 2000u}) {
      const size_t live_before = live_bytes;
      Set set;
      {
        Model model;
        ChangeOften(&random, kind, names, &set, &model);
        if (HasFatalFailure()) return;
      }
      EXPECT_EQ(set.memory_bytes(), live_bytes - live_before);
    }
  }
}

TEST(SetTest, MembersAreBytes) {
  Set set;
  Model model;
  for (const std::string& member : BorderValues()) {
    EXPECT_TRUE(set.Add(member));
    EXPECT_FALSE(set.Add(member));
    model.insert(member);
    ASSERT_EQ(MembersOf(set), model);
  }
}

TEST(SetTest, IntegersOfEveryWidthLieInOrder) {
  const std::vector<int64_t> integers = {INT64_MIN, -2147483649, -2147483648, -32769,   -32768,
                                         -1,        0,           1,           32767,    32768,
                                         65536,     INT32_MAX,   2147483648,  INT64_MAX};
  for (size_t first = 0; first < integers.size(); ++first) {
    Set set;
    for (size_t i = 0; i < integers.size(); ++i) {
      EXPECT_TRUE(set.Add(std::to_string(integers[(first + i * 5) % integers.size()])));
    }
    ASSERT_EQ(set.encoding(), Set::Encoding::kIntegers);
    ASSERT_EQ(set.size(), integers.size());
    for (size_t place = 0; place < integers.size(); ++place) {
      const Element member = set.at(place);
      EXPECT_EQ(member.bytes(), std::to_string(integers[place]));
    }
  }
}

TEST(SetTest, TheLimitsOfASmallSetAreSharp) {
  Set integers;
  for (size_t i = 0; i < Set::kArrayIntegers; ++i) integers.Add(std::to_string(i));
  EXPECT_EQ(integers.encoding(), Set::Encoding::kIntegers);
  EXPECT_LE(integers.memory_bytes(), 2 * Set::kArrayIntegers * 5 / 4);
  EXPECT_FALSE(integers.Add("7"));
  integers.Add("100000");
  EXPECT_EQ(integers.encoding(), Set::Encoding::kTable);

  Set texts;
  texts.Add("1");
  for (size_t i = 1; i < Set::kPackedMembers; ++i) texts.Add("m" + std::to_string(i));
  EXPECT_EQ(texts.encoding(), Set::Encoding::kPacked);
  EXPECT_FALSE(texts.Add("1"));
  texts.Add("one more");
  EXPECT_EQ(texts.encoding(), Set::Encoding::kTable);

  for (const size_t length : {Set::kPackedBytes, Set::kPackedBytes + 1}) {
    for (const Bytes before : {"1", "text"}) {
      Set set;
      set.Add(before);
      set.Add(std::string(length, 'x'));
      EXPECT_EQ(set.encoding(),
                length == Set::kPackedBytes ? Set::Encoding::kPacked : Set::Encoding::kTable);
      EXPECT_EQ(set.size(), 2u);
    }
  }
}

// A small set is visited at once, a large one in steps; what stays is met, whatever comes and goes,
// also if that makes the set a large one.
TEST(SetTest, ScanMeetsEveryMemberThatStays) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    Set set;
    const int members = 10 + static_cast<int>(random.Below(seed % 2 == 0 ? 55 : 300));
    for (int i = 0; i < members; ++i) {
      set.Add("goes" + std::to_string(i));
      set.Add("stays" + std::to_string(i));
    }
    std::set<std::string> seen;
    int next_goes = 0;
    int next_new = 0;
    uint64_t cursor = Set::kScanStart;
    do {
      cursor = set.Scan(cursor, 1 + random.Below(7),
                        [&](const Element& member) { seen.emplace(member.bytes()); });
      for (uint64_t i = random.Below(5); i > 0 && next_goes < members; --i) {
        ASSERT_TRUE(set.Remove("goes" + std::to_string(next_goes++)));
      }
      for (uint64_t i = random.Below(6); i > 0; --i) set.Add("new" + std::to_string(next_new++));
    } while (cursor != 0);
    for (int i = 0; i < members; ++i) {
      ASSERT_TRUE(seen.contains("stays" + std::to_string(i))) << "seed " << seed;
    }
  }
}

TEST(SetTest, WithoutMemoryNothingChanges) {
  for (const Kind kind : {Kind::kShortIntegers, Kind::kIntegers, Kind::kShortTexts}) {
    Random random(7);
    Set set;
    Model model;
    int failures = 0;
    for (int i = 0; i < 200; ++i) {
      const std::string member = RandomMember(&random, kind, 400);
      failures += UntilItSucceeds([&] { set.Add(member); },
                                  [&] { ASSERT_EQ(MembersOf(set), model) << member; });
      model.insert(member);
      ASSERT_EQ(MembersOf(set), model);
    }
    EXPECT_GT(failures, 5);
    const std::string long_one(1000, 'x');
    UntilItSucceeds([&] { set.Add(long_one); }, [&] { ASSERT_EQ(MembersOf(set), model); });
    model.insert(long_one);
    ASSERT_EQ(MembersOf(set), model);
  }
}

TEST(SetTest, RemovingNeedsNoMemory) {
  for (const Bytes prefix : {"", "m"}) {
    for (const int members : {100, 500, 2000}) {
      Set set;
      for (int i = 0; i < members; ++i) set.Add(std::string(prefix) + std::to_string(i));
      WithoutMemory([&] {
        char member[16];
        for (int i = 1; i < members; ++i) {
          std::snprintf(member, sizeof(member), "%s%d", prefix.data(), i);
          EXPECT_TRUE(set.Remove(member));
        }
      });
      EXPECT_EQ(MembersOf(set), (Model{std::string(prefix) + "0"}));
    }
  }
}

}  // namespace
}  // namespace kontor
