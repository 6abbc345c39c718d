#ifndef KONTOR_BROKER_QUEUED_MESSAGE_H_
#define KONTOR_BROKER_QUEUED_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/effect.h"
#include "base/heap_bytes.h"
#include "base/shared_bytes.h"
#include "broker/linked_line.h"
#include "broker/message.h"
#include "broker/rate_limit.h"
#include "broker/timer_wheel.h"

namespace kontor {

struct MessageGroup;
struct InLine;        // of its priority or group
struct InReadyOrder;  // of all that is ready
struct InRotation;    // of the groups of a priority

// A message, of whatever queue, that waits for its children.
struct ParentMessage {
  std::string queue;
  uint64_t id = 0;
};
// By the child that is over.
using OwedParents = std::map<uint64_t, ParentMessage>;
// What a node of it takes of the heap.
inline int64_t OwedBytes(const ParentMessage& parent) {
  return static_cast<int64_t>(MapNodeBytes(sizeof(OwedParents::value_type)) +
                              HeapBytesOf(parent.queue));
}

// For how many children a message waits, and whose child it is.
struct MessageFamily {
  int64_t heap_bytes() const {
    return static_cast<int64_t>(HeapBytes(sizeof(MessageFamily))) +
           (parent.empty() ? 0 : OwedBytes(parent.mapped()));
  }

  uint32_t children = 0;
  OwedParents::node_type parent;  // for the end, which must not need memory; empty: nobody's
};
// That of a put; null if it has none. Throws std::bad_alloc.
std::unique_ptr<MessageFamily> MakeFamily(const QueueEffect& put);

// A message as its queue keeps it: one allocation, beside that of the body. The timer is the end of
// its delay or lease, of its age, or of the time that its
// result is kept.
struct QueuedMessage : Timer, Linked<InLine>, Linked<InReadyOrder> {
  using State = MessageState;

  // What counts towards max_deliveries: since the last revive.
  uint32_t Deliveries() const { return attempt - attempts_forgotten; }

  uint64_t id = 0;
  QueuedMessage* next_in_bucket = nullptr;
  State state = State::kReady;
  uint8_t priority = 0;
  bool returned = false;     // which line it is in, or will be in once its delay has passed
  bool holds_group = false;  // taken, and not yet ready again or gone: nobody else of its group is
  bool compressed = false;   // the body is (broker/body_compression.h)
  bool overdue = false;  // its lease or its age is over, and it waits for what follows from that
  uint16_t progress_count = 0;
  // Which delivery the last one was, counted over the whole life of the message and modulo 2^32.
  uint32_t attempt = 0;
  uint32_t attempts_forgotten = 0;
  int64_t time_unix_ms = 0;  // as MessageView has it
  int64_t enqueued_at_unix_ms = 0;
  // While it is leased: until when the lease is extended by itself. It ends with the process.
  int64_t renewed_until_unix_ms = 0;
  MessageGroup* group = nullptr;
  SharedBytes body;
  SharedBytes channel;  // to which it was published; none: it was put into the queue itself
  std::unique_ptr<MessageFamily> family;  // null: it has none
  std::unique_ptr<std::string> note;      // as MessageView has it; null: empty
};

// What it takes of the heap, with all that is its own.
inline int64_t BytesOf(const QueuedMessage& message) {
  const size_t note =
      message.note == nullptr ? 0 : HeapBytes(sizeof(std::string)) + HeapBytesOf(*message.note);
  return static_cast<int64_t>(HeapBytes(sizeof(QueuedMessage)) + message.body.heap_bytes() +
                              message.channel.heap_bytes() + note) +
         (message.family == nullptr ? 0 : message.family->heap_bytes());
}

// Whether its end is to be told to a parent.
inline bool IsChild(const QueuedMessage& message) {
  return message.family != nullptr && !message.family->parent.empty();
}

// Ids are counted up, so they lie evenly and neighbours beside each other, for the cache. What is
// left when most have gone may have its low bits in common (every 1024th): the higher ones join in.
// No two ids have one hash, and of 2^n ids in a row no two one bucket of 2^n.
inline uint64_t HashOfMessageId(uint64_t id) {
  id ^= id >> 10;
  return id ^ (id >> 20);
}
inline uint64_t TableHash(const QueuedMessage& message) { return HashOfMessageId(message.id); }

// Messages of one key, which are handed out in their order and one at a time. It lasts as long as
// it has messages, or its rate is to be remembered. The timer is the end of waiting for that.
struct MessageGroup : Timer, Linked<InRotation> {
  MessageGroup(Bytes of_key, uint32_t its_hash) : key(of_key), hash(its_hash) {}

  const std::string key;
  const uint32_t hash;
  MessageGroup* next_in_bucket = nullptr;
  LinkedLine<QueuedMessage, InLine> line;  // its ready ones
  uint64_t messages = 0;                   // all of them
  uint64_t held = 0;                       // those that keep the others from being taken
  std::unique_ptr<RateLimit> limit;        // where there is one
  uint32_t rotates_at = 0;                 // the priority in whose rotation it is
  bool rotates_as_fresh = false;
  bool rotates = false;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_QUEUED_MESSAGE_H_
