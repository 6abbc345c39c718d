#include "os/posix_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "os/system_error.h"

namespace kontor {
namespace {

// Which lock files this process holds, by device and inode. To ask the kernel would mean to open
// the file, and closing that descriptor would drop the lock. The value is the process that took it:
// a forked child inherits the table, not the locks.
class HeldLocks {
 public:
  using FileId = std::pair<dev_t, ino_t>;

  static HeldLocks* Get() {
    static HeldLocks* const held = new HeldLocks;  // outlives every static engine of the host
    return held;
  }

  Mutex mutex;
  std::map<FileId, pid_t> owners ABSL_GUARDED_BY(mutex);
};

class PosixLock final : public DirectoryLock {
 public:
  PosixLock(int descriptor, HeldLocks::FileId id)
      : descriptor_(descriptor), id_(std::move(id)), owner_(getpid()) {}
  ~PosixLock() override {
    HeldLocks* const held = HeldLocks::Get();
    MutexLock lock(&held->mutex);
    if (owner_ == getpid()) held->owners.erase(id_);
    close(descriptor_);  // drops the lock
  }

 private:
  const int descriptor_;
  const HeldLocks::FileId id_;
  const pid_t owner_;
};

Status Locked(const std::string& path, const std::string& owner) {
  return Status(Code::kLocked, "'" + path + "' is locked by " + owner +
                                   ": close it there first, or open another directory");
}

struct flock WholeFile() {
  struct flock region {};
  region.l_type = F_WRLCK;
  region.l_whence = SEEK_SET;
  return region;
}

// The owner as the kernel knows it; from another process-id namespace only the number in the file
// is of use.
std::string OwnerOf(int descriptor) {
  struct flock region = WholeFile();
  if (fcntl(descriptor, F_GETLK, &region) == 0 && region.l_type != F_UNLCK && region.l_pid > 0) {
    return "process " + std::to_string(region.l_pid);
  }
  char text[24] = {};
  const ssize_t got = pread(descriptor, text, sizeof(text) - 1, 0);
  const long owner = got > 0 ? std::strtol(text, nullptr, 10) : 0;
  return owner > 0 ? "process " + std::to_string(owner) : "another process";
}

// For people who look into the file; nothing relies on it.
Status WriteOwner(int descriptor, const std::string& path) {
  const std::string text = std::to_string(getpid()) + "\n";
  if (ftruncate(descriptor, 0) != 0 ||
      pwrite(descriptor, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return SystemError("write", path, errno, true);
  }
  return Ok();
}

}  // namespace

Result<std::unique_ptr<DirectoryLock>> LockPosixFile(const std::string& path) {
  HeldLocks* const held = HeldLocks::Get();
  MutexLock lock(&held->mutex);
  struct stat info {};
  if (stat(path.c_str(), &info) == 0) {
    const auto owner = held->owners.find({info.st_dev, info.st_ino});
    if (owner != held->owners.end() && owner->second == getpid()) {
      return Locked(path, "this process (" + std::to_string(getpid()) + ")");
    }
  }
  int descriptor = -1;
  do {
    descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return SystemError("open for locking", path, errno, true);
  Status status;
  struct flock region = WholeFile();
  if (fcntl(descriptor, F_SETLK, &region) != 0) {
    status = errno == EAGAIN || errno == EACCES ? Locked(path, OwnerOf(descriptor))
                                                : SystemError("lock", path, errno, true);
  } else if (fstat(descriptor, &info) != 0) {
    status = SystemError("examine", path, errno, true);
  } else {
    status = WriteOwner(descriptor, path);
  }
  if (!status.ok()) {
    close(descriptor);
    return status;
  }
  const HeldLocks::FileId id{info.st_dev, info.st_ino};
  try {
    held->owners[id] = getpid();
    return std::unique_ptr<DirectoryLock>(std::make_unique<PosixLock>(descriptor, id));
  } catch (...) {
    held->owners.erase(id);
    close(descriptor);
    throw;
  }
}

}  // namespace kontor
