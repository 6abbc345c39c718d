#ifndef KONTOR_BASE_EFFECT_H_
#define KONTOR_BASE_EFFECT_H_

#include <cstdint>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/codec.h"
#include "base/shared_bytes.h"

namespace kontor {

// The vocabulary of change. Every write of the engine is a sequence of effects, and an effect is
// the only thing that changes data: a live operation applies it and tells it to the journal,
// recovery reads it back and applies the same. So effects are absolute and replayable ("this value,
// this deadline"), never the text of a command.

// The values are part of the file format (persist/FORMAT.md): never renumbered.
enum class KeyEffectKind : uint8_t {
  kStringSet = 1,  // key, value, number = deadline (0: none)
  kStringWrite =
      2,  // key, value written at byte offset `number`; zero-filled up to there; keeps the deadline
  kKeyDelete = 3,  // key
  kKeyExpire = 4,  // key, number = deadline (0: persist)
  kKeyMove = 5,   // key, field = target key, number = target database; keeps the deadline, replaces
                  // the target
  kKeyCopy = 6,   // the same, the source stays
  kHashSet = 10,  // key, field, value; the field's deadline goes
  kHashDelete = 11,          // key, field; the key goes with its last field
  kHashExpire = 12,          // key, field, number = the field's deadline (0: persist)
  kHashDeleteEarliest = 13,  // key, number = how many fields go, those with the earliest deadlines
  kHashSetValue = 14,        // key, field, value; the field keeps its deadline
  kListPushFront = 20,       // key, value
  kListPushBack = 21,        // key, value
  kListPopFront = 22,        // key, number = count; the key goes with its last element
  kListPopBack = 23,         // key, number = count
  kListSet = 24,             // key, value, number = index (>= 0)
  kListInsert = 25,          // key, value, number = index it will have
  kListErase = 26,           // key, number = index
  kListRemove = 27,       // key, value, number = how many equal elements go: the first so many, the
                          // last for a negative number, all for 0
  kSetAdd = 32,           // key, field = member
  kSetRemove = 33,        // key, field = member; the key goes with its last member
  kSortedSetSet = 36,     // key, field = member, number = the bits of its score, a double
  kSortedSetRemove = 37,  // key, field = member; the key goes with its last member
  // What field and value hold here, keyspace/stream_codec.h and persist/FORMAT.md tell.
  kStreamMake = 40,            // key: an empty stream, if the key is absent
  kStreamAdd = 41,             // key, field = id, value = fields
  kStreamDelete = 42,          // key, field = id
  kStreamTrim = 43,            // key, field = id of the last entry that goes
  kStreamSetIds = 44,          // key, value = last id, greatest deleted id, entries added
  kStreamSetGroup = 45,        // key, field = group, value = its state; makes the group
  kStreamDeleteGroup = 46,     // key, field = group
  kStreamSetConsumer = 47,     // key, field = group, value = consumer and state; makes the consumer
  kStreamDeleteConsumer = 48,  // key, field = group, value = consumer; with what is pending
  kStreamSetPending = 49,      // key, field = group, value = id, consumer and state
  kStreamRemovePending = 50,   // key, field = group, value = id
  kDatabaseFlush = 30,         // the database
  kDatabaseSwap = 31,          // the database and database `number`
};

// A change of one key. The bytes are borrowed. Deadlines are Unix milliseconds.
struct KeyEffect {
  KeyEffectKind kind;
  uint32_t database = 0;
  Bytes key = {};
  Bytes field = {};
  Bytes value = {};
  int64_t number = 0;
};

// The values are part of the file format (persist/FORMAT.md): never renumbered.
enum class QueueEffectKind : uint8_t {
  kQueueDeclare = 64,        // queue, body = encoded QueueOptions (broker/queue_options.h)
  kQueueDelete = 65,         // queue
  kQueuePurge = 66,          // queue: every message of it, dead ones too
  kQueuePause = 67,          // queue: nothing is taken from it
  kQueueResume = 68,         // queue
  kQueueRemember = 69,       // id, time = until when, body = under which the message was sent
  kMessagePut = 70,          // a new message: id, priority, time = ready at, enqueued_at, body
  kMessageLease = 71,        // id, attempt, time = lease deadline; also extends a lease
  kMessageReturn = 72,       // id, attempt, time = ready at: ready (ahead of fresh ones) or delayed
                             // again; also revives a dead one
  kMessageAcknowledge = 73,  // id: done and gone
  kMessageDead = 74,         // id, attempt, time = died at, body = reason
                             // 75 is how a kMessagePut with more to it is written
  kMessageDrop = 76,         // id: gone, and not worked off
  kMessageProgress = 77,     // id, attempt, body = how far its worker says it is
  kMessageDone = 78,         // id, attempt, time = kept until, body = its result: done, and known
  kMessageChildren = 79,     // id, attempt = how many of its children are not over yet; 0: ready
  kScheduleSet = 90,         // time = its next run, body = its name and options
                             // (broker/schedule.h)
  kScheduleDelete = 91,      // body = its name
  kScheduleRun = 92,  // id = the message that was put in (0: there was no room), time = the next
                      // run, body = its name
  kQueueBind = 93,    // priority = a SubjectKind (broker/subject.h), body = the channel or pattern
  kQueueUnbind = 94,  // the same
  kParentOwed = 95,   // id = of a child that is over, and its parent, which is not told yet
  kParentTold = 96,   // id = of that child
  kQueueIncarnation = 97,     // of no queue: attempt = how often the engine was opened and used for
                              // queues, id = above all that were given out before
  kQueueIncarnationEnd = 98,  // of no queue: the engine was closed, id = above all that were given
                              // out; nothing of it was lost
};

// A change of one queue. Idempotent by message id: it may be replayed over a state that already
// contains it. The bytes are borrowed. Times are Unix milliseconds.
struct QueueEffect {  // NOLINT(clang-analyzer-optin.performance.Padding): in an order for reading
  QueueEffectKind kind;
  Bytes queue = {};
  uint64_t id = 0;
  uint32_t attempt = 0;
  uint32_t priority = 0;
  int64_t time_unix_ms = 0;
  int64_t enqueued_at_unix_ms = 0;
  Bytes body = {};
  // Of a put: the key of its group, and what a second one is known by. Empty: none.
  Bytes group = {};
  Bytes deduplication_id = {};
  // Of a put: for how many children it waits; and whose child it is (0: nobody's).
  uint32_t children = 0;
  Bytes parent_queue = {};
  uint64_t parent_id = 0;
  // Of a put that came by a publish: to which channel. Empty: none.
  Bytes channel = {};
  // Of a put that is one of several with one body: the body is here once the first one was applied,
  // and the others share it.
  SharedBytes* shared_body = nullptr;
  // The body is a zstd frame (broker/body_compression.h).
  bool compressed = false;
  // Encoded without its body, which is that of the put before it in the same record.
  bool has_body_of_last_put = false;
};

// The values are part of the file format (persist/FORMAT.md): never renumbered.
enum class ChannelEffectKind : uint8_t {
  kChannelDeclare = 80,  // channel, sequence = that of the last message before it was declared,
                         // body = encoded RetentionOptions (broker/retention_options.h)
  kChannelDelete = 81,   // channel: it keeps nothing any more
  kChannelPublish = 82,  // channel, sequence, time = published at, body
};

// A change of what one channel keeps. Idempotent by channel and sequence. The bytes are borrowed.
struct ChannelEffect {
  ChannelEffectKind kind;
  Bytes channel = {};
  uint64_t sequence = 0;
  int64_t time_unix_ms = 0;
  Bytes body = {};
};

using Effect = std::variant<KeyEffect, QueueEffect, ChannelEffect>;

// Appends an effect in the encoding of persist/FORMAT.md: the kind, then the fields that kind uses.
void EncodeEffect(const KeyEffect& effect, std::string* out);
void EncodeEffect(const QueueEffect& effect, std::string* out);
void EncodeEffect(const ChannelEffect& effect, std::string* out);

// Reads one effect; false if the bytes are no effect. Borrowed bytes point into the decoder's
// input. Numbers are checked for range (database, priority, negative indexes, scores that are
// none), so that applying a decoded effect needs no further trust.
bool DecodeEffect(Decoder* decoder, Effect* effect);

}  // namespace kontor

#endif  // KONTOR_BASE_EFFECT_H_
