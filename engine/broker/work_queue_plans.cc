// The plans: which effect is due, given the state. Nothing here changes anything.

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/limits.h"
#include "broker/naming.h"
#include "broker/work_queue.h"

namespace kontor {
namespace {

Status CheckLease(int64_t lease_ms) {
  if (lease_ms >= 0 && lease_ms <= limits::kLeaseMs) return Ok();
  return Status(Code::kOutOfRange,
                absl::StrCat("lease_ms is ", lease_ms, "; it must be from 0 (the queue's) to ",
                             limits::kLeaseMs));
}

Status CheckDelay(int64_t delay_ms) {
  if (delay_ms >= 0 && delay_ms <= limits::kDelayMs) return Ok();
  return Status(Code::kOutOfRange, absl::StrCat("delay_ms is ", delay_ms, "; it must be from 0 to ",
                                                limits::kDelayMs));
}

Status CheckNewMessage(const NewMessage& message) {
  if (message.body.size() > limits::kMessageBytes) {
    return Status(Code::kTooLarge,
                  absl::StrCat("a message of ", message.body.size(), " bytes is over the limit of ",
                               limits::kMessageBytes, "; enqueue a reference"));
  }
  if (message.priority >= limits::kPriorities) {
    return Status(Code::kOutOfRange,
                  absl::StrCat("priority is ", message.priority, "; it must be from 0 to ",
                               limits::kPriorities - 1, " (the most urgent)"));
  }
  return CheckDelay(message.delay_ms);
}

}  // namespace

Status WorkQueue::CheckOpen() const {
  if (!closed_) return Ok();
  return Status(Code::kClosed, absl::StrCat("queue ", Quoted(name_), " was deleted or closed"));
}

bool WorkQueue::Exhausted(const Message& message) const {
  return options_.max_deliveries != 0 && message.Deliveries() >= options_.max_deliveries;
}

QueueEffect WorkQueue::About(QueueEffectKind kind, const Message& message) const {
  return QueueEffect{.kind = kind, .queue = name_, .id = message.id, .attempt = message.attempt};
}

Result<const WorkQueue::Message*> WorkQueue::FindLeased(Receipt receipt,
                                                        int64_t now_unix_ms) const {
  KONTOR_RETURN_IF_ERROR(CheckOpen());
  const auto found = messages_.find(receipt.id());
  if (found == messages_.end()) {
    return Status(Code::kStaleReceipt,
                  absl::StrCat("queue ", Quoted(name_),
                               " has no message of this receipt: it was acknowledged, discarded or "
                               "purged, or the receipt is another queue's"));
  }
  const Message& message = *found->second;
  const bool last = receipt.Matches(message.id, message.attempt);
  if (last && message.state == State::kLeased && message.time_unix_ms > now_unix_ms) {
    return &message;
  }
  if (last && message.state == State::kDead) {
    return Status(Code::kStaleReceipt,
                  absl::StrCat("the message is a dead letter of queue ", Quoted(name_)));
  }
  if (last && message.state != State::kLeased) {
    return Status(Code::kStaleReceipt,
                  "the message was already returned, or its lease ran out, and it will be "
                  "delivered again");
  }
  return Status(Code::kStaleReceipt,
                "the lease ran out and the message was, or will be, delivered again");
}

Result<const WorkQueue::Message*> WorkQueue::FindDead(uint64_t id) const {
  KONTOR_RETURN_IF_ERROR(CheckOpen());
  const auto found = messages_.find(id);
  if (found == messages_.end() || found->second->state != State::kDead) {
    return Status(Code::kNotFound,
                  absl::StrCat("queue ", Quoted(name_), " has no dead letter ", id));
  }
  return found->second.get();
}

Result<QueueEffect> WorkQueue::PlanEnqueue(const NewMessage& message, int64_t now_unix_ms,
                                           uint64_t extra, uint64_t leaving) const {
  KONTOR_RETURN_IF_ERROR(CheckOpen());
  KONTOR_RETURN_IF_ERROR(CheckNewMessage(message));
  // What leaves in the same commit makes room; it was checked to be there.
  const uint64_t alive = messages_.size() - dead_.size() + extra - leaving;
  if (options_.max_length != 0 && alive >= options_.max_length) {
    return Status(Code::kFull,
                  absl::StrCat("queue ", Quoted(name_), " is full: its max_length is ",
                               options_.max_length, "; wait for its workers or raise max_length"));
  }
  if (extra > kMaxId || next_id_ > kMaxId - extra) {
    return Status(Code::kFull, absl::StrCat("queue ", Quoted(name_),
                                            " has used up its message ids; declare a new queue"));
  }
  return QueueEffect{.kind = QueueEffectKind::kMessagePut,
                     .queue = name_,
                     .id = next_id_ + extra,
                     .priority = message.priority,
                     .time_unix_ms = now_unix_ms + message.delay_ms,
                     .enqueued_at_unix_ms = now_unix_ms,
                     .body = message.body};
}

bool WorkQueue::PlanTake(int64_t lease_ms, int64_t now_unix_ms, QueueEffect* effect) const {
  uint64_t id = 0;
  if (closed_ || !lane_.Peek(&id)) return false;
  KONTOR_CHECK(lease_ms >= 0 && lease_ms <= limits::kLeaseMs);
  *effect = About(QueueEffectKind::kMessageLease, *messages_.at(id));
  ++effect->attempt;
  effect->time_unix_ms = now_unix_ms + (lease_ms == 0 ? options_.lease_ms : lease_ms);
  return true;
}

Result<QueueEffect> WorkQueue::PlanAcknowledge(Receipt receipt, int64_t now_unix_ms) const {
  KONTOR_ASSIGN_OR_RETURN(const Message* message, FindLeased(receipt, now_unix_ms));
  return About(QueueEffectKind::kMessageAcknowledge, *message);
}

QueueEffect WorkQueue::ReturnOrDead(const Message& message, bool expired, int64_t delay_ms,
                                    int64_t now_unix_ms) const {
  if (!Exhausted(message)) {
    QueueEffect effect = About(QueueEffectKind::kMessageReturn, message);
    // A time of 0, not of now: whether it is ready at once must not depend on a clock when it is
    // replayed.
    effect.time_unix_ms = delay_ms == 0 ? 0 : now_unix_ms + delay_ms;
    return effect;
  }
  const uint32_t deliveries = message.Deliveries();
  std::string& reason = reasons_[{expired, deliveries}];
  if (reason.empty()) {
    reason = absl::StrCat(expired ? "lease expired after " : "returned after ", deliveries,
                          deliveries == 1 ? " delivery" : " deliveries");
  }
  QueueEffect effect = About(QueueEffectKind::kMessageDead, message);
  effect.time_unix_ms = now_unix_ms;
  effect.body = reason;
  return effect;
}

Result<QueueEffect> WorkQueue::PlanReturn(Receipt receipt, int64_t delay_ms,
                                          int64_t now_unix_ms) const {
  KONTOR_ASSIGN_OR_RETURN(const Message* message, FindLeased(receipt, now_unix_ms));
  if (delay_ms < 0) delay_ms = options_.retry_delay_ms;
  KONTOR_RETURN_IF_ERROR(CheckDelay(delay_ms));
  return ReturnOrDead(*message, /*expired=*/false, delay_ms, now_unix_ms);
}

Result<QueueEffect> WorkQueue::PlanBury(Receipt receipt, Bytes reason, int64_t now_unix_ms) const {
  KONTOR_ASSIGN_OR_RETURN(const Message* message, FindLeased(receipt, now_unix_ms));
  if (reason.size() > limits::kMessageBytes) {
    return Status(Code::kTooLarge,
                  absl::StrCat("a reason of ", reason.size(), " bytes is over the limit of ",
                               limits::kMessageBytes, "; shorten it"));
  }
  QueueEffect effect = About(QueueEffectKind::kMessageDead, *message);
  effect.time_unix_ms = now_unix_ms;
  effect.body = reason;
  return effect;
}

Result<QueueEffect> WorkQueue::PlanExtend(Receipt receipt, int64_t lease_ms,
                                          int64_t now_unix_ms) const {
  KONTOR_ASSIGN_OR_RETURN(const Message* message, FindLeased(receipt, now_unix_ms));
  KONTOR_RETURN_IF_ERROR(CheckLease(lease_ms));
  QueueEffect effect = About(QueueEffectKind::kMessageLease, *message);
  effect.time_unix_ms = now_unix_ms + (lease_ms == 0 ? options_.lease_ms : lease_ms);
  return effect;
}

bool WorkQueue::PlanExpired(int64_t now_unix_ms, QueueEffect* effect) const {
  if (closed_ || leased_.empty() || leased_.begin()->first > now_unix_ms) return false;
  *effect = ReturnOrDead(*messages_.at(leased_.begin()->second), /*expired=*/true,
                         options_.retry_delay_ms, now_unix_ms);
  return true;
}

std::vector<QueueEffect> WorkQueue::PlanReleaseAll(int64_t now_unix_ms) const {
  std::vector<uint64_t> ids;
  ids.reserve(leased_.size());
  for (const auto& [deadline, id] : leased_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  std::vector<QueueEffect> effects;
  effects.reserve(ids.size());
  for (const uint64_t id : ids) {
    effects.push_back(ReturnOrDead(*messages_.at(id), /*expired=*/true, 0, now_unix_ms));
  }
  return effects;
}

Result<QueueEffect> WorkQueue::PlanRevive(uint64_t id, int64_t /*now_unix_ms*/) const {
  KONTOR_ASSIGN_OR_RETURN(const Message* message, FindDead(id));
  return About(QueueEffectKind::kMessageReturn, *message);
}

Result<QueueEffect> WorkQueue::PlanDiscard(uint64_t id) const {
  KONTOR_ASSIGN_OR_RETURN(const Message* message, FindDead(id));
  return About(QueueEffectKind::kMessageAcknowledge, *message);
}

}  // namespace kontor
