#ifndef KONTOR_VERBS_QUEUES_H_
#define KONTOR_VERBS_QUEUES_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/bytes.h"
#include "base/status.h"
#include "broker/message.h"
#include "broker/work_queue.h"
#include "txn/core.h"
#include "txn/execute.h"

// What can be done with work queues outside a transaction. None of it takes a shard lock. Changes
// of durable queues are journaled under the queue's lock and wait for the engine's durability.
namespace kontor::verbs {

// The queue of this name, made if there is none. With options the queue takes them on; null keeps
// an existing queue as it is and gives a new one the defaults. kInvalid for an empty name or where
// `durable` would change, kTooLarge.
Result<std::shared_ptr<WorkQueue>> OpenQueue(Core* core, Bytes name, const QueueOptions* options);
// kNotFound. Handles of the queue answer kClosed.
Status DeleteQueue(Core* core, Bytes name);

// kExists, with the id of the first one, where a message with the same deduplication id was sent
// within the queue's time; kFull. `id` may be null.
Status Enqueue(Core* core, WorkQueue* queue, const NewMessage& message, uint64_t* id = nullptr);
// Leases up to `count` ready messages, waiting for the first. kTimeout, kInterrupted, kClosed.
// `place` gives the place of each before it is leased, so that one which cannot be handed out is
// not taken; *taken of the places are filled in the end.
Status Take(Core* core, WorkQueue* queue, size_t count, int64_t lease_ms, const WaitOptions& wait,
            absl::FunctionRef<TakenMessage*()> place, size_t* taken);
// kOutOfRange for what Take does not take.
Status CheckTake(size_t count, int64_t lease_ms);
// The same for whoever cannot wait in Take: a taker with its place in the queue's line. Not
// thread-safe.
class Taker {
 public:
  // `waiter` is notified when another attempt is worthwhile. All must outlive this.
  Taker(Core* core, WorkQueue* queue, Waiter* waiter)
      : core_(core), queue_(queue), place_(waiter) {}
  // Leaves the line.
  ~Taker();
  Taker(const Taker&) = delete;
  Taker& operator=(const Taker&) = delete;

  // kAgain: nothing is ready, or it is for those who came before; it has its place in line.
  Status Attempt(size_t count, int64_t lease_ms, absl::FunctionRef<TakenMessage*()> place,
                 size_t* taken);
  // The same, and what was leased is durable only once the journal is up to *lsn (left alone where
  // nothing is journaled), for which the caller waits before anything is handed out.
  Status AttemptWithoutWaiting(size_t count, int64_t lease_ms,
                               absl::FunctionRef<TakenMessage*()> place, size_t* taken, Lsn* lsn);
  // Gives up its place in line, if it has one; another attempt takes a new one.
  void StopWaiting();
  // Until another attempt is worthwhile by time alone, as of the last one; < 0: never.
  int64_t due_ms() const { return due_ms_; }

 private:
  void Leave();  // with the queue's lock

  Core* const core_;
  WorkQueue* const queue_;
  WaitPlace place_;
  int64_t due_ms_ = -1;
};
// kStaleReceipt: the lease ran out or was given back.
// Done, with a result for those who await it: kInvalid if the queue keeps none.
Status Acknowledge(Core* core, WorkQueue* queue, Receipt receipt, Bytes result = {});
// For those who await the message. kTooLarge above limits::kReasonBytes.
Status TellProgress(Core* core, WorkQueue* queue, Receipt receipt, Bytes progress);
Status Return(Core* core, WorkQueue* queue, Receipt receipt, int64_t delay_ms);
Status Bury(Core* core, WorkQueue* queue, Receipt receipt, Bytes reason);
// The new deadline of the lease.
Result<int64_t> Extend(Core* core, WorkQueue* queue, Receipt receipt, int64_t lease_ms);
// The lease is extended by itself for so long (< 0: as long as the process lives): kStaleReceipt.
Status Renew(Core* core, WorkQueue* queue, Receipt receipt, int64_t for_ms);
// Nothing is taken from a queue that is paused, also after it was reopened.
Status Pause(Core* core, WorkQueue* queue);
Status Resume(Core* core, WorkQueue* queue);
// Of dead letters: kNotFound.
Status Revive(Core* core, WorkQueue* queue, uint64_t id);
Status Discard(Core* core, WorkQueue* queue, uint64_t id);
Status Purge(Core* core, WorkQueue* queue);
Result<QueueFigures> Figures(Core* core, WorkQueue* queue);
Result<QueueOptions> OptionsOf(WorkQueue* queue);

// After recovery, once: ends the leases of the process that died (WorkQueue::PlanReleaseAll) and
// starts the totals.
void ReleaseLeases(Core* core, WorkQueue* queue);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_QUEUES_H_
