// The plans: which effect is due, given the state. Nothing here changes anything.

#include <algorithm>
#include <string>
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

Status CheckKey(Bytes what, Bytes key) {
  if (key.size() <= limits::kNameBytes) return Ok();
  return Status(Code::kTooLarge,
                absl::StrCat(std::string(what), " has at most ", limits::kNameBytes,
                             " bytes, this one has ", key.size()));
}

Status CheckNote(Bytes what, Bytes note, size_t most) {
  if (note.size() <= most) return Ok();
  return Status(Code::kTooLarge,
                absl::StrCat(std::string(what), " of ", note.size(), " bytes is over the limit of ",
                             most, "; shorten it"));
}

Status CheckNewMessage(const NewMessage& message) {
  if (message.body.size() > limits::kMessageBytes) {
    return Status(Code::kTooLarge,
                  absl::StrCat("a message of ", message.body.size(), " bytes is over the limit of ",
                               limits::kMessageBytes, "; enqueue a reference"));
  }
  KONTOR_RETURN_IF_ERROR(CheckKey("the key of a group", message.group));
  KONTOR_RETURN_IF_ERROR(CheckKey("a deduplication id", message.deduplication_id));
  KONTOR_RETURN_IF_ERROR(CheckKey("a channel that queues are bound to", message.channel));
  if (message.priority >= limits::kPriorities) {
    return Status(Code::kOutOfRange,
                  absl::StrCat("priority is ", message.priority, "; it must be from 0 to ",
                               limits::kPriorities - 1, " (the most urgent)"));
  }
  if (message.children > limits::kChildren) {
    return Status(Code::kOutOfRange, absl::StrCat("a message waits for ", limits::kChildren,
                                                  " children at most, not ", message.children));
  }
  if (message.HasParent() && !message.deduplication_id.empty()) {
    return Status(
        Code::kInvalid,
        "a child has no deduplication id: its parent would wait for one that is not sent");
  }
  return CheckDelay(message.delay_ms);
}

// Who waits for children waits as long as a delay may be, if nothing else is said.
int64_t DelayOf(const NewMessage& message) {
  return message.children != 0 && message.delay_ms == 0 ? limits::kDelayMs : message.delay_ms;
}

}  // namespace

Status WorkQueue::CheckOpen() const {
  if (closed_) return NotOpen();
  return Ok();
}

Status WorkQueue::NotOpen() const {
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
  const Message* const found = FindMessage(receipt.id());
  if (found == nullptr) {
    return Status(Code::kStaleReceipt,
                  absl::StrCat("queue ", Quoted(name_),
                               " has no message of this receipt: it was acknowledged, discarded or "
                               "purged, or the receipt is another queue's"));
  }
  const Message& message = *found;
  const bool last = receipt == ReceiptOf(message.id, message.attempt);
  // A lease that is extended by itself does not end because nobody has looked yet.
  const int64_t until_unix_ms = std::max(message.time_unix_ms, message.renewed_until_unix_ms);
  if (last && message.state == State::kLeased && until_unix_ms > now_unix_ms) return &message;
  if (last && message.state == State::kDone) {
    return Status(Code::kStaleReceipt, "the message was acknowledged before");
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
  const Message* const found = FindMessage(id);
  if (found == nullptr || found->state != State::kDead) {
    return Status(Code::kNotFound,
                  absl::StrCat("queue ", Quoted(name_), " has no dead letter ", id));
  }
  return found;
}

uint64_t WorkQueue::DuplicateOf(const NewMessage& message, int64_t now_unix_ms) const {
  if (message.deduplication_id.empty() || options_.deduplication_ms == 0) return 0;
  const Deduplication::Entry* const known =
      deduplication_.Find(message.deduplication_id, now_unix_ms);
  return known == nullptr ? 0 : known->message_id;
}

Status WorkQueue::PlanEnqueue(const NewMessage& message, int64_t now_unix_ms, uint64_t extra,
                              uint64_t leaving, QueueEffect* put) const {
  if (closed_ || (refusing_children_ != 0 && message.parent_id != 0)) return NotOpen();
  KONTOR_RETURN_IF_ERROR(CheckNewMessage(message));
  // What leaves in the same commit makes room; it was checked to be there. A queue that is longer
  // already, by a revive or a change of its options, takes one for each that leaves.
  const uint64_t alive = Alive() + extra - leaving;
  if (options_.max_length != 0 && alive >= static_cast<uint64_t>(options_.max_length) &&
      leaving <= extra) {
    return Status(Code::kFull,
                  absl::StrCat("queue ", Quoted(name_), " is full: its max_length is ",
                               options_.max_length, "; wait for its workers or raise max_length"));
  }
  if (extra > kMaxId || next_id_ > kMaxId - extra) {
    return Status(Code::kFull, absl::StrCat("queue ", Quoted(name_),
                                            " has used up its message ids; declare a new queue"));
  }
  const bool remembers = options_.deduplication_ms != 0;
  if (remembers && !message.deduplication_id.empty() &&
      deduplication_.size() + extra >= limits::kDeduplicationIds) {
    return Status(Code::kFull,
                  absl::StrCat("queue ", Quoted(name_), " remembers ", limits::kDeduplicationIds,
                               " deduplication ids, the limit; make its time shorter"));
  }
  // Field by field, where it is to be: a copy of what was just written waits for the writes.
  put->kind = QueueEffectKind::kMessagePut;
  put->queue = name_;
  put->id = next_id_ + extra;
  put->priority = message.priority;
  put->time_unix_ms = now_unix_ms + DelayOf(message);
  put->enqueued_at_unix_ms = now_unix_ms;
  put->body = message.body;
  put->group = message.group;
  put->deduplication_id = remembers ? message.deduplication_id : Bytes();
  put->children = message.children;
  put->parent_queue = message.parent_queue;
  put->parent_id = message.parent_id;
  put->channel = message.channel;
  put->compressed = message.compressed;
  return Ok();
}

const std::string& WorkQueue::ReasonFor(Bytes what, int64_t number, Bytes unit) const {
  std::string& reason = reasons_[{std::string(what), number}];
  if (reason.empty()) {
    reason = absl::StrCat(std::string(what), number, std::string(unit));
  }
  return reason;
}

QueueEffect WorkQueue::DropOrDead(const Message& message, bool dead, Bytes reason,
                                  int64_t now_unix_ms) const {
  QueueEffect effect =
      About(dead ? QueueEffectKind::kMessageDead : QueueEffectKind::kMessageDrop, message);
  if (!dead) return effect;
  effect.time_unix_ms = now_unix_ms;
  effect.body = reason;
  return effect;
}

bool WorkQueue::PlanOverflow(int64_t now_unix_ms, uint64_t extra, uint64_t leaving,
                             uint64_t after_id, QueueEffect* effect) const {
  const auto policy = static_cast<Overflow>(options_.overflow);
  if (closed_ || options_.max_length == 0 || policy == Overflow::kRefuse) return false;
  if (Alive() + extra - leaving < static_cast<uint64_t>(options_.max_length)) return false;
  const Message* const oldest = ready_.OldestAfter(after_id == 0 ? nullptr : FindMessage(after_id));
  if (oldest == nullptr) return false;
  *effect = DropOrDead(*oldest, policy == Overflow::kDeadLetterOldest,
                       ReasonFor("the queue was full: max_length ", options_.max_length, ""),
                       now_unix_ms);
  return true;
}

bool WorkQueue::PlanTake(int64_t lease_ms, int64_t now_unix_ms, QueueEffect* effect) const {
  const Message* const head = closed_ || paused_ ? nullptr : ready_.Head();
  if (head == nullptr || AllowedAtUnixMs() > timers_.now_ms()) return false;
  KONTOR_CHECK(lease_ms >= 0 && lease_ms <= limits::kLeaseMs);
  *effect = About(QueueEffectKind::kMessageLease, *head);
  ++effect->attempt;
  effect->time_unix_ms = now_unix_ms + (lease_ms == 0 ? options_.lease_ms : lease_ms);
  return true;
}

Result<QueueEffect> WorkQueue::PlanAcknowledge(Receipt receipt, int64_t now_unix_ms,
                                               Bytes result) const {
  KONTOR_ASSIGN_OR_RETURN(const Message* message, FindLeased(receipt, now_unix_ms));
  if (options_.result_ms == 0) {
    if (result.empty()) return About(QueueEffectKind::kMessageAcknowledge, *message);
    return Status(Code::kInvalid,
                  absl::StrCat("queue ", Quoted(name_),
                               " keeps no results; set its option result_ms, or give none"));
  }
  KONTOR_RETURN_IF_ERROR(CheckNote("a result", result, limits::kMessageBytes));
  QueueEffect effect = About(QueueEffectKind::kMessageDone, *message);
  effect.time_unix_ms = now_unix_ms + options_.result_ms;
  effect.body = result;
  return effect;
}

Result<QueueEffect> WorkQueue::PlanProgress(Receipt receipt, Bytes progress,
                                            int64_t now_unix_ms) const {
  KONTOR_ASSIGN_OR_RETURN(const Message* message, FindLeased(receipt, now_unix_ms));
  KONTOR_RETURN_IF_ERROR(CheckNote("a progress", progress, limits::kReasonBytes));
  QueueEffect effect = About(QueueEffectKind::kMessageProgress, *message);
  effect.body = progress;
  return effect;
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
  const std::string& reason = ReasonFor(expired ? "lease expired after " : "returned after ",
                                        deliveries, deliveries == 1 ? " delivery" : " deliveries");
  return DropOrDead(message, /*dead=*/true, reason, now_unix_ms);
}

// The same for the same delivery, whoever asks.
int64_t WorkQueue::RestMs(const Message& message) const {
  return RetryDelayMs(options_, message.Deliveries(),
                      message.id * 0x9e3779b97f4a7c15u + message.attempt);
}

Result<QueueEffect> WorkQueue::PlanReturn(Receipt receipt, int64_t delay_ms,
                                          int64_t now_unix_ms) const {
  KONTOR_ASSIGN_OR_RETURN(const Message* message, FindLeased(receipt, now_unix_ms));
  if (delay_ms < 0) delay_ms = RestMs(*message);
  KONTOR_RETURN_IF_ERROR(CheckDelay(delay_ms));
  return ReturnOrDead(*message, /*expired=*/false, delay_ms, now_unix_ms);
}

Result<QueueEffect> WorkQueue::PlanBury(Receipt receipt, Bytes reason, int64_t now_unix_ms) const {
  KONTOR_ASSIGN_OR_RETURN(const Message* message, FindLeased(receipt, now_unix_ms));
  KONTOR_RETURN_IF_ERROR(CheckNote("a reason", reason, limits::kMessageBytes));
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

bool WorkQueue::PlanOverdue(int64_t now_unix_ms, QueueEffect* effect) const {
  if (closed_ || overdue_.empty()) return false;
  const Message& message = *overdue_.first();
  if (message.state != State::kLeased) {
    const bool dead = static_cast<AgePolicy>(options_.age_policy) == AgePolicy::kDeadLetter;
    *effect = DropOrDead(message, dead,
                         ReasonFor("older than max_age_ms ", options_.max_age_ms, ""), now_unix_ms);
  } else if (message.renewed_until_unix_ms > now_unix_ms) {
    *effect = About(QueueEffectKind::kMessageLease, message);
    effect->time_unix_ms = std::min(message.renewed_until_unix_ms, now_unix_ms + options_.lease_ms);
  } else {
    *effect = ReturnOrDead(message, /*expired=*/true, RestMs(message), now_unix_ms);
  }
  return true;
}

bool WorkQueue::PlanRun(int64_t now_unix_ms, DueRun* run) const {
  const Schedule* const schedule = closed_ ? nullptr : schedules_.First();
  if (schedule == nullptr || schedule->next_unix_ms() > now_unix_ms) return false;
  run->message = schedule->Message();
  run->effect = {.kind = QueueEffectKind::kScheduleRun,
                 .queue = name_,
                 .time_unix_ms = schedule->RunAfterDue(now_unix_ms),
                 .body = schedule->name()};
  return true;
}

std::vector<QueueEffect> WorkQueue::PlanReleaseAll(int64_t now_unix_ms) const {
  std::vector<QueueEffect> effects;
  effects.reserve(Count(State::kLeased));
  ForEachTimed(State::kLeased, [&](const Message& message) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    effects.push_back(ReturnOrDead(message, /*expired=*/true, 0, now_unix_ms));
  });
  std::sort(effects.begin(), effects.end(),
            [](const QueueEffect& a, const QueueEffect& b) { return a.id < b.id; });
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
