#include "base/effect.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "base/random.h"

namespace kontor {
namespace {

// One effect of every kind, with every field that kind carries away from its default.
std::vector<Effect> OneOfEach() {
  using K = KeyEffectKind;
  using Q = QueueEffectKind;
  return {
      KeyEffect{.kind = K::kStringSet, .database = 15, .key = "k", .value = "v", .number = 1},
      KeyEffect{.kind = K::kStringWrite, .key = "k", .value = "v", .number = 7},
      KeyEffect{.kind = K::kKeyDelete, .key = "k"},
      KeyEffect{.kind = K::kKeyExpire, .key = "k", .number = 1'700'000'000'000},
      KeyEffect{.kind = K::kKeyMove, .key = "k", .field = "target", .number = 15},
      KeyEffect{.kind = K::kKeyCopy, .key = "k", .field = "target", .number = 3},
      KeyEffect{.kind = K::kHashSet, .database = 1, .key = "k", .field = "f", .value = "v"},
      KeyEffect{.kind = K::kHashDelete, .key = "k", .field = "f"},
      KeyEffect{.kind = K::kHashExpire, .key = "k", .field = "f", .number = 1'700'000'000'000},
      KeyEffect{.kind = K::kHashDeleteEarliest, .key = "k", .number = 12},
      KeyEffect{.kind = K::kHashSetValue, .key = "k", .field = "f", .value = "v"},
      KeyEffect{.kind = K::kSetAdd, .key = "k", .field = "m"},
      KeyEffect{.kind = K::kSetRemove, .key = "k", .field = "m"},
      KeyEffect{.kind = K::kListPushFront, .key = "k", .value = "v"},
      KeyEffect{.kind = K::kListPushBack, .key = "k", .value = "v"},
      KeyEffect{.kind = K::kListPopFront, .key = "k", .number = 2},
      KeyEffect{.kind = K::kListPopBack, .key = "k", .number = 3},
      KeyEffect{.kind = K::kListSet, .key = "k", .value = "v", .number = 4},
      KeyEffect{.kind = K::kListInsert, .key = "k", .value = "v", .number = 5},
      KeyEffect{.kind = K::kListErase, .key = "k", .number = 6},
      KeyEffect{.kind = K::kListRemove, .key = "k", .value = "v", .number = -7},
      KeyEffect{.kind = K::kSetAdd, .key = "k", .field = "member"},
      KeyEffect{.kind = K::kSetRemove, .key = "k", .field = "member"},
      KeyEffect{.kind = K::kSortedSetSet,
                .key = "k",
                .field = "member",
                .number = std::bit_cast<int64_t>(-0.1)},
      KeyEffect{.kind = K::kSortedSetRemove, .key = "k", .field = "member"},
      KeyEffect{.kind = K::kDatabaseFlush, .database = 9},
      KeyEffect{.kind = K::kDatabaseSwap, .database = 1, .number = 2},
      KeyEffect{.kind = K::kStreamMake, .key = "k"},
      KeyEffect{.kind = K::kStreamAdd, .key = "k", .field = "f", .value = "v"},
      KeyEffect{.kind = K::kStreamDelete, .key = "k", .field = "i"},
      KeyEffect{.kind = K::kStreamTrim, .key = "k", .field = "i"},
      KeyEffect{.kind = K::kStreamSetIds, .key = "k", .value = "v"},
      KeyEffect{.kind = K::kStreamSetGroup, .key = "k", .field = "f", .value = "v"},
      KeyEffect{.kind = K::kStreamDeleteGroup, .key = "k", .field = "g"},
      KeyEffect{.kind = K::kStreamSetConsumer, .key = "k", .field = "f", .value = "v"},
      KeyEffect{.kind = K::kStreamDeleteConsumer, .key = "k", .field = "f", .value = "v"},
      KeyEffect{.kind = K::kStreamSetPending, .key = "k", .field = "f", .value = "v"},
      KeyEffect{.kind = K::kStreamRemovePending, .key = "k", .field = "f", .value = "v"},
      QueueEffect{.kind = Q::kQueueDeclare, .queue = "q", .body = "options"},
      QueueEffect{.kind = Q::kQueueDelete, .queue = "q"},
      QueueEffect{.kind = Q::kQueuePurge, .queue = "q"},
      QueueEffect{.kind = Q::kQueuePause, .queue = "q"},
      QueueEffect{.kind = Q::kQueueResume, .queue = "q"},
      QueueEffect{
          .kind = Q::kQueueRemember, .queue = "q", .id = 1, .time_unix_ms = 5, .body = "order 7"},
      QueueEffect{.kind = Q::kMessageDrop, .queue = "q", .id = 1},
      QueueEffect{.kind = Q::kMessageProgress, .queue = "q", .id = 1, .attempt = 2, .body = "50 %"},
      QueueEffect{.kind = Q::kScheduleSet, .queue = "q", .time_unix_ms = 5, .body = "schedule"},
      QueueEffect{.kind = Q::kScheduleDelete, .queue = "q", .body = "nightly"},
      QueueEffect{
          .kind = Q::kScheduleRun, .queue = "q", .id = 1, .time_unix_ms = 5, .body = "nightly"},
      QueueEffect{.kind = Q::kMessageDone,
                  .queue = "q",
                  .id = 1,
                  .attempt = 2,
                  .time_unix_ms = 5,
                  .body = "result"},
      QueueEffect{.kind = Q::kMessagePut, .queue = "q", .id = 1, .body = "b", .group = "g"},
      QueueEffect{.kind = Q::kMessagePut, .queue = "q", .id = 1, .deduplication_id = "d"},
      QueueEffect{.kind = Q::kMessagePut,
                  .queue = "q",
                  .id = 1,
                  .body = "b",
                  .group = "g",
                  .deduplication_id = "d"},
      QueueEffect{.kind = Q::kMessagePut,
                  .queue = "q",
                  .id = UINT64_MAX,
                  .priority = limits::kPriorities - 1,
                  .time_unix_ms = 5,
                  .enqueued_at_unix_ms = -6,
                  .body = "body"},
      QueueEffect{
          .kind = Q::kMessagePut, .queue = "q", .id = 1, .body = "b", .group = "g", .channel = "c"},
      QueueEffect{.kind = Q::kMessagePut,
                  .queue = "q",
                  .id = 1,
                  .channel = "c",
                  .has_body_of_last_put = true},
      QueueEffect{.kind = Q::kMessagePut, .queue = "q", .id = 1, .children = 1'000'000},
      QueueEffect{.kind = Q::kMessagePut,
                  .queue = "q",
                  .id = 1,
                  .body = "b",
                  .children = 1,
                  .parent_queue = "p",
                  .parent_id = 7},
      QueueEffect{.kind = Q::kMessageChildren, .queue = "q", .id = 1, .attempt = 0},
      QueueEffect{
          .kind = Q::kParentOwed, .queue = "q", .id = 1, .parent_queue = "p", .parent_id = 7},
      QueueEffect{.kind = Q::kParentTold, .queue = "q", .id = 1},
      QueueEffect{.kind = Q::kMessagePut, .queue = "q", .id = 1, .body = "zzz", .compressed = true},
      QueueEffect{.kind = Q::kQueueIncarnation, .id = 1 << 24, .attempt = 7},
      QueueEffect{.kind = Q::kQueueIncarnationEnd, .id = 9},
      QueueEffect{.kind = Q::kQueueBind, .queue = "q", .priority = 2, .body = "orders.>"},
      QueueEffect{.kind = Q::kQueueUnbind, .queue = "q", .priority = 1, .body = "orders.*"},
      QueueEffect{.kind = Q::kMessageLease, .queue = "q", .id = 1, .attempt = 2, .time_unix_ms = 3},
      QueueEffect{
          .kind = Q::kMessageReturn, .queue = "q", .id = 1, .attempt = 2, .time_unix_ms = 3},
      QueueEffect{.kind = Q::kMessageAcknowledge, .queue = "q", .id = 1},
      QueueEffect{.kind = Q::kMessageDead,
                  .queue = "q",
                  .id = 1,
                  .attempt = UINT32_MAX,
                  .time_unix_ms = 3,
                  .body = "reason"},
      ChannelEffect{.kind = ChannelEffectKind::kChannelDeclare,
                    .channel = "c",
                    .sequence = 300,
                    .body = "options"},
      ChannelEffect{.kind = ChannelEffectKind::kChannelDelete, .channel = "c"},
      ChannelEffect{.kind = ChannelEffectKind::kChannelPublish,
                    .channel = "c",
                    .sequence = 1,
                    .time_unix_ms = 1'700'000'000'000,
                    .body = "b"},
  };
}

std::string Encode(const Effect& effect) {
  std::string raw;
  std::visit([&raw](const auto& one) { EncodeEffect(one, &raw); }, effect);
  return raw;
}

void ExpectEqual(const Effect& actual, const Effect& expected) {
  ASSERT_EQ(actual.index(), expected.index());
  if (const auto* key = std::get_if<KeyEffect>(&expected)) {
    const auto& other = std::get<KeyEffect>(actual);
    EXPECT_EQ(other.kind, key->kind);
    EXPECT_EQ(other.database, key->database);
    EXPECT_EQ(other.key, key->key);
    EXPECT_EQ(other.field, key->field);
    EXPECT_EQ(other.value, key->value);
    EXPECT_EQ(other.number, key->number);
    return;
  }
  if (const auto* channel = std::get_if<ChannelEffect>(&expected)) {
    const auto& other = std::get<ChannelEffect>(actual);
    EXPECT_EQ(other.kind, channel->kind);
    EXPECT_EQ(other.channel, channel->channel);
    EXPECT_EQ(other.sequence, channel->sequence);
    EXPECT_EQ(other.time_unix_ms, channel->time_unix_ms);
    EXPECT_EQ(other.body, channel->body);
    return;
  }
  const auto& queue = std::get<QueueEffect>(expected);
  const auto& other = std::get<QueueEffect>(actual);
  EXPECT_EQ(other.kind, queue.kind);
  EXPECT_EQ(other.queue, queue.queue);
  EXPECT_EQ(other.id, queue.id);
  EXPECT_EQ(other.attempt, queue.attempt);
  EXPECT_EQ(other.priority, queue.priority);
  EXPECT_EQ(other.time_unix_ms, queue.time_unix_ms);
  EXPECT_EQ(other.enqueued_at_unix_ms, queue.enqueued_at_unix_ms);
  EXPECT_EQ(other.body, queue.body);
  EXPECT_EQ(other.group, queue.group);
  EXPECT_EQ(other.deduplication_id, queue.deduplication_id);
  EXPECT_EQ(other.channel, queue.channel);
  EXPECT_EQ(other.children, queue.children);
  EXPECT_EQ(other.parent_queue, queue.parent_queue);
  EXPECT_EQ(other.parent_id, queue.parent_id);
  EXPECT_EQ(other.has_body_of_last_put, queue.has_body_of_last_put);
}

bool Decodes(const std::string& raw) {
  Decoder decoder(raw);
  Effect effect = KeyEffect{.kind = KeyEffectKind::kKeyDelete};
  return DecodeEffect(&decoder, &effect);
}

TEST(EffectTest, EveryKindRoundTrips) {
  for (const Effect& effect : OneOfEach()) {
    const std::string raw = Encode(effect);
    SCOPED_TRACE(static_cast<int>(static_cast<unsigned char>(raw[0])));
    Decoder decoder(raw);
    Effect read = KeyEffect{.kind = KeyEffectKind::kKeyDelete};
    ASSERT_TRUE(DecodeEffect(&decoder, &read));
    EXPECT_TRUE(decoder.empty());
    ExpectEqual(read, effect);
  }
}

TEST(EffectTest, EmptyKeysFieldsAndValuesRoundTrip) {
  const Effect effect = KeyEffect{.kind = KeyEffectKind::kHashSet};
  const std::string raw = Encode(effect);
  Decoder decoder(raw);
  Effect read = QueueEffect{.kind = QueueEffectKind::kQueuePurge};
  ASSERT_TRUE(DecodeEffect(&decoder, &read));
  ExpectEqual(read, effect);
}

// As they are in the files of released versions.
TEST(EffectTest, EffectsOfChannelsHaveTheseBytes) {
  using K = ChannelEffectKind;
  EXPECT_EQ(Encode(ChannelEffect{
                .kind = K::kChannelDeclare, .channel = "c", .sequence = 300, .body = "o"}),
            std::string("\x50\x01"
                        "c\xac\x02\x01"
                        "o"));
  EXPECT_EQ(Encode(ChannelEffect{.kind = K::kChannelDelete, .channel = "c"}), std::string("\x51\x01"
                                                                                          "c"));
  EXPECT_EQ(Encode(ChannelEffect{.kind = K::kChannelPublish,
                                 .channel = "c",
                                 .sequence = 1,
                                 .time_unix_ms = 64,
                                 .body = "b"}),
            std::string("\x52\x01"
                        "c\x01\x80\x01\x01"
                        "b"));
}

TEST(EffectTest, EffectsOfChannelsOutOfRangeAreRefused) {
  const auto publish = [](const std::string& channel, uint64_t sequence) {
    return Encode(ChannelEffect{
        .kind = ChannelEffectKind::kChannelPublish, .channel = channel, .sequence = sequence});
  };
  EXPECT_TRUE(Decodes(publish(std::string(limits::kNameBytes, 'c'), limits::kChannelSequence)));
  EXPECT_FALSE(Decodes(publish(std::string(limits::kNameBytes + 1, 'c'), 1)));
  EXPECT_FALSE(Decodes(publish("c", limits::kChannelSequence + 1)));
  for (const char kind : {'\x53', '\x54', '\x59', '\x63'}) {
    EXPECT_FALSE(Decodes(std::string(1, kind) + publish("c", 1).substr(1))) << int{kind};
  }
}

TEST(EffectTest, EveryTruncationOfAnEffectIsRefused) {
  for (const Effect& effect : OneOfEach()) {
    const std::string raw = Encode(effect);
    for (size_t size = 0; size < raw.size(); ++size) {
      EXPECT_FALSE(Decodes(raw.substr(0, size))) << int{raw[0]} << " cut to " << size;
    }
  }
}

TEST(EffectTest, TruncatedSequenceYieldsItsWholeEffectsAndNoMore) {
  std::string raw;
  std::vector<size_t> ends;
  for (const Effect& effect : OneOfEach()) {
    raw += Encode(effect);
    ends.push_back(raw.size());
  }
  for (size_t size = 0; size < raw.size(); ++size) {
    Decoder decoder(Bytes(raw).substr(0, size));
    Effect effect = KeyEffect{.kind = KeyEffectKind::kKeyDelete};
    size_t whole = 0;
    while (!decoder.empty() && DecodeEffect(&decoder, &effect)) ++whole;
    size_t expected = 0;
    while (ends[expected] <= size) ++expected;
    EXPECT_EQ(whole, expected) << size;
    const bool at_an_end = size == 0 || (expected > 0 && ends[expected - 1] == size);
    EXPECT_EQ(decoder.failed(), !at_an_end) << size;
  }
}

TEST(EffectTest, UnknownKindsAreRefused) {
  for (int kind = 0; kind < 256; ++kind) {
    bool known = false;
    for (const Effect& effect : OneOfEach()) {
      known = known || static_cast<unsigned char>(Encode(effect)[0]) == kind;
    }
    if (!known) {
      EXPECT_FALSE(Decodes(std::string(1, static_cast<char>(kind)) + std::string(64, '\0')))
          << kind;
    }
  }
}

TEST(EffectTest, NumbersOutOfRangeAreRefused) {
  using K = KeyEffectKind;
  EXPECT_FALSE(Decodes(Encode(KeyEffect{.kind = K::kKeyDelete, .database = limits::kDatabases})));
  EXPECT_FALSE(Decodes(Encode(KeyEffect{.kind = K::kDatabaseSwap, .number = limits::kDatabases})));
  EXPECT_FALSE(Decodes(Encode(KeyEffect{.kind = K::kKeyMove, .number = -1})));
  for (const K kind : {K::kStringSet, K::kStringWrite, K::kKeyExpire, K::kListPopFront,
                       K::kListPopBack, K::kListSet, K::kListInsert, K::kListErase}) {
    EXPECT_FALSE(Decodes(Encode(KeyEffect{.kind = kind, .number = -1}))) << static_cast<int>(kind);
    EXPECT_FALSE(Decodes(Encode(KeyEffect{.kind = kind, .number = INT64_MIN})));
  }
  EXPECT_FALSE(Decodes(
      Encode(KeyEffect{.kind = K::kStringWrite, .value = "v", .number = limits::kValueBytes})));
  EXPECT_TRUE(Decodes(
      Encode(KeyEffect{.kind = K::kStringWrite, .value = "v", .number = limits::kValueBytes - 1})));
  EXPECT_FALSE(
      Decodes(Encode(KeyEffect{.kind = K::kStringWrite, .value = "v", .number = INT64_MAX})));
  EXPECT_FALSE(Decodes(
      Encode(QueueEffect{.kind = QueueEffectKind::kMessagePut, .priority = limits::kPriorities})));
  EXPECT_FALSE(Decodes(Encode(QueueEffect{.kind = QueueEffectKind::kQueuePurge,
                                          .queue = std::string(limits::kNameBytes + 1, 'q')})));
}

TEST(EffectTest, AScoreIsAnyNumberButNaN) {
  const auto decodes = [](double score) {
    return Decodes(Encode(
        KeyEffect{.kind = KeyEffectKind::kSortedSetSet, .number = std::bit_cast<int64_t>(score)}));
  };
  using Limits = std::numeric_limits<double>;
  for (const double score : {0.0, -0.0, -1.5, Limits::infinity(), -Limits::infinity(),
                             Limits::denorm_min(), Limits::lowest()}) {
    EXPECT_TRUE(decodes(score)) << score;
  }
  EXPECT_FALSE(decodes(Limits::quiet_NaN()));
  EXPECT_FALSE(decodes(-Limits::quiet_NaN()));
  EXPECT_FALSE(decodes(Limits::signaling_NaN()));
}

TEST(EffectTest, AttemptBeyondThirtyTwoBitsIsRefused) {
  std::string raw(1, static_cast<char>(QueueEffectKind::kMessageLease));
  PutBytes(&raw, "q");
  PutVarint(&raw, 1);
  PutVarint(&raw, uint64_t{UINT32_MAX} + 1);
  PutSignedVarint(&raw, 0);
  EXPECT_FALSE(Decodes(raw));
}

TEST(EffectTest, GarbageNeitherCrashesNorReadsOutsideTheInput) {
  Random random(20);
  int decoded = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string raw(random.Below(24), '\0');
    // Mostly small numbers, so that lengths often fit.
    for (char& byte : raw) byte = static_cast<char>(random.Below(random.OneIn(4) ? 256 : 8));
    if (!raw.empty() && random.OneIn(2)) raw[0] = static_cast<char>(random.Below(75));
    Decoder decoder(raw);
    Effect effect = KeyEffect{.kind = KeyEffectKind::kKeyDelete};
    while (!decoder.empty() && DecodeEffect(&decoder, &effect)) {
      ++decoded;
      // What was decoded is an effect that encodes again: the bytes it borrows are all there.
      EXPECT_LE(Encode(effect).size(), raw.size() + 1);
    }
  }
  EXPECT_GT(decoded, 1000);
}

}  // namespace
}  // namespace kontor
