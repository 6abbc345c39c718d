// What ChannelIndex does with a message.

#include <new>

#include "absl/container/inlined_vector.h"
#include "broker/channel_index.h"

namespace kontor {
namespace {

constexpr size_t kAhead = 4;

}  // namespace

void ChannelIndex::PutLocked(Subscription* subscription, const MailboxEntry& entry,
                             Publishing* publishing) {
  Mailbox* const mailbox = subscription->mailbox;
  const uint64_t tags = subscription->members.size();
  switch (mailbox->Put(entry, publishing->pending != nullptr)) {
    case Mailbox::PutResult::kPut:
      publishing->result.tags += tags;
      if (mailbox->last_reached_ != sequence_) ++publishing->result.mailboxes;
      mailbox->last_reached_ = sequence_;
      break;
    case Mailbox::PutResult::kLost:
      publishing->result.lost += tags;
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
              {.publication = publishing->publication.get(),
               .subscription = reader,
               .sequence = sequence_,
               .kind = static_cast<uint16_t>(kind)},
              publishing);
  }
}

ChannelIndex::Demand ChannelIndex::DemandFor(Bytes channel) const {
  MutexLock lock(&mutex_);
  if (retained_.size() != 0) {
    const RetainedChannel* const retained = FindRetainedLocked(channel);
    if (retained != nullptr && retained->options.durable != 0) return Demand::kKeptDurably;
    if (retained != nullptr) return Demand::kKept;
  }
  const bool wanted =
      subjects_.has_patterns() || subjects_.Find(SubjectKind::kChannel, channel) != nullptr;
  return wanted ? Demand::kWanted : Demand::kNone;
}

void ChannelIndex::PlanLocked(Publishing* publishing, const PublishOptions& options,
                              std::string* effects) {
  const Publication& publication = *publishing->publication;
  subjects_.ForEachMatch(publication.channel,
                         [&](const Subject* subject) { publishing->matches.push_back(subject); });
  if (!options.may_be_kept || retained_.size() == 0) return;
  RetainedChannel* const retained = FindRetainedLocked(publication.channel);
  if (retained == nullptr) return;
  publication.set_sequence(retained->log.Reserve());
  publishing->retained = retained;
  if (!options.journaled || retained->options.durable == 0) return;
  EncodeEffect(ChannelEffect{.kind = ChannelEffectKind::kChannelPublish,
                             .channel = publication.channel,
                             .sequence = publication.sequence(),
                             .time_unix_ms = options.now_unix_ms,
                             .body = publication.body},
               effects);
}

void ChannelIndex::DeliverLocked(Publishing* publishing, int64_t now_unix_ms) {
  const Publication& publication = *publishing->publication;
  if (publishing->retained != nullptr) KeepLocked(publishing->retained, publication, now_unix_ms);
  uint64_t readers = 0;
  for (const Subject* subject : publishing->matches) readers += subject->readers.size();
  if (readers == 0) return;
  ++sequence_;
  publication.AddWaiting(readers);
  for (const Subject* subject : publishing->matches) PublishToLocked(*subject, publishing);
  if (publishing->unused != 0) publication.DropWaiting(publishing->unused);
}

Status ChannelIndex::PublishAll(absl::Span<OutgoingMessage> messages, const PublishOptions& options,
                                Commit commit) {
  absl::InlinedVector<Publishing, 1> all;
  all.reserve(messages.size());
  // Copied once, and not under the lock that every publisher needs.
  for (const OutgoingMessage& message : messages) {
    all.emplace_back(
        Publication::Make(message.channel, message.body, message.reply_channel, budget_),
        options.pending);
  }
  {
    MutexLock lock(&mutex_);
    if (closed_) return Status(Code::kClosed, "the engine is closed");
    const auto cancel = [&all] {
      for (Publishing& each : all) {
        if (each.retained != nullptr) each.retained->log.CancelReserved();
      }
    };
    try {
      std::string effects;
      for (Publishing& each : all) PlanLocked(&each, options, &effects);
      Status committed = commit(effects);
      if (!committed.ok()) {
        cancel();
        return committed;
      }
    } catch (...) {
      cancel();
      throw;
    }
    for (Publishing& each : all) DeliverLocked(&each, options.now_unix_ms);
    ReapLocked();
  }
  for (size_t i = 0; i < all.size(); ++i) messages[i].result = all[i].result;
  return Ok();
}

void ChannelIndex::WaitForRoom(PendingPuts* pending, PublishResult* result) {
  for (PendingPut& put : *pending) {
    if (!put.WaitForRoom()) continue;
    ++result->mailboxes;
    result->tags += put.tags();
  }
}

PublishResult ChannelIndex::Publish(Bytes channel, Bytes body, PublishWait wait) {
  if (DemandFor(channel) == Demand::kNone) return {};
  OutgoingMessage message{.channel = channel, .body = body};
  // Nothing is written down, so nothing can be refused but by an engine that is closed.
  PendingPuts pending;
  const PublishOptions options{.pending = wait == PublishWait::kNever ? nullptr : &pending};
  const Status published = PublishAll({&message, 1}, options, [](Bytes) { return Ok(); });
  if (!published.ok()) return {};
  WaitForRoom(&pending, &message.result);
  return message.result;
}

}  // namespace kontor
