#ifndef KONTOR_KEYSPACE_KEYSPACE_H_
#define KONTOR_KEYSPACE_KEYSPACE_H_

#include <atomic>
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
#include "keyspace/arena.h"
#include "keyspace/lazy_free.h"
#include "keyspace/record.h"
#include "keyspace/shard.h"
#include "keyspace/shard_set.h"

namespace kontor {

// All keys of an engine: 2^k shards, each with its lock. The top bits of a key's hash choose the
// shard, the others the place in its table. What several shards must agree on (a flush, a scan of
// one moment) takes all their locks, in ascending order (txn/lock_set.h).
class Keyspace {  // NOLINT(clang-analyzer-optin.performance.Padding): lines of their own
 public:
  // `shards` is a power of two up to limits::kShards.
  Keyspace(uint32_t shards, uint64_t hash_seed);

  uint32_t shard_count() const { return static_cast<uint32_t>(shards_.size()); }
  uint64_t Hash(Bytes key) const { return hasher_(key); }
  const KeyHasher& hasher() const { return hasher_; }
  uint32_t ShardIndex(uint64_t hash) const { return static_cast<uint32_t>(hash >> shift_); }
  Shard* shard(uint32_t index) { return shards_[index].get(); }
  Shard* ShardOf(uint64_t hash) { return shards_[ShardIndex(hash)].get(); }
  const Shard* ShardOf(uint64_t hash) const { return shards_[ShardIndex(hash)].get(); }
  KeyHash KeyHashOf(uint64_t hash) const { return KeyHash(hash, 64 - shift_); }
  ShardSet AllShards() const { return ShardSet::First(shard_count()); }
  Arena* arena() { return &arena_; }
  LazyFree* lazy_free() { return &lazy_free_; }

  // Copies the text of a string without any lock; the key must be an inline one. kNeedsLock: it is
  // no short string, or somebody changes the shard right now; try again with its lock. *length is
  // the text's, also where it did not fit into the buffer. A deadline that has passed is the
  // caller's to see.
  Segment::Peeked Peek(uint32_t database, Bytes key, uint64_t hash, char* buffer, size_t capacity,
                       size_t* length, int64_t* deadline_unix_ms) const;

  // The functions below need the locks of the shards they touch; the thread-safety analysis cannot
  // follow a lock set chosen at run time, so Operation (txn/operation.h) checks it.

  Record* Find(uint32_t database, Bytes key);
  // Expired ones that were not removed yet included, as DBSIZE does.
  uint64_t CountKeys(uint32_t database) const;
  uint64_t CountDeadlines(uint32_t database) const;
  // Walks the database: about `count` records, and a cursor to go on with; 0 begins and 0 ends. A
  // key that is there from the first call to the last is visited at least once, whatever else
  // changes.
  uint64_t Scan(uint32_t database, uint64_t cursor, uint64_t count,
                const std::function<void(const Record&)>& visit);
  // Any record, each as likely (expired ones too). Null if there are none.
  const Record* RandomRecord(uint32_t database, Random* random);

  // Changes the keys as the effect says: the only way anything in the keyspace ever changes, live
  // or replayed. kCorrupt, with nothing changed, if the effect does not fit what is there (a live
  // operation has made sure that it does). Throws std::bad_alloc, and then nothing was changed.
  Status Apply(const KeyEffect& effect) { return Apply(effect, Hash(effect.key)); }
  // `hash` is that of effect.key; it is only computed once on the way of a write.
  Status Apply(const KeyEffect& effect, uint64_t hash);

  // Counts all memory of the keys in `budget`, which must outlive the keyspace. Before there are
  // any.
  void set_budget(MemoryBudget* budget);
  // What uses are noted for: the victims of this are chosen from now on. At any time.
  void set_eviction(Eviction eviction);
  Eviction eviction() const { return eviction_.load(std::memory_order_relaxed); }

  // Marks a record that was read without the lock as used, if nobody holds the lock now. `mark` is
  // the one that was read with it.
  void NoteUse(Shard* shard, uint32_t database, Bytes key, uint64_t hash, uint16_t mark) const;

  // Opens a new epoch, or ends it: see Segment::epoch. One at a time, with the locks of all shards.
  uint64_t BeginEpoch() {
    epoch_.store(++last_epoch_, std::memory_order_relaxed);
    return last_epoch_;
  }
  void EndEpoch() { epoch_.store(0, std::memory_order_relaxed); }

 private:
  Status ApplyString(const KeyEffect& effect, uint64_t hash);
  Status ApplyKey(const KeyEffect& effect, uint64_t hash);
  Status ApplyMove(const KeyEffect& effect, uint64_t hash);
  Status ApplyCollection(const KeyEffect& effect, uint64_t hash);
  Status ApplyDatabase(const KeyEffect& effect);

  unsigned shift_;
  KeyHasher hasher_;
  Arena arena_;
  LazyFree lazy_free_;
  // What every get reads, away from the arena's counters, which every new run changes.
  alignas(64) std::atomic<bool> notes_uses_{false};
  std::atomic<uint64_t> epoch_{0};
  uint64_t last_epoch_ = 0;
  std::atomic<Eviction> eviction_{Eviction::kNone};
  std::vector<std::unique_ptr<Shard>> shards_;
};

// Inline, because it is all that stands between a get and its value.
[[gnu::always_inline]] inline Segment::Peeked Keyspace::Peek(uint32_t database, Bytes key,
                                                             uint64_t hash, char* buffer,
                                                             size_t capacity, size_t* length,
                                                             int64_t* deadline_unix_ms) const {
  Shard* const shard = shards_[ShardIndex(hash)].get();
  const SequenceLock& lock = *shard->lock();
  const uint32_t version = lock.ReadBegin();
  if ((version & 1) != 0) return Segment::Peeked::kNeedsLock;
  const Segment::PeekedRecord found = shard->Peek(version, database, KeyHashOf(hash), key);
  if (found.record == nullptr) {
    return lock.ReadValid(version) ? found.peeked : Segment::Peeked::kNeedsLock;
  }
  const Record::PeekedText text = found.record->PeekText();
  if (text.text == nullptr) return Segment::Peeked::kNeedsLock;
  if (text.length <= capacity) RelaxedCopy(buffer, text.text, text.length);
  *length = text.length;
  *deadline_unix_ms = text.deadline_unix_ms;
  if (!lock.ReadValid(version)) return Segment::Peeked::kNeedsLock;
  if (notes_uses_.load(std::memory_order_relaxed)) [[unlikely]] {
    NoteUse(shard, database, key, hash, text.use_mark);
  }
  return Segment::Peeked::kFound;
}

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_KEYSPACE_H_
