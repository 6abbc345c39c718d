#ifndef KONTOR_OS_MEMORY_FILE_SYSTEM_H_
#define KONTOR_OS_MEMORY_FILE_SYSTEM_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "os/file_system.h"

namespace kontor {

// A disk in memory that knows what a power failure would leave: file contents as of their last
// Sync, names as of the last SyncDirectory. For tests, and for what is only read back
// (db/reload.h). Thread-safe.
class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Status CreateDirectory(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Result<std::unique_ptr<DirectoryLock>> Lock(const std::string& path) override;
  // As much as one could wish for.
  Result<DiskSpace> Space(const std::string& directory) override;
  Result<std::string> Canonical(const std::string& path) override;

  // A new disk with what would be there after losing power now: `keep_unsynced_bytes` of each
  // file's unsynced growth survive too (0: none), which is how torn tails come about. With
  // `keep_unsynced_names`, names are as they were last set, synced or not: a file system may write
  // names early, and whoever relies on it not doing so has a bug as well.
  std::unique_ptr<MemoryFileSystem> AfterPowerLoss(size_t keep_unsynced_bytes = 0,
                                                   bool keep_unsynced_names = false) const;

 private:
  struct Node;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace kontor

#endif  // KONTOR_OS_MEMORY_FILE_SYSTEM_H_
