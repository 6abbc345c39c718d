#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>

#include "os/file_system.h"
#include "os/system_error.h"
#include "style/temporary_directory.h"

namespace kontor {
namespace {

// Runs `body` in a forked child and returns its exit code; -1 if a signal ended it.
int InChild(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int state = 0;
  EXPECT_EQ(waitpid(child, &state, 0), child);
  return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

TEST(PosixLockTest, AnotherProcessIsToldTheOwner) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/LOCK";
  const auto lock = FileSystem::Posix()->Lock(path);
  ASSERT_TRUE(lock.ok());
  const std::string owner = "process " + std::to_string(getpid());
  EXPECT_EQ(InChild([&] {
              const auto second = FileSystem::Posix()->Lock(path);
              if (second.code() != Code::kLocked) return 1;
              return second.status().message().find(owner) == std::string::npos ? 2 : 0;
            }),
            0);
  EXPECT_EQ(*ReadWholeFile(FileSystem::Posix(), path, 100), std::to_string(getpid()) + "\n");
}

TEST(PosixLockTest, TheParentIsToldOfItsChildAndGetsTheLockWhenItDies) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/LOCK";
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = FileSystem::Posix()->Lock(path);
    const char answer = lock.ok() ? 'y' : 'n';
    if (write(ready[1], &answer, 1) != 1) _exit(1);
    pause();
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  const auto refused = FileSystem::Posix()->Lock(path);
  EXPECT_EQ(refused.code(), Code::kLocked);
  EXPECT_NE(refused.status().message().find("process " + std::to_string(child)), std::string::npos);
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(FileSystem::Posix()->Lock(path).ok());
  close(ready[0]);
  close(ready[1]);
}

TEST(PosixLockTest, ARefusedSecondLockDoesNotDropTheFirst) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/LOCK";
  const auto lock = FileSystem::Posix()->Lock(path);
  EXPECT_EQ(FileSystem::Posix()->Lock(path).code(), Code::kLocked);
  EXPECT_EQ(
      InChild([&] { return FileSystem::Posix()->Lock(path).code() == Code::kLocked ? 0 : 1; }), 0);
}

TEST(PosixLockTest, AForkedChildThatDropsItsCopyReleasesNothing) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/LOCK";
  auto lock = FileSystem::Posix()->Lock(path);
  ASSERT_TRUE(lock.ok());
  EXPECT_EQ(InChild([&] {
              lock->reset();
              return 0;
            }),
            0);
  EXPECT_EQ(FileSystem::Posix()->Lock(path).code(), Code::kLocked);
  EXPECT_EQ(
      InChild([&] { return FileSystem::Posix()->Lock(path).code() == Code::kLocked ? 0 : 1; }), 0);
}

TEST(PosixFileSystemTest, ADirectoryWithoutWritePermissionIsReadOnly) {
  const TemporaryDirectory directory;
  ASSERT_EQ(chmod(directory.path().c_str(), 0555), 0);
  EXPECT_EQ(InChild([&] {
              // Root may write anywhere; `nobody` may not.
              if (chdir(directory.path().c_str()) != 0) return 1;
              if (geteuid() == 0 && setuid(65534) != 0) return 2;
              FileSystem* const file_system = FileSystem::Posix();
              if (file_system->Open("f", OpenMode::kCreate).code() != Code::kReadOnly) return 3;
              if (file_system->Lock("LOCK").code() != Code::kReadOnly) return 4;
              if (file_system->CreateDirectory("d").code() != Code::kReadOnly) return 5;
              return file_system->List(".").ok() ? 0 : 6;
            }),
            0);
}

TEST(PosixFileSystemTest, AWriteThatDoesNotFitFailsAndSaysWhere) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/f";
  EXPECT_EQ(InChild([&] {
              signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{.rlim_cur = 1000, .rlim_max = 1000};
              if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
              const auto file = FileSystem::Posix()->Open(path, OpenMode::kCreate);
              if (!file.ok()) return 2;
              // A short write first, then the error of the rest.
              const Status status = (*file)->WriteAt(0, std::string(2000, 'x'));
              if (status.code() != Code::kIo) return 3;
              if (status.message().find(path) == std::string::npos) return 4;
              return *(*file)->Size() == 1000 ? 0 : 5;
            }),
            0);
}

TEST(PosixFileSystemTest, DescriptorsDoNotLeakIntoStartedPrograms) {
  const TemporaryDirectory directory;
  const auto file = FileSystem::Posix()->Open(directory.path() + "/f", OpenMode::kCreate);
  const auto lock = FileSystem::Posix()->Lock(directory.path() + "/LOCK");
  ASSERT_TRUE(file.ok() && lock.ok());
  int open_descriptors = 0;
  for (int descriptor = 3; descriptor < 256; ++descriptor) {
    const int flags = fcntl(descriptor, F_GETFD);
    if (flags < 0) continue;
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    char target[4096] = {};
    if (readlink(link.c_str(), target, sizeof(target) - 1) < 0) continue;
    if (std::string(target).find(directory.path()) == std::string::npos) continue;
    ++open_descriptors;
    EXPECT_NE(flags & FD_CLOEXEC, 0) << target;
  }
  EXPECT_EQ(open_descriptors, 2);
}

TEST(PosixFileSystemTest, CanonicalSeesThroughLinks) {
  const TemporaryDirectory directory;
  const std::string link = directory.path() + "/link";
  ASSERT_EQ(symlink(directory.path().c_str(), link.c_str()), 0);
  EXPECT_EQ(*FileSystem::Posix()->Canonical(link),
            *FileSystem::Posix()->Canonical(directory.path()));
}

TEST(PosixFileSystemTest, ErrorsNameAFileByTheNameItHasNow) {
  const TemporaryDirectory directory;
  FileSystem* const file_system = FileSystem::Posix();
  const std::string old_name = directory.path() + "/old";
  const std::string new_name = directory.path() + "/new";
  ASSERT_TRUE(file_system->Open(old_name, OpenMode::kCreate).ok());
  const auto file = file_system->Open(old_name, OpenMode::kRead);
  ASSERT_TRUE(file.ok());
  const auto told = [&file] { return (*file)->WriteAt(0, "x").message(); };
  EXPECT_NE(told().find("cannot write '" + old_name + "'"), std::string::npos) << told();
  ASSERT_TRUE(file_system->Rename(old_name, new_name).ok());
  EXPECT_NE(told().find("cannot write '" + new_name + "'"), std::string::npos) << told();
  ASSERT_TRUE(file_system->Remove(new_name).ok());
  EXPECT_NE(told().find(new_name), std::string::npos) << told();
}

TEST(SystemErrorTest, SaysWhatToDo) {
  const Status full = SystemError("write", "/data/f", ENOSPC, true);
  EXPECT_EQ(full.code(), Code::kIo);
  EXPECT_NE(full.message().find("cannot write '/data/f': the disk is full"), std::string::npos)
      << full.message();
  EXPECT_EQ(SystemError("open", "f", EROFS, true).code(), Code::kReadOnly);
  EXPECT_EQ(SystemError("open", "f", EACCES, true).code(), Code::kReadOnly);
  EXPECT_EQ(SystemError("open", "f", EACCES, false).code(), Code::kIo);
  EXPECT_EQ(SystemError("open", "f", ENOENT, false).code(), Code::kNotFound);
  EXPECT_EQ(SystemError("open", "f", ENOTDIR, false).code(), Code::kInvalid);
  EXPECT_EQ(SystemError("sync", "f", EIO, true).code(), Code::kIo);
}

}  // namespace
}  // namespace kontor
