#ifndef KONTOR_TXN_CORE_H_
#define KONTOR_TXN_CORE_H_

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/status.h"
#include "base/striped_counters.h"
#include "broker/channel_index.h"
#include "broker/queue_registry.h"
#include "keyspace/keyspace.h"
#include "persist/journal.h"

namespace kontor {

// The parts of an engine that a write passes through. Owned by db/engine.h; every part is
// thread-safe by its own locks.
struct Core {
  Core(uint32_t shards, uint64_t hash_seed, Clock* engine_clock)
      : keyspace(shards, hash_seed), clock(engine_clock) {}

  Keyspace keyspace;
  QueueRegistry queues;
  ChannelIndex channels;
  Clock* const clock;
  Journal* journal = nullptr;  // null: nothing is written (Durability::kMemory); set once, before
                               // the first operation
  Durability durability = Durability::kMemory;
  // Set when the engine closes, before it takes every lock once: an operation looks at it under its
  // locks, so each one either comes before the close, journal and all, or answers kClosed.
  std::atomic<bool> closed{false};
  std::atomic<uint64_t> expired_keys{0};
  // Of keys that were looked up to be read.
  enum Lookup : size_t { kHits, kMisses };
  StripedCounters<2> lookups;
};

// What an operation answers on an engine that was closed.
inline Status EngineClosed() { return Status(Code::kClosed, "the engine was closed"); }

// What is left to do of a commit once its locks are released. `lsn` is its place in the journal, 0
// if it has none.
inline Status AwaitDurability(Core* core, Lsn lsn) {
  if (lsn == 0 || core->durability != Durability::kSync) return Ok();
  return core->journal->WaitDurable(lsn);
}

}  // namespace kontor

#endif  // KONTOR_TXN_CORE_H_
