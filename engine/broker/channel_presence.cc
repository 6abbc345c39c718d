// What ChannelIndex tells of who is in a channel.

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "broker/channel_index.h"
#include "broker/name_hash.h"
#include "broker/naming.h"

namespace kontor {
namespace {

Bytes BytesOf(absl::Span<const uint64_t> tags) {
  return Bytes(reinterpret_cast<const char*>(tags.data()), tags.size() * sizeof(uint64_t));
}

template <typename Visit>
void ForEachMember(const Subject& subject, Visit visit) {
  for (const Subscription* reader : subject.readers) reader->members.ForEachRun(visit);
}

}  // namespace

PresenceRoom* ChannelIndex::FindRoomLocked(Bytes channel) const {
  if (rooms_.size() == 0) return nullptr;
  return rooms_.Find(NameHash(channel),
                     [&](const PresenceRoom& room) { return room.name() == channel; });
}

PresenceRoom* ChannelIndex::RoomOfLocked(const Subject& subject) const {
  return subject.kind == SubjectKind::kChannel ? FindRoomLocked(subject.name()) : nullptr;
}

void ChannelIndex::CountRoomLocked(PresenceRoom* room, size_t bytes) {
  room_bytes_ += bytes - room->counted_bytes;
  room->counted_bytes = bytes;
  CountMemoryLocked();
}

void ChannelIndex::TellPresenceLocked(DeliveryKind kind, Bytes channel,
                                      absl::Span<const uint64_t> tags,
                                      absl::Span<Mailbox* const> watchers) {
  try {
    const PublicationRef event = Publication::Make(channel, BytesOf(tags), {}, budget_);
    event->AddWaiting(watchers.size());
    for (Mailbox* watcher : watchers) {
      const auto put = watcher->Put(
          {.publication = event.get(), .sequence = sequence_, .kind = static_cast<uint16_t>(kind)},
          /*may_wait=*/false);
      if (put != Mailbox::PutResult::kClosed) continue;
      event->DropWaiting(1);
      FoundClosedLocked(watcher);
    }
  } catch (const std::bad_alloc&) {
    for (Mailbox* watcher : watchers) watcher->Lose();  // they begin anew
  }
}

void ChannelIndex::TellListLocked(Mailbox* watcher, const void* thing,
                                  std::vector<MailboxEntry> list) {
  try {
    if (!watcher->PutList(thing, &list)) FoundClosedLocked(watcher);
  } catch (const std::bad_alloc&) {
    watcher->Lose();  // it begins anew
  }
  WaitingLists::DropEntries(list);
}

void ChannelIndex::TellPresentLocked(PresenceRoom* room, absl::Span<const uint64_t> tags,
                                     Mailbox* watcher) {
  try {
    std::vector<MailboxEntry> list(1);
    const PublicationRef event = Publication::Make(room->name(), BytesOf(tags), {}, budget_);
    event->AddWaiting(1);
    list[0] = {.publication = event.get(),
               .sequence = sequence_,
               .kind = static_cast<uint16_t>(DeliveryKind::kPresent)};
    TellListLocked(watcher, room, std::move(list));
  } catch (const std::bad_alloc&) {
    watcher->Lose();
  }
}

void ChannelIndex::EnterRoomLocked(PresenceRoom* room, std::unique_ptr<PresentTag> entering) {
  const uint64_t tag = entering->tag;
  if (!room->Enter(std::move(entering))) return;
  CountRoomLocked(room, room->memory_bytes());
  TellPresenceLocked(DeliveryKind::kJoined, room->name(), {&tag, 1}, room->watchers);
}

void ChannelIndex::LeaveRoomLocked(const Subject& subject, absl::Span<const uint64_t> tags) {
  PresenceRoom* const room = RoomOfLocked(subject);
  if (room == nullptr) return;
  std::array<uint64_t, kPresenceBatch> left;
  while (!tags.empty()) {
    const absl::Span<const uint64_t> batch = tags.subspan(0, left.size());
    tags.remove_prefix(batch.size());
    const auto end = std::copy_if(batch.begin(), batch.end(), left.begin(),
                                  [room](uint64_t tag) { return room->Leave(tag); });
    const auto count = static_cast<size_t>(end - left.begin());
    if (count == 0) continue;
    CountRoomLocked(room, room->memory_bytes());
    TellPresenceLocked(DeliveryKind::kLeft, room->name(), {left.data(), count}, room->watchers);
  }
}

void ChannelIndex::LeaveRoomLocked(const Subscription& subscription) {
  if (rooms_.size() == 0) return;
  subscription.members.ForEachRun(
      [&](const uint64_t* tags, const uint32_t*, size_t count) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        LeaveRoomLocked(*subscription.subject, absl::MakeConstSpan(tags, count));
      });
}

Status ChannelIndex::WatchPresence(const std::shared_ptr<Mailbox>& mailbox, Bytes channel) {
  if (channel.size() > limits::kNameBytes) {
    return Status(Code::kTooLarge,
                  absl::StrCat("a channel of ", channel.size(), " bytes is over the limit of ",
                               limits::kNameBytes));
  }
  MutexLock lock(&mutex_);
  if (closed_) return Status(Code::kClosed, "the engine is closed");
  if (mailbox->closed()) return Status(Code::kClosed, "the mailbox is closed; open a new one");
  JoinLocked(mailbox);
  PresenceRoom* room = FindRoomLocked(channel);
  std::unique_ptr<PresenceRoom, void (*)(PresenceRoom*)> made(nullptr, PresenceRoom::Free);
  if (room == nullptr) {
    made.reset(room = PresenceRoom::Make(channel, NameHash(channel)));
    const Subject* const subject = subjects_.Find(SubjectKind::kChannel, channel);
    if (subject != nullptr) {
      ForEachMember(*subject, [room](const uint64_t* tags, const uint32_t*, size_t count) {
        for (size_t i = 0; i < count; ++i) room->Enter(std::make_unique<PresentTag>(tags[i]));
      });
    }
  }
  const std::vector<uint64_t> tags = room->Tags();
  if (std::find(room->watchers.begin(), room->watchers.end(), mailbox.get()) ==
      room->watchers.end()) {
    room->watchers.push_back(mailbox.get());
    try {
      mailbox->watched_rooms_.push_back(room);
    } catch (...) {
      room->watchers.pop_back();
      throw;
    }
  }
  if (made != nullptr) rooms_.Insert(made.release());
  CountRoomLocked(room, room->memory_bytes());
  TellPresentLocked(room, tags, mailbox.get());
  ReapLocked();
  return Ok();
}

void ChannelIndex::RemoveWatcherLocked(PresenceRoom* room, const Mailbox* mailbox) {
  std::erase(room->watchers, mailbox);
  if (!room->watchers.empty()) return;
  rooms_.Remove(room);
  CountRoomLocked(room, 0);
  PresenceRoom::Free(room);
}

Status ChannelIndex::UnwatchPresence(const std::shared_ptr<Mailbox>& mailbox, Bytes channel) {
  MutexLock lock(&mutex_);
  PresenceRoom* const room = FindRoomLocked(channel);
  if (room == nullptr || std::erase(mailbox->watched_rooms_, room) == 0) {
    return Status(Code::kNotFound,
                  absl::StrCat("the mailbox does not watch who is in channel ", Quoted(channel)));
  }
  mailbox->ForgetList(room);
  RemoveWatcherLocked(room, mailbox.get());
  return Ok();
}

std::vector<uint64_t> ChannelIndex::TagsOf(Bytes channel) const {
  std::vector<uint64_t> all;
  {
    MutexLock lock(&mutex_);
    const Subject* const subject = subjects_.Find(SubjectKind::kChannel, channel);
    if (subject == nullptr) return all;
    ForEachMember(*subject, [&all](const uint64_t* tags, const uint32_t*, size_t count) {
      all.insert(all.end(), tags, tags + count);
    });
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace kontor
