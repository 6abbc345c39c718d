#ifndef KONTOR_KEYSPACE_WATCH_TABLE_H_
#define KONTOR_KEYSPACE_WATCH_TABLE_H_

#include <cstdint>
#include <map>

#include "absl/functional/function_ref.h"
#include "base/bytes.h"
#include "base/memory_budget.h"
#include "keyspace/database_key.h"

namespace kontor {

// Somebody who wants to know that a key was changed, whoever changes it and why: a user's write,
// its deadline, eviction, a flush.
class KeyWatcher {
 public:
  virtual ~KeyWatcher() = default;
  // Called under the lock of the key's shard, so it must not block, fail, or look at a key; also
  // for a change that in the end is taken back.
  virtual void KeyChanged(uint32_t database, Bytes key) noexcept = 0;
};

// Who watches which keys of a shard. Guarded by the shard's lock, and counted among the keys. A
// std::multimap, because it is whole after an allocation failed.
class WatchTable {
 public:
  // Who counts it; must outlive this.
  void set_budget(MemoryBudget* budget) { memory_.set_budget(budget); }
  bool empty() const { return watchers_.empty(); }

  // The watcher must call Remove before it ends. Throws std::bad_alloc.
  void Add(uint32_t database, Bytes key, KeyWatcher* watcher);
  // Does nothing if it was not added.
  void Remove(uint32_t database, Bytes key, KeyWatcher* watcher);

  // The key is about to change.
  void Tell(uint32_t database, Bytes key);
  // So are all keys of a database for which `changes` is true.
  void TellAll(uint32_t database, absl::FunctionRef<bool(Bytes key)> changes);

 private:
  using Watchers = std::multimap<DatabaseKey, KeyWatcher*, DatabaseKeyLess>;

  Watchers watchers_;
  CountedMemory memory_{MemoryPurpose::kKeys};
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_WATCH_TABLE_H_
