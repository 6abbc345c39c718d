#ifndef KONTOR_TXN_OPERATION_H_
#define KONTOR_TXN_OPERATION_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/effect.h"
#include "base/random.h"
#include "base/status.h"
#include "base/waiter.h"
#include "keyspace/keyspace.h"
#include "keyspace/stream_codec.h"
#include "txn/core.h"
#include "txn/undo_log.h"

namespace kontor {

enum class Access {
  kRead,
  kWrite,    // refused where memory is over its limit and nothing can be evicted
  kRelease,  // a change that gives memory back, or takes next to none: never refused for want of it
};

class Turn;

// The error of a verb used on a key of another type, worded as Redis words it.
Status WrongType();

// What a verb works in: the keys it may touch are locked, time stands still, and every change is an
// effect that is applied and noted for the journal in one step. Made by Execute (txn/execute.h) or
// by a transaction's commit.
//
// A verb first checks everything that can fail, then changes; after its first change nothing may
// fail. Bytes handed to a changing function must not lie in the record it changes (copy them
// first).
class Operation {
 public:
  // A key whose hash is known already; the hash of another one is computed when it is needed.
  struct KnownKey {
    Bytes key;
    uint64_t hash = 0;
  };

  // The locks of `locked` are held while the operation lives. Effects are encoded for a journal
  // only if there is one. `undo` may be null.
  Operation(Core* core, const ShardSet& locked, Access access, uint32_t database,
            UndoLog* undo = nullptr)
      : core_(core),
        keyspace_(&core->keyspace),
        locked_(locked),
        access_(access),
        database_(database),
        undo_(undo) {}

  Access access() const { return access_; }
  uint32_t database() const { return database_; }
  // For what is done from now on.
  void set_database(uint32_t database) { database_ = database; }
  // The same however often it is asked.
  int64_t now_unix_ms() {
    if (now_unix_ms_ == kNotAsked) now_unix_ms_ = core_->clock->UnixMs();
    return now_unix_ms_;
  }
  void set_now_unix_ms(int64_t now_unix_ms) { now_unix_ms_ = now_unix_ms; }
  void set_known_key(const KnownKey& known) { known_ = known; }
  Keyspace* keyspace() { return keyspace_; }

  // --- Looking. An expired key is never seen; a writing operation removes it for good. So does any
  // operation with expired fields of a hash that it looks up. ---

  // Null if absent. Lasts until the key is deleted or replaced.
  const Record* Find(Bytes key) { return Find(database_, key); }
  const Record* Find(uint32_t database, Bytes key);
  // The value of a key of one type: null if the key is absent, kWrongType if it holds another type.
  Status Find(Bytes key, std::optional<Bytes>* text);
  template <typename T>
  Status Find(Bytes key, const T** value) {
    const Record* const record = Find(key);
    *value = record == nullptr ? nullptr : record->As<T>();
    return record != nullptr && *value == nullptr ? WrongType() : Ok();
  }

  // Whether memory allows for what a change is going to take beyond the bytes it was given, such as
  // zeros between the end of a string and what is written far behind it. kNoMemory.
  Status CheckGrowth(size_t bytes) const;

  // --- Changing (not with Access::kRead). Each is one effect on this operation's database. ---

  // Replaces whatever is there. A deadline of 0 is none.
  void SetString(Bytes key, Bytes value, int64_t deadline_unix_ms);
  // Overwrites from `offset`, zero-filling up to it; the key may be absent. Keeps the deadline.
  void WriteString(Bytes key, size_t offset, Bytes value);
  void Delete(Bytes key);
  // Deletes a key as the engine itself does, because it has expired or must make room: that is no
  // write of a user, so a lease on the key stays.
  enum class Reclaimed { kExpired, kEvicted };
  void Reclaim(uint32_t database, Bytes key, Reclaimed why);
  // The same with up to `most` fields of the hash that have expired; the key goes with its last.
  // Answers how many.
  uint64_t ReclaimFields(uint32_t database, Bytes key, uint64_t most);
  // A user's write that finds nothing to change is a write all the same: it ends the lease on the
  // key, or on every key of a database (which needs all shards).
  void RevokeLease(Bytes key) { RevokeLease(database_, key); }
  void RevokeLeases(uint32_t database);
  // A write that leaves the key as it is: whoever watches it is told all the same, as in Redis.
  void NoteWrite(Bytes key);
  // 0 removes the deadline. The key must be there.
  void Expire(Bytes key, int64_t deadline_unix_ms);
  // Replace the target if there is one; the deadline goes along. The key must be there.
  void Move(Bytes key, uint32_t target_database, Bytes target);
  void Copy(Bytes key, uint32_t target_database, Bytes target);
  // Make the hash if the key is absent; remove the key with its last field. Only the second keeps
  // the deadline that the field may have.
  void SetField(Bytes key, Bytes field, Bytes value);
  void SetFieldValue(Bytes key, Bytes field, Bytes value);
  void DeleteField(Bytes key, Bytes field);
  // The field must be there; 0 removes its deadline.
  void ExpireField(Bytes key, Bytes field, int64_t deadline_unix_ms);
  // Make the list if the key is absent; remove the key with its last element. Indexes are in [0,
  // size).
  void PushFront(Bytes key, Bytes value);
  void PushBack(Bytes key, Bytes value);
  void PopFront(Bytes key, size_t count);
  void PopBack(Bytes key, size_t count);
  void SetElement(Bytes key, size_t index, Bytes value);
  void InsertElement(Bytes key, size_t index, Bytes value);
  // See List::Remove; something must be equal.
  void RemoveElements(Bytes key, Bytes value, int64_t count);
  // Make the set if the key is absent; remove the key with its last member.
  void AddMember(Bytes key, Bytes member);
  void RemoveMember(Bytes key, Bytes member);
  // Make the sorted set if the key is absent; remove the key with its last member. A score is any
  // number, but not NaN.
  void SetScore(Bytes key, Bytes member, double score);
  void RemoveScored(Bytes key, Bytes member);
  // An empty stream if the key is absent. The others need one, and what they name with it: a group,
  // and a consumer for what is pending. A stream stays when it has no entries left.
  void MakeStream(Bytes key);
  // With all that is in another one, where the key is absent.
  void MakeStream(Bytes key, const Stream& like);
  // See Stream::CanAdd.
  void AddEntry(Bytes key, const StreamId& id, std::span<const StreamField> fields);
  void DeleteEntry(Bytes key, const StreamId& id);
  // See Stream::RemoveThrough.
  void TrimStream(Bytes key, const StreamId& last_id);
  void SetStreamIds(Bytes key, const StreamIds& ids);
  // Make the group, or the consumer, if it is not there.
  void SetGroup(Bytes key, Bytes group, const StreamGroupState& state);
  void DeleteGroup(Bytes key, Bytes group);
  void SetConsumer(Bytes key, Bytes group, const StreamConsumerState& state);
  void DeleteConsumer(Bytes key, Bytes group, Bytes consumer);
  // Instead of what is pending by this id, with whomever.
  void SetPending(Bytes key, Bytes group, const StreamPendingState& state);
  void RemovePending(Bytes key, Bytes group, const StreamId& id);
  // Need all shards.
  void FlushDatabase(uint32_t database);
  void SwapDatabases(uint32_t first, uint32_t second);

  // --- Telling (see KeyEvents). Once this is committed, and in this order; nothing is told of what
  // is taken back. An event for which there is no memory is lost, like any message of pub/sub. ---

  void Announce(KeyEventClass kind, Bytes event, Bytes key) {
    if (core_->key_events.Includes(kind)) AddEvent(database_, event, key);
  }
  void Announce(KeyEventClass kind, Bytes event, uint32_t database, Bytes key) {
    if (core_->key_events.Includes(kind)) AddEvent(database, event, key);
  }
  // Of something that was taken from the key; "del" if the key has gone with its last.
  void AnnounceTaking(KeyEventClass kind, Bytes event, Bytes key);

  // --- For blocking pops: first come, first served. ---

  // Gives this operation the places its caller holds in wait lists (null: it holds none).
  void set_turn(Turn* turn) { turn_ = turn; }
  // False while somebody else waits for a value of this type at the key, ahead of this caller.
  bool MayTake(Bytes key, ValueType type);
  // False while somebody else of this line waits there, ahead of this caller, who joins the line.
  bool MayTakeInLine(Bytes key, ValueType type, Bytes line);
  // Who waits for new entries of a stream may find some, although none was added.
  void WakeStreamReaders(Bytes key);
  // True if this caller has been waiting for the key: this is not its first attempt. Whoever waits
  // for a stream is attempted, too, when it may be gone, or a group of it.
  bool Waits(Bytes key) const;

  // --- For the commit. ---
  const std::string& effects() const { return effects_; }
  uint64_t effect_count() const { return effect_count_; }
  bool changed() const { return effect_count_ != 0; }
  // What it did was taken back: all of it, or what came after a moment.
  struct Moment {
    size_t effect_bytes = 0;
    uint64_t effect_count = 0;
    size_t events = 0;
  };
  Moment moment() const { return {effects_.size(), effect_count_, events_.size()}; }
  void Forget(const Moment& since) {
    effects_.resize(since.effect_bytes);
    effect_count_ = since.effect_count;
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(since.events), events_.end());
  }
  void Forget() { Forget(Moment()); }
  // Where what is done from now on is remembered; may be null.
  void set_undo(UndoLog* undo) { undo_ = undo; }
  UndoLog* undo() const { return undo_; }
  // Wakes who waits for a key that can be taken from now, and publishes what was announced.
  void TellEverybody();

 private:
  const Record* FindUnexpired(uint32_t database, Bytes key);
  static constexpr int64_t kNotAsked = INT64_MIN;

  uint64_t HashOf(Bytes key) const {
    const bool known = key.data() == known_.key.data() && key.size() == known_.key.size();
    return known && key.data() != nullptr ? known_.hash : keyspace_->Hash(key);
  }
  void Apply(const KeyEffect& effect);
  void ApplyToStream(KeyEffectKind kind, Bytes key, Bytes field, Bytes value);
  // `hash` is that of effect.key.
  void ApplyKeepingLeases(const KeyEffect& effect, uint64_t hash);
  void ApplyAlways(const KeyEffect& effect, uint64_t hash);  // for readers, too
  void RevokeLease(uint32_t database, Bytes key);
  void TellWatchers(const KeyEffect& effect, uint64_t hash);
  void TellWatchersOfDatabase(uint32_t database, uint32_t other);
  void NotifyEverybody();
  void AnnounceNew(const KeyEffect& effect);
  void AddEvent(uint32_t database, Bytes event, Bytes key);
  void PublishEvents();
  void TellStreamReaders(const KeyEffect& effect, uint64_t hash);
  void PrepareReady(uint32_t database, Bytes key, ValueType type);
  void NoteReady(uint32_t database, Bytes key, ValueType type);
  // Who of a list is told: who takes from others is first, or else all of them look for themselves.
  enum class Told { kFirst, kFirstOfLines, kAll };
  void AddReady(uint32_t database, Bytes key, uint64_t hash, ValueType type, Told told);
  Shard* LockedShard(uint64_t hash);

  Core* const core_;
  Keyspace* const keyspace_;
  const ShardSet& locked_;
  const Access access_;
  uint32_t database_;
  int64_t now_unix_ms_ = kNotAsked;
  UndoLog* undo_;
  KnownKey known_;
  Turn* turn_ = nullptr;
  std::string effects_;
  uint64_t effect_count_ = 0;
  struct Ready {
    WaitList* waiters;
    Told told;
  };
  std::vector<Ready> ready_;
  struct Event {
    uint32_t database;
    std::string name;
    std::string key;
  };
  std::vector<Event> events_;
};

// The places a blocked caller holds, by key.
class Turn {
 public:
  virtual ~Turn() = default;
  // Its place in the key's list, or null.
  virtual const WaitPlace* PlaceAt(Bytes key) const = 0;
  // The places are, or will be, in this line of their lists (WaitPlace::set_line).
  virtual void JoinLine(Bytes line) = 0;
};

}  // namespace kontor

#endif  // KONTOR_TXN_OPERATION_H_
