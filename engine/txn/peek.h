#ifndef KONTOR_TXN_PEEK_H_
#define KONTOR_TXN_PEEK_H_

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "txn/core.h"

namespace kontor {

// The short way of a read: copies the text of a short string into the buffer without an operation
// and without a lock, as of one moment between call and return. kOk, kNotFound, kTooSmall (with the
// length), or kAgain: whatever it is, only an operation can tell.
Code PeekText(Core* core, uint32_t database, Bytes key, char* buffer, size_t capacity,
              size_t* length);

}  // namespace kontor

#endif  // KONTOR_TXN_PEEK_H_
