#include "broker/work_queue.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/heap_bytes.h"
#include "base/limits.h"
#include "broker/body_compression.h"

namespace kontor {
namespace {

// One allocation for all that share it.
SharedBytes ShareBody(const QueueEffect& put) {
  if (put.shared_body == nullptr) return SharedBytes(put.body);
  if (!put.shared_body->has_value()) *put.shared_body = SharedBytes(put.body);
  return *put.shared_body;
}

}  // namespace

// Without the lock: nobody else knows it.
WorkQueue::WorkQueue(std::string name, uint64_t sequence, const QueueOptions& options,
                     uint64_t first_id, uint32_t incarnation) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : name_(std::move(name)),
      sequence_(sequence),
      compress_bytes_(options.compress_bytes),
      options_(options),
      next_id_(first_id),
      incarnation_(incarnation) {
  Reserve(options_);
}

// Without the lock: nobody else is left.
WorkQueue::~WorkQueue() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  LeaveAwake();
  Clear();
  FreeDiscarded();
}

NewMessage WorkQueue::Compress(const NewMessage& message, std::string* frame) const {
  NewMessage compressed = message;
  const int64_t least = compress_bytes_.load(std::memory_order_relaxed);
  if (least == 0 || std::cmp_less(message.body.size(), least)) return compressed;
  if (message.body.size() > limits::kMessageBytes) return compressed;  // the plan refuses it
  *frame = CompressBody(message.body);
  if (frame->empty()) return compressed;
  compressed.body = *frame;
  compressed.compressed = true;
  return compressed;
}

void WorkQueue::FreeDiscarded() {
  MessageTable discarded;
  {
    const MutexLock lock(&mutex_);
    discarded = std::exchange(discarded_, MessageTable());
  }
  discarded.Clear([](Message* message) { delete message; });
}

void WorkQueue::Close() {
  closed_ = true;
  LeaveAwake();
  awake_queues_ = nullptr;
  memory_.set_budget(nullptr);  // a handle may keep this longer than the engine lives
  NotifyEverybody();
}

void WorkQueue::BeginIncarnation(uint32_t incarnation, uint64_t first_id) {
  incarnation_ = incarnation;
  next_id_ = std::max(next_id_, first_id);
}

void WorkQueue::TellFirstWaiter() {
  // What is due later than that, the engine's background work tells in time: the end of every lease
  // would wake somebody for nothing.
  constexpr int64_t kSoonMs = 250;
  if (waiters_.empty()) return;
  const int64_t due_unix_ms = NextDueUnixMs();
  const bool due =
      due_unix_ms <= timers_.now_ms() + kSoonMs && due_unix_ms < waiters_.first()->looks_again_at();
  if (due || CanTake()) waiters_.NotifyFirst();
}

void WorkQueue::NotifyEverybody() {
  waiters_.NotifyAll();
  for (auto& [id, waiting] : awaiters_) waiting.NotifyAll();
}

void WorkQueue::ResetTotals() {
  totals_ = {};
  rate_limit_ = RateLimit();
  if (rates_ != nullptr) *rates_ = EventRates();
}

void WorkQueue::Clear() {
  spare_messages_.Clear();
  timers_.Clear();
  overdue_.Clear();
  ready_.Clear();
  dead_.clear();
  // Millions are not freed while others wait for the lock.
  if (discarded_.size() == 0) {
    discarded_ = std::exchange(messages_, MessageTable());
  } else {
    messages_.Clear([](Message* message) { delete message; });
  }
  children_ = 0;
  for (auto& [id, waiting] : awaiters_) waiting.NotifyAll();
  counts_ = {};
  message_bytes_ = 0;
  CountMemory();
}

void WorkQueue::CountMemory() {
  constexpr auto kRates = static_cast<int64_t>(HeapBytes(sizeof(EventRates)));
  if (counting_once_ != 0) return;
  memory_.Set(message_bytes_ + static_cast<int64_t>(spare_messages_.heap_bytes()) +
              ready_.heap_bytes() + timers_.heap_bytes() + deduplication_.heap_bytes() +
              schedules_.heap_bytes() + binding_bytes_ + owed_bytes_ +
              static_cast<int64_t>(messages_.memory_bytes()) + (rates_ == nullptr ? 0 : kRates));
}

void WorkQueue::Become(Message* message, State state) {
  --counts_[static_cast<size_t>(message->state)];
  ++counts_[static_cast<size_t>(state)];
  message->state = state;
}

void WorkQueue::Detach(Message* message) {
  if (message->overdue) {
    overdue_.Remove(message);
    message->overdue = false;
    return;
  }
  timers_.Remove(message);
  if (message->state == State::kReady) ready_.Remove(message);
  if (message->state == State::kDead) dead_.erase(message->id);
}

void WorkQueue::MarkOverdue(Message* message) {
  Detach(message);
  message->overdue = true;
  overdue_.PushBack(message);
}

int64_t WorkQueue::LimitedByAge(const Message& message, int64_t due_unix_ms) const {
  if (options_.max_age_ms == 0) return due_unix_ms;
  return std::min(due_unix_ms, message.enqueued_at_unix_ms + options_.max_age_ms);
}

void WorkQueue::BecomeReady(Message* message) {
  Become(message, State::kReady);
  ready_.Push(message, std::max(timers_.now_ms(), message->enqueued_at_unix_ms));
  ready_.Release(message);
  if (options_.max_age_ms != 0) timers_.Insert(message, LimitedByAge(*message, INT64_MAX));
}

void WorkQueue::WaitUntil(Message* message, State state, int64_t due_unix_ms) {
  Become(message, state);
  message->time_unix_ms = due_unix_ms;
  const bool leased = state == State::kLeased;
  timers_.Insert(message, leased ? due_unix_ms : LimitedByAge(*message, due_unix_ms));
}

void WorkQueue::Drop(Message* message) {
  TellAwaiters(message->id);
  ready_.Leave(message);
  --counts_[static_cast<size_t>(message->state)];
  message_bytes_ -= BytesOf(*message);
  if (IsChild(*message)) --children_;
  messages_.Remove(message);
  spare_messages_.Free(message);
}

void WorkQueue::Rest() {
  spare_messages_.Clear();
  CountMemory();
  const bool busy = NextDueUnixMs() != INT64_MAX || !waiters_.empty() || !owed_.empty() ||
                    options_.has_thresholds();
  if (!busy) LeaveAwake();
}

void WorkQueue::Apply(const QueueEffect& effect) {
  Wake();
  switch (effect.kind) {
    case QueueEffectKind::kQueueDeclare:
      return ApplyOptions(effect.body);
    case QueueEffectKind::kQueueDelete:
      return ApplyDelete();
    case QueueEffectKind::kQueuePurge:
      if (children_ != 0) {
        messages_.ForEach([this](Message* message)
                              ABSL_NO_THREAD_SAFETY_ANALYSIS { OweParent(message); });
      }
      Clear();
      return;
    case QueueEffectKind::kQueuePause:
      paused_ = true;
      return;
    case QueueEffectKind::kQueueResume:
      paused_ = false;
      return TellWaiters(false, INT64_MAX);
    case QueueEffectKind::kQueueRemember:
      deduplication_.Remember(effect.body, effect.id, effect.time_unix_ms);
      return CountMemory();
    case QueueEffectKind::kScheduleSet:
    case QueueEffectKind::kScheduleDelete:
    case QueueEffectKind::kScheduleRun:
      return ApplySchedule(effect);
    case QueueEffectKind::kParentOwed:
    case QueueEffectKind::kParentTold:
      return ApplyOwed(effect);
    case QueueEffectKind::kQueueBind:
    case QueueEffectKind::kQueueUnbind:
      return ApplyBinding(effect);
    default:
      return ApplyMessageAndTell(effect);
  }
}

void WorkQueue::ApplyDelete() {
  Clear();
  deduplication_.Clear();
  schedules_.Clear();
  bindings_.clear();
  binding_bytes_ = 0;
  owed_.clear();
  owed_bytes_ = 0;
  Close();
}

void WorkQueue::ApplyMessageAndTell(const QueueEffect& effect) {
  if (waiters_.empty()) {
    ApplyMessage(effect);
    return CountMemory();
  }
  const bool could_take = CanTake();
  const int64_t due_unix_ms = NextDueUnixMs();
  ApplyMessage(effect);
  CountMemory();
  TellWaiters(could_take, due_unix_ms);
}

void WorkQueue::ApplyOptions(Bytes encoded) {
  QueueOptions read;
  const Status decoded = Decode(encoded, &read);
  KONTOR_CHECK(decoded.ok());  // the registry has refused what cannot be read
  Reserve(read);
  if (read.depth_threshold != options_.depth_threshold) depth_threshold_ = Threshold();
  if (read.age_threshold_ms != options_.age_threshold_ms) age_threshold_ = Threshold();
  const bool ages_change = read.max_age_ms != options_.max_age_ms;
  options_ = std::move(read);
  compress_bytes_.store(options_.compress_bytes, std::memory_order_relaxed);
  if (ages_change) SetTimersByAge();
  CountMemory();
  TellWaiters(false, INT64_MAX);  // more may be allowed, or less
}

void WorkQueue::Reserve(const QueueOptions& options) {
  // A message that becomes ready comes to have a timer, in the midst of what must not fail.
  if (options.max_age_ms != 0) timers_.ReserveAll();
  ready_.SetGroupRate(options.group_rate());
}

void WorkQueue::SetTimersByAge() {
  messages_.ForEach([this](Message* message) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const bool delayed = message->state == State::kDelayed;
    if (message->overdue || (!delayed && message->state != State::kReady)) return;
    timers_.Remove(message);
    const int64_t due_unix_ms = LimitedByAge(*message, delayed ? message->time_unix_ms : INT64_MAX);
    if (due_unix_ms != INT64_MAX) timers_.Insert(message, due_unix_ms);
  });
}

void WorkQueue::ApplySchedule(const QueueEffect& effect) {
  if (effect.kind == QueueEffectKind::kScheduleDelete) {
    schedules_.Remove(effect.body);
    return CountMemory();
  }
  if (effect.kind == QueueEffectKind::kScheduleRun) {
    if (effect.id == 0) ++totals_.dropped_total;
    return schedules_.SetNextRun(effect.body, effect.time_unix_ms);
  }
  std::string name;
  ScheduleOptions options;
  const Status decoded = DecodeSchedule(effect.body, &name, &options);
  KONTOR_CHECK(decoded.ok());  // the registry has refused what cannot be read
  const int64_t due_unix_ms = NextDueUnixMs();
  schedules_.Set(name, options, effect.time_unix_ms);
  CountMemory();
  TellWaiters(CanTake(), due_unix_ms);
}

void WorkQueue::ApplyBinding(const QueueEffect& effect) {
  const auto bytes_of = [](const Binding& binding) {
    return static_cast<int64_t>(MapNodeBytes(sizeof(Binding)) + HeapBytesOf(binding.name));
  };
  const auto kind = static_cast<SubjectKind>(effect.priority);
  if (effect.kind == QueueEffectKind::kQueueBind) {
    const auto [bound, is_new] = bindings_.insert({kind, std::string(effect.body)});
    if (is_new) binding_bytes_ += bytes_of(*bound);
  } else if (const auto bound = bindings_.find(SubjectNameLess::Key(kind, effect.body));
             bound != bindings_.end()) {
    binding_bytes_ -= bytes_of(*bound);
    bindings_.erase(bound);
  }
  CountMemory();
}

void WorkQueue::ApplyMessage(const QueueEffect& effect) {
  KONTOR_CHECK(effect.id <= kMaxId);  // plans and the registry see to it
  next_id_ = std::max(next_id_, effect.id + 1);
  if (effect.kind == QueueEffectKind::kMessagePut) return ApplyPut(effect);
  Message* const message = FindMessage(effect.id);
  if (message == nullptr) return;
  switch (effect.kind) {
    case QueueEffectKind::kMessageLease:
      return ApplyLease(effect, message);
    case QueueEffectKind::kMessageReturn:
      return ApplyReturn(effect, message);
    case QueueEffectKind::kMessageDead:
      return ApplyDead(effect, message);
    case QueueEffectKind::kMessageProgress:
      return ApplyProgress(effect, message);
    case QueueEffectKind::kMessageDone:
      return ApplyDone(effect, message);
    case QueueEffectKind::kMessageChildren:
      return ApplyChildren(effect, message);
    default:
      return ApplyEnd(effect, message);
  }
}

void WorkQueue::ApplyEnd(const QueueEffect& effect, Message* message) {
  if (effect.kind == QueueEffectKind::kMessageDrop) {
    ++totals_.dropped_total;
  } else if (message->state != State::kDead && message->state != State::kDone) {  // a discard
    ++totals_.acknowledged_total;
    rates_->acknowledgements.Count(timers_.now_ms());
  }
  OweParent(message);
  Detach(message);
  Drop(message);
}

void WorkQueue::ApplyPut(const QueueEffect& effect) {
  const auto give_back = [this](Message* message)
                             ABSL_NO_THREAD_SAFETY_ANALYSIS { spare_messages_.Free(message); };
  std::unique_ptr<Message, decltype(give_back)> made(spare_messages_.Make(), give_back);
  made->id = effect.id;
  made->priority = static_cast<uint8_t>(effect.priority);
  made->enqueued_at_unix_ms = effect.enqueued_at_unix_ms;
  made->body = ShareBody(effect);
  made->compressed = effect.compressed;
  if (!effect.channel.empty()) made->channel = SharedBytes(effect.channel);
  made->family = MakeFamily(effect);
  const bool delayed = effect.time_unix_ms > effect.enqueued_at_unix_ms;
  if (delayed) timers_.Reserve(effect.time_unix_ms);
  if (rates_ == nullptr) rates_ = std::make_unique<EventRates>();
  ready_.Reserve(effect.priority);
  if (!effect.deduplication_id.empty()) {
    deduplication_.Remember(effect.deduplication_id, effect.id,
                            effect.enqueued_at_unix_ms + options_.deduplication_ms);
  }
  MessageGroup* group = nullptr;
  try {
    if (!effect.group.empty()) group = ready_.ReserveGroup(effect.group);
  } catch (...) {
    deduplication_.Forget(effect.deduplication_id);
    throw;
  }
  // From here nothing can fail. Only a replay knows the id already.
  ready_.Enter(made.get(), group);
  if (Message* const known = FindMessage(effect.id); known != nullptr) {
    Detach(known);
    Drop(known);
  }
  Message* const fresh = made.release();
  messages_.Insert(fresh);
  if (IsChild(*fresh)) ++children_;
  message_bytes_ += BytesOf(*fresh);
  CountArrival(effect);
  ++counts_[static_cast<size_t>(fresh->state)];
  if (delayed) return WaitUntil(fresh, State::kDelayed, effect.time_unix_ms);
  // What was due before goes first, whether or not anybody looked at the clock in between. So the
  // fresh ones have the same order again after a replay, which has no clock.
  RunTimers(effect.enqueued_at_unix_ms);
  BecomeReady(fresh);
}

void WorkQueue::CountArrival(const QueueEffect& put) {
  ++totals_.enqueued_total;
  rates_->arrivals.Count(put.enqueued_at_unix_ms);
  deduplication_.Expire(put.enqueued_at_unix_ms);
}

void WorkQueue::Withdraw(const QueueEffect& put) {
  Message* const message = FindMessage(put.id);
  KONTOR_CHECK(message != nullptr);
  Detach(message);
  Drop(message);
  if (!put.deduplication_id.empty()) deduplication_.Forget(put.deduplication_id);
  CountMemory();
  --totals_.enqueued_total;
}

void WorkQueue::ApplyLease(const QueueEffect& effect, Message* message) {
  const bool extends = message->state == State::kLeased && message->attempt == effect.attempt;
  if (extends && message->time_unix_ms == effect.time_unix_ms) return;
  timers_.Reserve(effect.time_unix_ms);
  Detach(message);
  ready_.Hold(message);
  WaitUntil(message, State::kLeased, effect.time_unix_ms);
  message->attempt = effect.attempt;
  if (extends) return;
  SetNote(message, nullptr);
  if (message->family != nullptr) message->family->children = 0;  // it waits no more
  message->renewed_until_unix_ms = 0;
  ready_.NoteTaken(message);
  if (options_.rate().limits()) rate_limit_.Spend(options_.rate(), timers_.now_ms());
  ++totals_.delivered_total;
  if (effect.attempt > 1) ++totals_.redelivered_total;
}

void WorkQueue::ApplyReturn(const QueueEffect& effect, Message* message) {
  if (effect.time_unix_ms > 0) timers_.Reserve(effect.time_unix_ms);
  // A revive names the attempt at which the message died; any other return finds it dead only when
  // replayed over a state that already contains what came after it.
  const bool revives = message->state == State::kDead && message->attempt == effect.attempt;
  if (message->state == State::kLeased) rates_->failures.Count(timers_.now_ms());
  Detach(message);
  message->returned = true;
  message->attempt = effect.attempt;
  if (revives) message->attempts_forgotten = effect.attempt;
  SetNote(message, nullptr);
  if (effect.time_unix_ms > 0) {
    ready_.Hold(message);  // what is behind it in its group waits for it, also while it rests
    WaitUntil(message, State::kDelayed, effect.time_unix_ms);
  } else {
    BecomeReady(message);
  }
}

bool WorkQueue::NeedsPreparation(QueueEffectKind kind) {
  return kind == QueueEffectKind::kMessageDead || kind == QueueEffectKind::kMessageDone;
}

void WorkQueue::Prepare(const QueueEffect& effect) {
  if (effect.kind == QueueEffectKind::kMessageDone) timers_.Reserve(effect.time_unix_ms);
  std::unique_ptr<std::string> note;
  if (!effect.body.empty()) note = std::make_unique<std::string>(effect.body);
  const auto prepared = prepared_.insert_or_assign(effect.id, std::move(note)).first;
  if (effect.kind != QueueEffectKind::kMessageDead) return;
  try {
    dead_.insert(effect.id);
  } catch (...) {
    prepared_.erase(prepared);
    throw;
  }
}

void WorkQueue::CancelPreparation(uint64_t id) {
  dead_.erase(id);
  prepared_.erase(id);
}

void WorkQueue::TakePrepared(const QueueEffect& effect, Message* message) {
  auto prepared = prepared_.find(effect.id);
  if (prepared == prepared_.end()) {
    Prepare(effect);
    prepared = prepared_.find(effect.id);
  }
  SetNote(message, std::move(prepared->second));
  prepared_.erase(prepared);
}

void WorkQueue::ApplyDead(const QueueEffect& effect, Message* message) {
  const bool was_dead = message->state == State::kDead;
  TakePrepared(effect, message);
  if (message->state == State::kLeased) rates_->failures.Count(timers_.now_ms());
  if (!was_dead) Detach(message);
  ready_.Release(message);
  Become(message, State::kDead);
  message->attempt = effect.attempt;
  message->time_unix_ms = effect.time_unix_ms;
  ++totals_.dead_total;
  TellAwaiters(message->id);
}

void WorkQueue::ApplyProgress(const QueueEffect& effect, Message* message) {
  if (message->state != State::kLeased || message->attempt != effect.attempt) return;
  SetNote(message, std::make_unique<std::string>(effect.body));
  ++message->progress_count;
  TellAwaiters(message->id);
}

void WorkQueue::ApplyDone(const QueueEffect& effect, Message* message) {
  TakePrepared(effect, message);
  if (message->state != State::kDone) {
    ++totals_.acknowledged_total;
    rates_->acknowledgements.Count(timers_.now_ms());
  }
  OweParent(message);
  Detach(message);
  message_bytes_ -= BytesOf(*message);
  message->body = SharedBytes();
  message->compressed = false;
  message->channel = SharedBytes();
  message->family.reset();
  message_bytes_ += BytesOf(*message);
  ready_.Leave(message);
  message->attempt = effect.attempt;
  Become(message, State::kDone);
  message->time_unix_ms = effect.time_unix_ms;
  timers_.Insert(message, effect.time_unix_ms);
  TellAwaiters(message->id);
}

void WorkQueue::SetNote(Message* message, std::unique_ptr<std::string> note) {
  if (message->note == nullptr && note == nullptr) return;
  message_bytes_ -= BytesOf(*message);
  message->note = std::move(note);
  message_bytes_ += BytesOf(*message);
}

void WorkQueue::TellAwaiters(uint64_t id) {
  if (awaiters_.empty()) return;
  const auto waiting = awaiters_.find(id);
  if (waiting != awaiters_.end()) waiting->second.NotifyAll();
}

Status WorkQueue::Renew(Receipt receipt, int64_t until_unix_ms, int64_t now_unix_ms) {
  KONTOR_RETURN_IF_ERROR(FindLeased(receipt, now_unix_ms).status());
  FindMessage(receipt.id())->renewed_until_unix_ms = until_unix_ms;
  return Ok();
}

// Whoever waits first is told when there comes to be something to take, or to wait for a shorter
// time. Where there was something already it has been told, and passes it on.
void WorkQueue::TellWaiters(bool could_take, int64_t due_unix_ms) {
  if (waiters_.empty()) return;
  if ((!could_take && CanTake()) || NextDueUnixMs() < due_unix_ms) waiters_.NotifyFirst();
}

void WorkQueue::Advance(int64_t now_unix_ms) {
  if (waiters_.empty()) return RunTimers(now_unix_ms);
  const bool could_take = CanTake();
  RunTimers(now_unix_ms);
  TellWaiters(could_take, NextDueUnixMs());
}

void WorkQueue::RunTimers(int64_t now_unix_ms) {
  timers_.Advance(now_unix_ms, [this](Timer* timer) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    auto* const message = static_cast<Message*>(timer);
    // The end of a delay, unless it is that of the message's age.
    if (message->state == State::kDelayed && message->time_unix_ms <= message->due_ms) {
      BecomeReady(message);
    } else if (message->state == State::kDone) {
      Drop(message);  // as it would be after a restart, so it needs no record
    } else {
      MarkOverdue(message);
    }
  });
  ready_.Advance(timers_.now_ms());
}

}  // namespace kontor
