#ifndef KONTOR_TXN_INCARNATION_H_
#define KONTOR_TXN_INCARNATION_H_

#include "base/status.h"
#include "txn/core.h"

namespace kontor {

// Before the first message is sent or taken since the engine was opened: makes sure that no id and
// no receipt is given out that an earlier process may have given out, also if the end of its
// journal was lost. Durable before it returns, whatever the engine's durability; after the first
// time it costs nothing. kReadOnly, kIo.
Status EnsureIncarnation(Core* core);

}  // namespace kontor

#endif  // KONTOR_TXN_INCARNATION_H_
