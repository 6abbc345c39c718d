#ifndef KONTOR_TXN_LOCK_SET_H_
#define KONTOR_TXN_LOCK_SET_H_

#include <memory>
#include <vector>

#include "broker/work_queue.h"
#include "keyspace/keyspace.h"

namespace kontor {

// The one lock order of the engine, by which no two operations can wait for each other:
//   shards in ascending index -> the queue registry -> queues in ascending sequence -> the channel
//   index -> mailboxes; the journal's lock is a leaf that may be taken under any of them.

// Holds the locks of some shards, taken in ascending order.
class ShardLocks {
 public:
  ShardLocks(Keyspace* keyspace, const ShardSet& shards);
  ~ShardLocks();
  ShardLocks(const ShardLocks&) = delete;
  ShardLocks& operator=(const ShardLocks&) = delete;

 private:
  Keyspace* const keyspace_;
  const ShardSet shards_;
};

// Holds the locks of some queues, taken in ascending sequence; keeps the queues alive.
class QueueLocks {
 public:
  // Queues may be named more than once, in any order.
  explicit QueueLocks(std::vector<std::shared_ptr<WorkQueue>> queues);
  ~QueueLocks();
  QueueLocks(const QueueLocks&) = delete;
  QueueLocks& operator=(const QueueLocks&) = delete;

 private:
  std::vector<std::shared_ptr<WorkQueue>> queues_;
};

}  // namespace kontor

#endif  // KONTOR_TXN_LOCK_SET_H_
