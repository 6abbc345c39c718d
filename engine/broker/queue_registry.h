#ifndef KONTOR_BROKER_QUEUE_REGISTRY_H_
#define KONTOR_BROKER_QUEUE_REGISTRY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "base/bytes.h"
#include "base/effect.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/status.h"
#include "broker/awake_queues.h"
#include "broker/bindings.h"
#include "broker/work_queue.h"

namespace kontor {

// The queues of one engine by name. Thread-safe. Lock order: the registry's lock, then a queue's.
class QueueRegistry {
 public:
  // Who counts the messages; must outlive the queues. Before anything else.
  void set_budget(MemoryBudget* budget) { budget_ = budget; }
  // Null if there is none.
  std::shared_ptr<WorkQueue> Find(Bytes name) const;
  // Wakes every taker of every queue, and who awaits a message. Needs no memory, so that a handle
  // can always be closed.
  void WakeAll() const ABSL_LOCKS_EXCLUDED(mutex_);
  // In the order of their sequence, which is the order in which several are locked.
  std::vector<std::shared_ptr<WorkQueue>> All() const;
  // Those to be looked at again and again.
  std::vector<std::shared_ptr<WorkQueue>> Awake() const { return awake_.All(); }

  // Held while a queue is made or deleted and the effect is journaled, and by a snapshot, so that
  // neither sees half.
  Mutex* mutex() ABSL_LOCK_RETURNED(mutex_) { return &mutex_; }
  std::shared_ptr<WorkQueue> FindLocked(Bytes name) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<std::shared_ptr<WorkQueue>> AllLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t SizeLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return queues_.size(); }

  // Applies any queue effect: kQueueDeclare and kQueueDelete here, the others to the queue they
  // name (kCorrupt if there is no such queue, its options cannot be read, or a message id is out of
  // range; kInvalid for a binding to a token pattern that is none; kFull at limits::kQueues;
  // kTooLarge for a name over limits::kNameBytes; nothing is changed then). Declaring a queue that
  // exists changes its options; deleting one that does not, does nothing. For replay, and for
  // declaring and deleting live.
  Status ApplyLocked(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status Apply(const QueueEffect& effect) ABSL_LOCKS_EXCLUDED(mutex_);
  // The effect that begins the next incarnation of this engine, whose ids and receipts are none
  // that were given out before, also where the last ones of these were lost with the process.
  QueueEffect PlanIncarnationLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // That nothing of this incarnation will be lost, so that the ids of the next one follow its own.
  QueueEffect PlanIncarnationEndLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is known beside the queues, for a snapshot.
  void DescribeLocked(absl::FunctionRef<void(const QueueEffect&)> tell) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The queues that get what is published to this channel.
  std::vector<std::shared_ptr<WorkQueue>> BoundTo(Bytes channel) const {
    return bindings_.BoundTo(channel);
  }
  bool HasBoundTo(Bytes channel) const { return !BoundTo(channel).empty(); }

 private:
  // Above every id given out so far.
  uint64_t NextIdLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status ApplyIncarnationLocked(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status DeclareLocked(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DeleteLocked(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status BindLocked(const QueueEffect& effect, const std::shared_ptr<WorkQueue>& queue)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  MemoryBudget* budget_ = nullptr;
  // Before all that holds queues, which leave it when they go.
  AwakeQueues awake_;
  mutable Mutex mutex_;
  // By name; not absl's map, which is no map any more after an allocation failed.
  std::map<std::string, std::shared_ptr<WorkQueue>, std::less<>> queues_ ABSL_GUARDED_BY(mutex_);
  Bindings bindings_;  // changed with the lock only
  uint64_t next_sequence_ ABSL_GUARDED_BY(mutex_) = 1;
  // Above every message id of the queues deleted so far: a new queue of an old name starts here.
  uint64_t first_id_ ABSL_GUARDED_BY(mutex_) = 1;
  uint32_t incarnation_ ABSL_GUARDED_BY(mutex_) = 0;
  bool incarnation_ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_QUEUE_REGISTRY_H_
