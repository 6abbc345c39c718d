// Many threads on everything at once, through the C interface: for ThreadSanitizer, and for
// invariants that must hold whatever the schedule (nothing lost, nothing doubled, sums that
// balance).

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <kontor/kontor.hpp>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "style/temporary_directory.h"

namespace {

using std::chrono::milliseconds;

void RunThreads(int count, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : threads) thread.join();
}

TEST(Stress, EveryMessageIsHandledOnce) {
  constexpr int kProducers = 3;
  constexpr int kConsumers = 3;
  constexpr int kEach = 1000;
  kontor::Database db;
  std::mutex mutex;
  std::map<std::string, int> seen;
  std::atomic<int> acknowledged{0};
  RunThreads(kProducers + kConsumers, [&](int i) {
    kontor::Queue queue(db, "q");
    if (i < kProducers) {
      for (int n = 0; n < kEach; ++n) {
        queue.Enqueue(std::to_string(i) + ":" + std::to_string(n), static_cast<uint32_t>(n % 4));
      }
      return;
    }
    while (acknowledged.load() < kProducers * kEach) {
      const auto message = queue.Take(milliseconds(20));
      if (!message.has_value()) continue;
      if (message->attempt() == 1 && message->id() % 10 == 0) {
        queue.Return(*message, milliseconds(0));
        continue;
      }
      const std::string body(message->body());
      queue.Acknowledge(*message);
      acknowledged.fetch_add(1);
      const std::lock_guard lock(mutex);
      ++seen[body];
    }
  });
  EXPECT_EQ(seen.size(), static_cast<size_t>(kProducers * kEach));
  for (const auto& [body, times] : seen) EXPECT_EQ(times, 1) << body;
}

// A value is one letter, as often as its length says, and the letter says which lengths there are:
// whoever read a mixture, or a length that is not the letter's, would notice.
TEST(Stress, ReadsWithoutALockAreNeverTorn) {
  constexpr int kWriters = 2;
  constexpr int kReaders = 2;
  constexpr int kChanges = 20000;
  static constexpr size_t kLengths[] = {0, 5, 60, 64, 65, 300, 1000, 1500};
  kontor::Database db;
  std::atomic<int> writing{kWriters};
  std::atomic<uint64_t> found{0};
  RunThreads(kWriters + kReaders, [&](int i) {
    if (i < kWriters) {
      for (int n = 0; n < kChanges; ++n) {
        const std::string key = "k" + std::to_string(n % 3);
        const auto choice = static_cast<size_t>((n / 3 + i) % 9);
        if (choice == 8) {
          db.Delete(key);
        } else {
          db.Set(key, std::string(kLengths[choice], static_cast<char>('a' + choice)));
        }
        // Others come and go, so that memory is used again for something else.
        db.Set("other" + std::to_string(n % 500), std::string(kLengths[n % 8], 'z'));
        if (n % 5 == 0) db.Delete("other" + std::to_string(n % 450));
      }
      db.Set("k" + std::to_string(i), "bbbbb");  // there is something to find at the end
      writing.fetch_sub(1);
      return;
    }
    while (writing.load() > 0 || found.load() == 0) {
      for (const char* key : {"k0", "k1", "k2"}) {
        const auto value = db.Get(key);
        if (!value.has_value()) continue;
        found.fetch_add(1);
        if (value->empty()) continue;
        const size_t choice = static_cast<size_t>((*value)[0] - 'a');
        ASSERT_LT(choice, 8u);
        ASSERT_EQ(*value, std::string(kLengths[choice], static_cast<char>('a' + choice)));
      }
    }
  });
  EXPECT_GT(found.load(), 0u);
}

// Whoever writes, writes the same into all keys: a batch that was not read as of one moment would
// see two of them.
TEST(Stress, ABatchIsReadAsOfOneMoment) {
  constexpr int kWriters = 2;
  constexpr int kReaders = 2;
  constexpr int kChanges = 3000;
  kontor::Database db;
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g", "h"};
  const auto set = [&](const std::string& value) {
    std::vector<std::pair<std::string_view, std::string_view>> pairs;
    for (const std::string& name : names) pairs.emplace_back(name, value);
    db.SetMany(pairs);
  };
  set("first");
  std::atomic<int> writing{kWriters};
  std::atomic<uint64_t> read{0};
  RunThreads(kWriters + kReaders, [&](int i) {
    if (i < kWriters) {
      for (int n = 0; n < kChanges; ++n) {
        // Some are too long to be read without a lock.
        set(std::string(n % 50 == 0 ? 2000 : 20, static_cast<char>('a' + n % 26)));
      }
      writing.fetch_sub(1);
      return;
    }
    while (writing.load() > 0 || read.load() == 0) {
      const auto values = db.GetMany({names.begin(), names.end()});
      for (const auto& value : values) ASSERT_EQ(value, values[0]);
      read.fetch_add(1);
    }
  });
  EXPECT_GT(read.load(), 0u);
}

TEST(Stress, BlockingPopsGetEveryElementOnce) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  kontor::Database db;
  std::mutex mutex;
  std::multiset<std::string> popped;
  RunThreads(2 * kThreads, [&](int i) {
    if (i < kThreads) {
      for (int n = 0; n < kEach; ++n) {
        db.ListPush("list", n % 2 == 0 ? kontor::Side::kBack : kontor::Side::kFront,
                    std::to_string(i * kEach + n));
      }
      return;
    }
    for (int n = 0; n < kEach; ++n) {
      const auto value = db.ListPop("list", kontor::Side::kFront, milliseconds(-1));
      const std::lock_guard lock(mutex);
      popped.insert(*value);
    }
  });
  EXPECT_EQ(popped.size(), static_cast<size_t>(kThreads * kEach));
  EXPECT_EQ(std::set<std::string>(popped.begin(), popped.end()).size(), popped.size());
  EXPECT_EQ(db.ListLength("list"), 0u);
}

// Money moves between accounts in transactions while others read, scan, expire and flush another
// database.
TEST(Stress, TransactionsKeepTheSum) {
  constexpr int kAccounts = 8;
  constexpr int kTransfers = 400;
  kontor::Database db;
  for (int i = 0; i < kAccounts; ++i) db.Set("account:" + std::to_string(i), "1000");
  std::atomic<int> transferring{3};
  RunThreads(6, [&](int i) {
    if (i >= 3) {
      kontor::Database other = db.Select(1);
      while (transferring.load() > 0) {
        std::vector<std::string> names{"MGET"};
        for (int n = 0; n < kAccounts; ++n) names.push_back("account:" + std::to_string(n));
        const std::vector<std::string_view> views(names.begin(), names.end());
        const kontor::Reply reply = db.Execute(std::span<const std::string_view>(views));
        int64_t sum = 0;
        for (size_t n = 0; n < reply.size(); ++n) sum += std::stoll(std::string(reply[n].bytes()));
        ASSERT_EQ(sum, kAccounts * 1000);
        db.Execute({"SCAN", "0"});
        other.Set("noise", "x", milliseconds(1));
        if (i == 3) other.Execute({"FLUSHDB"});
      }
      return;
    }
    for (int n = 0; n < kTransfers; ++n) {
      kontor::Transaction txn(db);
      txn.Increment("account:" + std::to_string(n % kAccounts), -5);
      txn.Increment("account:" + std::to_string((n * 3 + i + 1) % kAccounts), 5);
      txn.Commit();
    }
    transferring.fetch_sub(1);
  });
}

TEST(Stress, SubscribersComeAndGoWhileOthersPublish) {
  constexpr int kMessages = 2000;
  kontor::Database db;
  kontor::Mailbox steady(db, 1 << 20);
  ASSERT_TRUE(steady.Subscribe("news", 1));
  std::atomic<int> publishing{2};
  std::atomic<uint64_t> received{0};
  RunThreads(5, [&](int i) {
    if (i < 2) {
      for (int n = 0; n < kMessages; ++n) db.Publish("news", std::to_string(n));
      publishing.fetch_sub(1);
    } else if (i == 2) {
      while (received.load() < 2 * kMessages) {
        if (steady.Next(milliseconds(100)).has_value()) received.fetch_add(1);
      }
    } else {
      while (publishing.load() > 0) {
        kontor::Mailbox passing(db, 4,
                                i == 3 ? kontor::Overflow::kClose : kontor::Overflow::kDropOldest);
        try {
          passing.Subscribe("news", static_cast<uint64_t>(i));
          passing.Subscribe("ne*", static_cast<uint64_t>(i), kontor::Subject::kPattern);
          passing.Next(milliseconds(1));
          passing.UnsubscribeTag(static_cast<uint64_t>(i));
        } catch (const kontor::Error& error) {
          ASSERT_EQ(error.code(), KONTOR_CLOSED);  // overflowed
        }
      }
    }
  });
  EXPECT_EQ(received.load(), 2u * kMessages);
  EXPECT_EQ(steady.lost(), 0u);
}

// Publishers that wait, subscribers that come and go under them, and one reader: what was reached
// is read, and nothing that waited is lost as long as there is time.
TEST(Stress, BlockedPublishersLoseNothing) {
  constexpr int kPublishers = 3;
  constexpr int kMessages = 1500;
  kontor::Database db;
  kontor::MailboxOptions options;
  options.SetCapacity(4).SetOverflow(kontor::Overflow::kBlock).SetBlock(milliseconds(60'000));
  kontor::Mailbox steady(db, options);
  ASSERT_TRUE(steady.Subscribe("news", 1));
  std::atomic<int> publishing{kPublishers};
  std::atomic<uint64_t> reached{0};
  uint64_t received = 0;
  RunThreads(kPublishers + 2, [&](int i) {
    if (i < kPublishers) {
      for (int n = 0; n < kMessages; ++n) {
        reached.fetch_add(db.Publish("news", std::to_string(n)).subscriptions);
      }
      publishing.fetch_sub(1);
    } else if (i == kPublishers) {
      kontor::Deliveries deliveries;
      while (received < kPublishers * kMessages) {
        if (steady.NextMany(milliseconds(100), 3, &deliveries)) received += deliveries.size();
      }
    } else {
      // Ends its subscriptions, and itself, while publishers wait for it.
      while (publishing.load() > 0) {
        kontor::Mailbox passing(db, options);
        passing.Subscribe("news", 1);
        passing.Subscribe("n*", 1, kontor::Subject::kPattern);
        passing.Subscribe("*", 1, kontor::Subject::kTokens);
        passing.Next(milliseconds(1));
        passing.UnsubscribeTag(1);
      }
    }
  });
  EXPECT_EQ(received, uint64_t{kPublishers} * kMessages);
  EXPECT_GE(reached.load(), received);
  EXPECT_EQ(steady.lost(), 0u);
  EXPECT_EQ(steady.pending(), 0u);
}

// Conflating loses no channel's last message, however it is read.
TEST(Stress, TheLastMessageOfEachChannelArrives) {
  constexpr int kPublishers = 3;
  constexpr int kMessages = 3000;
  kontor::Database db;
  kontor::MailboxOptions options;
  options.SetOverflow(kontor::Overflow::kConflate);
  kontor::Mailbox mailbox(db, options);
  ASSERT_TRUE(mailbox.Subscribe("c.*", 1, kontor::Subject::kTokens));
  std::atomic<int> publishing{kPublishers};
  std::map<std::string, int> last;
  uint64_t told = 0;
  RunThreads(kPublishers + 1, [&](int i) {
    if (i < kPublishers) {
      const std::string channel = "c." + std::to_string(i);
      for (int n = 0; n < kMessages; ++n) db.Publish(channel, std::to_string(n));
      publishing.fetch_sub(1);
      return;
    }
    while (true) {
      const bool over = publishing.load() == 0;
      const auto delivery = mailbox.Next(milliseconds(over ? 0 : 10));
      if (!delivery.has_value()) {
        if (over) break;
        continue;
      }
      told += 1 + delivery->lost();
      const int n = std::stoi(std::string(delivery->body()));
      const auto [at, is_new] = last.emplace(std::string(delivery->channel()), n);
      ASSERT_TRUE(is_new || at->second < n);
      at->second = n;
    }
  });
  EXPECT_EQ(told, uint64_t{kPublishers} * kMessages);
  for (const auto& [channel, n] : last) EXPECT_EQ(n, kMessages - 1) << channel;
  EXPECT_EQ(last.size(), size_t{kPublishers});
}

// Writers at three durabilities, snapshots among them, then everything is there again.
TEST(Stress, WritersAndSnapshotsThenReopening) {
  constexpr int kThreads = 4;
  constexpr int kEach = 100;
  const kontor::TemporaryDirectory directory;
  kontor::Options options;
  options.SetDirectory(directory.path()).SetDurability(kontor::Durability::kAsync);
  {
    kontor::Database db(options);
    RunThreads(kThreads + 1, [&](int i) {
      if (i == kThreads) {
        for (int n = 0; n < 5; ++n) db.Snapshot();
        return;
      }
      for (int n = 0; n < kEach; ++n) {
        const std::string key = std::to_string(i) + ":" + std::to_string(n);
        kontor::Transaction txn(db);
        txn.Set(key, key);
        txn.Increment("count");
        if (n % 20 == 0) txn.SetDurability(kontor::Durability::kSync);
        txn.Commit();
      }
    });
    db.Close();
  }
  kontor::Database db(options);
  EXPECT_EQ(db.Get("count"), std::to_string(kThreads * kEach));
  EXPECT_EQ(db.Execute({"DBSIZE"}).integer(), kThreads * kEach + 1);
}

TEST(Stress, ClosingWakesEverybody) {
  for (int round = 0; round < 20; ++round) {
    kontor::Database db;
    kontor::Queue queue(db, "q");
    kontor::Mailbox mailbox(db);
    std::atomic<int> closed{0};
    std::thread closer([&] {
      std::this_thread::sleep_for(milliseconds(round % 4));
      db.Close();
    });
    RunThreads(3, [&](int i) {
      try {
        if (i == 0) queue.Take(milliseconds(-1));
        if (i == 1) mailbox.Next(milliseconds(-1));
        if (i == 2) db.ListPop("list", kontor::Side::kFront, milliseconds(-1));
      } catch (const kontor::Error& error) {
        ASSERT_EQ(error.code(), KONTOR_CLOSED);
        closed.fetch_add(1);
      }
    });
    closer.join();
    EXPECT_EQ(closed.load(), 3);
  }
}

}  // namespace
