#ifndef KONTOR_BROKER_READY_LINES_H_
#define KONTOR_BROKER_READY_LINES_H_

#include <array>
#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "broker/linked_table.h"
#include "broker/queued_message.h"

namespace kontor {

// The ready messages of one queue in the order they are handed out: the most urgent priority first,
// within it returned messages ahead of fresh ones, each first in, first out.
//
// Messages of a group come in the order of their group, whatever their priorities, and only while
// nothing of the group is held; the group stands where the first of its messages would. Among the
// groups of a priority, and those messages that have none, each has its turn.
//
// Guarded by its queue's lock. What it takes memory for is reserved first; no other change can
// fail.
class ReadyLines {
 public:
  ReadyLines() = default;
  ~ReadyLines();
  ReadyLines(const ReadyLines&) = delete;
  ReadyLines& operator=(const ReadyLines&) = delete;

  // How often messages of one group are taken. Throws std::bad_alloc with nothing changed.
  void SetGroupRate(const Rate& rate);
  // Before the first message of a priority (below limits::kPriorities). Throws std::bad_alloc.
  void Reserve(uint32_t priority);
  // The group of that key, made if there is none. It goes with its last message, or with Dismiss.
  // Throws std::bad_alloc.
  MessageGroup* ReserveGroup(Bytes key);
  // Gives up a group that was reserved for nothing.
  void Dismiss(MessageGroup* group);
  // A message belongs to a group from its first moment to its last.
  void Enter(QueuedMessage* message, MessageGroup* group);
  void Leave(QueuedMessage* message);

  // `message->returned` says which line it joins; `now_unix_ms` becomes its time.
  void Push(QueuedMessage* message, int64_t now_unix_ms);
  // Wherever it stands.
  void Remove(QueuedMessage* message);
  // From now on, or no longer, the others of its group wait for this one; nothing without a group.
  void Hold(QueuedMessage* message);
  void Release(QueuedMessage* message);
  // Its group has spent one of its rate.
  void NoteTaken(QueuedMessage* message);
  // Groups whose rate allows it again have their turn.
  void Advance(int64_t now_ms);
  // As TimerWheel::NextDueMs: when that may be.
  int64_t NextDueMs() const { return limited_.NextDueMs(); }

  // The next one to take; null if there is none.
  QueuedMessage* Head() const;
  // Who has been ready longest but for this one, which is ready, and those before it; null: for
  // nobody. Null if there is none.
  const QueuedMessage* OldestAfter(const QueuedMessage* message) const;
  uint64_t size() const { return size_; }
  uint64_t group_count() const { return groups_.size(); }
  // In the order in which they became ready, which is that of each line.
  void ForEach(absl::FunctionRef<void(const QueuedMessage&)> visit) const;
  // Lets go of all messages, and forgets the groups.
  void Clear();
  // What it takes of the heap.
  int64_t heap_bytes() const {
    return own_bytes_ + limited_.heap_bytes() + static_cast<int64_t>(groups_.memory_bytes());
  }

 private:
  struct Level {
    LinkedLine<QueuedMessage, InLine> returned;
    // Those groups whose first message was returned have their turns ahead of the others.
    std::array<LinkedLine<MessageGroup, InRotation>, 2> rotations;
    MessageGroup ungrouped{{}, 0};
  };
  using Rotation = LinkedLine<MessageGroup, InRotation>;

  Rotation& RotationOf(const MessageGroup& group) {
    return levels_[group.rotates_at]->rotations[group.rotates_as_fresh ? 1 : 0];
  }
  MessageGroup* LineOwner(const QueuedMessage& message) {
    return message.group != nullptr ? message.group : &levels_[message.priority]->ungrouped;
  }
  // Puts the group where its first message belongs, behind the others there, or takes it out.
  void Settle(MessageGroup* group);
  bool IsAlone(const MessageGroup& group);
  void NoteOccupied(uint32_t priority);
  void Free(MessageGroup* group);

  // Made at the first use of a priority; most queues use one.
  std::array<std::unique_ptr<Level>, limits::kPriorities> levels_;
  uint32_t occupied_ = 0;  // bit p: priority p has a message that can be taken
  LinkedLine<QueuedMessage, InReadyOrder> by_time_;
  uint64_t size_ = 0;
  LinkedTable<MessageGroup> groups_;
  Rate group_rate_;
  TimerWheel limited_;     // groups whose rate is used up
  int64_t own_bytes_ = 0;  // of levels and groups
  static_assert(limits::kPriorities == 32);
};

}  // namespace kontor

#endif  // KONTOR_BROKER_READY_LINES_H_
