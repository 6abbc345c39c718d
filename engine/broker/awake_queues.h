#ifndef KONTOR_BROKER_AWAKE_QUEUES_H_
#define KONTOR_BROKER_AWAKE_QUEUES_H_

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "broker/linked_line.h"

namespace kontor {

class WorkQueue;

struct InAwakeLine {};
using AwakeLink = Linked<InAwakeLine>;

// The queues of an engine that have to be looked at again and again, because something may happen
// in them by time alone, or somebody waits. So queues in which nothing does cost nothing, however
// many there are. Thread-safe; lock order: a queue's lock, then this one.
class AwakeQueues {
 public:
  // Not twice; before the queue goes it must be removed. No change can fail.
  void Add(WorkQueue* queue);
  void Remove(WorkQueue* queue);
  std::vector<std::shared_ptr<WorkQueue>> All() const;

 private:
  mutable Mutex mutex_;
  LinkedLine<WorkQueue, InAwakeLine> line_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kontor

#endif  // KONTOR_BROKER_AWAKE_QUEUES_H_
