#ifndef KONTOR_TXN_PEEK_H_
#define KONTOR_TXN_PEEK_H_

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/hash_inline.h"
#include "base/status.h"
#include "txn/core.h"

namespace kontor {

// The short way of a read: copies the text of a short string into the buffer without an operation
// and without a lock, as of one moment between call and return. kOk, kNotFound, kTooSmall (with the
// length), or kAgain: whatever it is, only an operation can tell.
// Not counted among the lookups: an operation may follow. A text that has no more than `stale_ms`
// left to live counts as one that is not there. Inline with all it needs: on a machine that looks
// 500 instructions ahead, a get of fewer than half of that lets the next one wait for its memory at
// the same time.
[[gnu::always_inline]] inline Code PeekText(Core* core, uint32_t database, Bytes key, char* buffer,
                                            size_t capacity, size_t* length, int64_t stale_ms = 0) {
  if (key.size() > Record::kInlineKeyBytes || core->closed.load(std::memory_order_relaxed)) {
    return Code::kAgain;
  }
  int64_t deadline_unix_ms = 0;
  const Segment::Peeked peeked =
      core->keyspace.Peek(database, key, core->keyspace.hasher().Inline(key), buffer, capacity,
                          length, &deadline_unix_ms);
  if (peeked == Segment::Peeked::kNeedsLock) return Code::kAgain;
  const bool found = peeked == Segment::Peeked::kFound &&
                     (deadline_unix_ms == 0 || deadline_unix_ms - stale_ms > core->clock->UnixMs());
  if (!found) return Code::kNotFound;
  return *length <= capacity ? Code::kOk : Code::kTooSmall;
}

}  // namespace kontor

#endif  // KONTOR_TXN_PEEK_H_
