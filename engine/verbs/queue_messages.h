#ifndef KONTOR_VERBS_QUEUE_MESSAGES_H_
#define KONTOR_VERBS_QUEUE_MESSAGES_H_

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "base/waiter.h"
#include "broker/message.h"
#include "broker/work_queue.h"
#include "txn/core.h"
#include "txn/execute.h"

// Looking at the messages of a queue without taking them, and waiting for what becomes of one. All
// of it answers kClosed for a queue that is deleted or closed.
namespace kontor::verbs {

// kNotFound.
Status ViewMessage(Core* core, WorkQueue* queue, uint64_t id, MessageView* view);
// The one that would be taken next, whether or not the queue is paused. kNotFound.
Status ViewNext(Core* core, WorkQueue* queue, MessageView* view);
// Some of the messages in these states, `limit` at most, in no order. The cursor is 0 at first, and
// again after the last; who is there all the time is told at least once. kTooSmall.
Status Browse(Core* core, WorkQueue* queue, MessageStates states, size_t limit, uint64_t* cursor,
              std::vector<MessageView>* views);
// The dead letters with ids above `after`, by id.
Result<std::vector<MessageView>> DeadLetters(Core* core, WorkQueue* queue, uint64_t after,
                                             size_t limit);
// Waits until a message is done or dead, or until its progress count is another than
// `progress_seen` (< 0: whatever its progress). kNotFound if there is no such message, or none any
// more; kTimeout, kInterrupted.
Status AwaitMessage(Core* core, WorkQueue* queue, uint64_t id, int64_t progress_seen,
                    const WaitOptions& wait, MessageView* view);

// The same for whoever cannot wait in there: it has a place among those who are told of the
// message, and leaves it. Not thread-safe.
class Awaiter {
 public:
  // `waiter` is notified when another attempt is worthwhile. All must outlive this.
  Awaiter(Core* core, WorkQueue* queue, uint64_t id, Waiter* waiter)
      : core_(core), queue_(queue), id_(id), place_(waiter) {}
  ~Awaiter();
  Awaiter(const Awaiter&) = delete;
  Awaiter& operator=(const Awaiter&) = delete;

  // kAgain: not yet. *retry_ms is when time alone may change that, if it may.
  Status Attempt(int64_t progress_seen, MessageView* view, int64_t* retry_ms);

 private:
  Core* const core_;
  WorkQueue* const queue_;
  const uint64_t id_;
  WaitPlace place_;
};

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_QUEUE_MESSAGES_H_
