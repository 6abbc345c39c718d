#include "base/effect.h"

#include <bit>
#include <cmath>

#include "base/check.h"
#include "base/limits.h"

namespace kontor {
namespace {

// Which of its fields a kind carries, in the order they are written.
struct KeyFields {
  bool key, field, value, number;
};

bool StreamFieldsOf(KeyEffectKind kind, KeyFields* fields) {
  switch (kind) {
    case KeyEffectKind::kStreamMake:
      *fields = {.key = true, .field = false, .value = false, .number = false};
      return true;
    case KeyEffectKind::kStreamSetIds:
      *fields = {.key = true, .field = false, .value = true, .number = false};
      return true;
    case KeyEffectKind::kStreamDelete:
    case KeyEffectKind::kStreamTrim:
    case KeyEffectKind::kStreamDeleteGroup:
      *fields = {.key = true, .field = true, .value = false, .number = false};
      return true;
    case KeyEffectKind::kStreamAdd:
    case KeyEffectKind::kStreamSetGroup:
    case KeyEffectKind::kStreamSetConsumer:
    case KeyEffectKind::kStreamDeleteConsumer:
    case KeyEffectKind::kStreamSetPending:
    case KeyEffectKind::kStreamRemovePending:
      *fields = {.key = true, .field = true, .value = true, .number = false};
      return true;
    default:
      return false;
  }
}

bool FieldsOf(KeyEffectKind kind, KeyFields* fields) {
  switch (kind) {
    case KeyEffectKind::kStringSet:
    case KeyEffectKind::kStringWrite:
    case KeyEffectKind::kListSet:
    case KeyEffectKind::kListInsert:
    case KeyEffectKind::kListRemove:
      *fields = {.key = true, .field = false, .value = true, .number = true};
      return true;
    case KeyEffectKind::kKeyDelete:
      *fields = {.key = true, .field = false, .value = false, .number = false};
      return true;
    case KeyEffectKind::kKeyExpire:
    case KeyEffectKind::kListPopFront:
    case KeyEffectKind::kListPopBack:
    case KeyEffectKind::kListErase:
    case KeyEffectKind::kHashDeleteEarliest:
      *fields = {.key = true, .field = false, .value = false, .number = true};
      return true;
    case KeyEffectKind::kKeyMove:
    case KeyEffectKind::kKeyCopy:
    case KeyEffectKind::kHashExpire:
    case KeyEffectKind::kSortedSetSet:
      *fields = {.key = true, .field = true, .value = false, .number = true};
      return true;
    case KeyEffectKind::kHashSet:
    case KeyEffectKind::kHashSetValue:
      *fields = {.key = true, .field = true, .value = true, .number = false};
      return true;
    case KeyEffectKind::kHashDelete:
    case KeyEffectKind::kSetAdd:
    case KeyEffectKind::kSetRemove:
    case KeyEffectKind::kSortedSetRemove:
      *fields = {.key = true, .field = true, .value = false, .number = false};
      return true;
    case KeyEffectKind::kListPushFront:
    case KeyEffectKind::kListPushBack:
      *fields = {.key = true, .field = false, .value = true, .number = false};
      return true;
    case KeyEffectKind::kDatabaseFlush:
      *fields = {.key = false, .field = false, .value = false, .number = false};
      return true;
    case KeyEffectKind::kDatabaseSwap:
      *fields = {.key = false, .field = false, .value = false, .number = true};
      return true;
    default:
      return StreamFieldsOf(kind, fields);
  }
}

bool NumberInRange(const KeyEffect& effect) {
  switch (effect.kind) {
    case KeyEffectKind::kKeyMove:
    case KeyEffectKind::kKeyCopy:
    case KeyEffectKind::kDatabaseSwap:
      return effect.number >= 0 && effect.number < limits::kDatabases;
    case KeyEffectKind::kStringWrite:
      return effect.number >= 0 &&
             static_cast<uint64_t>(effect.number) + effect.value.size() <= limits::kValueBytes;
    case KeyEffectKind::kListRemove:
      return effect.number != INT64_MIN;
    case KeyEffectKind::kSortedSetSet:
      return !std::isnan(std::bit_cast<double>(effect.number));
    default:
      return effect.number >= 0;
  }
}

bool SizesInRange(const KeyEffect& effect) {
  return effect.key.size() <= limits::kKeyBytes && effect.field.size() <= limits::kValueBytes &&
         effect.value.size() <= limits::kValueBytes;
}

// The kind that is written where a kMessagePut has more to it than others. What it has follows as a
// sum of bits, and then each of them.
constexpr uint8_t kPutWithMore = 75;
constexpr uint64_t kHasGroup = 1;
constexpr uint64_t kHasDeduplicationId = 2;
constexpr uint64_t kHasChannel = 4;
constexpr uint64_t kHasBodyOfLastPut = 8;
constexpr uint64_t kHasChildren = 16;
constexpr uint64_t kHasParent = 32;
constexpr uint64_t kIsCompressed = 64;
constexpr uint64_t kAllOfMore = 127;

struct QueueFields {
  bool id = false, attempt = false, priority = false, time = false, enqueued_at = false;
  bool body = false, parent = false, more = false;
};

// Of none at first.
bool FieldsOf(QueueEffectKind kind, QueueFields* fields) {
  switch (kind) {
    case QueueEffectKind::kQueueDeclare:
    case QueueEffectKind::kScheduleDelete:
      fields->body = true;
      return true;
    case QueueEffectKind::kQueueDelete:
    case QueueEffectKind::kQueuePurge:
    case QueueEffectKind::kQueuePause:
    case QueueEffectKind::kQueueResume:
      return true;
    case QueueEffectKind::kQueueRemember:
    case QueueEffectKind::kScheduleRun:
      fields->id = fields->time = fields->body = true;
      return true;
    case QueueEffectKind::kMessagePut:
      fields->id = fields->priority = fields->time = fields->enqueued_at = fields->body = true;
      return true;
    case QueueEffectKind::kMessageLease:
    case QueueEffectKind::kMessageReturn:
      fields->id = fields->attempt = fields->time = true;
      return true;
    case QueueEffectKind::kMessageAcknowledge:
    case QueueEffectKind::kMessageDrop:
    case QueueEffectKind::kParentTold:
    case QueueEffectKind::kQueueIncarnationEnd:
      fields->id = true;
      return true;
    case QueueEffectKind::kMessageChildren:
    case QueueEffectKind::kQueueIncarnation:
      fields->id = fields->attempt = true;
      return true;
    case QueueEffectKind::kParentOwed:
      fields->id = fields->parent = true;
      return true;
    case QueueEffectKind::kQueueBind:
    case QueueEffectKind::kQueueUnbind:
      fields->priority = fields->body = true;
      return true;
    case QueueEffectKind::kScheduleSet:
      fields->time = fields->body = true;
      return true;
    case QueueEffectKind::kMessageProgress:
    case QueueEffectKind::kMessageDead:
    case QueueEffectKind::kMessageDone:
      fields->id = fields->attempt = fields->body = true;
      fields->time = kind != QueueEffectKind::kMessageProgress;
      return true;
  }
  return false;
}

bool DecodeKeyEffect(KeyEffectKind kind, const KeyFields& has, Decoder* decoder, Effect* effect) {
  KeyEffect& key_effect = effect->emplace<KeyEffect>(KeyEffect{.kind = kind});
  uint64_t database = 0;
  if (!decoder->GetVarint(&database) || database >= limits::kDatabases) return false;
  key_effect.database = static_cast<uint32_t>(database);
  if (has.key && !decoder->GetBytes(&key_effect.key)) return false;
  if (has.field && !decoder->GetBytes(&key_effect.field)) return false;
  if (has.value && !decoder->GetBytes(&key_effect.value)) return false;
  if (has.number && !decoder->GetSignedVarint(&key_effect.number)) return false;
  return NumberInRange(key_effect) && SizesInRange(key_effect);
}

bool DecodeParent(Decoder* decoder, QueueEffect* effect) {
  return decoder->GetBytes(&effect->parent_queue) && !effect->parent_queue.empty() &&
         effect->parent_queue.size() <= limits::kNameBytes &&
         decoder->GetVarint(&effect->parent_id) && effect->parent_id != 0;
}

void EncodeParent(const QueueEffect& effect, std::string* out) {
  PutBytes(out, effect.parent_queue);
  PutVarint(out, effect.parent_id);
}

bool DecodeChildren(Decoder* decoder, QueueEffect* put) {
  uint64_t children = 0;
  if (!decoder->GetVarint(&children) || children == 0 || children > limits::kChildren) return false;
  put->children = static_cast<uint32_t>(children);
  return true;
}

bool DecodeMore(Decoder* decoder, QueueEffect* put) {
  uint64_t more = 0;
  if (!decoder->GetVarint(&more) || more == 0 || more > kAllOfMore) return false;
  const auto read = [decoder](Bytes* name) {
    return decoder->GetBytes(name) && !name->empty() && name->size() <= limits::kNameBytes;
  };
  put->compressed = (more & kIsCompressed) != 0;
  put->has_body_of_last_put = (more & kHasBodyOfLastPut) != 0;
  if (put->has_body_of_last_put && !put->body.empty()) return false;
  return ((more & kHasGroup) == 0 || read(&put->group)) &&
         ((more & kHasDeduplicationId) == 0 || read(&put->deduplication_id)) &&
         ((more & kHasChannel) == 0 || read(&put->channel)) &&
         ((more & kHasChildren) == 0 || DecodeChildren(decoder, put)) &&
         ((more & kHasParent) == 0 || DecodeParent(decoder, put));
}

uint64_t MoreOf(const QueueEffect& put) {
  return (put.group.empty() ? 0 : kHasGroup) |
         (put.deduplication_id.empty() ? 0 : kHasDeduplicationId) |
         (put.channel.empty() ? 0 : kHasChannel) |
         (put.has_body_of_last_put ? kHasBodyOfLastPut : 0) | (put.compressed ? kIsCompressed : 0) |
         (put.children == 0 ? 0 : kHasChildren) | (put.parent_id == 0 ? 0 : kHasParent);
}

void EncodeMore(uint64_t more, const QueueEffect& put, std::string* out) {
  PutVarint(out, more);
  if ((more & kHasGroup) != 0) PutBytes(out, put.group);
  if ((more & kHasDeduplicationId) != 0) PutBytes(out, put.deduplication_id);
  if ((more & kHasChannel) != 0) PutBytes(out, put.channel);
  if ((more & kHasChildren) != 0) PutVarint(out, put.children);
  if ((more & kHasParent) != 0) EncodeParent(put, out);
}

bool DecodeQueueEffect(QueueEffectKind kind, const QueueFields& has, Decoder* decoder,
                       Effect* effect) {
  QueueEffect& queue_effect = effect->emplace<QueueEffect>(QueueEffect{.kind = kind});
  uint64_t attempt = 0;
  uint64_t priority = 0;
  if (!decoder->GetBytes(&queue_effect.queue)) return false;
  if (has.id && !decoder->GetVarint(&queue_effect.id)) return false;
  if (has.attempt && !decoder->GetVarint(&attempt)) return false;
  if (has.priority && !decoder->GetVarint(&priority)) return false;
  if (has.time && !decoder->GetSignedVarint(&queue_effect.time_unix_ms)) return false;
  if (has.enqueued_at && !decoder->GetSignedVarint(&queue_effect.enqueued_at_unix_ms)) return false;
  if (has.body && !decoder->GetBytes(&queue_effect.body)) return false;
  if (has.parent && !DecodeParent(decoder, &queue_effect)) return false;
  if (has.more && !DecodeMore(decoder, &queue_effect)) return false;
  if (attempt > UINT32_MAX || priority >= limits::kPriorities) return false;
  queue_effect.attempt = static_cast<uint32_t>(attempt);
  queue_effect.priority = static_cast<uint32_t>(priority);
  return queue_effect.queue.size() <= limits::kNameBytes &&
         queue_effect.body.size() <= limits::kMessageBytes;
}

struct ChannelFields {
  bool sequence, time, body;
};

bool FieldsOf(ChannelEffectKind kind, ChannelFields* fields) {
  switch (kind) {
    case ChannelEffectKind::kChannelDeclare:
      *fields = {.sequence = true, .time = false, .body = true};
      return true;
    case ChannelEffectKind::kChannelDelete:
      *fields = {.sequence = false, .time = false, .body = false};
      return true;
    case ChannelEffectKind::kChannelPublish:
      *fields = {.sequence = true, .time = true, .body = true};
      return true;
  }
  return false;
}

bool DecodeChannelEffect(ChannelEffectKind kind, const ChannelFields& has, Decoder* decoder,
                         Effect* effect) {
  ChannelEffect& channel_effect = effect->emplace<ChannelEffect>(ChannelEffect{.kind = kind});
  if (!decoder->GetBytes(&channel_effect.channel)) return false;
  if (has.sequence && !decoder->GetVarint(&channel_effect.sequence)) return false;
  if (has.time && !decoder->GetSignedVarint(&channel_effect.time_unix_ms)) return false;
  if (has.body && !decoder->GetBytes(&channel_effect.body)) return false;
  return channel_effect.channel.size() <= limits::kNameBytes &&
         channel_effect.sequence <= limits::kChannelSequence &&
         channel_effect.body.size() <= limits::kMessageBytes;
}

}  // namespace

void EncodeEffect(const KeyEffect& effect, std::string* out) {
  KeyFields has{};
  KONTOR_CHECK(FieldsOf(effect.kind, &has));
  out->push_back(static_cast<char>(effect.kind));
  PutVarint(out, effect.database);
  if (has.key) PutBytes(out, effect.key);
  if (has.field) PutBytes(out, effect.field);
  if (has.value) PutBytes(out, effect.value);
  if (has.number) PutSignedVarint(out, effect.number);
}

void EncodeEffect(const QueueEffect& effect, std::string* out) {
  QueueFields has{};
  KONTOR_CHECK(FieldsOf(effect.kind, &has));
  const uint64_t more = has.parent ? 0 : MoreOf(effect);
  KONTOR_CHECK(more == 0 || effect.kind == QueueEffectKind::kMessagePut);
  out->push_back(static_cast<char>(more != 0 ? kPutWithMore : static_cast<uint8_t>(effect.kind)));
  PutBytes(out, effect.queue);
  if (has.id) PutVarint(out, effect.id);
  if (has.attempt) PutVarint(out, effect.attempt);
  if (has.priority) PutVarint(out, effect.priority);
  if (has.time) PutSignedVarint(out, effect.time_unix_ms);
  if (has.enqueued_at) PutSignedVarint(out, effect.enqueued_at_unix_ms);
  if (has.body) PutBytes(out, effect.has_body_of_last_put ? Bytes() : effect.body);
  if (has.parent) EncodeParent(effect, out);
  if (more != 0) EncodeMore(more, effect, out);
}

void EncodeEffect(const ChannelEffect& effect, std::string* out) {
  ChannelFields has{};
  KONTOR_CHECK(FieldsOf(effect.kind, &has));
  out->push_back(static_cast<char>(effect.kind));
  PutBytes(out, effect.channel);
  if (has.sequence) PutVarint(out, effect.sequence);
  if (has.time) PutSignedVarint(out, effect.time_unix_ms);
  if (has.body) PutBytes(out, effect.body);
}

bool DecodeEffect(Decoder* decoder, Effect* effect) {
  uint8_t kind = 0;
  if (!decoder->GetFixed8(&kind)) return false;
  KeyFields key_fields{};
  if (FieldsOf(static_cast<KeyEffectKind>(kind), &key_fields)) {
    return DecodeKeyEffect(static_cast<KeyEffectKind>(kind), key_fields, decoder, effect);
  }
  const auto queue_kind =
      kind == kPutWithMore ? QueueEffectKind::kMessagePut : static_cast<QueueEffectKind>(kind);
  QueueFields queue_fields{};
  if (FieldsOf(queue_kind, &queue_fields)) {
    queue_fields.more = kind == kPutWithMore;
    return DecodeQueueEffect(queue_kind, queue_fields, decoder, effect);
  }
  const auto channel_kind = static_cast<ChannelEffectKind>(kind);
  ChannelFields channel_fields{};
  if (FieldsOf(channel_kind, &channel_fields)) {
    return DecodeChannelEffect(channel_kind, channel_fields, decoder, effect);
  }
  return false;
}

}  // namespace kontor
