#include "os/memory_file_system.h"
#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

using ReplicationCommandsTest = CollectionCommandTest;

TEST_F(ReplicationCommandsTest, ItIsAMasterWithoutReplicas) {
  const char* refused =
      "-ERR replication is not supported: this engine is always a master without replicas";
  RunAll({
      {"ROLE", "[\"master\" :0 []]"},
      {"REPLICAOF no one", "+OK"},
      {"SLAVEOF NO ONE", "+OK"},
      {"REPLICAOF localhost 6379", refused},
      {"SYNC", refused},
      {"PSYNC ? -1", refused},
      {"CLUSTER INFO", "-ERR This instance has cluster support disabled"},
      {"READONLY", "-ERR This instance has cluster support disabled"},
  });
}

TEST_F(ReplicationCommandsTest, NobodyWaitsForReplicas) {
  RunAll({
      {"WAIT 1 0", ":0"},
      {"WAIT 0 100", ":0"},
      {"WAIT x 0", "-ERR value is not an integer or out of range"},
      {"WAIT 1 -1", "-ERR timeout is negative"},
      {"WAIT 1 x", "-ERR timeout is not an integer or out of range"},
      {"WAITAOF 0 1 100", "[:0 :0]"},
      {"WAITAOF 1 0 100",
       "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."},
      {"WAITAOF 2 0 100", "-ERR value is out of range, must be between 0 and 1"},
      {"WAITAOF 0 -1 100", "-ERR value is out of range, must be positive"},
  });
}

TEST_F(ReplicationCommandsTest, WhatIsOnDiskSurvivesPowerLoss) {
  MemoryFileSystem disk;
  EngineOptions options;
  options.directory = "/data";
  options.file_system = &disk;
  options.clock = &clock_;
  options.background = false;
  options.sync_interval_ms = int64_t{3600} * 1000;
  engine_ = *std::move(Engine::Open(options));
  EXPECT_EQ(Run("SET k v"), "+OK");
  EXPECT_EQ(Run("WAITAOF 1 0 0"), "[:1 :0]");
  const std::unique_ptr<MemoryFileSystem> left = disk.AfterPowerLoss();
  engine_.reset();
  options.file_system = left.get();
  engine_ = *std::move(Engine::Open(options));
  EXPECT_EQ(Run("GET k"), "\"v\"");
  engine_.reset();
}

}  // namespace
}  // namespace kontor
