#include "broker/queue_registry.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "broker/naming.h"

namespace kontor {

std::shared_ptr<WorkQueue> QueueRegistry::Find(Bytes name) const {
  MutexLock lock(&mutex_);
  return FindLocked(name);
}

std::vector<std::shared_ptr<WorkQueue>> QueueRegistry::All() const {
  MutexLock lock(&mutex_);
  return AllLocked();
}

void QueueRegistry::WakeAll() const {
  MutexLock lock(&mutex_);
  for (const auto& [name, queue] : queues_) {
    MutexLock queue_lock(queue->mutex());
    queue->NotifyEverybody();
  }
}

std::shared_ptr<WorkQueue> QueueRegistry::FindLocked(Bytes name) const {
  const auto found = queues_.find(name);
  return found == queues_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<WorkQueue>> QueueRegistry::AllLocked() const {
  std::vector<std::shared_ptr<WorkQueue>> all;
  all.reserve(queues_.size());
  for (const auto& [name, queue] : queues_) all.push_back(queue);
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a->sequence() < b->sequence(); });
  return all;
}

Status QueueRegistry::Apply(const QueueEffect& effect) {
  MutexLock lock(&mutex_);
  return ApplyLocked(effect);
}

Status QueueRegistry::ApplyLocked(const QueueEffect& effect) {
  if (effect.kind == QueueEffectKind::kQueueDeclare) return DeclareLocked(effect);
  if (effect.kind == QueueEffectKind::kQueueDelete) {
    DeleteLocked(effect);
    return Ok();
  }
  const std::shared_ptr<WorkQueue> queue = FindLocked(effect.queue);
  if (queue == nullptr) {
    return Status(Code::kCorrupt, absl::StrCat("a record changes queue ", Quoted(effect.queue),
                                               ", which was never declared"));
  }
  const bool of_message = effect.kind >= QueueEffectKind::kQueueRemember &&
                          effect.kind <= QueueEffectKind::kMessageDone;
  if ((of_message && effect.id == 0) || effect.id > WorkQueue::kMaxId) {
    return Status(Code::kCorrupt,
                  absl::StrCat("a record of queue ", Quoted(effect.queue), " names message ",
                               effect.id, ", which cannot exist"));
  }
  if (effect.kind == QueueEffectKind::kScheduleSet) {
    std::string name;
    ScheduleOptions options;
    KONTOR_RETURN_IF_ERROR(DecodeSchedule(effect.body, &name, &options));
  }
  if (effect.kind == QueueEffectKind::kQueueBind) return BindLocked(effect, queue);
  if (effect.kind == QueueEffectKind::kQueueUnbind) {
    bindings_.Remove(static_cast<SubjectKind>(effect.priority), effect.body, queue.get());
  }
  MutexLock lock(queue->mutex());
  queue->Apply(effect);
  return Ok();
}

Status QueueRegistry::BindLocked(const QueueEffect& effect,
                                 const std::shared_ptr<WorkQueue>& queue) {
  if (effect.priority >= kSubjectKinds || effect.body.size() > limits::kNameBytes) {
    return Status(Code::kCorrupt, absl::StrCat("a record binds queue ", Quoted(effect.queue),
                                               " to what is no channel or pattern"));
  }
  const auto kind = static_cast<SubjectKind>(effect.priority);
  if (kind == SubjectKind::kTokens) KONTOR_RETURN_IF_ERROR(TokenTrie::Validate(effect.body));
  MutexLock lock(queue->mutex());
  if (queue->IsBound(kind, effect.body)) return Ok();
  queue->Apply(effect);
  try {
    bindings_.Add(kind, effect.body, queue);
  } catch (...) {
    QueueEffect back = effect;
    back.kind = QueueEffectKind::kQueueUnbind;
    queue->Apply(back);
    throw;
  }
  return Ok();
}

Status QueueRegistry::DeclareLocked(const QueueEffect& effect) {
  QueueOptions options;
  KONTOR_RETURN_IF_ERROR(Decode(effect.body, &options));
  const std::shared_ptr<WorkQueue> queue = FindLocked(effect.queue);
  if (queue != nullptr) {
    MutexLock lock(queue->mutex());
    queue->Apply(effect);
    return Ok();
  }
  if (effect.queue.size() > limits::kNameBytes) {
    return Status(Code::kTooLarge,
                  absl::StrCat("a queue name of ", effect.queue.size(),
                               " bytes is over the limit of ", limits::kNameBytes));
  }
  if (queues_.size() >= limits::kQueues) {
    return Status(Code::kFull, absl::StrCat("there are ", limits::kQueues,
                                            " queues, the limit; delete some first"));
  }
  std::string name(effect.queue);
  std::shared_ptr<WorkQueue> made =
      std::make_shared<WorkQueue>(name, next_sequence_++, options, first_id_);
  made->set_budget(budget_);
  queues_.emplace(std::move(name), std::move(made));
  return Ok();
}

void QueueRegistry::DeleteLocked(const QueueEffect& effect) {
  const std::shared_ptr<WorkQueue> queue = FindLocked(effect.queue);
  if (queue == nullptr) return;
  {
    MutexLock lock(queue->mutex());
    for (const Binding& binding : queue->bindings()) {
      bindings_.Remove(binding.kind, binding.subject, queue.get());
    }
    queue->Apply(effect);
    first_id_ = std::max(first_id_, queue->next_id());
  }
  // By the queue's own name: the effect may borrow its bytes from it, too.
  queues_.erase(std::string(queue->name()));
}

}  // namespace kontor
