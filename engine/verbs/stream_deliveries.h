#ifndef KONTOR_VERBS_STREAM_DELIVERIES_H_
#define KONTOR_VERBS_STREAM_DELIVERIES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/stream.h"
#include "verbs/stream_groups.h"

namespace kontor::verbs {

// How the consumers of a group come by a stream's entries: new ones, those pending with them, and
// those pending with others for too long. A key of another type answers kWrongType; else the group
// must be there. The consumer is made if it is not. The locks of the keys are held by the
// operation, so nothing here blocks. Times are milliseconds.

// To whom.
struct StreamReader {
  Bytes key;
  Bytes group;
  Bytes consumer;
};

// The entry is borrowed from the stream: it lasts until the stream's entries change or the
// operation ends.
struct StreamDelivery {
  StreamId id;
  std::optional<Stream::Entry> entry;  // none: it was deleted since it was delivered first
  // Before this delivery: how long it had been pending, and how often it had been delivered.
  int64_t idle_ms = 0;
  uint64_t deliveries = 0;
};

struct StreamNews {
  uint64_t most = 0;          // entries; 0: all
  bool acknowledged = false;  // the new ones do not become pending
  bool in_turn = false;       // none of the new ones while another of the group waits for them
  // Set: first comes what has been pending for so long with whomever, the longest first.
  std::optional<int64_t> claim_idle_ms = std::nullopt;
};
// What was never delivered to the group, and what is claimed.
Result<std::vector<StreamDelivery>> StreamReadNew(Operation& operation, const StreamReader& reader,
                                                  const StreamNews& news);
// When something pending will have been so for `claim_idle_ms`: in so many milliseconds, -1 for
// never. The group may be absent.
Result<int64_t> StreamClaimableIn(Operation& operation, Bytes key, Bytes group,
                                  int64_t claim_idle_ms);
// What is pending with the consumer, from the id behind `after`, the first `most` (0: all). An
// entry that is there is delivered once more.
Result<std::vector<StreamDelivery>> StreamReadPending(Operation& operation,
                                                      const StreamReader& reader,
                                                      const StreamId& after, uint64_t most);

struct StreamClaim {
  int64_t min_idle_ms = 0;
  int64_t delivered_unix_ms = 0;
  std::optional<uint64_t> deliveries;  // none: one more, unless `counts` is false
  bool counts = true;
  bool forces = false;             // also what is not pending, if the entry is there
  StreamId last_id = kNoStreamId;  // the group has read up to here, if not further
};
// Those of the ids that the consumer has now. What is pending without an entry is pending no more.
Result<std::vector<StreamDelivery>> StreamClaimEach(Operation& operation,
                                                    const StreamReader& reader,
                                                    const StreamClaim& claim,
                                                    absl::Span<const StreamId> ids);

struct StreamAutoClaim {
  int64_t min_idle_ms = 0;
  StreamId first = kNoStreamId;
  uint64_t most = 100;  // claimed or deleted; ten times as many are looked at
  bool counts = true;
};
struct StreamClaimed {
  StreamId next = kNoStreamId;  // where to go on; kNoStreamId: nowhere
  std::vector<StreamDelivery> claimed;
  std::vector<StreamId> deleted;  // were pending without an entry, and are pending no more
};
Result<StreamClaimed> StreamClaimFrom(Operation& operation, const StreamReader& reader,
                                      const StreamAutoClaim& claim);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_STREAM_DELIVERIES_H_
