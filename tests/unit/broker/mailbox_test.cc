#include "broker/mailbox.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "base/limits.h"
#include "gmock/gmock.h"
#include "unit/broker/mailbox_fixture.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class MailboxTest : public PubSubTest {};

TEST(MailboxOptionsTest, ValidateNamesTheBounds) {
  EXPECT_TRUE(Validate(MailboxOptions{}).ok());
  EXPECT_TRUE(Validate(MailboxOptions{.capacity_messages = limits::kMailboxMessages}).ok());
  const Status none = Validate(MailboxOptions{.capacity_messages = 0});
  EXPECT_EQ(none.code(), Code::kOutOfRange);
  EXPECT_THAT(none.message(), HasSubstr("capacity_messages is 0; it must be from 1 to 16777216"));
  EXPECT_EQ(Validate(MailboxOptions{.capacity_messages = limits::kMailboxMessages + 1}).code(),
            Code::kOutOfRange);
  EXPECT_EQ(Validate(MailboxOptions{.overflow = static_cast<OverflowPolicy>(5)}).code(),
            Code::kOutOfRange);
}

TEST_F(MailboxTest, DropOldestKeepsTheNewestAndTellsTheGapFirst) {
  const auto mailbox = Make({.capacity_messages = 2});
  Subscribe(mailbox, "c");
  for (const char* body : {"1", "2", "3", "4", "5"}) index_.Publish("c", body);
  EXPECT_EQ(mailbox->pending(), 2u);
  EXPECT_EQ(mailbox->lost_total(), 3u);
  EXPECT_THAT(Drain(mailbox), ElementsAre("gap 3", "c=4[0]", "c=5[0]"));
  index_.Publish("c", "6");
  EXPECT_THAT(Drain(mailbox), ElementsAre("c=6[0]"));  // a gap is told once
  for (const char* body : {"7", "8", "9"}) index_.Publish("c", body);
  EXPECT_THAT(Drain(mailbox), ElementsAre("gap 1", "c=8[0]", "c=9[0]"));
  EXPECT_EQ(mailbox->lost_total(), 4u);
}

TEST_F(MailboxTest, CloseOnOverflowLeavesWhatIsInItToRead) {
  const auto mailbox = Make({.capacity_messages = 2, .overflow = OverflowPolicy::kClose});
  Subscribe(mailbox, "c", 5);
  EXPECT_EQ(index_.Publish("c", "1").tags, 1u);
  EXPECT_EQ(index_.Publish("c", "2").tags, 1u);
  EXPECT_FALSE(mailbox->closed());
  EXPECT_EQ(index_.Publish("c", "3").tags, 0u);
  EXPECT_TRUE(mailbox->closed());
  EXPECT_EQ(mailbox->lost_total(), 1u);
  EXPECT_EQ(index_.SubscriptionsOf("c"), 0u);  // it has left
  EXPECT_THAT(Drain(mailbox), ElementsAre("c=1[5]", "c=2[5]", "CLOSED"));
  Delivery delivery;
  const Status closed = mailbox->Next(-1, nullptr, &delivery);
  EXPECT_EQ(closed.code(), Code::kClosed);
  EXPECT_THAT(closed.message(), HasSubstr("closed by overflow: more than 2 messages waited;"));
  EXPECT_EQ(index_.Subscribe(mailbox, SubjectKind::kChannel, "c", 5).code(), Code::kClosed);
}

TEST_F(MailboxTest, TheDescriptorIsReadableWhileThereIsSomethingToRead) {
  const auto mailbox = Make({.capacity_messages = 2});
  Subscribe(mailbox, "c");
  const Result<int> descriptor = mailbox->Descriptor();
  ASSERT_TRUE(descriptor.ok());
  EXPECT_EQ(*mailbox->Descriptor(), *descriptor);
  EXPECT_FALSE(Readable(*descriptor));
  for (const char* body : {"1", "2", "3"}) index_.Publish("c", body);
  Delivery delivery;
  for (int i = 0; i < 3; ++i) {  // the gap and two messages
    EXPECT_TRUE(Readable(*descriptor)) << i;
    ASSERT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  }
  EXPECT_FALSE(Readable(*descriptor));
  index_.Publish("c", "4");
  EXPECT_TRUE(Readable(*descriptor));
  EXPECT_THAT(Drain(mailbox), ElementsAre("c=4[0]"));
  EXPECT_FALSE(Readable(*descriptor));
  mailbox->Close();
  EXPECT_TRUE(Readable(*descriptor));
  EXPECT_THAT(Drain(mailbox), ElementsAre("CLOSED"));
  EXPECT_TRUE(Readable(*descriptor));  // for good
}

TEST_F(MailboxTest, ADescriptorMadeLateIsReadableAtOnce) {
  const auto mailbox = Make();
  Subscribe(mailbox, "c");
  index_.Publish("c", "1");
  const Result<int> descriptor = mailbox->Descriptor();
  ASSERT_TRUE(descriptor.ok());
  EXPECT_TRUE(Readable(*descriptor));
  Unsubscribe(mailbox, "c");  // what is in it has no reader any more
  EXPECT_THAT(Drain(mailbox), IsEmpty());
  EXPECT_FALSE(Readable(*descriptor));
}

TEST_F(MailboxTest, NextWaitsForItsTimeoutAndNoLonger) {
  const auto mailbox = Make();
  Delivery delivery;
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(mailbox->Next(0, nullptr, &delivery).code(), Code::kTimeout);
  EXPECT_EQ(mailbox->Next(30, nullptr, &delivery).code(), Code::kTimeout);
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took, std::chrono::milliseconds(30));
  EXPECT_LT(took, std::chrono::seconds(2));
}

TEST_F(MailboxTest, AnInterruptEndsTheWaitButHidesNoMessage) {
  const auto mailbox = Make();
  Subscribe(mailbox, "c");
  Waiter waiter;
  Delivery delivery;
  std::thread interrupter([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    waiter.Interrupt();
  });
  EXPECT_EQ(mailbox->Next(-1, &waiter, &delivery).code(), Code::kInterrupted);
  interrupter.join();
  EXPECT_EQ(mailbox->Next(1000, &waiter, &delivery).code(), Code::kInterrupted);  // it is sticky
  index_.Publish("c", "1");
  EXPECT_TRUE(mailbox->Next(-1, &waiter, &delivery).ok());
  waiter.ClearInterrupt();
  EXPECT_EQ(mailbox->Next(0, &waiter, &delivery).code(), Code::kTimeout);
}

TEST_F(MailboxTest, CloseWakesEveryReader) {
  const auto mailbox = Make();
  std::atomic<int> closed{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      Delivery delivery;
      if (mailbox->Next(-1, nullptr, &delivery).code() == Code::kClosed) ++closed;
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  mailbox->Close();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(closed, 3);
}

TEST_F(MailboxTest, ReadersAreServedFirstComeFirstServed) {
  const auto mailbox = Make();
  Subscribe(mailbox, "c");
  std::vector<std::string> got(4);
  std::vector<std::thread> readers;
  for (size_t i = 0; i < got.size(); ++i) {
    readers.emplace_back([&, i] {
      Delivery delivery;
      if (mailbox->Next(-1, nullptr, &delivery).ok()) got[i] = delivery.publication->body;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // each is waiting before the next
  }
  // All at once, so that one wake-up has to be passed on from reader to reader.
  for (const char* body : {"1", "2", "3", "4"}) index_.Publish("c", body);
  for (std::thread& reader : readers) reader.join();
  EXPECT_THAT(got, ElementsAre("1", "2", "3", "4"));
}

// ------------------------------------------------------------ overflow policies

TEST_F(MailboxTest, DropNewestTellsTheGapWhereTheMessagesWouldHaveBeen) {
  const auto mailbox = Make({.capacity_messages = 2, .overflow = OverflowPolicy::kDropNewest});
  Subscribe(mailbox, "c");
  EXPECT_EQ(index_.Publish("c", "1").tags, 1u);
  EXPECT_EQ(index_.Publish("c", "2").tags, 1u);
  EXPECT_EQ(index_.Publish("c", "3").tags, 0u);
  EXPECT_EQ(index_.Publish("c", "4").mailboxes, 0u);
  Delivery delivery;
  ASSERT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  index_.Publish("c", "5");
  index_.Publish("c", "6");  // lost: there was room for one
  EXPECT_THAT(Drain(mailbox), ElementsAre("c=2[0]", "gap 2", "c=5[0]", "gap 1"));
  EXPECT_EQ(mailbox->lost_total(), 3u);
  index_.Publish("c", "7");
  EXPECT_THAT(Drain(mailbox), ElementsAre("c=7[0]"));
}

TEST_F(MailboxTest, ConflateKeepsTheLastOfEachChannelAtThePlaceOfTheFirst) {
  const auto mailbox = Make({.overflow = OverflowPolicy::kConflate});
  Subscribe(mailbox, "a", 1);
  Subscribe(mailbox, "b", 1);
  PatternSubscribe(mailbox, "*", 2);
  for (const char* body : {"1", "2", "3"}) {
    index_.Publish("a", body);
    index_.Publish("b", body);
  }
  EXPECT_EQ(mailbox->pending(), 4u);
  EXPECT_EQ(mailbox->lost_total(), 8u);
  EXPECT_THAT(Drain(mailbox), ElementsAre("a=3[1] for 2 more", "*:a=3[2] for 2 more",
                                          "b=3[1] for 2 more", "*:b=3[2] for 2 more"));
  index_.Publish("a", "4");
  EXPECT_THAT(Drain(mailbox), ElementsAre("a=4[1]", "*:a=4[2]"));
}

TEST_F(MailboxTest, AConflatingMailboxFullOfChannelsLosesTheOldest) {
  const auto mailbox = Make({.capacity_messages = 2, .overflow = OverflowPolicy::kConflate});
  PatternSubscribe(mailbox, "*");
  for (const char* channel : {"a", "a", "b", "c", "c"}) index_.Publish(channel, "x");
  // Of "a" two are lost: the one that was replaced, and the one that replaced it.
  EXPECT_THAT(Drain(mailbox), ElementsAre("gap 2", "*:b=x[0]", "*:c=x[0] for 1 more"));
  EXPECT_EQ(mailbox->lost_total(), 3u);
  index_.Publish("a", "y");
  EXPECT_THAT(Drain(mailbox), ElementsAre("*:a=y[0]"));
}

TEST_F(MailboxTest, AConflatingMailboxFullOfBytesKeepsTheNewest) {
  const auto mailbox = Make({.capacity_bytes = 20, .overflow = OverflowPolicy::kConflate});
  PatternSubscribe(mailbox, "*");
  index_.Publish("a", "1234");
  index_.Publish("b", "1234567890");
  EXPECT_EQ(index_.Publish("a", "123456789012").mailboxes, 1u);
  EXPECT_THAT(Drain(mailbox), ElementsAre("gap 2", "*:a=123456789012[0]"));
  index_.Publish("a", "1234");
  index_.Publish("b", "1234567890");
  index_.Publish("b", "1234567890123456");
  EXPECT_THAT(Drain(mailbox), ElementsAre("gap 1", "*:b=1234567890123456[0] for 1 more"));
}

TEST_F(MailboxTest, AConflatedMessageGoesToThoseSubscribedWhenItWasPublished) {
  const auto mailbox = Make({.overflow = OverflowPolicy::kConflate});
  Subscribe(mailbox, "c", 1);
  index_.Publish("c", "1");
  Subscribe(mailbox, "c", 2);
  index_.Publish("c", "2");
  EXPECT_THAT(Drain(mailbox), ElementsAre("c=2[1 2] for 1 more"));
}

TEST_F(MailboxTest, ABlockedPublisherGoesOnWhenThereIsRoom) {
  const auto mailbox =
      Make({.capacity_messages = 1, .overflow = OverflowPolicy::kBlock, .block_ms = 60'000});
  Subscribe(mailbox, "c");
  index_.Publish("c", "1");
  std::atomic<bool> published{false};
  std::thread publisher([&] {
    const PublishResult result = index_.Publish("c", "2", PublishWait::kUpToDeadline);
    EXPECT_EQ(result.tags, 1u);
    EXPECT_EQ(result.mailboxes, 1u);
    published = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_FALSE(published);
  // Meanwhile nobody else is held up, and who may not wait does not overtake.
  EXPECT_EQ(index_.Publish("c", "lost").tags, 0u);
  Delivery delivery;
  ASSERT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  EXPECT_EQ(delivery.publication->body, "1");
  EXPECT_EQ(index_.Publish("c", "lost").tags, 0u);  // the room is the other one's
  publisher.join();
  std::vector<std::string> rest = Drain(mailbox);
  // The second loss came before or behind what it could not overtake.
  std::erase_if(rest, [](const std::string& line) { return line.starts_with("gap"); });
  EXPECT_THAT(rest, ElementsAre("c=2[0]"));
  EXPECT_EQ(mailbox->lost_total(), 2u);
}

TEST_F(MailboxTest, ABlockedPublisherGivesUpAtTheDeadline) {
  const auto mailbox =
      Make({.capacity_messages = 1, .overflow = OverflowPolicy::kBlock, .block_ms = 20});
  Subscribe(mailbox, "c");
  index_.Publish("c", "1");
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(index_.Publish("c", "2", PublishWait::kUpToDeadline).tags, 0u);
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(20));
  EXPECT_EQ(mailbox->lost_total(), 1u);
  EXPECT_THAT(Drain(mailbox), ElementsAre("c=1[0]", "gap 1"));
}

TEST_F(MailboxTest, ABlockedPublisherIsLetGoWhenNobodyWantsItAnyMore) {
  for (const bool close : {false, true}) {
    const auto mailbox =
        Make({.capacity_messages = 1, .overflow = OverflowPolicy::kBlock, .block_ms = 60'000});
    Subscribe(mailbox, "c", 1);
    index_.Publish("c", "1");
    std::thread publisher(
        [&] { EXPECT_EQ(index_.Publish("c", "2", PublishWait::kUpToDeadline).tags, 0u); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (close) {
      index_.Leave(mailbox);
    } else {
      Unsubscribe(mailbox, "c", 1);
    }
    publisher.join();
    EXPECT_EQ(mailbox->lost_total(), 0u);
    index_.Leave(mailbox);
  }
}

TEST_F(MailboxTest, APublisherMayWaitMoreThanOnceForOneMailbox) {
  const auto mailbox =
      Make({.capacity_messages = 1, .overflow = OverflowPolicy::kBlock, .block_ms = 60'000});
  Subscribe(mailbox, "c");
  PatternSubscribe(mailbox, "*");
  TokensSubscribe(mailbox, ">");
  std::thread publisher([&] {
    EXPECT_EQ(index_.Publish("c", "1", PublishWait::kUpToDeadline).tags, 3u);
    EXPECT_EQ(index_.Publish("c", "2", PublishWait::kUpToDeadline).tags, 3u);
  });
  Delivery delivery;
  for (const char* line : {"c=1[0]", "*:c=1[0]", ">:c=1[0]", "c=2[0]", "*:c=2[0]", ">:c=2[0]"}) {
    ASSERT_TRUE(mailbox->Next(10'000, nullptr, &delivery).ok()) << line;
    EXPECT_EQ(Describe(delivery), line);
  }
  publisher.join();
  EXPECT_EQ(mailbox->lost_total(), 0u);
}

TEST_F(MailboxTest, BlockedPublishersAreServedInTheirOrder) {
  const auto mailbox =
      Make({.capacity_messages = 1, .overflow = OverflowPolicy::kBlock, .block_ms = 60'000});
  Subscribe(mailbox, "c");
  index_.Publish("c", "0");
  std::vector<std::thread> publishers;
  for (const char* body : {"1", "2", "3"}) {
    publishers.emplace_back([&, body] { index_.Publish("c", body, PublishWait::kUpToDeadline); });
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
  Delivery delivery;
  for (const char* body : {"0", "1", "2", "3"}) {
    ASSERT_TRUE(mailbox->Next(10'000, nullptr, &delivery).ok());
    EXPECT_EQ(delivery.publication->body, body);
  }
  for (std::thread& publisher : publishers) publisher.join();
}

TEST_F(MailboxTest, ManyAreReadAtOnceInTheirOrderWithTheirGaps) {
  const auto mailbox = Make({.capacity_messages = 20, .overflow = OverflowPolicy::kDropNewest});
  Subscribe(mailbox, "c");
  for (int i = 0; i < 25; ++i) index_.Publish("c", std::to_string(i));
  std::vector<Delivery> deliveries(100);
  size_t taken = 0;
  ASSERT_TRUE(mailbox->NextMany(0, nullptr, deliveries.data(), 7, &taken).ok());
  EXPECT_EQ(taken, 7u);
  index_.Publish("c", "25");
  ASSERT_TRUE(mailbox->NextMany(0, nullptr, deliveries.data() + 7, 93, &taken).ok());
  ASSERT_EQ(taken, 15u);  // 13 messages, the gap, and the last one
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ(Describe(deliveries[i]), absl::StrCat("c=", i, "[0]"));
  EXPECT_EQ(Describe(deliveries[20]), "gap 5");
  EXPECT_EQ(Describe(deliveries[21]), "c=25[0]");
  EXPECT_EQ(mailbox->NextMany(0, nullptr, deliveries.data(), 7, &taken).code(), Code::kTimeout);
}

// A subscription that ended is remembered until what waited for it has been read.
TEST_F(MailboxTest, WhatWaitsForAnEndedSubscriptionIsPassedOver) {
  const auto mailbox = Make();
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 20; ++i) PatternSubscribe(mailbox, "*" + std::to_string(i), 1);
    for (int i = 0; i < 20; ++i) index_.Publish("x" + std::to_string(i), "m");
    for (int i = 0; i < 20; ++i) {
      if (i == 13) continue;
      const std::string pattern = "*" + std::to_string(i);
      ASSERT_TRUE(index_.Unsubscribe(mailbox, SubjectKind::kPattern, pattern, 1).ok());
    }
    // "x3" and "x13" went to "*3" as well.
    EXPECT_THAT(Drain(mailbox), ElementsAre("*13:x13=m[1]")) << round;
    EXPECT_EQ(index_.UnsubscribeTag(mailbox, 1), 1u);
  }
}

}  // namespace
}  // namespace kontor
