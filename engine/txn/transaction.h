#ifndef KONTOR_TXN_TRANSACTION_H_
#define KONTOR_TXN_TRANSACTION_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "broker/message.h"
#include "broker/work_queue.h"
#include "txn/core.h"
#include "txn/execute.h"
#include "txn/operation.h"

namespace kontor {

// Steps over keys, queues and channels that become one atomic commit and one journal record. A
// publish also puts its message into the queues that are bound to its channel.
// Collecting a step touches nothing; Commit locks every shard and queue involved, makes sure of all
// leases, runs the steps, and takes everything back if one fails. Not thread-safe.
class Transaction {
 public:
  using Body = std::function<Status(Operation&)>;

  // A step over keys; `shards` are those it may touch, `bytes` what it is known to store. It must
  // not flush or swap databases.
  void AddKeys(const ShardSet& shards, Access access, Body body, size_t bytes = 0);
  // Where a message with its deduplication id was sent before, nothing is: the id is that one's,
  // and those that name this step as their parent are not sent either (id 0).
  void AddEnqueue(std::shared_ptr<WorkQueue> queue, const NewMessage& message);
  void AddAcknowledge(std::shared_ptr<WorkQueue> queue, Receipt receipt, Bytes result = {});
  void AddPublish(Bytes channel, Bytes body, Bytes reply_channel = {});

  size_t size() const { return steps_.size(); }

  // What a commit tells about its steps, by their position.
  struct Outcome {
    std::optional<size_t> failed_step;
    std::vector<uint64_t> enqueued_ids;    // 0 for other steps
    std::vector<PublishResult> published;  // nothing for other steps
  };

  // All or nothing. The Status is that of the step that failed; kNoMemory, with no step named, if
  // one needs memory and there is none within the limit; kIo if the change was made but
  // `durability` (or the engine's, where that is more) was not reached. The steps are gone
  // afterwards. `pending`: what its publishes left to wait for (ChannelIndex::WaitForRoom); null:
  // nobody waits.
  Status Commit(Core* core, uint32_t database, Durability durability, Outcome* outcome,
                PendingPuts* pending = nullptr);

 private:
  struct Keys {
    ShardSet shards;
    Access access;
    Body body;
    size_t bytes;
  };
  struct Enqueue {
    std::shared_ptr<WorkQueue> queue;
    std::string body;
    bool compressed;
    uint32_t priority;
    int64_t delay_ms;
    std::string group;
    std::string deduplication_id;
    uint32_t children;
    std::string parent_queue;
    uint64_t parent_id;
    int64_t parent_step;
    uint32_t children_here = 0;                   // later steps that name this one as their parent
    std::shared_ptr<WorkQueue> parent = nullptr;  // of that name, once the commit has begun

    NewMessage message() const {
      return {.body = body,
              .compressed = compressed,
              .priority = priority,
              .delay_ms = delay_ms,
              .group = group,
              .deduplication_id = deduplication_id,
              .children = children,
              .parent_queue = parent_queue,
              .parent_id = parent_id,
              .parent_step = parent_step};
    }
  };
  struct Acknowledge {
    std::shared_ptr<WorkQueue> queue;
    Receipt receipt;
    std::string result;
  };
  struct Publish {
    std::string channel;
    std::string body;
    std::string reply_channel;
  };
  using Step = std::variant<Keys, Enqueue, Acknowledge, Publish>;

  // A queue that gets what a publish step publishes.
  struct Receiver {
    size_t step;
    std::shared_ptr<WorkQueue> queue;
    bool gets = false;  // it was still there
  };

  // What the queue steps will do once nothing can fail any more.
  struct QueuePlan {
    std::shared_ptr<WorkQueue> queue;
    QueueEffect effect;
  };
  using QueuePlans = std::vector<QueuePlan>;

  // What the plans of one queue come to so far.
  struct Planned {
    uint64_t leaving = 0;  // what all steps together acknowledge makes room
    uint64_t puts = 0;
    uint64_t going = 0;  // for those puts, because the queue is full
    uint64_t last_going_id = 0;
    std::set<uint64_t> acknowledged;
    std::map<std::string, uint64_t> deduplicated;
  };

  // The step, if there is one and it enqueues.
  Enqueue* EnqueueAt(int64_t step);

  // Each needs the locks of everything involved.
  static Status PlanAcknowledge(const Acknowledge& step, int64_t now_unix_ms, Planned* planned,
                                QueuePlans* plans);
  // The id of the message, which may be there already; 0 where its parent was.
  Result<uint64_t> PlanEnqueue(size_t step, int64_t now_unix_ms, Planned* planned,
                               QueuePlans* plans, const Outcome& outcome);
  // Says in the message whose child it is.
  Status PlanParent(size_t step, int64_t now_unix_ms, const Outcome& outcome,
                    NewMessage* message) const;
  static Result<uint64_t> PlanPut(const std::shared_ptr<WorkQueue>& queue,
                                  const NewMessage& message, int64_t now_unix_ms, Planned* planned,
                                  QueuePlans* plans, SharedBytes* shared_body);
  Status PlanReceived(int64_t now_unix_ms, Receiver* receiver, Planned* planned, QueuePlans* plans);
  Status PlanQueues(int64_t now_unix_ms, QueuePlans* plans, Outcome* outcome);
  Status RunKeys(Operation* operation, Outcome* outcome) const;
  static void ApplyPuts(const QueuePlans& plans);
  static void ApplyOthers(const QueuePlans& plans);
  // `published`: the effects of durable channels.
  static Status MakeRecord(const Operation& operation, const QueuePlans& plans, Bytes published,
                           std::string* record);
  Status CommitLocked(Core* core, const ShardSet& shards, uint32_t database, UndoLog* undo,
                      PendingPuts* pending, Lsn* lsn, Outcome* outcome);
  void FindReceivers(Core* core);
  // Every queue that a step is about.
  std::vector<std::shared_ptr<WorkQueue>> FindQueues(Core* core);
  // Those of them with children that are over; with all locks.
  static std::vector<std::shared_ptr<WorkQueue>> ThatOweParents(
      const std::vector<std::shared_ptr<WorkQueue>>& queues);
  std::vector<OutgoingMessage> Messages() const;
  void TellPublished(const std::vector<OutgoingMessage>& messages, Outcome* outcome) const;
  bool NeedsMemory() const;
  // What its steps are known to store.
  size_t StoredBytes() const;

  std::vector<Step> steps_;
  std::vector<Receiver> receivers_;
  std::set<size_t> duplicates_;  // steps whose message is there already
  // The one body that all receivers of a step share, by the step.
  std::map<size_t, SharedBytes> shared_bodies_;
};

}  // namespace kontor

#endif  // KONTOR_TXN_TRANSACTION_H_
