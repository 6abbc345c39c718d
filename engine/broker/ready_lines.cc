#include "broker/ready_lines.h"

#include <bit>
#include <utility>

#include "base/check.h"
#include "base/heap_bytes.h"
#include "broker/name_hash.h"

namespace kontor {
namespace {

int64_t BytesOf(const MessageGroup& group) {
  return static_cast<int64_t>(HeapBytes(sizeof(MessageGroup)) + HeapBytesOf(group.key) +
                              (group.limit == nullptr ? 0 : HeapBytes(sizeof(RateLimit))));
}

}  // namespace

ReadyLines::~ReadyLines() { Clear(); }

void ReadyLines::Reserve(uint32_t priority) {
  KONTOR_CHECK(priority < limits::kPriorities);
  if (levels_[priority] != nullptr) return;
  levels_[priority] = std::make_unique<Level>();
  own_bytes_ += static_cast<int64_t>(HeapBytes(sizeof(Level)));
}

void ReadyLines::SetGroupRate(const Rate& rate) {
  if (rate.limits()) limited_.ReserveAll();
  const bool changes = rate.count != group_rate_.count || rate.window_ms != group_rate_.window_ms;
  group_rate_ = rate;
  if (!changes) return;
  // Who waits for the old rate may have waited enough.
  groups_.ForEach([this](MessageGroup* group) {
    if (group->messages != 0) Settle(group);
  });
}

MessageGroup* ReadyLines::ReserveGroup(Bytes key) {
  const uint32_t hash = NameHash(key);
  MessageGroup* group =
      groups_.Find(hash, [&](const MessageGroup& candidate) { return candidate.key == key; });
  const bool needs_limit = group_rate_.limits() && (group == nullptr || group->limit == nullptr);
  auto limit = needs_limit ? std::make_unique<RateLimit>() : nullptr;
  if (group == nullptr) {
    group = new MessageGroup(key, hash);
    own_bytes_ += BytesOf(*group);
    groups_.Insert(group);
  }
  if (needs_limit) {
    group->limit = std::move(limit);
    own_bytes_ += static_cast<int64_t>(HeapBytes(sizeof(RateLimit)));
  }
  return group;
}

void ReadyLines::Free(MessageGroup* group) {
  own_bytes_ -= BytesOf(*group);
  delete group;
}

void ReadyLines::Dismiss(MessageGroup* group) {
  if (group == nullptr || group->messages != 0) return;
  limited_.Remove(group);
  if (group->limit != nullptr && group_rate_.limits()) {
    // Whoever comes next under this key is held to what was taken before.
    const int64_t now_ms = limited_.now_ms();
    const int64_t idle_ms = group->limit->AllowedAtMs({1, group_rate_.window_ms}, now_ms);
    if (idle_ms > now_ms) return limited_.Insert(group, idle_ms);
  }
  groups_.Remove(group);
  Free(group);
}

void ReadyLines::Enter(QueuedMessage* message, MessageGroup* group) {
  message->group = group;
  if (group != nullptr) ++group->messages;
}

void ReadyLines::Leave(QueuedMessage* message) {
  if (message->group == nullptr) return;
  Release(message);
  MessageGroup* const group = std::exchange(message->group, nullptr);
  --group->messages;
  Dismiss(group);
}

void ReadyLines::NoteOccupied(uint32_t priority) {
  const uint32_t bit = uint32_t{1} << priority;
  const Level& level = *levels_[priority];
  const bool empty =
      level.returned.empty() && level.rotations[0].empty() && level.rotations[1].empty();
  occupied_ = empty ? occupied_ & ~bit : occupied_ | bit;
}

bool ReadyLines::IsAlone(const MessageGroup& group) {
  return RotationOf(group).first() == &group && Rotation::Next(&group) == nullptr;
}

void ReadyLines::Settle(MessageGroup* group) {
  // In the rotation, at rest until its rate allows it, or neither.
  if (group->rotates) {
    RotationOf(*group).Remove(group);
    group->rotates = false;
    NoteOccupied(group->rotates_at);
  }
  limited_.Remove(group);
  if (group->held != 0 || group->line.empty()) return;
  if (group->limit != nullptr) {
    const int64_t allowed_ms = group->limit->AllowedAtMs(group_rate_, limited_.now_ms());
    if (allowed_ms > limited_.now_ms()) return limited_.Insert(group, allowed_ms);
  }
  const QueuedMessage& first = *group->line.first();
  group->rotates = true;
  group->rotates_at = first.priority;
  group->rotates_as_fresh = !first.returned;
  RotationOf(*group).PushBack(group);
  NoteOccupied(first.priority);
}

void ReadyLines::Push(QueuedMessage* message, int64_t now_unix_ms) {
  message->time_unix_ms = now_unix_ms;
  by_time_.PushBack(message);
  ++size_;
  if (message->group == nullptr && message->returned) {
    levels_[message->priority]->returned.PushBack(message);
    NoteOccupied(message->priority);
    return;
  }
  MessageGroup* const group = LineOwner(*message);
  const bool was_empty = group->line.empty();
  if (message->returned) {
    group->line.PushFront(message);
  } else {
    group->line.PushBack(message);
  }
  // Behind others it changes nothing for its group.
  if (was_empty || message->returned) Settle(group);
}

void ReadyLines::Remove(QueuedMessage* message) {
  by_time_.Remove(message);
  --size_;
  if (message->group == nullptr && message->returned) {
    levels_[message->priority]->returned.Remove(message);
    NoteOccupied(message->priority);
    return;
  }
  MessageGroup* const group = LineOwner(*message);
  const bool was_first = group->line.first() == message;
  group->line.Remove(message);
  if (!was_first) return;
  // Those without a group, as long as no group has a turn, need not change places with anybody.
  if (message->group == nullptr && !group->line.empty() && IsAlone(*group)) return;
  Settle(group);
}

void ReadyLines::Hold(QueuedMessage* message) {
  if (message->group == nullptr || message->holds_group) return;
  message->holds_group = true;
  if (++message->group->held == 1) Settle(message->group);
}

void ReadyLines::Release(QueuedMessage* message) {
  if (!message->holds_group) return;
  message->holds_group = false;
  if (--message->group->held == 0) Settle(message->group);
}

void ReadyLines::NoteTaken(QueuedMessage* message) {
  MessageGroup* const group = message->group;
  if (group == nullptr || group->limit == nullptr) return;
  group->limit->Spend(group_rate_, limited_.now_ms());
  Settle(group);
}

void ReadyLines::Advance(int64_t now_ms) {
  limited_.Advance(now_ms, [this](Timer* timer) {
    auto* const group = static_cast<MessageGroup*>(timer);
    if (group->messages == 0) {
      Dismiss(group);
    } else {
      Settle(group);
    }
  });
}

QueuedMessage* ReadyLines::Head() const {
  if (occupied_ == 0) return nullptr;
  const Level& level = *levels_[static_cast<size_t>(31 - std::countl_zero(occupied_))];
  if (!level.returned.empty()) return level.returned.first();
  return level.rotations[level.rotations[0].empty() ? 1 : 0].first()->line.first();
}

const QueuedMessage* ReadyLines::OldestAfter(const QueuedMessage* message) const {
  return message == nullptr ? by_time_.first()
                            : LinkedLine<QueuedMessage, InReadyOrder>::Next(message);
}

void ReadyLines::ForEach(absl::FunctionRef<void(const QueuedMessage&)> visit) const {
  using Order = LinkedLine<QueuedMessage, InReadyOrder>;
  for (const QueuedMessage* at = by_time_.first(); at != nullptr; at = Order::Next(at)) visit(*at);
}

void ReadyLines::Clear() {
  groups_.Clear([this](MessageGroup* group) { Free(group); });
  for (std::unique_ptr<Level>& level : levels_) level.reset();
  own_bytes_ = 0;
  limited_.Clear();
  by_time_.Clear();
  occupied_ = 0;
  size_ = 0;
}

}  // namespace kontor
