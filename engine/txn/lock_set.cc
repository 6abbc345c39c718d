#include "txn/lock_set.h"

#include <algorithm>

namespace kontor {

// The analysis cannot follow locks chosen at run time: order and pairing are this file's whole job.

ShardLocks::ShardLocks(Keyspace* keyspace, const ShardSet& shards) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : keyspace_(keyspace),
      shards_(shards) {
  for (uint32_t i = 0; i < keyspace_->shard_count(); ++i) {
    if (shards_[i]) keyspace_->shard(i)->mutex()->Lock();
  }
}

ShardLocks::~ShardLocks() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (uint32_t i = keyspace_->shard_count(); i-- > 0;) {
    if (shards_[i]) keyspace_->shard(i)->mutex()->Unlock();
  }
}

QueueLocks::QueueLocks(std::vector<std::shared_ptr<WorkQueue>> queues)
    ABSL_NO_THREAD_SAFETY_ANALYSIS : queues_(std::move(queues)) {
  std::sort(queues_.begin(), queues_.end(),
            [](const auto& a, const auto& b) { return a->sequence() < b->sequence(); });
  queues_.erase(std::unique(queues_.begin(), queues_.end()), queues_.end());
  for (const auto& queue : queues_) queue->mutex()->Lock();
}

QueueLocks::~QueueLocks() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (auto queue = queues_.rbegin(); queue != queues_.rend(); ++queue) (*queue)->mutex()->Unlock();
}

}  // namespace kontor
