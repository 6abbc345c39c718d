#ifndef KONTOR_DB_ENGINE_H_
#define KONTOR_DB_ENGINE_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/clock.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/status.h"
#include "base/waiter.h"
#include "db/clients.h"
#include "db/latency_history.h"
#include "db/slow_log.h"
#include "os/file_system.h"
#include "os/fork_guard.h"
#include "os/thread.h"
#include "persist/data_directory.h"
#include "txn/core.h"

namespace kontor {

struct EngineOptions {
  std::string directory;  // empty: in memory
  std::string name;       // under which an engine in memory is shared; empty: it is not
  Durability durability = Durability::kAsync;  // kMemory where there is no directory
  uint32_t shards = 0;                         // 0: by the number of cores
  int64_t sync_interval_ms = 1000;
  uint64_t snapshot_min_journal_bytes = uint64_t{64} << 20;
  uint32_t snapshot_growth_percent = 100;
  bool snapshot_at_close = true;
  int64_t memory_limit_bytes = 0;  // 0: none
  Eviction eviction = Eviction::kNone;
  FileSystem* file_system = FileSystem::Posix();
  Clock* clock = Clock::System();
  uint64_t random_seed = 0;  // 0: from the system
  bool background =
      true;  // a thread for expiry, leases and automatic snapshots; tests may call Tick instead
};

// What an engine holds, and for what (base/memory_budget.h), and how it came to that.
struct MemoryUsage {
  int64_t used_bytes = 0;
  int64_t limit_bytes = 0;  // 0: none
  std::array<int64_t, kMemoryPurposes> purpose_bytes{};
  uint64_t evicted_keys = 0;  // since open
};

// What was counted since it was opened, or since the counters were set back.
struct EngineCounters {
  uint64_t expired_keys = 0;
  uint64_t expired_fields = 0;  // of hashes
  uint64_t evicted_keys = 0;
  uint64_t hits = 0;  // of keys that were looked up to be read
  uint64_t misses = 0;
  uint64_t slow_operations = 0;
};

// One store and broker: owns the parts, opens and closes them, and does the work that nobody waits
// for. Thread-safe.
class Engine {  // NOLINT(clang-analyzer-optin.performance.Padding): Core has lines of its own
 public:
  // Recovers what the directory holds. Knows nothing of other engines: see db/engine_registry.h.
  static Result<std::unique_ptr<Engine>> Open(const EngineOptions& options);
  // Closes it if that was not done, without a way to learn of failures.
  ~Engine();

  Core* core() { return &core_; }
  Clients* clients() { return &clients_; }
  SlowLog* slow_log() { return &slow_log_; }
  LatencyHistory* latency_history() { return &latency_history_; }
  const EngineOptions& options() const { return options_; }
  bool persistent() const { return directory_ != nullptr; }
  const RecoveryReport& recovery() const { return recovery_; }
  bool InForkedChild() const { return fork_guard_.InForkedChild(); }

  // Everything changed before is on disk when this returns. At once in memory.
  Status Sync();
  // kUnsupported in memory. Pauses writers while the state is encoded.
  Status Snapshot();
  // Wakes everybody who waits for anything of this engine, so that they look again whether their
  // handle was closed.
  void WakeAll();
  // Ends all operations (kClosed from then on) and waits, stops the background work, writes a
  // snapshot if the options say so, syncs, and gives up the directory.
  Status Close();

  uint64_t snapshots_written() const { return snapshots_.load(std::memory_order_relaxed); }
  uint64_t journal_bytes() const;
  // Since it was opened.
  int64_t uptime_ms() const { return core_.clock->MonotonicMs() - opened_at_ms_; }
  int64_t last_save_unix_ms() const { return last_save_unix_ms_.load(std::memory_order_relaxed); }
  // A number from the engine's generator, for commands that choose at random.
  uint64_t NextRandom();

  // Both at any time. More than the limit is evicted little by little by those who write, and in
  // the background.
  void SetMemoryLimit(int64_t bytes);  // 0: none
  void SetEviction(Eviction eviction);
  MemoryUsage memory_usage() const;
  EngineCounters counters() const;
  void ResetCounters();

  // Whether keys and fields that have expired go in the background (they do at first). If not,
  // those that nobody looks at stay, unseen.
  void set_background_expiry(bool on) { background_expiry_.store(on, std::memory_order_relaxed); }

  // One round of background work: expired keys, leases that ran out, a snapshot if one is due.
  void Tick();

 private:
  explicit Engine(const EngineOptions& options);

  Status Recover();
  Status StartBackground();
  void ExpireKeys();
  // False if nothing can be changed now, or time is up.
  bool ExpireShard(uint32_t index, int64_t end_ns);
  // Begins at *cursor, and leaves it where to go on; *done: there is nothing more.
  Status ExpireSome(uint32_t shard_index, uint32_t database, uint64_t* cursor, bool* done);
  void CatchUpQueues();
  void TrimHeap();
  void SnapshotInBackground();
  Status WriteState(SnapshotWriter* writer);
  void EndOperations();
  EngineCounters CountersSinceOpen() const;

  const EngineOptions options_;
  const ForkGuard fork_guard_;
  Core core_;
  Clients clients_;
  SlowLog slow_log_;
  LatencyHistory latency_history_;
  mutable Mutex counters_mutex_;
  EngineCounters counters_before_ ABSL_GUARDED_BY(counters_mutex_);  // when they were set back
  const int64_t opened_at_ms_;
  std::unique_ptr<DataDirectory> directory_;
  RecoveryReport recovery_;
  std::atomic<uint64_t> snapshots_{0};
  std::atomic<int64_t> last_save_unix_ms_{0};
  Mutex random_mutex_;
  Random random_ ABSL_GUARDED_BY(random_mutex_);
  Mutex snapshot_mutex_;  // one snapshot at a time
  static constexpr int64_t kFirstSnapshotPauseMs = 1000;
  static constexpr int64_t kLongestSnapshotPauseMs = int64_t{5} * 60 * 1000;
  uint32_t expiry_shard_ = 0;  // these six: of the background thread only
  uint64_t evicted_at_trim_ = 0;
  int64_t heap_peak_bytes_ = 0;  // of what is counted on the heap, since it was trimmed
  int64_t next_trim_ms_ = 0;
  int64_t next_snapshot_ms_ = 0;
  int64_t snapshot_pause_ms_ = kFirstSnapshotPauseMs;
  Waiter background_work_;  // there is some now; interrupted: stop
  Thread background_;
  bool closed_ = false;
  std::atomic<bool> background_expiry_{true};
};

}  // namespace kontor

#endif  // KONTOR_DB_ENGINE_H_
