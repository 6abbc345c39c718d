#include "txn/publish.h"

#include <memory>
#include <vector>

#include "txn/make_room.h"
#include "txn/transaction.h"

namespace kontor {
namespace {

using Demand = ChannelIndex::Demand;

// *lsn is left alone where nothing is journaled.
Status PublishNow(Core* core, Demand demand, OutgoingMessage* message, PendingPuts* pending,
                  Lsn* lsn) {
  const bool kept = demand != Demand::kWanted;  // or nobody asks what time it is
  const PublishOptions options{.pending = pending,
                               .may_be_kept = kept,
                               .now_unix_ms = kept ? core->clock->UnixMs() : 0,
                               .journaled = core->journal != nullptr};
  return core->channels.PublishAll({message, 1}, options, [&](Bytes effects) {
    if (!effects.empty()) *lsn = core->journal->Append(effects);
    return Ok();
  });
}

}  // namespace

Status Publish(Core* core, OutgoingMessage* message, PublishWait wait) {
  message->result = {};
  PendingPuts pending;
  PendingPuts* const waiting = wait == PublishWait::kNever ? nullptr : &pending;
  if (core->queues.HasBoundTo(message->channel)) {
    Transaction transaction;
    transaction.AddPublish(message->channel, message->body, message->reply_channel);
    Transaction::Outcome outcome;
    Status status = transaction.Commit(core, 0, core->durability, &outcome, waiting);
    if (!outcome.published.empty()) message->result = outcome.published[0];
    ChannelIndex::WaitForRoom(&pending, &message->result);
    return status;
  }
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, message->body.size()));
  const Demand demand = core->channels.DemandFor(message->channel);
  if (demand == Demand::kNone) return Ok();
  if (demand == Demand::kKeptDurably && core->journal != nullptr) {
    KONTOR_RETURN_IF_ERROR(core->journal->CheckWritable());
  }
  Lsn lsn = 0;
  KONTOR_RETURN_IF_ERROR(PublishNow(core, demand, message, waiting, &lsn));
  ChannelIndex::WaitForRoom(&pending, &message->result);
  return AwaitDurability(core, lsn);
}

void PublishEvent(Core* core, Bytes channel, Bytes body) {
  const Demand demand = core->channels.DemandFor(channel);
  if (demand == Demand::kNone) return;
  Lsn lsn = 0;
  OutgoingMessage message{.channel = channel, .body = body};
  // Refused only where the engine is closed: then nobody is there to be told.
  static_cast<void>(PublishNow(core, demand, &message, nullptr, &lsn));
}

}  // namespace kontor
