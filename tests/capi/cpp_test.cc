// What the C++ interface adds to the C one.

#include <gtest/gtest.h>

#include <chrono>
#include <kontor/kontor.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

using std::chrono::milliseconds;

TEST(CppQueue, OptionsAreReadAndChanged) {
  kontor::Database db;
  kontor::QueueOptions options;
  options.SetLease(milliseconds(7000)).SetRetryDelays({milliseconds(1), milliseconds(20)});
  const kontor::Queue queue(db, "q", options);
  kontor::QueueOptions now = queue.Options();
  EXPECT_EQ(now.Number(KONTOR_QUEUE_LEASE_MS), 7000);
  EXPECT_EQ(now.RetryDelays(), (std::vector<milliseconds>{milliseconds(1), milliseconds(20)}));
  const kontor::Queue changed(db, "q", now.SetMaxLength(5));
  EXPECT_EQ(queue.Options().Number(KONTOR_QUEUE_MAX_LENGTH), 5);
  EXPECT_EQ(queue.Options().Number(KONTOR_QUEUE_LEASE_MS), 7000);
}

TEST(CppQueue, NoneAreSentAndAcknowledgedAtOnce) {
  kontor::Database db;
  kontor::Queue queue(db, "q");
  EXPECT_TRUE(queue.EnqueueMany({}).empty());
  EXPECT_EQ(queue.AcknowledgeMany({}), 0u);
  const std::vector<uint64_t> ids = queue.EnqueueMany({"a", "b"});
  const std::vector<kontor::Message> taken = queue.TakeMany(10, milliseconds(0));
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(ids, (std::vector<uint64_t>{taken[0].id(), taken[1].id()}));
  EXPECT_EQ(queue.AcknowledgeMany(taken), 2u);
}

// A publish waits for room in such a mailbox, a request does not.
TEST(CppPublish, OnlyRequestsDoNotWait) {
  kontor::Database db;
  kontor::MailboxOptions options;
  options.SetCapacity(1).SetOverflow(kontor::Overflow::kBlock).SetBlock(milliseconds(60'000));
  kontor::Mailbox service(db, options);
  service.Subscribe("service", 1);
  EXPECT_EQ(db.Publish("service", "first").mailboxes, 1u);
  try {
    db.PublishRequest("service", "refused", "mine");
    FAIL() << "there is no room";
  } catch (const kontor::Error& error) {
    EXPECT_EQ(error.code(), KONTOR_FULL);
  }
  std::thread publisher([&db] { EXPECT_EQ(db.Publish("service", "second").mailboxes, 1u); });
  EXPECT_EQ(service.Next(milliseconds(10'000))->body(), "first");
  const auto gap = service.Next(milliseconds(10'000));  // the request that it did not get
  ASSERT_TRUE(gap.has_value());
  EXPECT_EQ(gap->kind(), KONTOR_DELIVERY_GAP);
  EXPECT_EQ(gap->lost(), 1u);
  EXPECT_EQ(service.Next(milliseconds(10'000))->body(), "second");
  publisher.join();
  EXPECT_EQ(db.PublishRequest("service", "asked", "mine").mailboxes, 1u);
}

}  // namespace
