// The views: what a queue looks like, and the effects that rebuild it.

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "broker/body_compression.h"
#include "broker/work_queue.h"

namespace kontor {

TakenMessage WorkQueue::Taken(uint64_t id) const {
  const Message* const found = FindMessage(id);
  KONTOR_CHECK(found != nullptr && found->state == State::kLeased);
  const Message& message = *found;
  return TakenMessage{.id = id,
                      .receipt = ReceiptOf(id, message.attempt),
                      .attempt = message.Deliveries(),
                      .priority = message.priority,
                      .enqueued_at_unix_ms = message.enqueued_at_unix_ms,
                      .lease_until_unix_ms = message.time_unix_ms,
                      .body = {},
                      .channel = message.channel};
}

int64_t WorkQueue::NextDueUnixMs() const {
  const int64_t now_unix_ms = timers_.now_ms();
  if (!overdue_.empty()) return now_unix_ms;
  const int64_t due_unix_ms =
      std::min({timers_.NextDueMs(), ready_.NextDueMs(), schedules_.NextDueUnixMs()});
  if (paused_ || ready_.Head() == nullptr) return due_unix_ms;
  // What is ready is due when the rate allows it.
  const int64_t allowed_unix_ms = AllowedAtUnixMs();
  return allowed_unix_ms > now_unix_ms ? std::min(due_unix_ms, allowed_unix_ms) : due_unix_ms;
}

int64_t WorkQueue::OldestReadyAgeMs(int64_t now_unix_ms) const {
  const Message* const oldest = ready_.OldestAfter(nullptr);
  return oldest == nullptr ? 0 : std::max<int64_t>(0, now_unix_ms - oldest->time_unix_ms);
}

bool WorkQueue::NextEvent(int64_t now_unix_ms, Event* event) const {
  const auto depth = static_cast<int64_t>(Count(State::kReady));
  const int64_t age_ms = OldestReadyAgeMs(now_unix_ms);
  if (depth_threshold_.Crosses(depth, options_.depth_threshold)) {
    *event = {.of_age = false, .high = !depth_threshold_.is_high(), .number = depth};
    return true;
  }
  if (age_threshold_.Crosses(age_ms, options_.age_threshold_ms)) {
    *event = {.of_age = true, .high = !age_threshold_.is_high(), .number = age_ms};
    return true;
  }
  return false;
}

void WorkQueue::NoteEvent(const Event& event) {
  (event.of_age ? age_threshold_ : depth_threshold_).Cross();
}

QueueFigures WorkQueue::Figures(int64_t now_unix_ms) const {
  QueueFigures figures = totals_;
  figures.ready = Count(State::kReady);
  figures.delayed = Count(State::kDelayed);
  figures.leased = Count(State::kLeased);
  figures.dead = Count(State::kDead);
  figures.done = Count(State::kDone);
  figures.waiting_consumers = waiters_.size();
  figures.paused = paused_;
  figures.groups = ready_.group_count();
  figures.oldest_ready_age_ms = OldestReadyAgeMs(now_unix_ms);
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

std::vector<MessageView> WorkQueue::DeadLetters(uint64_t after, size_t limit) const {
  std::vector<MessageView> letters;
  for (auto at = dead_.upper_bound(after); at != dead_.end() && letters.size() < limit; ++at) {
    letters.push_back(ViewOf(*FindMessage(*at)));
  }
  return letters;
}

SharedBytes WorkQueue::PlainBody(const Message& message) {
  if (!message.compressed) return message.body;
  Result<SharedBytes> body = DecompressBody(*message.body);
  KONTOR_CHECK(body.ok());  // the registry has refused what is damaged
  return *std::move(body);
}

MessageView WorkQueue::ViewOf(const Message& message) const {
  return MessageView{.id = message.id,
                     .state = message.state,
                     .attempts = message.Deliveries(),
                     .priority = message.priority,
                     .progress_count = message.progress_count,
                     .enqueued_at_unix_ms = message.enqueued_at_unix_ms,
                     .time_unix_ms = message.time_unix_ms,
                     .note = message.note == nullptr ? std::string() : *message.note,
                     .group = message.group == nullptr ? std::string() : message.group->key,
                     .children = message.family == nullptr ? 0 : message.family->children,
                     .body = PlainBody(message),
                     .channel = message.channel};
}

bool WorkQueue::View(uint64_t id, MessageView* view) const {
  const Message* const message = FindMessage(id);
  if (message == nullptr) return false;
  *view = ViewOf(*message);
  return true;
}

bool WorkQueue::ViewNext(MessageView* view) const {
  const Message* const head = ready_.Head();
  if (head == nullptr) return false;
  *view = ViewOf(*head);
  return true;
}

Status WorkQueue::Browse(MessageStates states, size_t limit, uint64_t* cursor,
                         std::vector<MessageView>* views) const {
  constexpr size_t kMostPlaces = 10'000;  // a queue of millions is not searched at one go
  views->clear();
  for (size_t i = 0; i < kMostPlaces && views->size() < limit; ++i) {
    const size_t before = views->size();
    const uint64_t scanned_to =
        messages_.Scan(*cursor, [&](const Message& message) ABSL_NO_THREAD_SAFETY_ANALYSIS {
          if ((states & StateBit(message.state)) != 0) views->push_back(ViewOf(message));
        });
    if (views->size() > limit) {
      if (before == 0) {
        return Status(Code::kTooSmall, absl::StrCat("room for ", views->size(),
                                                    " messages is needed to go on, not ", limit));
      }
      views->resize(before);
      break;
    }
    *cursor = scanned_to;
    if (scanned_to == 0) break;
  }
  return Ok();
}

int64_t WorkQueue::DueUnixMs(uint64_t id) const {
  const Message* const message = FindMessage(id);
  if (message == nullptr) return INT64_MAX;
  if (message->overdue) return timers_.now_ms();
  return message->waits() ? message->due_ms : INT64_MAX;
}

void WorkQueue::Await(uint64_t id, WaitPlace* place) { awaiters_[id].Append(place); }

void WorkQueue::StopAwaiting(uint64_t id, WaitPlace* place) {
  const auto waiting = awaiters_.find(id);
  waiting->second.Remove(place);
  if (waiting->second.empty()) awaiters_.erase(waiting);
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
  put.compressed = message.compressed;
  put.channel = *message.channel;
  if (message.family != nullptr) {
    put.children = message.family->children;
    if (!message.family->parent.empty()) {
      put.parent_queue = message.family->parent.mapped().queue;
      put.parent_id = message.family->parent.mapped().id;
    }
  }
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
    if (message.note != nullptr) effect.body = *message.note;
  } else if (message.state == State::kDone) {
    effect.kind = QueueEffectKind::kMessageDone;
    if (message.note != nullptr) effect.body = *message.note;
  } else if (!message.returned) {
    return;
  }
  tell(effect);
  if (message.state != State::kLeased || message.note == nullptr) return;
  effect.kind = QueueEffectKind::kMessageProgress;
  effect.body = *message.note;
  tell(effect);
}

void WorkQueue::DescribeOthers(const Tell& tell) const {
  for (const Binding& binding : bindings_) {
    tell(QueueEffect{.kind = QueueEffectKind::kQueueBind,
                     .queue = name_,
                     .priority = static_cast<uint32_t>(binding.kind),
                     .body = binding.name});
  }
  for (const auto& [child, parent] : owed_) {
    tell(QueueEffect{.kind = QueueEffectKind::kParentOwed,
                     .queue = name_,
                     .id = child,
                     .parent_queue = parent.queue,
                     .parent_id = parent.id});
  }
  if (paused_) tell(QueueEffect{.kind = QueueEffectKind::kQueuePause, .queue = name_});
  schedules_.ForEach([&](const Schedule& schedule) {
    const std::string encoded = EncodeSchedule(schedule.name(), schedule.options());
    tell(QueueEffect{.kind = QueueEffectKind::kScheduleSet,
                     .queue = name_,
                     .time_unix_ms = schedule.next_unix_ms(),
                     .body = encoded});
  });
  deduplication_.ForEach([&](const Deduplication::Entry& entry) {
    tell(QueueEffect{.kind = QueueEffectKind::kQueueRemember,
                     .queue = name_,
                     .id = entry.message_id,
                     .time_unix_ms = entry.until_unix_ms,
                     .body = entry.key});
  });
}

void WorkQueue::Describe(const Tell& tell) const {
  const std::string options = Encode(options_);
  tell(QueueEffect{.kind = QueueEffectKind::kQueueDeclare, .queue = name_, .body = options});
  if (!options_.durable) return;
  // The acknowledgement of a message that nobody has keeps its id, and all below, from being given
  // out again.
  if (next_id_ > 1 && FindMessage(next_id_ - 1) == nullptr) {
    tell(QueueEffect{
        .kind = QueueEffectKind::kMessageAcknowledge, .queue = name_, .id = next_id_ - 1});
  }
  DescribeOthers(tell);
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
  ForEachTimed(State::kDone, describe);
  for (const uint64_t id : dead_) describe(*FindMessage(id));
  ForEachTimed(State::kDelayed, describe);
}

}  // namespace kontor
