// Channels that keep messages, where each allocation in turn finds no memory.

#include <unistd.h>

#include <set>

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

TEST_P(ChannelNoMemoryTest, PresenceIsToldWholeOrAsAGap) {
  kontor_mailbox* members = nullptr;
  kontor_mailbox* watcher = nullptr;
  ASSERT_EQ(kontor_mailbox_new(db_, 1000, KONTOR_OVERFLOW_DROP_OLDEST, &members, error_),
            KONTOR_OK);
  ASSERT_EQ(kontor_mailbox_new(db_, 1000, KONTOR_OVERFLOW_DROP_OLDEST, &watcher, error_),
            KONTOR_OK);
  const auto count = [&] {
    size_t tags = 0;
    EXPECT_EQ(kontor_channel_tags(db_, kName, kNameLength, nullptr, 0, &tags, error_), KONTOR_OK);
    return tags;
  };
  const auto unwatched = [&] {
    EXPECT_EQ(kontor_mailbox_unwatch_presence(watcher, kName, kNameLength, error_),
              KONTOR_NOT_FOUND);
  };
  UntilItSucceeds(
      [&] { return kontor_mailbox_watch_presence(watcher, kName, kNameLength, error_); }, unwatched,
      [&] {
        EXPECT_EQ(kontor_mailbox_unwatch_presence(watcher, kName, kNameLength, error_), KONTOR_OK);
      });
  for (uint64_t tag = 1; tag <= 40; ++tag) {
    UntilItSucceeds(
        [&] {
          return kontor_mailbox_subscribe(members, KONTOR_CHANNEL, kName, kNameLength, tag, error_);
        },
        [&] { ASSERT_EQ(count(), tag - 1); },
        [&] {
          EXPECT_EQ(count(), tag);
          EXPECT_EQ(kontor_mailbox_unsubscribe_tag(members, tag, nullptr, error_), KONTOR_OK);
        });
  }
  // What is told since the last gap adds up.
  std::set<uint64_t> told;
  bool complete = false;
  const auto read = [&] {
    kontor_delivery* event = nullptr;
    while (kontor_mailbox_next(watcher, 0, nullptr, &event, error_) == KONTOR_OK) {
      const uint64_t* tags = nullptr;
      size_t tag_count = 0;
      EXPECT_EQ(kontor_delivery_tags(event, &tags, &tag_count), KONTOR_OK);
      const uint32_t kind = kontor_delivery_kind(event);
      if (kind == KONTOR_DELIVERY_PRESENT) told.clear();
      if (kind == KONTOR_DELIVERY_GAP || kind == KONTOR_DELIVERY_PRESENT) {
        complete = kind == KONTOR_DELIVERY_PRESENT;
      }
      for (size_t i = 0; i < tag_count; ++i) {
        if (kind == KONTOR_DELIVERY_LEFT) {
          told.erase(tags[i]);
        } else {
          told.insert(tags[i]);
        }
      }
      kontor_delivery_free(event);
    }
  };
  read();
  EXPECT_FALSE(complete);  // some of it found no memory
  ASSERT_EQ(kontor_mailbox_watch_presence(watcher, kName, kNameLength, error_), KONTOR_OK);
  read();
  EXPECT_TRUE(complete);
  EXPECT_EQ(told.size(), 40u);
  kontor_mailbox_free(members);
  read();
  EXPECT_TRUE(complete);
  EXPECT_TRUE(told.empty());
  kontor_mailbox_free(watcher);
}

TEST_P(ChannelNoMemoryTest, AWaitSetHasADescriptorOrNot) {
  kontor_wait_set* set = nullptr;
  UntilItSucceeds([&] { return kontor_wait_set_new(&set, error_); },
                  [&] { EXPECT_EQ(set, nullptr); });
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  UntilItSucceeds(
      [&] { return kontor_wait_set_add(set, pipes[0], 1, error_); },
      [&] { EXPECT_EQ(kontor_wait_set_remove(set, pipes[0], error_), KONTOR_NOT_FOUND); });
  kontor_wait_set_free(set);
  close(pipes[0]);
  close(pipes[1]);
}

TEST_P(ChannelNoMemoryTest, ARequestIsSentOrNot) {
  kontor_mailbox* service = nullptr;
  ASSERT_EQ(kontor_mailbox_new(db_, 1000, KONTOR_OVERFLOW_DROP_OLDEST, &service, error_),
            KONTOR_OK);
  ASSERT_EQ(kontor_mailbox_subscribe(service, KONTOR_CHANNEL, kName, kNameLength, 1, error_),
            KONTOR_OK);
  kontor_delivery* reply = nullptr;
  for (int64_t nth = 1;; ++nth) {
    SCOPED_TRACE(nth);
    fail_at = nth;
    const int32_t code =
        kontor_request(db_, kName, kNameLength, "body", 4, 0, nullptr, &reply, error_);
    const bool failed = fail_at == 0;
    fail_at = 0;
    EXPECT_EQ(reply, nullptr);
    if (!failed) {
      EXPECT_EQ(code, KONTOR_TIMEOUT);
      EXPECT_GT(nth, 5);
      break;
    }
    // Not sent; or sent, and lost on its way into the mailbox.
    EXPECT_TRUE(code == KONTOR_NO_MEMORY || code == KONTOR_NOT_FOUND || code == KONTOR_TIMEOUT)
        << code;
  }
  kontor_mailbox_free(service);
}

INSTANTIATE_TEST_SUITE_P(All, ChannelNoMemoryTest, ::testing::Values("in memory", "on disk"),
                         NameOfPlace);

}  // namespace
}  // namespace kontor::no_memory
