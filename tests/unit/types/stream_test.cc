#include "types/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "base/random.h"
#include "unit/test_seed.h"
#include "unit/types/memory.h"
#include "unit/types/stream_model.h"
#include "unit/types/values.h"

namespace kontor {
namespace {

using testing_memory::live_bytes;

const FieldTexts kFields = {{"field1", "0123456789"}, {"field2", "abcdefghij"}};

// With `count` entries 1-0, 2-0...
void Fill(uint64_t count, Stream* stream, EntryModel* model) {
  for (uint64_t ms = 1; ms <= count; ++ms) {
    const FieldTexts fields = {{"name", std::to_string(ms)}};
    ASSERT_TRUE(Add(stream, {ms, 0}, fields));
    (*model)[{ms, 0}] = fields;
  }
}

TEST(StreamTest, AnEmptyOneHasNothingAndTakesNothing) {
  const Stream stream;
  EXPECT_EQ(stream.size(), 0u);
  EXPECT_EQ(stream.memory_bytes(), 0u);
  EXPECT_EQ(stream.first_id(), kNoStreamId);
  EXPECT_FALSE(stream.From(kNoStreamId).valid());
  EXPECT_FALSE(stream.Until(kGreatestStreamId).valid());
  EXPECT_FALSE(stream.Contains({1, 1}));
}

TEST(StreamTest, WhatIsAddedIsLastAndCounted) {
  Stream stream;
  EXPECT_TRUE(Add(&stream, {5, 5}, kFields));
  EXPECT_TRUE(Add(&stream, {5, 6}, kFields));
  EXPECT_EQ(stream.last_id(), (StreamId{5, 6}));
  EXPECT_EQ(stream.first_id(), (StreamId{5, 5}));
  EXPECT_EQ(stream.entries_added(), 2u);
  EXPECT_FALSE(Add(&stream, {5, 6}, kFields)) << "it is there";
  EXPECT_FALSE(Add(&stream, kNoStreamId, kFields));
  EXPECT_FALSE(Add(&stream, {7, 0}, {}));
  EXPECT_EQ(stream.size(), 2u);
  EXPECT_EQ(stream.entries_added(), 2u);
}

TEST(StreamTest, ItStaysWithoutEntriesAndRemembersItsIds) {
  Stream stream;
  Add(&stream, {5, 5}, kFields);
  EXPECT_FALSE(stream.Delete({5, 4}));
  EXPECT_TRUE(stream.Delete({5, 5}));
  EXPECT_FALSE(stream.Delete({5, 5}));
  EXPECT_EQ(stream.memory_bytes(), 0u);
  EXPECT_EQ(stream.last_id(), (StreamId{5, 5}));
  EXPECT_EQ(stream.max_deleted_id(), (StreamId{5, 5}));
  EXPECT_EQ(stream.entries_added(), 1u);
  stream.SetIds({9, 9}, {6, 6}, 40);
  EXPECT_EQ(stream.last_id(), (StreamId{9, 9}));
  EXPECT_EQ(stream.max_deleted_id(), (StreamId{6, 6}));
  Add(&stream, {10, 0}, kFields);
  EXPECT_EQ(stream.entries_added(), 41u);
}

TEST(StreamTest, TheGreatestDeletedIdOnlyGrows) {
  Stream stream;
  EntryModel model;
  Fill(10, &stream, &model);
  stream.Delete({7, 0});
  stream.Delete({3, 0});
  EXPECT_EQ(stream.max_deleted_id(), (StreamId{7, 0}));
  stream.RemoveThrough({9, 0});
  EXPECT_EQ(stream.max_deleted_id(), (StreamId{7, 0})) << "a trim is no deletion";
}

TEST(StreamTest, FieldsAreBytesAndKeepTheirOrder) {
  FieldTexts all;
  for (const std::string& value : BorderValues()) {
    all.emplace_back(value, "as a name");
    all.emplace_back("as a value", value);
    all.emplace_back(value, value);
  }
  const std::string binary("\0-\xff", 3);
  const std::vector<FieldTexts> entries = {{{"", ""}},
                                           {{"", ""}},
                                           {{"a", "1"}, {"a", "2"}},
                                           {{"a", "1"}},
                                           all,
                                           all,
                                           {{binary, binary}},
                                           {{"", "1"}},
                                           {{"b", ""}, {"a", ""}},
                                           {{"a", ""}, {"b", ""}},
                                           {{"1", "1"}, {"01", "01"}},
                                           {{"", "x"}}};
  Stream stream;
  EntryModel model;
  uint64_t ms = 0;
  for (const FieldTexts& fields : entries) {
    ASSERT_TRUE(Add(&stream, {++ms, 3}, fields));
    model[{ms, 3}] = fields;
  }
  ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model));
  ASSERT_NO_FATAL_FAILURE(ExpectSame(Stream(stream), model));
}

TEST(StreamTest, NamesAreTheBlocksOnlyIfAllAre) {
  const std::vector<FieldTexts> entries = {{{"a", "1"}, {"b", "2"}},
                                           {{"a", "3"}},
                                           {{"b", "4"}},
                                           {{"a", "5"}, {"b", "6"}, {"c", "7"}},
                                           {{"b", "8"}, {"a", "9"}},
                                           {{"a", "1"}, {"a", "2"}},
                                           {{"a", "3"}, {"b", "4"}},
                                           {{"A", "5"}, {"b", "6"}}};
  for (size_t first = 0; first < entries.size(); ++first) {
    Stream stream;
    EntryModel model;
    for (uint64_t ms = 1; ms <= 30; ++ms) {
      const FieldTexts& fields = entries[(first + ms - 1) % entries.size()];
      ASSERT_TRUE(Add(&stream, {ms, 0}, fields));
      model[{ms, 0}] = fields;
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model));
  }
}

TEST(StreamTest, IdsAtTheLimits) {
  const std::vector<StreamId> ids = {{0, 1},
                                     {0, 2},
                                     {0, UINT64_MAX},
                                     {1, 0},
                                     {1, UINT64_MAX},
                                     {INT64_MAX, 0},
                                     {uint64_t{1} << 63u, UINT64_MAX},
                                     {UINT64_MAX, 0},
                                     {UINT64_MAX, UINT64_MAX - 1},
                                     kGreatestStreamId};
  // From each on, so that each is the first of a block.
  for (size_t first = 0; first < ids.size(); ++first) {
    Stream stream;
    EntryModel model;
    for (size_t i = first; i < ids.size(); ++i) {
      ASSERT_TRUE(Add(&stream, ids[i], kFields));
      model[ids[i]] = kFields;
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model));
    for (const StreamId& id : ids) ASSERT_NO_FATAL_FAILURE(ExpectSameAt(stream, model, id));
    const Stream::Trim all = stream.TrimToSize(0, Stream::TrimBy::kEntry, 0);
    EXPECT_EQ(all.last_id, kGreatestStreamId);
    EXPECT_EQ(stream.RemoveThrough(all.last_id), ids.size() - first);
    EXPECT_EQ(stream.memory_bytes(), 0u);
  }
}

TEST(StreamTest, ABlockHasAHundredEntriesOrFourKilobytes) {
  for (const size_t value_bytes : {1u, 100u, 1000u, 5000u}) {
    const FieldTexts fields = {{"name", std::string(value_bytes, 'v')}};
    const size_t in_block = std::min<size_t>(100, std::max<size_t>(1, 4096 / value_bytes));
    Stream stream;
    EntryModel model;
    for (uint64_t ms = 1; ms <= 1000; ++ms) {
      ASSERT_TRUE(Add(&stream, {ms, 0}, fields));
      model[{ms, 0}] = fields;
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model));
    // What a trim by blocks takes shows where they end.
    const size_t gone = stream.TrimToSize(0, Stream::TrimBy::kBlock, in_block * 3 / 2).count;
    EXPECT_LE(gone, in_block);
    EXPECT_GE(gone, in_block * 9 / 10);
  }
}

TEST(StreamTest, TrimsByEntryAreExact) {
  for (const uint64_t kept : {0u, 1u, 50u, 99u, 100u, 101u, 250u, 299u, 300u, 301u}) {
    for (const bool by_size : {true, false}) {
      Stream stream;
      EntryModel model;
      Fill(300, &stream, &model);
      for (const uint64_t ms : {1u, 2u, 77u, 100u, 101u, 251u}) {
        stream.Delete({ms, 0});
        model.erase({ms, 0});
      }
      const StreamId least{301 - std::min<uint64_t>(kept, 300), 0};
      const Stream::Trim trim = by_size ? stream.TrimToSize(kept, Stream::TrimBy::kEntry, 0)
                                        : stream.TrimToId(least, Stream::TrimBy::kEntry, 0);
      if (by_size) {
        while (model.size() > kept) model.erase(model.begin());
      } else {
        model.erase(model.begin(), model.lower_bound(least));
      }
      EXPECT_EQ(trim.count, 294 - model.size());
      EXPECT_EQ(stream.RemoveThrough(trim.last_id), trim.count);
      ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model));
      EXPECT_EQ(stream.entries_added(), 300u);
    }
  }
}

TEST(StreamTest, TrimsByBlockKeepBlocksAndTheLimit) {
  Stream stream;
  EntryModel model;
  Fill(1000, &stream, &model);
  const auto by_block = Stream::TrimBy::kBlock;
  EXPECT_EQ(stream.TrimToSize(950, by_block, 0).count, 0u);
  EXPECT_EQ(stream.TrimToSize(900, by_block, 0).count, 100u);
  EXPECT_EQ(stream.TrimToSize(0, by_block, 0).count, 1000u);
  EXPECT_EQ(stream.TrimToSize(0, by_block, 250).count, 200u);
  EXPECT_EQ(stream.TrimToSize(0, by_block, 99).count, 0u);
  EXPECT_EQ(stream.TrimToSize(2000, by_block, 0).count, 0u);
  EXPECT_EQ(stream.TrimToId({150, 0}, by_block, 0).count, 100u);
  EXPECT_EQ(stream.TrimToId({100, 0}, by_block, 0).count, 0u);
  EXPECT_EQ(stream.TrimToId({100, 1}, by_block, 0).last_id, (StreamId{100, 0}));
  EXPECT_EQ(stream.TrimToId(kGreatestStreamId, by_block, 300).count, 300u);
  stream.Delete({50, 0});
  EXPECT_EQ(stream.TrimToSize(900, by_block, 0).count, 99u);
  EXPECT_EQ(stream.TrimToSize(901, by_block, 0).count, 0u);
}

TEST(StreamTest, WhatWasRemovedIsPutBack) {
  Stream stream;
  EntryModel model;
  Fill(350, &stream, &model);
  for (const uint64_t last : {1u, 50u, 100u, 101u, 349u, 350u}) {
    const size_t gone = stream.RemoveThrough({last, 0});
    ASSERT_EQ(gone, last);
    for (uint64_t ms = 1; ms <= last; ++ms) {
      ASSERT_TRUE(Add(&stream, {ms, 0}, model[{ms, 0}]));
    }
    ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model));
    ASSERT_EQ(stream.entries_added(), 350u);
    ASSERT_EQ(stream.last_id(), (StreamId{350, 0}));
  }
  for (const uint64_t ms : {1u, 2u, 99u, 100u, 101u, 349u, 350u}) {
    ASSERT_TRUE(stream.Delete({ms, 0}));
    ASSERT_TRUE(Add(&stream, {ms, 0}, model[{ms, 0}]));
    ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model));
  }
  // From the middle, whole blocks among them.
  for (uint64_t ms = 90; ms <= 210; ++ms) ASSERT_TRUE(stream.Delete({ms, 0}));
  for (uint64_t ms = 90; ms <= 210; ++ms) {
    ASSERT_TRUE(Add(&stream, {ms, 0}, model[{ms, 0}]));
  }
  ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model));
}

// As a transaction that is taken back leaves it.
TEST(StreamTest, ADeletedTailGivesWayToOtherEntries) {
  Stream stream;
  EntryModel model;
  Fill(30, &stream, &model);
  const size_t bytes = stream.memory_bytes();
  for (int round = 0; round < 200; ++round) {
    for (uint64_t sequence = 1; sequence < 5; ++sequence) {
      ASSERT_TRUE(Add(&stream, {30, sequence}, kFields));
    }
    for (uint64_t sequence = 4; sequence > 0; --sequence) stream.Delete({30, sequence});
    stream.SetIds({30, 0}, kNoStreamId, 30);
    ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model));
  }
  EXPECT_LE(stream.memory_bytes(), bytes + 512);
  // With the block's names, where those that were dropped had their own.
  for (const uint64_t sequence : {1u, 2u}) {
    ASSERT_TRUE(Add(&stream, {30, sequence}, {{"name", "another"}}));
    model[{30, sequence}] = {{"name", "another"}};
  }
  ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model));
}

// As a transaction does that is taken back after it deleted from a block and then all of it: what
// the block was is made anew without what was deleted first.
TEST(StreamTest, WhatWasRemovedIsPutBackInAnyOrder) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  std::mt19937_64 shuffler(seed);
  Stream stream;
  EntryModel model;
  Fill(350, &stream, &model);
  for (int round = 0; round < 50; ++round) {
    std::vector<uint64_t> gone(1 + random.Below(200));
    std::iota(gone.begin(), gone.end(), 1 + random.Below(150));
    std::shuffle(gone.begin(), gone.end(), shuffler);
    for (const uint64_t ms : gone) ASSERT_TRUE(stream.Delete({ms, 0}));
    std::shuffle(gone.begin(), gone.end(), shuffler);
    for (const uint64_t ms : gone) ASSERT_TRUE(Add(&stream, {ms, 0}, model[{ms, 0}]));
    ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model)) << "round " << round;
    ASSERT_EQ(stream.entries_added(), 350u);
  }
  EXPECT_EQ(stream.RemoveThrough({350, 0}), 350u);
  EXPECT_EQ(stream.block_count(), 0u);
  EXPECT_EQ(stream.memory_bytes(), Stream().memory_bytes());
}

TEST(StreamTest, AnIdIsNotThereTwice) {
  Stream stream;
  Add(&stream, {1, 0}, kFields);
  Add(&stream, {3, 0}, kFields);
  Add(&stream, {5, 0}, kFields);
  EXPECT_FALSE(Add(&stream, {3, 0}, kFields));
  stream.Delete({3, 0});
  EXPECT_FALSE(Add(&stream, {3, 0}, {{"other", "fields"}}));
  EXPECT_TRUE(Add(&stream, {3, 0}, kFields));
  EXPECT_EQ(stream.size(), 3u);
  EXPECT_TRUE(Add(&stream, {4, 0}, kFields));
  EXPECT_FALSE(Add(&stream, {4, 0}, kFields));
  EXPECT_EQ(stream.size(), 4u);
}

// ---- Random changes ----

FieldTexts RandomFields(Random* random) {
  FieldTexts fields;
  const bool usual = !random->OneIn(5);
  const size_t count = usual ? 2 : 1 + random->Below(5);
  for (size_t i = 0; i < count; ++i) {
    fields.emplace_back(usual ? "field" + std::to_string(i) : RandomValue(random),
                        RandomValue(random));
  }
  return fields;
}

StreamId RandomIdIn(const EntryModel& model, Random* random) {
  if (model.empty()) return {random->Below(5), random->Below(5)};
  auto each = model.begin();
  std::advance(each, static_cast<ptrdiff_t>(random->Below(model.size())));
  return {each->first.ms, each->first.sequence + random->Below(2)};
}

void Trim(Random* random, Stream* stream, EntryModel* model) {
  const auto by = random->OneIn(2) ? Stream::TrimBy::kEntry : Stream::TrimBy::kBlock;
  const size_t limit = by == Stream::TrimBy::kEntry || random->OneIn(2) ? 0 : random->Below(300);
  const size_t most = model->size() - random->Below(std::min<size_t>(model->size(), 200) + 1);
  const StreamId least = RandomIdIn(*model, random);
  const bool by_size = random->OneIn(2);
  const Stream::Trim trim =
      by_size ? stream->TrimToSize(most, by, limit) : stream->TrimToId(least, by, limit);
  if (!by_size && trim.count > 100 && random->OneIn(2)) return;  // or little is left
  ASSERT_EQ(stream->RemoveThrough(trim.last_id), trim.count);
  const size_t exact =
      by_size ? model->size() - most
              : static_cast<size_t>(std::distance(model->begin(), model->lower_bound(least)));
  if (by == Stream::TrimBy::kEntry) {
    ASSERT_EQ(trim.count, exact);
  }
  ASSERT_LE(trim.count, exact);
  if (limit > 0) {
    ASSERT_LE(trim.count, limit);
  }
  model->erase(model->begin(), std::next(model->begin(), static_cast<ptrdiff_t>(trim.count)));
}

void ChangeOften(Random* random, Stream* stream, EntryModel* model) {
  StreamId last = kNoStreamId;
  uint64_t added = 0;
  for (int step = 0; step < 6000; ++step) {
    const uint64_t dice = random->Below(100);
    if (dice < 75) {
      last = random->OneIn(2) ? StreamId{last.ms + 1 + random->Below(1000), random->Below(3)}
                              : *last.Next();
      const FieldTexts fields = RandomFields(random);
      ASSERT_TRUE(Add(stream, last, fields));
      (*model)[last] = fields;
      ++added;
    } else if (dice < 98) {
      const StreamId id = RandomIdIn(*model, random);
      const auto found = model->find(id);
      ASSERT_EQ(stream->Delete(id), found != model->end());
      if (found == model->end()) continue;
      if (random->OneIn(4)) {
        ASSERT_TRUE(Add(stream, id, found->second));
      } else {
        model->erase(found);
      }
    } else {
      ASSERT_NO_FATAL_FAILURE(Trim(random, stream, model));
    }
    ASSERT_EQ(stream->last_id(), last);
    ASSERT_EQ(stream->entries_added(), added);
    ASSERT_NO_FATAL_FAILURE(ExpectSameAt(*stream, *model, RandomIdIn(*model, random)));
    if (step % 100 != 0) continue;
    ASSERT_NO_FATAL_FAILURE(ExpectSame(*stream, *model));
    ASSERT_NO_FATAL_FAILURE(ExpectSame(Stream(*stream), *model));
  }
}

TEST(StreamTest, AgreesWithAMapUnderRandomChanges) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 3; ++round) {
    const size_t live_before = live_bytes;
    Stream stream;
    {
      EntryModel model;
      ChangeOften(&random, &stream, &model);
      if (HasFatalFailure()) return;
    }
    EXPECT_EQ(stream.memory_bytes(), live_bytes - live_before);
  }
}

}  // namespace
}  // namespace kontor
