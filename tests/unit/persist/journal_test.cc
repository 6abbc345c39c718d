#include "persist/journal.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/codec.h"
#include "os/faulty_file_system.h"
#include "os/memory_file_system.h"
#include "persist/journal_format.h"
#include "persist/journal_reader.h"
#include "unit/persist/persist_testing.h"

namespace kontor {
namespace {

using persist_testing::FilesOf;
using persist_testing::Hex;
using persist_testing::HookedFileSystem;
using persist_testing::kDirectory;

constexpr int64_t kNeverMs = 60'000;

class JournalTest : public testing::Test {
 protected:
  JournalTest() { EXPECT_TRUE(disk_.CreateDirectory(kDirectory).ok()); }

  std::unique_ptr<Journal> Create(FileSystem* file_system, Lsn next_lsn = 1,
                                  int64_t sync_interval_ms = kNeverMs) {
    auto journal = Journal::Create(file_system, kDirectory, next_lsn, sync_interval_ms);
    EXPECT_TRUE(journal.ok()) << journal.status().message();
    return *std::move(journal);
  }

  // The payloads of one segment up to its end or the first bad frame.
  static std::vector<std::string> Read(FileSystem* file_system, Lsn first_lsn) {
    std::vector<std::string> payloads;
    const std::string path = std::string(kDirectory) + "/journal-" + Hex(first_lsn);
    auto reader = JournalReader::Open(file_system, path, first_lsn);
    EXPECT_TRUE(reader.ok()) << reader.status().message();
    if (!reader.ok()) return payloads;
    Bytes payload;
    while (true) {
      const auto outcome = (*reader)->Next(&payload);
      EXPECT_TRUE(outcome.ok());
      if (!outcome.ok() || *outcome != JournalReader::Outcome::kRecord) return payloads;
      payloads.emplace_back(payload);
    }
  }

  MemoryFileSystem disk_;
};

TEST_F(JournalTest, WhatIsDurableSurvivesAPowerLoss) {
  const auto journal = Create(&disk_);
  std::vector<std::string> expected;
  for (int i = 1; i <= 50; ++i) {
    expected.push_back("record " + std::to_string(i));
    const Lsn lsn = journal->Append(expected.back());
    EXPECT_EQ(lsn, static_cast<Lsn>(i));
    ASSERT_TRUE(journal->WaitDurable(lsn).ok());
    EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), 1), expected);
  }
}

TEST_F(JournalTest, WaitingForOneRecordCoversTheOnesBeforeIt) {
  const auto journal = Create(&disk_);
  for (int i = 0; i < 10; ++i) journal->Append("r");
  ASSERT_TRUE(journal->WaitDurable(10).ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), 1).size(), 10u);
  EXPECT_TRUE(journal->WaitDurable(0).ok());
  EXPECT_TRUE(journal->WaitDurable(3).ok());
}

TEST_F(JournalTest, GroupCommitKeepsTheOrderOfEveryThreadAndSharesSyncs) {
  constexpr int kThreads = 8;
  constexpr int kRecords = 60;
  std::atomic<int> syncs{0};
  HookedFileSystem slow(&disk_, [&syncs](const std::string& operation) {
    if (operation != "sync") return;
    ++syncs;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  const auto journal = Create(&slow);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&journal, thread] {
      for (int record = 0; record < kRecords; ++record) {
        std::string payload;
        PutVarint(&payload, static_cast<uint64_t>(thread));
        PutVarint(&payload, static_cast<uint64_t>(record));
        EXPECT_TRUE(journal->WaitDurable(journal->Append(payload)).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<uint64_t> next(kThreads, 0);
  for (const std::string& payload : Read(disk_.AfterPowerLoss().get(), 1)) {
    Decoder decoder(payload);
    uint64_t thread = 0;
    uint64_t record = 0;
    ASSERT_TRUE(decoder.GetVarint(&thread) && decoder.GetVarint(&record));
    EXPECT_EQ(record, next.at(thread)++);
  }
  EXPECT_EQ(next, std::vector<uint64_t>(kThreads, kRecords));
  EXPECT_LT(syncs, kThreads * kRecords * 6 / 10);
}

TEST_F(JournalTest, TheBackgroundThreadWritesSoonAndSyncsLater) {
  const auto lazy = Create(&disk_);
  // The second while the first still waits for its sync.
  for (size_t records = 1; records <= 2; ++records) {
    lazy->Append("written");
    for (int i = 0; i < 2000 && Read(&disk_, 1).size() < records; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(Read(&disk_, 1).size(), records);
    EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), 1).size(), 0u);
  }

  const auto eager = Create(&disk_, 100, 20);
  eager->Append("synced");
  for (int i = 0; i < 2000 && Read(disk_.AfterPowerLoss().get(), 100).empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), 100).size(), 1u);
}

TEST_F(JournalTest, TheBackgroundThreadWakesAgainAfterEveryPause) {
  const auto journal = Create(&disk_, 1, 5);
  for (size_t i = 1; i <= 5; ++i) {
    journal->Append("r");
    for (int wait = 0; wait < 4000 && Read(disk_.AfterPowerLoss().get(), 1).size() < i; ++wait) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ASSERT_EQ(Read(disk_.AfterPowerLoss().get(), 1).size(), i);
    std::this_thread::sleep_for(std::chrono::milliseconds(8));
  }
}

TEST_F(JournalTest, RotateBeginsASegmentOnlyAfterARecord) {
  const auto journal = Create(&disk_);
  EXPECT_EQ(*journal->Rotate(), 0u);
  journal->Append("one");
  journal->Append("two");
  EXPECT_GT(journal->bytes_since_rotation(), 6u);
  EXPECT_EQ(*journal->Rotate(), 2u);
  EXPECT_EQ(*journal->Rotate(), 2u);
  EXPECT_EQ(journal->bytes_since_rotation(), 0u);
  journal->Append("three");
  EXPECT_EQ(*journal->Rotate(), 3u);
  ASSERT_TRUE(journal->Sync().ok());
  const auto disk = disk_.AfterPowerLoss();
  EXPECT_EQ(FilesOf(disk.get()).size(), 3u);
  EXPECT_EQ(Read(disk.get(), 1), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(Read(disk.get(), 3), std::vector<std::string>{"three"});
  EXPECT_EQ(Read(disk.get(), 4), std::vector<std::string>());
  EXPECT_EQ(journal->last_lsn(), 3u);
}

TEST_F(JournalTest, ASegmentBeginsOnlyOnceTheOneBeforeItIsSynced) {
  std::vector<std::string> order;
  HookedFileSystem hooked(&disk_, [&order](const std::string& what) { order.push_back(what); });
  const auto journal = Create(&hooked);
  journal->Append("one");
  ASSERT_TRUE(journal->Rotate().ok());
  journal->Append("two");
  order.clear();
  ASSERT_TRUE(journal->WaitDurable(2).ok());
  EXPECT_EQ(order, (std::vector<std::string>{"write", "sync",                      // old segment
                                             "create", "write", "sync", "rename",  // new header
                                             "sync directory", "write",
                                             "write",  // zeros ahead
                                             "sync"}));
}

// So that a sync need not make its growth durable, too.
TEST_F(JournalTest, WhereSyncsAreWaitedForTheFileIsZeroedAheadUntilItIsClosed) {
  const auto size = [this] { return FilesOf(&disk_).at("journal-" + Hex(1)).size(); };
  constexpr int kRecords = 5000;
  {
    const auto journal = Create(&disk_);
    std::set<size_t> sizes;
    for (int i = 0; i < kRecords; ++i) {
      ASSERT_TRUE(journal->WaitDurable(journal->Append("a record of some bytes")).ok());
      sizes.insert(size());
    }
    EXPECT_GT(sizes.size(), 1u);
    EXPECT_LT(sizes.size(), 10u);
    EXPECT_GE(*sizes.begin(), size_t{64} << 10);
    EXPECT_LE(*sizes.rbegin(), size_t{2} << 20);
    EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), 1).size(), kRecords);
  }
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), 1).size(), kRecords);
  const std::string segment = FilesOf(disk_.AfterPowerLoss().get()).at("journal-" + Hex(1));
  const FrameHeader last = DecodeFrameHeader(
      Bytes(segment).substr(segment.size() - kSyncMarkPayloadBytes - kFrameHeaderBytes));
  EXPECT_EQ(last.type, static_cast<uint8_t>(FrameType::kSyncMark));
  EXPECT_EQ(last.lsn, kRecords + 1u);
}

TEST_F(JournalTest, WhereNobodyWaitsForSyncsAndWhereMuchIsWrittenNothingIsZeroedAhead) {
  const auto size = [this](Lsn first) {
    return FilesOf(&disk_).at("journal-" + Hex(first)).size();
  };
  const auto lazy = Create(&disk_);
  lazy->Append("r");
  ASSERT_TRUE(lazy->Sync().ok());
  EXPECT_EQ(size(1), kSegmentHeaderBytes + kFrameHeaderBytes + 1);
  const auto busy = Create(&disk_, 100);
  const std::string much(size_t{1} << 20, 'x');
  ASSERT_TRUE(busy->WaitDurable(busy->Append(much)).ok());
  EXPECT_EQ(size(100), kSegmentHeaderBytes + kFrameHeaderBytes + much.size());
}

TEST_F(JournalTest, ASegmentEndsBehindItsLastFrameOnceThereIsANextOne) {
  const auto journal = Create(&disk_);
  ASSERT_TRUE(journal->WaitDurable(journal->Append("one")).ok());
  ASSERT_TRUE(journal->Rotate().ok());
  ASSERT_TRUE(journal->WaitDurable(journal->Append("two")).ok());
  const auto files = FilesOf(disk_.AfterPowerLoss().get());
  EXPECT_EQ(files.at("journal-" + Hex(1)).size(), kSegmentHeaderBytes + kFrameHeaderBytes + 3);
  EXPECT_GT(files.at("journal-" + Hex(2)).size(), size_t{64} << 10);
}

TEST_F(JournalTest, ZerosAheadThatCannotBeWrittenCostNothing) {
  using Fault = FaultyFileSystem::Fault;
  FaultyFileSystem faulty(&disk_);
  const auto journal = Create(&faulty);
  journal->Append("one");
  faulty.FailNth(Fault::kWrite, 2);  // the first is the record
  ASSERT_TRUE(journal->WaitDurable(1).ok());
  EXPECT_EQ(faulty.Calls(Fault::kWrite), 3);  // one was of the header
  faulty.Heal();
  ASSERT_TRUE(journal->WaitDurable(journal->Append("two")).ok());
  EXPECT_EQ(faulty.Calls(Fault::kWrite), 4);
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), 1), (std::vector<std::string>{"one", "two"}));
  for (int i = 0; i < 100; ++i) {  // more than would have been zeroed
    ASSERT_TRUE(journal->WaitDurable(journal->Append(std::string(1000, 'x'))).ok());
  }
  EXPECT_EQ(FilesOf(&disk_).at("journal-" + Hex(1)).back(), 'x');
  EXPECT_TRUE(journal->Close().ok());
}

TEST_F(JournalTest, WhatIsSyncedIsMarkedOnce) {
  const auto journal = Create(&disk_);
  journal->Append("synced");
  ASSERT_TRUE(journal->Sync().ok());
  for (size_t records = 2; records <= 3; ++records) {  // each written by itself
    journal->Append("written");
    for (int i = 0; i < 2000 && Read(&disk_, 1).size() < records; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  EXPECT_EQ(FilesOf(&disk_).at("journal-" + Hex(1)).size(),
            kSegmentHeaderBytes + 4 * kFrameHeaderBytes + std::string("synced").size() +
                kSyncMarkPayloadBytes + 2 * std::string("written").size());
}

TEST_F(JournalTest, CloseTellsWhatItCannotWrite) {
  using Fault = FaultyFileSystem::Fault;
  for (const Fault fault : {Fault::kWrite, Fault::kSync}) {
    FaultyFileSystem faulty(&disk_);
    const Lsn first = fault == Fault::kSync ? 1 : 100;
    const auto journal = Create(&faulty, first);
    ASSERT_TRUE(journal->WaitDurable(journal->Append("durable")).ok());
    faulty.FailNth(fault, 1);
    EXPECT_EQ(journal->Close().code(), Code::kIo);
    EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), first), std::vector<std::string>{"durable"});
  }
}

TEST_F(JournalTest, CloseSyncsAndThenNothingIsTaken) {
  const auto journal = Create(&disk_);
  journal->Append("last");
  ASSERT_TRUE(journal->Close().ok());
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), 1).size(), 1u);
  EXPECT_EQ(journal->CheckWritable().code(), Code::kClosed);
  EXPECT_EQ(journal->Rotate().code(), Code::kClosed);
  EXPECT_EQ(journal->WaitDurable(journal->Append("late")).code(), Code::kClosed);
  EXPECT_TRUE(journal->WaitDurable(1).ok());
  EXPECT_TRUE(journal->Close().ok());
}

TEST_F(JournalTest, TheDestructorSyncsWhatWasAppended) {
  Create(&disk_)->Append("r");
  EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), 1).size(), 1u);
}

TEST_F(JournalTest, AFailedSyncOrWritePoisonsForGood) {
  using Fault = FaultyFileSystem::Fault;
  for (const Fault fault : {Fault::kSync, Fault::kWrite}) {
    FaultyFileSystem faulty(&disk_);
    const Lsn first = fault == Fault::kSync ? 1 : 100;
    const auto journal = Create(&faulty, first);
    ASSERT_TRUE(journal->WaitDurable(journal->Append("good")).ok());
    faulty.FailNth(fault, 1);
    const Lsn lost = journal->Append("lost");
    const Status failed = journal->WaitDurable(lost);
    EXPECT_EQ(failed.code(), Code::kIo);
    EXPECT_NE(failed.message().find("injected fault"), std::string::npos) << failed.message();
    faulty.Heal();
    const int64_t syncs = faulty.Calls(Fault::kSync);
    EXPECT_EQ(journal->WaitDurable(lost).code(), Code::kIo);
    EXPECT_EQ(journal->CheckWritable().code(), Code::kReadOnly);
    EXPECT_EQ(journal->CheckWritable().code(), Code::kReadOnly);
    EXPECT_NE(journal->CheckWritable().message().find("injected fault"), std::string::npos);
    EXPECT_EQ(journal->Sync().code(), Code::kIo);
    EXPECT_EQ(journal->Rotate().code(), Code::kReadOnly);
    EXPECT_EQ(journal->WaitDurable(journal->Append("later")).code(), Code::kIo);
    EXPECT_TRUE(journal->WaitDurable(first).ok());  // was durable before
    EXPECT_EQ(journal->Close().code(), Code::kIo);
    EXPECT_EQ(journal->Close().code(), Code::kIo);
    EXPECT_EQ(faulty.Calls(Fault::kSync), syncs);  // never tried again
    EXPECT_EQ(Read(disk_.AfterPowerLoss().get(), first), std::vector<std::string>{"good"});
  }
}

TEST_F(JournalTest, APoisonedJournalEndsEveryWait) {
  FaultyFileSystem faulty(&disk_);
  HookedFileSystem slow(&faulty, [](const std::string& operation) {
    if (operation == "sync") std::this_thread::sleep_for(std::chrono::milliseconds(5));
  });
  const auto journal = Create(&slow);
  faulty.FailNth(FaultyFileSystem::Fault::kSync, 2, true);
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      while (journal->WaitDurable(journal->Append("r")).ok()) {
      }
      ++failed;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 6);
}

TEST_F(JournalTest, AFailureOfTheBackgroundThreadShowsToo) {
  FaultyFileSystem faulty(&disk_);
  const auto journal = Create(&faulty);
  faulty.FailNth(FaultyFileSystem::Fault::kWrite, 1);
  journal->Append("r");
  for (int i = 0; i < 2000 && journal->CheckWritable().ok(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(journal->CheckWritable().code(), Code::kReadOnly);
}

TEST_F(JournalTest, WritersWaitWhileTheBufferIsOverItsBudget) {
  std::mutex mutex;
  std::condition_variable changed;
  bool blocked = false;
  HookedFileSystem hooked(&disk_, [&](const std::string& operation) {
    std::unique_lock<std::mutex> lock(mutex);
    if (operation == "write") changed.wait(lock, [&] { return !blocked; });
  });
  const auto journal = Create(&hooked);
  {
    const std::lock_guard<std::mutex> lock(mutex);
    blocked = true;
  }
  const std::string megabyte(size_t{1} << 20, 'x');
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(journal->CheckWritable().ok());
    journal->Append(megabyte);
  }
  for (int i = 0; i < 8; ++i) journal->Append(megabyte);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    EXPECT_TRUE(journal->CheckWritable().ok());
    done = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(done);
  {
    const std::lock_guard<std::mutex> lock(mutex);
    blocked = false;
  }
  changed.notify_all();
  writer.join();
  ASSERT_TRUE(journal->Sync().ok());
  EXPECT_EQ(Read(&disk_, 1).size(), 68u);
}

TEST_F(JournalTest, CreateReportsWhatTheDiskSays) {
  FaultyFileSystem faulty(&disk_);
  faulty.FailNth(FaultyFileSystem::Fault::kOpen, 1);
  EXPECT_EQ(Journal::Create(&faulty, kDirectory, 1, 1000).code(), Code::kIo);
  EXPECT_EQ(Journal::Create(&disk_, "/missing", 1, 1000).code(), Code::kNotFound);
}

TEST_F(JournalTest, RecordsOfEverySizeComeBack) {
  const auto journal = Create(&disk_);
  std::vector<std::string> expected;
  for (const size_t size : {size_t{1}, size_t{2}, size_t{20}, size_t{21}, size_t{22}, size_t{255},
                            size_t{4096}, (size_t{1} << 20) - 21, size_t{1} << 20,
                            (size_t{1} << 20) + 1, size_t{5} << 20, size_t{1}}) {
    expected.emplace_back(size, static_cast<char>('a' + expected.size()));
    journal->Append(expected.back());
  }
  ASSERT_TRUE(journal->Sync().ok());
  EXPECT_TRUE(Read(&disk_, 1) == expected);
}

}  // namespace
}  // namespace kontor
