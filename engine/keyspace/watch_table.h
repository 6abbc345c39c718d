#ifndef KONTOR_KEYSPACE_WATCH_TABLE_H_
#define KONTOR_KEYSPACE_WATCH_TABLE_H_

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

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
  // for a change that in the end is taken back. Answers whether it still watches the key: if not,
  // it was removed as by Remove.
  virtual bool KeyChanged(uint32_t database, Bytes key) noexcept = 0;
  // A database is about to lose all its keys; of those that it watches it is told one by one, too.
  // Under the locks of all shards, and told only if it asked for more than keys (AddWide).
  virtual void DatabaseFlushed(uint32_t /*database*/) noexcept {}
};

// What somebody wants to know who does not ask for keys one by one.
enum class WatchScope : uint8_t { kFlushes, kEveryKey };

// Who watches which keys of a shard. Guarded by the shard's lock, and counted among the keys. A
// std::multimap, because it is whole after an allocation failed.
class WatchTable {
 public:
  // Who counts it; must outlive this.
  void set_budget(MemoryBudget* budget) { memory_.set_budget(budget); }
  bool empty() const { return watchers_.empty() && wide_.empty(); }

  // The watcher must call Remove before it ends. Throws std::bad_alloc.
  void Add(uint32_t database, Bytes key, KeyWatcher* watcher);
  // Does nothing if it was not added.
  void Remove(uint32_t database, Bytes key, KeyWatcher* watcher);

  // The same of a watcher that is told of flushes, or of those and of every key of all databases;
  // once only.
  void AddWide(WatchScope scope, KeyWatcher* watcher);
  void RemoveWide(KeyWatcher* watcher);

  // The key is about to change.
  void Tell(uint32_t database, Bytes key);
  // So are all keys of a database for which `changes` is true.
  void TellAll(uint32_t database, absl::FunctionRef<bool(Bytes key)> changes);
  // A database is about to be flushed.
  void TellOfFlush(uint32_t database);

 private:
  using Watchers = std::multimap<DatabaseKey, KeyWatcher*, DatabaseKeyLess>;

  // Tells the one at `each` and answers the next.
  Watchers::iterator TellOne(Watchers::iterator each, uint32_t database, Bytes key);

  Watchers watchers_;
  std::vector<std::pair<WatchScope, KeyWatcher*>> wide_;
  CountedMemory memory_{MemoryPurpose::kKeys};
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_WATCH_TABLE_H_
