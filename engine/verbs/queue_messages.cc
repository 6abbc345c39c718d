#include "verbs/queue_messages.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "verbs/attempt_until_done.h"
#include "verbs/queue_commit.h"
#include "verbs/queues.h"

namespace kontor::verbs {
namespace {

Status NoSuchMessage(uint64_t id) {
  return Status(Code::kNotFound,
                absl::StrCat("there is no message ", id,
                             "; it was acknowledged, and its result is not kept (result_ms), or "
                             "dropped, or never sent"));
}

}  // namespace

Status ViewMessage(Core* core, WorkQueue* queue, uint64_t id, MessageView* view) {
  CatchUp(core, queue);
  const MutexLock lock(queue->mutex());
  if (queue->closed()) return QueueClosed();
  return queue->View(id, view) ? Ok() : NoSuchMessage(id);
}

Status ViewNext(Core* core, WorkQueue* queue, MessageView* view) {
  CatchUp(core, queue);
  const MutexLock lock(queue->mutex());
  if (queue->closed()) return QueueClosed();
  return queue->ViewNext(view) ? Ok() : Status(Code::kNotFound, "nothing is ready");
}

Status Browse(Core* core, WorkQueue* queue, MessageStates states, size_t limit, uint64_t* cursor,
              std::vector<MessageView>* views) {
  CatchUp(core, queue);
  const MutexLock lock(queue->mutex());
  if (queue->closed()) return QueueClosed();
  return queue->Browse(states, limit, cursor, views);
}

Result<std::vector<MessageView>> DeadLetters(Core* core, WorkQueue* queue, uint64_t after,
                                             size_t limit) {
  CatchUp(core, queue);
  const MutexLock lock(queue->mutex());
  if (queue->closed()) return QueueClosed();
  return queue->DeadLetters(after, limit);
}

Awaiter::~Awaiter() {
  const MutexLock lock(queue_->mutex());
  if (place_.linked()) queue_->StopAwaiting(id_, &place_);
}

Status Awaiter::Attempt(int64_t progress_seen, MessageView* view, int64_t* retry_ms) {
  CatchUp(core_, queue_);
  const MutexLock lock(queue_->mutex());
  if (queue_->closed()) return QueueClosed();
  if (!queue_->View(id_, view)) return NoSuchMessage(id_);
  if (view->state == MessageState::kDone || view->state == MessageState::kDead) return Ok();
  if (progress_seen >= 0 && view->progress_count != progress_seen) return Ok();
  if (!place_.linked()) queue_->Await(id_, &place_);
  const int64_t due_unix_ms = queue_->DueUnixMs(id_);
  if (due_unix_ms != INT64_MAX) {
    *retry_ms = std::max<int64_t>(1, due_unix_ms - core_->clock->UnixMs());
  }
  return Status(Code::kAgain);
}

Status AwaitMessage(Core* core, WorkQueue* queue, uint64_t id, int64_t progress_seen,
                    const WaitOptions& wait, MessageView* view) {
  Waiter own;
  Waiter* const waiter = wait.waiter == nullptr ? &own : wait.waiter;
  Awaiter awaiter(core, queue, id, waiter);
  return AttemptUntilDone(wait, waiter, [&](int64_t* retry_ms) {
    return awaiter.Attempt(progress_seen, view, retry_ms);
  });
}

}  // namespace kontor::verbs
