#ifndef KONTOR_TXN_PUBLISH_H_
#define KONTOR_TXN_PUBLISH_H_

#include "base/bytes.h"
#include "base/status.h"
#include "broker/channel_index.h"
#include "txn/core.h"

namespace kontor {

// Publishes a message, whose result it fills in. What a durable channel keeps of it is journaled in
// the same step, so that the journal has the order of the sequences, and waits for the engine's
// durability. kNoMemory, kReadOnly and kClosed: nothing was published; kIo: it was, but is not
// durable.
Status Publish(Core* core, OutgoingMessage* message, PublishWait wait);
// The same for the engine's own events, from whoever holds locks: nothing is waited for or refused.
void PublishEvent(Core* core, Bytes channel, Bytes body);

}  // namespace kontor

#endif  // KONTOR_TXN_PUBLISH_H_
