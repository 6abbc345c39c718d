// Many threads on a cache in front of a database, through the C interface: whatever the schedule, a
// value is computed by one at a time, and what was computed before a delete is never seen after it.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <kontor/kontor.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using std::chrono::milliseconds;

constexpr size_t kKeys = 3;

// A database of one row: its version only grows. Whoever changes it deletes the cached value after.
struct Row {
  std::string key;
  std::atomic<int64_t> version{0};
  // The version of the last change whose delete has returned: nothing older may be seen from then.
  std::atomic<int64_t> deleted{0};
  std::atomic<int64_t> computed{0};
};

void RaiseTo(std::atomic<int64_t>* number, int64_t least) {
  int64_t seen = number->load();
  while (seen < least && !number->compare_exchange_weak(seen, least)) continue;
}

class FetchStress : public ::testing::Test {
 protected:
  FetchStress() {
    for (size_t i = 0; i < kKeys; ++i) rows_[i].key = "row:" + std::to_string(i);
  }

  void RunThreads(int count, const std::function<void(unsigned)>& body) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back(body, static_cast<unsigned>(i));
    for (std::thread& thread : threads) thread.join();
  }

  // One request: what it is answered must be no older than the last delete before it.
  void Request(Row* row, const kontor::FetchOptions& options, milliseconds ttl,
               std::minstd_rand* random) {
    const int64_t at_least = row->deleted.load();
    kontor::Fetched fetched = kontor::Fetch(db_, row->key, options);
    if (fetched.value.has_value()) {
      ASSERT_GE(std::stoll(*fetched.value), at_least) << row->key;
    }
    if (!fetched.lease.has_value()) return;
    const int64_t version = row->version.load();
    row->computed.fetch_add(1);
    if ((*random)() % 4 == 0) std::this_thread::yield();
    // Some give up, in one way or the other.
    const auto choice = (*random)() % 16;
    if (choice == 0) return;
    if (choice == 1) {
      fetched.lease->GiveUp();
      return;
    }
    fetched.lease->Fill(std::to_string(version), ttl);
  }

  void Change(Row* row) {
    const int64_t version = row->version.fetch_add(1) + 1;
    db_.Delete(row->key);
    RaiseTo(&row->deleted, version);
  }

  kontor::Database db_;
  std::array<Row, kKeys> rows_;
};

// Values expire, are stale, and are deleted; leases run out while their holders compute.
TEST_F(FetchStress, NothingOlderThanTheLastDeleteIsSeen) {
  constexpr int kThreads = 6;
  constexpr int kRequests = 15000;
  RunThreads(kThreads, [&](unsigned i) {
    std::minstd_rand random(i + 1);
    for (int n = 0; n < kRequests && !HasFatalFailure(); ++n) {
      Row* const row = &rows_[random() % kKeys];
      if (random() % 8 == 0) {
        Change(row);
        continue;
      }
      const kontor::FetchOptions options{.stale = milliseconds(i % 2 == 0 ? 3 : 0),
                                         .lease = milliseconds(1 + random() % 3)};
      Request(row, options, milliseconds(random() % 4), &random);
    }
  });
  int64_t computed = 0;
  for (const Row& row : rows_) computed += row.computed.load();
  EXPECT_GT(computed, 0);
}

// All miss the same key together. With leases that do not run out, one at a time computes it, and
// only one unless the first gives up.
TEST_F(FetchStress, OneAtATimeComputes) {
  constexpr int kThreads = 6;
  constexpr int kRounds = 300;
  std::vector<std::atomic<int>> holders(kRounds);
  std::atomic<int> arrived{0};
  std::atomic<int> computing{0};
  RunThreads(kThreads, [&](unsigned) {
    for (int round = 0; round < kRounds; ++round) {
      arrived.fetch_add(1);
      while (arrived.load() < (round + 1) * kThreads) std::this_thread::yield();
      const std::string key = std::to_string(round);
      kontor::Fetched fetched = kontor::Fetch(db_, key);
      if (!fetched.lease.has_value()) {
        EXPECT_EQ(fetched.value, key);
        continue;
      }
      EXPECT_EQ(computing.fetch_add(1), 0);
      const bool first = holders[static_cast<size_t>(round)].fetch_add(1) == 0;
      std::this_thread::yield();
      computing.fetch_sub(1);
      if (first && round % 3 == 0) {
        EXPECT_TRUE(fetched.lease->GiveUp());
      } else {
        EXPECT_TRUE(fetched.lease->Fill(key));
      }
    }
  });
  for (int round = 0; round < kRounds; ++round) {
    EXPECT_EQ(holders[static_cast<size_t>(round)].load(), round % 3 == 0 ? 2 : 1);
  }
}

}  // namespace
