#include "db/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "db/engine_registry.h"
#include "db/reload.h"
#include "os/faulty_file_system.h"
#include "os/memory_file_system.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() : disk_(std::make_unique<MemoryFileSystem>()) {}

  EngineOptions Options() {
    EngineOptions options;
    options.directory = "/data";
    options.file_system = disk_.get();
    options.clock = &clock_;
    options.background = false;
    options.snapshot_at_close = false;
    options.shards = 8;
    return options;
  }
  std::unique_ptr<Engine> Open(const EngineOptions& options) {
    auto opened = Engine::Open(options);
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  Status Set(Engine* engine, const std::string& key, const std::string& value,
             int64_t deadline_unix_ms = 0) {
    return Execute(engine->core(), ShardsOf(engine->core()->keyspace, key), Access::kWrite, 0,
                   [&](Operation& operation) {
                     operation.SetString(key, value, deadline_unix_ms);
                     return Ok();
                   });
  }
  std::string Get(Engine* engine, const std::string& key) {
    std::string found = "(absent)";
    EXPECT_TRUE(Execute(engine->core(), ShardsOf(engine->core()->keyspace, key), Access::kRead, 0,
                        [&](Operation& operation) {
                          std::optional<Bytes> value;
                          KONTOR_RETURN_IF_ERROR(operation.Find(key, &value));
                          if (value) found = *value;
                          return Ok();
                        })
                    .ok());
    return found;
  }

  ManualClock clock_;
  std::unique_ptr<MemoryFileSystem> disk_;
};

TEST_F(EngineTest, WhatWasWrittenIsThereAfterReopening) {
  for (const bool snapshot : {false, true}) {
    SCOPED_TRACE(snapshot);
    EngineOptions options = Options();
    options.directory = snapshot ? "/with" : "/without";
    options.snapshot_at_close = snapshot;
    auto engine = Open(options);
    ASSERT_TRUE(Set(engine.get(), "a", "1").ok());
    ASSERT_TRUE(Set(engine.get(), "b", "2", clock_.UnixMs() + 1000).ok());
    ASSERT_TRUE(engine->Close().ok());
    EXPECT_EQ(engine->snapshots_written(), snapshot ? 1u : 0u);
    engine = Open(options);
    EXPECT_EQ(engine->recovery().journal_records, snapshot ? 0u : 2u);
    EXPECT_EQ(Get(engine.get(), "a"), "1");
    EXPECT_EQ(Get(engine.get(), "b"), "2");
    clock_.AdvanceMs(1000);
    EXPECT_EQ(Get(engine.get(), "b"), "(absent)");
  }
}

std::string FieldsOf(Engine* engine) {
  std::string fields;
  EXPECT_TRUE(Execute(engine->core(), engine->core()->keyspace.AllShards(), Access::kRead, 0,
                      [&](Operation& operation) {
                        const Hash* hash = nullptr;
                        KONTOR_RETURN_IF_ERROR(operation.Find("h", &hash));
                        if (hash == nullptr) return Ok();
                        hash->ForEach([&](const Hash::Field& each) {
                          fields += std::string(each.field.bytes()) + "=" +
                                    std::to_string(hash->DeadlineOf(each.field.bytes())) + " ";
                        });
                        return Ok();
                      })
                  .ok());
  return fields;
}

TEST_F(EngineTest, FieldsKeepTheirDeadlinesOnDisk) {
  for (const bool snapshot : {false, true}) {
    SCOPED_TRACE(snapshot);
    const int64_t end = clock_.UnixMs() + 1000;
    EngineOptions options = Options();
    options.directory = snapshot ? "/with" : "/without";
    options.snapshot_at_close = snapshot;
    auto engine = Open(options);
    ASSERT_TRUE(Execute(engine->core(), engine->core()->keyspace.AllShards(), Access::kWrite, 0,
                        [&](Operation& operation) {
                          for (const char* field : {"a", "b", "c"}) {
                            operation.SetField("h", field, "1");
                          }
                          operation.ExpireField("h", "a", end);
                          operation.ExpireField("h", "b", end);
                          operation.ExpireField("h", "c", end + 1000);
                          operation.SetField("h", "b", "2");
                          operation.SetFieldValue("h", "a", "2");
                          return Ok();
                        })
                    .ok());
    const std::string fields =
        "a=" + std::to_string(end) + " b=0 c=" + std::to_string(end + 1000) + " ";
    EXPECT_EQ(FieldsOf(engine.get()), fields);
    ASSERT_TRUE(engine->Close().ok());
    engine = Open(options);
    EXPECT_EQ(FieldsOf(engine.get()), fields);
    clock_.AdvanceMs(1000);
    EXPECT_EQ(FieldsOf(engine.get()), "b=0 c=" + std::to_string(end + 1000) + " ");
    ASSERT_TRUE(engine->Close().ok());
    EXPECT_EQ(FieldsOf(Open(options).get()), "b=0 c=" + std::to_string(end + 1000) + " ");
  }
}

// It was a reader that saw the key go with its last field: what follows must find it gone in the
// journal, too.
TEST_F(EngineTest, WhatAReaderSawExpireIsGoneInTheJournal) {
  const EngineOptions options = Options();
  auto engine = Open(options);
  const auto run = [&](auto change) {
    return Execute(engine->core(), engine->core()->keyspace.AllShards(), Access::kWrite, 0,
                   [&](Operation& operation) {
                     change(operation);
                     return Ok();
                   });
  };
  ASSERT_TRUE(run([&](Operation& operation) {
                operation.SetField("h", "f", "1");
                operation.ExpireField("h", "f", clock_.UnixMs() + 10);
              }).ok());
  clock_.AdvanceMs(10);
  EXPECT_EQ(FieldsOf(engine.get()), "");
  ASSERT_TRUE(run([](Operation& operation) { operation.PushBack("h", "element"); }).ok());
  ASSERT_TRUE(engine->Close().ok());
  engine = Open(options);
  ASSERT_NE(engine, nullptr);
  EXPECT_TRUE(
      run([](Operation& operation) { EXPECT_NE(operation.Find("h")->As<List>(), nullptr); }).ok());
}

// A reader is not promised anything: it need not wait for a disk that has failed.
TEST_F(EngineTest, FieldsExpireInAnEngineThatIsReadOnly) {
  FaultyFileSystem faulty(disk_.get());
  EngineOptions options = Options();
  options.file_system = &faulty;
  options.durability = Durability::kSync;
  auto engine = Open(options);
  ASSERT_TRUE(Execute(engine->core(), engine->core()->keyspace.AllShards(), Access::kWrite, 0,
                      [&](Operation& operation) {
                        operation.SetField("h", "f", "1");
                        operation.SetField("h", "g", "1");
                        operation.ExpireField("h", "f", clock_.UnixMs() + 10);
                        return Ok();
                      })
                  .ok());
  faulty.FailNth(FaultyFileSystem::Fault::kSync, 1);
  EXPECT_TRUE(Set(engine.get(), "k", "v").failed());
  clock_.AdvanceMs(10);
  EXPECT_EQ(FieldsOf(engine.get()), "g=0 ");
}

TEST_F(EngineTest, SyncSurvivesPowerLoss) {
  EngineOptions options = Options();
  options.durability = Durability::kSync;
  auto engine = Open(options);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Set(engine.get(), std::to_string(i), "v").ok());
  const auto after = disk_->AfterPowerLoss();
  options.file_system = after.get();
  const auto recovered = Open(options);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Get(recovered.get(), std::to_string(i)), "v");
}

TEST_F(EngineTest, AsyncSurvivesPowerLossOnceSynced) {
  auto engine = Open(Options());
  ASSERT_TRUE(Set(engine.get(), "a", "1").ok());
  ASSERT_TRUE(engine->Sync().ok());
  const auto after = disk_->AfterPowerLoss();
  EngineOptions options = Options();
  options.file_system = after.get();
  EXPECT_EQ(Get(Open(options).get(), "a"), "1");
}

TEST_F(EngineTest, AReloadIsNoChange) {
  auto engine = Open(Options());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Set(engine.get(), std::to_string(i), "v").ok());
  const uint64_t journal_bytes = engine->journal_bytes();
  const int64_t used_bytes = engine->memory_usage().used_bytes;
  EXPECT_TRUE(Reload(engine->core()).ok());
  EXPECT_EQ(engine->journal_bytes(), journal_bytes);
  EXPECT_EQ(engine->memory_usage().used_bytes, used_bytes);
  ASSERT_TRUE(Set(engine.get(), "5", "w").ok());
  ASSERT_TRUE(engine->Close().ok());
  EXPECT_EQ(Reload(engine->core()).code(), Code::kClosed);
  engine = Open(Options());
  EXPECT_EQ(Get(engine.get(), "5"), "w");
  EXPECT_EQ(Get(engine.get(), "99"), "v");
}

TEST_F(EngineTest, ASnapshotIsDueWhenTheJournalOutgrowsTheData) {
  EngineOptions options = Options();
  options.snapshot_min_journal_bytes = 4096;
  auto engine = Open(options);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Set(engine.get(), "same key", "value").ok());
  engine->Tick();
  EXPECT_EQ(engine->snapshots_written(), 1u);
  EXPECT_LT(engine->journal_bytes(), 4096u);
  engine->Tick();
  EXPECT_EQ(engine->snapshots_written(), 1u);
  ASSERT_TRUE(Set(engine.get(), "other", "v").ok());
  ASSERT_TRUE(engine->Close().ok());
  engine = Open(options);
  EXPECT_EQ(engine->recovery().journal_records, 1u);
  EXPECT_EQ(Get(engine.get(), "same key"), "value");
  EXPECT_EQ(Get(engine.get(), "other"), "v");
}

TEST_F(EngineTest, QueuesAreRecoveredAndLeasesEndWithTheProcess) {
  for (const bool snapshot : {false, true}) {
    SCOPED_TRACE(snapshot);
    EngineOptions options = Options();
    options.directory = snapshot ? "/with" : "/without";
    options.snapshot_at_close = snapshot;
    auto engine = Open(options);
    auto queue = *verbs::OpenQueue(engine->core(), "q", nullptr);
    for (const char* body : {"1", "2", "3"}) {
      ASSERT_TRUE(verbs::Enqueue(engine->core(), queue.get(), {.body = body}).ok());
    }
    const int64_t timeout_ms = 0;
    const WaitOptions wait{.timeout_ms = &timeout_ms};
    std::vector<TakenMessage> taken;
    const auto place = [&taken] { return &taken.emplace_back(); };
    size_t count = 0;
    ASSERT_TRUE(verbs::Take(engine->core(), queue.get(), 2, 0, wait, place, &count).ok());
    ASSERT_TRUE(verbs::Acknowledge(engine->core(), queue.get(), taken[0].receipt).ok());
    const Receipt old = taken[1].receipt;
    ASSERT_TRUE(engine->Close().ok());

    engine = Open(options);
    queue = *verbs::OpenQueue(engine->core(), "q", nullptr);
    EXPECT_EQ(verbs::Figures(engine->core(), queue.get())->ready, 2u);
    EXPECT_EQ(verbs::Acknowledge(engine->core(), queue.get(), old).code(), Code::kStaleReceipt);
    taken.clear();
    ASSERT_TRUE(verbs::Take(engine->core(), queue.get(), 2, 0, wait, place, &count).ok());
    ASSERT_EQ(taken.size(), 2u);
    EXPECT_EQ(*taken[0].body, "2");
    EXPECT_EQ(taken[0].attempt, 2u);
    EXPECT_EQ(*taken[1].body, "3");
    EXPECT_EQ(taken[1].attempt, 1u);
    EXPECT_EQ(verbs::Acknowledge(engine->core(), queue.get(), old).code(), Code::kStaleReceipt);
  }
}

TEST_F(EngineTest, MemoryOnlyQueuesLeaveNoTrace) {
  QueueOptions volatile_queue;
  volatile_queue.durable = false;
  auto engine = Open(Options());
  auto queue = *verbs::OpenQueue(engine->core(), "q", &volatile_queue);
  ASSERT_TRUE(verbs::Enqueue(engine->core(), queue.get(), {.body = "m"}).ok());
  ASSERT_TRUE(engine->Snapshot().ok());
  ASSERT_TRUE(engine->Close().ok());
  engine = Open(Options());
  EXPECT_EQ(engine->core()->queues.Find("q"), nullptr);
}

TEST_F(EngineTest, AFailedWriteMakesTheEngineReadOnly) {
  FaultyFileSystem faulty(disk_.get());
  EngineOptions options = Options();
  options.file_system = &faulty;
  options.durability = Durability::kSync;
  auto engine = Open(options);
  ASSERT_TRUE(Set(engine.get(), "a", "1").ok());
  faulty.FailNth(FaultyFileSystem::Fault::kSync, 1);
  EXPECT_TRUE(Set(engine.get(), "b", "2").failed());
  faulty.Heal();
  const Status refused = Set(engine.get(), "c", "3");
  EXPECT_EQ(refused.code(), Code::kReadOnly);
  EXPECT_FALSE(refused.message().empty());
  EXPECT_EQ(Get(engine.get(), "a"), "1");
  EXPECT_EQ(Get(engine.get(), "c"), "(absent)");
}

// No memory in the middle of a command: memory and journal must go on saying the same.
TEST_F(EngineTest, AnExceptionInTheMiddleLeavesADirectoryThatOpens) {
  auto engine = Open(Options());
  const ShardSet shards = ShardsOf(engine->core()->keyspace, "list");
  EXPECT_THROW(static_cast<void>(Execute(engine->core(), shards, Access::kWrite, 0,
                                         [](Operation& operation) -> Status {
                                           operation.PushBack("list", "1");
                                           throw std::bad_alloc();
                                         })),
               std::bad_alloc);
  ASSERT_TRUE(Execute(engine->core(), shards, Access::kWrite, 0, [](Operation& operation) {
                operation.SetElement("list", 0, "2");
                return Ok();
              }).ok());
  ASSERT_TRUE(engine->Close().ok());
  EXPECT_NE(Open(Options()), nullptr);
}

TEST_F(EngineTest, AFailingSnapshotIsNotTriedAtEveryTick) {
  FaultyFileSystem faulty(disk_.get());
  EngineOptions options = Options();
  options.file_system = &faulty;
  options.snapshot_min_journal_bytes = 4096;
  auto engine = Open(options);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(Set(engine.get(), "same key", "value").ok());
  ASSERT_TRUE(engine->Sync().ok());
  faulty.FailNth(FaultyFileSystem::Fault::kRename, 1, true);
  engine->Tick();
  const int64_t calls = faulty.Calls(FaultyFileSystem::Fault::kRename);
  EXPECT_GT(calls, 0);
  for (int i = 0; i < 9; ++i) engine->Tick();
  EXPECT_EQ(faulty.Calls(FaultyFileSystem::Fault::kRename), calls);
}

TEST_F(EngineTest, OneEnginePerDirectoryAndName) {
  EngineOptions options = Options();
  auto first = OpenShared(options);
  auto second = OpenShared(options);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->get(), second->get());
  options.directory = "/other";
  auto other = OpenShared(options);
  ASSERT_TRUE(other.ok());
  EXPECT_NE(first->get(), other->get());
  ASSERT_TRUE(Set(first->get(), "a", "1").ok());
  EXPECT_TRUE(CloseShared(*first).ok());
  EXPECT_EQ(Get(second->get(), "a"), "1");
  EXPECT_TRUE(CloseShared(*second).ok());
  EXPECT_EQ(CloseShared(*second).code(), Code::kClosed);
  EXPECT_TRUE(CloseShared(*other).ok());
}

// A disk whose reading of the manifest, which every recovery begins with, can be held up.
class SlowDisk final : public FileSystem {
 public:
  explicit SlowDisk(FileSystem* base) : base_(base) {}

  void HoldUp() { held_up_.store(true); }
  void GoOn() { held_up_.store(false); }
  void AwaitRecovery() {
    while (!recovers_.load()) std::this_thread::yield();
  }

  Result<std::unique_ptr<DirectoryLock>> Lock(const std::string& path) override {
    recovers_.store(true);
    while (held_up_.load()) std::this_thread::yield();
    return base_->Lock(path);
  }
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    return base_->Open(path, mode);
  }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return base_->List(directory);
  }
  Status CreateDirectory(const std::string& path) override { return base_->CreateDirectory(path); }
  Status Rename(const std::string& from, const std::string& to) override {
    return base_->Rename(from, to);
  }
  Status Remove(const std::string& path) override { return base_->Remove(path); }
  Status SyncDirectory(const std::string& path) override { return base_->SyncDirectory(path); }
  Result<DiskSpace> Space(const std::string& path) override { return base_->Space(path); }
  Result<std::string> Canonical(const std::string& path) override { return base_->Canonical(path); }

 private:
  FileSystem* const base_;
  std::atomic<bool> held_up_{false};
  std::atomic<bool> recovers_{false};
};

TEST_F(EngineTest, AnEngineThatRecoversHoldsUpNoOther) {
  SlowDisk slow(disk_.get());
  slow.HoldUp();
  EngineOptions options = Options();
  options.file_system = &slow;
  std::vector<std::shared_ptr<Engine>> same(2);
  std::vector<std::thread> openers;
  for (auto& engine : same) openers.emplace_back([&] { engine = *OpenShared(options); });
  slow.AwaitRecovery();
  EngineOptions elsewhere = Options();
  elsewhere.directory = "/other";
  const auto other = OpenShared(elsewhere);  // would wait for ever behind the recovery
  ASSERT_TRUE(other.ok());
  EXPECT_TRUE(CloseShared(*other).ok());
  slow.GoOn();
  for (std::thread& opener : openers) opener.join();
  EXPECT_EQ(same[0].get(), same[1].get());
  EXPECT_TRUE(CloseShared(same[0]).ok());
  EXPECT_TRUE(CloseShared(same[1]).ok());
  EXPECT_EQ(CloseShared(same[1]).code(), Code::kClosed);
}

TEST_F(EngineTest, AnEngineThatCannotOpenLeavesItsPlaceToTheNext) {
  EngineOptions options = Options();
  FaultyFileSystem faulty(disk_.get());
  options.file_system = &faulty;
  faulty.FailNth(FaultyFileSystem::Fault::kSyncDirectory, 1, true);
  EXPECT_EQ(OpenShared(options).status().code(), Code::kIo);
  faulty.Heal();
  const auto engine = OpenShared(options);
  ASSERT_TRUE(engine.ok()) << engine.status().message();
  EXPECT_TRUE(CloseShared(*engine).ok());
}

TEST_F(EngineTest, ManyThreadsOpenAndCloseOneDirectory) {
  const EngineOptions options = Options();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        const auto engine = OpenShared(options);
        ASSERT_TRUE(engine.ok()) << engine.status().message();
        ASSERT_TRUE(Set(engine->get(), "key", "value").ok());
        ASSERT_TRUE(CloseShared(*engine).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(EngineTest, EnginesInMemoryAreSharedByNameOnly) {
  EngineOptions options;
  options.durability = Durability::kMemory;
  auto one = *OpenShared(options);
  auto two = *OpenShared(options);
  EXPECT_NE(one.get(), two.get());
  options.name = "shared";
  auto named = *OpenShared(options);
  EXPECT_EQ(named.get(), OpenShared(options)->get());
  EXPECT_EQ(named->Snapshot().code(), Code::kUnsupported);
  for (const auto& engine : {one, two, named, named}) EXPECT_TRUE(CloseShared(engine).ok());
}

}  // namespace
}  // namespace kontor
