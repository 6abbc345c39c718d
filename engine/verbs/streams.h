#ifndef KONTOR_VERBS_STREAMS_H_
#define KONTOR_VERBS_STREAMS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/stream.h"

namespace kontor::verbs {

// What can be done with the entries of streams. An absent key is a stream without entries; a key of
// another type answers kWrongType. A stream stays when it has no entries left. The locks of the
// keys are held by the operation, so nothing here blocks. What is returned by pointer, and entries,
// are borrowed from the record: they last until the stream's entries change or the operation ends.

// Null if there is no such key.
Result<const Stream*> StreamFind(Operation& operation, Bytes key);

// What becomes of what groups know of entries that go.
enum class StreamReferences {
  kKeep,     // it stays pending, without an entry
  kDrop,     // it is pending no more
  kRespect,  // an entry that any group has yet to read, or has pending, does not go
};

struct StreamTrim {
  // What stays: so many entries, or, if this is not set, those whose ids are not less.
  std::optional<size_t> most_entries;
  StreamId least_id = kNoStreamId;
  // See Stream::TrimToSize.
  Stream::TrimBy by = Stream::TrimBy::kEntry;
  size_t limit = 0;
  StreamReferences references = StreamReferences::kKeep;
};

struct StreamAddition {
  std::optional<NewStreamId> id;  // none: the clock's
  std::vector<StreamField> fields;
  bool makes_stream = true;
  std::optional<StreamTrim> trim;  // when it was added
};
// The entry's id; none if there is no such key and it is not to be made. kInvalid for an id that is
// not greater than all before it, or if there is no greater one. kTooLarge.
Result<std::optional<StreamId>> StreamAdd(Operation& operation, Bytes key,
                                          const StreamAddition& addition);
// How many entries went.
Result<uint64_t> StreamTrimTo(Operation& operation, Bytes key, const StreamTrim& trim);
// How many of these were there.
Result<uint64_t> StreamDelete(Operation& operation, Bytes key, absl::Span<const StreamId> ids);

// The values are what XDELEX and XACKDEL answer.
enum class StreamEntryFate { kNotFound = -1, kDeleted = 1, kStillReferenced = 2 };
// Of each id.
Result<std::vector<StreamEntryFate>> StreamDeleteEach(Operation& operation, Bytes key,
                                                      StreamReferences references,
                                                      absl::Span<const StreamId> ids);

struct StreamIdsToSet {
  StreamId last_id = kNoStreamId;
  std::optional<uint64_t> entries_added;
  StreamId max_deleted_id = kNoStreamId;  // kNoStreamId leaves it
};
// kInvalid for an absent key, or for ids that entries which are there, or were, have exceeded.
Status StreamSetIds(Operation& operation, Bytes key, const StreamIdsToSet& ids);

struct StreamRange {
  StreamId first = kNoStreamId;
  StreamId last = kGreatestStreamId;
  bool backwards = false;
  uint64_t most = 0;  // entries; 0: all
};
std::vector<Stream::Entry> StreamEntries(const Stream& stream, const StreamRange& range);

// Whether any group has yet to read the entry, or has it pending.
bool IsReferenced(const Stream& stream, const StreamId& id);
// Makes it pending nowhere.
void DropReferences(Operation& operation, Bytes key, const Stream& stream, const StreamId& id);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_STREAMS_H_
