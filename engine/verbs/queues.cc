#include "verbs/queues.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "base/limits.h"
#include "txn/make_room.h"
#include "verbs/attempt_until_done.h"
#include "verbs/queue_batches.h"
#include "verbs/queue_commit.h"

namespace kontor::verbs {
namespace {

// What one call of Take is asked for, and what it has got.
struct Taking {
  const size_t count;
  const int64_t lease_ms;
  const absl::FunctionRef<TakenMessage*()> place;
  size_t taken = 0;
  Lsn lsn = 0;
};

// Leases ready messages, as many as there are and may be taken.
void LeaseReady(Core* core, WorkQueue* queue, int64_t now_unix_ms, Taking* taking)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex()) {
  QueueEffect effect{};
  std::string record;
  const WorkQueue::CountsOnce counts_once(queue);
  try {
    while (taking->taken < taking->count &&
           queue->PlanTake(taking->lease_ms, now_unix_ms, &effect)) {
      TakenMessage* const message = taking->place();
      SharedBytes body = queue->NextBody();
      ApplyAndRecord(core, queue, effect, &record);
      *message = queue->Taken(effect.id);
      message->body = std::move(body);
      ++taking->taken;
    }
  } catch (const std::bad_alloc&) {
    // Those that are leased are handed out; with none there is only the failure to tell.
    if (taking->taken == 0) throw;
  }
  Append(core, record, &taking->lsn);
}

Status EnqueueLocked(Core* core, WorkQueue* queue, const NewMessage& message, int64_t now_unix_ms,
                     uint64_t* id, Lsn* lsn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex()) {
  QueueEffect goes{};
  const bool overflows = queue->PlanOverflow(now_unix_ms, 0, 0, 0, &goes);
  QueueEffect put{};
  KONTOR_RETURN_IF_ERROR(queue->PlanEnqueue(message, now_unix_ms, 0, overflows ? 1 : 0, &put));
  *id = put.id;
  const absl::Span<const QueueEffect> others(&goes, overflows ? 1 : 0);
  CommitTogether(core, queue, absl::MakeConstSpan(&put, 1), others, lsn);
  return Ok();
}

Status CheckName(Bytes name) {
  if (name.empty()) return Status(Code::kInvalid, "a queue's name must not be empty");
  if (name.size() > limits::kNameBytes) {
    return Status(Code::kTooLarge, "a queue's name has at most " +
                                       std::to_string(limits::kNameBytes) +
                                       " bytes, this one has " + std::to_string(name.size()));
  }
  return Ok();
}

}  // namespace

Result<std::shared_ptr<WorkQueue>> OpenQueue(Core* core, Bytes name, const QueueOptions* options) {
  KONTOR_RETURN_IF_ERROR(CheckName(name));
  if (options != nullptr) KONTOR_RETURN_IF_ERROR(Validate(*options));
  if (options == nullptr) {
    if (std::shared_ptr<WorkQueue> found = core->queues.Find(name); found != nullptr) return found;
  }
  KONTOR_RETURN_IF_ERROR(QueueWritable(core));
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, 0));
  Lsn lsn = 0;
  bool changes = true;
  std::shared_ptr<WorkQueue> queue;
  {
    const MutexLock lock(core->queues.mutex());
    if (core->closed.load(std::memory_order_relaxed)) return EngineClosed();
    queue = core->queues.FindLocked(name);
    QueueOptions wanted = options == nullptr ? QueueOptions() : *options;
    if (queue != nullptr) {
      const MutexLock queue_lock(queue->mutex());
      if (options == nullptr) return queue;
      changes = queue->options() != wanted;
      if (queue->options().durable != wanted.durable) {
        return Status(Code::kInvalid,
                      "a queue cannot change between durable and memory-only; delete it first");
      }
    } else if (core->queues.SizeLocked() >= limits::kQueues) {
      return Status(Code::kFull, "there are " + std::to_string(limits::kQueues) +
                                     " queues already, which is the limit; delete some");
    }
    if (changes) {
      const std::string encoded = Encode(wanted);
      const QueueEffect effect{
          .kind = QueueEffectKind::kQueueDeclare, .queue = name, .body = encoded};
      KONTOR_RETURN_IF_ERROR(core->queues.ApplyLocked(effect));
      queue = core->queues.FindLocked(name);
      if (core->journal != nullptr && wanted.durable != 0) {
        std::string record;
        EncodeEffect(effect, &record);
        lsn = core->journal->Append(record);
      }
    }
  }
  KONTOR_RETURN_IF_ERROR(changes ? AwaitDurability(core, lsn) : AwaitWhatIsThere(core));
  return queue;
}

namespace {

// Empties a queue that is to be deleted, so that the parents of its messages are told while that
// can still be journaled.
Status Drain(Core* core, WorkQueue* queue) {
  KONTOR_RETURN_IF_ERROR(Purge(core, queue));
  const MutexLock lock(queue->mutex());
  if (queue->owed_parents().empty()) return Ok();
  return Status(Code::kNoMemory,
                "there is no memory to tell the parents of the queue's messages; try again");
}

}  // namespace

Status DeleteQueue(Core* core, Bytes name) {
  KONTOR_RETURN_IF_ERROR(CheckName(name));
  KONTOR_RETURN_IF_ERROR(QueueWritable(core));
  const std::shared_ptr<WorkQueue> queue = core->queues.Find(name);
  Status absent(Code::kNotFound, "there is no such queue");
  if (queue == nullptr) return absent;
  {
    const MutexLock lock(queue->mutex());
    queue->RefuseChildren();
  }
  const absl::Cleanup accept_children = [&queue] {
    const MutexLock lock(queue->mutex());
    queue->AcceptChildren();
  };
  Status drained = Drain(core, queue.get());
  if (!drained.ok() && drained.code() != Code::kClosed) return drained;
  Lsn lsn = 0;
  {
    const MutexLock lock(core->queues.mutex());
    if (core->closed.load(std::memory_order_relaxed)) return EngineClosed();
    // Somebody else may have deleted it, and made another one of that name.
    if (core->queues.FindLocked(name) != queue) return absent;
    // What needs memory first: a queue is not to be closed and stay.
    const QueueEffect effect{.kind = QueueEffectKind::kQueueDelete, .queue = name};
    std::string record;
    EncodeEffect(effect, &record);
    bool durable = false;
    {
      // Closed before the deletion is journaled: a late call on a handle must not write to a queue
      // that is gone.
      const MutexLock queue_lock(queue->mutex());
      durable = queue->options().durable != 0;
      queue->Close();
    }
    KONTOR_RETURN_IF_ERROR(core->queues.ApplyLocked(effect));
    if (core->journal != nullptr && durable) lsn = core->journal->Append(record);
  }
  return AwaitDurability(core, lsn);
}

Status Enqueue(Core* core, WorkQueue* queue, const NewMessage& given, uint64_t* id) {
  uint64_t unused = 0;
  if (id == nullptr) id = &unused;
  *id = 0;
  if (given.HasParent()) {
    return EnqueueChildren(
        core, queue, 1, [&given](size_t) { return given; }, id);
  }
  std::string frame;
  const NewMessage message = queue->Compress(given, &frame);
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, message.body.size()));
  KONTOR_RETURN_IF_ERROR(QueueUsable(core));
  Lsn lsn = 0;
  bool is_new = false;
  {
    const MutexLock lock(queue->mutex());
    if (queue->closed()) return QueueClosed();
    const int64_t now_unix_ms = core->clock->UnixMs();
    CatchUp(core, queue, now_unix_ms, &lsn);
    *id = queue->DuplicateOf(message, now_unix_ms);
    is_new = *id == 0;
    if (is_new) KONTOR_RETURN_IF_ERROR(EnqueueLocked(core, queue, message, now_unix_ms, id, &lsn));
  }
  if (!is_new) {
    KONTOR_RETURN_IF_ERROR(AwaitWhatIsThere(core));
    return Status(Code::kExists, "a message with this deduplication id was sent before");
  }
  PayBack(core, 0);
  return AwaitDurability(core, lsn);
}

Taker::~Taker() { StopWaiting(); }

void Taker::StopWaiting() {
  if (!place_.linked()) return;  // nobody else changes that
  const MutexLock lock(queue_->mutex());
  Leave();
}

void Taker::Leave() {
  queue_->mutex()->AssertHeld();
  if (!place_.linked()) return;
  queue_->waiters()->Remove(&place_);
  queue_->TellFirstWaiter();
}

Status Taker::Attempt(size_t count, int64_t lease_ms, absl::FunctionRef<TakenMessage*()> place,
                      size_t* taken) {
  Lsn lsn = 0;
  KONTOR_RETURN_IF_ERROR(AttemptWithoutWaiting(count, lease_ms, place, taken, &lsn));
  return AwaitDurability(core_, lsn);
}

Status Taker::AttemptWithoutWaiting(size_t count, int64_t lease_ms,
                                    absl::FunctionRef<TakenMessage*()> place, size_t* taken,
                                    Lsn* lsn) {
  *taken = 0;
  KONTOR_RETURN_IF_ERROR(QueueUsable(core_));
  Taking taking{.count = count, .lease_ms = lease_ms, .place = place};
  {
    const MutexLock lock(queue_->mutex());
    if (queue_->closed()) return QueueClosed();
    const int64_t now_unix_ms = core_->clock->UnixMs();
    CatchUp(core_, queue_, now_unix_ms, &taking.lsn);
    if (queue_->waiters()->MayTake(place_)) LeaseReady(core_, queue_, now_unix_ms, &taking);
    if (taking.taken == 0) {
      if (!place_.linked()) queue_->waiters()->Append(&place_);
      const int64_t next_unix_ms = queue_->NextDueUnixMs();
      place_.set_looks_again_at(next_unix_ms);
      due_ms_ = next_unix_ms == INT64_MAX ? -1 : std::max<int64_t>(1, next_unix_ms - now_unix_ms);
      return Status(Code::kAgain);
    }
    Leave();
  }
  *taken = taking.taken;
  if (taking.lsn != 0) *lsn = taking.lsn;
  return Ok();
}

Status CheckTake(size_t count, int64_t lease_ms) {
  if (count == 0 || count > limits::kTakeBatch) {
    return Status(Code::kOutOfRange, "one take gets 1 to " + std::to_string(limits::kTakeBatch) +
                                         " messages, not " + std::to_string(count));
  }
  if (lease_ms < 0 || lease_ms > limits::kLeaseMs) {
    return Status(Code::kOutOfRange, "a lease lasts 0 (the queue's) to " +
                                         std::to_string(limits::kLeaseMs) + " ms, not " +
                                         std::to_string(lease_ms));
  }
  return Ok();
}

Status Take(Core* core, WorkQueue* queue, size_t count, int64_t lease_ms, const WaitOptions& wait,
            absl::FunctionRef<TakenMessage*()> place, size_t* taken) {
  *taken = 0;
  KONTOR_RETURN_IF_ERROR(CheckTake(count, lease_ms));
  Waiter own;
  Waiter* const waiter = wait.waiter == nullptr ? &own : wait.waiter;
  Taker taker(core, queue, waiter);
  return AttemptUntilDone(wait, waiter, [&](int64_t* retry_ms) {
    Status status = taker.Attempt(count, lease_ms, place, taken);
    *retry_ms = taker.due_ms();
    return status;
  });
}

Status Acknowledge(Core* core, WorkQueue* queue, Receipt receipt, Bytes result) {
  if (!result.empty()) KONTOR_RETURN_IF_ERROR(CheckRoom(core, result.size()));
  return PlanAndCommit(core, queue, [&](int64_t now_unix_ms) {
    queue->mutex()->AssertHeld();
    return queue->PlanAcknowledge(receipt, now_unix_ms, result);
  });
}

Status TellProgress(Core* core, WorkQueue* queue, Receipt receipt, Bytes progress) {
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, progress.size()));
  return PlanAndCommit(core, queue, [&](int64_t now_unix_ms) {
    queue->mutex()->AssertHeld();
    return queue->PlanProgress(receipt, progress, now_unix_ms);
  });
}

Status Return(Core* core, WorkQueue* queue, Receipt receipt, int64_t delay_ms) {
  return PlanAndCommit(core, queue, [&](int64_t now_unix_ms) {
    queue->mutex()->AssertHeld();
    return queue->PlanReturn(receipt, delay_ms, now_unix_ms);
  });
}

Status Bury(Core* core, WorkQueue* queue, Receipt receipt, Bytes reason) {
  return PlanAndCommit(core, queue, [&](int64_t now_unix_ms) {
    queue->mutex()->AssertHeld();
    return queue->PlanBury(receipt, reason, now_unix_ms);
  });
}

Result<int64_t> Extend(Core* core, WorkQueue* queue, Receipt receipt, int64_t lease_ms) {
  int64_t lease_until_unix_ms = 0;
  KONTOR_RETURN_IF_ERROR(
      PlanAndCommit(core, queue, [&](int64_t now_unix_ms) -> Result<QueueEffect> {
        queue->mutex()->AssertHeld();
        KONTOR_ASSIGN_OR_RETURN(QueueEffect effect,
                                queue->PlanExtend(receipt, lease_ms, now_unix_ms));
        lease_until_unix_ms = effect.time_unix_ms;
        return effect;
      }));
  return lease_until_unix_ms;
}

Status Renew(Core* core, WorkQueue* queue, Receipt receipt, int64_t for_ms) {
  KONTOR_RETURN_IF_ERROR(QueueWritable(core));
  Lsn lsn = 0;
  const MutexLock lock(queue->mutex());
  if (queue->closed()) return QueueClosed();
  const int64_t now_unix_ms = core->clock->UnixMs();
  CatchUp(core, queue, now_unix_ms, &lsn);
  const bool for_ever = for_ms < 0 || for_ms > INT64_MAX - now_unix_ms;
  return queue->Renew(receipt, for_ever ? INT64_MAX : now_unix_ms + for_ms, now_unix_ms);
}

Status Pause(Core* core, WorkQueue* queue) {
  return PlanAndCommit(core, queue, [&](int64_t) -> Result<QueueEffect> {
    return QueueEffect{.kind = QueueEffectKind::kQueuePause, .queue = queue->name()};
  });
}

Status Resume(Core* core, WorkQueue* queue) {
  return PlanAndCommit(core, queue, [&](int64_t) -> Result<QueueEffect> {
    return QueueEffect{.kind = QueueEffectKind::kQueueResume, .queue = queue->name()};
  });
}

Status Revive(Core* core, WorkQueue* queue, uint64_t id) {
  return PlanAndCommit(core, queue, [&](int64_t now_unix_ms) {
    queue->mutex()->AssertHeld();
    return queue->PlanRevive(id, now_unix_ms);
  });
}

Status Discard(Core* core, WorkQueue* queue, uint64_t id) {
  return PlanAndCommit(core, queue, [&](int64_t) {
    queue->mutex()->AssertHeld();
    return queue->PlanDiscard(id);
  });
}

Status Purge(Core* core, WorkQueue* queue) {
  Status purged = PlanAndCommit(core, queue, [&](int64_t) -> Result<QueueEffect> {
    return QueueEffect{.kind = QueueEffectKind::kQueuePurge, .queue = queue->name()};
  });
  queue->FreeDiscarded();
  return purged;
}

Result<QueueOptions> OptionsOf(WorkQueue* queue) {
  const MutexLock lock(queue->mutex());
  if (queue->closed()) return QueueClosed();
  return queue->options();
}

Result<QueueFigures> Figures(Core* core, WorkQueue* queue) {
  CatchUp(core, queue);
  const MutexLock lock(queue->mutex());
  if (queue->closed()) return QueueClosed();
  return queue->Figures(core->clock->UnixMs());
}

void ReleaseLeases(Core* core, WorkQueue* queue) {
  const MutexLock lock(queue->mutex());
  Lsn lsn = 0;
  for (const QueueEffect& effect : queue->PlanReleaseAll(core->clock->UnixMs())) {
    Commit(core, queue, effect, &lsn);
  }
  queue->ResetTotals();
}

}  // namespace kontor::verbs
