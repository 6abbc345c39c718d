#ifndef KONTOR_TXN_CORE_H_
#define KONTOR_TXN_CORE_H_

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/striped_counters.h"
#include "broker/channel_index.h"
#include "broker/queue_registry.h"
#include "keyspace/keyspace.h"
#include "persist/journal.h"
#include "txn/key_events.h"

namespace kontor {

// The parts of an engine that a write passes through. Owned by db/engine.h; every part is
// thread-safe by its own locks.
struct Core {  // NOLINT(clang-analyzer-optin.performance.Padding): lines of their own
  Core(uint32_t shards, uint64_t hash_seed, Clock* engine_clock)
      : keyspace(shards, hash_seed), clock(engine_clock), eviction_seed(hash_seed) {
    keyspace.set_budget(&memory);
    queues.set_budget(&memory);
    channels.set_budget(&memory);
    shard_channels.set_budget(&memory);
  }

  // For choosing at random what to evict. Neighbouring seeds, whose sequences have nothing in
  // common.
  uint64_t NextSeed() { return eviction_seed.fetch_add(1, std::memory_order_relaxed); }
  // Each in turn.
  uint32_t NextShard() {
    return eviction_shard.fetch_add(1, std::memory_order_relaxed) % keyspace.shard_count();
  }

  MemoryBudget memory;  // first, because all others count in it

  Keyspace keyspace;
  QueueRegistry queues;
  ChannelIndex channels;
  ChannelIndex shard_channels;  // those of SPUBLISH, which are others
  Clock* const clock;
  Journal* journal = nullptr;  // null: nothing is written (Durability::kMemory); set once, before
                               // the first operation
  Durability durability = Durability::kMemory;
  // Set when the engine closes, before it takes every lock once: an operation looks at it under its
  // locks, so each one either comes before the close, journal and all, or answers kClosed.
  std::atomic<bool> closed{false};
  // Of queues: see txn/incarnation.h. True where nothing is lost, because nothing is kept.
  std::atomic<bool> incarnation_begun{true};
  Mutex incarnation_mutex;
  KeyEvents key_events;
  // In a line of their own: gets read what is above.
  alignas(64) std::atomic<uint64_t> expired_keys{0};
  std::atomic<uint64_t> expired_fields{0};
  std::atomic<uint64_t> evicted_keys{0};
  std::atomic<uint64_t> slow_operations{0};
  std::atomic<uint64_t> requests{0};  // on channels, each with a channel of its own for the reply
  std::atomic<uint64_t> eviction_seed;
  std::atomic<uint32_t> eviction_shard{0};
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

// Where there is nothing to do because somebody else has done it already: what was found must be
// as durable as if it had been done now.
inline Status AwaitWhatIsThere(Core* core) {
  return core->journal == nullptr ? Ok() : AwaitDurability(core, core->journal->last_lsn());
}

}  // namespace kontor

#endif  // KONTOR_TXN_CORE_H_
