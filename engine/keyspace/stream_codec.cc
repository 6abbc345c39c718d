#include "keyspace/stream_codec.h"

#include "base/codec.h"

namespace kontor {
namespace {

void PutId(std::string* out, const StreamId& id) {
  PutVarint(out, id.ms);
  PutVarint(out, id.sequence);
}

bool GetId(Decoder* decoder, StreamId* id) {
  return decoder->GetVarint(&id->ms) && decoder->GetVarint(&id->sequence);
}

}  // namespace

std::string EncodeStreamId(const StreamId& id) {
  std::string out;
  PutId(&out, id);
  return out;
}

bool DecodeStreamId(Bytes encoded, StreamId* id) {
  Decoder decoder(encoded);
  return GetId(&decoder, id) && decoder.empty();
}

std::string EncodeStreamFields(std::span<const StreamField> fields) {
  std::string out;
  for (const StreamField& field : fields) {
    PutBytes(&out, field.name);
    PutBytes(&out, field.value);
  }
  return out;
}

bool DecodeStreamFields(Bytes encoded, std::vector<StreamField>* fields) {
  fields->clear();
  for (Decoder decoder(encoded); !decoder.empty();) {
    StreamField field;
    if (!decoder.GetBytes(&field.name) || !decoder.GetBytes(&field.value)) return false;
    fields->push_back(field);
  }
  return !fields->empty();
}

std::string EncodeStreamIds(const StreamIds& ids) {
  std::string out;
  PutId(&out, ids.last_id);
  PutId(&out, ids.max_deleted_id);
  PutVarint(&out, ids.entries_added);
  return out;
}

bool DecodeStreamIds(Bytes encoded, StreamIds* ids) {
  Decoder decoder(encoded);
  return GetId(&decoder, &ids->last_id) && GetId(&decoder, &ids->max_deleted_id) &&
         decoder.GetVarint(&ids->entries_added) && decoder.empty();
}

// The number is there if it is known.
std::string EncodeStreamGroup(const StreamGroupState& group) {
  std::string out;
  PutId(&out, group.last_delivered_id);
  if (group.entries_read.has_value()) PutVarint(&out, *group.entries_read);
  return out;
}

bool DecodeStreamGroup(Bytes encoded, StreamGroupState* group) {
  Decoder decoder(encoded);
  group->entries_read = std::nullopt;
  if (!GetId(&decoder, &group->last_delivered_id)) return false;
  if (decoder.empty()) return true;
  return decoder.GetVarint(&group->entries_read.emplace()) && decoder.empty();
}

std::string EncodeStreamConsumer(const StreamConsumerState& consumer) {
  std::string out;
  PutBytes(&out, consumer.name);
  PutSignedVarint(&out, consumer.seen_unix_ms);
  PutSignedVarint(&out, consumer.active_unix_ms);
  return out;
}

bool DecodeStreamConsumer(Bytes encoded, StreamConsumerState* consumer) {
  Decoder decoder(encoded);
  return decoder.GetBytes(&consumer->name) && decoder.GetSignedVarint(&consumer->seen_unix_ms) &&
         decoder.GetSignedVarint(&consumer->active_unix_ms) && decoder.empty();
}

std::string EncodeStreamPending(const StreamPendingState& pending) {
  std::string out;
  PutId(&out, pending.id);
  PutBytes(&out, pending.consumer);
  PutSignedVarint(&out, pending.delivered_unix_ms);
  PutVarint(&out, pending.deliveries);
  return out;
}

bool DecodeStreamPending(Bytes encoded, StreamPendingState* pending) {
  Decoder decoder(encoded);
  return GetId(&decoder, &pending->id) && decoder.GetBytes(&pending->consumer) &&
         decoder.GetSignedVarint(&pending->delivered_unix_ms) &&
         decoder.GetVarint(&pending->deliveries) && decoder.empty();
}

}  // namespace kontor
