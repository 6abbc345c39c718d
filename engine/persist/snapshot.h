#ifndef KONTOR_PERSIST_SNAPSHOT_H_
#define KONTOR_PERSIST_SNAPSHOT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/effect.h"
#include "base/memory_budget.h"
#include "base/status.h"
#include "os/file_system.h"
#include "persist/journal.h"

namespace kontor {

// What recovery does with every effect it reads; a failure ends recovery with that Status.
using EffectHandler = std::function<Status(const Effect&)>;

// kIo unless `bytes` more can be written to the disk of `directory` without taking the room that
// the journal needs next. A writer asks before every block; ask before the cut, so that a full disk
// costs nothing.
Status CheckSnapshotRoom(FileSystem* file_system, const std::string& directory, uint64_t bytes);

// Writes a snapshot: the effects that rebuild the whole state from nothing, in zstd blocks with
// XXH3 checksums. Nothing is visible under the snapshot's name before Finish. Not thread-safe.
class SnapshotWriter {
 public:
  // A temporary file in `directory` for the state as of `cut` (everything up to that LSN, nothing
  // after).
  static Result<std::unique_ptr<SnapshotWriter>> Create(FileSystem* file_system,
                                                        std::string directory, Lsn cut);
  // Removes the temporary file unless Finish succeeded.
  ~SnapshotWriter();

  // Who counts the blocks; must outlive the writer.
  void CountIn(MemoryBudget* budget);
  void Add(const KeyEffect& effect);
  void Add(const QueueEffect& effect);
  void Add(const ChannelEffect& effect);
  // The first error of Add or of writing; Add goes on doing nothing after it.
  const Status& status() const;
  // Footer, sync, rename, sync directory. The snapshot counts only once a manifest names it.
  Status Finish();

  Lsn cut() const;
  const std::string& name() const;
  uint64_t bytes_written() const;

 private:
  struct State;
  explicit SnapshotWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Reads a snapshot back, block by block. kCorrupt with file and offset if anything of it is damaged
// or missing, kNewerFormat if a later version wrote it.
Status ReadSnapshot(FileSystem* file_system, const std::string& path, Lsn expected_cut,
                    const EffectHandler& handler);

}  // namespace kontor

#endif  // KONTOR_PERSIST_SNAPSHOT_H_
