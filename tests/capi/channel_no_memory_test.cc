// Channels that keep messages, where each allocation in turn finds no memory.

#include "capi/no_memory_fixture.h"

namespace kontor::no_memory {
namespace {

class ChannelNoMemoryTest : public NoMemoryTest {
 protected:
  static constexpr char kName[] = "a channel with a name that no string keeps inside of itself";
  static constexpr size_t kNameLength = sizeof kName - 1;

  int32_t Publish() {
    return kontor_publish(db_, kName, kNameLength, "body", 4, nullptr, nullptr, error_);
  }
  uint64_t LastSequence() {
    uint64_t last = 0;
    EXPECT_EQ(
        kontor_channel_figures(db_, kName, kNameLength, nullptr, &last, nullptr, nullptr, error_),
        KONTOR_OK);
    return last;
  }
};

TEST_P(ChannelNoMemoryTest, NothingIsDoneByHalf) {
  const auto declare = [&] {
    return kontor_channel_declare(db_, kName, kNameLength, nullptr, error_);
  };
  const auto is_absent = [&] {
    EXPECT_EQ(
        kontor_channel_figures(db_, kName, kNameLength, nullptr, nullptr, nullptr, nullptr, error_),
        KONTOR_NOT_FOUND);
  };
  UntilItSucceeds(declare, is_absent,
                  [&] { kontor_channel_delete(db_, kName, kNameLength, error_); });

  uint64_t published = 0;
  for (int round = 0; round < 20; ++round) {
    UntilItSucceeds([&] { return Publish(); }, [&] { EXPECT_EQ(LastSequence(), published); },
                    [&] { ++published; });
    ++published;
    ASSERT_EQ(LastSequence(), published);
  }

  kontor_mailbox* mailbox = nullptr;
  ASSERT_EQ(kontor_mailbox_new(db_, 10, KONTOR_OVERFLOW_DROP_OLDEST, &mailbox, error_), KONTOR_OK);
  const auto pending = [&] {
    uint64_t count = 0;
    EXPECT_EQ(kontor_mailbox_counts(mailbox, &count, nullptr, error_), KONTOR_OK);
    return count;
  };
  UntilItSucceeds(
      [&] {
        return kontor_mailbox_join(mailbox, kName, kNameLength, 7, KONTOR_JOIN_SEQUENCE, 1, error_);
      },
      [&] { EXPECT_EQ(pending(), 0u); },
      [&] { kontor_mailbox_unsubscribe_tag(mailbox, 7, nullptr, error_); });
  EXPECT_EQ(pending(), published);

  for (uint64_t sequence = 1; sequence <= published; ++sequence) {
    kontor_delivery* delivery = nullptr;
    UntilItSucceeds([&] { return kontor_mailbox_next(mailbox, 0, nullptr, &delivery, error_); },
                    [&] { EXPECT_EQ(pending(), published - sequence + 1); });
    EXPECT_EQ(kontor_delivery_sequence(delivery), sequence);
    kontor_delivery_free(delivery);
  }
  kontor_mailbox_free(mailbox);
}

TEST_P(ChannelNoMemoryTest, WhatIsReadIsReadWhole) {
  ASSERT_EQ(kontor_channel_declare(db_, kName, kNameLength, nullptr, error_), KONTOR_OK);
  ASSERT_EQ(Publish(), KONTOR_OK);
  kontor_deliveries* deliveries = nullptr;
  UntilItSucceeds([&] { return kontor_deliveries_new(&deliveries, error_); },
                  [&] { EXPECT_EQ(deliveries, nullptr); });
  size_t count = 0;
  UntilItSucceeds(
      [&] {
        return kontor_channel_read(db_, kName, kNameLength, 1, 10, deliveries, &count, error_);
      },
      [&] { EXPECT_EQ(count, 0u); });
  EXPECT_EQ(count, 1u);
  kontor_deliveries_free(deliveries);
  kontor_channel_options* options = nullptr;
  UntilItSucceeds([&] { return kontor_channel_options_new(&options, error_); },
                  [&] { EXPECT_EQ(options, nullptr); });
  kontor_channel_options_free(options);
}

INSTANTIATE_TEST_SUITE_P(All, ChannelNoMemoryTest, ::testing::Values("in memory", "on disk"),
                         NameOfPlace);

}  // namespace
}  // namespace kontor::no_memory
