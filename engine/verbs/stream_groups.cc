#include "verbs/stream_groups.h"

#include "base/check.h"
#include "verbs/check_limits.h"

namespace kontor::verbs {

Result<FoundGroup> StreamGroupFind(Operation& operation, Bytes key, Bytes group) {
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream, StreamFind(operation, key));
  return FoundGroup{stream, stream == nullptr ? nullptr : stream->FindGroup(group)};
}

Result<bool> StreamGroupMake(Operation& operation, Bytes key, Bytes group,
                             const StreamGroupState& state) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  KONTOR_RETURN_IF_ERROR(CheckValue(group));
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, StreamGroupFind(operation, key, group));
  if (found.group != nullptr) return false;
  if (found.stream == nullptr) operation.MakeStream(key);
  operation.SetGroup(key, group, state);
  operation.Announce(KeyEventClass::kStream, "xgroup-create", key);
  return true;
}

Result<bool> StreamGroupSet(Operation& operation, Bytes key, Bytes group,
                            const StreamGroupState& state) {
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, StreamGroupFind(operation, key, group));
  if (found.group == nullptr) return false;
  // Entries may be new to the group again; whoever is first in line takes them.
  operation.WakeStreamReaders(key);
  operation.SetGroup(key, group, state);
  operation.Announce(KeyEventClass::kStream, "xgroup-setid", key);
  return true;
}

Result<bool> StreamGroupDelete(Operation& operation, Bytes key, Bytes group) {
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, StreamGroupFind(operation, key, group));
  if (found.group == nullptr) return false;
  operation.DeleteGroup(key, group);
  operation.Announce(KeyEventClass::kStream, "xgroup-destroy", key);
  return true;
}

Result<bool> StreamConsumerMake(Operation& operation, Bytes key, Bytes group, Bytes consumer) {
  KONTOR_RETURN_IF_ERROR(CheckValue(consumer));
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, StreamGroupFind(operation, key, group));
  KONTOR_CHECK(found.group != nullptr);
  if (found.group->FindConsumer(consumer) != nullptr) return false;
  operation.SetConsumer(
      key, group,
      {.name = consumer, .seen_unix_ms = operation.now_unix_ms(), .active_unix_ms = -1});
  operation.Announce(KeyEventClass::kStream, "xgroup-createconsumer", key);
  return true;
}

Result<uint64_t> StreamConsumerDelete(Operation& operation, Bytes key, Bytes group,
                                      Bytes consumer) {
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, StreamGroupFind(operation, key, group));
  const ConsumerGroup::Consumer* const deleted =
      found.group == nullptr ? nullptr : found.group->FindConsumer(consumer);
  if (deleted == nullptr) return uint64_t{0};
  const uint64_t pending = deleted->pending();
  operation.DeleteConsumer(key, group, consumer);
  operation.Announce(KeyEventClass::kStream, "xgroup-delconsumer", key);
  return pending;
}

Result<uint64_t> StreamAcknowledge(Operation& operation, Bytes key, Bytes group,
                                   absl::Span<const StreamId> ids) {
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, StreamGroupFind(operation, key, group));
  uint64_t acknowledged = 0;
  for (const StreamId& id : ids) {
    if (found.group == nullptr || found.group->Lookup(id) == nullptr) continue;
    operation.RemovePending(key, group, id);
    ++acknowledged;
  }
  return acknowledged;
}

Result<std::vector<StreamEntryFate>> StreamAcknowledgeAndDelete(Operation& operation, Bytes key,
                                                                Bytes group,
                                                                StreamReferences references,
                                                                absl::Span<const StreamId> ids) {
  std::vector<StreamEntryFate> fates(ids.size(), StreamEntryFate::kNotFound);
  KONTOR_ASSIGN_OR_RETURN(const FoundGroup found, StreamGroupFind(operation, key, group));
  for (size_t i = 0; found.group != nullptr && i < ids.size(); ++i) {
    if (found.group->Lookup(ids[i]) == nullptr) continue;
    operation.RemovePending(key, group, ids[i]);
    KONTOR_ASSIGN_OR_RETURN(
        const std::vector<StreamEntryFate> deleted,
        StreamDeleteEach(operation, key, references, absl::MakeConstSpan(&ids[i], 1)));
    const bool stays = deleted.front() == StreamEntryFate::kStillReferenced;
    fates[i] = stays ? StreamEntryFate::kStillReferenced : StreamEntryFate::kDeleted;
  }
  return fates;
}

}  // namespace kontor::verbs
