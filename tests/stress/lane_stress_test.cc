// Many threads on one lane. What each of them did, and when, is written down and judged: nothing
// lost, nothing doubled, first in first out, and empty only when it was.

#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "broker/mpmc_lane.h"
#include "stress/fifo_history.h"
#include "unit/test_seed.h"

namespace kontor {
namespace {

using Kind = QueueOperation::Kind;

int64_t Now() { return Clock::System()->MonotonicNs(); }

constexpr size_t kBatch = 7;

// A thread, what it does by chance, and what it did.
class Worker {
 public:
  Worker(MpmcLane* lane, uint64_t seed) : lane_(lane), random_(seed) {}

  void PushSome(uint64_t first, uint64_t count) {
    for (uint64_t done = 0; done < count;) {
      std::array<uint64_t, kBatch> values{};
      const size_t batch =
          random_.OneIn(4) ? 1 + random_.Below(std::min<uint64_t>(kBatch, count - done)) : 1;
      for (size_t i = 0; i < batch; ++i) values[i] = first + done + i;
      const int64_t begin = Now();
      size_t pushed = 0;
      lane_->PushMany(values.data(), batch, &pushed);
      const int64_t end = Now();
      for (size_t i = 0; i < pushed; ++i)
        operations_.push_back({Kind::kPush, values[i], begin, end});
      if (pushed < batch) return;
      done += batch;
      Dawdle();
    }
  }

  void PopUntilClosed() {
    while (true) {
      std::array<uint64_t, kBatch> values{};
      const size_t capacity = random_.OneIn(4) ? kBatch : 1;
      const int64_t timeout_ms = random_.OneIn(8) ? 1 : 0;
      const int64_t begin = Now();
      size_t popped = 0;
      const Code code = lane_->Pop(timeout_ms, nullptr, values.data(), capacity, &popped).code();
      const int64_t end = Now();
      for (size_t i = 0; i < popped; ++i)
        operations_.push_back({Kind::kPop, values[i], begin, end});
      if (popped == 0) operations_.push_back({Kind::kPopEmpty, 0, begin, end});
      if (code == Code::kClosed) return;
      Dawdle();
    }
  }

  const std::vector<QueueOperation>& operations() const { return operations_; }

 private:
  // So that the lane is now empty and now long, and threads lose their processor in odd places.
  void Dawdle() {
    if (random_.OneIn(64)) std::this_thread::yield();
    if (random_.OneIn(16)) {
      for (uint64_t i = random_.Below(200); i > 0; --i) SpinPause();
    }
  }

  MpmcLane* const lane_;
  Random random_;
  std::vector<QueueOperation> operations_;
};

class LaneStressTest : public testing::TestWithParam<std::pair<size_t, size_t>> {};

TEST_P(LaneStressTest, HistoriesAreThoseOfAQueue) {
  constexpr int kRounds = 10;
  constexpr uint64_t kEach = 2000;
  const size_t producers = GetParam().first;
  const size_t consumers = GetParam().second;
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("KONTOR_SEED=" + std::to_string(seed));
  for (int round = 0; round < kRounds; ++round) {
    MpmcLane lane(nullptr);
    std::vector<Worker> workers;
    for (size_t i = 0; i < producers + consumers; ++i) workers.emplace_back(&lane, seed + i);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < producers; ++i) {
      threads.emplace_back([&, i] { workers[i].PushSome((i + 1) << 32, kEach); });
    }
    for (size_t i = 0; i < consumers; ++i) {
      threads.emplace_back([&, i] { workers[producers + i].PopUntilClosed(); });
    }
    for (size_t i = 0; i < producers; ++i) threads[i].join();
    lane.Close();
    for (size_t i = producers; i < threads.size(); ++i) threads[i].join();
    FifoHistory history;
    for (const Worker& worker : workers) history.Add(worker.operations());
    ASSERT_EQ(history.Judge(), "") << "round " << round;
    ASSERT_EQ(history.popped(), producers * kEach) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, LaneStressTest,
                         testing::Values(std::pair{1, 1}, std::pair{2, 2}, std::pair{4, 4},
                                         std::pair{4, 1}, std::pair{1, 4}));

// It is closed while all of them are at work: whatever a push said is in comes out.
TEST(LaneStress, ClosingLosesNothing) {
  constexpr int kRounds = 100;
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("KONTOR_SEED=" + std::to_string(seed));
  for (int round = 0; round < kRounds; ++round) {
    MpmcLane lane(nullptr);
    std::vector<Worker> workers;
    for (size_t i = 0; i < 4; ++i) workers.emplace_back(&lane, seed + i);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] { workers[i].PushSome((i + 1) << 32, UINT64_MAX / 4); });
      threads.emplace_back([&, i] { workers[2 + i].PopUntilClosed(); });
    }
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    lane.Close();
    for (std::thread& thread : threads) thread.join();
    FifoHistory history;
    size_t pushed = 0;
    for (const Worker& worker : workers) history.Add(worker.operations());
    for (size_t i = 0; i < 2; ++i) pushed += workers[i].operations().size();
    ASSERT_EQ(history.Judge(), "") << "round " << round;
    ASSERT_EQ(history.popped(), pushed) << "round " << round;
  }
}

// The producer pushes about when the consumer goes to sleep, and goes on once the value was taken:
// a wake-up that got lost is made up for by nobody.
TEST(LaneStress, WhoGoesToSleepIsWoken) {
  constexpr uint64_t kValues = 20000;
  constexpr int64_t kTimeoutMs = 4000;
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("KONTOR_SEED=" + std::to_string(seed));
  MpmcLane lane(nullptr);
  std::atomic<uint64_t> taken{0};
  std::thread producer([&] {
    Random random(seed);
    for (uint64_t value = 1; value <= kValues; ++value) {
      for (uint64_t i = random.Below(400); i > 0; --i) SpinPause();
      lane.Push(value);
      while (taken.load() < value) std::this_thread::yield();
    }
  });
  for (uint64_t value = 1; value <= kValues; ++value) {
    const int64_t begin_ns = Now();
    uint64_t got = 0;
    size_t popped = 0;
    EXPECT_TRUE(lane.Pop(kTimeoutMs, nullptr, &got, 1, &popped).ok());
    EXPECT_EQ(got, value);
    EXPECT_LT(Now() - begin_ns, kTimeoutMs / 2 * 1'000'000) << "it was not woken";
    taken.store(value);
  }
  producer.join();
}

// Consumers sleep nearly all of the time, one of them at the descriptor: a wake-up that got lost
// would leave a value behind and the test waiting.
TEST(LaneStress, NoWakeUpIsLost) {
  constexpr uint64_t kValues = 3000;
  MpmcLane lane(nullptr);
  const int descriptor = *lane.Descriptor();
  std::atomic<uint64_t> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      uint64_t value = 0;
      size_t popped = 0;
      while (lane.Pop(-1, nullptr, &value, 1, &popped).ok()) taken.fetch_add(popped);
    });
  }
  threads.emplace_back([&] {
    PopOutcome outcome = PopOutcome::kEmpty;
    while (outcome != PopOutcome::kClosed) {
      pollfd polled{.fd = descriptor, .events = POLLIN, .revents = 0};
      poll(&polled, 1, -1);
      uint64_t value = 0;
      while ((outcome = lane.TryPop(&value)) == PopOutcome::kTaken) taken.fetch_add(1);
    }
  });
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&lane] {
      for (uint64_t n = 0; n < kValues; ++n) {
        lane.Push(n);
        if (n % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(30));
      }
    });
  }
  while (taken.load() < 2 * kValues) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  lane.Close();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken.load(), 2 * kValues);
}

}  // namespace
}  // namespace kontor
