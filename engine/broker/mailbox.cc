#include "broker/mailbox.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/heap_bytes.h"
#include "base/limits.h"

namespace kontor {
namespace {

int64_t BytesOf(const Publication& publication) {
  constexpr size_t kOwners = 16;  // what a shared pointer adds
  return static_cast<int64_t>(HeapBytes(sizeof(Publication) + kOwners) +
                              HeapBytesOf(publication.channel) + HeapBytesOf(publication.body));
}

// What an entry counts towards a mailbox's capacity; null: it has no body.
uint64_t WaitingBytes(const Publication* publication) {
  return publication == nullptr ? 0 : publication->channel.size() + publication->body.size();
}

// One tag's subscription: its place among the members and in two hash tables, which are half full
// on average and of which vectors keep a third to spare.
constexpr int64_t kTagBytes = 112;

}  // namespace

Status Validate(const MailboxOptions& options) {
  if (options.capacity_messages < 1 || options.capacity_messages > limits::kMailboxMessages) {
    return Status(Code::kOutOfRange,
                  absl::StrCat("mailbox option capacity_messages is ", options.capacity_messages,
                               "; it must be from 1 to ", limits::kMailboxMessages));
  }
  if (options.overflow != OverflowPolicy::kDropOldest &&
      options.overflow != OverflowPolicy::kClose) {
    return Status(Code::kOutOfRange, absl::StrCat("mailbox option overflow is ",
                                                  static_cast<uint32_t>(options.overflow),
                                                  "; it must be 0 (drop the oldest) or 1 (close)"));
  }
  return Ok();
}

// Without the lock: nobody else is left, and in a forked child it may be held by a thread that is
// not there.
Mailbox::~Mailbox() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (const Entry& entry : entries_) DiscountLocked(entry.publication.get());
}

void Mailbox::set_budget(MemoryBudget* budget) {
  MutexLock lock(&mutex_);
  budget_ = budget;
  tag_memory_.set_budget(budget);
}

void Mailbox::CountLocked(const Publication* body) {
  bytes_ += WaitingBytes(body);
  if (budget_ == nullptr) return;
  budget_->Add(MemoryPurpose::kMailboxes, sizeof(Entry));
  if (body != nullptr && body->waiting.fetch_add(1, std::memory_order_relaxed) == 0) {
    budget_->Add(MemoryPurpose::kMailboxes, BytesOf(*body));
  }
}

void Mailbox::DiscountLocked(const Publication* body) {
  bytes_ -= WaitingBytes(body);
  if (budget_ == nullptr) return;
  budget_->Add(MemoryPurpose::kMailboxes, -static_cast<int64_t>(sizeof(Entry)));
  if (body != nullptr && body->waiting.fetch_sub(1, std::memory_order_relaxed) == 1) {
    budget_->Add(MemoryPurpose::kMailboxes, -BytesOf(*body));
  }
}

void Mailbox::TagSubscriptions::Add(Subscription* subscription) {
  if (first_ == nullptr) {
    first_ = subscription;
    return;
  }
  if (more_ == nullptr) more_ = std::make_unique<absl::flat_hash_set<Subscription*>>();
  more_->insert(subscription);
}

void Mailbox::TagSubscriptions::Remove(Subscription* subscription) {
  if (first_ == subscription) {
    first_ = nullptr;
  } else if (more_ != nullptr) {
    more_->erase(subscription);
  }
}

std::vector<Mailbox::Subscription*> Mailbox::TagSubscriptions::All() const {
  std::vector<Subscription*> all;
  if (first_ != nullptr) all.push_back(first_);
  if (more_ != nullptr) all.insert(all.end(), more_->begin(), more_->end());
  return all;
}

bool Mailbox::closed() const {
  MutexLock lock(&mutex_);
  return closed_;
}

uint64_t Mailbox::pending() const {
  MutexLock lock(&mutex_);
  return entries_.size();
}

uint64_t Mailbox::pending_bytes() const {
  MutexLock lock(&mutex_);
  return bytes_;
}

uint64_t Mailbox::lost_total() const {
  MutexLock lock(&mutex_);
  return lost_total_;
}

bool Mailbox::ReadableLocked() const {
  return closed_ || lost_since_read_ != 0 || !entries_.empty();
}

Status Mailbox::ClosedStatusLocked() const {
  if (!overflowed_) return Status(Code::kClosed, "the mailbox is closed");
  return Status(Code::kClosed,
                absl::StrCat("the mailbox was closed by overflow: more than ",
                             options_.capacity_messages, " messages or ", options_.capacity_bytes,
                             " bytes waited; open a new one and read it faster"));
}

void Mailbox::CloseLocked() {
  closed_ = true;
  waiters_.NotifyAll();
  if (descriptor_ != nullptr) descriptor_->Signal();
}

void Mailbox::Close() {
  MutexLock lock(&mutex_);
  if (!closed_) CloseLocked();
}

Result<int> Mailbox::Descriptor() {
  MutexLock lock(&mutex_);
  if (descriptor_ == nullptr) {
    KONTOR_ASSIGN_OR_RETURN(EventDescriptor made, EventDescriptor::Create());
    descriptor_ = std::make_unique<EventDescriptor>(std::move(made));
    if (ReadableLocked()) descriptor_->Signal();
  }
  return descriptor_->descriptor();
}

bool Mailbox::IsFullFor(const Entry& entry) const {
  const uint64_t bytes = WaitingBytes(entry.publication.get());
  return entries_.size() >= options_.capacity_messages || bytes > options_.capacity_bytes ||
         bytes_ > options_.capacity_bytes - bytes;
}

bool Mailbox::Put(Entry entry) {
  Entry dropped{};  // freed after the lock is given back
  MutexLock lock(&mutex_);
  if (closed_) return false;
  const bool was_empty = entries_.empty();
  while (!entries_.empty() && IsFullFor(entry)) {
    ++lost_total_;
    if (options_.overflow == OverflowPolicy::kClose) {
      overflowed_ = true;
      CloseLocked();
      return false;
    }
    DiscountLocked(entries_.front().publication.get());
    dropped = std::move(entries_.front());
    entries_.pop_front();
    ++lost_since_read_;
  }
  entries_.push_back(std::move(entry));
  CountLocked(entries_.back().publication.get());
  if (!was_empty) return true;
  // The one wake-up until it is drained: whoever reads passes it on while there is more.
  waiters_.NotifyFirst();
  if (descriptor_ != nullptr) descriptor_->Signal();
  return true;
}

bool Mailbox::AddTag(Subscription* subscription, uint64_t tag, uint64_t since) {
  MutexLock lock(&mutex_);
  const auto [place, added] = subscription->places.try_emplace(tag, subscription->members.size());
  if (added) {
    subscription->members.push_back({.tag = tag, .since = since});
    tag_memory_.Add(kTagBytes);
  }
  return added;
}

bool Mailbox::RemoveTag(Subscription* subscription, uint64_t tag) {
  MutexLock lock(&mutex_);
  const auto found = subscription->places.find(tag);
  if (found == subscription->places.end()) return false;
  tag_memory_.Add(-kTagBytes);
  const size_t place = found->second;
  subscription->places.erase(found);
  const Subscription::Member last = subscription->members.back();
  subscription->members.pop_back();
  if (last.tag != tag) {
    subscription->members[place] = last;
    subscription->places[last.tag] = place;
  }
  return true;
}

bool Mailbox::ExpandLocked(Entry* expanded, Delivery* delivery) {
  Entry& entry = *expanded;
  delivery->tags.clear();
  if (entry.subscription != nullptr) {
    for (const Subscription::Member& member : entry.subscription->members) {
      if (member.since < entry.sequence) delivery->tags.push_back(member.tag);
    }
    if (delivery->tags.empty()) return false;
  }
  if (entry.kind == DeliveryKind::kPatternMessage) {
    delivery->subject = entry.subscription->subject;
  } else {
    delivery->subject = std::move(entry.subject);
  }
  delivery->kind = entry.kind;
  delivery->lost = 0;
  delivery->publication = std::move(entry.publication);
  delivery->subject_is_pattern = entry.subject_is_pattern;
  return true;
}

bool Mailbox::TakeLocked(Delivery* delivery) {
  bool taken = false;
  if (lost_since_read_ != 0) {
    delivery->kind = DeliveryKind::kGap;
    delivery->publication.reset();
    delivery->subject.clear();
    delivery->subject_is_pattern = false;
    delivery->tags.clear();
    delivery->lost = std::exchange(lost_since_read_, 0);
    taken = true;
  }
  while (!taken && !entries_.empty()) {
    // It leaves the mailbox only once it is whole in the reader's hands.
    Entry& oldest = entries_.front();
    const Publication* const publication = oldest.publication.get();
    taken = ExpandLocked(&oldest, delivery);
    DiscountLocked(publication);
    entries_.pop_front();
  }
  if (descriptor_ != nullptr && !ReadableLocked()) descriptor_->Clear();
  return taken;
}

void Mailbox::LeaveLineLocked(WaitPlace* place) {
  waiters_.Remove(place);
  if (ReadableLocked()) waiters_.NotifyFirst();
}

Status Mailbox::Next(int64_t timeout_ms, Waiter* waiter, Delivery* delivery) {
  Waiter own;
  if (waiter == nullptr) waiter = &own;
  const Countdown countdown(timeout_ms);
  WaitPlace place(waiter);
  WakeReason woken = WakeReason::kNotified;
  while (true) {
    int64_t remaining_ms = 0;
    {
      MutexLock lock(&mutex_);
      Status ended;
      bool over = waiters_.MayTake(place) && TakeLocked(delivery);
      if (!over) {
        remaining_ms = countdown.RemainingMs();
        over = true;
        if (closed_ && entries_.empty() && lost_since_read_ == 0) {
          ended = ClosedStatusLocked();
        } else if (timeout_ms != 0 &&
                   (woken == WakeReason::kInterrupted || waiter->interrupted())) {
          ended = Status(Code::kInterrupted, "the wait was interrupted");
        } else if (remaining_ms == 0) {
          ended = Status(Code::kTimeout, "no message arrived in time");
        } else {
          over = false;
        }
      }
      if (over) {
        LeaveLineLocked(&place);
        return ended;
      }
      if (!place.linked()) waiters_.Append(&place);
    }
    woken = waiter->Wait(remaining_ms);
  }
}

}  // namespace kontor
