#ifndef KONTOR_TESTS_UNIT_TYPES_STREAM_MODEL_H_
#define KONTOR_TESTS_UNIT_TYPES_STREAM_MODEL_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "types/stream.h"

// What a stream is compared with.
namespace kontor {

using FieldTexts = std::vector<std::pair<std::string, std::string>>;
using EntryModel = std::map<StreamId, FieldTexts>;

inline std::vector<StreamField> FieldsOf(const FieldTexts& texts) {
  std::vector<StreamField> fields;
  for (const auto& [name, value] : texts) fields.push_back({name, value});
  return fields;
}

inline FieldTexts TextsOf(const Stream::Entry& entry) {
  FieldTexts texts;
  entry.ForEach([&](const Element& name, const Element& value) {
    texts.emplace_back(name.bytes(), value.bytes());
  });
  EXPECT_EQ(texts.size(), entry.size());
  return texts;
}

inline bool Add(Stream* stream, const StreamId& id, const FieldTexts& texts) {
  return stream->Add(id, FieldsOf(texts));
}

inline EntryModel EntriesOf(const Stream& stream) {
  EntryModel entries;
  for (Stream::Iterator each = stream.From(kNoStreamId); each.valid(); each.Next()) {
    EXPECT_TRUE(entries.empty() || entries.rbegin()->first < each.id());
    entries.emplace(each.id(), TextsOf(each.entry()));
  }
  return entries;
}

inline EntryModel EntriesBackwards(const Stream& stream) {
  EntryModel entries;
  for (Stream::Iterator each = stream.Until(kGreatestStreamId); each.valid(); each.Previous()) {
    EXPECT_TRUE(entries.empty() || each.id() < entries.begin()->first);
    entries.emplace(each.id(), TextsOf(each.entry()));
  }
  return entries;
}

inline void ExpectSame(const Stream& stream, const EntryModel& model) {
  ASSERT_EQ(stream.size(), model.size());
  ASSERT_EQ(stream.first_id(), model.empty() ? kNoStreamId : model.begin()->first);
  ASSERT_TRUE(EntriesOf(stream) == model);
  ASSERT_TRUE(EntriesBackwards(stream) == model);
}

// Everything that can be asked about one id.
inline void ExpectSameAt(const Stream& stream, const EntryModel& model, const StreamId& id) {
  const auto after = model.lower_bound(id);
  const Stream::Iterator from = stream.From(id);
  ASSERT_EQ(from.valid(), after != model.end());
  if (from.valid()) {
    ASSERT_EQ(from.id(), after->first);
    ASSERT_TRUE(TextsOf(from.entry()) == after->second);
  }
  const auto behind = model.upper_bound(id);
  const Stream::Iterator until = stream.Until(id);
  ASSERT_EQ(until.valid(), behind != model.begin());
  if (until.valid()) {
    ASSERT_EQ(until.id(), std::prev(behind)->first);
    ASSERT_TRUE(TextsOf(until.entry()) == std::prev(behind)->second);
  }
  ASSERT_EQ(stream.Contains(id), model.contains(id));
}

struct PendingModel {
  std::string consumer;
  int64_t delivered_unix_ms;
  uint64_t deliveries;

  friend bool operator==(const PendingModel&, const PendingModel&) = default;
};

struct GroupModel {
  StreamId last_delivered_id = kNoStreamId;
  std::optional<uint64_t> entries_read;
  std::map<std::string, std::pair<int64_t, int64_t>> consumers;  // seen, active
  std::map<StreamId, PendingModel> pending;

  friend bool operator==(const GroupModel&, const GroupModel&) = default;
};

using GroupModels = std::map<std::string, GroupModel>;

// All of a group, read in all three ways: by id, by consumer and by the time of delivery.
inline GroupModel ModelOf(const ConsumerGroup& group) {
  GroupModel model{group.last_delivered_id, group.entries_read, {}, {}};
  group.pending().ForEach([&](const ConsumerGroup::Pending& each) {
    model.pending[each.id] = {std::string(each.consumer->name()), each.delivered_unix_ms,
                              each.deliveries};
  });
  size_t pending = 0;
  for (const auto& [name, consumer] : group.consumers()) {
    EXPECT_EQ(consumer.name(), name);
    model.consumers[name] = {consumer.seen_unix_ms, consumer.active_unix_ms};
    size_t own = 0;
    for (auto each = consumer.PendingFrom(kNoStreamId); each.valid(); each.Next(), ++own) {
      const ConsumerGroup::Pending* const found = group.Lookup(each.entry());
      EXPECT_TRUE(found != nullptr && found->consumer == &consumer);
    }
    EXPECT_EQ(consumer.pending(), own);
    pending += own;
  }
  EXPECT_EQ(pending, model.pending.size());
  std::set<std::pair<int64_t, StreamId>> deliveries;
  for (const auto& [id, each] : model.pending) deliveries.emplace(each.delivered_unix_ms, id);
  EXPECT_EQ(group.deliveries().size(), deliveries.size());
  auto expected = deliveries.begin();
  for (auto each = group.deliveries().From(0); each.valid(); each.Next(), ++expected) {
    if (std::pair(each.entry().unix_ms, each.entry().id) == *expected) continue;
    ADD_FAILURE() << "deliveries are not in their order";
    break;
  }
  return model;
}

inline GroupModels GroupsOf(const Stream& stream) {
  GroupModels models;
  for (const auto& [name, group] : stream.groups()) models[name] = ModelOf(group);
  return models;
}

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_TYPES_STREAM_MODEL_H_
