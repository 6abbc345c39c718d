#include "txn/put.h"

#include <string>

#include "base/effect.h"

namespace kontor {

Status PutTextJournaled(Core* core, uint32_t database, Bytes key, Bytes text,
                        int64_t deadline_unix_ms) {
  if (core->journal == nullptr || core->memory.over() || !Record::FitsInline(key, text)) {
    return Status(Code::kAgain);
  }
  KONTOR_RETURN_IF_ERROR(core->journal->CheckWritable());
  // Encoded before anything is changed or locked: it may find no memory, and it takes its time.
  constexpr size_t kOtherBytes = 32;  // the kind, and numbers
  std::string effect;
  effect.reserve(key.size() + text.size() + kOtherBytes);
  EncodeEffect(KeyEffect{.kind = KeyEffectKind::kStringSet,
                         .database = database,
                         .key = key,
                         .value = text,
                         .number = deadline_unix_ms},
               &effect);
  const uint64_t hash = core->keyspace.Hash(key);
  Shard* const shard = core->keyspace.ShardOf(hash);
  shard->BringBucketNear(database, hash, /*to_put=*/true);
  Lsn lsn = 0;
  {
    const SequenceLockHolder lock(shard->lock());
    if (core->closed.load(std::memory_order_relaxed)) return EngineClosed();
    if (shard->has_leases()) return Status(Code::kAgain);
    shard->SetText(database, key, hash, text, deadline_unix_ms);
    lsn = core->journal->Append(effect);
  }
  return AwaitDurability(core, lsn);
}

}  // namespace kontor
