#include "verbs/consumer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "broker/naming.h"
#include "verbs/attempt_until_done.h"
#include "verbs/queue_commit.h"

namespace kontor::verbs {

Status Consumer::Add(std::shared_ptr<WorkQueue> queue, uint32_t weight) {
  const bool there = std::any_of(sources_.begin(), sources_.end(),
                                 [&](const Source& source) { return source.queue == queue; });
  if (there) {
    return Status(Code::kExists, absl::StrCat("the consumer takes from queue ",
                                              Quoted(queue->name()), " already"));
  }
  if (weight == 0 || weight > kMostWeight) {
    return Status(Code::kOutOfRange,
                  absl::StrCat("a weight is 1 to ", kMostWeight, ", not ", weight));
  }
  if (sources_.size() >= limits::kQueuesOfConsumer) {
    return Status(Code::kFull, absl::StrCat("a consumer takes from ", limits::kQueuesOfConsumer,
                                            " queues at most"));
  }
  order_.reserve(sources_.size() + 1);
  auto taker = std::make_unique<Taker>(core_, queue.get(), waiter_);
  sources_.push_back({.queue = std::move(queue), .weight = weight, .taker = std::move(taker)});
  order_.push_back(order_.size());
  // Whoever polls looks at it, too.
  if (keeps_places_) waiter_->Notify();
  return Ok();
}

// Whoever has most credit is asked first, as nginx balances its servers (smooth weighted
// round-robin).
void Consumer::ChooseOrder() {
  if (choice_ == Choice::kByOrder) return;
  const auto claim = [this](size_t number) {
    return sources_[number].credit + sources_[number].weight;
  };
  std::sort(order_.begin(), order_.end(), [&claim](size_t a, size_t b) {
    return claim(a) != claim(b) ? claim(a) > claim(b) : a < b;
  });
}

// The one at this place of the order gave a message. Those before it had none and are owed nothing.
void Consumer::Charge(size_t place) {
  int64_t weights = 0;
  for (size_t i = 0; i < order_.size(); ++i) {
    Source& source = sources_[order_[i]];
    source.credit = i < place ? 0 : source.credit + source.weight;
    weights += i < place ? 0 : source.weight;
  }
  sources_[order_[place]].credit -= weights;
}

// Told once: those who work for several queues go on without it.
Status Consumer::NotOpen(Source* source) {
  source->closed = true;
  const bool last =
      std::all_of(sources_.begin(), sources_.end(), [](const Source& each) { return each.closed; });
  return Status(Code::kClosed, absl::StrCat("queue ", Quoted(source->queue->name()),
                                            " was deleted or its engine closed",
                                            last ? "" : "; the consumer goes on without it"));
}

Status Consumer::AttemptAt(size_t number, size_t wanted, int64_t lease_ms,
                           absl::FunctionRef<TakenMessage*(size_t source)> place, size_t* got,
                           Lsn* lsn, int64_t* retry_ms) {
  Taker* const taker = sources_[number].taker.get();
  Status status = taker->AttemptWithoutWaiting(
      wanted, lease_ms, [&] { return place(number); }, got, lsn);
  const int64_t due_ms = taker->due_ms();
  if (status.code() == Code::kAgain && due_ms >= 0) {
    *retry_ms = *retry_ms < 0 ? due_ms : std::min(*retry_ms, due_ms);
  }
  return status;
}

Status Consumer::Attempt(size_t count, int64_t lease_ms,
                         absl::FunctionRef<TakenMessage*(size_t source)> place, size_t* taken,
                         Lsn* lsn, int64_t* retry_ms) {
  const bool by_weight = choice_ == Choice::kByWeight;
  *retry_ms = -1;
  size_t places = *taken;
  const auto counted_place = [&](size_t source) {
    ++places;
    return place(source);
  };
  ChooseOrder();
  bool open = false;
  for (size_t i = 0; i < order_.size() && *taken < count; ++i) {
    Source* const source = &sources_[order_[i]];
    if (source->closed) continue;
    size_t got = 0;
    const Status status = AttemptAt(order_[i], by_weight ? 1 : count - *taken, lease_ms,
                                    counted_place, &got, lsn, retry_ms);
    *taken += got;
    if (!status.ok() && status.code() != Code::kAgain) {
      if (*taken > 0) return Ok();  // it is told the next time
      return status.code() == Code::kClosed ? NotOpen(source) : status;
    }
    open = true;
    // Where memory ran out a place was not filled: it must stay the last one.
    if (places != *taken) break;
    if (got > 0 && by_weight) {
      Charge(i);
      break;
    }
  }
  if (*taken > 0) return Ok();
  return open ? Status(Code::kAgain) : QueueClosed();
}

Status Consumer::Take(size_t count, int64_t lease_ms, const WaitOptions& wait,
                      absl::FunctionRef<TakenMessage*(size_t source)> place, size_t* taken) {
  *taken = 0;
  KONTOR_RETURN_IF_ERROR(CheckTake(count, lease_ms));
  if (sources_.empty()) {
    return Status(Code::kInvalid, "the consumer has no queue to take from; add one");
  }
  Lsn lsn = 0;
  Status status = AttemptUntilDone(wait, waiter_, [&](int64_t* retry_ms) {
    return Attempt(count, lease_ms, place, taken, &lsn, retry_ms);
  });
  if (!status.ok()) {
    if (status.code() != Code::kTimeout || !keeps_places_) LeaveLines();
    return status;
  }
  // By weight one message is chosen at a time, so that a batch has the weights, too.
  int64_t retry_ms = -1;
  for (size_t before = 0; choice_ == Choice::kByWeight && before != *taken && *taken < count;) {
    before = *taken;
    if (!Attempt(count, lease_ms, place, taken, &lsn, &retry_ms).ok()) break;
  }
  LeaveLines();
  return AwaitDurability(core_, lsn);
}

void Consumer::LeaveLines() {
  for (const Source& source : sources_) source.taker->StopWaiting();
}

}  // namespace kontor::verbs
