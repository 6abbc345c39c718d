#ifndef KONTOR_KEYSPACE_SHARD_H_
#define KONTOR_KEYSPACE_SHARD_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/sequence_lock.h"
#include "base/waiter.h"
#include "keyspace/database_key.h"
#include "keyspace/lease_table.h"
#include "keyspace/record.h"
#include "keyspace/slab.h"
#include "keyspace/table.h"
#include "keyspace/watch_table.h"

namespace kontor {

// One of the 2^k parts of the keyspace: the records of all logical databases whose hash chose it,
// and who waits for its keys. Everything needs its lock, except Peek. `hash` is always the engine's
// hash of the key.
class alignas(64) Shard {  // NOLINT(clang-analyzer-optin.performance.Padding): lines of its own
 public:
  // All must outlive the shard. `epoch` is the keyspace's: see Segment::epoch.
  Shard(const KeyHasher* hasher, Arena* arena, LazyFree* lazy_free,
        const std::atomic<uint64_t>* epoch, unsigned shard_bits)
      : tables_(MakeTables(hasher, &slab_, &clock_, lazy_free, shard_bits,
                           std::make_index_sequence<limits::kDatabases>())),
        epoch_(epoch),
        shard_bits_(shard_bits),
        slab_(arena) {}

  // The tables give their memory back while the slab below them is still there.
  ~Shard() {
    for (Table& table : tables_) table.Clear();
  }

  SequenceLock* lock() ABSL_LOCK_RETURNED(lock_) { return &lock_; }
  const SequenceLock* lock() const ABSL_LOCK_RETURNED(lock_) { return &lock_; }

  // Expired or not. Null if absent. Lasts until the key's next change.
  Record* Find(uint32_t database, Bytes key, uint64_t hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);

  // --- Changes. They throw std::bad_alloc, and then nothing was changed. ---

  // The key becomes a string, whatever it was. A deadline of 0 is none.
  void SetText(uint32_t database, Bytes key, uint64_t hash, Bytes text, int64_t deadline_unix_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  // Overwrites a string from `offset`, zero-filled up to there; the key must not hold another type.
  void WriteText(uint32_t database, Bytes key, uint64_t hash, size_t offset, Bytes bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  // The key becomes this, whatever it was.
  Record* Put(uint32_t database, uint64_t hash, Record::Content* content)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  // Does nothing if it is absent.
  void Erase(uint32_t database, Bytes key, uint64_t hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  // The key must be there. 0: no deadline.
  void SetDeadline(uint32_t database, Bytes key, uint64_t hash, int64_t deadline_unix_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  // A collection is about to change through its record.
  void Touch(uint32_t database, uint64_t hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  // It has changed by so many bytes.
  void NoteCollection(uint32_t database, int64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_) {
    tables_[database].NoteCollection(bytes);
  }
  // A field of the hash has got this deadline.
  void NoteFieldDeadline(uint32_t database, uint64_t hash, int64_t deadline_unix_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_) {
    tables_[database].NoteFieldDeadline(HashOf(hash), deadline_unix_ms);
  }
  void Clear(uint32_t database) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  void Swap(uint32_t database, uint32_t other) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);

  const Table& table(uint32_t database) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_) {
    return tables_[database];
  }
  // See Table::FindExpired.
  std::vector<const Record*> FindExpired(uint32_t database, uint64_t* cursor, size_t segments,
                                         int64_t now_unix_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_) {
    return tables_[database].FindExpired(cursor, segments, now_unix_ms);
  }

  // --- Under a memory limit. ---

  // Who counts what hangs off the records; must outlive the shard.
  void set_budget(MemoryBudget* budget) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  UseClock* clock() { return &clock_; }
  // A record that Find answered was used.
  void NoteUse(Record* record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_) {
    if (clock_.half_life() != 0) record->set_use_mark(clock_.MarkUsed(record->use_mark()));
  }
  // What goes first (see Table::ChooseVictim), and the database it is in; each database is chosen
  // as often as its share of the keys.
  const Record* ChooseVictim(Eviction eviction, int64_t now_unix_ms, Random* random,
                             uint32_t* database) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  // It is about to be evicted: if it comes back soon, its use counts on.
  void NoteEvicted(uint64_t hash, const Record& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_) {
    clock_.NoteEvicted(hash, record.use_mark());
  }
  // What its slab holds in use.
  size_t slab_bytes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_) { return slab_.used_bytes(); }
  // Moves records closer together, so that one run of memory is given back. False if there is no
  // run whose records would find room in others.
  bool Compact() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);

  // Who waits for a value of one type at a key; those who wait for another type there are in
  // another list, so that none of them holds up the others. The list lives while somebody is in it:
  // call DropWaitersIfEmpty after removing.
  WaitList* WaitersOf(uint32_t database, Bytes key, ValueType type)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  // Null if nobody waits.
  WaitList* FindWaiters(uint32_t database, Bytes key, ValueType type)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  void DropWaitersIfEmpty(uint32_t database, Bytes key, ValueType type)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);
  // Of leases, too.
  void NotifyAllWaiters() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_);

  // Whether anybody must hear of what is done to keys: who holds a lease, watches, or waits for a
  // stream. Operation tells them. A way around Operation looks here first, and takes the way
  // through it if so.
  bool is_observed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_) {
    return has_leases() || !watches_.empty() || waiters_.contains(ValueType::kStream);
  }
  WatchTable* watches() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_) { return &watches_; }
  // Who computes the value of a key that is not there. Whoever writes to a key revokes its lease.
  bool has_leases() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_) { return !leases_.empty(); }
  LeaseTable* leases() ABSL_EXCLUSIVE_LOCKS_REQUIRED(lock_) { return &leases_; }

  // --- For readers without the lock. ---

  // Begin to fetch what an operation on this key is going to look at, so that the lock is not held
  // while memory is waited for: first its bucket, then what that leads to, then what other places
  // lead to. Only hints; `version` is what lock()->ReadBegin gave. The record that is probably the
  // key's, or null if it may be elsewhere.
  void BringBucketNear(uint32_t database, uint64_t hash,
                       bool to_put) const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    tables_[database].BringBucketNear(HashOf(hash), to_put);
  }
  const Record* BringNear(uint32_t version, uint32_t database,
                          uint64_t hash) const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if ((version & 1) != 0) return nullptr;
    return tables_[database].BringNear(HashOf(hash),
                                       [this, version] { return lock_.ReadValid(version); });
  }
  const Record* BringNearElsewhere(uint32_t version, uint32_t database,
                                   uint64_t hash) const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if ((version & 1) != 0) return nullptr;
    return tables_[database].BringNearElsewhere(
        HashOf(hash), [this, version] { return lock_.ReadValid(version); });
  }

  // Looks an inline key up; the answer counts only if `version`, which lock()->ReadBegin gave and
  // which is even, is still valid after everything was read from the record.
  Segment::PeekedRecord Peek(uint32_t version, uint32_t database, const KeyHash& hash,
                             Bytes key) const ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return tables_[database].Peek(hash, key, [this, version] { return lock_.ReadValid(version); });
  }

 private:
  // A std::map because it is whole after an allocation failed.
  using Waiters = std::map<DatabaseKey, std::unique_ptr<WaitList>, DatabaseKeyLess>;

  template <size_t... kIndexes>
  static std::array<Table, limits::kDatabases> MakeTables(const KeyHasher* hasher, Slab* slab,
                                                          UseClock* clock, LazyFree* lazy_free,
                                                          unsigned shard_bits,
                                                          std::index_sequence<kIndexes...>) {
    return {{(static_cast<void>(kIndexes), Table(hasher, slab, clock, lazy_free, shard_bits))...}};
  }
  KeyHash HashOf(uint64_t hash) const { return KeyHash(hash, shard_bits_); }
  uint64_t epoch() const { return epoch_->load(std::memory_order_relaxed); }

  SequenceLock lock_;
  UseClock clock_;
  // Never moved or destroyed before the shard, for readers without the lock; the first begins in
  // the lock's cache line.
  std::array<Table, limits::kDatabases> tables_ ABSL_GUARDED_BY(lock_);
  const std::atomic<uint64_t>* const epoch_;
  const unsigned shard_bits_;
  // Between what every write needs anyway, because every write looks whether they are empty.
  LeaseTable leases_ ABSL_GUARDED_BY(lock_);
  WatchTable watches_ ABSL_GUARDED_BY(lock_);
  Slab slab_ ABSL_GUARDED_BY(lock_);
  std::map<ValueType, Waiters> waiters_ ABSL_GUARDED_BY(lock_);
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_SHARD_H_
