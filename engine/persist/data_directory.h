#ifndef KONTOR_PERSIST_DATA_DIRECTORY_H_
#define KONTOR_PERSIST_DATA_DIRECTORY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "os/file_system.h"
#include "persist/journal.h"
#include "persist/snapshot.h"

namespace kontor {

struct DataDirectoryOptions {
  FileSystem* file_system = nullptr;  // nullptr: the machine's own; must outlive the directory
  std::string path;
  int64_t sync_interval_ms = 1000;
  // A snapshot is due once the journal since the last one is larger than both.
  uint64_t snapshot_min_journal_bytes = uint64_t{64} << 20;
  uint32_t snapshot_growth_percent = 100;  // of the last snapshot's size
};

struct RecoveryReport {
  bool created = false;  // the directory was empty
  uint64_t snapshot_effects = 0;
  uint64_t journal_records = 0;
  uint64_t journal_effects = 0;
  uint64_t torn_bytes = 0;  // cut off the end of the last segment
  std::string torn_file;
};

// A data directory: MANIFEST, snapshot-*, journal-*, LOCK (persist/FORMAT.md). Holds the lock file
// while it lives. Thread-safe as far as its journal is; BeginSnapshot … CommitSnapshot by one
// thread at a time.
class DataDirectory {
 public:
  // Creates or opens, locks (kLocked names the owner's process id), and recovers: hands to `replay`
  // every effect of the newest snapshot and then of the journal past its cut, in order. A torn tail
  // is cut off and reported; damage anywhere else is refused with file and offset (kCorrupt), and
  // then nothing on disk was changed. Afterwards the journal continues in a new segment.
  static Result<std::unique_ptr<DataDirectory>> Open(const DataDirectoryOptions& options,
                                                     const EffectHandler& replay,
                                                     RecoveryReport* report);
  ~DataDirectory();

  Journal* journal();

  // Starts a snapshot cut at the journal's last record, and a new journal segment after it. Call
  // with every lock of the engine held, and write the state (SnapshotWriter::Add) before releasing
  // them.
  Result<std::unique_ptr<SnapshotWriter>> BeginSnapshot();
  // Installs the snapshot: finishes the file, syncs the journal past the cut, replaces the
  // manifest, and only then removes the files it makes obsolete.
  Status CommitSnapshot(std::unique_ptr<SnapshotWriter> writer);
  bool SnapshotDue() const;
  // True if nothing was appended since the last committed snapshot, so that a new one would say the
  // same.
  bool SnapshotIsCurrent() const;

  // Syncs and closes the journal, and gives the directory free for others; to be called once, last.
  Status Close();

 private:
  struct State;
  explicit DataDirectory(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kontor

#endif  // KONTOR_PERSIST_DATA_DIRECTORY_H_
