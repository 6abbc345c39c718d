#include "keyspace/effects_of.h"
#include "keyspace/stream_codec.h"
#include "txn/operation.h"

namespace kontor {

void Operation::MakeStream(Bytes key) {
  Apply({.kind = KeyEffectKind::kStreamMake, .database = database_, .key = key});
}

void Operation::MakeStream(Bytes key, const Stream& like) {
  EffectsOf<Stream>::Describe(
      like, {.kind = KeyEffectKind::kStreamMake, .database = database_, .key = key},
      [this](const KeyEffect& effect) { Apply(effect); });
}

void Operation::ApplyToStream(KeyEffectKind kind, Bytes key, Bytes field, Bytes value) {
  Apply({.kind = kind, .database = database_, .key = key, .field = field, .value = value});
}

void Operation::AddEntry(Bytes key, const StreamId& id, std::span<const StreamField> fields) {
  ApplyToStream(KeyEffectKind::kStreamAdd, key, EncodeStreamId(id), EncodeStreamFields(fields));
}

void Operation::DeleteEntry(Bytes key, const StreamId& id) {
  ApplyToStream(KeyEffectKind::kStreamDelete, key, EncodeStreamId(id), {});
}

void Operation::TrimStream(Bytes key, const StreamId& last_id) {
  ApplyToStream(KeyEffectKind::kStreamTrim, key, EncodeStreamId(last_id), {});
}

void Operation::SetStreamIds(Bytes key, const StreamIds& ids) {
  ApplyToStream(KeyEffectKind::kStreamSetIds, key, {}, EncodeStreamIds(ids));
}

void Operation::SetGroup(Bytes key, Bytes group, const StreamGroupState& state) {
  ApplyToStream(KeyEffectKind::kStreamSetGroup, key, group, EncodeStreamGroup(state));
}

void Operation::WakeStreamReaders(Bytes key) {
  AddReady(database_, key, HashOf(key), ValueType::kStream, Told::kFirstOfLines);
}

void Operation::DeleteGroup(Bytes key, Bytes group) {
  ApplyToStream(KeyEffectKind::kStreamDeleteGroup, key, group, {});
}

void Operation::SetConsumer(Bytes key, Bytes group, const StreamConsumerState& state) {
  ApplyToStream(KeyEffectKind::kStreamSetConsumer, key, group, EncodeStreamConsumer(state));
}

void Operation::DeleteConsumer(Bytes key, Bytes group, Bytes consumer) {
  ApplyToStream(KeyEffectKind::kStreamDeleteConsumer, key, group, consumer);
}

void Operation::SetPending(Bytes key, Bytes group, const StreamPendingState& state) {
  ApplyToStream(KeyEffectKind::kStreamSetPending, key, group, EncodeStreamPending(state));
}

void Operation::RemovePending(Bytes key, Bytes group, const StreamId& id) {
  ApplyToStream(KeyEffectKind::kStreamRemovePending, key, group, EncodeStreamId(id));
}

}  // namespace kontor
