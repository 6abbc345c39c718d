#ifndef KONTOR_VERBS_CHANNELS_H_
#define KONTOR_VERBS_CHANNELS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/status.h"
#include "base/waiter.h"
#include "broker/channel_index.h"
#include "txn/core.h"

// What can be done with channels (publishing: txn/publish.h) and with those that keep messages.
// What durable ones are is journaled under the lock of the index, and waits for the engine's
// durability.
namespace kontor::verbs {

// See ChannelIndex::Declare, Forget, SubscribeFrom, ReadRetained, FiguresOf. kReadOnly.
Status DeclareChannel(Core* core, Bytes channel, const RetentionOptions& options);
Status DeleteChannel(Core* core, Bytes channel);
Status JoinChannel(Core* core, const std::shared_ptr<Mailbox>& mailbox, Bytes channel, uint64_t tag,
                   const JoinPoint& from);
Status ReadChannel(Core* core, Bytes channel, uint64_t sequence, size_t count, Delivery* deliveries,
                   size_t* read);
Result<RetentionFigures> ChannelFigures(Core* core, Bytes channel);

// Publishes a message that wants replies, without waiting for room. kNotFound where nobody gets it,
// kFull where those who would have no room.
Status PublishRequest(Core* core, OutgoingMessage* request);
// Publishes a message with a channel of its own to reply on, and waits for the first reply, as
// Mailbox::Next. `inbox` is empty and unknown to the engine before, and closed afterwards.
// What PublishRequest answers, and kTimeout, kInterrupted.
Status Request(Core* core, const std::shared_ptr<Mailbox>& inbox, Bytes channel, Bytes body,
               int64_t timeout_ms, Waiter* waiter, Delivery* reply);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_CHANNELS_H_
