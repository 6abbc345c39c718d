#include "verbs/queue_bindings.h"

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "broker/naming.h"
#include "broker/token_trie.h"
#include "txn/execute.h"
#include "txn/make_room.h"
#include "verbs/queue_commit.h"

namespace kontor::verbs {
namespace {

Status CheckSubject(SubjectKind kind, Bytes subject) {
  if (subject.size() > limits::kNameBytes) {
    return Status(Code::kTooLarge,
                  absl::StrCat("a channel or pattern of ", subject.size(),
                               " bytes is over the limit of ", limits::kNameBytes));
  }
  return kind == SubjectKind::kTokens ? TokenTrie::Validate(subject) : Ok();
}

Status CheckCount(const WorkQueue& queue, size_t count) {
  if (count < limits::kBindings) return Ok();
  return Status(Code::kFull, absl::StrCat("queue ", Quoted(queue.name()), " is bound to ",
                                          limits::kBindings, " channels and patterns, the limit"));
}

// Under the lock of the registry, as all that is not about one queue alone. `check` is asked
// whether there is something to do (kExists: there is not), with the queue's lock, too.
Status CommitBinding(Core* core, WorkQueue* queue, const QueueEffect& effect,
                     absl::FunctionRef<Status()> check) {
  KONTOR_RETURN_IF_ERROR(QueueWritable(core));
  Lsn lsn = 0;
  {
    const MutexLock lock(core->queues.mutex());
    if (core->queues.FindLocked(queue->name()).get() != queue) return QueueClosed();
    bool durable = false;
    {
      const MutexLock queue_lock(queue->mutex());
      if (queue->closed()) return QueueClosed();
      durable = queue->options().durable != 0;
      KONTOR_RETURN_IF_ERROR(check());
    }
    std::string record;
    EncodeEffect(effect, &record);
    KONTOR_RETURN_IF_ERROR(core->queues.ApplyLocked(effect));
    if (core->journal != nullptr && durable) lsn = core->journal->Append(record);
  }
  return AwaitDurability(core, lsn);
}

QueueEffect EffectOf(QueueEffectKind effect, const WorkQueue& queue, SubjectKind kind,
                     Bytes subject) {
  return {.kind = effect,
          .queue = queue.name(),
          .priority = static_cast<uint32_t>(kind),
          .body = subject};
}

}  // namespace

Status Bind(Core* core, WorkQueue* queue, SubjectKind kind, Bytes subject) {
  KONTOR_RETURN_IF_ERROR(CheckSubject(kind, subject));
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, subject.size()));
  Status status = CommitBinding(
      core, queue, EffectOf(QueueEffectKind::kQueueBind, *queue, kind, subject), [&]() -> Status {
        queue->mutex()->AssertHeld();
        if (queue->IsBound(kind, subject)) return Status(Code::kExists);
        return CheckCount(*queue, queue->bindings().size());
      });
  return status.code() == Code::kExists ? AwaitWhatIsThere(core) : status;
}

Status Unbind(Core* core, WorkQueue* queue, SubjectKind kind, Bytes subject) {
  return CommitBinding(
      core, queue, EffectOf(QueueEffectKind::kQueueUnbind, *queue, kind, subject), [&]() -> Status {
        queue->mutex()->AssertHeld();
        if (queue->IsBound(kind, subject)) return Ok();
        return Status(Code::kNotFound, absl::StrCat("queue ", Quoted(queue->name()),
                                                    " is not bound to ", Quoted(subject)));
      });
}

Result<std::vector<Binding>> ListBindings(WorkQueue* queue) {
  const MutexLock lock(queue->mutex());
  if (queue->closed()) return QueueClosed();
  return std::vector<Binding>(queue->bindings().begin(), queue->bindings().end());
}

}  // namespace kontor::verbs
