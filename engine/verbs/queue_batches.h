#ifndef KONTOR_VERBS_QUEUE_BATCHES_H_
#define KONTOR_VERBS_QUEUE_BATCHES_H_

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "broker/message.h"
#include "broker/work_queue.h"
#include "txn/core.h"

// Many messages of one queue at once: under one lock, in one record, with one wait for the disk.
namespace kontor::verbs {

// So many messages that differ in their bodies, which body_of(i) tells: all of them or none. Their
// ids follow each other, the first is *first_id. Without a deduplication id (kInvalid). kFull;
// kTooLarge where their bodies are above what a record holds.
Status EnqueueMany(Core* core, WorkQueue* queue, const NewMessage& message, size_t count,
                   absl::FunctionRef<Bytes(size_t)> body_of, uint64_t* first_id);
// The same of messages with parents, in a transaction with these. kNotFound: one has no such parent
// that waits.
Status EnqueueChildren(Core* core, WorkQueue* queue, size_t count,
                       absl::FunctionRef<NewMessage(size_t)> message_of, uint64_t* first_id);
// Those whose lease has not run out; *acknowledged is how many, and done[i], if `done` is not null,
// whether the i-th is among them. kNoMemory may leave some done, and those are told.
Status AcknowledgeMany(Core* core, WorkQueue* queue, absl::Span<const uint64_t> receipts,
                       size_t* acknowledged, uint8_t* done);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_QUEUE_BATCHES_H_
