#ifndef KONTOR_TXN_PUT_H_
#define KONTOR_TXN_PUT_H_

#include <cstdint>

#include "base/bytes.h"
#include "base/hash_inline.h"
#include "base/status.h"
#include "txn/core.h"

namespace kontor {

// The short way of a write: the key becomes a short string, whatever it was, without an operation.
// Only where nothing is journaled. kOk; kAgain: only an operation can do it, and nothing was
// changed. Throws std::bad_alloc, and then nothing was changed either.
inline Code PutText(Core* core, uint32_t database, Bytes key, Bytes text,
                    int64_t deadline_unix_ms) {
  if (core->journal != nullptr || core->memory.over() || !Record::FitsInline(key, text)) {
    return Code::kAgain;
  }
  const uint64_t hash = core->keyspace.hasher().Inline(key);
  Shard* const shard = core->keyspace.ShardOf(hash);
  shard->BringBucketNear(database, hash, /*to_put=*/true);
  const SequenceLockHolder lock(shard->lock());
  if (core->closed.load(std::memory_order_relaxed)) return Code::kAgain;
  if (shard->is_observed() || core->key_events.wanted() != 0) return Code::kAgain;
  shard->SetText(database, key, hash, text, deadline_unix_ms);
  return Code::kOk;
}

// The same for a long string, or where there is a journal: what the record and the journal need is
// made without the lock. Answers as Execute does, also kAgain as above.
Status PutTextPrepared(Core* core, uint32_t database, Bytes key, Bytes text,
                       int64_t deadline_unix_ms);

}  // namespace kontor

#endif  // KONTOR_TXN_PUT_H_
