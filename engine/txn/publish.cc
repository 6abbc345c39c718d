#include "txn/publish.h"

#include "txn/make_room.h"

namespace kontor {
namespace {

// *lsn is left alone where nothing is journaled.
Status PublishNow(Core* core, OutgoingMessage* message, PublishWait wait, Lsn* lsn) {
  const PublishOptions options{
      .wait = wait, .now_unix_ms = core->clock->UnixMs(), .journaled = core->journal != nullptr};
  return core->channels.PublishAll({message, 1}, options, [&](Bytes effects) {
    if (!effects.empty()) *lsn = core->journal->Append(effects);
    return Ok();
  });
}

}  // namespace

Status Publish(Core* core, Bytes channel, Bytes body, PublishWait wait, PublishResult* result) {
  using Demand = ChannelIndex::Demand;
  *result = {};
  KONTOR_RETURN_IF_ERROR(CheckRoom(core, body.size()));
  const Demand demand = core->channels.DemandFor(channel);
  if (demand == Demand::kNone) return Ok();
  if (demand == Demand::kKeptDurably && core->journal != nullptr) {
    KONTOR_RETURN_IF_ERROR(core->journal->CheckWritable());
  }
  Lsn lsn = 0;
  OutgoingMessage message{.channel = channel, .body = body};
  KONTOR_RETURN_IF_ERROR(PublishNow(core, &message, wait, &lsn));
  *result = message.result;
  return AwaitDurability(core, lsn);
}

void PublishEvent(Core* core, Bytes channel, Bytes body) {
  if (core->channels.DemandFor(channel) == ChannelIndex::Demand::kNone) return;
  Lsn lsn = 0;
  OutgoingMessage message{.channel = channel, .body = body};
  // Refused only where the engine is closed: then nobody is there to be told.
  static_cast<void>(PublishNow(core, &message, PublishWait::kNever, &lsn));
}

}  // namespace kontor
