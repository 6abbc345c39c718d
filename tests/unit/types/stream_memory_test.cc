#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "types/stream.h"
#include "unit/types/memory.h"
#include "unit/types/stream_model.h"

namespace kontor {
namespace {

using testing_memory::live_bytes;
using testing_memory::UntilItSucceeds;
using testing_memory::WithoutMemory;

void Fill(uint64_t count, Stream* stream) {
  for (uint64_t ms = 1; ms <= count; ++ms) Add(stream, {ms, 0}, {{"name", std::to_string(ms)}});
}

FieldTexts FieldsAt(uint64_t step) {
  FieldTexts fields = {{"name", std::to_string(step)}, {"other", "value"}};
  if (step % 7 == 0) fields[1].first = "own name";
  if (step % 97 == 0) fields.emplace_back("large", std::string(9000, 'x'));
  return fields;
}

TEST(StreamMemoryTest, WithoutMemoryNothingChanges) {
  const size_t live_before = live_bytes;
  Stream stream;
  int failures = 0;
  {
    EntryModel model;
    StreamId last = kNoStreamId;
    for (uint64_t step = 1; step <= 700; ++step) {
      const FieldTexts fields = FieldsAt(step);
      const std::vector<StreamField> borrowed = FieldsOf(fields);
      failures += UntilItSucceeds(
          [&] {
            stream.Add({step, 0}, borrowed);
          },
          [&] {
            ASSERT_EQ(stream.size(), model.size());
            ASSERT_EQ(stream.last_id(), last);
            ASSERT_EQ(stream.entries_added(), step - 1);
            ASSERT_TRUE(EntriesBackwards(stream) == model);
            ASSERT_TRUE(EntriesOf(stream) == model);
          });
      last = {step, 0};
      model[last] = fields;
    }
    ASSERT_TRUE(EntriesOf(stream) == model);
    // What was removed comes back into what is left, or into blocks of its own.
    for (const uint64_t through : {50u, 350u}) {
      stream.RemoveThrough({through, 0});
      EntryModel left(model.upper_bound({through, 0}), model.end());
      for (uint64_t ms = 1; ms <= through; ++ms) {
        const std::vector<StreamField> borrowed = FieldsOf(model[{ms, 0}]);
        failures += UntilItSucceeds(
            [&] {
              stream.Add({ms, 0}, borrowed);
            },
            [&] { ASSERT_TRUE(EntriesOf(stream) == left); });
        left[{ms, 0}] = model[{ms, 0}];
      }
      ASSERT_TRUE(EntriesOf(stream) == model);
    }
  }
  EXPECT_GT(failures, 100);
  EXPECT_EQ(stream.memory_bytes(), live_bytes - live_before);
}

TEST(StreamMemoryTest, MemoryIsCounted) {
  const size_t live_before = live_bytes;
  Stream stream;
  for (uint64_t step = 1; step <= 3000; ++step) {
    Add(&stream, {step, 0}, FieldsAt(step));
    if (step % 3 == 0) stream.Delete({step / 2, 0});
    if (step % 500 == 0) stream.RemoveThrough({step - 300, 0});
    if (step % 10 == 0) stream.AddGroup("a group with a name " + std::to_string(step));
    if (step % 40 == 0) stream.DeleteGroup("a group with a name " + std::to_string(step));
    ASSERT_EQ(stream.memory_bytes(), live_bytes - live_before);
  }
  for (const auto& [name, unused] : stream.groups()) {
    ConsumerGroup* const group = stream.FindGroup(name);
    group->SetPending({{1, 1}, group->AddConsumer("consumer"), 0, 0});
    ASSERT_EQ(stream.memory_bytes(), live_bytes - live_before);
  }
  const Stream copy(stream);
  EXPECT_EQ(stream.memory_bytes() + copy.memory_bytes(), live_bytes - live_before);
}

TEST(StreamMemoryTest, RemovingAndRestoringNeedNoMemory) {
  Stream stream;
  Fill(1000, &stream);
  const EntryModel model = EntriesOf(stream);
  const StreamField middle[] = {{"name", "555"}};
  WithoutMemory([&] {
    EXPECT_TRUE(stream.Delete({555, 0}));
    EXPECT_TRUE(stream.Add({555, 0}, middle));
  });
  ASSERT_NO_FATAL_FAILURE(ExpectSame(stream, model));
  WithoutMemory([&] {
    for (uint64_t ms = 1; ms <= 1000; ms += 2) EXPECT_TRUE(stream.Delete({ms, 0}));
    for (uint64_t ms = 302; ms <= 400; ms += 2) EXPECT_TRUE(stream.Delete({ms, 0}));
    EXPECT_EQ(stream.RemoveThrough({250, 0}), 125u);
    const Stream::Trim trim = stream.TrimToSize(100, Stream::TrimBy::kEntry, 0);
    EXPECT_EQ(stream.RemoveThrough(trim.last_id), trim.count);
  });
  EXPECT_EQ(stream.size(), 100u);
  EXPECT_EQ(EntriesBackwards(stream).size(), 100u);
}

TEST(StreamMemoryTest, ACopyThatFailsLeavesNothing) {
  Stream stream;
  Fill(400, &stream);
  for (const char* name : {"one", "two"}) {
    ConsumerGroup* const group = stream.AddGroup(name);
    for (uint64_t ms = 1; ms <= 100; ++ms) {
      group->SetPending({{ms, 0}, group->AddConsumer("consumer"), 5, ms});
    }
    group->entries_read = 7;
  }
  const EntryModel entries = EntriesOf(stream);
  const GroupModels groups = GroupsOf(stream);
  const size_t live_before = live_bytes;
  const int failures = UntilItSucceeds(
      [&] {
        const Stream copy(stream);
        testing_memory::fail_at = 0;
        ASSERT_NO_FATAL_FAILURE(ExpectSame(copy, entries));
        ASSERT_TRUE(GroupsOf(copy) == groups);
        ASSERT_EQ(copy.last_id(), stream.last_id());
        ASSERT_EQ(copy.entries_added(), stream.entries_added());
      },
      [&] { ASSERT_EQ(live_bytes, live_before); });
  EXPECT_GT(failures, 20);
}

TEST(StreamMemoryTest, StreamsAreLean) {
  Stream stream;
  for (uint64_t i = 0; i < 100000; ++i) {
    Add(&stream, {1526919030474 + i / 3, i % 3},
        {{"field1", "value " + std::to_string(1000 + i % 9000)},
         {"field2", "value " + std::to_string(1000 + i % 9000)}});
  }
  // 20 bytes of values.
  EXPECT_LE(stream.memory_bytes(), 100000u * 31);
  ConsumerGroup* const group = stream.AddGroup("group");
  ConsumerGroup::Consumer* const consumer = group->AddConsumer("consumer");
  for (Stream::Iterator each = stream.From(kNoStreamId); each.valid(); each.Next()) {
    group->SetPending({each.id(), consumer, 1526919030474, 1});
  }
  EXPECT_LE(group->memory_bytes(), 100000u * 96);  // of Redis 7.0: 114, by its used_memory
}

}  // namespace
}  // namespace kontor
