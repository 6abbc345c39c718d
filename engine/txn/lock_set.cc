#include "txn/lock_set.h"

#include <algorithm>

namespace kontor {

// The analysis cannot follow locks chosen at run time: order and pairing are this file's whole job.

ShardLocks::ShardLocks(Keyspace* keyspace, const ShardSet& shards) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : keyspace_(keyspace),
      shards_(shards) {
  shards_.ForEach([this](uint32_t index)
                      ABSL_NO_THREAD_SAFETY_ANALYSIS { keyspace_->shard(index)->lock()->Lock(); });
}

ShardLocks::~ShardLocks() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  shards_.ForEach([this](uint32_t index) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    keyspace_->shard(index)->lock()->Unlock();
  });
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
