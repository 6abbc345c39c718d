#ifndef KONTOR_SESSION_WATCHED_KEYS_H_
#define KONTOR_SESSION_WATCHED_KEYS_H_

#include <atomic>
#include <cstdint>
#include <set>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "keyspace/database_key.h"
#include "keyspace/shard_set.h"
#include "keyspace/watch_table.h"
#include "txn/core.h"
#include "txn/operation.h"

namespace kontor {

// The keys of a WATCH, and whether one of them has changed since. Not thread-safe, except that keys
// change on any thread.
class WatchedKeys final : public KeyWatcher {
 public:
  // The core must outlive this.
  explicit WatchedKeys(Core* core) : core_(core) {}
  ~WatchedKeys() override { Clear(); }
  WatchedKeys(const WatchedKeys&) = delete;
  WatchedKeys& operator=(const WatchedKeys&) = delete;

  // Whatever happens to these keys from now on is a change. kTooLarge (too many of them), kClosed.
  Status Add(uint32_t database, absl::Span<const Bytes> keys);
  // Watches nothing, and nothing has changed.
  void Clear();

  size_t size() const { return keys_.size(); }
  size_t memory_bytes() const { return memory_bytes_; }
  const ShardSet& shards() const { return shards_; }
  // Under the locks of shards(), in an operation that may remove what has expired: that is a
  // change, too.
  bool HaveChanged(Operation* operation);

  bool KeyChanged(uint32_t database, Bytes key) noexcept override;

 private:
  Core* const core_;
  std::set<DatabaseKey, DatabaseKeyLess> keys_;
  size_t memory_bytes_ = 0;  // of keys_ and their places among the watchers, roughly
  ShardSet shards_;
  // Written under the lock of the key's shard and read under the same: it needs no order of its
  // own.
  std::atomic<bool> changed_{false};
};

}  // namespace kontor

#endif  // KONTOR_SESSION_WATCHED_KEYS_H_
