#ifndef KONTOR_BROKER_MESSAGE_H_
#define KONTOR_BROKER_MESSAGE_H_

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/shared_bytes.h"

namespace kontor {

// Names one delivery of one message: a later delivery of the same message has another receipt, so a
// late worker can be told apart (fencing). 48 bits of message id and 16 of the attempt.
class Receipt {
 public:
  Receipt() = default;
  Receipt(uint64_t id, uint32_t attempt) : bits_((id << 16) | (attempt & 0xffff)) {}
  static Receipt FromBits(uint64_t bits) {
    Receipt receipt;
    receipt.bits_ = bits;
    return receipt;
  }
  uint64_t id() const { return bits_ >> 16; }
  uint64_t bits() const { return bits_; }
  friend bool operator==(Receipt, Receipt) = default;

 private:
  uint64_t bits_ = 0;
};

// What a producer hands in. The body is borrowed.
struct NewMessage {
  Bytes body = {};
  bool compressed = false;  // by WorkQueue::Compress
  uint32_t priority = 0;    // 0 to 31; larger is more urgent
  int64_t delay_ms = 0;     // not ready before this has passed
  // Messages of one key are handed out in their order and one at a time. Empty: none.
  Bytes group = {};
  // What a second one of the same message is known by, where the queue has a time for that. Empty:
  // none.
  Bytes deduplication_id = {};
  // To which it was published. Empty: it is put into the queue itself.
  Bytes channel = {};
  // It is not ready before so many children of it are over, or its delay, if it has one.
  uint32_t children = 0;
  // Whose child it is: a message of that queue that waits for children; or the message that an
  // earlier step of the same transaction enqueues.
  Bytes parent_queue = {};
  uint64_t parent_id = 0;
  int64_t parent_step = kNoStep;

  static constexpr int64_t kNoStep = -1;
  bool HasParent() const { return parent_id != 0 || parent_step != kNoStep; }
};

// What a taker gets: its own copy of the facts and a share of the body. Times are Unix
// milliseconds.
struct TakenMessage {
  uint64_t id = 0;
  Receipt receipt;
  uint32_t attempt = 0;  // 1 at the first delivery
  uint32_t priority = 0;
  int64_t enqueued_at_unix_ms = 0;
  int64_t lease_until_unix_ms = 0;
  SharedBytes body;
  SharedBytes channel;  // to which it was published, if it was
};

// The numbers are part of the C ABI.
enum class MessageState : uint8_t { kDelayed = 0, kReady = 1, kLeased = 2, kDead = 3, kDone = 4 };
inline constexpr size_t kMessageStates = 5;
using MessageStates = uint32_t;  // one bit for each, by its number
constexpr MessageStates StateBit(MessageState state) { return 1u << static_cast<uint32_t>(state); }

// A message as it is when somebody looks at it.
struct MessageView {
  uint64_t id = 0;
  MessageState state = MessageState::kReady;
  uint32_t attempts = 0;
  uint32_t priority = 0;
  uint16_t progress_count = 0;  // how often its progress was told, modulo 2^16
  int64_t enqueued_at_unix_ms = 0;
  int64_t time_unix_ms = 0;  // ready at, ready since, leased until, died at, kept until: by state
  std::string note;          // of one that is leased its progress, dead the reason, done the result
  std::string group;
  uint32_t children = 0;  // for how many it waits
  SharedBytes body;       // nothing once it is done
  SharedBytes channel;    // the same; to which it was published, if it was
};

// Exact at the moment of the call; what an autoscaler wants to know.
struct QueueFigures {
  uint64_t ready = 0;
  uint64_t delayed = 0;
  uint64_t leased = 0;
  uint64_t dead = 0;
  uint64_t done = 0;  // whose results are kept
  uint64_t waiting_consumers = 0;
  int64_t oldest_ready_age_ms = 0;  // how long the one has been ready that has waited longest
  uint64_t enqueued_total = 0;      // totals since the engine was opened
  uint64_t delivered_total = 0;
  uint64_t redelivered_total = 0;
  uint64_t acknowledged_total = 0;
  uint64_t dead_total = 0;
  uint64_t dropped_total = 0;  // too old, or one too many
  bool paused = false;
  uint64_t groups = 0;  // that have messages, or a rate to be held to
  // In the last 1, 10 and 60 whole seconds.
  std::array<uint64_t, 3> arrivals = {};
  std::array<uint64_t, 3> acknowledgements = {};
  std::array<uint64_t, 3> failures = {};  // returned, run out of their lease, or buried
};

}  // namespace kontor

#endif  // KONTOR_BROKER_MESSAGE_H_
