#ifndef KONTOR_VERBS_QUEUE_BINDINGS_H_
#define KONTOR_VERBS_QUEUE_BINDINGS_H_

#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "broker/work_queue.h"
#include "txn/core.h"

// Queues that are bound to channels and patterns: what is published there is put into all of them,
// in the same commit (txn/publish.h, txn/transaction.h).
namespace kontor::verbs {

// From now on the queue gets what is published there; nothing happens where it is bound already.
// kTooLarge for a name over limits::kNameBytes, kInvalid for a token pattern that is none, kFull at
// limits::kBindings, kClosed.
Status Bind(Core* core, WorkQueue* queue, SubjectKind kind, Bytes subject);
// kNotFound. What it got stays.
Status Unbind(Core* core, WorkQueue* queue, SubjectKind kind, Bytes subject);
Result<std::vector<Binding>> ListBindings(WorkQueue* queue);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_QUEUE_BINDINGS_H_
