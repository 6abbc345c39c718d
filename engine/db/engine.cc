#include "db/engine.h"

#include <malloc.h>

#include <algorithm>
#include <bit>
#include <new>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "txn/execute.h"
#include "txn/incarnation.h"
#include "txn/lock_set.h"
#include "txn/make_room.h"
#include "verbs/queue_commit.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

constexpr int64_t kTickMs = 100;
// Of every tick, for keys whose deadline has passed.
constexpr int64_t kExpiryBudgetNs = 4'000'000;
// Looked at under one lock, so that no shard is held for long.
constexpr size_t kSegmentsPerLock = 4;
constexpr uint64_t kFieldsPerLock = 256;

// Every shard has some runs of memory that are not full: it should have many more that are.
constexpr int64_t kShardBytes = int64_t{4} << 20;
// Of every tick, for what is over the memory limit.
constexpr int64_t kEvictionBudgetNs = 4'000'000;

uint32_t ShardCount(uint32_t asked, int64_t memory_limit_bytes) {
  constexpr uint32_t kAtLeast = 64;
  if (asked == 0) {
    asked = std::max(kAtLeast, 16 * std::thread::hardware_concurrency());
    const int64_t most = std::max<int64_t>(memory_limit_bytes / kShardBytes, 2);
    if (memory_limit_bytes != 0 && asked > most) {
      asked = std::bit_floor(static_cast<uint32_t>(most));
    }
  }
  return std::clamp(std::bit_ceil(asked), 2u, limits::kShards);
}

uint64_t SeedOf(const EngineOptions& options) {
  return options.random_seed != 0 ? options.random_seed : Random::SystemSeed();
}

}  // namespace

Engine::Engine(const EngineOptions& options)
    : options_(options),
      core_(ShardCount(options.shards, options.memory_limit_bytes), SeedOf(options), options.clock),
      opened_at_ms_(options.clock->MonotonicMs()),
      random_(SeedOf(options) + 1) {
  SetMemoryLimit(options.memory_limit_bytes);
  SetEviction(options.eviction);
}

Engine::~Engine() {
  // Whoever wants to know of failures calls Close first; here nobody can be told.
  static_cast<void>(Close());
}

Result<std::unique_ptr<Engine>> Engine::Open(const EngineOptions& options) {
  std::unique_ptr<Engine> engine(new Engine(options));
  if (!options.directory.empty() && options.durability != Durability::kMemory) {
    KONTOR_RETURN_IF_ERROR(engine->Recover());
  }
  if (options.background) KONTOR_RETURN_IF_ERROR(engine->StartBackground());
  return engine;
}

Status Engine::Recover() {
  const DataDirectoryOptions directory_options{
      .file_system = options_.file_system,
      .path = options_.directory,
      .sync_interval_ms = options_.sync_interval_ms,
      .snapshot_min_journal_bytes = options_.snapshot_min_journal_bytes,
      .snapshot_growth_percent = options_.snapshot_growth_percent,
  };
  // Nobody else knows this engine yet, so its locks are not taken; nothing is expired during
  // replay.
  const EffectHandler replay = [this](const Effect& effect) {
    if (const auto* change = std::get_if<KeyEffect>(&effect); change != nullptr) {
      return core_.keyspace.Apply(*change);
    }
    if (const auto* change = std::get_if<ChannelEffect>(&effect); change != nullptr) {
      return core_.channels.Apply(*change);
    }
    return core_.queues.Apply(std::get<QueueEffect>(effect));
  };
  KONTOR_ASSIGN_OR_RETURN(directory_, DataDirectory::Open(directory_options, replay, &recovery_));
  core_.journal = directory_->journal();
  core_.durability = options_.durability;
  core_.journal->CountIn(&core_.memory);
  core_.incarnation_begun.store(false, std::memory_order_relaxed);
  for (const std::shared_ptr<WorkQueue>& queue : core_.queues.All()) {
    verbs::ReleaseLeases(&core_, queue.get());
  }
  last_save_unix_ms_.store(core_.clock->UnixMs(), std::memory_order_relaxed);
  // The data may be larger than the limit is now. Only here, because a record that is replayed
  // needs what those before it made; so the peak of a recovery is the data's.
  EvictFor(&core_, INT64_MAX / 2);
  return Ok();
}

Status Engine::StartBackground() {
  core_.keyspace.arena()->set_toucher(&background_work_);
  core_.keyspace.lazy_free()->Begin();
  return background_.Start("tick", [this] {
    int64_t tick_due_ms = Clock::System()->MonotonicMs() + kTickMs;
    while (true) {
      const bool frees = core_.keyspace.lazy_free()->FreeSome();
      const int64_t pause_ms = frees ? 0 : tick_due_ms - Clock::System()->MonotonicMs();
      if (background_work_.Wait(std::max<int64_t>(pause_ms, 0)) == WakeReason::kInterrupted) return;
      try {
        core_.keyspace.arena()->TouchAhead();
        if (Clock::System()->MonotonicMs() < tick_due_ms) continue;
        tick_due_ms = Clock::System()->MonotonicMs() + kTickMs;
        Tick();
      } catch (const std::bad_alloc&) {
        // No memory now: what is left of this round is done in a later one.
        continue;
      }
    }
  });
}

void Engine::Tick() {
  if (InForkedChild()) return;
  if (background_expiry_.load(std::memory_order_relaxed)) ExpireKeys();
  CatchUpQueues();
  core_.channels.TellOfInterest(core_.clock->MonotonicMs());
  EvictFor(&core_, kEvictionBudgetNs);
  TrimHeap();
  if (persistent() && directory_->SnapshotDue()) SnapshotInBackground();
}

// A snapshot that fails leaves the journal as it is. Each failure doubles the pause before the next
// attempt, so that a full disk does not stop the writers again and again; Snapshot and Close report
// why.
void Engine::SnapshotInBackground() {
  const int64_t now_ms = core_.clock->MonotonicMs();
  if (now_ms < next_snapshot_ms_) return;
  if (Snapshot().ok()) {
    snapshot_pause_ms_ = kFirstSnapshotPauseMs;
    return;
  }
  next_snapshot_ms_ = now_ms + snapshot_pause_ms_;
  snapshot_pause_ms_ = std::min(2 * snapshot_pause_ms_, kLongestSnapshotPauseMs);
}

// Goes on where the last round stopped for want of time, so that a burst of deadlines costs no more
// than a share of one processor.
void Engine::ExpireKeys() {
  const int64_t end_ns = core_.clock->MonotonicNs() + kExpiryBudgetNs;
  for (uint32_t looked_at = 0; looked_at < core_.keyspace.shard_count(); ++looked_at) {
    if (!ExpireShard(expiry_shard_, end_ns)) return;
    expiry_shard_ = (expiry_shard_ + 1) % core_.keyspace.shard_count();
  }
}

bool Engine::ExpireShard(uint32_t index, int64_t end_ns) {
  for (uint32_t database = 0; database < limits::kDatabases; ++database) {
    {
      Shard* const shard = core_.keyspace.shard(index);
      const SequenceLockHolder lock(shard->lock());
      if (!shard->table(database).may_expire()) continue;
    }
    uint64_t cursor = 0;
    bool done = false;
    while (!done) {
      // A failure means that the engine closes or is read-only: expired keys stay, unseen.
      if (!ExpireSome(index, database, &cursor, &done).ok()) return false;
      if (core_.clock->MonotonicNs() > end_ns) return false;
    }
  }
  return true;
}

Status Engine::ExpireSome(uint32_t shard_index, uint32_t database, uint64_t* cursor, bool* done) {
  const uint64_t begin = *cursor;
  return ExecuteWithoutWaiting(
      &core_, ShardSet::Of(shard_index), database, [&](Operation& operation) {
        Shard* const shard = core_.keyspace.shard(shard_index);
        shard->lock()->AssertHeld();
        const std::vector<const Record*> expired =
            shard->FindExpired(database, cursor, kSegmentsPerLock, operation.now_unix_ms());
        uint64_t reclaimed = 0;
        uint64_t fields_left = kFieldsPerLock;
        for (const Record* record : expired) {
          if (operation.effects().size() > limits::kReclaimRecordBytes) break;
          if (record->ExpiredAt(operation.now_unix_ms())) {
            operation.Reclaim(database, record->key(), Operation::Reclaimed::kExpired);
            ++reclaimed;
          } else {
            fields_left -= operation.ReclaimFields(database, record->key(), fields_left);
          }
        }
        core_.expired_keys.fetch_add(reclaimed, std::memory_order_relaxed);
        if (fields_left == 0) *cursor = begin;
        *done = *cursor == 0 && fields_left != 0;
        return Ok();
      });
}

// What hangs off records lies on the heap, whose holes malloc keeps for what fits into them: after
// a large delete they are all that is left, and as the sizes of values change under a limit they
// would come on top of it. Walking the heap takes a while, so no more than a twentieth of the time
// goes into it.
void Engine::TrimHeap() {
#ifdef __GLIBC__
  constexpr int64_t kLeastPauseMs = 500;
  constexpr int64_t kPauseFactor = 20;
  constexpr int64_t kHeapParts = 64;  // of the limit: less is not worth it
  constexpr int64_t kPeakParts = 4;   // of the most there was
  constexpr int64_t kLeastFreedBytes = int64_t{8} << 20;
  const uint64_t evicted = core_.evicted_keys.load(std::memory_order_relaxed);
  const int64_t begin_ms = core_.clock->MonotonicMs();
  const int64_t heap_bytes =
      core_.memory.used_bytes() - core_.memory.used_bytes(MemoryPurpose::kKeys);
  heap_peak_bytes_ = std::max(heap_peak_bytes_, heap_bytes);
  const int64_t freed_bytes = heap_peak_bytes_ - heap_bytes;
  const bool freed_much = freed_bytes > std::max(heap_peak_bytes_ / kPeakParts, kLeastFreedBytes);
  const bool sizes_change = core_.memory.limited() && evicted != evicted_at_trim_ &&
                            heap_bytes >= core_.memory.limit_bytes() / kHeapParts;
  if (begin_ms < next_trim_ms_ || (!freed_much && !sizes_change)) return;
  evicted_at_trim_ = evicted;
  heap_peak_bytes_ = heap_bytes;
  malloc_trim(0);
  const int64_t took_ms = core_.clock->MonotonicMs() - begin_ms;
  next_trim_ms_ = begin_ms + std::max(kLeastPauseMs, kPauseFactor * took_ms);
#endif
}

void Engine::CatchUpQueues() {
  for (const std::shared_ptr<WorkQueue>& queue : core_.queues.Awake()) {
    verbs::CatchUp(&core_, queue.get());
  }
}

Status Engine::Sync() { return core_.journal == nullptr ? Ok() : core_.journal->Sync(); }

Status Engine::WriteState(SnapshotWriter* writer) {
  for (uint32_t index = 0; index < core_.keyspace.shard_count(); ++index) {
    Shard* const shard = core_.keyspace.shard(index);
    shard->lock()->AssertHeld();
    for (uint32_t database = 0; database < limits::kDatabases; ++database) {
      shard->table(database).ForEach([&](const Record& record) {
        record.Describe(database, [&](const KeyEffect& effect) { writer->Add(effect); });
      });
    }
  }
  return writer->status();
}

Status Engine::Snapshot() {
  if (!persistent()) {
    return Status(Code::kUnsupported, "an engine in memory has no files to write a snapshot to");
  }
  const MutexLock one_at_a_time(&snapshot_mutex_);
  std::unique_ptr<SnapshotWriter> writer;
  {
    const ShardLocks shard_locks(&core_.keyspace, core_.keyspace.AllShards());
    const MutexLock registry_lock(core_.queues.mutex());
    const std::vector<std::shared_ptr<WorkQueue>> queues = core_.queues.AllLocked();
    const QueueLocks queue_locks(queues);
    const MutexLock channels_lock(core_.channels.mutex());
    KONTOR_ASSIGN_OR_RETURN(writer, directory_->BeginSnapshot());
    writer->CountIn(&core_.memory);
    KONTOR_RETURN_IF_ERROR(WriteState(writer.get()));
    core_.queues.DescribeLocked([&](const QueueEffect& effect) { writer->Add(effect); });
    for (const std::shared_ptr<WorkQueue>& queue : queues) {
      queue->mutex()->AssertHeld();
      if (!queue->options().durable) continue;
      queue->Describe([&](const QueueEffect& effect) { writer->Add(effect); });
    }
    core_.channels.DescribeLocked([&](const ChannelEffect& effect) { writer->Add(effect); });
    KONTOR_RETURN_IF_ERROR(writer->status());
  }
  KONTOR_RETURN_IF_ERROR(directory_->CommitSnapshot(std::move(writer)));
  snapshots_.fetch_add(1, std::memory_order_relaxed);
  last_save_unix_ms_.store(core_.clock->UnixMs(), std::memory_order_relaxed);
  return Ok();
}

void Engine::WakeAll() {
  for (uint32_t index = 0; index < core_.keyspace.shard_count(); ++index) {
    Shard* const shard = core_.keyspace.shard(index);
    const SequenceLockHolder lock(shard->lock());
    shard->NotifyAllWaiters();
  }
  core_.queues.WakeAll();
  clients_.WakeAll();
}

void Engine::EndOperations() {
  core_.closed.store(true, std::memory_order_relaxed);
  {
    // Whoever holds a lock now was before the close; whoever takes one later sees the flag.
    const ShardLocks shard_locks(&core_.keyspace, core_.keyspace.AllShards());
    const MutexLock registry_lock(core_.queues.mutex());
    const std::vector<std::shared_ptr<WorkQueue>> queues = core_.queues.AllLocked();
    const QueueLocks queue_locks(queues);
    for (const std::shared_ptr<WorkQueue>& queue : queues) {
      queue->mutex()->AssertHeld();
      queue->Close();
    }
  }
  core_.channels.CloseAll();
  core_.shard_channels.CloseAll();
  WakeAll();
}

Status Engine::Close() {
  if (closed_) return Ok();
  closed_ = true;
  // In a forked child the threads are gone and the files are the parent's: touch neither.
  if (InForkedChild()) return Ok();
  background_work_.Interrupt();
  background_.Join();
  Status status;
  try {
    EndOperations();
    EndIncarnation(&core_);
    const bool snapshot_due =
        persistent() && options_.snapshot_at_close && !directory_->SnapshotIsCurrent();
    if (snapshot_due) status = Snapshot();
  } catch (const std::bad_alloc&) {
    // What was journaled is kept all the same, and the directory given up.
    status = Status(Code::kNoMemory);
  }
  if (!persistent()) return status;
  const Status closed = directory_->Close();
  return status.ok() ? closed : status;
}

// A lower limit comes in steps, and what is over each is evicted here: a writer who comes meanwhile
// finds little to make up for.
void Engine::SetMemoryLimit(int64_t bytes) {
  constexpr int64_t kParts = 128;
  const int64_t limit = bytes == 0 ? MemoryBudget::kNoLimit : bytes;
  int64_t used = core_.memory.used_bytes();
  while (core_.keyspace.eviction() != Eviction::kNone && used > limit) {
    core_.memory.set_limit_bytes(std::max(limit, used - used / kParts));
    EvictFor(&core_, INT64_MAX / 2);
    const int64_t before = std::exchange(used, core_.memory.used_bytes());
    if (used >= before) break;  // there is nothing more to evict
  }
  core_.memory.set_limit_bytes(limit);
  if (core_.journal != nullptr) core_.journal->CountIn(&core_.memory);
}

// What is over the limit, because nothing could be evicted so far, goes now.
void Engine::SetEviction(Eviction eviction) {
  core_.keyspace.set_eviction(eviction);
  const int64_t limit = core_.memory.limit_bytes();
  if (limit != MemoryBudget::kNoLimit) SetMemoryLimit(limit);
}

EngineCounters Engine::CountersSinceOpen() const {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  return {.expired_keys = core_.expired_keys.load(kRelaxed),
          .expired_fields = core_.expired_fields.load(kRelaxed),
          .evicted_keys = core_.evicted_keys.load(kRelaxed),
          .hits = core_.lookups.Sum(Core::kHits),
          .misses = core_.lookups.Sum(Core::kMisses),
          .slow_operations = core_.slow_operations.load(kRelaxed)};
}

EngineCounters Engine::counters() const {
  EngineCounters counters = CountersSinceOpen();
  const MutexLock lock(&counters_mutex_);
  counters.expired_keys -= counters_before_.expired_keys;
  counters.expired_fields -= counters_before_.expired_fields;
  counters.evicted_keys -= counters_before_.evicted_keys;
  counters.hits -= counters_before_.hits;
  counters.misses -= counters_before_.misses;
  counters.slow_operations -= counters_before_.slow_operations;
  return counters;
}

void Engine::ResetCounters() {
  const EngineCounters now = CountersSinceOpen();
  const MutexLock lock(&counters_mutex_);
  counters_before_ = now;
}

MemoryUsage Engine::memory_usage() const {
  MemoryUsage usage;
  for (size_t i = 0; i < kMemoryPurposes; ++i) {
    usage.purpose_bytes[i] = core_.memory.used_bytes(static_cast<MemoryPurpose>(i));
    usage.used_bytes += usage.purpose_bytes[i];
  }
  if (core_.memory.limited()) usage.limit_bytes = core_.memory.limit_bytes();
  usage.evicted_keys = core_.evicted_keys.load(std::memory_order_relaxed);
  return usage;
}

uint64_t Engine::journal_bytes() const {
  return core_.journal == nullptr ? 0 : core_.journal->bytes_since_rotation();
}

uint64_t Engine::NextRandom() {
  const MutexLock lock(&random_mutex_);
  return random_.Next();
}

}  // namespace kontor
