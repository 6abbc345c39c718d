#ifndef KONTOR_OS_FILE_SYSTEM_H_
#define KONTOR_OS_FILE_SYSTEM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"

namespace kontor {

// An open file. Not thread-safe, except that ReadAt may run beside the rest. Closed by the
// destructor; what was not synced may be lost.
class File {
 public:
  virtual ~File() = default;

  // Replaces *out by up to `size` bytes from `offset`; fewer only at the end of the file.
  virtual Status ReadAt(uint64_t offset, size_t size, std::string* out) = 0;
  // Writes all of `data` at `offset`, or fails. Retries EINTR and short writes, nothing else.
  virtual Status WriteAt(uint64_t offset, Bytes data) = 0;
  // Makes the content (and the size) durable. After a failure the content is unknown: never call it
  // again.
  virtual Status Sync() = 0;
  virtual Status Truncate(uint64_t size) = 0;
  virtual Result<uint64_t> Size() = 0;
};

// Holds a lock file for one process; releases it when destroyed.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

enum class OpenMode {
  kRead,       // must exist
  kReadWrite,  // must exist
  kCreate,     // must not exist; readable and writable
};

struct DiskSpace {
  uint64_t free_bytes = 0;  // that this process may still use
  uint64_t total_bytes = 0;
};

// Everything the engine does to files goes through here, so that a test can replace the disk by
// memory or by a liar. Paths are absolute or relative to the process. Thread-safe. Errors are kIo
// with the path, the operation and the system's reason, kNotFound for a missing file, kReadOnly for
// a file system or permission that forbids writing.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  // Names (not paths) of the regular files of a directory, sorted.
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;
  // Creates a directory and its missing parents, durably; done if it exists, kInvalid if the path
  // is a file.
  virtual Status CreateDirectory(const std::string& path) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;
  // Makes the names of the directory (created, renamed, removed) durable.
  virtual Status SyncDirectory(const std::string& path) = 0;
  // Takes the lock file `path`, which is created if it is missing and never removed. kLocked,
  // naming the process id of the owner, if another process holds it or this one does already.
  // Nothing else may open a lock file: POSIX drops the lock of a process when it closes any
  // descriptor of the file.
  virtual Result<std::unique_ptr<DirectoryLock>> Lock(const std::string& path) = 0;
  // Of the disk that holds a directory.
  virtual Result<DiskSpace> Space(const std::string& directory) = 0;
  // The one spelling of a directory's path that is the same whichever way it is reached; it must
  // exist.
  virtual Result<std::string> Canonical(const std::string& path) = 0;

  // The machine's own. Lives as long as the process.
  static FileSystem* Posix();
};

// Conveniences on top of the interface.
Result<std::string> ReadWholeFile(FileSystem* file_system, const std::string& path,
                                  size_t limit_bytes);
// Opens `path` for creation; removes first what an earlier, failed attempt may have left there.
Result<std::unique_ptr<File>> CreateAnew(FileSystem* file_system, const std::string& path);
// temp -> write -> sync -> rename -> sync directory: afterwards the file is there whole, or the old
// one is.
Status ReplaceFile(FileSystem* file_system, const std::string& directory, const std::string& name,
                   Bytes content);

}  // namespace kontor

#endif  // KONTOR_OS_FILE_SYSTEM_H_
