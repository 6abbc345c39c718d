#ifndef KONTOR_KEYSPACE_SHARD_H_
#define KONTOR_KEYSPACE_SHARD_H_

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/mutex.h"
#include "base/waiter.h"
#include "keyspace/record.h"
#include "types/dense_map.h"

namespace kontor {

// One of the 2^k parts of the keyspace: the records of all logical databases whose hash chose it,
// the order of their deadlines, and who waits for its keys. Everything needs its lock. `hash` is
// always the engine's hash of `key`.
//
// The tables inside are simple (types/dense_map.h) and grow by whole rehashes of one shard; they
// are reached through this interface only.
class Shard {
 public:
  Shard() = default;

  Mutex* mutex() ABSL_LOCK_RETURNED(mutex_) { return &mutex_; }

  // Expired or not. Null if absent. Lasts until the key is erased (records do not move).
  Record* Find(uint32_t database, Bytes key, uint64_t hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The key must be absent. The record's deadline must be unset.
  Record* Insert(uint32_t database, std::unique_ptr<Record> record, uint64_t hash)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Null if absent. The record comes back with its deadline.
  std::unique_ptr<Record> Erase(uint32_t database, Bytes key, uint64_t hash)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // 0: no deadline.
  void SetDeadline(uint32_t database, Record* record, int64_t deadline_unix_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Clear(uint32_t database) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Swap(uint32_t database, uint32_t other) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  size_t size(uint32_t database) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return tables_[database] == nullptr ? 0 : tables_[database]->records.size();
  }
  // In no order; place in [0, size).
  const Record& at(uint32_t database, size_t place) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return *tables_[database]->records.at(place).record;
  }
  // DenseMap::Scan over the records of one database.
  template <typename Visitor>
  uint64_t Scan(uint32_t database, uint64_t cursor, uint64_t count, Visitor visit) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (tables_[database] == nullptr) return 0;
    return tables_[database]->records.Scan(cursor, count,
                                           [&](const Slot& slot) { visit(*slot.record); });
  }
  // The key whose deadline passed longest ago; null if none has.
  const Record* FirstExpired(uint32_t database, int64_t now_unix_ms) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Who waits for a key. The list lives while somebody is in it: call DropWaitersIfEmpty after
  // removing.
  WaitList* WaitersOf(uint32_t database, Bytes key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Null if nobody waits.
  WaitList* FindWaiters(uint32_t database, Bytes key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropWaitersIfEmpty(uint32_t database, Bytes key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NotifyAllWaiters() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

 private:
  struct Slot {
    std::unique_ptr<Record> record;
    Bytes key() const { return record->key(); }
  };
  struct Table {
    DenseMap<Slot> records;
    std::set<std::pair<int64_t, const Record*>> deadlines;
  };
  using WaitKey = std::pair<uint32_t, std::string>;

  Table* TableOf(uint32_t database) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::array<std::unique_ptr<Table>, limits::kDatabases> tables_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<WaitKey, std::unique_ptr<WaitList>> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_SHARD_H_
