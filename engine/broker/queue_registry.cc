#include "broker/queue_registry.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "broker/body_compression.h"
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
  if (effect.kind == QueueEffectKind::kQueueIncarnation ||
      effect.kind == QueueEffectKind::kQueueIncarnationEnd) {
    return ApplyIncarnationLocked(effect);
  }
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
                          effect.kind <= QueueEffectKind::kMessageChildren;
  if ((of_message && effect.id == 0) || effect.id > WorkQueue::kMaxId) {
    return Status(Code::kCorrupt,
                  absl::StrCat("a record of queue ", Quoted(effect.queue), " names message ",
                               effect.id, ", which cannot exist"));
  }
  // Read while there is somebody to tell that it is damaged.
  if (effect.compressed) KONTOR_RETURN_IF_ERROR(DecompressBody(effect.body).status());
  if (effect.kind == QueueEffectKind::kScheduleSet) {
    std::string name;
    ScheduleOptions options;
    KONTOR_RETURN_IF_ERROR(DecodeSchedule(effect.body, &name, &options));
  }
  if (effect.kind == QueueEffectKind::kQueueBind) return BindLocked(effect, queue);
  {
    MutexLock lock(queue->mutex());
    queue->Apply(effect);
  }
  if (effect.kind == QueueEffectKind::kQueueUnbind) {
    bindings_.Remove(static_cast<SubjectKind>(effect.priority), effect.body, queue.get());
  }
  if (effect.kind == QueueEffectKind::kQueuePurge) queue->FreeDiscarded();
  return Ok();
}

uint64_t QueueRegistry::NextIdLocked() const {
  uint64_t next_id = first_id_;
  for (const auto& [name, queue] : queues_) {
    MutexLock lock(queue->mutex());
    next_id = std::max(next_id, queue->next_id());
  }
  return next_id;
}

QueueEffect QueueRegistry::PlanIncarnationLocked() const {
  // More than are given out between two moments at which the journal is synced.
  constexpr uint64_t kMostLost = uint64_t{1} << 24;
  const bool may_lack_some = incarnation_ != 0 && !incarnation_ended_;
  const uint64_t first_id = NextIdLocked() + (may_lack_some ? kMostLost : 0);
  return {.kind = QueueEffectKind::kQueueIncarnation,
          .id = std::min(first_id, WorkQueue::kMaxId),
          .attempt = incarnation_ + 1};
}

QueueEffect QueueRegistry::PlanIncarnationEndLocked() const {
  return {.kind = QueueEffectKind::kQueueIncarnationEnd,
          .id = std::min(NextIdLocked(), WorkQueue::kMaxId)};
}

Status QueueRegistry::ApplyIncarnationLocked(const QueueEffect& effect) {
  if (effect.id == 0 || effect.id > WorkQueue::kMaxId) {
    return Status(Code::kCorrupt, absl::StrCat("an incarnation begins or ends with message ",
                                               effect.id, ", which cannot exist"));
  }
  first_id_ = std::max(first_id_, effect.id);
  incarnation_ended_ = effect.kind == QueueEffectKind::kQueueIncarnationEnd;
  if (incarnation_ended_) return Ok();
  incarnation_ = effect.attempt;
  for (const auto& [name, queue] : queues_) {
    MutexLock lock(queue->mutex());
    queue->BeginIncarnation(incarnation_, first_id_);
  }
  return Ok();
}

void QueueRegistry::DescribeLocked(absl::FunctionRef<void(const QueueEffect&)> tell) const {
  if (first_id_ == 1 && incarnation_ == 0) return;
  tell({.kind = QueueEffectKind::kQueueIncarnation, .id = first_id_, .attempt = incarnation_});
  if (incarnation_ended_) {
    tell({.kind = QueueEffectKind::kQueueIncarnationEnd, .id = first_id_});
  }
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
    QueueEffect back = effect;  // which needs no memory
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
      std::make_shared<WorkQueue>(name, next_sequence_++, options, first_id_, incarnation_);
  made->set_budget(budget_);
  made->set_awake_queues(&awake_);
  queues_.emplace(std::move(name), std::move(made));
  return Ok();
}

void QueueRegistry::DeleteLocked(const QueueEffect& effect) {
  // Needs no memory.
  const auto found = queues_.find(effect.queue);
  if (found == queues_.end()) return;
  const std::shared_ptr<WorkQueue> queue = found->second;
  {
    MutexLock lock(queue->mutex());
    for (const Binding& binding : queue->bindings()) {
      bindings_.Remove(binding.kind, binding.name, queue.get());
    }
    queue->Apply(effect);
    first_id_ = std::max(first_id_, queue->next_id());
  }
  queues_.erase(found);
}

}  // namespace kontor
