#include "broker/bindings.h"

#include <algorithm>

#include "broker/work_queue.h"

namespace kontor {

void Bindings::Add(SubjectKind kind, Bytes subject, const std::shared_ptr<WorkQueue>& queue) {
  const MutexLock lock(&mutex_);
  if (Subject* const known = subjects_.Find(kind, subject); known != nullptr) {
    Queues* const queues = &queues_.find(known)->second;
    if (std::find(queues->begin(), queues->end(), queue) != queues->end()) return;
    queues->push_back(queue);
  } else {
    Queues queues = {queue};
    Subject* const added = subjects_.Add(kind, subject);
    try {
      queues_.emplace(added, std::move(queues));
    } catch (...) {
      subjects_.Remove(added);
      throw;
    }
  }
  count_.fetch_add(1, std::memory_order_relaxed);
}

void Bindings::Remove(SubjectKind kind, Bytes subject, const WorkQueue* queue) {
  const MutexLock lock(&mutex_);
  Subject* const known = subjects_.Find(kind, subject);
  if (known == nullptr) return;
  const auto entry = queues_.find(known);
  Queues* const queues = &entry->second;
  const auto bound = std::find_if(queues->begin(), queues->end(),
                                  [queue](const auto& each) { return each.get() == queue; });
  if (bound == queues->end()) return;
  queues->erase(bound);
  count_.fetch_sub(1, std::memory_order_relaxed);
  if (!queues->empty()) return;
  queues_.erase(entry);
  subjects_.Remove(known);
}

std::vector<std::shared_ptr<WorkQueue>> Bindings::BoundTo(Bytes channel) const {
  Queues bound;
  if (count_.load(std::memory_order_relaxed) == 0) return bound;
  const MutexLock lock(&mutex_);
  subjects_.ForEachMatch(channel, [&](const Subject* subject) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const Queues& queues = queues_.find(subject)->second;
    bound.insert(bound.end(), queues.begin(), queues.end());
  });
  std::sort(bound.begin(), bound.end(),
            [](const auto& a, const auto& b) { return a->sequence() < b->sequence(); });
  bound.erase(std::unique(bound.begin(), bound.end()), bound.end());
  return bound;
}

}  // namespace kontor
