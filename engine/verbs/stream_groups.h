#ifndef KONTOR_VERBS_STREAM_GROUPS_H_
#define KONTOR_VERBS_STREAM_GROUPS_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/stream.h"
#include "verbs/streams.h"

namespace kontor::verbs {

// Groups of consumers that share a stream, and what is acknowledged. A key of another type answers
// kWrongType. The locks of the keys are held by the operation, so nothing here blocks. What is
// returned by pointer is borrowed from the record: it lasts until the group is deleted or the
// operation ends.

struct FoundGroup {
  const Stream* stream;        // null if there is no such key
  const ConsumerGroup* group;  // null if there is no such group
};
Result<FoundGroup> StreamGroupFind(Operation& operation, Bytes key, Bytes group);

// False if it is there already. Makes the stream if the key is absent. kTooLarge.
Result<bool> StreamGroupMake(Operation& operation, Bytes key, Bytes group,
                             const StreamGroupState& state);
// False if there is none.
Result<bool> StreamGroupSet(Operation& operation, Bytes key, Bytes group,
                            const StreamGroupState& state);
Result<bool> StreamGroupDelete(Operation& operation, Bytes key, Bytes group);

// The group must be there. False if the consumer is already.
Result<bool> StreamConsumerMake(Operation& operation, Bytes key, Bytes group, Bytes consumer);
// How much was pending with it: 0 as well if it was not there.
Result<uint64_t> StreamConsumerDelete(Operation& operation, Bytes key, Bytes group, Bytes consumer);

// How many of these were pending.
Result<uint64_t> StreamAcknowledge(Operation& operation, Bytes key, Bytes group,
                                   absl::Span<const StreamId> ids);
// Those that were pending are acknowledged, and their entries deleted; of each id what became of
// it, where kDeleted is also the fate of an entry that was gone already.
Result<std::vector<StreamEntryFate>> StreamAcknowledgeAndDelete(Operation& operation, Bytes key,
                                                                Bytes group,
                                                                StreamReferences references,
                                                                absl::Span<const StreamId> ids);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_STREAM_GROUPS_H_
