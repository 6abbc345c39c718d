// The reader's side of a mailbox: taking out, expanding to tags, waiting.

#include <algorithm>
#include <cstring>
#include <utility>

#include "broker/mailbox.h"

namespace kontor {

bool Mailbox::TakeOneLocked(MailboxEntry* taken) {
  const bool conflates = options_.overflow == OverflowPolicy::kConflate;
  if (lost_at_front_ == 0 && !entries_.empty() && !conflates) {
    lost_at_front_ = std::exchange(entries_.front()->lost, 0);
  }
  if (lost_at_front_ == 0 && entries_.empty()) lost_at_front_ = std::exchange(lost_at_back_, 0);
  if (lost_at_front_ != 0) {
    *taken = {.sequence = std::exchange(lost_at_front_, 0),
              .kind = static_cast<uint16_t>(DeliveryKind::kGap)};
    return true;
  }
  if (lists_.TakeOne(put_ - entries_.size(), taken)) return true;
  if (entries_.empty()) return false;
  MailboxEntry* const oldest = entries_.front();
  if (IsMessageConflated(*oldest)) conflation_.Remove(oldest);
  *taken = *oldest;
  bytes_ -= taken->publication->waiting_bytes();
  entries_.PopFront();
  return true;
}

void Mailbox::TakeLocked(size_t count) {
  size_t taken = 0;
  while (taken < std::min(count, kBatch) && TakeOneLocked(&taken_[taken])) ++taken;
  taken_begin_ = 0;
  taken_left_.store(taken, std::memory_order_relaxed);
  CountMemoryLocked();
  if (taken != 0 && !publishers_.empty()) publishers_.NotifyFirst();
  if (descriptor_ != nullptr && !closed_ && !HoldsSomethingLocked()) descriptor_->Clear();
}

bool Mailbox::ExpandMessageLocked(const MailboxEntry& entry, Delivery* delivery) const {
  delivery->tags.clear();
  registry_.AppendTags(*entry.subscription, entry.sequence, &delivery->tags);
  if (delivery->tags.empty()) {
    entry.publication->DropWaiting(1);
    return false;
  }
  const Subject& subject = *entry.subscription->subject;
  delivery->subject_kind = subject.kind;
  if (delivery->kind == DeliveryKind::kPatternMessage) {
    delivery->subject = subject.name();
  } else {
    delivery->subject.clear();
  }
  delivery->publication = PublicationRef::OfWaiting(entry.publication);
  delivery->lost = entry.lost;
  return true;
}

bool Mailbox::ExpandLocked(const MailboxEntry& entry, Delivery* delivery) const {
  delivery->kind = static_cast<DeliveryKind>(entry.kind);
  if (entry.subscription != nullptr) return ExpandMessageLocked(entry, delivery);
  delivery->tags.clear();
  delivery->subject.clear();
  delivery->subject_kind = static_cast<SubjectKind>(entry.subject_kind);
  if (entry.publication != nullptr) {
    delivery->subject = entry.publication->channel;
    const Bytes tags = entry.publication->body;  // of events of presence
    delivery->tags.resize(tags.size() / sizeof(uint64_t));
    if (!tags.empty()) std::memcpy(delivery->tags.data(), tags.data(), tags.size());
    entry.publication->DropWaiting(1);
  }
  delivery->publication.reset();
  delivery->lost = delivery->kind == DeliveryKind::kGap ? entry.sequence : 0;
  return true;
}

void Mailbox::TellLocked(Delivery* deliveries, size_t count, size_t* told) {
  size_t left = taken_left_.load(std::memory_order_relaxed);
  while (*told < count && left != 0) {
    const bool wanted = ExpandLocked(taken_[taken_begin_], &deliveries[*told]);
    ++taken_begin_;
    // Nobody else changes it.
    taken_left_.store(--left, std::memory_order_relaxed);
    if (wanted) ++*told;
  }
}

size_t Mailbox::ReadLocked(const WaitPlace& place, Delivery* deliveries, size_t count) {
  size_t told = 0;
  try {
    while (told < count) {
      if (taken_left_.load(std::memory_order_relaxed) == 0) {
        SequenceLockHolder lock(&mutex_);
        if (told == 0 && !waiters_.MayTake(place)) break;
        if (backlogs_.empty()) TakeLocked(count - told);
      }
      if (!backlogs_.empty()) {
        TellBacklogsLocked(deliveries, count, &told);
        continue;
      }
      if (taken_left_.load(std::memory_order_relaxed) == 0) break;
      TellLocked(deliveries, count, &told);
    }
  } catch (...) {
    SequenceLockHolder lock(&mutex_);
    if (descriptor_ != nullptr) descriptor_->Signal();  // what was taken is still to be told
    if (told == 0) throw;
  }
  if (first_ended_ != nullptr) FreeEndedLocked();
  return told;
}

Status Mailbox::WhyNotLocked(int64_t timeout_ms, int64_t remaining_ms, bool interrupted) const {
  if (closed_ && !HasSomethingLocked()) return ClosedStatusLocked();
  if (timeout_ms != 0 && interrupted) {
    return Status(Code::kInterrupted, "the wait was interrupted");
  }
  if (remaining_ms == 0) return Status(Code::kTimeout, "no message arrived in time");
  return Ok();
}

void Mailbox::LeaveLineLocked(WaitPlace* place) {
  waiters_.Remove(place);
  if (closed_ || HasSomethingLocked()) waiters_.NotifyFirst();
}

Status Mailbox::NextMany(int64_t timeout_ms, Waiter* waiter, Delivery* deliveries, size_t count,
                         size_t* taken) {
  Waiter own;
  if (waiter == nullptr) waiter = &own;
  const Countdown countdown(timeout_ms);
  WaitPlace place(waiter);
  bool interrupted = false;
  while (true) {
    try {
      MutexLock lock(&tags_mutex_);
      *taken = ReadLocked(place, deliveries, count);
    } catch (...) {
      SequenceLockHolder lock(&mutex_);
      LeaveLineLocked(&place);
      throw;
    }
    const int64_t remaining_ms = countdown.RemainingMs();
    {
      SequenceLockHolder lock(&mutex_);
      // What came in between has woken nobody.
      if (*taken == 0 && HasSomethingLocked() && waiters_.MayTake(place)) continue;
      Status ended = *taken != 0 ? Ok()
                                 : WhyNotLocked(timeout_ms, remaining_ms,
                                                interrupted || waiter->interrupted());
      if (*taken != 0 || !ended.ok()) {
        LeaveLineLocked(&place);
        return ended;
      }
      if (!place.linked()) waiters_.Append(&place);
    }
    interrupted = waiter->Wait(remaining_ms) == WakeReason::kInterrupted;
  }
}

}  // namespace kontor
