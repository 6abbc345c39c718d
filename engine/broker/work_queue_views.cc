// The views: what a queue looks like, and the effects that rebuild it.

#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "broker/work_queue.h"

namespace kontor {

TakenMessage WorkQueue::Taken(uint64_t id) const {
  const Message& message = *messages_.at(id);
  KONTOR_CHECK(message.state == State::kLeased);
  return TakenMessage{.id = id,
                      .receipt = Receipt(id, message.attempt),
                      .attempt = message.Deliveries(),
                      .priority = message.priority,
                      .enqueued_at_unix_ms = message.enqueued_at_unix_ms,
                      .lease_until_unix_ms = message.time_unix_ms,
                      .body = message.body};
}

int64_t WorkQueue::NextDueUnixMs() const {
  int64_t due = INT64_MAX;
  if (!delayed_.empty()) due = delayed_.begin()->first;
  if (!leased_.empty()) due = std::min(due, leased_.begin()->first);
  return due;
}

QueueFigures WorkQueue::Figures(int64_t now_unix_ms) const {
  QueueFigures figures = totals_;
  figures.ready = lane_.size();
  figures.delayed = delayed_.size();
  figures.leased = leased_.size();
  figures.dead = dead_.size();
  figures.waiting_consumers = waiters_.size();
  if (!ready_ids_.empty()) {
    const int64_t since = messages_.at(*ready_ids_.begin())->enqueued_at_unix_ms;
    figures.oldest_ready_age_ms = std::max<int64_t>(0, now_unix_ms - since);
  }
  return figures;
}

std::vector<DeadLetter> WorkQueue::DeadLetters(uint64_t after, size_t limit) const {
  std::vector<DeadLetter> letters;
  for (auto at = dead_.upper_bound(after); at != dead_.end() && letters.size() < limit; ++at) {
    const Message& message = *messages_.at(*at);
    letters.push_back(DeadLetter{.id = message.id,
                                 .attempts = message.Deliveries(),
                                 .priority = message.priority,
                                 .enqueued_at_unix_ms = message.enqueued_at_unix_ms,
                                 .died_at_unix_ms = message.time_unix_ms,
                                 .reason = message.reason,
                                 .body = message.body});
  }
  return letters;
}

void WorkQueue::DescribeMessage(const Message& message, const Tell& tell) const {
  QueueEffect put{.kind = QueueEffectKind::kMessagePut,
                  .queue = name_,
                  .id = message.id,
                  .priority = message.priority,
                  .time_unix_ms = message.enqueued_at_unix_ms,
                  .enqueued_at_unix_ms = message.enqueued_at_unix_ms,
                  .body = *message.body};
  if (message.state == State::kDelayed) {
    // Never told as ready, not even for the moment until the return that follows.
    put.time_unix_ms = std::max(message.time_unix_ms, message.enqueued_at_unix_ms + 1);
  }
  tell(put);
  if (message.attempts_forgotten != 0) {
    // Died and was revived: there is no shorter way to say how many attempts are forgotten.
    QueueEffect past = About(QueueEffectKind::kMessageDead, message);
    past.attempt = message.attempts_forgotten;
    if (message.state == State::kDelayed) past.time_unix_ms = message.time_unix_ms;
    tell(past);
    past.kind = QueueEffectKind::kMessageReturn;
    tell(past);
  }
  QueueEffect effect = About(QueueEffectKind::kMessageReturn, message);
  effect.time_unix_ms = message.time_unix_ms;
  if (message.state == State::kLeased) {
    effect.kind = QueueEffectKind::kMessageLease;
  } else if (message.state == State::kDead) {
    effect.kind = QueueEffectKind::kMessageDead;
    effect.body = message.reason;
  } else if (!message.returned) {
    return;
  }
  tell(effect);
}

void WorkQueue::Describe(const Tell& tell) const {
  const std::string options = Encode(options_);
  tell(QueueEffect{.kind = QueueEffectKind::kQueueDeclare, .queue = name_, .body = options});
  if (!options_.durable) return;
  // The acknowledgement of a message that nobody has keeps its id, and all below, from being given
  // out again.
  if (next_id_ > 1 && !messages_.contains(next_id_ - 1)) {
    tell(QueueEffect{
        .kind = QueueEffectKind::kMessageAcknowledge, .queue = name_, .id = next_id_ - 1});
  }
  // Each message begins as a fresh one of its level, so the fresh ones come after all others:
  // moving a message on then never searches a long line. Delayed ones come last, the latest due
  // first, so that no put of a ready message finds a delayed one that it would promote, even if the
  // clock has jumped back.
  lane_.ForEachReturned([&](uint64_t id) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    DescribeMessage(*messages_.at(id), tell);
  });
  for (const auto& [deadline, id] : leased_) DescribeMessage(*messages_.at(id), tell);
  for (const uint64_t id : dead_) DescribeMessage(*messages_.at(id), tell);
  lane_.ForEachFresh([&](uint64_t id) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    DescribeMessage(*messages_.at(id), tell);
  });
  for (auto at = delayed_.rbegin(); at != delayed_.rend(); ++at) {
    DescribeMessage(*messages_.at(at->second), tell);
  }
}

}  // namespace kontor
