#ifndef KONTOR_BENCH_LANES_CONTENDERS_H_
#define KONTOR_BENCH_LANES_CONTENDERS_H_

#include <kontor/kontor.h>

#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>

#include "base/spin.h"
#include "broker/mpmc_lane.h"

#ifdef KONTOR_BENCH_MOODYCAMEL
#include <concurrentqueue/blockingconcurrentqueue.h>
#endif
#ifdef KONTOR_BENCH_BOOST_LOCKFREE
#include <boost/lockfree/queue.hpp>
#endif
#ifdef KONTOR_BENCH_TBB
#include <tbb/concurrent_queue.h>
#endif
#ifdef KONTOR_BENCH_RIGTORP
#include <rigtorp/MPMCQueue.h>
#endif
#ifdef KONTOR_BENCH_ATOMIC_QUEUE
#include <atomic_queue/atomic_queue.h>
#endif

// Queues of 64-bit values, all with Push and with Pop, which waits in the way the queue offers; if
// it offers none, by looking again.

namespace bench {

inline constexpr size_t kBoundedCapacity = 65536;

[[noreturn]] inline void Fail(const char* what) {
  std::fprintf(stderr, "lanes: %s\n", what);
  std::exit(1);
}

// Looks until there is something; gives the processor away now and then.
template <typename TryPop>
uint64_t Poll(TryPop try_pop) {
  constexpr int kLooks = 64;
  uint64_t value = 0;
  for (int look = 1; !try_pop(&value); ++look) {
    look % kLooks == 0 ? std::this_thread::yield() : kontor::SpinPause();
  }
  return value;
}

class KontorByC {
 public:
  static constexpr const char* kName = "Kontor lane, C ABI";
  KontorByC() {
    if (kontor_open(nullptr, &db_, nullptr) != KONTOR_OK ||
        kontor_lane_new(db_, &lane_, nullptr) != KONTOR_OK) {
      Fail("no lane");
    }
  }
  ~KontorByC() {
    kontor_lane_free(lane_);
    kontor_db_free(db_);
  }
  KontorByC(const KontorByC&) = delete;
  KontorByC& operator=(const KontorByC&) = delete;

  void Push(uint64_t value) { kontor_lane_push(lane_, value, nullptr); }
  uint64_t Pop() {
    uint64_t value = 0;
    kontor_lane_pop(lane_, -1, nullptr, &value, nullptr);
    return value;
  }
  kontor_lane* lane() { return lane_; }

 private:
  kontor_db* db_ = nullptr;
  kontor_lane* lane_ = nullptr;
};

// Looks with timeout 0, and never sleeps.
class KontorByCPolled : public KontorByC {
 public:
  static constexpr const char* kName = "Kontor lane, C ABI, polled";
  uint64_t Pop() {
    return Poll([this](uint64_t* value) {
      return kontor_lane_pop(lane(), 0, nullptr, value, nullptr) == KONTOR_OK;
    });
  }
};

class KontorInside {
 public:
  static constexpr const char* kName = "Kontor lane, inside the engine";
  void Push(uint64_t value) { lane_.Push(value); }
  uint64_t Pop() {
    uint64_t value = 0;
    size_t popped = 0;
    if (!lane_.Pop(-1, nullptr, &value, 1, &popped).ok()) Fail("a pop failed");
    return value;
  }

 private:
  kontor::MpmcLane lane_{nullptr};
};

class KontorPolled {
 public:
  static constexpr const char* kName = "Kontor lane, inside the engine, polled";
  void Push(uint64_t value) { lane_.Push(value); }
  uint64_t Pop() {
    return Poll(
        [this](uint64_t* value) { return lane_.TryPop(value) == kontor::PopOutcome::kTaken; });
  }

 private:
  kontor::MpmcLane lane_{nullptr};
};

class MutexPolled {
 public:
  static constexpr const char* kName = "std::mutex + std::deque, polled";
  void Push(uint64_t value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(value);
  }
  uint64_t Pop() {
    return Poll([this](uint64_t* value) {
      const std::lock_guard lock(mutex_);
      if (values_.empty()) return false;
      *value = values_.front();
      values_.pop_front();
      return true;
    });
  }

 private:
  std::mutex mutex_;
  std::deque<uint64_t> values_;
};

class MutexWaiting {
 public:
  static constexpr const char* kName = "std::mutex + std::deque + condition variable";
  void Push(uint64_t value) {
    {
      const std::lock_guard lock(mutex_);
      values_.push_back(value);
    }
    filled_.notify_one();
  }
  uint64_t Pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return !values_.empty(); });
    const uint64_t value = values_.front();
    values_.pop_front();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<uint64_t> values_;
};

// What a lane of ours would be with a lock: the engine's mutex, and a wake-up only for who sleeps.
class MutexLane {
 public:
  static constexpr const char* kName = "mutex lane with the engine's mutex";
  void Push(uint64_t value) {
    bool wake = false;
    {
      const kontor::MutexLock lock(&mutex_);
      values_.push_back(value);
      wake = sleepers_ != 0;
    }
    if (wake) filled_.NotifyOne();
  }
  uint64_t Pop() {
    const kontor::MutexLock lock(&mutex_);
    while (values_.empty()) {
      ++sleepers_;
      filled_.Wait(&mutex_);
      --sleepers_;
    }
    const uint64_t value = values_.front();
    values_.pop_front();
    return value;
  }

 private:
  kontor::Mutex mutex_;
  kontor::ConditionVariable filled_;
  std::deque<uint64_t> values_ ABSL_GUARDED_BY(mutex_);
  int sleepers_ ABSL_GUARDED_BY(mutex_) = 0;
};

#ifdef KONTOR_BENCH_MOODYCAMEL
class Moodycamel {
 public:
  static constexpr const char* kName = "moodycamel, polled (no FIFO between producers)";
  void Push(uint64_t value) { queue_.enqueue(value); }
  uint64_t Pop() {
    return Poll([this](uint64_t* value) { return queue_.try_dequeue(*value); });
  }

 private:
  moodycamel::ConcurrentQueue<uint64_t> queue_;
};

class MoodycamelBlocking {
 public:
  static constexpr const char* kName = "moodycamel, blocking (no FIFO between producers)";
  void Push(uint64_t value) { queue_.enqueue(value); }
  uint64_t Pop() {
    uint64_t value = 0;
    queue_.wait_dequeue(value);
    return value;
  }

 private:
  moodycamel::BlockingConcurrentQueue<uint64_t> queue_;
};
#endif

#ifdef KONTOR_BENCH_BOOST_LOCKFREE
class BoostLockfree {
 public:
  static constexpr const char* kName = "boost::lockfree::queue, polled";
  void Push(uint64_t value) { queue_.push(value); }
  uint64_t Pop() {
    return Poll([this](uint64_t* value) { return queue_.pop(*value); });
  }

 private:
  boost::lockfree::queue<uint64_t> queue_{1024};
};
#endif

#ifdef KONTOR_BENCH_TBB
class OneTbb {
 public:
  static constexpr const char* kName = "oneTBB concurrent_queue, polled";
  void Push(uint64_t value) { queue_.push(value); }
  uint64_t Pop() {
    return Poll([this](uint64_t* value) { return queue_.try_pop(*value); });
  }

 private:
  tbb::concurrent_queue<uint64_t> queue_;
};
#endif

#ifdef KONTOR_BENCH_RIGTORP
class Rigtorp {
 public:
  static constexpr const char* kName = "rigtorp::MPMCQueue, polled (bounded)";
  void Push(uint64_t value) { queue_.push(value); }
  uint64_t Pop() {
    return Poll([this](uint64_t* value) { return queue_.try_pop(*value); });
  }

 private:
  rigtorp::MPMCQueue<uint64_t> queue_{kBoundedCapacity};
};
#endif

#ifdef KONTOR_BENCH_ATOMIC_QUEUE
class AtomicQueue {
 public:
  static constexpr const char* kName = "atomic_queue::AtomicQueue2, polled (bounded)";
  void Push(uint64_t value) { queue_.push(value); }
  uint64_t Pop() {
    return Poll([this](uint64_t* value) { return queue_.try_pop(*value); });
  }

 private:
  atomic_queue::AtomicQueue2<uint64_t, kBoundedCapacity> queue_;
};
#endif

}  // namespace bench

#endif  // KONTOR_BENCH_LANES_CONTENDERS_H_
