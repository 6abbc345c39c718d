#include <vector>

#include "keyspace/effects_of.h"
#include "keyspace/stream_codec.h"

namespace kontor {
namespace {

constexpr const char* kMalformed = "is malformed";
constexpr const char* kNoGroup = "needs a group that is not there";

const ConsumerGroup::Consumer* ConsumerOf(const ConsumerGroup* group, Bytes name) {
  return group == nullptr ? nullptr : group->FindConsumer(name);
}

// ---- What is wrong with an effect ----

const char* WhyNotAdd(const Stream* stream, const KeyEffect& effect) {
  StreamId id{};
  std::vector<StreamField> fields;
  if (!DecodeStreamId(effect.field, &id) || !DecodeStreamFields(effect.value, &fields)) {
    return kMalformed;
  }
  const bool fits = stream == nullptr ? Stream().CanAdd(id, fields) : stream->CanAdd(id, fields);
  return fits ? nullptr : "adds an entry where none can be";
}

const char* WhyNotSetPending(const ConsumerGroup* group, const KeyEffect& effect) {
  StreamPendingState pending{};
  if (!DecodeStreamPending(effect.value, &pending)) return kMalformed;
  const bool fits = ConsumerOf(group, pending.consumer) != nullptr;
  return fits ? nullptr : "needs a consumer that is not there";
}

// ---- How an effect is told ----

// The parts of one key's effects.
class Teller {
 public:
  Teller(const KeyEffect& effect, TellEffect tell)
      : database_(effect.database), key_(effect.key), tell_(tell) {}

  void Tell(KeyEffectKind kind, Bytes field, Bytes value) const {
    tell_({.kind = kind, .database = database_, .key = key_, .field = field, .value = value});
  }
  void Ids(const Stream& stream) const {
    Tell(KeyEffectKind::kStreamSetIds, {},
         EncodeStreamIds({stream.last_id(), stream.max_deleted_id(), stream.entries_added()}));
  }
  void Entry(const Stream::Entry& entry) const {
    std::string fields;
    entry.ForEach([&](const Element& name, const Element& value) {
      const StreamField field[] = {{name.bytes(), value.bytes()}};
      fields += EncodeStreamFields(field);
    });
    Tell(KeyEffectKind::kStreamAdd, EncodeStreamId(entry.id()), fields);
  }
  void Group(Bytes name, const ConsumerGroup& group) const {
    Tell(KeyEffectKind::kStreamSetGroup, name,
         EncodeStreamGroup({group.last_delivered_id, group.entries_read}));
  }
  void Consumer(Bytes group, const ConsumerGroup::Consumer& consumer) const {
    Tell(KeyEffectKind::kStreamSetConsumer, group,
         EncodeStreamConsumer({consumer.name(), consumer.seen_unix_ms, consumer.active_unix_ms}));
  }
  void Pending(Bytes group, const ConsumerGroup::Pending& pending) const {
    Tell(KeyEffectKind::kStreamSetPending, group,
         EncodeStreamPending({pending.id, pending.consumer->name(), pending.delivered_unix_ms,
                              pending.deliveries}));
  }

 private:
  const uint32_t database_;
  const Bytes key_;
  const TellEffect tell_;
};

// ---- How an effect is taken back ----

void TellEntryInverse(const Stream& stream, const KeyEffect& effect, const Teller& tell) {
  StreamId id{};
  DecodeStreamId(effect.field, &id);
  if (effect.kind == KeyEffectKind::kStreamTrim) {
    for (Stream::Iterator each = stream.Until(id); each.valid(); each.Previous()) {
      tell.Entry(each.entry());
    }
    return;
  }
  tell.Ids(stream);
  if (effect.kind == KeyEffectKind::kStreamAdd) {
    tell.Tell(KeyEffectKind::kStreamDelete, effect.field, {});
  } else if (const Stream::Iterator each = stream.From(id); each.valid() && each.id() == id) {
    tell.Entry(each.entry());
  }
}

void TellGroupInverse(const Stream& stream, const KeyEffect& effect, const Teller& tell) {
  const Bytes name = effect.field;
  const ConsumerGroup* const group = stream.FindGroup(name);
  const bool deletes = effect.kind == KeyEffectKind::kStreamDeleteGroup;
  if (group == nullptr) {
    if (!deletes) tell.Tell(KeyEffectKind::kStreamDeleteGroup, name, {});
    return;
  }
  if (deletes) {
    group->pending().ForEach([&](const auto& each) { tell.Pending(name, each); });
    for (const auto& [unused, consumer] : group->consumers()) tell.Consumer(name, consumer);
  }
  tell.Group(name, *group);
}

void TellConsumerInverse(const ConsumerGroup* group, const KeyEffect& effect, const Teller& tell) {
  const bool deletes = effect.kind == KeyEffectKind::kStreamDeleteConsumer;
  StreamConsumerState set{.name = effect.value, .seen_unix_ms = 0, .active_unix_ms = 0};
  if (!deletes) DecodeStreamConsumer(effect.value, &set);
  const ConsumerGroup::Consumer* const consumer = ConsumerOf(group, set.name);
  if (consumer == nullptr) {
    if (!deletes) tell.Tell(KeyEffectKind::kStreamDeleteConsumer, effect.field, set.name);
    return;
  }
  if (deletes) {
    for (auto each = consumer->PendingFrom(kNoStreamId); each.valid(); each.Next()) {
      tell.Pending(effect.field, *group->Lookup(each.entry()));
    }
  }
  tell.Consumer(effect.field, *consumer);
}

void TellPendingInverse(const ConsumerGroup* group, const KeyEffect& effect, const Teller& tell) {
  const bool removes = effect.kind == KeyEffectKind::kStreamRemovePending;
  StreamPendingState set{};
  if (removes) {
    DecodeStreamId(effect.value, &set.id);
  } else {
    DecodeStreamPending(effect.value, &set);
  }
  const auto* const pending = group == nullptr ? nullptr : group->Lookup(set.id);
  if (pending != nullptr) {
    tell.Pending(effect.field, *pending);
  } else if (!removes) {
    tell.Tell(KeyEffectKind::kStreamRemovePending, effect.field, EncodeStreamId(set.id));
  }
}

// ---- How an effect is applied ----

void ApplyEntry(const KeyEffect& effect, Stream* stream) {
  StreamId id{};
  DecodeStreamId(effect.field, &id);
  if (effect.kind == KeyEffectKind::kStreamDelete) {
    stream->Delete(id);
  } else if (effect.kind == KeyEffectKind::kStreamTrim) {
    stream->RemoveThrough(id);
  } else {
    std::vector<StreamField> fields;
    DecodeStreamFields(effect.value, &fields);
    stream->Add(id, fields);
  }
}

void ApplyIds(const KeyEffect& effect, Stream* stream) {
  StreamIds ids{};
  DecodeStreamIds(effect.value, &ids);
  stream->SetIds(ids.last_id, ids.max_deleted_id, ids.entries_added);
}

void ApplySetGroup(const KeyEffect& effect, Stream* stream) {
  StreamGroupState state{};
  DecodeStreamGroup(effect.value, &state);
  ConsumerGroup* const group = stream->AddGroup(effect.field);
  group->last_delivered_id = state.last_delivered_id;
  group->entries_read = state.entries_read;
}

void ApplySetConsumer(const KeyEffect& effect, ConsumerGroup* group) {
  StreamConsumerState state{};
  DecodeStreamConsumer(effect.value, &state);
  ConsumerGroup::Consumer* const consumer = group->AddConsumer(state.name);
  consumer->seen_unix_ms = state.seen_unix_ms;
  consumer->active_unix_ms = state.active_unix_ms;
}

void ApplySetPending(const KeyEffect& effect, ConsumerGroup* group) {
  StreamPendingState state{};
  DecodeStreamPending(effect.value, &state);
  group->SetPending(
      {state.id, group->FindConsumer(state.consumer), state.delivered_unix_ms, state.deliveries});
}

void ApplyRemovePending(const KeyEffect& effect, ConsumerGroup* group) {
  StreamId id{};
  DecodeStreamId(effect.value, &id);
  group->RemovePending(id);
}

}  // namespace

template <>
bool EffectsOf<Stream>::Makes(KeyEffectKind kind) {
  return kind == KeyEffectKind::kStreamMake || kind == KeyEffectKind::kStreamAdd;
}

template <>
const char* EffectsOf<Stream>::WhyNot(const Stream* stream, const KeyEffect& effect) {
  if (effect.kind == KeyEffectKind::kStreamMake) return nullptr;
  if (effect.kind == KeyEffectKind::kStreamAdd) return WhyNotAdd(stream, effect);
  if (stream == nullptr) return "needs a stream that is not there";
  const ConsumerGroup* const group = stream->FindGroup(effect.field);
  StreamId id{};
  StreamIds ids{};
  StreamGroupState group_state{};
  StreamConsumerState consumer{};
  switch (effect.kind) {
    case KeyEffectKind::kStreamDelete:
    case KeyEffectKind::kStreamTrim:
      return DecodeStreamId(effect.field, &id) ? nullptr : kMalformed;
    case KeyEffectKind::kStreamSetIds:
      return DecodeStreamIds(effect.value, &ids) ? nullptr : kMalformed;
    case KeyEffectKind::kStreamSetGroup:
      return DecodeStreamGroup(effect.value, &group_state) ? nullptr : kMalformed;
    case KeyEffectKind::kStreamDeleteGroup:
      return nullptr;  // what is not there can be deleted
    case KeyEffectKind::kStreamDeleteConsumer:
      return group == nullptr ? kNoGroup : nullptr;
    case KeyEffectKind::kStreamSetConsumer:
      if (!DecodeStreamConsumer(effect.value, &consumer)) return kMalformed;
      return group == nullptr ? kNoGroup : nullptr;
    case KeyEffectKind::kStreamRemovePending:
      if (!DecodeStreamId(effect.value, &id)) return kMalformed;
      return group == nullptr ? kNoGroup : nullptr;
    default:
      return WhyNotSetPending(group, effect);
  }
}

template <>
void EffectsOf<Stream>::Apply(const KeyEffect& effect, Stream* stream) {
  ConsumerGroup* const group = stream->FindGroup(effect.field);
  switch (effect.kind) {
    case KeyEffectKind::kStreamMake:
      return;
    case KeyEffectKind::kStreamAdd:
    case KeyEffectKind::kStreamDelete:
    case KeyEffectKind::kStreamTrim:
      return ApplyEntry(effect, stream);
    case KeyEffectKind::kStreamSetIds:
      return ApplyIds(effect, stream);
    case KeyEffectKind::kStreamSetGroup:
      return ApplySetGroup(effect, stream);
    case KeyEffectKind::kStreamDeleteGroup:
      stream->DeleteGroup(effect.field);
      return;
    case KeyEffectKind::kStreamSetConsumer:
      return ApplySetConsumer(effect, group);
    case KeyEffectKind::kStreamDeleteConsumer:
      group->DeleteConsumer(effect.value);
      return;
    case KeyEffectKind::kStreamSetPending:
      return ApplySetPending(effect, group);
    default:
      return ApplyRemovePending(effect, group);
  }
}

template <>
bool EffectsOf<Stream>::TellInverse(const Stream& stream, const KeyEffect& effect,
                                    TellEffect tell) {
  const Teller teller(effect, tell);
  switch (effect.kind) {
    case KeyEffectKind::kStreamMake:
      break;  // it is there already
    case KeyEffectKind::kStreamAdd:
    case KeyEffectKind::kStreamDelete:
    case KeyEffectKind::kStreamTrim:
      TellEntryInverse(stream, effect, teller);
      break;
    case KeyEffectKind::kStreamSetIds:
      teller.Ids(stream);
      break;
    case KeyEffectKind::kStreamSetGroup:
    case KeyEffectKind::kStreamDeleteGroup:
      TellGroupInverse(stream, effect, teller);
      break;
    case KeyEffectKind::kStreamSetConsumer:
    case KeyEffectKind::kStreamDeleteConsumer:
      TellConsumerInverse(stream.FindGroup(effect.field), effect, teller);
      break;
    default:
      TellPendingInverse(stream.FindGroup(effect.field), effect, teller);
  }
  return true;
}

// What must come after its entries, or its group, or its consumers, does.
template <>
void EffectsOf<Stream>::Describe(const Stream& stream, KeyEffect effect, TellEffect tell) {
  const Teller teller(effect, tell);
  teller.Tell(KeyEffectKind::kStreamMake, {}, {});
  for (Stream::Iterator each = stream.From(kNoStreamId); each.valid(); each.Next()) {
    teller.Entry(each.entry());
  }
  teller.Ids(stream);
  for (const auto& [name, group] : stream.groups()) {
    teller.Group(name, group);
    for (const auto& [unused, consumer] : group.consumers()) teller.Consumer(name, consumer);
    group.pending().ForEach([&, &name = name](const auto& each) { teller.Pending(name, each); });
  }
}

}  // namespace kontor
