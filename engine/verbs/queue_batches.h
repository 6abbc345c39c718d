#ifndef KONTOR_VERBS_QUEUE_BATCHES_H_
#define KONTOR_VERBS_QUEUE_BATCHES_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "base/status.h"
#include "broker/message.h"
#include "broker/work_queue.h"
#include "txn/core.h"

// Many messages of one queue at once: under one lock, in one record, with one wait for the disk.
namespace kontor::verbs {

// All of them or none; their ids follow each other, in `ids` of the same size. Without
// deduplication ids (kInvalid). kFull, kTooLarge where their bodies are above what a record holds.
Status EnqueueMany(Core* core, WorkQueue* queue, absl::Span<const NewMessage> messages,
                   uint64_t* ids);
// Of messages with parents, in a transaction with these. kNotFound: one has no such parent that
// waits.
Status EnqueueChildren(Core* core, WorkQueue* queue, absl::Span<const NewMessage> messages,
                       uint64_t* ids);
// Those whose lease has not run out; *acknowledged is how many, and done[i], if `done` is not null,
// whether the i-th is among them. kNoMemory may leave some done, and those are told.
Status AcknowledgeMany(Core* core, WorkQueue* queue, absl::Span<const uint64_t> receipts,
                       size_t* acknowledged, uint8_t* done);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_QUEUE_BATCHES_H_
