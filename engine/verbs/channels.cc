#include "verbs/channels.h"

#include <atomic>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "broker/naming.h"
#include "txn/make_room.h"
#include "txn/publish.h"

namespace kontor::verbs {
namespace {

Status Writable(Core* core) {
  return core->journal == nullptr ? Ok() : core->journal->CheckWritable();
}

}  // namespace

Status DeclareChannel(Core* core, Bytes channel, const RetentionOptions& options) {
  KONTOR_RETURN_IF_ERROR(Writable(core));
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, 0));
  Lsn lsn = 0;
  KONTOR_RETURN_IF_ERROR(
      core->channels.Declare(channel, options, core->clock->UnixMs(), [&](Bytes effects) {
        if (core->journal != nullptr) lsn = core->journal->Append(effects);
      }));
  return lsn == 0 ? AwaitWhatIsThere(core) : AwaitDurability(core, lsn);
}

Status DeleteChannel(Core* core, Bytes channel) {
  KONTOR_RETURN_IF_ERROR(Writable(core));
  Lsn lsn = 0;
  KONTOR_RETURN_IF_ERROR(core->channels.Forget(channel, [&](Bytes effects) {
    if (core->journal != nullptr) lsn = core->journal->Append(effects);
  }));
  return AwaitDurability(core, lsn);
}

Status JoinChannel(Core* core, const std::shared_ptr<Mailbox>& mailbox, Bytes channel, uint64_t tag,
                   const JoinPoint& from) {
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, 0));
  return core->channels.SubscribeFrom(mailbox, channel, tag, from, core->clock->UnixMs());
}

Status ReadChannel(Core* core, Bytes channel, uint64_t sequence, size_t count, Delivery* deliveries,
                   size_t* read) {
  return core->channels.ReadRetained(channel, sequence, count, core->clock->UnixMs(), deliveries,
                                     read);
}

Result<RetentionFigures> ChannelFigures(Core* core, Bytes channel) {
  return core->channels.FiguresOf(channel, core->clock->UnixMs());
}

Status PublishRequest(Core* core, OutgoingMessage* request) {
  KONTOR_RETURN_IF_ERROR(Publish(core, request, PublishWait::kNever));
  // A queue has it now: to say that nobody has would have it sent again.
  if (request->result.mailboxes != 0 || request->result.queues != 0) return Ok();
  if (request->result.lost != 0) {
    return Status(Code::kFull, absl::StrCat("whoever would get the request on channel ",
                                            Quoted(request->channel),
                                            " has a mailbox that is full; try again later"));
  }
  return Status(Code::kNotFound, absl::StrCat("nobody is there to reply: the request on channel ",
                                              Quoted(request->channel), " reached no mailbox"));
}

Status Request(Core* core, const std::shared_ptr<Mailbox>& inbox, Bytes channel, Bytes body,
               int64_t timeout_ms, Waiter* waiter, Delivery* reply) {
  const Countdown countdown(timeout_ms);
  const std::string reply_channel = absl::StrCat(
      AbslView(kReplyChannelPrefix), core->requests.fetch_add(1, std::memory_order_relaxed) + 1);
  const absl::Cleanup leaves = [&] { core->channels.Leave(inbox); };
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, 0));
  KONTOR_RETURN_IF_ERROR(
      core->channels.Subscribe(inbox, SubjectKind::kChannel, reply_channel, /*tag=*/0));
  OutgoingMessage request{.channel = channel, .body = body, .reply_channel = reply_channel};
  KONTOR_RETURN_IF_ERROR(PublishRequest(core, &request));
  return inbox->Next(countdown.RemainingMs(), waiter, reply);
}

}  // namespace kontor::verbs
