#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "os/faulty_file_system.h"
#include "os/memory_file_system.h"
#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

class RunCommandTest : public CollectionCommandTest {
 protected:
  // The engine lives on this disk from now on.
  void OpenOnDisk(Durability durability) {
    engine_ = nullptr;
    EngineOptions options;
    options.directory = "/data";
    options.file_system = &faulty_;
    options.clock = &clock_;
    options.durability = durability;
    options.snapshot_at_close = false;
    options.background = false;
    Result<std::unique_ptr<Engine>> opened = Engine::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    engine_ = *std::move(opened);
  }

  MemoryFileSystem disk_;
  FaultyFileSystem faulty_{&disk_};
};

TEST_F(RunCommandTest, AFailedCommandChangesNothing) {
  RunAll({{"MSET a 1 b x", "+OK"},
          {"RPUSH list x", ":1"},
          {"INCR b", "-ERR value is not an integer or out of range"},
          {"MSETNX c 1 list 2", ":0"},
          {"SET a 2 EX 0", "-ERR invalid expire time in 'set' command"},
          {"COPY a b DB 99 REPLACE", "-ERR DB index is out of range"},
          {"MGET a b c", R"(["1" "x" nil])"}});
}

TEST_F(RunCommandTest, DatabasesAreApart) {
  RunAll({{"SET k 0", "+OK"}, {"SELECT 15", "+OK"}, {"GET k", "nil"}, {"SET k 15", "+OK"}});
  EXPECT_EQ(database_, 15u);
  RunAll({{"SELECT 16", "-ERR DB index is out of range"}, {"GET k", R"("15")"}});
  RunAll({{"SELECT 0", "+OK"}, {"GET k", R"("0")"}});
}

TEST_F(RunCommandTest, ABlockingCommandTakesItsTimeoutFromItsArguments) {
  EXPECT_EQ(Run("BLPOP list 0.001"), "nil-array");
  EXPECT_EQ(Run("BLMOVE list other LEFT LEFT 0.001"), "nil-array");
  // Nothing is waited for where an argument is wrong, or something is there.
  EXPECT_EQ(Run("BLPOP list -1"), "-ERR timeout is negative");
  EXPECT_EQ(Run("BLPOP list x"), "-ERR timeout is not a float or out of range");
  Run("RPUSH list a");
  EXPECT_EQ(Run("BLPOP list 0"), R"(["list" "a"])");
}

TEST_F(RunCommandTest, AnInterruptedWaitHasNoReply) {
  Waiter waiter;
  waiter.Interrupt();
  WaitOptions wait;
  wait.waiter = &waiter;
  EXPECT_EQ(Run("BLPOP list 0", wait), "(INTERRUPTED)");
  std::atomic<bool> closed{true};
  WaitOptions closing;
  closing.closed = &closed;
  EXPECT_EQ(Run("BLPOP list 0", closing), "(CLOSED)");
}

TEST_F(RunCommandTest, AClosedEngineAnswersClosed) {
  ASSERT_TRUE(engine_->Close().ok());
  EXPECT_EQ(Run("GET k"), "(CLOSED)");
  EXPECT_EQ(Run("SET k v"), "(CLOSED)");
  EXPECT_EQ(Run("BLPOP k 0"), "(CLOSED)");
}

TEST_F(RunCommandTest, WhatWasRepliedIsThereAfterReopening) {
  OpenOnDisk(Durability::kSync);
  RunAll({{"MSET a 1 b 2 c 3", "+OK"},
          {"INCRBY a 41", ":42"},
          {"DEL b", ":1"},
          {"APPEND c 4", ":2"},
          {"SETRANGE c 3 x", ":4"},
          {"EXPIREAT c 4000000000", ":1"},
          {"RENAME a d", "+OK"},
          {"COPY d e DB 2", ":1"},
          {"SET gone v PX 5", "+OK"},
          {"SET kept v EXAT 4000000000", "+OK"},
          {"SET kept w KEEPTTL", "+OK"},
          {"SWAPDB 3 0", "+OK"},
          {"SWAPDB 0 3", "+OK"}});
  clock_.AdvanceMs(5);
  ASSERT_TRUE(engine_->Close().ok());
  OpenOnDisk(Durability::kSync);
  RunAll({{"MGET a b d gone", R"([nil nil "42" nil])"},
          {"EXPIRETIME c", ":4000000000"},
          {"STRLEN c", ":4"},
          {"GET kept", R"("w")"},
          {"EXPIRETIME kept", ":4000000000"},
          {"SELECT 2", "+OK"},
          {"GET e", R"("42")"},
          {"FLUSHALL", "+OK"}});
  ASSERT_TRUE(engine_->Close().ok());
  OpenOnDisk(Durability::kSync);
  RunAll({{"DBSIZE", ":0"}, {"SELECT 0", "+OK"}, {"DBSIZE", ":0"}});
}

TEST_F(RunCommandTest, ABrokenPromiseOfDurabilityIsNoReply) {
  OpenOnDisk(Durability::kSync);
  EXPECT_EQ(Run("SET k 1"), "+OK");
  faulty_.FailNth(FaultyFileSystem::Fault::kSync, 1, true);
  EXPECT_EQ(Run("SET k 2"), "(IO)");
  // From now on the engine is read-only and says so, before it changes anything.
  EXPECT_EQ(Run("SET k 3").substr(0, 10), "-READONLY ");
  EXPECT_EQ(Run("BLPOP list 0").substr(0, 10), "-READONLY ");
  EXPECT_EQ(Run("GET k"), R"("2")");
  faulty_.Heal();
}

}  // namespace
}  // namespace kontor
