// The disk fails, or the power goes, at every single step of a small life with snapshots in it.
// Whatever was acknowledged as durable is there afterwards, and the state is that of one whole
// record.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/random.h"
#include "os/faulty_file_system.h"
#include "os/memory_file_system.h"
#include "persist/data_directory.h"
#include "unit/persist/persist_testing.h"
#include "unit/test_seed.h"

namespace kontor {
namespace {

using namespace persist_testing;  // NOLINT(google-build-using-namespace)

constexpr uint64_t kRecords = 12;

// Opens, appends durably up to kRecords records with snapshots in between, closes. Goes on after a
// snapshot that failed, stops at the first record that is not acknowledged. *acknowledged is always
// up to date.
void Live(FileSystem* file_system, uint64_t* acknowledged) {
  Opened opened = OpenDirectory(file_system);
  if (!opened.status.ok()) return;
  Journal* const journal = opened.directory->journal();
  State state = opened.state;
  while (journal->last_lsn() < kRecords) {
    if (!journal->CheckWritable().ok()) return;
    const Lsn lsn = journal->Append(RecordOf(journal->last_lsn() + 1));
    if (!journal->WaitDurable(lsn).ok()) return;
    *acknowledged = lsn;
    // Twice at one cut, because the second must not spoil the first.
    for (int repeat = 0; lsn % 5 == 0 && repeat < 2; ++repeat) {
      const Status status = TakeSnapshot(opened.directory.get(), StateAt(lsn), 1 + repeat);
      if (!status.ok()) {
        EXPECT_TRUE(status.code() == Code::kIo || status.code() == Code::kReadOnly);
      }
    }
  }
  const Status closed = opened.directory->Close();
  EXPECT_TRUE(closed.ok() || closed.code() == Code::kIo);
}

void ExpectNothingLost(FileSystem* disk, uint64_t acknowledged, const std::string& what) {
  for (int life = 0; life < 2; ++life) {
    Opened opened = OpenDirectory(disk);
    ASSERT_TRUE(opened.status.ok()) << what << ": " << opened.status.message();
    EXPECT_GE(opened.Lsn(), acknowledged) << what;
    // And it is a directory to go on with.
    if (life == 0) AppendUpTo(opened.directory.get(), opened.Lsn() + 1);
    acknowledged += life == 0 ? 1 : 0;
  }
}

// Everything that may be left if the power goes now.
std::vector<std::unique_ptr<MemoryFileSystem>> PossibleDisks(const MemoryFileSystem& disk) {
  std::vector<std::unique_ptr<MemoryFileSystem>> disks;
  for (const size_t kept : {size_t{0}, size_t{1}, size_t{30}, size_t{1} << 30}) {
    disks.push_back(disk.AfterPowerLoss(kept, false));
    disks.push_back(disk.AfterPowerLoss(kept, true));
  }
  return disks;
}

TEST(FaultTest, NoSingleFaultLosesAnAcknowledgedRecord) {
  using Fault = FaultyFileSystem::Fault;
  for (const Fault fault : {Fault::kWrite, Fault::kSync, Fault::kSyncDirectory, Fault::kRename,
                            Fault::kOpen, Fault::kRemove}) {
    for (const bool for_ever : {false, true}) {
      for (int64_t nth = 1;; ++nth) {
        const std::string what = "fault " + std::to_string(static_cast<int>(fault)) + " at call " +
                                 std::to_string(nth) + (for_ever ? " and later" : "");
        MemoryFileSystem disk;
        FaultyFileSystem faulty(&disk);
        faulty.FailNth(fault, nth, for_ever);
        uint64_t acknowledged = 0;
        Live(&faulty, &acknowledged);
        if (faulty.Calls(fault) < nth) {
          EXPECT_EQ(acknowledged, kRecords);
          EXPECT_GT(nth, 2) << what;
          break;
        }
        for (const auto& after : PossibleDisks(disk)) {
          ExpectNothingLost(after.get(), acknowledged, what);
        }
        ExpectNothingLost(&disk, acknowledged, what + ", without a power loss");
      }
    }
  }
}

TEST(FaultTest, NoPowerLossAtAnyStepLosesAnAcknowledgedRecord) {
  struct Point {
    std::string operation;
    uint64_t acknowledged;
    std::vector<std::unique_ptr<MemoryFileSystem>> disks;
  };
  MemoryFileSystem disk;
  std::mutex mutex;
  std::vector<Point> points;
  uint64_t acknowledged = 0;
  HookedFileSystem hooked(&disk, [&](const std::string& operation) {
    const std::lock_guard<std::mutex> lock(mutex);
    points.push_back({operation, acknowledged, PossibleDisks(disk)});
  });
  Live(&hooked, &acknowledged);
  ASSERT_EQ(acknowledged, kRecords);
  ASSERT_GT(points.size(), 60u);
  for (size_t i = 0; i < points.size(); ++i) {
    for (const auto& after : points[i].disks) {
      ExpectNothingLost(after.get(), points[i].acknowledged,
                        "power loss after step " + std::to_string(i) + ", " + points[i].operation);
    }
  }
}

TEST(FaultTest, NoPowerLossDuringRecoveryLosesAnything) {
  // A torn tail, leftovers to remove, and a snapshot: all that Open mends.
  MemoryFileSystem first;
  {
    Opened opened = OpenDirectory(&first);
    AppendUpTo(opened.directory.get(), 4);
    ASSERT_TRUE(TakeSnapshot(opened.directory.get(), StateAt(4)).ok());
    AppendUpTo(opened.directory.get(), 7);
  }
  Files files = FilesOf(&first);
  files["journal-" + Hex(5)] += "torn";
  files["journal-" + Hex(2)] = "obsolete";
  files["snapshot-" + Hex(2)] = "obsolete";
  files["MANIFEST.tmp"] = "obsolete";
  const auto disk = DiskWith(files);
  std::vector<std::unique_ptr<MemoryFileSystem>> disks;
  std::vector<std::string> order;
  HookedFileSystem hooked(disk.get(), [&](const std::string& operation) {
    order.push_back(operation);
    for (auto& after : PossibleDisks(*disk)) disks.push_back(std::move(after));
  });
  EXPECT_EQ(OpenDirectory(&hooked).Lsn(), 7u);
  ASSERT_GT(disks.size(), 8u * 8u);
  // The manifest's name may be unsynced when a killed process left it; what it makes obsolete must
  // outlive that.
  EXPECT_LT(std::find(order.begin(), order.end(), "sync directory"),
            std::find(order.begin(), order.end(), "remove"));
  for (const auto& after : disks) ExpectNothingLost(after.get(), 7, "power loss during recovery");
}

// What is written and not synced may survive a power loss in any parts, in no order.
TEST(FaultTest, ARecordIsOnDiskOrNotAtAllWhateverTailSurvives) {
  constexpr size_t kPartBytes = 16;
  const std::string name = "journal-" + Hex(1);
  MemoryFileSystem disk;
  Opened opened = OpenDirectory(&disk);
  AppendUpTo(opened.directory.get(), 3);
  // The background thread writes within milliseconds, the sync is a second away.
  const Files synced = FilesOf(&disk);
  for (uint64_t lsn = 4; lsn <= 8; ++lsn) opened.directory->journal()->Append(RecordOf(lsn));
  Files written = synced;
  for (int i = 0; i < 5000 && written == synced; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    written = FilesOf(&disk);
  }
  const std::string& before = synced.at(name);
  const std::string& after = written.at(name);
  ASSERT_EQ(before.size(), after.size());  // it was zeroed ahead
  const size_t begin = static_cast<size_t>(
      std::mismatch(before.begin(), before.end(), after.begin()).first - before.begin());
  const size_t end = after.find_last_not_of('\0') + 1;
  ASSERT_LT(begin, end);
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("KONTOR_SEED=" + std::to_string(seed));
  Random random(seed);
  std::set<Lsn> seen;
  for (int i = 0; i < 1000; ++i) {
    Files some = synced;
    for (size_t at = begin; at < end; at += kPartBytes) {
      const size_t size = std::min(kPartBytes, end - at);
      if (random.Next() % 4 != 0) some[name].replace(at, size, after, at, size);
    }
    const auto survived = DiskWith(some);
    const Opened reopened = OpenDirectory(survived.get());
    ASSERT_TRUE(reopened.status.ok()) << i << ": " << reopened.status.message();
    ASSERT_GE(reopened.Lsn(), 3u);
    seen.insert(reopened.Lsn());
  }
  EXPECT_GE(seen.size(), 4u);
}

TEST(FaultTest, AFailedSnapshotLeavesAJournalThatGoesOn) {
  using Fault = FaultyFileSystem::Fault;
  MemoryFileSystem disk;
  FaultyFileSystem faulty(&disk);
  Opened opened = OpenDirectory(&faulty);
  AppendUpTo(opened.directory.get(), 3);
  auto writer = opened.directory->BeginSnapshot();
  ASSERT_TRUE(writer.ok());
  faulty.FailNth(Fault::kWrite, 1);
  EXPECT_EQ(opened.directory->CommitSnapshot(*std::move(writer)).code(), Code::kIo);
  EXPECT_TRUE(opened.directory->journal()->CheckWritable().ok());
  AppendUpTo(opened.directory.get(), 5);
  EXPECT_FALSE(opened.directory->SnapshotIsCurrent());
  ASSERT_TRUE(TakeSnapshot(opened.directory.get(), StateAt(5)).ok());
  EXPECT_TRUE(opened.directory->SnapshotIsCurrent());
  EXPECT_EQ(FilesOf(&disk).size(), 3u);
}

TEST(FaultTest, ASnapshotNeverTakesTheRoomOfTheJournal) {
  using Fault = FaultyFileSystem::Fault;
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  MemoryFileSystem disk;
  FaultyFileSystem faulty(&disk);
  Opened opened = OpenDirectory(&faulty);
  AppendUpTo(opened.directory.get(), 3);
  const int64_t writes = faulty.Calls(Fault::kWrite);

  faulty.set_space({.free_bytes = 32 * kMiB, .total_bytes = 1024 * kMiB});
  const auto refused = opened.directory->BeginSnapshot();
  EXPECT_EQ(refused.status().code(), Code::kIo);
  EXPECT_NE(refused.status().message().find("free some space"), std::string::npos);
  EXPECT_EQ(faulty.Calls(Fault::kWrite), writes) << "not even the journal was rotated";

  // It runs out in the middle: the snapshot goes, the journal stays.
  faulty.set_space({.free_bytes = 64 * kMiB, .total_bytes = 1024 * kMiB});
  auto writer = opened.directory->BeginSnapshot();
  ASSERT_TRUE(writer.ok());
  faulty.set_space({.free_bytes = 31 * kMiB, .total_bytes = 1024 * kMiB});
  EXPECT_EQ(opened.directory->CommitSnapshot(*std::move(writer)).code(), Code::kIo);
  AppendUpTo(opened.directory.get(), 5);
  for (const auto& [name, content] : FilesOf(&disk)) {
    EXPECT_EQ(name.find("snapshot"), name.npos) << name;
  }

  // Of a small disk a sixteenth is left alone.
  faulty.set_space({.free_bytes = 3 * kMiB, .total_bytes = 16 * kMiB});
  EXPECT_TRUE(TakeSnapshot(opened.directory.get(), StateAt(5)).ok());
  EXPECT_TRUE(opened.directory->SnapshotIsCurrent());
}

TEST(FaultTest, AnObsoleteFileThatStaysIsReportedAndRemovedNextTime) {
  MemoryFileSystem disk;
  FaultyFileSystem faulty(&disk);
  Opened opened = OpenDirectory(&faulty);
  AppendUpTo(opened.directory.get(), 3);
  faulty.FailNth(FaultyFileSystem::Fault::kRemove, 1);
  const Status status = TakeSnapshot(opened.directory.get(), StateAt(3));
  EXPECT_EQ(status.code(), Code::kIo);
  EXPECT_NE(status.message().find("the snapshot is in place"), std::string::npos);
  EXPECT_TRUE(opened.directory->SnapshotIsCurrent());
  EXPECT_EQ(FilesOf(&disk).size(), 4u);
  AppendUpTo(opened.directory.get(), 4);
  ASSERT_TRUE(TakeSnapshot(opened.directory.get(), StateAt(4)).ok());
  EXPECT_EQ(FilesOf(&disk).size(), 3u);
}

}  // namespace
}  // namespace kontor
