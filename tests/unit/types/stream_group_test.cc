#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "types/stream.h"
#include "unit/types/stream_model.h"

namespace kontor {
namespace {

void Fill(uint64_t count, Stream* stream) {
  for (uint64_t ms = 1; ms <= count; ++ms) Add(stream, {ms, 0}, {{"name", std::to_string(ms)}});
}

TEST(StreamGroupTest, GroupsComeAndGo) {
  Stream stream;
  EXPECT_EQ(stream.FindGroup("group"), nullptr);
  ConsumerGroup* const group = stream.AddGroup("group");
  EXPECT_EQ(stream.AddGroup("group"), group);
  group->last_delivered_id = {4, 4};
  EXPECT_EQ(stream.FindGroup("group")->last_delivered_id, (StreamId{4, 4}));
  EXPECT_EQ(stream.groups().size(), 1u);
  EXPECT_TRUE(stream.DeleteGroup("group"));
  EXPECT_FALSE(stream.DeleteGroup("group"));
  EXPECT_EQ(stream.memory_bytes(), 0u);
}

ConsumerGroup* GroupAt(Stream* stream, const StreamId& id, std::optional<uint64_t> read) {
  ConsumerGroup* const group = stream->AddGroup("group");
  group->last_delivered_id = id;
  group->entries_read = read;
  return group;
}

// By the rules of XINFO GROUPS in Redis 7.2.
TEST(StreamGroupTest, TheLagIsWhatWasNotRead) {
  Stream stream;
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, kNoStreamId, std::nullopt)), 0);
  Fill(10, &stream);
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, kNoStreamId, std::nullopt)), 10);
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {1, 0}, std::nullopt)), 9);
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {2, 0}, std::nullopt)), std::nullopt);
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {2, 0}, 2)), 8);
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {10, 0}, std::nullopt)), 0);
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {11, 0}, std::nullopt)), std::nullopt);
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {2, 0}, 12)), -2);
}

TEST(StreamGroupTest, TheLagIsUnknownWhereEntriesAheadWereDeleted) {
  Stream stream;
  Fill(10, &stream);
  stream.Delete({5, 0});
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {2, 0}, 2)), std::nullopt);
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {5, 0}, 5)), std::nullopt);
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {6, 0}, 6)), 4);
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, kNoStreamId, std::nullopt)), std::nullopt);
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {10, 0}, std::nullopt)), 0);
  stream.RemoveThrough({5, 0});
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {2, 0}, std::nullopt)), 5) << "all gaps are trimmed";
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {6, 0}, std::nullopt)), 4);
  stream.RemoveThrough({10, 0});
  EXPECT_EQ(stream.LagOf(*GroupAt(&stream, {2, 0}, std::nullopt)), 0);
}

TEST(StreamGroupTest, EntriesReadCountsOnOrIsFoundAnew) {
  Stream stream;
  Fill(10, &stream);
  EXPECT_EQ(stream.EntriesReadWith(*GroupAt(&stream, {2, 0}, 2), {3, 0}), 3u);
  EXPECT_EQ(stream.EntriesReadWith(*GroupAt(&stream, {2, 0}, std::nullopt), {3, 0}), std::nullopt);
  EXPECT_EQ(stream.EntriesReadWith(*GroupAt(&stream, kNoStreamId, std::nullopt), {1, 0}), 1u);
  EXPECT_EQ(stream.EntriesReadWith(*GroupAt(&stream, {9, 0}, std::nullopt), {10, 0}), 10u);
  stream.Delete({5, 0});
  EXPECT_EQ(stream.EntriesReadWith(*GroupAt(&stream, {2, 0}, 2), {3, 0}), std::nullopt);
  EXPECT_EQ(stream.EntriesReadWith(*GroupAt(&stream, {5, 0}, 5), {6, 0}), 6u);
}

}  // namespace
}  // namespace kontor
