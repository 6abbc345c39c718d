#include "broker/channel_index.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/glob.h"
#include "base/limits.h"
#include "broker/naming.h"

namespace kontor {

ChannelIndex::ChannelIndex() = default;

ChannelIndex::~ChannelIndex() { CloseAll(); }

void ChannelIndex::JoinLocked(const std::shared_ptr<Mailbox>& mailbox) {
  if (members_.insert_or_assign(mailbox.get(), mailbox).second) mailbox->set_budget(budget_);
  if (members_.size() < members_sweep_at_) return;
  // Those that went away without Leave.
  absl::erase_if(members_, [](const auto& member) { return member.second.expired(); });
  members_sweep_at_ = 2 * members_.size() + 64;
}

void ChannelIndex::Join(const std::shared_ptr<Mailbox>& mailbox) {
  MutexLock lock(&mutex_);
  if (closed_) {
    mailbox->Close();
  } else {
    JoinLocked(mailbox);
  }
}

Mailbox::Subscription* ChannelIndex::FindOrAddLocked(const std::shared_ptr<Mailbox>& mailbox,
                                                     SubjectKind kind, Bytes subject) {
  const bool is_pattern = kind == SubjectKind::kPattern;
  auto& mine = is_pattern ? mailbox->patterns_ : mailbox->channels_;
  if (const auto found = mine.find(std::string(subject)); found != mine.end()) {
    return found->second.get();
  }
  auto subscription = std::make_shared<Mailbox::Subscription>();
  subscription->subject = std::string(subject);
  subscription->is_pattern = is_pattern;
  Subjects& subjects = SubjectsOf(kind);
  const auto [place, is_new] = subjects.try_emplace(std::string(subject));
  std::vector<Subject::Reader>& readers = place->second.readers;
  subscription->reader_place = readers.size();
  try {
    readers.push_back({.mailbox = mailbox, .subscription = subscription});
    mine.emplace(std::string(subject), subscription);
  } catch (...) {
    if (readers.size() > subscription->reader_place) readers.pop_back();
    if (is_new) subjects.erase(place);
    throw;
  }
  return subscription.get();
}

Status ChannelIndex::Subscribe(const std::shared_ptr<Mailbox>& mailbox, SubjectKind kind,
                               Bytes subject, uint64_t tag) {
  if (subject.size() > limits::kNameBytes) {
    return Status(Code::kTooLarge,
                  absl::StrCat("a channel or pattern of ", subject.size(),
                               " bytes is over the limit of ", limits::kNameBytes));
  }
  MutexLock lock(&mutex_);
  if (closed_) return Status(Code::kClosed, "the engine is closed");
  if (mailbox->closed()) return Status(Code::kClosed, "the mailbox is closed; open a new one");
  if (mailbox->subscription_count_ >= limits::kSubscriptionsPerMailbox) {
    return Status(Code::kFull, absl::StrCat("the mailbox has ", limits::kSubscriptionsPerMailbox,
                                            " subscriptions, its limit; open another one"));
  }
  JoinLocked(mailbox);
  Mailbox::Subscription* const subscription = FindOrAddLocked(mailbox, kind, subject);
  if (!mailbox->AddTag(subscription, tag, sequence_)) {
    return Status(Code::kExists,
                  absl::StrCat("tag ", tag, " is already subscribed to ", Quoted(subject)));
  }
  mailbox->tags_[tag].Add(subscription);
  ++mailbox->subscription_count_;
  ++subscription->tag_count;
  if (++SubjectsOf(kind)[AbslView(subject)].tags == 1) {
    TellInterestLocked(DeliveryKind::kInterestGained, subscription->subject,
                       subscription->is_pattern);
  }
  ReapLocked();
  return Ok();
}

void ChannelIndex::SubtractLocked(const Mailbox::Subscription& subscription, uint64_t tags,
                                  bool leaves) {
  Subjects& subjects = subscription.is_pattern ? patterns_ : channels_;
  const auto found = subjects.find(subscription.subject);
  KONTOR_CHECK(found != subjects.end() && found->second.tags >= tags);
  Subject& subject = found->second;
  subject.tags -= tags;
  if (leaves) {
    Subject::Reader last = std::move(subject.readers.back());
    subject.readers.pop_back();
    if (last.subscription.get() != &subscription) {
      last.subscription->reader_place = subscription.reader_place;
      subject.readers[subscription.reader_place] = std::move(last);
    }
  }
  if (subject.tags != 0) return;
  KONTOR_CHECK(subject.readers.empty());
  subjects.erase(found);
  TellInterestLocked(DeliveryKind::kInterestLost, subscription.subject, subscription.is_pattern);
}

void ChannelIndex::ForgetTagLocked(Mailbox* mailbox, Mailbox::Subscription* subscription,
                                   uint64_t tag) {
  --mailbox->subscription_count_;
  const bool leaves = --subscription->tag_count == 0;
  auto& mine = subscription->is_pattern ? mailbox->patterns_ : mailbox->channels_;
  const auto found = mine.find(subscription->subject);
  KONTOR_CHECK(found != mine.end());
  const std::shared_ptr<Mailbox::Subscription> kept = found->second;
  if (leaves) mine.erase(found);
  const auto of_tag = mailbox->tags_.find(tag);
  if (of_tag != mailbox->tags_.end()) {
    of_tag->second.Remove(subscription);
    if (of_tag->second.empty()) mailbox->tags_.erase(of_tag);
  }
  SubtractLocked(*kept, 1, leaves);
}

Status ChannelIndex::Unsubscribe(const std::shared_ptr<Mailbox>& mailbox, SubjectKind kind,
                                 Bytes subject, uint64_t tag) {
  MutexLock lock(&mutex_);
  const auto& mine = kind == SubjectKind::kPattern ? mailbox->patterns_ : mailbox->channels_;
  const auto found = mine.find(AbslView(subject));
  if (found == mine.end() || !mailbox->RemoveTag(found->second.get(), tag)) {
    return Status(Code::kNotFound,
                  absl::StrCat("tag ", tag, " is not subscribed to ", Quoted(subject)));
  }
  ForgetTagLocked(mailbox.get(), found->second.get(), tag);
  ReapLocked();
  return Ok();
}

uint64_t ChannelIndex::UnsubscribeTag(const std::shared_ptr<Mailbox>& mailbox, uint64_t tag) {
  MutexLock lock(&mutex_);
  const auto found = mailbox->tags_.find(tag);
  if (found == mailbox->tags_.end()) return 0;
  const std::vector<Mailbox::Subscription*> subscriptions = found->second.All();
  mailbox->tags_.erase(found);
  for (Mailbox::Subscription* subscription : subscriptions) {
    KONTOR_CHECK(mailbox->RemoveTag(subscription, tag));
    ForgetTagLocked(mailbox.get(), subscription, tag);
  }
  ReapLocked();
  return subscriptions.size();
}

Status ChannelIndex::WatchInterest(const std::shared_ptr<Mailbox>& mailbox) {
  MutexLock lock(&mutex_);
  if (closed_) return Status(Code::kClosed, "the engine is closed");
  if (mailbox->closed()) return Status(Code::kClosed, "the mailbox is closed; open a new one");
  JoinLocked(mailbox);
  std::erase(interest_watchers_, mailbox);
  interest_watchers_.push_back(mailbox);
  bool open = true;
  for (const Subjects* subjects : {&channels_, &patterns_}) {
    for (auto at = subjects->begin(); open && at != subjects->end(); ++at) {
      open = PutLocked(mailbox, {.kind = DeliveryKind::kInterestGained,
                                 .subject = at->first,
                                 .subject_is_pattern = subjects == &patterns_});
    }
  }
  ReapLocked();
  return Ok();
}

void ChannelIndex::RemoveAllLocked(Mailbox* mailbox) {
  std::erase_if(interest_watchers_, [&](const auto& watcher) { return watcher.get() == mailbox; });
  members_.erase(mailbox);
  // The subscriptions themselves keep their tags: what is already in the mailbox can still be read.
  auto channels = std::exchange(mailbox->channels_, {});
  auto patterns = std::exchange(mailbox->patterns_, {});
  mailbox->tags_.clear();
  mailbox->subscription_count_ = 0;
  for (const auto* subscriptions : {&channels, &patterns}) {
    for (const auto& [subject, subscription] : *subscriptions) {
      SubtractLocked(*subscription, subscription->tag_count, /*leaves=*/true);
    }
  }
}

void ChannelIndex::Leave(const std::shared_ptr<Mailbox>& mailbox) {
  mailbox->Close();
  MutexLock lock(&mutex_);
  RemoveAllLocked(mailbox.get());
  ReapLocked();
}

void ChannelIndex::CloseAll() {
  absl::flat_hash_map<Mailbox*, std::weak_ptr<Mailbox>> members;
  Subjects channels;  // their mailboxes are let go after the lock
  Subjects patterns;
  std::vector<std::shared_ptr<Mailbox>> watchers;
  std::vector<std::shared_ptr<Mailbox>> left;
  MutexLock lock(&mutex_);
  closed_ = true;
  members.swap(members_);
  channels.swap(channels_);
  patterns.swap(patterns_);
  watchers.swap(interest_watchers_);
  for (const auto& [address, member] : members) {
    std::shared_ptr<Mailbox> mailbox = member.lock();
    if (mailbox == nullptr) continue;
    mailbox->Close();
    mailbox->channels_.clear();
    mailbox->patterns_.clear();
    mailbox->tags_.clear();
    mailbox->subscription_count_ = 0;
    left.push_back(std::move(mailbox));
  }
}

bool ChannelIndex::PutLocked(const std::shared_ptr<Mailbox>& mailbox, Mailbox::Entry entry) {
  if (mailbox->Put(std::move(entry))) return true;
  found_closed_.push_back(mailbox);
  return false;
}

void ChannelIndex::TellInterestLocked(DeliveryKind kind, const std::string& subject,
                                      bool is_pattern) {
  for (const std::shared_ptr<Mailbox>& watcher : interest_watchers_) {
    PutLocked(watcher, {.kind = kind, .subject = subject, .subject_is_pattern = is_pattern});
  }
}

void ChannelIndex::ReapLocked() {
  while (!found_closed_.empty()) {
    const std::shared_ptr<Mailbox> mailbox = std::move(found_closed_.back());
    found_closed_.pop_back();
    RemoveAllLocked(mailbox.get());
  }
}

void ChannelIndex::PublishToLocked(const Subject& subject, DeliveryKind kind,
                                   const std::shared_ptr<const Publication>& publication,
                                   PublishResult* result) {
  for (const Subject::Reader& reader : subject.readers) {
    if (!PutLocked(reader.mailbox, {.kind = kind,
                                    .publication = publication,
                                    .subscription = reader.subscription,
                                    .sequence = sequence_})) {
      continue;
    }
    result->tags += reader.subscription->tag_count;
    if (reader.mailbox->last_reached_ != sequence_) ++result->mailboxes;
    reader.mailbox->last_reached_ = sequence_;
  }
}

PublishResult ChannelIndex::Publish(Bytes channel, Bytes body) {
  {
    MutexLock lock(&mutex_);
    if (patterns_.empty() && !channels_.contains(AbslView(channel))) return {};
  }
  // Copied once, and not under the lock that every publisher needs.
  const auto publication = std::make_shared<const Publication>(channel, body);
  PublishResult result;
  MutexLock lock(&mutex_);
  ++sequence_;
  const auto found = channels_.find(AbslView(channel));
  if (found != channels_.end()) {
    PublishToLocked(found->second, DeliveryKind::kMessage, publication, &result);
  }
  for (const auto& [pattern, subject] : patterns_) {
    if (GlobMatch(pattern, channel)) {
      PublishToLocked(subject, DeliveryKind::kPatternMessage, publication, &result);
    }
  }
  ReapLocked();
  return result;
}

std::vector<std::string> ChannelIndex::Channels(Bytes pattern) const {
  std::vector<std::string> names;
  MutexLock lock(&mutex_);
  for (const auto& [name, subject] : channels_) {
    if (pattern.empty() || GlobMatch(pattern, name)) names.push_back(name);
  }
  return names;
}

uint64_t ChannelIndex::SubscriptionsOf(Bytes channel) const {
  MutexLock lock(&mutex_);
  const auto found = channels_.find(AbslView(channel));
  return found == channels_.end() ? 0 : found->second.tags;
}

uint64_t ChannelIndex::PatternCount() const {
  MutexLock lock(&mutex_);
  return patterns_.size();
}

}  // namespace kontor
