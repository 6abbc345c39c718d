#ifndef KONTOR_OS_FAULTY_FILE_SYSTEM_H_
#define KONTOR_OS_FAULTY_FILE_SYSTEM_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "os/file_system.h"

namespace kontor {

// Passes every call to another file system until it is told to fail. A failing write leaves half of
// its bytes behind, as a full disk does; every other failing call does nothing. For tests.
// Thread-safe.
class FaultyFileSystem final : public FileSystem {
 public:
  // kWrite: File::WriteAt and File::Truncate.
  enum class Fault { kWrite, kSync, kSyncDirectory, kRename, kOpen, kRemove };

  // `base` must outlive this.
  explicit FaultyFileSystem(FileSystem* base);

  // The `nth` call of this kind from now on (1: the next) fails with kIo; with `for_ever` all later
  // ones too.
  void FailNth(Fault fault, int64_t nth, bool for_ever = false);
  void Heal();
  // What Space tells from now on, until Heal.
  void set_space(const DiskSpace& space);
  // How many calls of this kind were made.
  int64_t Calls(Fault fault) const;

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Status CreateDirectory(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Result<std::unique_ptr<DirectoryLock>> Lock(const std::string& path) override;
  Result<DiskSpace> Space(const std::string& directory) override;
  Result<std::string> Canonical(const std::string& path) override;

 private:
  class FaultyFile;
  static constexpr int kFaults = 6;

  // Counts a call and says whether it must fail.
  bool Strikes(Fault fault);

  FileSystem* const base_;
  std::atomic<int64_t> calls_[kFaults] = {};
  std::atomic<int64_t> fail_at_[kFaults] = {};
  std::atomic<bool> for_ever_[kFaults] = {};
  mutable Mutex space_mutex_;
  std::optional<DiskSpace> space_ ABSL_GUARDED_BY(space_mutex_);
};

}  // namespace kontor

#endif  // KONTOR_OS_FAULTY_FILE_SYSTEM_H_
