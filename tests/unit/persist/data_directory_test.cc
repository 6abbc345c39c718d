#include "persist/data_directory.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "base/hash.h"
#include "os/memory_file_system.h"
#include "persist/file_format.h"
#include "persist/journal_format.h"
#include "style/temporary_directory.h"
#include "unit/persist/persist_testing.h"

namespace kontor {
namespace {

using namespace persist_testing;  // NOLINT(google-build-using-namespace)

class DataDirectoryTest : public testing::Test {
 protected:
  // Appends the records up to `last` in one life of the directory.
  void Live(uint64_t last) {
    Opened opened = OpenDirectory(&disk_);
    ASSERT_TRUE(opened.status.ok()) << opened.status.message();
    AppendUpTo(opened.directory.get(), last);
    ASSERT_TRUE(opened.directory->Close().ok());
  }

  MemoryFileSystem disk_;
};

TEST_F(DataDirectoryTest, ANewDirectoryIsEmptyAndSaysSo) {
  const Opened opened = OpenDirectory(&disk_);
  ASSERT_TRUE(opened.status.ok()) << opened.status.message();
  EXPECT_TRUE(opened.report.created);
  EXPECT_EQ(opened.Lsn(), 0u);
  EXPECT_TRUE(opened.directory->SnapshotIsCurrent());
  EXPECT_FALSE(opened.directory->SnapshotDue());
}

TEST_F(DataDirectoryTest, RecordsComeBackInOrderLifeAfterLife) {
  for (uint64_t life = 1; life <= 5; ++life) {
    Opened opened = OpenDirectory(&disk_);
    ASSERT_TRUE(opened.status.ok()) << opened.status.message();
    EXPECT_EQ(opened.report.created, life == 1);
    EXPECT_EQ(opened.Lsn(), (life - 1) * 10);
    EXPECT_EQ(opened.report.journal_records, (life - 1) * 10);
    EXPECT_EQ(opened.report.journal_effects, (life - 1) * 20);
    EXPECT_EQ(opened.report.torn_bytes, 0u);
    AppendUpTo(opened.directory.get(), life * 10);
    ASSERT_TRUE(opened.directory->Close().ok());
  }
}

TEST_F(DataDirectoryTest, LivesWithoutRecordsLeaveNoFilesBehind) {
  Live(3);
  Live(3);
  const size_t files = FilesOf(&disk_).size();
  for (int life = 0; life < 5; ++life) Live(3);
  EXPECT_EQ(FilesOf(&disk_).size(), files);
}

TEST_F(DataDirectoryTest, ASecondOpeningIsRefusedWhileTheFirstLives) {
  Opened first = OpenDirectory(&disk_);
  const Opened second = OpenDirectory(&disk_);
  EXPECT_EQ(second.status.code(), Code::kLocked);
  EXPECT_NE(second.status.message().find(std::to_string(getpid())), std::string::npos);
  first.directory.reset();
  EXPECT_TRUE(OpenDirectory(&disk_).status.ok());
}

TEST_F(DataDirectoryTest, AFileInItsPlaceIsInvalid) {
  ASSERT_TRUE(disk_.Open(kDirectory, OpenMode::kCreate).ok());
  EXPECT_EQ(OpenDirectory(&disk_).status.code(), Code::kInvalid);
}

TEST_F(DataDirectoryTest, StrangersFilesAreLeftAlone) {
  ASSERT_TRUE(disk_.CreateDirectory(kDirectory).ok());
  for (const char* name : {"notes.txt", "other.tmp", "journal-1", "snapshot-xyz"}) {
    ASSERT_TRUE(disk_.Open(std::string(kDirectory) + "/" + name, OpenMode::kCreate).ok());
  }
  Live(2);
  Live(4);
  const Files files = FilesOf(&disk_);
  for (const char* name : {"notes.txt", "other.tmp", "journal-1", "snapshot-xyz"}) {
    EXPECT_EQ(files.count(name), 1u) << name;
  }
}

TEST_F(DataDirectoryTest, ASnapshotReplacesTheJournalBeforeIt) {
  {
    Opened opened = OpenDirectory(&disk_);
    AppendUpTo(opened.directory.get(), 8);
    EXPECT_FALSE(opened.directory->SnapshotIsCurrent());
    ASSERT_TRUE(TakeSnapshot(opened.directory.get(), StateAt(8)).ok());
    EXPECT_TRUE(opened.directory->SnapshotIsCurrent());
    AppendUpTo(opened.directory.get(), 11);
    EXPECT_FALSE(opened.directory->SnapshotIsCurrent());
    ASSERT_TRUE(opened.directory->Close().ok());
  }
  const Files files = FilesOf(&disk_);
  EXPECT_EQ(files.size(), 3u);
  EXPECT_EQ(files.count("snapshot-" + Hex(8)), 1u);
  EXPECT_EQ(files.count("journal-" + Hex(9)), 1u);
  EXPECT_EQ(files.count("MANIFEST"), 1u);
  const Opened opened = OpenDirectory(&disk_);
  ASSERT_TRUE(opened.status.ok()) << opened.status.message();
  EXPECT_EQ(opened.Lsn(), 11u);
  EXPECT_EQ(opened.report.snapshot_effects, StateAt(8).size());
  EXPECT_EQ(opened.report.journal_records, 3u);
}

TEST_F(DataDirectoryTest, AnEmptyDirectoryMayBeSnapshotTwice) {
  {
    Opened opened = OpenDirectory(&disk_);
    ASSERT_TRUE(TakeSnapshot(opened.directory.get(), {}).ok());
    ASSERT_TRUE(TakeSnapshot(opened.directory.get(), {}).ok());
    ASSERT_TRUE(opened.directory->Close().ok());
  }
  {
    Opened opened = OpenDirectory(&disk_);
    ASSERT_TRUE(opened.status.ok()) << opened.status.message();
    EXPECT_FALSE(opened.report.created);
    AppendUpTo(opened.directory.get(), 2);
    ASSERT_TRUE(TakeSnapshot(opened.directory.get(), StateAt(2)).ok());
    ASSERT_TRUE(TakeSnapshot(opened.directory.get(), StateAt(2)).ok());
  }
  const Opened opened = OpenDirectory(&disk_);
  EXPECT_EQ(opened.Lsn(), 2u);
  EXPECT_TRUE(opened.directory->SnapshotIsCurrent());
}

TEST_F(DataDirectoryTest, RecordsAppendedDuringASnapshotAreKept) {
  {
    Opened opened = OpenDirectory(&disk_);
    AppendUpTo(opened.directory.get(), 4);
    auto writer = opened.directory->BeginSnapshot();
    ASSERT_TRUE(writer.ok());
    EXPECT_EQ((*writer)->cut(), 4u);
    for (const auto& [key, value] : StateAt(4)) {
      (*writer)->Add(KeyEffect{.kind = KeyEffectKind::kStringSet, .key = key, .value = value});
    }
    AppendUpTo(opened.directory.get(), 9);
    ASSERT_TRUE(opened.directory->CommitSnapshot(*std::move(writer)).ok());
  }
  const Opened opened = OpenDirectory(&disk_);
  ASSERT_TRUE(opened.status.ok()) << opened.status.message();
  EXPECT_EQ(opened.Lsn(), 9u);
  EXPECT_EQ(opened.report.journal_records, 5u);
}

TEST_F(DataDirectoryTest, AnAbandonedSnapshotChangesNothing) {
  {
    Opened opened = OpenDirectory(&disk_);
    AppendUpTo(opened.directory.get(), 4);
    ASSERT_TRUE(opened.directory->BeginSnapshot().ok());
    AppendUpTo(opened.directory.get(), 6);
  }
  EXPECT_EQ(OpenDirectory(&disk_).Lsn(), 6u);
}

TEST_F(DataDirectoryTest, ASnapshotIsDueOnceTheJournalOutgrewIt) {
  DataDirectoryOptions options = OptionsFor(&disk_);
  options.snapshot_min_journal_bytes = 200;
  options.snapshot_growth_percent = 300;
  const auto append_until_due = [](DataDirectory* directory) {
    const Lsn before = directory->journal()->last_lsn();
    while (!directory->SnapshotDue() && directory->journal()->last_lsn() < before + 100) {
      AppendUpTo(directory, directory->journal()->last_lsn() + 1);
    }
    return directory->journal()->last_lsn() - before;
  };
  {
    Opened opened = OpenDirectory(options);
    const uint64_t first = append_until_due(opened.directory.get());
    EXPECT_GE(first, 3u);
    EXPECT_LT(first, 10u);
  }
  // The journal of an earlier life counts.
  Opened opened = OpenDirectory(options);
  EXPECT_TRUE(opened.directory->SnapshotDue());
  ASSERT_TRUE(TakeSnapshot(opened.directory.get(), opened.state).ok());
  EXPECT_FALSE(opened.directory->SnapshotDue());
  const uint64_t second = append_until_due(opened.directory.get());
  EXPECT_GE(second, 4u);
  EXPECT_LT(second, 100u);
  // So does the part before a snapshot that was begun and given up.
  ASSERT_TRUE(opened.directory->BeginSnapshot().ok());
  EXPECT_TRUE(opened.directory->SnapshotDue());
}

TEST_F(DataDirectoryTest, LeftoversOfACrashAreRemoved) {
  Live(5);
  Files files = FilesOf(&disk_);
  files["MANIFEST.tmp"] = "half";
  files["snapshot-" + Hex(3) + ".tmp"] = "half";
  files["journal-" + Hex(9) + ".tmp"] = "half";
  files["snapshot-" + Hex(4)] = "whole, but no manifest names it";
  files["journal-" + Hex(0)] = "older than the manifest's first";
  const auto disk = DiskWith(files);
  EXPECT_EQ(OpenDirectory(disk.get()).Lsn(), 5u);
  const Files after = FilesOf(disk.get());
  EXPECT_EQ(after.size(), 3u);
  EXPECT_EQ(
      after.count("MANIFEST") + after.count("journal-" + Hex(1)) + after.count("journal-" + Hex(6)),
      3u);
}

TEST_F(DataDirectoryTest, TheHandlersErrorEndsRecoveryAndSaysWhere) {
  Live(5);
  const Files before = FilesOf(&disk_);
  RecoveryReport report;
  int calls = 0;
  const auto opened = DataDirectory::Open(
      OptionsFor(&disk_),
      [&calls](const Effect&) {
        return ++calls == 4 ? Status(Code::kCorrupt, "no such list") : Ok();
      },
      &report);
  EXPECT_EQ(opened.code(), Code::kCorrupt);
  EXPECT_NE(opened.status().message().find("record 2"), std::string::npos);
  EXPECT_NE(opened.status().message().find("no such list"), std::string::npos);
  EXPECT_EQ(FilesOf(&disk_), before);
}

// A prelude as version `version` of this library would write it.
std::string PreludeOf(std::string_view magic, uint32_t version) {
  std::string prelude(magic);
  PutFixed32(&prelude, version);
  PutFixed32(&prelude, static_cast<uint32_t>(Xxh3(prelude)));
  return prelude;
}

TEST_F(DataDirectoryTest, EveryFileOfANewerFormatIsNamedAndNothingIsChanged) {
  {
    Opened opened = OpenDirectory(&disk_);
    AppendUpTo(opened.directory.get(), 3);
    ASSERT_TRUE(TakeSnapshot(opened.directory.get(), StateAt(3)).ok());
    AppendUpTo(opened.directory.get(), 5);
  }
  const Files files = FilesOf(&disk_);
  for (const auto& [name, magic] :
       {std::pair<std::string, std::string_view>{"MANIFEST", kManifestMagic},
        {"snapshot-" + Hex(3), kSnapshotMagic},
        {"journal-" + Hex(4), kJournalMagic}}) {
    for (const uint32_t version : {kFormatVersion + 1, UINT32_MAX}) {
      Files newer = files;
      newer[name].replace(0, kPreludeBytes, PreludeOf(magic, version));
      const auto disk = DiskWith(newer);
      const Opened opened = OpenDirectory(disk.get());
      EXPECT_EQ(opened.status.code(), Code::kNewerFormat) << opened.status.message();
      EXPECT_NE(opened.status.message().find(name), std::string::npos);
      EXPECT_NE(opened.status.message().find("version " + std::to_string(version)),
                std::string::npos);
      EXPECT_EQ(FilesOf(disk.get()), newer);
    }
    Files zero = files;
    zero[name].replace(0, kPreludeBytes, PreludeOf(magic, 0));
    EXPECT_EQ(OpenDirectory(DiskWith(zero).get()).status.code(), Code::kCorrupt);
  }
}

TEST_F(DataDirectoryTest, AFrameTypeOfALaterVersionIsNotTakenForDamage) {
  Live(2);
  Files files = FilesOf(&disk_);
  std::string& segment = files["journal-" + Hex(1)];
  const auto header = DecodeSegmentHeader(segment, "journal");
  ASSERT_TRUE(header.ok());
  FrameHeader frame{
      .payload_bytes = 3, .type = static_cast<uint8_t>(FrameType::kCompressedRecord), .lsn = 3};
  frame.checksum = FrameChecksum(header->salt, frame, Xxh3("abc"));
  PutFixed32(&segment, frame.payload_bytes);
  segment.push_back(static_cast<char>(frame.type));
  PutFixed64(&segment, frame.lsn);
  PutFixed64(&segment, frame.checksum);
  segment += "abc";
  files.erase("journal-" + Hex(3));
  const auto disk = DiskWith(files);
  EXPECT_EQ(OpenDirectory(disk.get()).status.code(), Code::kNewerFormat);
  EXPECT_EQ(FilesOf(disk.get()), files);
}

// What the bytes of version 1 are, once and for all.
TEST(FormatTest, TheBytesOfVersionOneNeverChange) {
  std::string frame;
  AppendFrame(&frame, 0x0123456789abcdef, 2, "payload", Xxh3("payload"));
  EXPECT_EQ(frame.substr(0, 13), Bytes("\x07\0\0\0\x01\x02\0\0\0\0\0\0\0", 13));
  EXPECT_EQ(DecodeFrameHeader(frame).checksum, 0xef56431f24957e03u);
  EXPECT_EQ(frame.substr(kFrameHeaderBytes), "payload");
  std::string mark;
  AppendSyncMark(&mark, 0x0123456789abcdef, 9, 7);
  EXPECT_EQ(mark.substr(0, 13), Bytes("\x08\0\0\0\x03\x09\0\0\0\0\0\0\0", 13));
  EXPECT_EQ(DecodeFrameHeader(mark).checksum, 0x6932cb18f6ab6e4cu);
  EXPECT_EQ(mark.substr(kFrameHeaderBytes), Bytes("\x07\0\0\0\0\0\0\0", 8));
  std::string prelude;
  PutPrelude(&prelude, kJournalMagic);
  EXPECT_EQ(prelude, Bytes("KNTRJRNL\x01\0\0\0\x68\x42\x39\x95", 16));
}

// A whole directory, as this version wrote it, still opens.
TEST(FormatTest, ADirectoryOfVersionOneStillOpens) {
  const auto bytes = [](const std::string& hex) {
    std::string raw;
    for (size_t i = 0; i < hex.size(); i += 2) {
      raw.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    return raw;
  };
  const auto disk = DiskWith(
      {{"MANIFEST",
        bytes("4b4e54524d414e4901000000fd6d057602000000000000008e00000000000000030000000000"
              "00001a077bef3fdb5e34")},
       {"journal-0000000000000003",
        bytes("4b4e54524a524e4c0100000068423995284529ccaa7efe3e03000000000000003e2ac28d58ae"
              "83481c0000000103000000000000009e4786507e1549530100056b657920330776616c756520"
              "3300010005636f756e74013300")},
       {"snapshot-0000000000000002",
        bytes("4b4e5452534e4150010000009312a6b47adc92da7c161314020000000000000064fb1e94175c"
              "d7692d000000360000006a01194165a4030b28b52ffd202d690100010005636f756e74013200"
              "0100056b657920310776616c75652031000100056b657920320776616c756520320000000000"
              "0000000001000000000000000300000000000000ef94d13d2853ab2c")}});
  const Opened opened = OpenDirectory(disk.get());
  ASSERT_TRUE(opened.status.ok()) << opened.status.message();
  EXPECT_EQ(opened.Lsn(), 3u);
  EXPECT_EQ(opened.report.snapshot_effects, 3u);
  EXPECT_EQ(opened.report.journal_records, 1u);
}

class PosixDataDirectoryTest : public testing::Test {
 protected:
  PosixDataDirectoryTest() { options_.path = directory_.path(); }

  const TemporaryDirectory directory_;
  DataDirectoryOptions options_;
};

TEST_F(PosixDataDirectoryTest, WorksOnTheMachinesOwnFiles) {
  {
    Opened opened = OpenDirectory(options_);
    ASSERT_TRUE(opened.status.ok()) << opened.status.message();
    AppendUpTo(opened.directory.get(), 20);
    ASSERT_TRUE(TakeSnapshot(opened.directory.get(), StateAt(20)).ok());
    AppendUpTo(opened.directory.get(), 30);
    ASSERT_TRUE(opened.directory->Close().ok());
  }
  EXPECT_EQ(OpenDirectory(options_).Lsn(), 30u);
}

TEST_F(PosixDataDirectoryTest, AForkedChildMayNeitherWriteNorHarm) {
  Opened opened = OpenDirectory(options_);
  AppendUpTo(opened.directory.get(), 3);
  opened.directory->journal()->Append(RecordOf(4));
  const pid_t child = fork();
  if (child == 0) {
    const bool refused = opened.directory->journal()->CheckWritable().code() == Code::kForked;
    opened.directory.reset();
    _exit(refused ? 0 : 1);
  }
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  EXPECT_TRUE(WIFEXITED(state) && WEXITSTATUS(state) == 0);
  AppendUpTo(opened.directory.get(), 6);
  ASSERT_TRUE(opened.directory->Close().ok());
  opened.directory.reset();
  const Opened again = OpenDirectory(options_);
  ASSERT_TRUE(again.status.ok()) << again.status.message();
  EXPECT_EQ(again.Lsn(), 6u);
}

TEST_F(PosixDataDirectoryTest, AnotherProcessIsToldTheOwner) {
  const Opened opened = OpenDirectory(options_);
  ASSERT_TRUE(opened.status.ok());
  const std::string owner = "process " + std::to_string(getpid());
  const pid_t child = fork();
  if (child == 0) {
    const Opened second = OpenDirectory(options_);
    const bool told = second.status.code() == Code::kLocked &&
                      second.status.message().find(owner) != std::string::npos;
    _exit(told ? 0 : 1);
  }
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  EXPECT_TRUE(WIFEXITED(state) && WEXITSTATUS(state) == 0);
}

}  // namespace
}  // namespace kontor
