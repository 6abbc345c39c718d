#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "os/file_system.h"
#include "os/posix_lock.h"
#include "os/system_error.h"

namespace kontor {
namespace {

class PosixFile final : public File {
 public:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { close(descriptor_); }

  Status ReadAt(uint64_t offset, size_t size, std::string* out) override {
    out->resize(size);
    size_t done = 0;
    while (done < size) {
      const ssize_t got =
          pread(descriptor_, out->data() + done, size - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Failure("read", errno, false);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    out->resize(done);
    return Ok();
  }

  Status WriteAt(uint64_t offset, Bytes data) override {
    while (!data.empty()) {
      const ssize_t put = pwrite(descriptor_, data.data(), data.size(), static_cast<off_t>(offset));
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return Failure("write", put < 0 ? errno : EIO, true);
      data.remove_prefix(static_cast<size_t>(put));
      offset += static_cast<uint64_t>(put);
    }
    return Ok();
  }

  // Never repeated, not even after EINTR: the kernel may have dropped what it could not write.
  Status Sync() override {
    if (fdatasync(descriptor_) == 0) return Ok();
    return Failure("sync", errno, true);
  }

  Status Truncate(uint64_t size) override {
    while (ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
      if (errno != EINTR) return Failure("truncate", errno, true);
    }
    return Ok();
  }

  Result<uint64_t> Size() override {
    struct stat info {};
    if (fstat(descriptor_, &info) != 0) return Failure("tell the size of", errno, false);
    return static_cast<uint64_t>(info.st_size);
  }

 private:
  Status Failure(const char* operation, int error, bool writing) const {
    return SystemError(operation, PathNow(), error, writing);
  }

  // A file that was renamed since it was opened is called by its new name; by the one it was opened
  // under where the kernel does not tell.
  std::string PathNow() const {
    char path[PATH_MAX];
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor_);
    const ssize_t length = readlink(link.c_str(), path, sizeof(path));
    if (length <= 0 || path[0] != '/') return path_;
    return std::string(path, static_cast<size_t>(length));
  }

  const int descriptor_;
  const std::string path_;  // under which it was opened
};

int FlagsOf(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead:
      return O_RDONLY;
    case OpenMode::kReadWrite:
      return O_RDWR;
    case OpenMode::kCreate:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

int OpenRetrying(const char* path, int flags) {
  int descriptor = -1;
  do {
    descriptor = open(path, flags | O_CLOEXEC, 0644);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

std::string ParentOf(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  const size_t slash = end == std::string::npos ? end : path.rfind('/', end);
  if (slash == std::string::npos) return path.empty() || path[0] != '/' ? "." : "/";
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool IsRegular(DIR* directory, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_REG;
  struct stat info {};
  return fstatat(dirfd(directory), entry.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(info.st_mode);
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    const bool writing = mode != OpenMode::kRead;
    const int descriptor = OpenRetrying(path.c_str(), FlagsOf(mode));
    if (descriptor < 0) {
      return SystemError(writing ? "open for writing" : "open", path, errno, writing);
    }
    auto file = std::make_unique<PosixFile>(descriptor, path);
    struct stat info {};
    if (fstat(descriptor, &info) != 0) return SystemError("examine", path, errno, false);
    if (!S_ISREG(info.st_mode)) {
      return Status(Code::kInvalid, "'" + path + "' is not a regular file: choose another path");
    }
    return std::unique_ptr<File>(std::move(file));
  }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
    if (stream == nullptr) return SystemError("list", directory, errno, false);
    std::vector<std::string> names;
    while (true) {
      errno = 0;
      const dirent* entry = readdir(stream.get());
      if (entry == nullptr) break;
      if (IsRegular(stream.get(), *entry)) names.emplace_back(entry->d_name);
    }
    if (errno != 0) return SystemError("list", directory, errno, false);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status CreateDirectory(const std::string& path) override {
    struct stat info {};
    if (stat(path.c_str(), &info) == 0) {
      if (S_ISDIR(info.st_mode)) return Ok();
      return Status(Code::kInvalid,
                    "'" + path + "' is a file, not a directory: choose another path");
    }
    if (errno != ENOENT) return SystemError("create directory", path, errno, true);
    const std::string parent = ParentOf(path);
    if (parent != path) KONTOR_RETURN_IF_ERROR(CreateDirectory(parent));
    if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
      return SystemError("create directory", path, errno, true);
    }
    return SyncDirectory(parent);
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) == 0) return Ok();
    return SystemError("rename to '" + to + "' the file", from, errno, true);
  }

  Status Remove(const std::string& path) override {
    if (unlink(path.c_str()) == 0) return Ok();
    return SystemError("remove", path, errno, true);
  }

  Status SyncDirectory(const std::string& path) override {
    const int descriptor = OpenRetrying(path.c_str(), O_RDONLY | O_DIRECTORY);
    if (descriptor < 0) return SystemError("open directory", path, errno, false);
    const int error = fsync(descriptor) == 0 ? 0 : errno;
    close(descriptor);
    return error == 0 ? Ok() : SystemError("sync directory", path, error, true);
  }

  Result<std::unique_ptr<DirectoryLock>> Lock(const std::string& path) override {
    return LockPosixFile(path);
  }

  Result<DiskSpace> Space(const std::string& directory) override {
    struct statvfs info {};
    while (statvfs(directory.c_str(), &info) != 0) {
      if (errno != EINTR) return SystemError("tell the free space of", directory, errno, false);
    }
    return DiskSpace{.free_bytes = uint64_t{info.f_bavail} * info.f_frsize,
                     .total_bytes = uint64_t{info.f_blocks} * info.f_frsize};
  }

  Result<std::string> Canonical(const std::string& path) override {
    const std::unique_ptr<char, void (*)(void*)> resolved(realpath(path.c_str(), nullptr), free);
    if (resolved == nullptr) return SystemError("resolve", path, errno, false);
    return std::string(resolved.get());
  }
};

}  // namespace

FileSystem* FileSystem::Posix() {
  static PosixFileSystem file_system;
  return &file_system;
}

}  // namespace kontor
