#include "broker/awake_queues.h"

#include <utility>

#include "broker/work_queue.h"

namespace kontor {

void AwakeQueues::Add(WorkQueue* queue) {
  const MutexLock lock(&mutex_);
  line_.PushBack(queue);
}

void AwakeQueues::Remove(WorkQueue* queue) {
  const MutexLock lock(&mutex_);
  line_.Remove(queue);
}

std::vector<std::shared_ptr<WorkQueue>> AwakeQueues::All() const {
  std::vector<std::shared_ptr<WorkQueue>> all;
  const MutexLock lock(&mutex_);
  for (WorkQueue* queue = line_.first(); queue != nullptr; queue = line_.Next(queue)) {
    // Null: it is about to go, and waits for this lock to leave.
    std::shared_ptr<WorkQueue> shared = queue->weak_from_this().lock();
    if (shared != nullptr) all.push_back(std::move(shared));
  }
  return all;
}

}  // namespace kontor
