#include "os/memory_file_system.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "os/faulty_file_system.h"

namespace kontor {
namespace {

class PowerLossTest : public testing::Test {
 protected:
  PowerLossTest() { EXPECT_TRUE(disk_.CreateDirectory("/d").ok()); }

  std::unique_ptr<File> Create(const std::string& path) {
    auto file = disk_.Open(path, OpenMode::kCreate);
    EXPECT_TRUE(file.ok());
    return *std::move(file);
  }

  static std::string Read(FileSystem* disk, const std::string& path) {
    const auto content = ReadWholeFile(disk, path, 1000);
    return content.ok() ? *content : std::string(CodeName(content.code()));
  }

  MemoryFileSystem disk_;
};

TEST_F(PowerLossTest, AnUnsyncedNameIsGone) {
  const auto file = Create("/d/f");
  ASSERT_TRUE(file->WriteAt(0, "abc").ok());
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/f"), "NOT_FOUND");
  EXPECT_EQ(Read(disk_.AfterPowerLoss(0, true).get(), "/d/f"), "abc");
  ASSERT_TRUE(disk_.SyncDirectory("/d").ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/f"), "abc");
}

TEST_F(PowerLossTest, UnsyncedContentIsGoneOrKeptInPart) {
  const auto file = Create("/d/f");
  ASSERT_TRUE(disk_.SyncDirectory("/d").ok());
  ASSERT_TRUE(file->WriteAt(0, "abc").ok());
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(file->WriteAt(3, "defg").ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/f"), "abc");
  EXPECT_EQ(Read(disk_.AfterPowerLoss(2).get(), "/d/f"), "abcde");
  EXPECT_EQ(Read(disk_.AfterPowerLoss(100).get(), "/d/f"), "abcdefg");
  EXPECT_EQ(Read(&disk_, "/d/f"), "abcdefg");
}

TEST_F(PowerLossTest, OverwritingAndTruncatingNeedASyncToo) {
  const auto file = Create("/d/f");
  ASSERT_TRUE(disk_.SyncDirectory("/d").ok());
  ASSERT_TRUE(file->WriteAt(0, "abc").ok());
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(file->WriteAt(0, "x").ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss(100).get(), "/d/f"), "abc");
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/f"), "xbc");
  ASSERT_TRUE(file->Truncate(1).ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/f"), "xbc");
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/f"), "x");
}

TEST_F(PowerLossTest, ARenameWithoutDirectorySyncIsUndone) {
  const auto file = Create("/d/a");
  ASSERT_TRUE(file->WriteAt(0, "abc").ok());
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(disk_.SyncDirectory("/d").ok());
  ASSERT_TRUE(disk_.Rename("/d/a", "/d/b").ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/a"), "abc");
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/b"), "NOT_FOUND");
  EXPECT_EQ(Read(disk_.AfterPowerLoss(0, true).get(), "/d/b"), "abc");
  ASSERT_TRUE(disk_.SyncDirectory("/d").ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/a"), "NOT_FOUND");
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/b"), "abc");
}

TEST_F(PowerLossTest, ARenameBeforeTheSyncOfItsFileLeavesItEmpty) {
  const auto file = Create("/d/a");
  ASSERT_TRUE(file->WriteAt(0, "abc").ok());
  ASSERT_TRUE(disk_.Rename("/d/a", "/d/b").ok());
  ASSERT_TRUE(disk_.SyncDirectory("/d").ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/b"), "");
}

TEST_F(PowerLossTest, ARemovalWithoutDirectorySyncIsUndone) {
  const auto file = Create("/d/f");
  ASSERT_TRUE(disk_.SyncDirectory("/d").ok());
  ASSERT_TRUE(disk_.Remove("/d/f").ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), "/d/f"), "");
  EXPECT_EQ(Read(disk_.AfterPowerLoss(0, true).get(), "/d/f"), "NOT_FOUND");
}

TEST_F(PowerLossTest, NobodyHoldsALockAfterwards) {
  const auto lock = disk_.Lock("/d/LOCK");
  ASSERT_TRUE(lock.ok());
  EXPECT_TRUE(disk_.AfterPowerLoss()->Lock("/d/LOCK").ok());
}

TEST(FaultyFileSystemTest, FailsTheNthCallAndNoOther) {
  MemoryFileSystem memory;
  FaultyFileSystem faulty(&memory);
  const auto file = faulty.Open("/f", OpenMode::kCreate);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->WriteAt(0, "0000").ok());
  faulty.FailNth(FaultyFileSystem::Fault::kWrite, 2);
  EXPECT_TRUE((*file)->WriteAt(0, "1111").ok());
  EXPECT_EQ((*file)->WriteAt(0, "2222").code(), Code::kIo);
  EXPECT_EQ(*ReadWholeFile(&memory, "/f", 10), "2211");
  EXPECT_TRUE((*file)->WriteAt(0, "3333").ok());
  EXPECT_EQ(faulty.Calls(FaultyFileSystem::Fault::kWrite), 4);
}

TEST(FaultyFileSystemTest, FailsForEverUntilHealed) {
  MemoryFileSystem memory;
  FaultyFileSystem faulty(&memory);
  using Fault = FaultyFileSystem::Fault;
  const auto file = faulty.Open("/f", OpenMode::kCreate);
  for (const Fault fault : {Fault::kSync, Fault::kSyncDirectory, Fault::kRename, Fault::kOpen,
                            Fault::kRemove, Fault::kWrite}) {
    faulty.FailNth(fault, 1, true);
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ((*file)->Sync().code(), Code::kIo);
    EXPECT_EQ((*file)->Truncate(0).code(), Code::kIo);
    EXPECT_EQ(faulty.SyncDirectory("/").code(), Code::kIo);
    EXPECT_EQ(faulty.Rename("/f", "/g").code(), Code::kIo);
    EXPECT_EQ(faulty.Open("/f", OpenMode::kRead).code(), Code::kIo);
    EXPECT_EQ(faulty.Remove("/f").code(), Code::kIo);
  }
  faulty.Heal();
  EXPECT_TRUE((*file)->Sync().ok());
  EXPECT_TRUE(faulty.SyncDirectory("/").ok());
  EXPECT_TRUE(faulty.Rename("/f", "/g").ok());
  EXPECT_TRUE(faulty.Remove("/g").ok());
}

}  // namespace
}  // namespace kontor
