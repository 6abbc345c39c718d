#include "verbs/streams.h"

#include <algorithm>
#include <string>

#include "verbs/check_limits.h"

namespace kontor::verbs {
namespace {

Status IdTooSmall() {
  return Status(Code::kInvalid,
                "The ID specified in XADD is equal or smaller than the target stream top item");
}

// The id a new entry gets behind `last_id`.
Result<StreamId> ChooseId(Operation& operation, const std::optional<NewStreamId>& wanted,
                          const StreamId& last_id) {
  const std::optional<StreamId> next = last_id.Next();
  if (!next.has_value()) {
    return Status(Code::kInvalid,
                  "The stream has exhausted the last possible ID, unable to add more items");
  }
  if (!wanted.has_value()) {
    const StreamId now{static_cast<uint64_t>(operation.now_unix_ms()), 0};
    return now.ms > last_id.ms ? now : *next;
  }
  StreamId id = wanted->id;
  if (!wanted->has_sequence && id.ms == last_id.ms) id = *next;
  const bool fits = id > last_id && id.ms == wanted->id.ms;
  return fits ? Result<StreamId>(id) : IdTooSmall();
}

Status CheckFields(const std::vector<StreamField>& fields) {
  for (const StreamField& field : fields) {
    KONTOR_RETURN_IF_ERROR(CheckValue(field.name));
    KONTOR_RETURN_IF_ERROR(CheckValue(field.value));
  }
  return Ok();
}

// Up to this entry every group has read.
StreamId ReadByAll(const Stream& stream) {
  StreamId read = kGreatestStreamId;
  for (const auto& [name, group] : stream.groups()) read = std::min(read, group.last_delivered_id);
  return read;
}

// Those up to `last_id` that no group needs, the first `most` of them. A trim leaves the greatest
// deleted id as it is.
uint64_t TrimUnreferenced(Operation& operation, Bytes key, const Stream& stream,
                          const StreamId& last_id, size_t most) {
  const StreamId end = std::min(last_id, ReadByAll(stream));
  std::vector<StreamId> gone;
  for (Stream::Iterator each = stream.From(kNoStreamId);
       each.valid() && each.id() <= end && gone.size() < most; each.Next()) {
    if (!IsReferenced(stream, each.id())) gone.push_back(each.id());
  }
  if (gone.empty()) return 0;
  const StreamIds ids{stream.last_id(), stream.max_deleted_id(), stream.entries_added()};
  for (const StreamId& id : gone) operation.DeleteEntry(key, id);
  operation.SetStreamIds(key, ids);
  return gone.size();
}

uint64_t TrimFound(Operation& operation, Bytes key, const Stream& stream, const StreamTrim& trim) {
  const Stream::Trim planned = trim.most_entries.has_value()
                                   ? stream.TrimToSize(*trim.most_entries, trim.by, trim.limit)
                                   : stream.TrimToId(trim.least_id, trim.by, trim.limit);
  if (planned.count == 0) return 0;
  if (trim.references == StreamReferences::kRespect) {
    // What must stay does not count among those that may.
    const bool goes_on = trim.most_entries.has_value() && trim.by == Stream::TrimBy::kEntry;
    return TrimUnreferenced(operation, key, stream, goes_on ? kGreatestStreamId : planned.last_id,
                            planned.count);
  }
  if (trim.references == StreamReferences::kDrop) {
    for (Stream::Iterator each = stream.From(kNoStreamId);
         each.valid() && each.id() <= planned.last_id; each.Next()) {
      DropReferences(operation, key, stream, each.id());
    }
  }
  operation.TrimStream(key, planned.last_id);
  return planned.count;
}

}  // namespace

Result<const Stream*> StreamFind(Operation& operation, Bytes key) {
  const Stream* stream = nullptr;
  KONTOR_RETURN_IF_ERROR(operation.Find(key, &stream));
  return stream;
}

bool IsReferenced(const Stream& stream, const StreamId& id) {
  return std::any_of(stream.groups().begin(), stream.groups().end(), [&](const auto& each) {
    return id > each.second.last_delivered_id || each.second.Lookup(id) != nullptr;
  });
}

void DropReferences(Operation& operation, Bytes key, const Stream& stream, const StreamId& id) {
  for (const auto& [name, group] : stream.groups()) {
    if (group.Lookup(id) != nullptr) operation.RemovePending(key, name, id);
  }
}

Result<std::optional<StreamId>> StreamAdd(Operation& operation, Bytes key,
                                          const StreamAddition& addition) {
  if (addition.id.has_value() && addition.id->has_sequence && addition.id->id == kNoStreamId) {
    return Status(Code::kInvalid, "The ID specified in XADD must be greater than 0-0");
  }
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  KONTOR_RETURN_IF_ERROR(CheckFields(addition.fields));
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream, StreamFind(operation, key));
  if (stream == nullptr && !addition.makes_stream) return std::optional<StreamId>();
  KONTOR_RETURN_IF_ERROR(CheckElements(stream == nullptr ? 0 : stream->size(), 1));
  const StreamId last_id = stream == nullptr ? kNoStreamId : stream->last_id();
  KONTOR_ASSIGN_OR_RETURN(const StreamId id, ChooseId(operation, addition.id, last_id));
  operation.AddEntry(key, id, addition.fields);
  operation.Announce(KeyEventClass::kStream, "xadd", key);
  if (addition.trim.has_value()) {
    KONTOR_RETURN_IF_ERROR(StreamTrimTo(operation, key, *addition.trim).status());
  }
  return std::optional<StreamId>(id);
}

Result<uint64_t> StreamTrimTo(Operation& operation, Bytes key, const StreamTrim& trim) {
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream, StreamFind(operation, key));
  if (stream == nullptr) return uint64_t{0};
  const uint64_t trimmed = TrimFound(operation, key, *stream, trim);
  if (trimmed > 0) operation.Announce(KeyEventClass::kStream, "xtrim", key);
  return trimmed;
}

Result<uint64_t> StreamDelete(Operation& operation, Bytes key, absl::Span<const StreamId> ids) {
  KONTOR_ASSIGN_OR_RETURN(const std::vector<StreamEntryFate> fates,
                          StreamDeleteEach(operation, key, StreamReferences::kKeep, ids));
  return static_cast<uint64_t>(std::count(fates.begin(), fates.end(), StreamEntryFate::kDeleted));
}

Result<std::vector<StreamEntryFate>> StreamDeleteEach(Operation& operation, Bytes key,
                                                      StreamReferences references,
                                                      absl::Span<const StreamId> ids) {
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream, StreamFind(operation, key));
  std::vector<StreamEntryFate> fates(ids.size(), StreamEntryFate::kNotFound);
  for (size_t i = 0; stream != nullptr && i < ids.size(); ++i) {
    if (references == StreamReferences::kRespect && IsReferenced(*stream, ids[i])) {
      fates[i] = StreamEntryFate::kStillReferenced;
      continue;
    }
    if (references == StreamReferences::kDrop) DropReferences(operation, key, *stream, ids[i]);
    if (!stream->Contains(ids[i])) continue;
    operation.DeleteEntry(key, ids[i]);
    fates[i] = StreamEntryFate::kDeleted;
  }
  if (std::count(fates.begin(), fates.end(), StreamEntryFate::kDeleted) > 0) {
    operation.Announce(KeyEventClass::kStream, "xdel", key);
  }
  return fates;
}

Status StreamSetIds(Operation& operation, Bytes key, const StreamIdsToSet& ids) {
  KONTOR_ASSIGN_OR_RETURN(const Stream* stream, StreamFind(operation, key));
  const char* wrong = nullptr;
  if (stream == nullptr) {
    wrong = "no such key";
  } else if (ids.last_id < stream->max_deleted_id()) {
    wrong = "The ID specified in XSETID is smaller than current max_deleted_entry_id";
  } else if (stream->size() > 0 && ids.last_id < stream->Until(kGreatestStreamId).id()) {
    wrong = "The ID specified in XSETID is smaller than the target stream top item";
  } else if (stream->size() > ids.entries_added.value_or(UINT64_MAX)) {
    wrong = "The entries_added specified in XSETID is smaller than the target stream length";
  }
  if (wrong != nullptr) return Status(Code::kInvalid, wrong);
  const bool sets_deleted = ids.max_deleted_id != kNoStreamId;
  operation.SetStreamIds(key,
                         {ids.last_id, sets_deleted ? ids.max_deleted_id : stream->max_deleted_id(),
                          ids.entries_added.value_or(stream->entries_added())});
  operation.Announce(KeyEventClass::kStream, "xsetid", key);
  return Ok();
}

std::vector<Stream::Entry> StreamEntries(const Stream& stream, const StreamRange& range) {
  std::vector<Stream::Entry> entries;
  Stream::Iterator each = range.backwards ? stream.Until(range.last) : stream.From(range.first);
  while (each.valid() && each.id() >= range.first && each.id() <= range.last) {
    entries.push_back(each.entry());
    if (entries.size() == range.most) break;
    range.backwards ? each.Previous() : each.Next();
  }
  return entries;
}

}  // namespace kontor::verbs
