// What ChannelIndex does for channels that keep messages.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/glob.h"
#include "base/limits.h"
#include "broker/channel_index.h"
#include "broker/name_hash.h"
#include "broker/naming.h"

namespace kontor {
namespace {

Status NotRetained(Bytes channel) {
  return Status(Code::kNotFound, absl::StrCat("channel ", Quoted(channel),
                                              " keeps no messages; declare it to do so"));
}

Status EngineIsClosed() { return Status(Code::kClosed, "the engine is closed"); }

// What is to be told from a point on.
struct Start {
  uint64_t first = 0;
  uint64_t missing = 0;
};

Result<Start> StartAt(const MessageLog& log, Bytes channel, uint64_t sequence) {
  if (sequence == 0 || sequence > log.last() + 1) {
    return Status(
        Code::kOutOfRange,
        absl::StrCat("channel ", Quoted(channel), " has come to message ", log.last(),
                     "; it can be joined from 1 to ", log.last() + 1, ", not from ", sequence));
  }
  const uint64_t first = std::max(sequence, log.first());
  return Start{.first = first, .missing = first - sequence};
}

Result<Start> StartAt(const MessageLog& log, Bytes channel, const JoinPoint& from) {
  switch (from.from) {
    case JoinPoint::From::kNow:
      break;
    case JoinPoint::From::kLast:
      return Start{.first = log.last() + 1 - std::min(from.value, log.count())};
    case JoinPoint::From::kSequence:
      return StartAt(log, channel, from.value);
  }
  return Start{.first = log.last() + 1};
}

}  // namespace

RetainedChannel* ChannelIndex::FindRetainedLocked(Bytes channel) const {
  return retained_.Find(NameHash(channel), [&](const RetainedChannel& retained) {
    return retained.name() == channel;
  });
}

Result<RetainedChannel*> ChannelIndex::CurrentLocked(Bytes channel, int64_t now_unix_ms) {
  RetainedChannel* const retained = FindRetainedLocked(channel);
  if (retained == nullptr) return NotRetained(channel);
  retained->log.Trim(retained->options, now_unix_ms);
  return retained;
}

Status ChannelIndex::Declare(Bytes channel, const RetentionOptions& options, int64_t now_unix_ms,
                             Journaling journal) {
  if (channel.size() > limits::kNameBytes) {
    return Status(Code::kTooLarge,
                  absl::StrCat("a channel of ", channel.size(), " bytes is over the limit of ",
                               limits::kNameBytes));
  }
  KONTOR_RETURN_IF_ERROR(Validate(options));
  const std::string encoded = Encode(options);
  MutexLock lock(&mutex_);
  if (closed_) return EngineIsClosed();
  const RetainedChannel* const found = FindRetainedLocked(channel);
  if (found != nullptr && found->options == options) return Ok();
  if (found != nullptr && found->options.durable != options.durable) {
    return Status(Code::kInvalid,
                  "a channel cannot change between durable and memory-only; delete it first");
  }
  if (found == nullptr && retained_.size() >= limits::kRetainedChannels) {
    return Status(Code::kFull,
                  absl::StrCat("there are ", limits::kRetainedChannels,
                               " channels that keep messages, the limit; delete some"));
  }
  const ChannelEffect effect{.kind = ChannelEffectKind::kChannelDeclare,
                             .channel = channel,
                             .sequence = found == nullptr ? 0 : found->log.last(),
                             .time_unix_ms = now_unix_ms,
                             .body = encoded};
  std::string effects;
  if (options.durable != 0) EncodeEffect(effect, &effects);
  KONTOR_RETURN_IF_ERROR(ApplyLocked(effect));
  if (!effects.empty()) journal(effects);
  return Ok();
}

Status ChannelIndex::Forget(Bytes channel, Journaling journal) {
  MutexLock lock(&mutex_);
  if (closed_) return EngineIsClosed();
  const RetainedChannel* const found = FindRetainedLocked(channel);
  if (found == nullptr) return NotRetained(channel);
  std::string effects;
  if (found->options.durable != 0) {
    EncodeEffect(ChannelEffect{.kind = ChannelEffectKind::kChannelDelete, .channel = channel},
                 &effects);
  }
  ApplyDeleteLocked(channel);
  if (!effects.empty()) journal(effects);
  return Ok();
}

Status ChannelIndex::SubscribeFrom(const std::shared_ptr<Mailbox>& mailbox, Bytes channel,
                                   uint64_t tag, const JoinPoint& from, int64_t now_unix_ms) {
  if (from.from == JoinPoint::From::kNow) {
    return Subscribe(mailbox, SubjectKind::kChannel, channel, tag);
  }
  MutexLock lock(&mutex_);
  KONTOR_ASSIGN_OR_RETURN(RetainedChannel* const retained, CurrentLocked(channel, now_unix_ms));
  const MessageLog& log = retained->log;
  KONTOR_ASSIGN_OR_RETURN(const Start start, StartAt(log, channel, from));
  std::unique_ptr<Backlog> backlog;
  if (start.missing != 0 || start.first <= log.last()) {
    backlog = std::make_unique<Backlog>(log, start.first, start.missing, tag);
  }
  return SubscribeLocked(mailbox, SubjectKind::kChannel, channel, tag, std::move(backlog));
}

Status ChannelIndex::ReadRetained(Bytes channel, uint64_t sequence, size_t count,
                                  int64_t now_unix_ms, Delivery* deliveries, size_t* read) {
  *read = 0;
  MutexLock lock(&mutex_);
  KONTOR_ASSIGN_OR_RETURN(RetainedChannel* const retained, CurrentLocked(channel, now_unix_ms));
  const MessageLog& log = retained->log;
  KONTOR_ASSIGN_OR_RETURN(const Start start, StartAt(log, channel, sequence));
  if (start.missing != 0 && count != 0) {
    TellGap(channel, start.missing, &deliveries[0]);
    ++*read;
  }
  for (uint64_t at = start.first; at <= log.last() && *read < count; ++at) {
    TellKept(*log.At(at).publication, &deliveries[*read]);
    ++*read;
  }
  for (size_t i = 0; i < *read; ++i) deliveries[i].tags.clear();
  return Ok();
}

Result<RetentionFigures> ChannelIndex::FiguresOf(Bytes channel, int64_t now_unix_ms) {
  MutexLock lock(&mutex_);
  KONTOR_ASSIGN_OR_RETURN(RetainedChannel* const retained, CurrentLocked(channel, now_unix_ms));
  const MessageLog& log = retained->log;
  return RetentionFigures{.options = retained->options,
                          .first_sequence = log.first(),
                          .last_sequence = log.last(),
                          .count = log.count(),
                          .bytes = log.bytes()};
}

void ChannelIndex::KeepLocked(RetainedChannel* channel, const Publication& publication,
                              int64_t now_unix_ms) {
  publication.AddWaiting(1);
  channel->log.Append(&publication, now_unix_ms);
  channel->log.Trim(channel->options, now_unix_ms);
  const size_t bytes = channel->log.memory_bytes();
  if (bytes == channel->counted_bytes) return;
  retained_bytes_ += bytes - std::exchange(channel->counted_bytes, bytes);
  CountMemoryLocked();
}

// ------------------------------------------------------------------ effects

Status ChannelIndex::Apply(const ChannelEffect& effect) {
  MutexLock lock(&mutex_);
  return ApplyLocked(effect);
}

Status ChannelIndex::ApplyLocked(const ChannelEffect& effect) {
  switch (effect.kind) {
    case ChannelEffectKind::kChannelDeclare:
      return ApplyDeclareLocked(effect);
    case ChannelEffectKind::kChannelDelete:
      ApplyDeleteLocked(effect.channel);
      return Ok();
    case ChannelEffectKind::kChannelPublish:
      return ApplyPublishLocked(effect);
  }
  return Status(Code::kCorrupt, "an effect of a channel is of no kind");
}

Status ChannelIndex::ApplyDeclareLocked(const ChannelEffect& effect) {
  RetentionOptions options;
  KONTOR_RETURN_IF_ERROR(Decode(effect.body, &options));
  RetainedChannel* channel = FindRetainedLocked(effect.channel);
  if (channel != nullptr) {
    channel->options = options;
    channel->log.Trim(options, effect.time_unix_ms);
    return Ok();
  }
  channel = RetainedChannel::Make(effect.channel, NameHash(effect.channel), options,
                                  effect.sequence, budget_);
  retained_.Insert(channel);
  retained_bytes_ += channel->heap_bytes();
  CountMemoryLocked();
  return Ok();
}

void ChannelIndex::ApplyDeleteLocked(Bytes channel) {
  RetainedChannel* const found = FindRetainedLocked(channel);
  if (found == nullptr) return;
  retained_.Remove(found);
  retained_bytes_ -= found->heap_bytes() + found->counted_bytes;
  RetainedChannel::Free(found);
  CountMemoryLocked();
}

Status ChannelIndex::ApplyPublishLocked(const ChannelEffect& effect) {
  RetainedChannel* const channel = FindRetainedLocked(effect.channel);
  if (channel == nullptr) {
    return Status(Code::kCorrupt, absl::StrCat("a record publishes on channel ",
                                               Quoted(effect.channel), ", which was not declared"));
  }
  if (effect.sequence <= channel->log.last()) return Ok();  // it was contained already
  if (effect.sequence != channel->log.last() + 1) {
    return Status(Code::kCorrupt, absl::StrCat("a record publishes message ", effect.sequence,
                                               " on channel ", Quoted(effect.channel),
                                               ", which has come to ", channel->log.last()));
  }
  const PublicationRef publication = Publication::Make(effect.channel, effect.body, {}, budget_);
  publication->set_sequence(channel->log.Reserve());
  KeepLocked(channel, *publication, effect.time_unix_ms);
  return Ok();
}

std::vector<std::string> ChannelIndex::RetainedChannels(Bytes pattern) const {
  std::vector<std::string> names;
  MutexLock lock(&mutex_);
  retained_.ForEach([&](const RetainedChannel* channel) {
    if (GlobMatch(pattern, channel->name())) names.emplace_back(channel->name());
  });
  return names;
}

void ChannelIndex::DescribeLocked(Visit visit) const {
  retained_.ForEach([&](const RetainedChannel* channel) {
    if (channel->options.durable == 0) return;
    const MessageLog& log = channel->log;
    const std::string options = Encode(channel->options);
    visit({.kind = ChannelEffectKind::kChannelDeclare,
           .channel = channel->name(),
           .sequence = log.first() - 1,
           .body = options});
    for (uint64_t at = log.first(); at <= log.last(); ++at) {
      const HistoryBlock::Kept& kept = log.At(at);
      visit({.kind = ChannelEffectKind::kChannelPublish,
             .channel = channel->name(),
             .sequence = at,
             .time_unix_ms = kept.published_unix_ms,
             .body = kept.publication->body});
    }
  });
}

}  // namespace kontor
