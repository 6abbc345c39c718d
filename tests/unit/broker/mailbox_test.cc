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
  EXPECT_EQ(Validate(MailboxOptions{.overflow = static_cast<OverflowPolicy>(2)}).code(),
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
  EXPECT_THAT(closed.message(), HasSubstr("closed by overflow"));
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

}  // namespace
}  // namespace kontor
