// What durable channels keep is there again after the engine was reopened or lost power, from the
// journal and from a snapshot alike.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "db/engine.h"
#include "os/faulty_file_system.h"
#include "os/memory_file_system.h"
#include "txn/publish.h"
#include "txn/transaction.h"
#include "verbs/channels.h"

namespace kontor {
namespace {

using Lines = std::vector<std::string>;

class ChannelRecoveryTest : public ::testing::Test {
 protected:
  ChannelRecoveryTest() : disk_(std::make_unique<MemoryFileSystem>()) { Open(); }
  ~ChannelRecoveryTest() override { engine_.reset(); }

  void Open(bool snapshot_at_close = false) {
    EngineOptions options;
    options.directory = "/data";
    options.durability = Durability::kSync;
    options.file_system = disk_.get();
    options.clock = &clock_;
    options.background = false;
    options.snapshot_at_close = snapshot_at_close;
    options.shards = 8;
    auto opened = Engine::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    engine_ = *std::move(opened);
  }
  void LosePower(size_t torn_bytes = 0) {
    std::unique_ptr<MemoryFileSystem> after = disk_->AfterPowerLoss(torn_bytes);
    engine_.reset();
    disk_ = std::move(after);
    Open();
  }
  Core* core() { return engine_->core(); }
  void Declare(Bytes channel, const RetentionOptions& options) {
    const Status status = verbs::DeclareChannel(core(), channel, options);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  void PublishNumbers(Bytes channel, int from, int to) {
    for (int i = from; i <= to; ++i) {
      const std::string body = std::to_string(i);
      OutgoingMessage message{.channel = channel, .body = body};
      const Status status = Publish(core(), &message, PublishWait::kNever);
      ASSERT_TRUE(status.ok()) << status.message();
    }
  }
  Lines Kept(Bytes channel, uint64_t from = 1) {
    std::vector<Delivery> deliveries(100);
    size_t read = 0;
    const Status status =
        verbs::ReadChannel(core(), channel, from, deliveries.size(), deliveries.data(), &read);
    if (!status.ok()) return {std::string(CodeName(status.code()))};
    Lines lines;
    for (size_t i = 0; i < read; ++i) {
      const Delivery& delivery = deliveries[i];
      lines.push_back(delivery.kind == DeliveryKind::kGap
                          ? absl::StrCat("gap ", delivery.lost)
                          : absl::StrCat(delivery.publication->sequence(), "=",
                                         std::string(delivery.publication->body)));
    }
    return lines;
  }

  std::unique_ptr<MemoryFileSystem> disk_;
  ManualClock clock_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(ChannelRecoveryTest, EveryPublishThatReturnedIsThereAfterAPowerLoss) {
  Declare("c", {.last_count = 3});
  for (int i = 1; i <= 6; ++i) {
    PublishNumbers("c", i, i);
    LosePower();
    const RetentionFigures figures = *verbs::ChannelFigures(core(), "c");
    EXPECT_EQ(figures.last_sequence, static_cast<uint64_t>(i));
    EXPECT_EQ(figures.options.last_count, 3);
  }
  EXPECT_EQ(Kept("c", 4), (Lines{"4=4", "5=5", "6=6"}));
  PublishNumbers("c", 7, 7);
  EXPECT_EQ(Kept("c", 5), (Lines{"5=5", "6=6", "7=7"}));
}

// Whatever of the journal reached the disk, what is recovered is a beginning of what was published.
TEST_F(ChannelRecoveryTest, ATornJournalHoldsWholeMessages) {
  Declare("c", {.last_count = 50});
  PublishNumbers("c", 1, 3);
  for (size_t torn = 0; torn < 90; torn += 7) {
    LosePower(torn);
    const uint64_t last = verbs::ChannelFigures(core(), "c")->last_sequence;
    EXPECT_EQ(Kept("c").size(), last);
    PublishNumbers("c", static_cast<int>(last) + 1, static_cast<int>(last) + 1);
  }
}

TEST_F(ChannelRecoveryTest, ASnapshotInTheMiddleHoldsWhatIsKept) {
  Declare("c", {.last_count = 4});
  Declare("memory", {.durable = 0});
  Declare("gone", {});
  PublishNumbers("c", 1, 10);
  PublishNumbers("memory", 1, 10);
  ASSERT_TRUE(engine_->Snapshot().ok());
  LosePower();
  EXPECT_EQ(Kept("c", 7), (Lines{"7=7", "8=8", "9=9", "10=10"}));
  EXPECT_EQ(Kept("memory"), Lines{"NOT_FOUND"});
  EXPECT_EQ(Kept("gone"), Lines{});
  PublishNumbers("c", 11, 12);
  ASSERT_TRUE(verbs::DeleteChannel(core(), "gone").ok());
  LosePower();
  EXPECT_EQ(Kept("c", 9), (Lines{"9=9", "10=10", "11=11", "12=12"}));
  EXPECT_EQ(Kept("gone"), Lines{"NOT_FOUND"});
}

TEST_F(ChannelRecoveryTest, ASnapshotAtCloseAndSequencesWithoutMessages) {
  engine_.reset();
  Open(/*snapshot_at_close=*/true);
  Declare("c", {.last_count = 0});
  PublishNumbers("c", 1, 5);
  engine_.reset();
  Open();
  EXPECT_EQ(verbs::ChannelFigures(core(), "c")->last_sequence, 5u);
  EXPECT_EQ(verbs::ChannelFigures(core(), "c")->count, 0u);
}

TEST_F(ChannelRecoveryTest, AgeIsThatOfThePublish) {
  Declare("c", {.last_ms = 1000});
  PublishNumbers("c", 1, 1);
  clock_.AdvanceMs(600);
  PublishNumbers("c", 2, 2);
  LosePower();
  EXPECT_EQ(Kept("c"), (Lines{"1=1", "2=2"}));
  clock_.AdvanceMs(500);
  EXPECT_EQ(Kept("c"), (Lines{"gap 1", "2=2"}));
  LosePower();
  EXPECT_EQ(Kept("c"), (Lines{"gap 1", "2=2"}));
}

TEST_F(ChannelRecoveryTest, ATransactionPublishesWithItsKeysOrNotAtAll) {
  Declare("c", {});
  const auto commit = [&](bool fails) {
    Transaction transaction;
    transaction.AddPublish("c", "first");
    transaction.AddKeys(core()->keyspace.AllShards(), Access::kWrite, [&](Operation& operation) {
      operation.SetString("key", "value", 0);
      return fails ? Status(Code::kInvalid, "no") : Ok();
    });
    transaction.AddPublish("c", "second");
    Transaction::Outcome outcome;
    return transaction.Commit(core(), 0, Durability::kSync, &outcome);
  };
  EXPECT_EQ(commit(true).code(), Code::kInvalid);
  EXPECT_EQ(Kept("c"), Lines{});
  const uint64_t before = core()->journal->last_lsn();
  ASSERT_TRUE(commit(false).ok());
  EXPECT_EQ(core()->journal->last_lsn(), before + 1);  // one record
  LosePower();
  EXPECT_EQ(Kept("c"), (Lines{"1=first", "2=second"}));
}

TEST_F(ChannelRecoveryTest, AClosedEngineTakesNothing) {
  Declare("c", {});
  PublishNumbers("c", 1, 1);
  ASSERT_TRUE(engine_->Close().ok());
  OutgoingMessage late{.channel = "c", .body = "late"};
  EXPECT_FALSE(Publish(core(), &late, PublishWait::kNever).ok());
  EXPECT_EQ(verbs::DeclareChannel(core(), "d", {}).ok(), false);
  engine_.reset();
  Open();
  EXPECT_EQ(Kept("c"), Lines{"1=1"});
}

TEST(ChannelJournalTest, APoisonedJournalPublishesNothing) {
  MemoryFileSystem disk;
  FaultyFileSystem faulty(&disk);
  EngineOptions options;
  options.directory = "/data";
  options.durability = Durability::kSync;
  options.file_system = &faulty;
  options.background = false;
  auto engine = *Engine::Open(options);
  Core* const core = engine->core();
  ASSERT_TRUE(verbs::DeclareChannel(core, "c", {}).ok());
  faulty.FailNth(FaultyFileSystem::Fault::kSync, 1);
  OutgoingMessage message{.channel = "c", .body = "x"};
  EXPECT_EQ(Publish(core, &message, PublishWait::kNever).code(), Code::kIo);
  const uint64_t last = verbs::ChannelFigures(core, "c")->last_sequence;
  EXPECT_EQ(Publish(core, &message, PublishWait::kNever).code(), Code::kReadOnly);
  EXPECT_EQ(verbs::ChannelFigures(core, "c")->last_sequence, last);
  OutgoingMessage plain{.channel = "plain", .body = "x"};
  EXPECT_TRUE(Publish(core, &plain, PublishWait::kNever).ok());
}

}  // namespace
}  // namespace kontor
