// Publishers, subscribers and readers at once; what comes out must add up. For ThreadSanitizer too.

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "base/random.h"
#include "base/spin.h"
#include "unit/broker/mailbox_fixture.h"

namespace kontor {
namespace {

constexpr int kPublishers = 3;
constexpr uint64_t kMessages = 3000;  // of each publisher

class PubSubThreadsTest : public PubSubTest {
 protected:
  // What readers of one mailbox got, for ever or until it closes.
  struct Tally {
    std::atomic<uint64_t> messages{0};
    std::atomic<uint64_t> lost{0};
    std::atomic<uint64_t> tags{0};
  };
  static void Read(const std::shared_ptr<Mailbox>& mailbox, Tally* tally) {
    Delivery delivery;
    while (mailbox->Next(-1, nullptr, &delivery).ok()) {
      if (delivery.kind == DeliveryKind::kGap) {
        tally->lost += delivery.lost;
      } else {
        ++tally->messages;
        tally->tags += delivery.tags.size();
      }
    }
  }
  static void JoinAll(std::vector<std::thread>* threads) {
    for (std::thread& thread : *threads) thread.join();
    threads->clear();
  }
  void StartPublishers(std::vector<std::thread>* threads, std::atomic<uint64_t>* reached_tags) {
    for (int p = 0; p < kPublishers; ++p) {
      threads->emplace_back([this, p, reached_tags] {
        const std::string channel = "c" + std::to_string(p);
        for (uint64_t i = 0; i < kMessages; ++i) {
          *reached_tags += index_.Publish(channel, std::to_string(i)).tags;
        }
      });
    }
  }
};

TEST_F(PubSubThreadsTest, EveryMessageIsReadOrCountedAsLost) {
  struct Box {
    std::shared_ptr<Mailbox> mailbox;
    Tally tally;
  };
  std::vector<Box> boxes(3);
  std::vector<std::thread> readers;
  for (size_t i = 0; i < boxes.size(); ++i) {
    // The first is small enough to lose some.
    boxes[i].mailbox = Make({.capacity_messages = i == 0 ? 16u : 1u << 20});
    for (int p = 0; p < kPublishers; ++p) Subscribe(boxes[i].mailbox, "c" + std::to_string(p), i);
    for (int r = 0; r < 2; ++r) {
      readers.emplace_back([&box = boxes[i]] { Read(box.mailbox, &box.tally); });
    }
  }
  std::vector<std::thread> publishers;
  std::atomic<uint64_t> reached{0};
  StartPublishers(&publishers, &reached);
  JoinAll(&publishers);
  EXPECT_EQ(reached, kPublishers * kMessages * boxes.size());
  for (Box& box : boxes) index_.Leave(box.mailbox);  // what is in it is still read
  JoinAll(&readers);
  for (Box& box : boxes) {
    EXPECT_EQ(box.tally.messages + box.tally.lost, kPublishers * kMessages);
    EXPECT_EQ(box.tally.lost, box.mailbox->lost_total());
    EXPECT_EQ(box.tally.tags, box.tally.messages);
  }
  EXPECT_EQ(boxes[1].tally.lost, 0u);
}

TEST_F(PubSubThreadsTest, OneReaderSeesEachChannelInOrder) {
  const auto mailbox = Make({.capacity_messages = 1u << 20});
  for (int p = 0; p < kPublishers; ++p) Subscribe(mailbox, "c" + std::to_string(p));
  std::vector<std::thread> publishers;
  std::atomic<uint64_t> reached{0};
  StartPublishers(&publishers, &reached);
  std::map<std::string, uint64_t> next;
  Delivery delivery;
  for (uint64_t i = 0; i < kPublishers * kMessages; ++i) {
    ASSERT_TRUE(mailbox->Next(10'000, nullptr, &delivery).ok());
    ASSERT_EQ(delivery.publication->body,
              std::to_string(next[std::string(delivery.publication->channel)]++));
  }
  JoinAll(&publishers);
}

// A message comes at any moment of a reader's way into its sleep.
TEST_F(PubSubThreadsTest, NoWakeUpIsLost) {
  constexpr int kRounds = 20'000;
  const auto mailbox = Make();
  Subscribe(mailbox, "c");
  std::atomic<int> read{0};
  std::atomic<bool> failed{false};
  std::thread reader([&] {
    Delivery delivery;
    Random random(2);
    while (read < kRounds && !failed) {
      for (uint64_t spins = random.Below(40); spins > 0; --spins) SpinPause();
      // One that nobody woke finds the message when its time is up.
      const auto began = std::chrono::steady_clock::now();
      failed = !mailbox->Next(5000, nullptr, &delivery).ok() ||
               std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(5000);
      ++read;
    }
  });
  Random random(1);
  for (int round = 0; round < kRounds && !failed; ++round) {
    while (read < round && !failed) SpinPause();
    for (uint64_t spins = random.Below(40); spins > 0; --spins) SpinPause();
    index_.Publish("c", "x");
  }
  reader.join();
  EXPECT_FALSE(failed) << "after " << read << " messages";
}

TEST_F(PubSubThreadsTest, ComingAndGoingWhilePublishing) {
  const auto watcher = Make({.capacity_messages = 1u << 20});
  ASSERT_TRUE(index_.WatchInterest(watcher).ok());
  std::vector<std::thread> threads;
  std::atomic<uint64_t> reached{0};
  std::atomic<uint64_t> got{0};
  std::atomic<bool> stop{false};
  for (int p = 0; p < kPublishers; ++p) {
    threads.emplace_back([&, p] {
      const std::string channel = "c" + std::to_string(p);
      while (!stop) reached += index_.Publish(channel, "x").tags;
    });
  }
  std::vector<std::thread> subscribers;
  for (uint64_t s = 0; s < 3; ++s) {
    subscribers.emplace_back([&, s] {
      Random random(s);
      for (int round = 0; round < 150; ++round) {
        // Opened, used, and left or closed by overflow with messages in it.
        const auto mailbox = Make(
            {.capacity_messages = 1 + random.Below(8),
             .overflow = random.OneIn(2) ? OverflowPolicy::kClose : OverflowPolicy::kDropOldest});
        for (uint64_t tag = 0; tag < 4; ++tag) {
          const SubjectKind kind = random.OneIn(3) ? SubjectKind::kPattern : SubjectKind::kChannel;
          const Status status =
              index_.Subscribe(mailbox, kind, "c" + std::to_string(random.Below(kPublishers)), tag);
          if (status.code() == Code::kClosed) break;  // overflowed already
          ASSERT_TRUE(status.ok());
        }
        Delivery delivery;
        for (int i = 0; i < 8 && mailbox->Next(1, nullptr, &delivery).ok(); ++i) ++got;
        index_.UnsubscribeTag(mailbox, random.Below(4));
        index_.Leave(mailbox);
      }
    });
  }
  JoinAll(&subscribers);
  stop = true;
  JoinAll(&threads);
  EXPECT_EQ(index_.Channels("").size(), 0u);
  EXPECT_EQ(index_.PatternCount(), 0u);
  EXPECT_GT(got, 0u);
  EXPECT_GE(reached, got);
  // Gained and lost alternate for each subject and end with lost.
  std::map<std::string, int> interest;
  Delivery event;
  while (watcher->Next(0, nullptr, &event).ok()) {
    int& state = interest[event.subject + (event.subject_kind == SubjectKind::kChannel ? "" : "*")];
    const bool gained = event.kind == DeliveryKind::kInterestGained;
    ASSERT_EQ(state, gained ? 0 : 1);
    state = gained ? 1 : 0;
  }
  EXPECT_FALSE(interest.empty());
  for (const auto& [subject, state] : interest) EXPECT_EQ(state, 0) << subject;
}

TEST_F(PubSubThreadsTest, ClosingTheEngineEndsEverybody) {
  std::vector<std::thread> threads;
  std::vector<std::shared_ptr<Mailbox>> mailboxes;
  std::vector<Tally> tallies(3);
  for (Tally& tally : tallies) {
    const auto mailbox = Make();
    Subscribe(mailbox, "c0");
    mailboxes.push_back(mailbox);
    threads.emplace_back([mailbox, &tally] { Read(mailbox, &tally); });
  }
  std::atomic<uint64_t> reached{0};
  StartPublishers(&threads, &reached);
  index_.CloseAll();
  JoinAll(&threads);  // nobody waits for ever
  uint64_t read = 0;
  for (const Tally& tally : tallies) read += tally.messages + tally.lost;
  EXPECT_EQ(read, reached);
}

}  // namespace
}  // namespace kontor
