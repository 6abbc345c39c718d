#include "txn/make_room.h"

#include <new>
#include <string>

#include "base/limits.h"
#include "base/random.h"
#include "txn/execute.h"

namespace kontor {
namespace {

// Under one lock, so that no shard is held for long.
constexpr size_t kVictimsPerLock = 8;
// What a write pays for where memory is only a little over its limit.
constexpr int kLocksPerWrite = 2;
// Shards a write may find to have too little before it takes what comes.
constexpr int kPassesPerWrite = 4;
// A little: a 64th of the limit.
constexpr int64_t kTolerance = 64;

// The words of Redis, whose clients know them.
Status OutOfMemory() {
  return Status(Code::kNoMemory, "command not allowed when used memory > 'maxmemory'.");
}

Status LargerThanLimit(size_t bytes, int64_t limit_bytes) {
  return Status(Code::kNoMemory, OutOfMemory().message() + " It brings " + std::to_string(bytes) +
                                     " bytes at once, and the limit is " +
                                     std::to_string(limit_bytes) + ".");
}

bool FarOver(const MemoryBudget& memory, size_t bytes) {
  return memory.excess_bytes() + static_cast<int64_t>(bytes) > memory.limit_bytes() / kTolerance;
}

// A shard that has clearly less than its share. It is passed over, or shards that were thinned out
// more than others by chance would stay so, and keys in them be evicted before worse ones
// elsewhere.
bool IsLean(Core* core, Shard* shard) {
  shard->lock()->AssertHeld();
  return shard->slab_bytes() * core->keyspace.shard_count() <
         core->keyspace.arena()->used_bytes() / 8 * 7;
}

struct Progress {
  bool made = false;    // something was evicted or given back
  bool passed = false;  // the shard was passed over
};

// Until so many bytes more have room.
Status EvictSome(Core* core, uint32_t index, size_t bytes, bool may_pass, Progress* progress) {
  *progress = {};
  Status status = ExecuteWithoutWaiting(core, ShardSet::Of(index), 0, [&](Operation& operation) {
    Shard* const shard = core->keyspace.shard(index);
    shard->lock()->AssertHeld();
    if (may_pass && IsLean(core, shard)) {
      progress->passed = true;
      return Ok();
    }
    Random random(core->NextSeed());
    for (size_t i = 0; i < kVictimsPerLock && !HasRoom(*core, bytes); ++i) {
      if (operation.effects().size() > limits::kReclaimRecordBytes) break;
      uint32_t database = 0;
      const Record* const victim = shard->ChooseVictim(core->keyspace.eviction(),
                                                       operation.now_unix_ms(), &random, &database);
      if (victim == nullptr) break;
      const bool expired = victim->ExpiredAt(operation.now_unix_ms());
      if (!expired) shard->NoteEvicted(core->keyspace.Hash(victim->key()), *victim);
      operation.Reclaim(database, victim->key(),
                        expired ? Operation::Reclaimed::kExpired : Operation::Reclaimed::kEvicted);
      (expired ? core->expired_keys : core->evicted_keys).fetch_add(1, std::memory_order_relaxed);
      progress->made = true;
      // What it takes is only given back without the lock.
      if (!core->keyspace.lazy_free()->empty()) break;
    }
    // What was freed in many runs of memory is gathered into whole ones, which others can use.
    if (!HasRoom(*core, bytes) && shard->Compact()) progress->made = true;
    return Ok();
  });
  core->keyspace.lazy_free()->FreeAll();  // it is the memory that is wanted
  return status;
}

}  // namespace

Status MakeRoom(Core* core, uint32_t shard, size_t bytes) {
  const int64_t limit_bytes = core->memory.limit_bytes();
  if (static_cast<int64_t>(bytes) > limit_bytes) return LargerThanLimit(bytes, limit_bytes);
  core->keyspace.lazy_free()->FreeAll();
  if (HasRoom(*core, bytes)) return Ok();
  if (core->keyspace.eviction() == Eviction::kNone) return OutOfMemory();
  const uint32_t shards = core->keyspace.shard_count();
  uint32_t barren = 0;
  int passes = 0;
  for (int locks = 0; !HasRoom(*core, bytes); ++locks) {
    if (locks >= kLocksPerWrite && !FarOver(core->memory, bytes)) return Ok();
    Progress progress;
    // A failure means that the engine closes or is read-only.
    if (!EvictSome(core, shard, bytes, passes < kPassesPerWrite, &progress).ok()) return Ok();
    barren = progress.made || progress.passed ? 0 : barren + 1;
    if (barren == shards) return OutOfMemory();
    if (progress.passed) {
      ++passes;
      --locks;
    }
    // Its own shard first; the others share what is more than that.
    if (!progress.made || locks >= kLocksPerWrite) shard = (shard + 1) % shards;
  }
  return Ok();
}

Status CheckRoomUnderLocks(const Core& core, size_t bytes) {
  const int64_t limit_bytes = core.memory.limit_bytes();
  if (static_cast<int64_t>(bytes) > limit_bytes) return LargerThanLimit(bytes, limit_bytes);
  const bool evicts = core.keyspace.eviction() != Eviction::kNone;
  return evicts || HasRoom(core, bytes) ? Ok() : OutOfMemory();
}

void PayBack(Core* core, uint32_t shard) noexcept {
  if (!FarOver(core->memory, 0)) return;
  try {
    // Whether there was anything to evict is for the next writer to learn.
    static_cast<void>(MakeRoom(core, shard, 0));
  } catch (const std::bad_alloc&) {
    return;  // the next writer pays
  }
}

bool EvictFor(Core* core, int64_t budget_ns) {
  if (core->keyspace.eviction() == Eviction::kNone) return true;
  const int64_t end_ns = core->clock->MonotonicNs() + budget_ns;
  uint32_t barren = 0;
  while (core->memory.over() && barren < core->keyspace.shard_count()) {
    Progress progress;
    if (!EvictSome(core, core->NextShard(), 0, /*may_pass=*/false, &progress).ok()) return true;
    barren = progress.made ? 0 : barren + 1;
    if (core->clock->MonotonicNs() > end_ns) return false;
  }
  return true;
}

}  // namespace kontor
