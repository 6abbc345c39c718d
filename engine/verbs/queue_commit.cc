#include "verbs/queue_commit.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "txn/incarnation.h"
#include "txn/make_room.h"
#include "txn/publish.h"
#include "txn/tell_parents.h"

namespace kontor::verbs {
namespace {

// How many runs of schedules one look makes up for; the others are due at the next one.
constexpr int kMostRuns = 1000;

// A run puts its message in as of now, or, where the queue or the memory is full, is only noted: it
// is lost, and counted.
void RunSchedules(Core* core, WorkQueue* queue, int64_t now_unix_ms, Lsn* lsn)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex()) {
  WorkQueue::DueRun run;
  for (int runs = 0; runs < kMostRuns && queue->PlanRun(now_unix_ms, &run); ++runs) {
    QueueEffect others[2];
    const bool overflows = queue->PlanOverflow(now_unix_ms, 0, 0, 0, &others[1]);
    QueueEffect put{};
    const Status planned = queue->PlanEnqueue(run.message, now_unix_ms, 0, overflows ? 1 : 0, &put);
    others[0] = run.effect;
    if (!planned.ok() || !CheckRoomUnderLocks(*core, run.message.body.size()).ok()) {
      Commit(core, queue, others[0], lsn);
      continue;
    }
    others[0].id = put.id;
    CommitTogether(core, queue, absl::MakeConstSpan(&put, 1),
                   absl::MakeConstSpan(others, overflows ? 2 : 1), lsn);
  }
}

// Under the lock, so that the events come in the order of what they tell.
void TellEvents(Core* core, WorkQueue* queue, int64_t now_unix_ms)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex()) {
  WorkQueue::Event event;
  while (queue->NextEvent(now_unix_ms, &event)) {
    PublishEvent(core, absl::StrCat("__queue__:", queue->name()),
                 absl::StrCat(event.of_age ? "age-" : "depth-", event.high ? "high " : "low ",
                              event.number));
    queue->NoteEvent(event);
  }
}

bool Journals(const Core* core, WorkQueue* queue) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue->mutex()) {
  return core->journal != nullptr && queue->options().durable != 0;
}

}  // namespace

Status QueueClosed() { return Status(Code::kClosed, "the queue was deleted or its engine closed"); }

Status QueueWritable(Core* core) {
  return core->journal == nullptr ? Ok() : core->journal->CheckWritable();
}

Status QueueUsable(Core* core) {
  KONTOR_RETURN_IF_ERROR(QueueWritable(core));
  return EnsureIncarnation(core);
}

void Commit(Core* core, WorkQueue* queue, const QueueEffect& effect, Lsn* lsn) {
  std::string record;
  ApplyAndRecord(core, queue, effect, &record);
  Append(core, record, lsn);
}

void ApplyAndRecord(Core* core, WorkQueue* queue, const QueueEffect& effect, std::string* record) {
  const size_t before = record->size();
  try {
    if (Journals(core, queue)) EncodeEffect(effect, record);
    queue->Apply(effect);
  } catch (...) {
    record->resize(before);
    throw;
  }
}

void Append(Core* core, const std::string& record, Lsn* lsn) {
  if (!record.empty()) *lsn = core->journal->Append(record);
}

void CommitTogether(Core* core, WorkQueue* queue, absl::Span<const QueueEffect> puts,
                    absl::Span<const QueueEffect> others, Lsn* lsn) {
  std::string record;
  if (Journals(core, queue)) {
    for (const QueueEffect& put : puts) EncodeEffect(put, &record);
    for (const QueueEffect& other : others) EncodeEffect(other, &record);
  }
  size_t prepared = 0;
  size_t applied = 0;
  const WorkQueue::CountsOnce counts_once(queue);
  try {
    for (; prepared < others.size(); ++prepared) {
      if (WorkQueue::NeedsPreparation(others[prepared].kind)) queue->Prepare(others[prepared]);
    }
    for (; applied < puts.size(); ++applied) queue->Apply(puts[applied]);
  } catch (...) {
    while (applied > 0) queue->Withdraw(puts[--applied]);
    for (const QueueEffect& other : others.first(prepared)) queue->CancelPreparation(other.id);
    throw;
  }
  for (const QueueEffect& other : others) queue->Apply(other);
  Append(core, record, lsn);
}

void CatchUp(Core* core, WorkQueue* queue, int64_t now_unix_ms, Lsn* lsn) {
  queue->Advance(now_unix_ms);
  if (queue->HasDue(now_unix_ms)) {
    // Who gives out ids has begun the incarnation before it took the lock, as the background does.
    if (core->incarnation_begun.load(std::memory_order_acquire)) {
      RunSchedules(core, queue, now_unix_ms, lsn);
    }
    QueueEffect effect{};
    while (queue->PlanOverdue(now_unix_ms, &effect)) Commit(core, queue, effect, lsn);
  }
  if (queue->options().has_thresholds()) TellEvents(core, queue, now_unix_ms);
}

namespace {

bool RunIsDue(Core* core, WorkQueue* queue) {
  const MutexLock lock(queue->mutex());
  return queue->schedules().NextDueUnixMs() <= core->clock->UnixMs();
}

}  // namespace

void CatchUp(Core* core, WorkQueue* queue) {
  // A journal that takes nothing any more leaves the queue as it is: readable, unchanging.
  if (!QueueWritable(core).ok()) return;
  const bool begun = core->incarnation_begun.load(std::memory_order_acquire);
  if (!begun && RunIsDue(core, queue) && !EnsureIncarnation(core).ok()) return;
  bool owes = false;
  {
    const MutexLock lock(queue->mutex());
    if (queue->closed()) return;
    Lsn lsn = 0;
    CatchUp(core, queue, core->clock->UnixMs(), &lsn);
    owes = !queue->owed_parents().empty();
    queue->TellFirstWaiter();
    queue->Rest();
  }
  if (owes) TellParents(core, queue);
}

Status PlanAndCommit(Core* core, WorkQueue* queue,
                     absl::FunctionRef<Result<QueueEffect>(int64_t now_unix_ms)> plan) {
  KONTOR_RETURN_IF_ERROR(QueueWritable(core));
  Lsn lsn = 0;
  bool owes = false;
  {
    const MutexLock lock(queue->mutex());
    if (queue->closed()) return QueueClosed();
    const int64_t now_unix_ms = core->clock->UnixMs();
    CatchUp(core, queue, now_unix_ms, &lsn);
    const Result<QueueEffect> effect = plan(now_unix_ms);
    if (!effect.ok()) return effect.status();
    Commit(core, queue, *effect, &lsn);
    owes = !queue->owed_parents().empty();
  }
  if (owes) TellParents(core, queue);
  return AwaitDurability(core, lsn);
}

}  // namespace kontor::verbs
