#include "txn/put.h"

#include <string>

#include "base/effect.h"
#include "txn/make_room.h"

namespace kontor {

Status PutTextPrepared(Core* core, uint32_t database, Bytes key, Bytes text,
                       int64_t deadline_unix_ms) {
  const bool is_short = Record::FitsInline(key, text);
  const bool is_journaled = core->journal != nullptr;
  if ((is_short && !is_journaled) || !HasRoom(*core, text.size())) return Status(Code::kAgain);
  // All that may find no memory, or takes its time, comes before anything is locked or changed.
  std::string effect;
  if (is_journaled) {
    KONTOR_RETURN_IF_ERROR(core->journal->CheckWritable());
    constexpr size_t kOtherBytes = 32;  // the kind, and numbers
    effect.reserve(key.size() + text.size() + kOtherBytes);
    EncodeEffect(KeyEffect{.kind = KeyEffectKind::kStringSet,
                           .database = database,
                           .key = key,
                           .value = text,
                           .number = deadline_unix_ms},
                 &effect);
  }
  Record::Content content;
  if (!is_short) content = Record::Content::OfString(key, text, deadline_unix_ms);
  const uint64_t hash = core->keyspace.Hash(key);
  Shard* const shard = core->keyspace.ShardOf(hash);
  shard->BringBucketNear(database, hash, /*to_put=*/true);
  Lsn lsn = 0;
  {
    const SequenceLockHolder lock(shard->lock());
    if (core->closed.load(std::memory_order_relaxed)) return EngineClosed();
    if (shard->is_observed() || core->key_events.wanted() != 0) return Status(Code::kAgain);
    if (is_short) {
      shard->SetText(database, key, hash, text, deadline_unix_ms);
    } else {
      Record* const old = shard->Find(database, key, hash);
      if (old != nullptr) shard->NoteUse(old);
      shard->Put(database, hash, &content);
    }
    if (is_journaled) lsn = core->journal->Append(effect);
  }
  return AwaitDurability(core, lsn);
}

}  // namespace kontor
