#include "broker/mailbox.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/heap_bytes.h"

namespace kontor {
namespace {

uint64_t WaitingBytes(const MailboxEntry& entry) {
  return entry.publication == nullptr ? 0 : entry.publication->waiting_bytes();
}

}  // namespace

// What has no place any more is freed with the lock.
struct Mailbox::Dropped {
  ~Dropped() {
    for (size_t i = 0; i < count; ++i) publications[i]->DropWaiting(1);
  }
  void Add(const Publication* publication) {
    if (count == publications.size()) {
      publication->DropWaiting(1);
    } else {
      publications[count++] = publication;
    }
  }

  std::array<const Publication*, 16> publications;
  size_t count = 0;
};

// Without the locks: nobody else is left, and in a forked child one may be held by a thread that is
// not there.
Mailbox::~Mailbox() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto drop = [](const MailboxEntry& entry) {
    if (entry.publication != nullptr) entry.publication->DropWaiting(1);
  };
  for (size_t i = 0; i < taken_left_.load(std::memory_order_relaxed); ++i) {
    drop(taken_[taken_begin_ + i]);
  }
  entries_.ForEach(drop);
  backlog_table_.ForEach([](Backlog* backlog) { delete backlog; });
  subscriptions_.ForEach([](Subscription* subscription) { delete subscription; });
  while (first_ended_ != nullptr) delete std::exchange(first_ended_, first_ended_->next_ended);
}

void Mailbox::set_budget(MemoryBudget* budget) {
  {
    MutexLock lock(&tags_mutex_);
    tag_memory_.set_budget(budget);
  }
  SequenceLockHolder lock(&mutex_);
  memory_.set_budget(budget);
}

bool Mailbox::closed() const {
  SequenceLockHolder lock(&mutex_);
  return closed_;
}

uint64_t Mailbox::pending() const {
  SequenceLockHolder lock(&mutex_);
  return entries_.size() + lists_.size() + taken_left_.load(std::memory_order_relaxed) +
         backlog_left_.load(std::memory_order_relaxed);
}

uint64_t Mailbox::pending_bytes() const {
  SequenceLockHolder lock(&mutex_);
  return bytes_;
}

uint64_t Mailbox::lost_total() const {
  SequenceLockHolder lock(&mutex_);
  return lost_total_;
}

void Mailbox::CountMemoryLocked() {
  auto bytes = static_cast<int64_t>(entries_.memory_bytes() + lists_.heap_bytes());
  if (options_.overflow == OverflowPolicy::kConflate) {
    bytes += static_cast<int64_t>(conflation_.memory_bytes());
  }
  if (bytes != memory_.bytes()) memory_.Set(bytes);
}

Status Mailbox::ClosedStatusLocked() const {
  if (!overflowed_) return Status(Code::kClosed, "the mailbox is closed");
  const bool limits_bytes = options_.capacity_bytes != MailboxOptions().capacity_bytes;
  return Status(
      Code::kClosed,
      absl::StrCat("the mailbox was closed by overflow: more than ", options_.capacity_messages,
                   " messages",
                   limits_bytes ? absl::StrCat(" or ", options_.capacity_bytes, " bytes") : "",
                   " waited; open a new one and read it faster"));
}

void Mailbox::CloseLocked() {
  closed_ = true;
  waiters_.NotifyAll();
  publishers_.NotifyAll();
  if (descriptor_ != nullptr) descriptor_->Signal();
}

void Mailbox::Close() {
  SequenceLockHolder lock(&mutex_);
  if (!closed_) CloseLocked();
}

Result<int> Mailbox::Descriptor() {
  SequenceLockHolder lock(&mutex_);
  if (descriptor_ == nullptr) {
    KONTOR_ASSIGN_OR_RETURN(EventDescriptor made, EventDescriptor::Create());
    descriptor_ = std::make_unique<EventDescriptor>(std::move(made));
    if (closed_ || HasSomethingLocked()) descriptor_->Signal();
  }
  return descriptor_->descriptor();
}

// ------------------------------------------------------------------ putting in

bool Mailbox::IsFullFor(const MailboxEntry& entry) const {
  if (entries_.empty()) return false;
  const uint64_t bytes = WaitingBytes(entry);
  return entries_.size() >= options_.capacity_messages || bytes > options_.capacity_bytes ||
         bytes_ > options_.capacity_bytes - bytes;
}

void Mailbox::DropOldestLocked(Dropped* dropped) {
  MailboxEntry* const oldest = entries_.front();
  // What it would have told of is told by the gap.
  lost_at_front_ += 1 + oldest->lost;
  ++lost_total_;
  bytes_ -= WaitingBytes(*oldest);
  if (IsMessageConflated(*oldest)) conflation_.Remove(oldest);
  dropped->Add(oldest->publication);
  entries_.PopFront();
}

Mailbox::PutResult Mailbox::LoseLocked(const MailboxEntry& entry, Dropped* dropped) {
  ++lost_total_;
  // Of a conflating mailbox an entry's number says how many it replaced.
  ++(options_.overflow == OverflowPolicy::kConflate ? lost_at_front_ : lost_at_back_);
  dropped->Add(entry.publication);
  return PutResult::kLost;
}

Mailbox::PutResult Mailbox::MakeRoomLocked(const MailboxEntry& entry, bool may_wait,
                                           Dropped* dropped) {
  // Publishers that wait are first.
  while (IsFullFor(entry) || !publishers_.empty()) {
    switch (options_.overflow) {
      case OverflowPolicy::kDropOldest:
      case OverflowPolicy::kConflate:
        DropOldestLocked(dropped);
        break;
      case OverflowPolicy::kClose:
        ++lost_total_;
        overflowed_ = true;
        CloseLocked();
        return PutResult::kClosed;
      case OverflowPolicy::kBlock:
        if (may_wait) return PutResult::kMustWait;
        [[fallthrough]];
      case OverflowPolicy::kDropNewest:
        return LoseLocked(entry, dropped);
    }
  }
  return PutResult::kPut;
}

bool Mailbox::ReplaceLocked(const MailboxEntry& entry, Dropped* dropped) {
  MailboxEntry* const older = conflation_.Find(entry);
  if (older == nullptr) return false;
  const uint64_t more_bytes = WaitingBytes(entry) - WaitingBytes(*older);  // modulo 2^64
  while (bytes_ + more_bytes > options_.capacity_bytes && entries_.size() > 1) {
    const bool drops_older = entries_.front() == older;
    DropOldestLocked(dropped);
    if (drops_older) return false;  // it goes behind what is left
  }
  bytes_ += more_bytes;
  dropped->Add(std::exchange(older->publication, entry.publication));
  older->sequence = entry.sequence;
  if (older->lost != UINT32_MAX) ++older->lost;
  ++lost_total_;
  return true;
}

Mailbox::PutResult Mailbox::AppendLocked(const MailboxEntry& entry, Dropped* dropped) {
  const bool conflated = IsMessageConflated(entry);
  MailboxEntry* const place =
      conflated && !conflation_.Prepare() ? nullptr : entries_.PushBack(entry);
  if (place == nullptr) return LoseLocked(entry, dropped);
  if (lost_at_back_ != 0) {
    place->lost = static_cast<uint32_t>(std::min<uint64_t>(lost_at_back_, UINT32_MAX));
    lost_at_back_ -= place->lost;
  }
  if (conflated) conflation_.Add(place);
  bytes_ += WaitingBytes(entry);
  ++put_;
  CountMemoryLocked();
  return PutResult::kPut;
}

Mailbox::PutResult Mailbox::PutLocked(const MailboxEntry& entry, bool may_wait, Dropped* dropped) {
  if (closed_) return PutResult::kClosed;
  if (IsMessageConflated(entry) && ReplaceLocked(entry, dropped)) return PutResult::kPut;
  if (IsFullFor(entry) || !publishers_.empty()) {
    const PutResult room = MakeRoomLocked(entry, may_wait, dropped);
    if (room != PutResult::kPut) return room;
  }
  return AppendLocked(entry, dropped);
}

Mailbox::PutResult Mailbox::Put(const MailboxEntry& entry, bool may_wait) {
  Dropped dropped;
  SequenceLockHolder lock(&mutex_);
  const bool held_something = HoldsSomethingLocked();
  const PutResult result = PutLocked(entry, may_wait, &dropped);
  if (!held_something && HoldsSomethingLocked()) WakeReaderLocked();
  return result;
}

bool Mailbox::PutList(const void* thing, std::vector<MailboxEntry>* list) {
  SequenceLockHolder lock(&mutex_);
  if (closed_) return false;
  const bool held_something = HoldsSomethingLocked();
  lists_.Replace(thing, put_, list);
  CountMemoryLocked();
  if (!held_something && HoldsSomethingLocked()) WakeReaderLocked();
  return true;
}

void Mailbox::ForgetList(const void* thing) {
  SequenceLockHolder lock(&mutex_);
  lists_.Forget(thing);
}

void Mailbox::Lose() {
  SequenceLockHolder lock(&mutex_);
  ++lost_total_;
  ++lost_at_front_;
  WakeReaderLocked();
}

// The one wake-up until it is drained: whoever reads passes it on while there is more.
void Mailbox::WakeReaderLocked() {
  waiters_.NotifyFirst();
  if (descriptor_ != nullptr) descriptor_->Signal();
}

// ------------------------------------------------- publishers that wait for room

PendingPut::PendingPut(std::shared_ptr<Mailbox> mailbox, const MailboxEntry& entry, uint64_t tags)
    : mailbox_(std::move(mailbox)),
      tags_(tags),
      countdown_(mailbox_->options_.block_ms),
      place_(&waiter_),
      entry_(entry) {
  SequenceLockHolder lock(&mailbox_->mutex_);
  mailbox_->publishers_.Append(&place_);
  next_ = std::exchange(mailbox_->pending_puts_, this);
}

PendingPut::~PendingPut() {
  Mailbox::Dropped dropped;
  SequenceLockHolder lock(&mailbox_->mutex_);
  PendingPut** link = &mailbox_->pending_puts_;
  while (*link != this) link = &(*link)->next_;
  *link = next_;
  mailbox_->publishers_.Remove(&place_);
  mailbox_->publishers_.NotifyFirst();  // who looks whether there is room for him
  if (entry_.publication != nullptr) dropped.Add(entry_.publication);
}

bool PendingPut::WaitForRoom() {
  while (true) {
    int64_t remaining_ms = 0;
    {
      Mailbox::Dropped dropped;
      SequenceLockHolder lock(&mailbox_->mutex_);
      if (mailbox_->closed_ || unwanted_) return false;
      const bool held_something = mailbox_->HoldsSomethingLocked();
      const bool has_room = mailbox_->publishers_.MayTake(place_) && !mailbox_->IsFullFor(entry_);
      remaining_ms = countdown_.RemainingMs();
      if (has_room || remaining_ms == 0) {
        const Mailbox::PutResult result = has_room ? mailbox_->AppendLocked(entry_, &dropped)
                                                   : mailbox_->LoseLocked(entry_, &dropped);
        entry_.publication = nullptr;
        // Not when this ends: the publisher may wait here once more, for another subscription.
        mailbox_->publishers_.Remove(&place_);
        mailbox_->publishers_.NotifyFirst();
        if (!held_something) mailbox_->WakeReaderLocked();
        return result == Mailbox::PutResult::kPut;
      }
    }
    waiter_.Wait(remaining_ms);
  }
}

}  // namespace kontor
