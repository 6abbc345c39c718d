#ifndef KONTOR_VERBS_QUEUE_COMMIT_H_
#define KONTOR_VERBS_QUEUE_COMMIT_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "base/effect.h"
#include "base/status.h"
#include "broker/work_queue.h"
#include "txn/core.h"

// How a change of one queue comes about: planned, applied, and given its place in the journal, all
// under the queue's lock.
namespace kontor::verbs {

Status QueueClosed();
// kReadOnly where the journal takes nothing any more.
Status QueueWritable(Core* core);
// The same before messages are sent or taken (txn/incarnation.h).
Status QueueUsable(Core* core);

// Applies an effect and journals it. *lsn is left alone where nothing is journaled. Throws
// std::bad_alloc with nothing changed.
void Commit(Core* core, WorkQueue* queue, const QueueEffect& effect, Lsn* lsn)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex());
// Puts and what goes with them, in one record: all of it, or nothing and std::bad_alloc.
void CommitTogether(Core* core, WorkQueue* queue, absl::Span<const QueueEffect> puts,
                    absl::Span<const QueueEffect> others, Lsn* lsn)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex());

// For effects that are applied one after the other, each by itself, and become one record in the
// end. Throws std::bad_alloc with nothing changed by it; what was applied before stays.
void ApplyAndRecord(Core* core, WorkQueue* queue, const QueueEffect& effect, std::string* record)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex());
// Journals what was applied, under the same lock. *lsn is left alone where that is nothing.
void Append(Core* core, const std::string& record, Lsn* lsn);

// What time alone changed since the queue was last looked at: delays and leases end, schedules run.
// Then thresholds that were crossed since are told of.
void CatchUp(Core* core, WorkQueue* queue, int64_t now_unix_ms, Lsn* lsn)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex());
// The same for whoever has not got the lock, or does not change anything: the engine's background
// work, and those who look.
void CatchUp(Core* core, WorkQueue* queue);

// Plans one effect under the lock, commits it, and waits for the engine's durability.
Status PlanAndCommit(Core* core, WorkQueue* queue,
                     absl::FunctionRef<Result<QueueEffect>(int64_t now_unix_ms)> plan);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_QUEUE_COMMIT_H_
