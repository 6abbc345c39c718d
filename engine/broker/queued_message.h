#ifndef KONTOR_BROKER_QUEUED_MESSAGE_H_
#define KONTOR_BROKER_QUEUED_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/shared_bytes.h"
#include "broker/linked_line.h"
#include "broker/rate_limit.h"
#include "broker/timer_wheel.h"

namespace kontor {

struct MessageGroup;
struct InLine;        // of its priority or group
struct InReadyOrder;  // of all that is ready
struct InRotation;    // of the groups of a priority

// A message as its queue keeps it: one allocation, beside that of the body. The timer is the end of
// its delay or lease, or of its age.
struct QueuedMessage : Timer, Linked<InLine>, Linked<InReadyOrder> {
  enum class State : uint8_t { kDelayed, kReady, kLeased, kDead };

  // What counts towards max_deliveries: since the last revive.
  uint32_t Deliveries() const { return attempt - attempts_forgotten; }

  uint64_t id = 0;
  QueuedMessage* next_in_bucket = nullptr;
  State state = State::kReady;
  uint8_t priority = 0;
  bool returned = false;     // which line it is in, or will be in once its delay has passed
  bool holds_group = false;  // taken, and not yet ready again or gone: nobody else of its group is
  bool overdue = false;  // its lease or its age is over, and it waits for what follows from that
  // Which delivery the last one was, counted over the whole life of the message and modulo 2^32.
  uint32_t attempt = 0;
  uint32_t attempts_forgotten = 0;
  int64_t time_unix_ms = 0;  // ready since, ready at, lease deadline, died at: by state
  int64_t enqueued_at_unix_ms = 0;
  // While it is leased: until when the lease is extended by itself. It ends with the process.
  int64_t renewed_until_unix_ms = 0;
  MessageGroup* group = nullptr;
  SharedBytes body;
  std::unique_ptr<std::string> reason;  // of the dead
};

inline uint64_t TableHash(const QueuedMessage& message) { return message.id; }

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
