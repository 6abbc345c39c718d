#ifndef KONTOR_KEYSPACE_STREAM_CODEC_H_
#define KONTOR_KEYSPACE_STREAM_CODEC_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "types/stream.h"

namespace kontor {

// What the effects of streams carry in their field and value (persist/FORMAT.md). Decoding answers
// false for bytes that are anything else, and borrows what it answers from them.

std::string EncodeStreamId(const StreamId& id);
bool DecodeStreamId(Bytes encoded, StreamId* id);

// There is at least one.
std::string EncodeStreamFields(std::span<const StreamField> fields);
bool DecodeStreamFields(Bytes encoded, std::vector<StreamField>* fields);

// What Stream::SetIds takes.
struct StreamIds {
  StreamId last_id;
  StreamId max_deleted_id;
  uint64_t entries_added;
};
std::string EncodeStreamIds(const StreamIds& ids);
bool DecodeStreamIds(Bytes encoded, StreamIds* ids);

struct StreamGroupState {
  StreamId last_delivered_id;
  std::optional<uint64_t> entries_read;
};
std::string EncodeStreamGroup(const StreamGroupState& group);
bool DecodeStreamGroup(Bytes encoded, StreamGroupState* group);

struct StreamConsumerState {
  Bytes name;
  int64_t seen_unix_ms;
  int64_t active_unix_ms;
};
std::string EncodeStreamConsumer(const StreamConsumerState& consumer);
bool DecodeStreamConsumer(Bytes encoded, StreamConsumerState* consumer);

struct StreamPendingState {
  StreamId id;
  Bytes consumer;
  int64_t delivered_unix_ms;
  uint64_t deliveries;
};
std::string EncodeStreamPending(const StreamPendingState& pending);
bool DecodeStreamPending(Bytes encoded, StreamPendingState* pending);

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_STREAM_CODEC_H_
