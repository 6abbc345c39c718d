// The subscriptions of a mailbox and their tags.

#include <utility>

#include "base/heap_bytes.h"
#include "broker/mailbox.h"

namespace kontor {

void Mailbox::CountTagsLocked() {
  // With its place in a hash table.
  constexpr size_t kSubscriptionBytes = HeapBytes(sizeof(Subscription)) + sizeof(void*);
  tag_memory_.Set(static_cast<int64_t>(registry_.memory_bytes() +
                                       subscription_objects_ * kSubscriptionBytes + backlog_bytes_ +
                                       backlog_table_.memory_bytes()));
}

Subscription* Mailbox::MakeSubscription(Subject* subject) {
  auto made = std::make_unique<Subscription>(this, subject);
  MutexLock lock(&tags_mutex_);
  registry_.Enter(made.get());
  ++subscription_objects_;
  CountTagsLocked();
  return made.release();
}

bool Mailbox::AddTag(Subscription* subscription, uint64_t tag, uint64_t since) {
  MutexLock lock(&tags_mutex_);
  const bool added = registry_.Add(subscription, tag, since);
  if (added) CountTagsLocked();
  return added;
}

bool Mailbox::RemoveTag(Subscription* subscription, uint64_t tag) {
  MutexLock lock(&tags_mutex_);
  if (!registry_.Remove(subscription, tag)) return false;
  CancelBacklogLocked(subscription, tag);
  CountTagsLocked();
  return true;
}

Subscription* Mailbox::RemoveAnyOf(uint64_t tag) {
  MutexLock lock(&tags_mutex_);
  Subscription* const subscription = registry_.RemoveAny(tag);
  if (subscription == nullptr) return nullptr;
  CancelBacklogLocked(subscription, tag);
  CountTagsLocked();
  return subscription;
}

void Mailbox::EndSubscription(Subscription* subscription) {
  MutexLock tags_lock(&tags_mutex_);
  if (subscription->members.size() == 0) registry_.Leave(subscription);
  {
    SequenceLockHolder lock(&mutex_);
    for (PendingPut* put = pending_puts_; put != nullptr; put = put->next_) {
      if (put->entry_.subscription != subscription) continue;
      put->unwanted_ = true;
      put->waiter_.Notify();
      publishers_.Remove(&put->place_);
      publishers_.NotifyFirst();
    }
    subscription->ended_at = put_;
  }
  (first_ended_ == nullptr ? first_ended_ : last_ended_->next_ended) = subscription;
  last_ended_ = subscription;
  FreeEndedLocked();
}

void Mailbox::FreeLocked(Subscription* subscription) {
  registry_.Forget(*subscription);
  delete subscription;
  --subscription_objects_;
  CountTagsLocked();
}

void Mailbox::FreeEndedLocked() {
  if (taken_left_.load(std::memory_order_relaxed) != 0 || !backlogs_.empty()) return;
  uint64_t read = 0;
  {
    SequenceLockHolder lock(&mutex_);
    read = put_ - entries_.size();
  }
  while (first_ended_ != nullptr && first_ended_->ended_at <= read) {
    FreeLocked(std::exchange(first_ended_, first_ended_->next_ended));
  }
}

}  // namespace kontor
