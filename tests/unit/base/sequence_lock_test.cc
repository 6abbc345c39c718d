#include "base/sequence_lock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/relaxed_copy.h"

namespace kontor {
namespace {

TEST(SequenceLockTest, TheVersionIsOddFromTheFirstChangeToTheUnlock) {
  SequenceLock lock;
  EXPECT_EQ(lock.ReadBegin(), 0u);
  lock.Lock();
  EXPECT_EQ(lock.ReadBegin(), 0u) << "a holder that only looks disturbs no reader";
  lock.BeginChange();
  lock.BeginChange();
  EXPECT_EQ(lock.ReadBegin(), 1u);
  EXPECT_FALSE(lock.ReadValid(0));
  lock.Unlock();
  EXPECT_EQ(lock.ReadBegin(), 2u);
  lock.Lock();
  lock.Unlock();
  EXPECT_TRUE(lock.ReadValid(2));
}

// Four threads, so that on any machine some of them must sleep.
TEST(SequenceLockTest, OneHolderAtATime) {
  constexpr int kThreads = 4;
  constexpr int kEach = 50000;
  SequenceLock lock;
  int64_t counter = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        const SequenceLockHolder holder(&lock);
        ++counter;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter, int64_t{kThreads} * kEach);
}

// Two words that the writers always keep equal: a reader that believes what it read never sees them
// differ.
TEST(SequenceLockTest, AReaderNeverBelievesATornRead) {
  constexpr uint64_t kChanges = 100000;
  SequenceLock lock;
  uint64_t words[2] = {0, 0};
  std::atomic<bool> done{false};
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&] {
      for (uint64_t i = 0; i < kChanges; ++i) {
        const SequenceLockHolder holder(&lock);
        lock.BeginChange();
        RelaxedStore(&words[0], RelaxedLoad(&words[0]) + 1);
        RelaxedStore(&words[1], RelaxedLoad(&words[1]) + 1);
      }
    });
  }
  uint64_t believed = 0;
  uint64_t last = 0;
  std::thread reader([&] {
    // At least once, also if it came too late to meet the writers.
    while (!done.load() || believed == 0) {
      const uint32_t version = lock.ReadBegin();
      if ((version & 1) != 0) continue;
      const uint64_t first = RelaxedLoad(&words[0]);
      const uint64_t second = RelaxedLoad(&words[1]);
      if (!lock.ReadValid(version)) continue;
      ++believed;
      ASSERT_EQ(first, second);
      ASSERT_GE(first, last) << "time runs backwards";
      last = first;
    }
  });
  for (std::thread& writer : writers) writer.join();
  done.store(true);
  reader.join();
  EXPECT_GT(believed, 0u);
  EXPECT_EQ(words[0], 2 * kChanges);
}

TEST(RelaxedCopyTest, CopiesAndComparesEveryLength) {
  std::string from;
  for (int i = 0; i < 300; ++i) from.push_back(static_cast<char>(i * 7));
  for (size_t size = 0; size <= from.size(); ++size) {
    std::string to(from.size() + 2, '#');
    RelaxedCopy(to.data() + 1, from.data(), size);
    EXPECT_EQ(to.substr(1, size), from.substr(0, size)) << size;
    EXPECT_EQ(to[0], '#') << size;
    EXPECT_EQ(to.substr(1 + size), std::string(to.size() - 1 - size, '#')) << size;
    EXPECT_TRUE(RelaxedEqual(to.data() + 1, Bytes(from).substr(0, size)));
    for (size_t i = 0; i < size; ++i) {
      std::string other = from.substr(0, size);
      other[i] = static_cast<char>(other[i] + 1);
      EXPECT_FALSE(RelaxedEqual(to.data() + 1, other)) << size << " " << i;
    }
  }
}

}  // namespace
}  // namespace kontor
