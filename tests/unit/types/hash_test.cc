#include "types/hash.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
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
using Model = std::map<std::string, std::string>;

std::string ValueOf(const Hash& hash, Bytes field) {
  const std::optional<Element> value = hash.Find(field);
  return std::string(value.has_value() ? value->bytes() : "(absent)");
}

Model FieldsOf(const Hash& hash) {
  Model fields;
  hash.ForEach([&](const Hash::Field& each) {
    EXPECT_TRUE(fields.emplace(each.field.bytes(), each.value.bytes()).second);
    EXPECT_EQ(ValueOf(hash, each.field.bytes()), each.value.bytes());
  });
  EXPECT_EQ(fields.size(), hash.size());
  return fields;
}

TEST(HashTest, SetTellsNewFromOverwritten) {
  Hash hash;
  EXPECT_TRUE(hash.Set("f", "1"));
  EXPECT_FALSE(hash.Set("f", "2"));
  EXPECT_EQ(ValueOf(hash, "f"), "2");
  EXPECT_EQ(hash.size(), 1u);
  EXPECT_EQ(ValueOf(hash, "g"), "(absent)");
}

TEST(HashTest, DeleteTellsWhetherItWasThere) {
  Hash hash;
  hash.Set("f", "1");
  EXPECT_FALSE(hash.Delete("1")) << "a value is no field";
  EXPECT_TRUE(hash.Delete("f"));
  EXPECT_FALSE(hash.Delete("f"));
  EXPECT_EQ(hash.size(), 0u);
}

TEST(HashTest, FieldsAndValuesAreBytes) {
  Hash hash;
  Model model;
  for (const std::string& value : BorderValues()) {
    hash.Set(value, value);
    model[value] = value;
    ASSERT_EQ(FieldsOf(hash), model);
  }
}

void ChangeOften(Random* random, uint64_t names, bool long_ones, Hash* hash, Model* model) {
  for (int step = 0; step < 1500; ++step) {
    const std::string field = std::to_string(random->Below(names));
    if (random->Below(3) > 0) {
      std::string value = RandomValue(random);
      if (!long_ones && value.size() > Hash::kPackedBytes) value.resize(Hash::kPackedBytes);
      ASSERT_EQ(hash->Set(field, value), !model->contains(field));
      (*model)[field] = value;
    } else {
      ASSERT_EQ(hash->Delete(field), model->erase(field) == 1);
    }
    if (step % 50 != 0) continue;
    ASSERT_EQ(FieldsOf(*hash), *model);
    ASSERT_EQ(FieldsOf(Hash(*hash)), *model);
    Model by_place;
    for (size_t place = 0; place < hash->size(); ++place) {
      const Hash::Field each = hash->at(place);
      by_place.emplace(each.field.bytes(), each.value.bytes());
    }
    ASSERT_EQ(by_place, *model);
  }
}

TEST(HashTest, AgreesWithAMapUnderRandomChanges) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (const bool long_ones : {false, true}) {
    for (const uint64_t names : {10u, 150u, 300u}) {
      const size_t live_before = live_bytes;
      Hash hash;
      {
        Model model;
        ChangeOften(&random, names, long_ones, &hash, &model);
        if (HasFatalFailure()) return;
      }
      EXPECT_EQ(hash.memory_bytes(), live_bytes - live_before);
    }
  }
}

using Deadlines = std::map<std::string, int64_t>;

Deadlines DeadlinesOf(const Hash& hash) {
  Deadlines deadlines;
  int64_t last = 0;
  hash.ForEachEarliest(hash.deadlines(), [&](Bytes field, int64_t deadline) {
    EXPECT_GE(deadline, last);
    last = deadline;
    deadlines.emplace(field, deadline);
    EXPECT_EQ(hash.DeadlineOf(field), deadline);
  });
  return deadlines;
}

TEST(HashTest, FieldsHaveDeadlines) {
  Hash hash;
  for (const char* field : {"a", "b", "c", "d"}) hash.Set(field, "1");
  EXPECT_EQ(hash.earliest_deadline_unix_ms(), 0);
  EXPECT_EQ(hash.CountOverdue(INT64_MAX), 0u);
  hash.SetDeadline("a", 300);
  hash.SetDeadline("b", Hash::kLatestDeadlineUnixMs);
  hash.SetDeadline("c", 100);
  EXPECT_EQ(hash.earliest_deadline_unix_ms(), 100);
  EXPECT_EQ(hash.DeadlineOf("d"), 0);
  EXPECT_EQ(hash.CountOverdue(99), 0u);
  EXPECT_EQ(hash.CountOverdue(100), 1u);
  EXPECT_EQ(hash.CountOverdue(300), 2u);
  hash.Set("a", "2");
  EXPECT_EQ(hash.DeadlineOf("a"), 300) << "a new value leaves the deadline";
  EXPECT_EQ(DeadlinesOf(Hash(hash)), DeadlinesOf(hash));
  hash.DeleteEarliest(2);
  EXPECT_EQ(FieldsOf(hash), (Model{{"b", "1"}, {"d", "1"}}));
  EXPECT_EQ(hash.earliest_deadline_unix_ms(), Hash::kLatestDeadlineUnixMs);
  hash.Delete("b");
  EXPECT_EQ(hash.earliest_deadline_unix_ms(), 0);
  hash.Set("b", "new");
  EXPECT_EQ(hash.DeadlineOf("b"), 0) << "the deadline went with the field";
}

TEST(HashTest, DeadlinesAgreeWithAMapUnderRandomChanges) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (const uint64_t names : {6u, 400u}) {
    const size_t live_before = live_bytes;
    Hash hash;
    {
      Model fields;
      Deadlines deadlines;
      for (int step = 0; step < 3000; ++step) {
        const std::string field = std::to_string(random.Below(names));
        const auto deadline = static_cast<int64_t>(1 + random.Below(50));
        const uint64_t kind = random.Below(8);
        if (kind < 3) {
          hash.Set(field, "v");
          fields[field] = "v";
        } else if (kind == 3) {
          ASSERT_EQ(hash.Delete(field), fields.erase(field) == 1);
          deadlines.erase(field);
        } else if (kind == 4) {
          hash.SetDeadline(field, 0);
          deadlines.erase(field);
        } else if (kind < 7 && fields.contains(field)) {
          hash.SetDeadline(field, deadline);
          deadlines[field] = deadline;
        } else if (kind == 7 && step % 20 == 0) {
          const size_t overdue = hash.CountOverdue(deadline / 8);
          hash.DeleteEarliest(overdue);
          const size_t gone = std::erase_if(deadlines, [&](const auto& each) {
            if (each.second > deadline / 8) return false;
            fields.erase(each.first);
            return true;
          });
          ASSERT_EQ(overdue, gone);
        }
        if (step % 20 != 0) continue;
        ASSERT_EQ(FieldsOf(hash), fields);
        ASSERT_EQ(DeadlinesOf(hash), deadlines);
      }
    }
    EXPECT_EQ(hash.memory_bytes(), live_bytes - live_before);
  }
}

TEST(HashTest, WithoutMemoryDeadlinesStayAsTheyAre) {
  Hash hash;
  Deadlines deadlines;
  int failures = 0;
  for (int i = 0; i < 300; ++i) hash.Set("field" + std::to_string(i), "v");
  for (int i = 0; i < 300; ++i) {
    const std::string field = "field" + std::to_string(i);
    failures += UntilItSucceeds([&] { hash.SetDeadline(field, 1000 - i); },
                                [&] { ASSERT_EQ(DeadlinesOf(hash), deadlines); });
    deadlines[field] = 1000 - i;
  }
  EXPECT_GT(failures, 5);
  WithoutMemory([&] { hash.DeleteEarliest(100); });
  EXPECT_EQ(hash.size(), 200u);
  EXPECT_EQ(hash.earliest_deadline_unix_ms(), 801);
  WithoutMemory([&] { hash.SetDeadline("field0", 900); });
  EXPECT_EQ(hash.DeadlineOf("field0"), 900);
}

TEST(HashTest, TheLimitsOfASmallHashAreSharp) {
  Hash many;
  for (size_t i = 0; i < Hash::kPackedFields; ++i) many.Set(std::to_string(i), "12345678");
  const size_t small = many.memory_bytes();
  many.Set("one more", "12345678");
  EXPECT_GT(many.memory_bytes(), 2 * small);
  for (const bool long_field : {false, true}) {
    const std::string longest(Hash::kPackedBytes, 'x');
    Hash hash;
    hash.Set(longest, longest);
    EXPECT_LT(hash.memory_bytes(), 256u);
    hash.Set(long_field ? longest + "x" : "f", long_field ? "v" : longest + "x");
    EXPECT_GT(hash.memory_bytes(), 256u);
    EXPECT_EQ(hash.size(), 2u);
  }
}

TEST(HashTest, ScanVisitsEveryFieldOfAHashAtRest) {
  for (const int size : {100, 1000}) {
    Hash hash;
    for (int i = 0; i < size; ++i) hash.Set("f" + std::to_string(i), std::to_string(i));
    std::multiset<std::string> seen;
    uint64_t cursor = Hash::kScanStart;
    do {
      cursor =
          hash.Scan(cursor, 7, [&](const Hash::Field& each) { seen.emplace(each.field.bytes()); });
    } while (cursor != 0);
    EXPECT_EQ(seen.size(), static_cast<size_t>(size));
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
  }
}

TEST(HashTest, ScanTakesAnyCursor) {
  for (const bool small : {true, false}) {
    Hash hash;
    hash.Set("a", small ? "1" : std::string(100, 'x'));
    for (const uint64_t cursor : {uint64_t{0}, uint64_t{1}, uint64_t{99}, UINT64_MAX}) {
      size_t visited = 0;
      EXPECT_EQ(hash.Scan(cursor, UINT64_MAX, [&](const Hash::Field&) { ++visited; }), 0u);
      EXPECT_EQ(visited, cursor == 0 && !small ? 0u : 1u);
    }
  }
}

// What HSCAN promises: whatever comes and goes meanwhile, also if it makes the hash a large one,
// what stays is visited.
TEST(HashTest, ScanMeetsEveryFieldThatStays) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    Hash hash;
    const int fields = 10 + static_cast<int>(random.Below(seed % 2 == 0 ? 55 : 300));
    const uint64_t new_ones = 1 + random.Below(12);
    for (int i = 0; i < fields; ++i) {
      hash.Set("goes" + std::to_string(i), "v");
      hash.Set("stays" + std::to_string(i), "v");
    }
    std::set<std::string> seen;
    int next_goes = 0;
    int next_new = 0;
    uint64_t cursor = Hash::kScanStart;
    do {
      cursor = hash.Scan(cursor, 1 + random.Below(7),
                         [&](const Hash::Field& each) { seen.emplace(each.field.bytes()); });
      for (uint64_t i = random.Below(5); i > 0 && next_goes < fields; --i) {
        ASSERT_TRUE(hash.Delete("goes" + std::to_string(next_goes++)));
      }
      for (uint64_t i = random.Below(new_ones); i > 0; --i) {
        hash.Set("new" + std::to_string(next_new++), "v");
      }
      hash.Set("stays" + std::to_string(random.Below(static_cast<uint64_t>(fields))),
               RandomValue(&random));
    } while (cursor != 0);
    for (int i = 0; i < fields; ++i) {
      ASSERT_TRUE(seen.contains("stays" + std::to_string(i))) << "seed " << seed;
    }
  }
}

TEST(HashTest, WithoutMemoryNothingChanges) {
  Hash hash;
  Model model;
  int failures = 0;
  const auto set = [&](const std::string& field, const std::string& value) {
    failures +=
        UntilItSucceeds([&] { hash.Set(field, value); }, [&] { ASSERT_EQ(FieldsOf(hash), model); });
    model[field] = value;
    ASSERT_EQ(FieldsOf(hash), model);
  };
  for (size_t i = 0; i < Hash::kPackedFields; ++i) set("f" + std::to_string(i), "1");
  set("f5", std::string(Hash::kPackedBytes, 'x'));
  EXPECT_GT(failures, 5);
  // It becomes a large one: each of the allocations fails in turn.
  for (const std::string& field : {std::string("one more"), std::string("f7")}) {
    const std::string value(field == "f7" ? 100 : 1, 'y');
    int64_t nth = 0;
    for (bool failed = true; failed;) {
      Hash large(hash);
      testing_memory::fail_at = ++nth;
      bool thrown = false;
      try {
        large.Set(field, value);
      } catch (const std::bad_alloc&) {
        thrown = true;
      }
      failed = std::exchange(testing_memory::fail_at, 0) == 0;
      Model expected = model;
      if (!thrown) expected[field] = value;
      ASSERT_EQ(FieldsOf(large), expected) << "allocation " << nth;
      ASSERT_TRUE(failed || !thrown);
    }
    EXPECT_GT(nth, static_cast<int64_t>(Hash::kPackedFields));
  }
  set("one more", "1");
  for (int i = 0; i < 20; ++i) set("g" + std::to_string(i), std::string(100, 'x'));
}

// Undoing a change to a value, and a deletion.
TEST(HashTest, PuttingBackAValueAndDeletingNeedNoMemory) {
  const std::string long_value(1000, 'y');
  for (const std::string& changed : {std::string("1"), std::string(64, 'x'), long_value}) {
    Hash hash;
    for (int i = 0; i < 100; ++i) hash.Set("f" + std::to_string(i), "a value");
    hash.Set("f50", changed);
    WithoutMemory([&] {
      EXPECT_FALSE(hash.Set("f50", "a value"));
      char field[16];
      for (int i = 0; i < 99; ++i) {
        std::snprintf(field, sizeof(field), "f%d", i);
        EXPECT_TRUE(hash.Delete(field));
      }
    });
    EXPECT_EQ(FieldsOf(hash), (Model{{"f99", "a value"}}));
  }
}

TEST(HashTest, SmallHashesAreLean) {
  Hash texts;
  Hash counters;
  for (int i = 0; i < 10; ++i) {
    const std::string field = "field 0" + std::to_string(i);
    texts.Set(field, "12 bytes");
    counters.Set(field, std::to_string(10000000 + i));
  }
  RecordProperty("texts", static_cast<int>(texts.memory_bytes()));
  // 160 bytes of fields and values; it was 1400 when they were strings in a hash table.
  EXPECT_LE(texts.memory_bytes(), 288u);
  EXPECT_LE(counters.memory_bytes(), 240u);
}

}  // namespace
}  // namespace kontor
