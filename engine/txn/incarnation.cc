#include "txn/incarnation.h"

#include <string>

#include "base/check.h"

namespace kontor {

Status EnsureIncarnation(Core* core) {
  // Acquires what the thread that began it has written and synced.
  if (core->incarnation_begun.load(std::memory_order_acquire)) return Ok();
  const MutexLock lock(&core->incarnation_mutex);
  if (core->incarnation_begun.load(std::memory_order_relaxed)) return Ok();
  KONTOR_RETURN_IF_ERROR(core->journal->CheckWritable());
  Lsn lsn = 0;
  {
    const MutexLock registry_lock(core->queues.mutex());
    const QueueEffect effect = core->queues.PlanIncarnationLocked();
    std::string record;
    EncodeEffect(effect, &record);
    KONTOR_RETURN_IF_ERROR(core->queues.ApplyLocked(effect));
    lsn = core->journal->Append(record);
  }
  KONTOR_RETURN_IF_ERROR(core->journal->WaitDurable(lsn));
  core->incarnation_begun.store(true, std::memory_order_release);
  return Ok();
}

void EndIncarnation(Core* core) {
  if (core->journal == nullptr) return;
  if (!core->incarnation_begun.load(std::memory_order_acquire)) return;  // it gave out none
  const MutexLock registry_lock(core->queues.mutex());
  const QueueEffect effect = core->queues.PlanIncarnationEndLocked();
  std::string record;
  EncodeEffect(effect, &record);
  const Status applied = core->queues.ApplyLocked(effect);
  KONTOR_CHECK(applied.ok());  // the plan has seen to it
  core->journal->Append(record);
}

}  // namespace kontor
