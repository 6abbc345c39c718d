#include "broker/work_queue.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/heap_bytes.h"

namespace kontor {

WorkQueue::WorkQueue(std::string name, uint64_t sequence, const QueueOptions& options,
                     uint64_t first_id)
    : name_(std::move(name)), sequence_(sequence), options_(options), next_id_(first_id) {}

WorkQueue::~WorkQueue() = default;

void WorkQueue::Close() {
  closed_ = true;
  memory_.set_budget(nullptr);  // a handle may keep this longer than the engine lives
  waiters_.NotifyAll();
}

int64_t WorkQueue::BytesOf(const Message& message) {
  constexpr size_t kNode = HeapBytes(3 * sizeof(void*));  // of the table, with its bucket
  constexpr size_t kOrder = 24;                           // in the lane and the sets beside it
  constexpr size_t kOwners = 16;                          // what a shared pointer adds
  constexpr size_t kFixed =
      HeapBytes(sizeof(Message)) + HeapBytes(sizeof(std::string) + kOwners) + kNode + kOrder;
  return static_cast<int64_t>(kFixed + HeapBytesOf(*message.body) + HeapBytesOf(message.reason));
}

void WorkQueue::Clear() {
  memory_.Set(0);
  messages_.clear();
  lane_.Clear();
  ready_ids_.clear();
  delayed_.clear();
  leased_.clear();
  dead_.clear();
}

void WorkQueue::Detach(const Position& position) {
  switch (position.state) {
    case State::kDelayed:
      delayed_.erase({position.time_unix_ms, position.id});
      return;
    case State::kReady: {
      // A live take leases the head, which is the cheap case.
      uint64_t head = 0;
      if (lane_.Peek(&head) && head == position.id) {
        lane_.Pop(&head);
      } else {
        KONTOR_CHECK(lane_.Remove(position.priority, position.id));
      }
      ready_ids_.erase(position.id);
      return;
    }
    case State::kLeased:
      leased_.erase({position.time_unix_ms, position.id});
      return;
    case State::kDead:
      dead_.erase(position.id);
      return;
  }
}

void WorkQueue::BecomeReady(Message* message) {
  ready_ids_.insert(ready_ids_.end(), message->id);
  try {
    if (message->returned) {
      lane_.PushReturned(message->priority, message->id);
    } else {
      lane_.PushFresh(message->priority, message->id);
    }
  } catch (...) {
    ready_ids_.erase(message->id);
    throw;
  }
  message->state = State::kReady;
  message->time_unix_ms = 0;
  waiters_.NotifyFirst();
}

void WorkQueue::BecomeDelayed(Message* message, int64_t ready_at_unix_ms) {
  delayed_.insert({ready_at_unix_ms, message->id});
  message->state = State::kDelayed;
  message->time_unix_ms = ready_at_unix_ms;
}

void WorkQueue::Apply(const QueueEffect& effect) {
  switch (effect.kind) {
    case QueueEffectKind::kQueueDeclare: {
      const Status decoded = Decode(effect.body, &options_);
      KONTOR_CHECK(decoded.ok());  // the registry has refused what cannot be read
      return;
    }
    case QueueEffectKind::kQueueDelete:
      Clear();
      Close();
      return;
    case QueueEffectKind::kQueuePurge:
      Clear();
      return;
    case QueueEffectKind::kMessagePut:
    case QueueEffectKind::kMessageLease:
    case QueueEffectKind::kMessageReturn:
    case QueueEffectKind::kMessageAcknowledge:
    case QueueEffectKind::kMessageDead: {
      const int64_t due = NextDueUnixMs();
      ApplyMessage(effect);
      if (NextDueUnixMs() < due) waiters_.NotifyFirst();
      return;
    }
  }
}

void WorkQueue::ApplyMessage(const QueueEffect& effect) {
  KONTOR_CHECK(effect.id <= kMaxId);  // plans and the registry see to it
  next_id_ = std::max(next_id_, effect.id + 1);
  if (effect.kind == QueueEffectKind::kMessagePut) return ApplyPut(effect);
  const auto found = messages_.find(effect.id);
  if (found == messages_.end()) return;
  Message* const message = found->second.get();
  const int64_t before_bytes = BytesOf(*message);
  if (effect.kind == QueueEffectKind::kMessageAcknowledge) {  // of a dead letter it is a discard
    if (message->state != State::kDead) ++totals_.acknowledged_total;
    Detach(PositionOf(*message));
    messages_.erase(found);
    memory_.Add(-before_bytes);
    return;
  }
  ApplyTo(effect, message);
  memory_.Add(BytesOf(*message) - before_bytes);  // its reason
}

void WorkQueue::ApplyTo(const QueueEffect& effect, Message* message) {
  switch (effect.kind) {
    case QueueEffectKind::kMessageLease:
      return ApplyLease(effect, message);
    case QueueEffectKind::kMessageReturn:
      return ApplyReturn(effect, message);
    default:
      return ApplyDead(effect, message);
  }
}

void WorkQueue::ApplyPut(const QueueEffect& effect) {
  auto made = std::make_unique<Message>();
  Message* const fresh = made.get();
  fresh->id = effect.id;
  fresh->priority = effect.priority;
  fresh->enqueued_at_unix_ms = effect.enqueued_at_unix_ms;
  fresh->body = std::make_shared<const std::string>(effect.body);
  // Only a replay knows the id already.
  if (const auto known = messages_.find(effect.id); known != messages_.end()) {
    Detach(PositionOf(*known->second));
    memory_.Add(-BytesOf(*known->second));
    messages_.erase(known);
  }
  const auto place = messages_.emplace(effect.id, std::move(made)).first;
  try {
    if (effect.time_unix_ms > effect.enqueued_at_unix_ms) {
      BecomeDelayed(fresh, effect.time_unix_ms);
    } else {
      // What was due before goes first, whether or not anybody looked at the clock in between. So
      // the fresh ones have the same order again after a replay, which has no clock.
      PromoteDue(effect.enqueued_at_unix_ms);
      BecomeReady(fresh);
    }
  } catch (...) {
    messages_.erase(place);
    throw;
  }
  memory_.Add(BytesOf(*fresh));
  ++totals_.enqueued_total;
}

void WorkQueue::Withdraw(uint64_t id) {
  const auto found = messages_.find(id);
  KONTOR_CHECK(found != messages_.end());
  memory_.Add(-BytesOf(*found->second));
  Detach(PositionOf(*found->second));
  messages_.erase(found);
  --totals_.enqueued_total;
}

void WorkQueue::ApplyLease(const QueueEffect& effect, Message* message) {
  const bool extends = message->state == State::kLeased && message->attempt == effect.attempt;
  if (extends && message->time_unix_ms == effect.time_unix_ms) return;
  // First what may find no memory: a message whose lease cannot be noted stays where it is.
  leased_.insert({effect.time_unix_ms, message->id});
  Detach(PositionOf(*message));
  message->state = State::kLeased;
  message->attempt = effect.attempt;
  message->time_unix_ms = effect.time_unix_ms;
  message->reason.clear();
  if (extends) return;
  ++totals_.delivered_total;
  if (effect.attempt > 1) ++totals_.redelivered_total;
}

void WorkQueue::ApplyReturn(const QueueEffect& effect, Message* message) {
  // A revive names the attempt at which the message died; any other return finds it dead only when
  // replayed over a state that already contains what came after it.
  const bool revives = message->state == State::kDead && message->attempt == effect.attempt;
  const Position before = PositionOf(*message);
  // A lease or a grave is left only once there is another place. Only a replay finds it elsewhere.
  const bool leaves_last = before.state == State::kLeased || before.state == State::kDead;
  if (!leaves_last) Detach(before);
  const bool was_returned = std::exchange(message->returned, true);
  try {
    if (effect.time_unix_ms > 0) {
      BecomeDelayed(message, effect.time_unix_ms);
    } else {
      BecomeReady(message);
    }
  } catch (...) {
    message->returned = was_returned;
    throw;
  }
  if (leaves_last) Detach(before);
  message->attempt = effect.attempt;
  if (revives) message->attempts_forgotten = effect.attempt;
  message->reason.clear();
}

void WorkQueue::ApplyDead(const QueueEffect& effect, Message* message) {
  std::string reason(effect.body);
  dead_.insert(message->id);
  const Position before = PositionOf(*message);
  if (before.state != State::kDead) Detach(before);
  message->state = State::kDead;
  message->attempt = effect.attempt;
  message->time_unix_ms = effect.time_unix_ms;
  message->reason.swap(reason);
  ++totals_.dead_total;
}

void WorkQueue::PromoteDue(int64_t now_unix_ms) {
  while (!delayed_.empty() && delayed_.begin()->first <= now_unix_ms) {
    const uint64_t id = delayed_.begin()->second;
    BecomeReady(messages_.at(id).get());
    delayed_.erase(delayed_.begin());
  }
}

}  // namespace kontor
