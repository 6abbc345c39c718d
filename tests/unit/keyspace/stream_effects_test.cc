#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/codec.h"
#include "base/random.h"
#include "keyspace/effects_of.h"
#include "keyspace/keyspace.h"
#include "keyspace/stream_codec.h"
#include "unit/test_seed.h"
#include "unit/types/stream_model.h"

namespace kontor {
namespace {

using Effects = EffectsOf<Stream>;
using Kind = KeyEffectKind;

// Everything a stream tells of itself.
std::string TextOf(const Stream& stream) {
  std::string text;
  Effects::Describe(stream, {.kind = Kind::kStreamMake, .key = "key"},
                    [&](const KeyEffect& effect) { EncodeEffect(effect, &text); });
  return text;
}

// As recovery does; false if one of them does not fit.
bool Apply(Bytes encoded, Stream* stream) {
  Decoder decoder(encoded);
  while (!decoder.empty()) {
    Effect effect;
    if (!DecodeEffect(&decoder, &effect)) return false;
    const auto& key_effect = std::get<KeyEffect>(effect);
    if (TypeOfEffect(key_effect.kind) != ValueType::kStream) return false;
    if (Effects::WhyNot(stream, key_effect) != nullptr) return false;
    Effects::Apply(key_effect, stream);
  }
  return true;
}

bool Fits(const Stream& stream, Kind kind, Bytes field, Bytes value) {
  return Effects::WhyNot(&stream, {.kind = kind, .key = "key", .field = field, .value = value}) ==
         nullptr;
}

struct Step {
  Kind kind;
  std::string field;
  std::string value;
};

std::string NameIn(const std::string& prefix, Random* random) {
  return prefix + std::to_string(random->Below(3));
}

std::string RandomFields(Random* random) {
  const std::string value = std::to_string(random->Below(1000));
  std::vector<StreamField> fields = {{"name", value}, {"other", value}};
  if (random->OneIn(4)) fields.pop_back();
  return EncodeStreamFields(fields);
}

Step RandomStep(const Stream& stream, Random* random) {
  const StreamId old{1 + random->Below(stream.last_id().ms + 1), 0};
  const std::string group = NameIn("group", random);
  const std::string consumer = NameIn("consumer", random);
  const auto time = static_cast<int64_t>(random->Below(1000));
  switch (random->Below(20)) {
    case 0:
      return {Kind::kStreamSetGroup, group,
              EncodeStreamGroup(
                  {old, random->OneIn(2) ? std::optional<uint64_t>(time) : std::nullopt})};
    case 1:
      return {Kind::kStreamSetConsumer, group, EncodeStreamConsumer({consumer, time, time - 1})};
    case 2:
      return {Kind::kStreamTrim, EncodeStreamId({old.ms / 3, 0}), ""};
    case 3:
      return {random->OneIn(3) ? Kind::kStreamDeleteGroup : Kind::kStreamDeleteConsumer, group,
              random->OneIn(3) ? "" : consumer};
    case 4:
      return {Kind::kStreamSetIds, "",
              EncodeStreamIds({{stream.last_id().ms + 1, 0}, old, random->Below(5000)})};
    case 5:
    case 6:
      return {Kind::kStreamDelete, EncodeStreamId(old), ""};
    case 7:
    case 8:
    case 9:
      return {Kind::kStreamRemovePending, group, EncodeStreamId({old.ms % 40, 0})};
    case 10:
    case 11:
    case 12:
    case 13:
      return {Kind::kStreamSetPending, group,
              EncodeStreamPending({{old.ms % 40, 0}, consumer, time, old.ms})};
    default:
      return {Kind::kStreamAdd, EncodeStreamId({stream.last_id().ms + 1, 0}), RandomFields(random)};
  }
}

// Applied last first, as a transaction does that is taken back.
void TakeBack(const std::vector<std::string>& inverses, Stream* stream) {
  for (auto each = inverses.rbegin(); each != inverses.rend(); ++each) {
    ASSERT_TRUE(Apply(*each, stream));
  }
}

TEST(StreamEffectsTest, AnyEffectsAreTakenBackAndToldAnew) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  Stream stream;
  size_t applied = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string before = TextOf(stream);
    std::vector<std::string> inverses;
    for (uint64_t steps = random.Below(30); steps > 0; --steps) {
      const Step step = RandomStep(stream, &random);
      const KeyEffect effect{
          .kind = step.kind, .key = "key", .field = step.field, .value = step.value};
      if (Effects::WhyNot(&stream, effect) != nullptr) continue;
      ASSERT_TRUE(Effects::TellInverse(stream, effect, [&](const KeyEffect& inverse) {
        EncodeEffect(inverse, &inverses.emplace_back());
      }));
      Effects::Apply(effect, &stream);
      ++applied;
    }
    if (random.OneIn(2)) {
      ASSERT_NO_FATAL_FAILURE(TakeBack(inverses, &stream));
      ASSERT_TRUE(TextOf(stream) == before) << "round " << round;
    }
    Stream told;
    ASSERT_TRUE(Apply(TextOf(stream), &told));
    ASSERT_TRUE(TextOf(told) == TextOf(stream));
    ASSERT_TRUE(EntriesOf(told) == EntriesOf(stream));
    ASSERT_TRUE(GroupsOf(told) == GroupsOf(stream));
    ASSERT_EQ(told.entries_added(), stream.entries_added());
  }
  EXPECT_GT(applied, 2000u);
  EXPECT_GT(stream.size(), 10u);
}

TEST(StreamEffectsTest, AllNeedTheStreamButThoseThatMakeIt) {
  const StreamField fields[] = {{"a", "1"}};
  const std::string id = EncodeStreamId({1, 0});
  const std::string encoded = EncodeStreamFields(fields);
  const KeyEffect add = {.kind = Kind::kStreamAdd, .key = "key", .field = id, .value = encoded};
  EXPECT_TRUE(Effects::Makes(Kind::kStreamMake));
  EXPECT_TRUE(Effects::Makes(Kind::kStreamAdd));
  EXPECT_EQ(Effects::WhyNot(nullptr, {.kind = Kind::kStreamMake, .key = "key"}), nullptr);
  EXPECT_EQ(Effects::WhyNot(nullptr, add), nullptr);
  EXPECT_NE(Effects::WhyNot(nullptr, {.kind = Kind::kStreamAdd, .key = "key"}), nullptr);
  for (int kind = 42; kind <= 50; ++kind) {
    EXPECT_FALSE(Effects::Makes(static_cast<Kind>(kind)));
    EXPECT_NE(Effects::WhyNot(nullptr, {.kind = static_cast<Kind>(kind), .key = "key"}), nullptr);
  }
}

TEST(StreamEffectsTest, WhatDoesNotFitIsRefused) {
  Stream stream;
  Add(&stream, {1, 0}, {{"a", "1"}});
  Add(&stream, {3, 0}, {{"a", "3"}});
  const StreamField fields[] = {{"a", "1"}};
  const std::string encoded = EncodeStreamFields(fields);
  EXPECT_TRUE(Fits(stream, Kind::kStreamAdd, EncodeStreamId({4, 0}), encoded));
  EXPECT_FALSE(Fits(stream, Kind::kStreamAdd, EncodeStreamId({3, 0}), encoded));
  EXPECT_TRUE(Fits(stream, Kind::kStreamAdd, EncodeStreamId({2, 0}), encoded));
  EXPECT_FALSE(Fits(stream, Kind::kStreamAdd, EncodeStreamId(kNoStreamId), encoded));
  EXPECT_FALSE(Fits(stream, Kind::kStreamAdd, EncodeStreamId({4, 0}), ""));
  const std::string consumer = EncodeStreamConsumer({"ann", 1, -1});
  const std::string pending = EncodeStreamPending({{1, 0}, "ann", 1, 1});
  EXPECT_FALSE(Fits(stream, Kind::kStreamSetConsumer, "group", consumer));
  EXPECT_FALSE(Fits(stream, Kind::kStreamDeleteConsumer, "group", "ann"));
  EXPECT_FALSE(Fits(stream, Kind::kStreamRemovePending, "group", EncodeStreamId({1, 0})));
  ConsumerGroup* const group = stream.AddGroup("group");
  EXPECT_TRUE(Fits(stream, Kind::kStreamSetConsumer, "group", consumer));
  EXPECT_FALSE(Fits(stream, Kind::kStreamSetPending, "group", pending));
  group->AddConsumer("ann");
  EXPECT_TRUE(Fits(stream, Kind::kStreamSetPending, "group", pending));
}

// Every piece of what is right, and more than that.
TEST(StreamEffectsTest, WhatIsMalformedIsRefused) {
  Stream stream;
  stream.AddGroup("group")->AddConsumer("ann");
  const StreamField fields[] = {{"a name", "a value"}};
  const std::string id = EncodeStreamId({1000, 1000});
  const std::vector<Step> steps = {
      {Kind::kStreamSetIds, "", EncodeStreamIds({{1000, 0}, {500, 0}, 1000})},
      {Kind::kStreamSetConsumer, "group", EncodeStreamConsumer({"ann", 1000, -1})},
      {Kind::kStreamSetPending, "group", EncodeStreamPending({{1000, 1}, "ann", 1000, 1000})},
      {Kind::kStreamRemovePending, "group", id},
      {Kind::kStreamAdd, id, EncodeStreamFields(fields)}};
  for (const Step& step : steps) {
    EXPECT_TRUE(Fits(stream, step.kind, step.field, step.value));
    EXPECT_FALSE(Fits(stream, step.kind, step.field, step.value + "x"));
    for (size_t length = 0; length < step.value.size(); ++length) {
      EXPECT_FALSE(Fits(stream, step.kind, step.field, step.value.substr(0, length)));
    }
  }
  for (const Kind kind : {Kind::kStreamDelete, Kind::kStreamTrim}) {
    EXPECT_TRUE(Fits(stream, kind, id, ""));
    EXPECT_FALSE(Fits(stream, kind, id + "x", ""));
    EXPECT_FALSE(Fits(stream, kind, id.substr(0, 3), ""));
  }
  const std::string group = EncodeStreamGroup({{1000, 0}, 1000});
  EXPECT_TRUE(Fits(stream, Kind::kStreamSetGroup, "group", group));
  EXPECT_FALSE(Fits(stream, Kind::kStreamSetGroup, "group", group + "x"));
  EXPECT_FALSE(Fits(stream, Kind::kStreamSetGroup, "group", group.substr(0, 2)));
}

// Single-threaded, so no locks are taken.
TEST(StreamEffectsTest, AKeyKeepsAStreamWithoutEntries) {
  Keyspace keyspace(4, 1);
  const std::string id = EncodeStreamId({1, 0});
  const StreamField fields[] = {{"a name", "a value"}};
  const std::string encoded = EncodeStreamFields(fields);
  const KeyEffect add{.kind = Kind::kStreamAdd, .key = "s", .field = id, .value = encoded};
  const KeyEffect remove{.kind = Kind::kStreamDelete, .key = "s", .field = id};
  EXPECT_EQ(keyspace.Apply(remove).code(), Code::kCorrupt) << "there is no stream yet";
  EXPECT_EQ(keyspace.Find(0, "s"), nullptr);
  ASSERT_TRUE(keyspace.Apply(add).ok());
  ASSERT_TRUE(keyspace.Apply({.kind = Kind::kStreamMake, .key = "s"}).ok());
  ASSERT_EQ(keyspace.Find(0, "s")->As<Stream>()->size(), 1u);
  EXPECT_EQ(TypeName(keyspace.Find(0, "s")->type()), "stream");
  ASSERT_TRUE(keyspace.Apply(remove).ok());
  ASSERT_NE(keyspace.Find(0, "s"), nullptr);
  EXPECT_EQ(keyspace.Find(0, "s")->As<Stream>()->last_id(), (StreamId{1, 0}));
  EXPECT_EQ(keyspace.Apply({.kind = Kind::kHashSet, .key = "s", .field = "f", .value = "v"}).code(),
            Code::kCorrupt);

  Keyspace rebuilt(4, 1);
  keyspace.Find(0, "s")->Describe(
      0, [&](const KeyEffect& effect) { ASSERT_TRUE(rebuilt.Apply(effect).ok()); });
  ASSERT_NE(rebuilt.Find(0, "s"), nullptr);
  EXPECT_EQ(TextOf(*rebuilt.Find(0, "s")->As<Stream>()),
            TextOf(*keyspace.Find(0, "s")->As<Stream>()));
}

}  // namespace
}  // namespace kontor
