// Every allocation of a call fails in turn, until the call gets through. Each time it must say
// KONTOR_NO_MEMORY and nothing may have changed: what a call takes out of the engine is in the
// caller's hands or still in its place. And what a call takes does not grow with those before it.

#include <gtest/gtest.h>
#include <kontor/kontor.h>

#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "capi/failing_allocations.h"
#include "capi/no_memory_commands.h"
#include "capi/no_memory_fixture.h"

namespace {

using kontor::no_memory::allocated_bytes;
using kontor::no_memory::fail_above_bytes;
using kontor::no_memory::fail_at;
using kontor::no_memory::kCommands;
using kontor::no_memory::kLong;
using kontor::no_memory::kVeryLong;
using kontor::no_memory::NoMemoryTest;

TEST_P(NoMemoryTest, AnElementIsPoppedOrStays) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(
        kontor_list_push(db_, "l", 1, KONTOR_BACK, kLong.data(), kLong.size(), nullptr, error_),
        KONTOR_OK);
  }
  for (const uint64_t left : {1u, 0u}) {
    void* value = nullptr;
    size_t length = 0;
    UntilItSucceeds(
        [&] {
          return kontor_list_pop(db_, "l", 1, KONTOR_FRONT, 0, nullptr, &value, &length, error_);
        },
        [&] {
          EXPECT_EQ(value, nullptr);
          EXPECT_EQ(ListLength("l"), left + 1);
        });
    EXPECT_EQ(std::string(static_cast<char*>(value), length), kLong);
    EXPECT_EQ(ListLength("l"), left);
    kontor_free(value);
  }
}

TEST_P(NoMemoryTest, ALeaseIsHandedOutOrNobodyHoldsIt) {
  void* value = nullptr;
  size_t length = 0;
  kontor_lease* lease = nullptr;
  const auto fetch = [&](int64_t stale_ms) {
    return kontor_fetch(db_, kVeryLong.data(), kVeryLong.size(), stale_ms, 60000, 0, nullptr,
                        &value, &length, nullptr, &lease, error_);
  };
  const auto nothing_given = [&] {
    EXPECT_EQ(value, nullptr);
    EXPECT_EQ(lease, nullptr);
  };
  // Once without a failure, so that the error has room for the sentence of an outcome.
  ASSERT_EQ(fetch(0), KONTOR_NOT_FOUND);
  kontor_lease_free(std::exchange(lease, nullptr));
  // Whoever fails leaves no lease behind, or the next one would be told to wait.
  UntilItSucceeds(
      [&] {
        const int32_t code = fetch(0);
        return code == KONTOR_NOT_FOUND ? KONTOR_OK : code;
      },
      nothing_given);
  ASSERT_NE(lease, nullptr);
  kontor_lease* const filled = std::exchange(lease, nullptr);
  // A fill that fails leaves the lease held.
  UntilItSucceeds([&] { return kontor_lease_fill(filled, kLong.data(), kLong.size(), 50, error_); },
                  [&] {
                    EXPECT_EQ(Reply({"EXISTS", kVeryLong}), "0,");
                    EXPECT_EQ(fetch(0), KONTOR_TIMEOUT);
                  });
  kontor_lease_free(filled);
  ASSERT_EQ(kontor_set_with(db_, kVeryLong.data(), kVeryLong.size(), kLong.data(), kLong.size(), 0,
                            60000, error_),
            KONTOR_OK);
  UntilItSucceeds([&] { return fetch(3600000); }, nothing_given);
  EXPECT_EQ(std::string(static_cast<char*>(value), length), kLong);
  ASSERT_NE(lease, nullptr);
  kontor_free(value);
  kontor_lease_free(lease);
}

TEST_P(NoMemoryTest, AFreshValueIsHandedOut) {
  ASSERT_EQ(kontor_set(db_, "k", 1, "v", 1, error_), KONTOR_OK);
  void* value = nullptr;
  size_t length = 0;
  kontor_lease* lease = nullptr;
  UntilItSucceeds(
      [&] {
        return kontor_fetch(db_, "k", 1, 0, 60000, 0, nullptr, &value, &length, nullptr, &lease,
                            error_);
      },
      [&] { EXPECT_EQ(value, nullptr); });
  EXPECT_EQ(std::string(static_cast<char*>(value), length), "v");
  kontor_free(value);
}

// A wait that finds no memory leaves no place in the line behind, and a lease can always be given
// up.
TEST_P(NoMemoryTest, AWaitForALeaseLeavesNothingBehind) {
  void* value = nullptr;
  size_t length = 0;
  kontor_lease* held = nullptr;
  kontor_lease* other = nullptr;
  const auto fetch = [&](int64_t timeout_ms, kontor_lease** lease) {
    return kontor_fetch(db_, kLong.data(), kLong.size(), 0, 60000, timeout_ms, nullptr, &value,
                        &length, nullptr, lease, error_);
  };
  ASSERT_EQ(fetch(0, &held), KONTOR_NOT_FOUND);
  UntilItSucceeds(
      [&] {
        const int32_t code = fetch(1, &other);
        return code == KONTOR_TIMEOUT ? KONTOR_OK : code;
      },
      [&] { EXPECT_EQ(other, nullptr); });
  fail_at = 1;
  kontor_lease_free(held);
  fail_at = 0;
  ASSERT_EQ(fetch(0, &other), KONTOR_NOT_FOUND);
  kontor_lease_free(other);
}

TEST_P(NoMemoryTest, AMessageIsHandedOutOrStays) {
  kontor_queue* queue = nullptr;
  ASSERT_EQ(kontor_queue_open(db_, "q", 1, nullptr, &queue, error_), KONTOR_OK);
  ASSERT_EQ(kontor_queue_enqueue(queue, kLong.data(), kLong.size(), 0, 0, nullptr, error_),
            KONTOR_OK);
  kontor_message* message = nullptr;
  size_t count = 0;
  UntilItSucceeds(
      [&] { return kontor_queue_take(queue, 0, 0, nullptr, &message, 1, &count, error_); },
      [&] {
        EXPECT_EQ(message, nullptr);
        int64_t figures[KONTOR_QUEUE_FIGURES];
        ASSERT_EQ(kontor_queue_figures(queue, figures, KONTOR_QUEUE_FIGURES, &count, error_),
                  KONTOR_OK);
        EXPECT_EQ(figures[KONTOR_QUEUE_READY], 1);
        EXPECT_EQ(figures[KONTOR_QUEUE_LEASED], 0);
      });
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(kontor_message_attempt(message), 1u);
  EXPECT_EQ(kontor_queue_acknowledge(queue, kontor_message_receipt(message), error_), KONTOR_OK);
  kontor_message_free(message);
  kontor_queue_free(queue);
}

TEST_P(NoMemoryTest, OfManyMessagesThoseAreLeasedThatAreHandedOut) {
  constexpr size_t kMessages = 20;
  kontor_queue* queue = nullptr;
  ASSERT_EQ(kontor_queue_open(db_, "q", 1, nullptr, &queue, error_), KONTOR_OK);
  for (size_t i = 0; i < kMessages; ++i) {
    ASSERT_EQ(kontor_queue_enqueue(queue, "m", 1, 0, 0, nullptr, error_), KONTOR_OK);
  }
  size_t acknowledged = 0;
  bool some_but_not_all = false;
  for (int64_t nth = 1; acknowledged < kMessages; ++nth) {
    kontor_message* messages[kMessages] = {};
    size_t count = 0;
    fail_at = nth;
    const int32_t code =
        kontor_queue_take(queue, 0, 0, nullptr, messages, kMessages, &count, error_);
    fail_at = 0;
    if (code == KONTOR_NO_MEMORY) {
      EXPECT_EQ(count, 0u);
      continue;
    }
    ASSERT_EQ(code, KONTOR_OK);
    if (count < kMessages - acknowledged) some_but_not_all = true;
    for (size_t i = 0; i < count; ++i) {
      ASSERT_NE(messages[i], nullptr);
      EXPECT_EQ(kontor_message_attempt(messages[i]), 1u);
      EXPECT_EQ(kontor_queue_acknowledge(queue, kontor_message_receipt(messages[i]), error_),
                KONTOR_OK);
      kontor_message_free(messages[i]);
      ++acknowledged;
    }
  }
  EXPECT_TRUE(some_but_not_all);
  kontor_queue_free(queue);
}

TEST_P(NoMemoryTest, ADeliveryIsReadOrStays) {
  kontor_mailbox* mailbox = nullptr;
  ASSERT_EQ(kontor_mailbox_new(db_, 10, KONTOR_OVERFLOW_DROP_OLDEST, &mailbox, error_), KONTOR_OK);
  const std::string pattern = kLong + "*";
  ASSERT_EQ(
      kontor_mailbox_subscribe(mailbox, KONTOR_PATTERN, pattern.data(), pattern.size(), 7, error_),
      KONTOR_OK);
  ASSERT_EQ(kontor_publish(db_, kLong.data(), kLong.size(), "body", 4, nullptr, nullptr, error_),
            KONTOR_OK);
  kontor_delivery* delivery = nullptr;
  UntilItSucceeds([&] { return kontor_mailbox_next(mailbox, 0, nullptr, &delivery, error_); },
                  [&] {
                    EXPECT_EQ(delivery, nullptr);
                    uint64_t pending = 0;
                    ASSERT_EQ(kontor_mailbox_counts(mailbox, &pending, nullptr, error_), KONTOR_OK);
                    EXPECT_EQ(pending, 1u);
                  });
  const void* body = nullptr;
  size_t length = 0;
  ASSERT_EQ(kontor_delivery_body(delivery, &body, &length), KONTOR_OK);
  EXPECT_EQ(std::string(static_cast<const char*>(body), length), "body");
  kontor_delivery_free(delivery);
  kontor_mailbox_free(mailbox);
}

// Whatever was not there before a subscription that failed is not there after it either; and
// subscriptions can always be ended.
TEST_P(NoMemoryTest, ASubscriptionIsMadeWholeOrNotAtAll) {
  kontor_mailbox* watcher = nullptr;
  kontor_mailbox* mailbox = nullptr;
  ASSERT_EQ(kontor_mailbox_new(db_, 1 << 20, 0, &watcher, error_), KONTOR_OK);
  ASSERT_EQ(kontor_mailbox_watch_interest(watcher, error_), KONTOR_OK);
  ASSERT_EQ(kontor_mailbox_new(db_, 1 << 20, 0, &mailbox, error_), KONTOR_OK);
  uint64_t reached = 0;
  const auto publish = [&](const std::string& channel) {
    EXPECT_EQ(
        kontor_publish(db_, channel.data(), channel.size(), "x", 1, nullptr, &reached, error_),
        KONTOR_OK);
    return reached;
  };
  uint64_t expected = 0;
  int failures = 0;
  const auto subscribe = [&](uint32_t kind, const std::string& subject, uint64_t tag,
                             const std::string& channel) {
    for (int64_t nth = 1;; ++nth) {
      fail_at = nth;
      const int32_t code =
          kontor_mailbox_subscribe(mailbox, kind, subject.data(), subject.size(), tag, error_);
      const bool failed = std::exchange(fail_at, 0) == 0;
      if (failed && code == KONTOR_NO_MEMORY) {
        ++failures;
        ASSERT_EQ(publish(channel), expected);
        continue;
      }
      ASSERT_EQ(code, KONTOR_OK);
      ASSERT_EQ(publish(channel), expected + 1);
      if (!failed) break;
      // It could do without: a table that did not grow, an event that became a gap.
      ASSERT_EQ(
          kontor_mailbox_unsubscribe(mailbox, kind, subject.data(), subject.size(), tag, error_),
          KONTOR_OK);
    }
    ++expected;
  };
  // Many of each make every table grow.
  constexpr uint64_t kEach = 40;
  for (uint64_t tag = 0; tag < kEach; ++tag) subscribe(KONTOR_CHANNEL, kLong, tag, kLong);
  for (uint64_t i = 0; i < kEach; ++i) {
    const std::string n = std::to_string(i);
    expected = 0;
    subscribe(KONTOR_CHANNEL, n, i, n);
    expected = 0;
    subscribe(KONTOR_PATTERN, "a:" + n + ":*b?c:" + n + ":*d", i, "a:" + n + ":-b-c:" + n + ":d");
    expected = 0;
    subscribe(KONTOR_TOKENS, "t." + n + ".*.>", i, "t." + n + ".x.y");
  }
  EXPECT_GT(failures, 100);
  kontor_delivery* event = nullptr;
  const auto next = [&] { return kontor_mailbox_next(watcher, 0, nullptr, &event, error_); };
  while (next() == KONTOR_OK) kontor_delivery_free(event);
  ASSERT_EQ(kontor_mailbox_watch_interest(watcher, error_), KONTOR_OK);
  uint64_t gained = 0;
  for (; next() == KONTOR_OK; ++gained) {
    EXPECT_EQ(kontor_delivery_kind(event), KONTOR_DELIVERY_INTEREST_GAINED);
    kontor_delivery_free(event);
  }
  EXPECT_EQ(gained, 1 + 3 * kEach);
  // Nothing of this needs memory, however much there is to be given back.
  fail_above_bytes = 0;
  for (uint64_t tag = 1; tag < kEach; ++tag) {
    uint64_t ended = 0;
    const int32_t code = kontor_mailbox_unsubscribe_tag(mailbox, tag, &ended, error_);
    if (code != KONTOR_OK || ended != 4) fail_above_bytes = SIZE_MAX;
    ASSERT_EQ(code, KONTOR_OK);
    ASSERT_EQ(ended, 4u);
  }
  const int32_t code =
      kontor_mailbox_unsubscribe(mailbox, KONTOR_CHANNEL, kLong.data(), kLong.size(), 0, error_);
  fail_above_bytes = SIZE_MAX;
  EXPECT_EQ(code, KONTOR_OK);
  EXPECT_EQ(publish(kLong), 0u);
  EXPECT_EQ(publish("0"), 1u);
  kontor_mailbox_free(watcher);
  kontor_mailbox_free(mailbox);
}

TEST_P(NoMemoryTest, ACommandHappensWholeOrNotAtAll) {
  for (const std::vector<std::string>& command : kCommands) {
    SCOPED_TRACE(command[0] + " " + command[1]);
    SetKeys();
    const std::string before = State();
    std::set<std::string> after_failures;
    UntilItSucceeds([&] { return Exec(command); }, [&] { ASSERT_EQ(State(), before); },
                    [&] {
                      after_failures.insert(State());
                      SetKeys();
                    });
    const std::string after = State();
    EXPECT_NE(after, before);
    if (!after_failures.empty()) {
      EXPECT_EQ(after_failures, std::set<std::string>{after});
    }
    if (OnDisk()) {
      Reopen();
      EXPECT_EQ(State(), after);
    }
  }
}

// What failed on its way in is not counted, and what failed on its way out is. A reload loses none.
TEST_P(NoMemoryTest, WhatIsHeldIsCountedWhateverFailed) {
  const std::string large(9000, 'x');
  const std::vector<std::vector<std::string>> commands = {
      {"RPUSH", "new", kLong},       {"LPUSH", "l", large}, {"LINSERT", "l", "BEFORE", "b", large},
      {"HSET", "h", "large", large}, {"COPY", "h", "copy"}, {"RENAME", "copy", "l"}};
  SetKeys();
  for (const std::vector<std::string>& command : commands) {
    UntilItSucceeds([&] { return Exec(command); }, [] {}, [] {});
  }
  Reply({"DEL", "h", "l", "t", "i", "z", "x", "new"});
  int64_t bytes = -1;
  kontor_db_figure(db_, KONTOR_FIGURE_MEMORY_COLLECTIONS_BYTES, &bytes, error_);
  EXPECT_EQ(bytes, 0);
}

// It takes too many allocations to let each of them fail.
TEST_P(NoMemoryTest, AReloadThatFailsLosesNothing) {
  SetKeys();
  const std::string state = State();
  const std::vector<std::string> reload = {"DEBUG", "RELOAD"};
  bool failed = true;
  for (int64_t nth = 1; failed; nth += 7) {
    SCOPED_TRACE("allocation " + std::to_string(nth));
    fail_at = nth;
    const int32_t code = Exec(reload);
    failed = std::exchange(fail_at, 0) == 0;
    ASSERT_EQ(code, failed ? KONTOR_NO_MEMORY : KONTOR_OK);
    ASSERT_EQ(State(), state);
    ASSERT_LT(nth, 20'000);
  }
}

TEST_P(NoMemoryTest, ABatchIsSetWholeOrNotAtAll) {
  SetKeys();
  const std::string before = State();
  std::vector<kontor_bytes> keys;
  std::vector<kontor_bytes> values;
  for (const char* key : {"s", "l", "h", "new", "s"}) {
    keys.push_back({key, strlen(key)});
    values.push_back({kLong.data(), kLong.size()});
  }
  keys.push_back({kLong.data(), kLong.size()});
  values.push_back({"v", 1});
  UntilItSucceeds([&] { return kontor_mset(db_, keys.data(), values.data(), keys.size(), error_); },
                  [&] { EXPECT_EQ(State(), before); });
  std::string buffer(6 * kLong.size(), '\0');
  std::vector<kontor_bytes> found(keys.size());
  // Reading so few takes no memory at all.
  fail_at = 1;
  const int32_t code = kontor_mget(db_, keys.data(), keys.size(), buffer.data(), buffer.size(),
                                   found.data(), nullptr, error_);
  EXPECT_EQ(std::exchange(fail_at, 0), 1);
  ASSERT_EQ(code, KONTOR_OK) << kontor_error_message(error_);
  for (size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(std::string_view(static_cast<const char*>(found[i].data), found[i].length),
              std::string_view(static_cast<const char*>(values[i].data), values[i].length));
  }
}

TEST_P(NoMemoryTest, ATransactionHappensWholeOrNotAtAll) {
  kontor_queue* queue = nullptr;
  ASSERT_EQ(kontor_queue_open(db_, "q", 1, nullptr, &queue, error_), KONTOR_OK);
  // Its table has room from here on: growing it is tried, and does without.
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(kontor_queue_enqueue(queue, "m", 1, 0, 0, nullptr, error_), KONTOR_OK);
  }
  kontor_message* taken = nullptr;
  size_t count = 0;
  ASSERT_EQ(kontor_queue_take(queue, 60000, 0, nullptr, &taken, 1, &count, error_), KONTOR_OK);
  SetKeys();
  const auto state = [&] {
    int64_t figures[KONTOR_QUEUE_FIGURES];
    EXPECT_EQ(kontor_queue_figures(queue, figures, KONTOR_QUEUE_FIGURES, &count, error_),
              KONTOR_OK);
    return State() + " ready " + std::to_string(figures[KONTOR_QUEUE_READY]) + " delayed " +
           std::to_string(figures[KONTOR_QUEUE_DELAYED]) + " leased " +
           std::to_string(figures[KONTOR_QUEUE_LEASED]);
  };
  const std::string before = state();
  const auto commit = [&]() -> int32_t {
    const int64_t later = std::exchange(fail_at, 0);
    kontor_txn* txn = nullptr;
    EXPECT_EQ(kontor_txn_new(db_, &txn, error_), KONTOR_OK);
    EXPECT_EQ(kontor_txn_list_push(txn, "l", 1, KONTOR_FRONT, "x", 1, error_), KONTOR_OK);
    EXPECT_EQ(kontor_txn_hash_set(txn, "h", 1, "n", 1, "x", 1, error_), KONTOR_OK);
    EXPECT_EQ(kontor_txn_delete(txn, "s", 1, error_), KONTOR_OK);
    EXPECT_EQ(kontor_txn_enqueue(txn, queue, kLong.data(), kLong.size(), 3, 0, error_), KONTOR_OK);
    EXPECT_EQ(kontor_txn_enqueue(txn, queue, "later", 5, 3, 60000, error_), KONTOR_OK);
    EXPECT_EQ(kontor_txn_acknowledge(txn, queue, kontor_message_receipt(taken), error_), KONTOR_OK);
    fail_at = later;
    const int32_t code = kontor_txn_commit(txn, nullptr, error_);
    const int64_t left = std::exchange(fail_at, 0);
    kontor_txn_free(txn);
    fail_at = left;
    return code;
  };
  UntilItSucceeds(commit, [&] { ASSERT_EQ(state(), before); });
  EXPECT_NE(state().find("ready 20 delayed 1 leased 0"), std::string::npos) << state();
  kontor_message_free(taken);
  kontor_queue_free(queue);
}

TEST_P(NoMemoryTest, AStepIsAddedWithItsReplyOrNotAtAll) {
  kontor_queue* queue = nullptr;
  ASSERT_EQ(kontor_queue_open(db_, "q", 1, nullptr, &queue, error_), KONTOR_OK);
  kontor_txn* txn = nullptr;
  ASSERT_EQ(kontor_txn_new(db_, &txn, error_), KONTOR_OK);
  const auto nothing = [] {};
  UntilItSucceeds(
      [&] { return kontor_txn_set(txn, "k", 1, kLong.data(), kLong.size(), 0, error_); }, nothing);
  UntilItSucceeds(
      [&] { return kontor_txn_enqueue(txn, queue, kLong.data(), kLong.size(), 0, 0, error_); },
      nothing);
  UntilItSucceeds([&] { return kontor_txn_publish(txn, "c", 1, kLong.data(), 100, error_); },
                  nothing);
  kontor_reply* replies = nullptr;
  ASSERT_EQ(kontor_txn_commit(txn, &replies, error_), KONTOR_OK);
  EXPECT_EQ(kontor_reply_count(replies), 3u);
  kontor_reply_free(replies);
  int64_t figures[KONTOR_QUEUE_FIGURES];
  ASSERT_EQ(kontor_queue_figures(queue, figures, KONTOR_QUEUE_FIGURES, nullptr, error_), KONTOR_OK);
  EXPECT_EQ(figures[KONTOR_QUEUE_READY], 1);
  kontor_txn_free(txn);
  kontor_queue_free(queue);
}

// The bytes that `add` allocates, called `count` times.
size_t BytesOf(int count, const std::function<void()>& add) {
  const size_t before = allocated_bytes;
  for (int i = 0; i < count; ++i) add();
  return allocated_bytes - before;
}

TEST_P(NoMemoryTest, ManyStepsCostInProportion) {
  kontor_txn* txn = nullptr;
  ASSERT_EQ(kontor_txn_new(db_, &txn, error_), KONTOR_OK);
  const auto add = [&] { ASSERT_EQ(kontor_txn_set(txn, "k", 1, "v", 1, 0, error_), KONTOR_OK); };
  const size_t first_bytes = BytesOf(4096, add);
  EXPECT_LT(BytesOf(4096, add), 2 * first_bytes);
  kontor_txn_free(txn);
}

TEST_P(NoMemoryTest, ManyQueuesCostInProportion) {
  int opened = 0;
  const auto open = [&] {
    const std::string name = std::to_string(++opened);
    kontor_queue* queue = nullptr;
    ASSERT_EQ(kontor_queue_open(db_, name.data(), name.size(), nullptr, &queue, error_), KONTOR_OK);
    kontor_queue_free(queue);
  };
  const size_t first_bytes = BytesOf(1024, open);
  EXPECT_LT(BytesOf(1024, open), 2 * first_bytes);
}

TEST_P(NoMemoryTest, AnEngineCanAlwaysBeClosed) {
  SetKeys();
  const std::string before = State();
  for (int64_t nth = 1; nth < 40; ++nth) {
    SCOPED_TRACE("allocation " + std::to_string(nth));
    fail_at = nth;
    const int32_t code = kontor_close(db_, error_);
    fail_at = 0;
    EXPECT_TRUE(code == KONTOR_OK || code == KONTOR_NO_MEMORY || code == KONTOR_IO) << code;
    ASSERT_NO_FATAL_FAILURE(Reopen());
    if (!OnDisk()) SetKeys();
    EXPECT_EQ(State(), before);
  }
}

TEST_P(NoMemoryTest, AJournalWithoutMemoryForMoreWritesWhatItHas) {
  constexpr uint64_t kElements = 1000;
  const std::string value(1000, 'x');
  fail_above_bytes = 64 << 10;
  for (uint64_t i = 0; i < kElements; ++i) {
    const int32_t code =
        kontor_list_push(db_, "l", 1, KONTOR_BACK, value.data(), value.size(), nullptr, error_);
    if (code != KONTOR_OK) fail_above_bytes = SIZE_MAX;
    ASSERT_EQ(code, KONTOR_OK) << i;
  }
  fail_above_bytes = SIZE_MAX;
  if (OnDisk()) {
    EXPECT_EQ(kontor_sync(db_, error_), KONTOR_OK);
  }
  EXPECT_EQ(ListLength("l"), kElements);
}

INSTANTIATE_TEST_SUITE_P(All, NoMemoryTest, ::testing::Values("in memory", "on disk"),
                         kontor::no_memory::NameOfPlace);

}  // namespace
