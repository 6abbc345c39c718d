#ifndef KONTOR_BROKER_BINDINGS_H_
#define KONTOR_BROKER_BINDINGS_H_

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/bytes.h"
#include "base/mutex.h"
#include "broker/subject.h"
#include "broker/subject_index.h"

namespace kontor {

class WorkQueue;

// Which queues are bound to which channels and patterns, so that a publish finds those that get its
// message without a look at the others. What a queue is bound to is its own state
// (WorkQueue::bindings); this is the way back from there. Thread-safe; its lock is the last one.
class Bindings {
 public:
  // What is there already is not added again. Throws std::bad_alloc with nothing changed.
  void Add(SubjectKind kind, Bytes subject, const std::shared_ptr<WorkQueue>& queue);
  // Does nothing where there is none. Needs no memory.
  void Remove(SubjectKind kind, Bytes subject, const WorkQueue* queue);

  // Those bound to the channel, or to a pattern that matches it, each once, in the order in which
  // several are locked.
  std::vector<std::shared_ptr<WorkQueue>> BoundTo(Bytes channel) const;

 private:
  using Queues = std::vector<std::shared_ptr<WorkQueue>>;

  // Relaxed: whoever publishes after a bind has returned has seen it, by whatever told him so.
  std::atomic<size_t> count_{0};
  mutable Mutex mutex_;
  SubjectIndex subjects_ ABSL_GUARDED_BY(mutex_);
  std::map<const Subject*, Queues> queues_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kontor

#endif  // KONTOR_BROKER_BINDINGS_H_
