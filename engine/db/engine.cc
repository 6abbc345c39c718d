#include "db/engine.h"

#include <algorithm>
#include <bit>
#include <new>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "txn/execute.h"
#include "txn/lock_set.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

constexpr int64_t kTickMs = 100;
constexpr uint64_t kExpiredKeysPerLock =
    64;  // so that a burst of deadlines holds no shard for long

uint32_t ShardCount(uint32_t asked) {
  constexpr uint32_t kAtLeast = 64;
  if (asked == 0) asked = std::max(kAtLeast, 16 * std::thread::hardware_concurrency());
  return std::clamp(std::bit_ceil(asked), 2u, limits::kShards);
}

uint64_t SeedOf(const EngineOptions& options) {
  return options.random_seed != 0 ? options.random_seed : Random::SystemSeed();
}

}  // namespace

Engine::Engine(const EngineOptions& options)
    : options_(options),
      core_(ShardCount(options.shards), SeedOf(options), options.clock),
      random_(SeedOf(options) + 1) {}

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
    return core_.queues.Apply(std::get<QueueEffect>(effect));
  };
  KONTOR_ASSIGN_OR_RETURN(directory_, DataDirectory::Open(directory_options, replay, &recovery_));
  core_.journal = directory_->journal();
  core_.durability = options_.durability;
  for (const std::shared_ptr<WorkQueue>& queue : core_.queues.All()) {
    verbs::ReleaseLeases(&core_, queue.get());
  }
  last_save_unix_ms_.store(core_.clock->UnixMs(), std::memory_order_relaxed);
  return Ok();
}

Status Engine::StartBackground() {
  return background_.Start("tick", [this] {
    while (stop_.Wait(kTickMs) != WakeReason::kInterrupted) {
      try {
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
  ExpireKeys();
  ExpireLeases();
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

void Engine::ExpireKeys() {
  const int64_t now_unix_ms = core_.clock->UnixMs();
  for (uint32_t index = 0; index < core_.keyspace.shard_count(); ++index) {
    for (const uint32_t database : DatabasesWithExpired(index, now_unix_ms)) {
      bool more = true;
      while (more) {
        // A failure means that the engine closes or is read-only: expired keys stay, unseen.
        if (!ExpireSome(index, database, now_unix_ms, &more).ok()) return;
      }
    }
  }
}

std::vector<uint32_t> Engine::DatabasesWithExpired(uint32_t shard_index, int64_t now_unix_ms) {
  Shard* const shard = core_.keyspace.shard(shard_index);
  const MutexLock lock(shard->mutex());
  std::vector<uint32_t> found;
  for (uint32_t database = 0; database < limits::kDatabases; ++database) {
    if (shard->FirstExpired(database, now_unix_ms) != nullptr) found.push_back(database);
  }
  return found;
}

Status Engine::ExpireSome(uint32_t shard_index, uint32_t database, int64_t now_unix_ms,
                          bool* more) {
  return ExecuteWithoutWaiting(
      &core_, ShardSet().set(shard_index), database, [&](Operation& operation) {
        Shard* const shard = core_.keyspace.shard(shard_index);
        shard->mutex()->AssertHeld();
        const Record* record = nullptr;
        uint64_t removed = 0;
        while (removed < kExpiredKeysPerLock &&
               (record = shard->FirstExpired(database, now_unix_ms)) != nullptr) {
          operation.Delete(record->key());
          ++removed;
        }
        core_.expired_keys.fetch_add(removed, std::memory_order_relaxed);
        *more = removed == kExpiredKeysPerLock;
        return Ok();
      });
}

void Engine::ExpireLeases() {
  for (const std::shared_ptr<WorkQueue>& queue : core_.queues.All()) {
    verbs::ExpireLeases(&core_, queue.get());
  }
}

Status Engine::Sync() { return core_.journal == nullptr ? Ok() : core_.journal->Sync(); }

Status Engine::WriteState(SnapshotWriter* writer) {
  for (uint32_t index = 0; index < core_.keyspace.shard_count(); ++index) {
    Shard* const shard = core_.keyspace.shard(index);
    shard->mutex()->AssertHeld();
    for (uint32_t database = 0; database < limits::kDatabases; ++database) {
      for (size_t place = 0; place < shard->size(database); ++place) {
        shard->at(database, place).Describe(database, [&](const KeyEffect& effect) {
          writer->Add(effect);
        });
      }
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
    KONTOR_ASSIGN_OR_RETURN(writer, directory_->BeginSnapshot());
    KONTOR_RETURN_IF_ERROR(WriteState(writer.get()));
    for (const std::shared_ptr<WorkQueue>& queue : queues) {
      queue->mutex()->AssertHeld();
      if (!queue->options().durable) continue;
      queue->Describe([&](const QueueEffect& effect) { writer->Add(effect); });
    }
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
    const MutexLock lock(shard->mutex());
    shard->NotifyAllWaiters();
  }
  for (const std::shared_ptr<WorkQueue>& queue : core_.queues.All()) {
    const MutexLock lock(queue->mutex());
    queue->waiters()->NotifyAll();
  }
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
  WakeAll();
}

Status Engine::Close() {
  if (closed_) return Ok();
  closed_ = true;
  // In a forked child the threads are gone and the files are the parent's: touch neither.
  if (InForkedChild()) return Ok();
  stop_.Interrupt();
  background_.Join();
  EndOperations();
  if (!persistent()) return Ok();
  Status status;
  if (options_.snapshot_at_close && !directory_->SnapshotIsCurrent()) status = Snapshot();
  const Status closed = directory_->Close();
  return status.ok() ? closed : status;
}

uint64_t Engine::journal_bytes() const {
  return core_.journal == nullptr ? 0 : core_.journal->bytes_since_rotation();
}

uint64_t Engine::NextRandom() {
  const MutexLock lock(&random_mutex_);
  return random_.Next();
}

}  // namespace kontor
