// What ChannelIndex tells of first and last subscriptions.

#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "broker/channel_index.h"

namespace kontor {
namespace {

// Whether a watcher who lingers is not told, or not yet. Where there is no memory to remember it,
// or too much to remember, it is told at once.
bool HoldsBack(DeliveryKind kind, const Subject& subject, InterestLinger* linger) {
  if (kind == DeliveryKind::kInterestGained) return linger->Regain(subject.kind, subject.name());
  if (linger->size() >= limits::kLingering) return false;
  try {
    linger->Lose(subject.kind, subject.name());
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

bool IsReplyChannel(const Subject& subject) {
  return subject.kind == SubjectKind::kChannel && subject.name().starts_with(kReplyChannelPrefix);
}

}  // namespace

Status ChannelIndex::WatchInterest(const std::shared_ptr<Mailbox>& mailbox) {
  MutexLock lock(&mutex_);
  if (closed_) return Status(Code::kClosed, "the engine is closed");
  if (mailbox->closed()) return Status(Code::kClosed, "the mailbox is closed; open a new one");
  JoinLocked(mailbox);
  const int64_t linger_ms = mailbox->options().interest_linger_ms;
  auto linger = linger_ms == 0 ? nullptr : std::make_unique<InterestLinger>(linger_ms);
  RemoveWatcherLocked(mailbox.get());
  interest_watchers_.push_back({mailbox.get(), std::move(linger)});
  TellAllInterestLocked(mailbox.get());
  ReapLocked();
  return Ok();
}

void ChannelIndex::TellAllInterestLocked(Mailbox* watcher) {
  std::vector<MailboxEntry> list;
  const auto add = [&](const Subject* subject) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    if (IsReplyChannel(*subject)) return;
    MailboxEntry* const entry = &list.emplace_back();
    entry->sequence = sequence_;
    entry->kind = static_cast<uint16_t>(DeliveryKind::kInterestGained);
    entry->subject_kind = static_cast<uint16_t>(subject->kind);
    const PublicationRef event = Publication::Make(subject->name(), {}, {}, budget_);
    event->AddWaiting(1);
    entry->publication = event.get();
  };
  try {
    for (const SubjectKind kind :
         {SubjectKind::kChannel, SubjectKind::kPattern, SubjectKind::kTokens}) {
      subjects_.ForEach(kind, add);
    }
  } catch (const std::bad_alloc&) {
    WaitingLists::DropEntries(list);
    watcher->Lose();  // it begins anew
    return;
  }
  TellListLocked(watcher, &interest_watchers_, std::move(list));
}

void ChannelIndex::RemoveWatcherLocked(const Mailbox* mailbox) {
  std::erase_if(interest_watchers_,
                [mailbox](const InterestWatcher& watcher) { return watcher.mailbox == mailbox; });
}

void ChannelIndex::TellInterestLocked(DeliveryKind kind, SubjectKind subject_kind, Bytes name,
                                      Mailbox* watcher) {
  try {
    const PublicationRef event = Publication::Make(name, {}, {}, budget_);
    event->AddWaiting(1);
    const auto put = watcher->Put({.publication = event.get(),
                                   .sequence = sequence_,
                                   .kind = static_cast<uint16_t>(kind),
                                   .subject_kind = static_cast<uint16_t>(subject_kind)},
                                  /*may_wait=*/false);
    if (put != Mailbox::PutResult::kClosed) return;
    event->DropWaiting(1);
    FoundClosedLocked(watcher);
  } catch (const std::bad_alloc&) {
    watcher->Lose();  // it begins anew
  }
}

void ChannelIndex::TellInterestLocked(DeliveryKind kind, const Subject& subject) {
  if (IsReplyChannel(subject)) return;
  for (const InterestWatcher& watcher : interest_watchers_) {
    if (watcher.linger != nullptr && HoldsBack(kind, subject, watcher.linger.get())) continue;
    TellInterestLocked(kind, subject.kind, subject.name(), watcher.mailbox);
  }
}

void ChannelIndex::TellOfInterest(int64_t now_ms) {
  MutexLock lock(&mutex_);
  for (const InterestWatcher& watcher : interest_watchers_) {
    if (watcher.linger == nullptr) continue;
    watcher.linger->Tick(now_ms, [&](SubjectKind kind, Bytes name) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      TellInterestLocked(DeliveryKind::kInterestLost, kind, name, watcher.mailbox);
    });
  }
  ReapLocked();
}

}  // namespace kontor
