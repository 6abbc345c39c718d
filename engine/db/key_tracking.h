#ifndef KONTOR_DB_KEY_TRACKING_H_
#define KONTOR_DB_KEY_TRACKING_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/mutex.h"
#include "base/status.h"
#include "db/clients.h"
#include "keyspace/database_key.h"
#include "keyspace/watch_table.h"
#include "txn/core.h"

namespace kontor {

// CLIENT TRACKING of one session: which keys its client may have in a cache of its own, and which
// of them are not true any more. A key is tracked before it is read and told of after the reply, so
// no value is cached that nobody would tell of. Thread-safe; lock order: shards, this, a client.
class KeyTracking final : public KeyWatcher {
 public:
  using Prefixes = std::set<std::string, std::less<>>;
  // What the session is to pass on.
  struct Invalidations {
    bool everything = false;  // or:
    std::set<DatabaseKey, DatabaseKeyLess> keys;
    bool any() const { return everything || !keys.empty(); }
  };
  // While it lives, what this thread changes is changed by the client itself (NOLOOP).
  class Acting {
   public:
    explicit Acting(const KeyTracking* tracking) : before_(acting) { acting = tracking; }
    ~Acting() { acting = before_; }
    Acting(const Acting&) = delete;
    Acting& operator=(const Acting&) = delete;

   private:
    const KeyTracking* const before_;
  };

  // `owner` is whose session reads. All must outlive this. Throws std::bad_alloc.
  KeyTracking(Core* core, const Clients* clients, std::shared_ptr<Client> owner, bool broadcast);
  // Not under any lock.
  ~KeyTracking() override;
  KeyTracking(const KeyTracking&) = delete;
  KeyTracking& operator=(const KeyTracking&) = delete;

  // Of every CLIENT TRACKING ON: who is told (null: the owner), and prefixes to be added.
  void Configure(std::shared_ptr<Client> target, bool no_loop, absl::Span<const Bytes> prefixes);
  bool broadcast() const { return broadcast_; }
  // Null: the owner is told.
  std::shared_ptr<Client> target() const;
  Prefixes prefixes() const;
  bool no_loop() const {
    const MutexLock lock(&mutex_);
    return no_loop_;
  }
  size_t memory_bytes() const;

  // The client is about to read these. More keys than Clients::most_tracked_keys are told of and
  // forgotten, each in its turn. kNoMemory, and then nothing may be read.
  Status Track(uint32_t database, absl::Span<const Bytes> keys);
  // What was noted since this was asked last.
  Invalidations Take();

  bool KeyChanged(uint32_t database, Bytes key) noexcept override;
  void DatabaseFlushed(uint32_t database) noexcept override;

 private:
  using Keys = std::set<DatabaseKey, DatabaseKeyLess>;

  void TrackOne(uint32_t database, Bytes key);
  bool HasTooMany() const;
  void EvictOne();
  void Unwatch(const DatabaseKey& key);
  bool NoteBroadcast(Bytes key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteEverything() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Tell() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  static thread_local const KeyTracking* acting;

  Core* const core_;
  const Clients* const clients_;
  const std::shared_ptr<Client> owner_;
  const bool broadcast_;
  mutable Mutex mutex_;
  std::shared_ptr<Client> target_ ABSL_GUARDED_BY(mutex_);
  bool no_loop_ ABSL_GUARDED_BY(mutex_) = false;
  Prefixes prefixes_ ABSL_GUARDED_BY(mutex_);    // of broadcast
  Keys tracked_ ABSL_GUARDED_BY(mutex_);         // each is among the watched ones of its shard
  DatabaseKey evicted_ ABSL_GUARDED_BY(mutex_);  // the last that was forgotten to make room
  Invalidations noted_ ABSL_GUARDED_BY(mutex_);
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of tracked_ and noted_
};

}  // namespace kontor

#endif  // KONTOR_DB_KEY_TRACKING_H_
