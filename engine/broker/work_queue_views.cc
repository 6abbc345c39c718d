// The views: what a queue looks like, and the effects that rebuild it.

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "base/check.h"
#include "broker/work_queue.h"

namespace kontor {

TakenMessage WorkQueue::Taken(uint64_t id) const {
  const Message* const found = messages_.Find(id);
  KONTOR_CHECK(found != nullptr && found->state == State::kLeased);
  const Message& message = *found;
  return TakenMessage{.id = id,
                      .receipt = Receipt(id, message.attempt),
                      .attempt = message.Deliveries(),
                      .priority = message.priority,
                      .enqueued_at_unix_ms = message.enqueued_at_unix_ms,
                      .lease_until_unix_ms = message.time_unix_ms,
                      .body = message.body};
}

int64_t WorkQueue::NextDueUnixMs() const {
  const int64_t now_unix_ms = timers_.now_ms();
  if (!overdue_.empty()) return now_unix_ms;
  const int64_t due_unix_ms = std::min(timers_.NextDueMs(), ready_.NextDueMs());
  if (paused_ || ready_.Head() == nullptr) return due_unix_ms;
  // What is ready is due when the rate allows it.
  const int64_t allowed_unix_ms = AllowedAtUnixMs();
  return allowed_unix_ms > now_unix_ms ? std::min(due_unix_ms, allowed_unix_ms) : due_unix_ms;
}

QueueFigures WorkQueue::Figures(int64_t now_unix_ms) const {
  QueueFigures figures = totals_;
  figures.ready = Count(State::kReady);
  figures.delayed = Count(State::kDelayed);
  figures.leased = Count(State::kLeased);
  figures.dead = Count(State::kDead);
  figures.waiting_consumers = waiters_.size();
  figures.paused = paused_;
  figures.groups = ready_.group_count();
  if (const Message* const oldest = ready_.Oldest(0); oldest != nullptr) {
    figures.oldest_ready_age_ms = std::max<int64_t>(0, now_unix_ms - oldest->time_unix_ms);
  }
  if (rates_ == nullptr) return figures;
  constexpr std::array<int64_t, 3> kSeconds = {1, 10, 60};
  for (size_t i = 0; i < kSeconds.size(); ++i) {
    figures.arrivals[i] = rates_->arrivals.Over(now_unix_ms, kSeconds[i]);
    figures.acknowledgements[i] = rates_->acknowledgements.Over(now_unix_ms, kSeconds[i]);
    figures.failures[i] = rates_->failures.Over(now_unix_ms, kSeconds[i]);
  }
  return figures;
}

void WorkQueue::ForEachTimed(State state, absl::FunctionRef<void(const Message&)> visit) const {
  timers_.ForEach([&](const Timer* timer) {
    const auto& message = *static_cast<const Message*>(timer);
    if (message.state == state) visit(message);
  });
  using Line = LinkedLine<Message, InLine>;
  for (const Message* at = overdue_.first(); at != nullptr; at = Line::Next(at)) {
    if (at->state == state) visit(*at);
  }
}

std::vector<DeadLetter> WorkQueue::DeadLetters(uint64_t after, size_t limit) const {
  std::vector<DeadLetter> letters;
  for (auto at = dead_.upper_bound(after); at != dead_.end() && letters.size() < limit; ++at) {
    const Message& message = *messages_.Find(*at);
    letters.push_back(
        DeadLetter{.id = message.id,
                   .attempts = message.Deliveries(),
                   .priority = message.priority,
                   .enqueued_at_unix_ms = message.enqueued_at_unix_ms,
                   .died_at_unix_ms = message.time_unix_ms,
                   .reason = message.reason == nullptr ? std::string() : *message.reason,
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
  if (message.group != nullptr) put.group = message.group->key;
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
  if (message.state != State::kReady) effect.time_unix_ms = message.time_unix_ms;
  if (message.state == State::kLeased) {
    effect.kind = QueueEffectKind::kMessageLease;
  } else if (message.state == State::kDead) {
    effect.kind = QueueEffectKind::kMessageDead;
    if (message.reason != nullptr) effect.body = *message.reason;
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
  if (next_id_ > 1 && messages_.Find(next_id_ - 1) == nullptr) {
    tell(QueueEffect{
        .kind = QueueEffectKind::kMessageAcknowledge, .queue = name_, .id = next_id_ - 1});
  }
  if (paused_) tell(QueueEffect{.kind = QueueEffectKind::kQueuePause, .queue = name_});
  deduplication_.ForEach([&](const Deduplication::Entry& entry) {
    tell(QueueEffect{.kind = QueueEffectKind::kQueueRemember,
                     .queue = name_,
                     .id = entry.message_id,
                     .time_unix_ms = entry.until_unix_ms,
                     .body = entry.key});
  });
  // Delayed ones come last, so that no put of a ready message finds one that it would promote, even
  // if the clock has jumped back.
  const auto describe = [&](const Message& message)
                            ABSL_NO_THREAD_SAFETY_ANALYSIS { DescribeMessage(message, tell); };
  ready_.ForEach(describe);
  using Line = LinkedLine<Message, InLine>;
  for (const Message* at = overdue_.first(); at != nullptr; at = Line::Next(at)) {
    if (at->state == State::kReady) describe(*at);
  }
  ForEachTimed(State::kLeased, describe);
  for (const uint64_t id : dead_) describe(*messages_.Find(id));
  ForEachTimed(State::kDelayed, describe);
}

}  // namespace kontor
