#include "broker/channel_index.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/glob.h"
#include "base/heap_bytes.h"
#include "base/limits.h"
#include "broker/naming.h"

namespace kontor {
namespace {

uint32_t HashOf(const Subject* subject) { return NameHash({}, subject); }

// What its readers take beside it.
size_t ReaderBytes(const Subject& subject) {
  constexpr size_t kInside = 2;
  const size_t capacity = subject.readers.capacity();
  return capacity <= kInside ? 0 : HeapBytes(capacity * sizeof(void*));
}

}  // namespace

ChannelIndex::~ChannelIndex() {
  CloseAll();
  MutexLock lock(&mutex_);
  retained_.Clear(RetainedChannel::Free);
}

void ChannelIndex::set_budget(MemoryBudget* budget) {
  MutexLock lock(&mutex_);
  budget_ = budget;
  memory_.set_budget(budget);
}

void ChannelIndex::CountMemoryLocked() {
  memory_.Set(static_cast<int64_t>(subjects_.memory_bytes() + reader_bytes_ + retained_bytes_ +
                                   retained_.memory_bytes() + room_bytes_ + rooms_.memory_bytes()));
}

void ChannelIndex::JoinLocked(const std::shared_ptr<Mailbox>& mailbox) {
  if (mailbox->member_place_ != Mailbox::kNotJoined) return;
  members_.push_back(mailbox);
  mailbox->member_place_ = members_.size() - 1;
  mailbox->set_budget(budget_);
}

void ChannelIndex::Join(const std::shared_ptr<Mailbox>& mailbox) {
  MutexLock lock(&mutex_);
  if (closed_) {
    mailbox->Close();
  } else {
    JoinLocked(mailbox);
  }
}

Subscription* ChannelIndex::FindLocked(const Mailbox& mailbox, SubjectKind kind, Bytes name) const {
  const Subject* const subject = subjects_.Find(kind, name);
  if (subject == nullptr) return nullptr;
  return mailbox.subscriptions_.Find(
      HashOf(subject), [&](const Subscription& each) { return each.subject == subject; });
}

Subscription* ChannelIndex::FindOrAddLocked(Mailbox* mailbox, SubjectKind kind, Bytes name) {
  if (Subscription* const found = FindLocked(*mailbox, kind, name); found != nullptr) return found;
  Subject* subject = subjects_.Find(kind, name);
  if (subject == nullptr) subject = subjects_.Add(kind, name);
  auto& readers = subject->readers;
  const size_t before = ReaderBytes(*subject);
  const size_t count = readers.size();
  Subscription* made = nullptr;
  try {
    readers.push_back(nullptr);
    made = mailbox->MakeSubscription(subject);
  } catch (...) {
    readers.resize(count);
    reader_bytes_ += ReaderBytes(*subject) - before;
    if (readers.empty()) RemoveSubjectLocked(subject);
    throw;
  }
  reader_bytes_ += ReaderBytes(*subject) - before;
  readers.back() = made;
  made->reader_place = static_cast<uint32_t>(count);
  made->hash = HashOf(subject);
  mailbox->subscriptions_.Insert(made);
  CountMemoryLocked();
  return made;
}

bool ChannelIndex::AddTagLocked(Mailbox* mailbox, Subscription* subscription, uint64_t tag) {
  PresenceRoom* const room = RoomOfLocked(*subscription->subject);
  std::unique_ptr<PresentTag> entering;
  try {
    if (room != nullptr) entering = std::make_unique<PresentTag>(tag);
    if (!mailbox->AddTag(subscription, tag, sequence_)) return false;
  } catch (...) {
    if (subscription->members.size() == 0) {
      mailbox->subscriptions_.Remove(subscription);
      DetachLocked(subscription);
      mailbox->EndSubscription(subscription);
    }
    throw;
  }
  ++mailbox->tag_count_;
  if (room != nullptr) EnterRoomLocked(room, std::move(entering));
  return true;
}

Status ChannelIndex::Subscribe(const std::shared_ptr<Mailbox>& mailbox, SubjectKind kind,
                               Bytes subject, uint64_t tag) {
  if (subject.size() > limits::kNameBytes) {
    return Status(Code::kTooLarge,
                  absl::StrCat("a channel or pattern of ", subject.size(),
                               " bytes is over the limit of ", limits::kNameBytes));
  }
  if (kind == SubjectKind::kTokens) KONTOR_RETURN_IF_ERROR(TokenTrie::Validate(subject));
  MutexLock lock(&mutex_);
  return SubscribeLocked(mailbox, kind, subject, tag, nullptr);
}

Status ChannelIndex::SubscribeLocked(const std::shared_ptr<Mailbox>& mailbox, SubjectKind kind,
                                     Bytes subject, uint64_t tag,
                                     std::unique_ptr<Backlog> backlog) {
  if (closed_) return Status(Code::kClosed, "the engine is closed");
  if (mailbox->closed()) return Status(Code::kClosed, "the mailbox is closed; open a new one");
  if (mailbox->tag_count_ >= limits::kSubscriptionsPerMailbox) {
    return Status(Code::kFull, absl::StrCat("the mailbox has ", limits::kSubscriptionsPerMailbox,
                                            " subscriptions, its limit; open another one"));
  }
  JoinLocked(mailbox);
  Subscription* const subscription = FindOrAddLocked(mailbox.get(), kind, subject);
  if (!AddTagLocked(mailbox.get(), subscription, tag)) {
    return Status(Code::kExists,
                  absl::StrCat("tag ", tag, " is already subscribed to ", Quoted(subject)));
  }
  if (backlog != nullptr) {
    backlog->set_subscription(subscription);
    mailbox->AddBacklog(std::move(backlog));
  }
  const Subject& subscribed = *subscription->subject;
  if (subscribed.readers.size() == 1 && subscription->members.size() == 1) {
    TellInterestLocked(DeliveryKind::kInterestGained, subscribed);
  }
  ReapLocked();
  return Ok();
}

void ChannelIndex::RemoveSubjectLocked(Subject* subject) {
  reader_bytes_ -= ReaderBytes(*subject);
  subjects_.Remove(subject);
  CountMemoryLocked();
}

void ChannelIndex::DetachLocked(Subscription* subscription) {
  Subject* const subject = subscription->subject;
  Subscription* const last = subject->readers.back();
  subject->readers.pop_back();
  if (last != subscription) {
    last->reader_place = subscription->reader_place;
    subject->readers[last->reader_place] = last;
  }
  if (subject->readers.empty()) RemoveSubjectLocked(subject);
}

void ChannelIndex::AfterRemovalLocked(Mailbox* mailbox, Subscription* subscription, uint64_t tag) {
  --mailbox->tag_count_;
  LeaveRoomLocked(*subscription->subject, {&tag, 1});
  if (subscription->members.size() != 0) return;
  mailbox->subscriptions_.Remove(subscription);
  const Subject& subject = *subscription->subject;
  const bool was_last = subject.readers.size() == 1;
  DetachLocked(subscription);
  if (was_last) TellInterestLocked(DeliveryKind::kInterestLost, subject);
  mailbox->EndSubscription(subscription);
}

Status ChannelIndex::Unsubscribe(const std::shared_ptr<Mailbox>& mailbox, SubjectKind kind,
                                 Bytes subject, uint64_t tag) {
  MutexLock lock(&mutex_);
  Subscription* const found = FindLocked(*mailbox, kind, subject);
  if (found == nullptr || !mailbox->RemoveTag(found, tag)) {
    return Status(Code::kNotFound,
                  absl::StrCat("tag ", tag, " is not subscribed to ", Quoted(subject)));
  }
  AfterRemovalLocked(mailbox.get(), found, tag);
  ReapLocked();
  return Ok();
}

uint64_t ChannelIndex::UnsubscribeTag(const std::shared_ptr<Mailbox>& mailbox, uint64_t tag) {
  uint64_t ended = 0;
  MutexLock lock(&mutex_);
  // Of a mailbox that has left the tags stay, for what waits in it.
  while (mailbox->member_place_ != Mailbox::kNotJoined) {
    Subscription* const subscription = mailbox->RemoveAnyOf(tag);
    if (subscription == nullptr) break;
    AfterRemovalLocked(mailbox.get(), subscription, tag);
    ++ended;
  }
  ReapLocked();
  return ended;
}

void ChannelIndex::RemoveAllLocked(Mailbox* mailbox) {
  if (mailbox->member_place_ == Mailbox::kNotJoined) return;
  RemoveWatcherLocked(mailbox);
  for (PresenceRoom* room : std::exchange(mailbox->watched_rooms_, {})) {
    RemoveWatcherLocked(room, mailbox);
  }
  members_.back()->member_place_ = mailbox->member_place_;
  members_[mailbox->member_place_].swap(members_.back());
  members_.pop_back();
  mailbox->member_place_ = Mailbox::kNotJoined;
  mailbox->tag_count_ = 0;
  mailbox->subscriptions_.ForEach([&](Subscription* subscription) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const Subject& subject = *subscription->subject;
    const bool was_last = subject.readers.size() == 1;
    LeaveRoomLocked(*subscription);
    DetachLocked(subscription);
    if (was_last) TellInterestLocked(DeliveryKind::kInterestLost, subject);
    mailbox->EndSubscription(subscription);
  });
  mailbox->subscriptions_ = {};
}

void ChannelIndex::Leave(const std::shared_ptr<Mailbox>& mailbox) {
  mailbox->Close();
  MutexLock lock(&mutex_);
  RemoveAllLocked(mailbox.get());
  ReapLocked();
}

void ChannelIndex::CloseAll() {
  {
    MutexLock lock(&mutex_);
    closed_ = true;
    // Nobody is told how all of them end.
    interest_watchers_.clear();
    for (const std::shared_ptr<Mailbox>& member : members_) member->watched_rooms_.clear();
    rooms_.Clear(PresenceRoom::Free);
    room_bytes_ = 0;
  }
  std::shared_ptr<Mailbox> mailbox;  // let go of after the lock
  while (true) {
    mailbox.reset();
    MutexLock lock(&mutex_);
    if (members_.empty()) return;
    mailbox = members_.back();
    mailbox->Close();
    RemoveAllLocked(mailbox.get());
  }
}

void ChannelIndex::FoundClosedLocked(Mailbox* mailbox) {
  if (mailbox->next_found_closed_ != nullptr) return;
  mailbox->next_found_closed_ = found_closed_ == nullptr ? mailbox : found_closed_;
  found_closed_ = mailbox;
}

void ChannelIndex::ReapLocked() {
  while (found_closed_ != nullptr) {
    const std::shared_ptr<Mailbox> mailbox = found_closed_->shared_from_this();
    Mailbox* const next = std::exchange(mailbox->next_found_closed_, nullptr);
    found_closed_ = next == mailbox.get() ? nullptr : next;
    RemoveAllLocked(mailbox.get());
  }
}

std::vector<std::string> ChannelIndex::Channels(Bytes pattern) const {
  std::vector<std::string> names;
  MutexLock lock(&mutex_);
  subjects_.ForEach(SubjectKind::kChannel, [&](const Subject* subject) {
    if (pattern.empty() || GlobMatch(pattern, subject->name())) names.emplace_back(subject->name());
  });
  return names;
}

uint64_t ChannelIndex::SubscriptionsOf(Bytes channel) const {
  MutexLock lock(&mutex_);
  const Subject* const subject = subjects_.Find(SubjectKind::kChannel, channel);
  uint64_t tags = 0;
  if (subject == nullptr) return tags;
  for (const Subscription* reader : subject->readers) tags += reader->members.size();
  return tags;
}

uint64_t ChannelIndex::PatternCount() const {
  MutexLock lock(&mutex_);
  return subjects_.count(SubjectKind::kPattern);
}

}  // namespace kontor
