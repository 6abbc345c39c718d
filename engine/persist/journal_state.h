#ifndef KONTOR_PERSIST_JOURNAL_STATE_H_
#define KONTOR_PERSIST_JOURNAL_STATE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/random.h"
#include "os/file_system.h"
#include "os/fork_guard.h"
#include "os/thread.h"
#include "persist/journal.h"

namespace kontor {

// The inside of a Journal: the buffer that everybody appends to, and the one flush that may be
// under way.
//
// Buffers are swapped: a flush takes all chunks and leaves an empty one, so that Append goes on
// meanwhile. Both keep their memory, so that an ordinary record never asks for any: what has been
// applied must find its place in the journal. Places in the log are counted in items (a record or
// the beginning of a segment), because a rotation has to be flushed too.
struct Journal::State {
  // What a buffer has from the beginning.
  static constexpr size_t kBufferBytes = size_t{128} << 10;

  // Consecutive bytes of one segment that are not written yet.
  struct Chunk {
    bool begins_segment = false;
    uint64_t salt = 0;       // of the segment that it begins
    uint64_t first_lsn = 0;  // of the segment that it begins
    std::string bytes;
  };
  // Chunks in their order: those that are complete, and the one that is appended to.
  struct Buffer {
    Chunk last;
    std::vector<Chunk> sealed;
    size_t sealed_bytes = 0;

    size_t bytes() const { return sealed_bytes + last.bytes.size(); }
    size_t capacity() const;
    // Leaves one empty chunk and its memory, unless that is more than `kept_bytes`.
    void Recycle(size_t kept_bytes);
  };

  State(FileSystem* file_system, std::string directory, Lsn next_lsn, int64_t sync_interval_ms);

  // Makes room for one more record, by writing what waits if there is no memory. False if there is
  // none even so.
  bool MakeRoom(size_t frame_bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Takes the right to flush, writes (and syncs) everything appended so far with the mutex
  // released, and tells everybody. Nobody else may be flushing. A failure poisons.
  void Flush(bool sync) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Flushes or waits for whoever does, until `item` is synced or the journal is poisoned.
  Status SyncUpTo(uint64_t item) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // No record is taken any more. Keeps the first reason.
  void Stop(Status reason) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void UpdateAttention() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Tells the budget what the buffers take, which changes when one grows and when a flush is over.
  void CountMemory() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Body of the background thread.
  void FlushBehind();
  // Waits for the next Append, which sees `flusher_idle`; at most so long if `timeout_ms` is not
  // negative.
  void SleepUntilAppend(int64_t timeout_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

  // These run without the mutex, by the one thread that set `flushing`.
  Status WriteBuffer(const Buffer& buffer);  // these two do not throw
  Status SyncFile();
  Status WriteChunk(const Chunk& chunk);

  FileSystem* const file_system;
  const std::string directory;
  const int64_t sync_interval_ms;
  const ForkGuard fork_guard;
  Random random;  // of Rotate, whose callers exclude each other

  // Owned by whoever set `flushing`.
  std::unique_ptr<File> file;
  uint64_t file_offset = 0;
  Buffer writing;  // empty between two flushes

  // True if CheckWritable must look closer: poisoned, closed, or over budget.
  std::atomic<bool> attention{false};
  std::atomic<Lsn> durable_lsn;

  // What every Append changes, in two cache lines of its own: the less of them go to and fro
  // between two cores that append, the shorter the lock is held.
  alignas(64) mutable Mutex mutex;
  Lsn next_lsn ABSL_GUARDED_BY(mutex);
  uint64_t appended_items ABSL_GUARDED_BY(mutex) = 0;
  bool flushing ABSL_GUARDED_BY(mutex) = false;
  bool flusher_idle ABSL_GUARDED_BY(mutex) = false;
  bool flusher_must_end ABSL_GUARDED_BY(mutex) = false;
  alignas(64) Buffer pending ABSL_GUARDED_BY(mutex);
  // And what it only reads.
  alignas(64) size_t flushing_bytes ABSL_GUARDED_BY(mutex) = 0;
  size_t budget_bytes ABSL_GUARDED_BY(mutex);  // what may wait before CheckWritable does, too
  uint64_t salt ABSL_GUARDED_BY(mutex) = 0;    // of the segment that records are appended to
  Status stopped ABSL_GUARDED_BY(mutex);       // why no record is taken any more

  ConditionVariable flushed;  // a flush has ended
  ConditionVariable work;     // for the background thread: something to write, or time to stop
  CountedMemory memory ABSL_GUARDED_BY(mutex){MemoryPurpose::kJournal};
  size_t writing_capacity ABSL_GUARDED_BY(mutex) = 0;  // of `writing`
  Lsn segment_first_lsn ABSL_GUARDED_BY(mutex);
  uint64_t segment_flushed_bytes ABSL_GUARDED_BY(mutex) = 0;  // of what is not pending any more
  uint64_t written_items ABSL_GUARDED_BY(mutex) = 0;
  uint64_t synced_items ABSL_GUARDED_BY(mutex) = 0;
  bool closed ABSL_GUARDED_BY(mutex) = false;
  Status close_status ABSL_GUARDED_BY(mutex);

  Thread flusher;
};

}  // namespace kontor

#endif  // KONTOR_PERSIST_JOURNAL_STATE_H_
