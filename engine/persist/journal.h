#ifndef KONTOR_PERSIST_JOURNAL_H_
#define KONTOR_PERSIST_JOURNAL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/memory_budget.h"
#include "base/status.h"
#include "os/file_system.h"

namespace kontor {

// Log sequence number: records are numbered 1, 2, 3… over the whole life of a data directory.
using Lsn = uint64_t;

// What a returned call promises. The values are those of the C ABI.
enum class Durability : uint32_t {
  kMemory = 0,  // nothing is written
  kAsync = 1,   // written behind, synced about every second
  kSync = 2,    // synced before the call returns
};

// The append-only file: one record is one atomic commit, a sequence of encoded effects
// (base/effect.h).
//
// Group commit: Append copies into a buffer (persist/append_buffer.h) while the caller still holds
// its locks, so the log has the order every key saw. Whoever must wait for durability and finds no
// flush under way writes and syncs for all (the leader); the others sleep until their record is
// covered. A background thread flushes the same way for `kAsync`.
//
// The first failed write or sync poisons the journal for good: every later CheckWritable and
// WaitDurable answers that error. It is never retried: after a failed fsync the kernel may have
// dropped the pages (see persist/README.md).
class Journal {
 public:
  // Creates the first segment of a journal whose next record is `next_lsn`, and starts the
  // background thread, which writes what is appended within some ten milliseconds and syncs it
  // every `sync_interval_ms` (at least 1).
  static Result<std::unique_ptr<Journal>> Create(FileSystem* file_system, std::string directory,
                                                 Lsn next_lsn, int64_t sync_interval_ms);
  // Flushes and syncs what it can, then stops the thread. Call Close first to learn of errors.
  ~Journal();

  // Who counts the buffers (null: nobody); must outlive the journal. Under its limit CheckWritable
  // lets no more than a 16th of that wait to be written; call again when the limit changes.
  void CountIn(MemoryBudget* budget);
  // kReadOnly with the original reason once poisoned. Ask before changing anything. May block,
  // briefly, while the buffer of unwritten records is over its budget; call it without holding
  // locks.
  Status CheckWritable();
  // Takes the next place in the log for one record. Blocks on disk only where there is no memory to
  // keep the record in; never throws. The payload must not be empty; one over
  // limits::kJournalRecordBytes poisons the journal. After the journal was poisoned or closed the
  // record is dropped, and WaitDurable says so.
  Lsn Append(Bytes payload);
  // Blocks until everything up to `lsn` is synced. kIo if the journal is poisoned before that,
  // kClosed if it was closed.
  Status WaitDurable(Lsn lsn);
  // Writes and syncs everything appended so far.
  Status Sync();
  // Ends the current segment and begins a new one: every record up to the returned LSN is in an
  // older file. Called with the engine's locks held, so that nothing is appended meanwhile. Never
  // blocks on disk: whoever flushes next syncs the old segment, creates the new file, and only then
  // writes to it. Does nothing in a segment without records.
  Result<Lsn> Rotate();
  // Sync, then no more records are taken. The error of the sync, also when called again.
  Status Close();

  Lsn last_lsn() const;
  // Bytes appended since the journal was created or last rotated.
  uint64_t bytes_since_rotation() const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kontor

#endif  // KONTOR_PERSIST_JOURNAL_H_
