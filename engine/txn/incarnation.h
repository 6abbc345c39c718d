#ifndef KONTOR_TXN_INCARNATION_H_
#define KONTOR_TXN_INCARNATION_H_

#include "base/status.h"
#include "txn/core.h"

namespace kontor {

// Before the first message is sent or taken since an engine with a journal was opened: makes sure
// that no id and no receipt is given out that an earlier process may have given out, also if the
// end of its journal was lost. Durable before it returns, whatever the engine's durability; after
// the first time it costs nothing. kReadOnly, kIo.
Status EnsureIncarnation(Core* core);

// After the last message was sent or taken, before the journal is closed: the ids of the next
// incarnation follow those of this one. (A receipt stays below 2^53, which some clients know no
// number above, for 2^37 messages, or some 8000 incarnations that did not end like this.) Throws
// std::bad_alloc.
void EndIncarnation(Core* core);

}  // namespace kontor

#endif  // KONTOR_TXN_INCARNATION_H_
