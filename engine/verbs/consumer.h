#ifndef KONTOR_VERBS_CONSUMER_H_
#define KONTOR_VERBS_CONSUMER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "base/status.h"
#include "base/waiter.h"
#include "broker/message.h"
#include "broker/work_queue.h"
#include "txn/core.h"
#include "txn/execute.h"
#include "verbs/queues.h"

namespace kontor::verbs {

// Takes from several queues, waiting for all of them at once. Not thread-safe.
class Consumer {
 public:
  enum class Choice {
    kByOrder,   // from the queue that was added first, as long as it has something
    kByWeight,  // from each so often as its weight says, of those that have something
  };
  static constexpr uint32_t kMostWeight = 1'000'000;

  // `waiter` is notified when another attempt is worthwhile. Both must outlive this.
  Consumer(Core* core, Choice choice, Waiter* waiter)
      : core_(core), choice_(choice), waiter_(waiter) {}
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  // The weight counts by kByWeight only. kExists; kOutOfRange for a weight of 0 or above
  // kMostWeight; kFull at limits::kQueuesOfConsumer.
  Status Add(std::shared_ptr<WorkQueue> queue, uint32_t weight);
  size_t size() const { return sources_.size(); }

  // After a Take that answered kTimeout it keeps its place in the line of each queue until the next
  // one, and the waiter is notified when that is worthwhile. For whoever polls.
  void KeepPlaces() { keeps_places_ = true; }

  // Gives up all places in line, until the next Take: whoever stands there and does not take keeps
  // what comes from those behind.
  void LeaveLines();

  // A queue that was deleted is told once (kClosed, naming it), and from then on passed over. As
  // verbs::Take; `place` is told from which queue the message comes, by its number in the order
  // of Add. kInvalid without any queue.
  Status Take(size_t count, int64_t lease_ms, const WaitOptions& wait,
              absl::FunctionRef<TakenMessage*(size_t source)> place, size_t* taken);

 private:
  struct Source {
    std::shared_ptr<WorkQueue> queue;
    uint32_t weight;
    int64_t credit = 0;            // by weight: who has most is next
    std::unique_ptr<Taker> taker;  // behind the queue whose line it leaves
    bool closed = false;           // and that was told
  };

  // One look at all queues. kAgain: nothing is there; *retry_ms as Taker::due_ms.
  Status Attempt(size_t count, int64_t lease_ms,
                 absl::FunctionRef<TakenMessage*(size_t source)> place, size_t* taken, Lsn* lsn,
                 int64_t* retry_ms);
  // As Attempt, of one source; `wanted` more.
  Status AttemptAt(size_t number, size_t wanted, int64_t lease_ms,
                   absl::FunctionRef<TakenMessage*(size_t source)> place, size_t* got, Lsn* lsn,
                   int64_t* retry_ms);
  Status NotOpen(Source* source);
  void ChooseOrder();
  void Charge(size_t place);

  Core* const core_;
  const Choice choice_;
  Waiter* const waiter_;
  bool keeps_places_ = false;
  std::vector<Source> sources_;
  std::vector<size_t> order_;  // in which the next attempt looks
};

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_CONSUMER_H_
