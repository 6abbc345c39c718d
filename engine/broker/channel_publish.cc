// What ChannelIndex does with a message, and with news of interest.

#include <new>

#include "absl/container/inlined_vector.h"
#include "broker/channel_index.h"

namespace kontor {
namespace {

constexpr size_t kAhead = 4;

}  // namespace

void ChannelIndex::TellInterestLocked(DeliveryKind kind, const Subject& subject, Mailbox* watcher) {
  try {
    const PublicationRef name = Publication::Make(subject.name(), {}, budget_);
    name->AddWaiting(1);
    const auto put = watcher->Put({.publication = name.get(),
                                   .sequence = sequence_,
                                   .kind = static_cast<uint16_t>(kind),
                                   .subject_kind = static_cast<uint16_t>(subject.kind)},
                                  /*may_wait=*/false);
    if (put != Mailbox::PutResult::kClosed) return;
    name->DropWaiting(1);
    FoundClosedLocked(watcher);
  } catch (const std::bad_alloc&) {
    watcher->Lose();  // it begins anew
  }
}

void ChannelIndex::TellInterestLocked(DeliveryKind kind, const Subject& subject) {
  for (Mailbox* watcher : interest_watchers_) TellInterestLocked(kind, subject, watcher);
}

void ChannelIndex::PutLocked(Subscription* subscription, const MailboxEntry& entry,
                             Publishing* publishing) {
  Mailbox* const mailbox = subscription->mailbox;
  const uint64_t tags = subscription->members.size();
  switch (mailbox->Put(entry, publishing->wait == PublishWait::kUpToDeadline)) {
    case Mailbox::PutResult::kPut:
      publishing->result.tags += tags;
      if (mailbox->last_reached_ != sequence_) ++publishing->result.mailboxes;
      mailbox->last_reached_ = sequence_;
      break;
    case Mailbox::PutResult::kLost:
      break;
    case Mailbox::PutResult::kClosed:
      ++publishing->unused;
      FoundClosedLocked(mailbox);
      break;
    case Mailbox::PutResult::kMustWait:
      try {
        publishing->pending->emplace_back(mailbox->shared_from_this(), entry, tags);
      } catch (const std::bad_alloc&) {
        ++publishing->unused;
        mailbox->Lose();
      }
      break;
  }
}

void ChannelIndex::PublishToLocked(const Subject& subject, Publishing* publishing) {
  const DeliveryKind kind = subject.kind == SubjectKind::kChannel ? DeliveryKind::kMessage
                                                                  : DeliveryKind::kPatternMessage;
  const size_t count = subject.readers.size();
  for (size_t i = 0; i < count; ++i) {
    // What the next puts will touch is on its way meanwhile.
    if (i + 2 * kAhead < count) __builtin_prefetch(subject.readers[i + 2 * kAhead]);
    if (i + kAhead < count) subject.readers[i + kAhead]->mailbox->PrefetchForPut();
    Subscription* const reader = subject.readers[i];
    PutLocked(reader,
              {.publication = publishing->publication,
               .subscription = reader,
               .sequence = sequence_,
               .kind = static_cast<uint16_t>(kind)},
              publishing);
  }
}

PublishResult ChannelIndex::Publish(Bytes channel, Bytes body, PublishWait wait) {
  {
    MutexLock lock(&mutex_);
    if (!subjects_.has_patterns() && subjects_.Find(SubjectKind::kChannel, channel) == nullptr) {
      return {};
    }
  }
  // Copied once, and not under the lock that every publisher needs.
  const PublicationRef publication = Publication::Make(channel, body, budget_);
  PendingPuts pending;
  Publishing publishing{.publication = publication.get(), .wait = wait, .pending = &pending};
  {
    MutexLock lock(&mutex_);
    absl::InlinedVector<const Subject*, 8> matches;
    uint64_t readers = 0;
    subjects_.ForEachMatch(channel, [&](const Subject* subject) {
      matches.push_back(subject);
      readers += subject->readers.size();
    });
    if (readers == 0) return {};
    ++sequence_;
    publication->AddWaiting(readers);
    for (const Subject* subject : matches) PublishToLocked(*subject, &publishing);
    if (publishing.unused != 0) publication->DropWaiting(publishing.unused);
    ReapLocked();
  }
  for (PendingPut& put : pending) {
    if (!put.WaitForRoom()) continue;
    ++publishing.result.mailboxes;
    publishing.result.tags += put.tags();
  }
  return publishing.result;
}

}  // namespace kontor
