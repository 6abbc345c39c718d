#ifndef KONTOR_OS_POSIX_LOCK_H_
#define KONTOR_OS_POSIX_LOCK_H_

#include <memory>
#include <string>

#include "base/status.h"
#include "os/file_system.h"

namespace kontor {

// FileSystem::Lock of the machine's own files: a POSIX record lock (fcntl), which the kernel drops
// when the process ends, however it ends, and which a forked child does not inherit. Thread-safe.
Result<std::unique_ptr<DirectoryLock>> LockPosixFile(const std::string& path);

}  // namespace kontor

#endif  // KONTOR_OS_POSIX_LOCK_H_
