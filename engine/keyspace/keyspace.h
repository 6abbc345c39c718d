#ifndef KONTOR_KEYSPACE_KEYSPACE_H_
#define KONTOR_KEYSPACE_KEYSPACE_H_

#include <bitset>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/effect.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/status.h"
#include "keyspace/record.h"
#include "keyspace/shard.h"

namespace kontor {

// Which shards an operation locks.
using ShardSet = std::bitset<limits::kShards>;

// All keys of an engine: 2^k shards, each with its lock. The top bits of a key's hash choose the
// shard, the others the place in its table. What several shards must agree on (a flush, a scan of
// one moment) takes all their locks, in ascending order (txn/lock_set.h).
class Keyspace {
 public:
  // `shards` is a power of two up to limits::kShards.
  Keyspace(uint32_t shards, uint64_t hash_seed);

  uint32_t shard_count() const { return static_cast<uint32_t>(shards_.size()); }
  uint64_t Hash(Bytes key) const { return hasher_(key); }
  uint32_t ShardIndex(uint64_t hash) const { return static_cast<uint32_t>(hash >> shift_); }
  Shard* shard(uint32_t index) { return shards_[index].get(); }
  Shard* ShardOf(uint64_t hash) { return shards_[ShardIndex(hash)].get(); }
  ShardSet AllShards() const;

  // The functions below need the locks of the shards they touch; the thread-safety analysis cannot
  // follow a lock set chosen at run time, so Operation (txn/operation.h) checks it.

  Record* Find(uint32_t database, Bytes key);
  // Expired ones that were not removed yet included, as DBSIZE does.
  uint64_t CountKeys(uint32_t database) const;
  // Walks the database: up to `count` records, and a cursor to go on with; 0 begins and 0 ends. A
  // key that is there from the first call to the last is visited at least once, whatever else
  // changes.
  uint64_t Scan(uint32_t database, uint64_t cursor, uint64_t count,
                const std::function<void(const Record&)>& visit);
  // Any record, each as likely (expired ones too). Null if there are none.
  const Record* RandomRecord(uint32_t database, Random* random);

  // Changes the keys as the effect says: the only way anything in the keyspace ever changes, live
  // or replayed. kCorrupt, with nothing changed, if the effect does not fit what is there (a live
  // operation has made sure that it does).
  Status Apply(const KeyEffect& effect);

 private:
  Status ApplyString(const KeyEffect& effect);
  Status ApplyKey(const KeyEffect& effect);
  Status ApplyHash(const KeyEffect& effect);
  Status ApplyList(const KeyEffect& effect);
  Status ApplyDatabase(const KeyEffect& effect);

  unsigned shift_;
  KeyHasher hasher_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_KEYSPACE_H_
