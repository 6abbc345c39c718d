#ifndef KONTOR_PERSIST_JOURNAL_STATE_H_
#define KONTOR_PERSIST_JOURNAL_STATE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/random.h"
#include "os/file_system.h"
#include "os/fork_guard.h"
#include "os/thread.h"
#include "persist/append_buffer.h"
#include "persist/journal.h"

namespace kontor {

enum class FlushKind {
  kWrite,     // leaves the rest to a later one
  kSync,      // and syncs
  kSyncMore,  // the same, where others like it are to be expected
};

// The inside of a Journal: the buffer that everybody appends to, and the one flush that may be
// under way.
//
// Buffers are swapped: a flush takes out what is there and leaves the memory of the flush before,
// so that Append goes on meanwhile and an ordinary record never asks for any: what has been applied
// must find its place in the journal. Progress is counted in items (a record or the beginning of a
// segment), because a rotation has to be flushed too.
struct Journal::State {  // NOLINT(clang-analyzer-optin.performance.Padding): lines of their own
  State(FileSystem* file_system, std::string directory, Lsn next_lsn, uint64_t salt,
        int64_t sync_interval_ms);

  // There was no memory to append so much: writes what waits, or, if nothing does, stops.
  void MakeRoom(size_t payload_bytes) ABSL_LOCKS_EXCLUDED(mutex);
  // A record was appended: wakes the flusher if it is needed.
  void NoteAppended(const AppendBuffer::Place& place, size_t frame_bytes)
      ABSL_LOCKS_EXCLUDED(mutex);
  // Takes the right to flush, writes (and syncs) everything appended so far with the mutex
  // released, and tells everybody. Nobody else may be flushing. A failure poisons.
  void Flush(FlushKind kind) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Flushes or waits for whoever does, until `item` is synced or the journal is poisoned.
  Status SyncUpTo(uint64_t item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // No record is taken any more. Keeps the first reason.
  void Stop(Status reason) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void UpdateAttention() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  bool OverBudget() const { return buffer.pending_bytes() + flushing_bytes > budget_bytes; }
  // Body of the background thread.
  void FlushBehind();
  // Waits for the next Append, which sees `flusher_idle`; at most so long if `timeout_ms` is not
  // negative. Not at all if there was one since `seen_items` were.
  void SleepUntilAppend(int64_t timeout_ms, uint64_t seen_items)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // How many items there are.
  uint64_t items() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return buffer.next_lsn() - 1 + rotations;
  }

  // These run without the mutex, by the one thread that set `flushing`.
  Status WriteFlush(FlushKind kind, Lsn last_lsn);  // does not throw
  Status WritePart(const AppendBuffer::Part& part);
  Status WriteBytes(Bytes bytes);
  // Puts a mark into `merged` if more is durable than the file tells.
  void MarkWhatIsSynced();
  void ZeroAhead();
  // The file ends behind its last frame, and all of it is durable.
  Status EndSegment();
  // The same, and a mark is that frame. Only once everything is synced and nothing flushes any
  // more.
  Status EndFile();

  FileSystem* const file_system;
  const std::string directory;
  const int64_t sync_interval_ms;
  const ForkGuard fork_guard;
  Random random;  // of Rotate, whose callers exclude each other

  AppendBuffer buffer;

  // Owned by whoever set `flushing`.
  std::unique_ptr<File> file;
  uint64_t file_salt;
  uint64_t file_offset = 0;
  // What is behind file_offset was written with zeros up to there; UINT64_MAX: it cannot be.
  uint64_t zeroed_until = 0;
  Lsn written_lsn;              // of the last record in the file
  Lsn marked_lsn;               // up to which the file tells that all was durable
  AppendBuffer::Parts writing;  // empty between two flushes
  std::string merged;           // what goes to the file at once

  // What every Append reads. True if CheckWritable must look closer: poisoned, closed, or over
  // budget.
  alignas(64) std::atomic<bool> attention{false};
  std::atomic<bool> flusher_idle{false};
  std::atomic<size_t> flushing_bytes{0};
  std::atomic<size_t> budget_bytes;  // what may wait before CheckWritable does, too
  std::atomic<Lsn> durable_lsn;

  alignas(64) mutable Mutex mutex;
  // How many flushes have ended, modulo 2^32: what WaitDurable sleeps on. Changed with the mutex,
  // which also orders it; relaxed, because who is woken looks at durable_lsn or takes the mutex.
  std::atomic<uint32_t> flushes{0};
  ConditionVariable flushed;  // a flush has ended, for those that need the mutex then
  ConditionVariable work;     // for the background thread: something to write, or time to stop
  bool flushing ABSL_GUARDED_BY(mutex) = false;
  CountedMemory memory ABSL_GUARDED_BY(mutex){MemoryPurpose::kJournal};  // of `writing`
  Lsn segment_first_lsn ABSL_GUARDED_BY(mutex);
  uint64_t segment_flushed_bytes ABSL_GUARDED_BY(mutex) = 0;
  uint64_t rotations ABSL_GUARDED_BY(mutex) = 0;
  uint64_t written_items ABSL_GUARDED_BY(mutex);
  uint64_t synced_items ABSL_GUARDED_BY(mutex);
  Status stopped ABSL_GUARDED_BY(mutex);  // why no record is taken any more
  bool closed ABSL_GUARDED_BY(mutex) = false;
  Status close_status ABSL_GUARDED_BY(mutex);
  bool flusher_must_end ABSL_GUARDED_BY(mutex) = false;

  Thread flusher;
};

}  // namespace kontor

#endif  // KONTOR_PERSIST_JOURNAL_STATE_H_
