// Channels that keep messages, as C++ has them.

#include <gtest/gtest.h>

#include <kontor/kontor.hpp>
#include <string>

namespace {

TEST(RetainedChannelTest, KeepsReadsAndIsJoined) {
  kontor::Database db;
  kontor::RetainedChannel channel(
      db, "prices",
      kontor::ChannelOptions().SetLastCount(3).SetDurable(false).SetMaxBytes(0).SetLast(
          kontor::milliseconds(0)));
  kontor::Mailbox mailbox(db);
  for (int i = 1; i <= 5; ++i) db.Publish(channel.name(), std::to_string(i));
  EXPECT_EQ(channel.figures().first_sequence, 3u);
  EXPECT_EQ(channel.figures().last_sequence, 5u);
  EXPECT_EQ(channel.figures().count, 3u);
  EXPECT_EQ(channel.figures().bytes, 3u);

  kontor::Deliveries deliveries;
  channel.Read(1, 2, &deliveries);
  ASSERT_EQ(deliveries.size(), 2u);
  EXPECT_EQ(deliveries[0].kind(), KONTOR_DELIVERY_GAP);
  EXPECT_EQ(deliveries[0].lost(), 2u);
  EXPECT_EQ(deliveries[1].sequence(), 3u);

  EXPECT_TRUE(mailbox.Join("prices", 7, kontor::JoinPoint::Last(2)));
  EXPECT_FALSE(mailbox.Join("prices", 7, kontor::JoinPoint::Now()));
  EXPECT_TRUE(mailbox.Join("prices", 8, kontor::JoinPoint::Sequence(6)));
  db.Publish("prices", "6");
  for (uint64_t sequence = 4; sequence <= 6; ++sequence) {
    const auto delivery = mailbox.Next(kontor::milliseconds(0));
    ASSERT_TRUE(delivery.has_value());
    EXPECT_EQ(delivery->sequence(), sequence);
    EXPECT_EQ(delivery->body(), std::to_string(sequence));
    EXPECT_EQ(delivery->tags().size(), sequence == 6 ? 2u : 1u);
  }
  EXPECT_TRUE(channel.Delete());
  EXPECT_FALSE(channel.Delete());
  EXPECT_THROW(static_cast<void>(channel.figures()), kontor::Error);
  EXPECT_THROW(mailbox.Join("prices", 9, kontor::JoinPoint::Last(1)), kontor::Error);
}

}  // namespace
