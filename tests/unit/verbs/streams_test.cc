#include "verbs/streams.h"

#include <string>
#include <vector>

#include "unit/verbs/core_fixture.h"
#include "verbs/stream_deliveries.h"
#include "verbs/stream_groups.h"

namespace kontor::verbs {
namespace {

class StreamVerbTest : public CoreTest {
 protected:
  Result<std::optional<StreamId>> Add(const StreamAddition& addition) {
    return Run([&](Operation& operation) { return StreamAdd(operation, "s", addition); });
  }
  void AddAll(uint64_t first, uint64_t last) {
    for (uint64_t ms = first; ms <= last; ++ms) {
      ASSERT_TRUE(Add({.id = NewStreamId{{ms, 0}, true}, .fields = {{"a", "1"}}, .trim = {}}).ok());
    }
  }
  void MakeGroup(Bytes name, const StreamId& last_id) {
    ASSERT_TRUE(*Run([&](Operation& operation) {
      return StreamGroupMake(operation, "s", name,
                             {.last_delivered_id = last_id, .entries_read = {}});
    }));
  }
  std::vector<StreamId> Ids() {
    return Run([&](Operation& operation) {
      std::vector<StreamId> ids;
      const Stream* const stream = *StreamFind(operation, "s");
      for (const Stream::Entry& entry : StreamEntries(*stream, {})) ids.push_back(entry.id());
      return ids;
    });
  }
  // The ids that a read delivers.
  std::vector<StreamId> Read(Bytes group, Bytes consumer, const StreamNews& news) {
    return Run([&](Operation& operation) {
      std::vector<StreamId> ids;
      const auto read =
          StreamReadNew(operation, {.key = "s", .group = group, .consumer = consumer}, news);
      for (const StreamDelivery& each : *read) ids.push_back(each.id);
      return ids;
    });
  }
};

TEST_F(StreamVerbTest, ARefusedEntryChangesNothing) {
  EXPECT_FALSE(
      Add({.id = NewStreamId{kNoStreamId, true}, .fields = {{"a", "1"}}, .trim = {}}).ok());
  EXPECT_EQ(effects(), 0U);
  EXPECT_FALSE(Exists("s"));
  AddAll(5, 5);
  EXPECT_FALSE(Add({.id = NewStreamId{{5, 0}, true}, .fields = {{"a", "1"}}, .trim = {}}).ok());
  EXPECT_EQ(effects(), 0U);
  SetString("text", "x");
  const auto refused = Run([&](Operation& operation) {
    return StreamAdd(operation, "text", {.id = {}, .fields = {{"a", "1"}}, .trim = {}});
  });
  EXPECT_EQ(refused.status().code(), Code::kWrongType);
}

TEST_F(StreamVerbTest, IdsOfTheClockGoOnWhenItIsSetBack) {
  const uint64_t now = static_cast<uint64_t>(clock_.UnixMs());
  AddAll(now + 7, now + 7);
  const Result<std::optional<StreamId>> id = Add({.id = {}, .fields = {{"a", "1"}}, .trim = {}});
  EXPECT_EQ(**id, (StreamId{now + 7, 1}));
}

TEST_F(StreamVerbTest, ATrimThatDropsReferencesLeavesNothingPending) {
  AddAll(1, 3);
  MakeGroup("g", kNoStreamId);
  EXPECT_EQ(Read("g", "c", {}).size(), 3U);
  const auto trimmed = Run([](Operation& operation) {
    return StreamTrimTo(operation, "s", {.most_entries = 1, .references = StreamReferences::kDrop});
  });
  EXPECT_EQ(*trimmed, 2U);
  EXPECT_EQ(Run([](Operation& operation) {
              return StreamGroupFind(operation, "s", "g")->group->pending().size();
            }),
            1U);
}

// What must stay is passed over, and what lies behind it goes instead.
TEST_F(StreamVerbTest, ATrimThatRespectsReferencesGoesOnBehindThem) {
  AddAll(1, 4);
  MakeGroup("g", {3, 0});
  MakeGroup("h", kNoStreamId);
  EXPECT_EQ(Read("h", "c", {.most = 3}).size(), 3U);
  Run([](Operation& operation) {
    const StreamId ids[] = {{2, 0}, {3, 0}};
    return *StreamAcknowledge(operation, "s", "h", ids);
  });
  const auto trimmed = Run([](Operation& operation) {
    return StreamTrimTo(operation, "s",
                        {.most_entries = 1, .references = StreamReferences::kRespect});
  });
  EXPECT_EQ(*trimmed, 2U);
  EXPECT_EQ(Ids(), (std::vector<StreamId>{{1, 0}, {4, 0}}));
  // As after any trim.
  EXPECT_EQ(
      Run([](Operation& operation) { return (*StreamFind(operation, "s"))->max_deleted_id(); }),
      kNoStreamId);
}

TEST_F(StreamVerbTest, WhatIsReadIsCounted) {
  AddAll(1, 3);
  MakeGroup("g", kNoStreamId);
  EXPECT_EQ(Read("g", "c", {.most = 2}), (std::vector<StreamId>{{1, 0}, {2, 0}}));
  const auto group = [&](auto ask) {
    return Run(
        [&](Operation& operation) { return ask(*StreamGroupFind(operation, "s", "g")->group); });
  };
  EXPECT_EQ(group([](const ConsumerGroup& found) { return *found.entries_read; }), 2U);
  EXPECT_EQ(group([](const ConsumerGroup& found) { return found.last_delivered_id; }),
            (StreamId{2, 0}));
  EXPECT_EQ(Read("g", "d", {.acknowledged = true}), (std::vector<StreamId>{{3, 0}}));
  EXPECT_EQ(group([](const ConsumerGroup& found) { return found.pending().size(); }), 2U);
  EXPECT_EQ(Read("g", "d", {}), std::vector<StreamId>());
}

TEST_F(StreamVerbTest, TellsWhenSomethingCanBeClaimed) {
  AddAll(1, 2);
  MakeGroup("g", kNoStreamId);
  const auto claimable_in = [&] {
    return Run([](Operation& operation) { return *StreamClaimableIn(operation, "s", "g", 30); });
  };
  EXPECT_EQ(claimable_in(), -1);
  Read("g", "c", {.most = 1});
  clock_.AdvanceMs(10);
  EXPECT_EQ(claimable_in(), 20);
  clock_.AdvanceMs(25);
  EXPECT_EQ(claimable_in(), 0);
  Run([](Operation& operation) {
    const StreamId ids[] = {{1, 0}};
    return *StreamDelete(operation, "s", ids);
  });
  EXPECT_EQ(claimable_in(), -1);
}

}  // namespace
}  // namespace kontor::verbs
