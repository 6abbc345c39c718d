#ifndef KONTOR_BROKER_MPMC_LANE_H_
#define KONTOR_BROKER_MPMC_LANE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "base/asymmetric_fence.h"
#include "base/memory_budget.h"
#include "base/mutex.h"
#include "base/spin.h"
#include "base/status.h"
#include "base/striped_counters.h"
#include "base/waiter.h"
#include "broker/segment_queue.h"
#include "os/event_descriptor.h"

namespace kontor {

// How a lane of this machine runs SegmentQueue.
class LanePolicy {
 public:
  template <typename T>
  using Atomic = std::atomic<T>;
  static constexpr uint64_t kCells = 512;
  static constexpr size_t kLineBytes = 128;  // processors fetch lines in pairs
  static constexpr uint64_t kRetiredSegments = 4;
  static constexpr size_t kSpareSegments = 4;
  static constexpr int kLooks = 32;  // half a microsecond: longer than a store takes to arrive
  static constexpr size_t kOwnedSlots = kThreadStripes - 1;
  static constexpr size_t kSharedSlots = 16;

  // Null: nobody counts. The budget must outlive the lane.
  explicit LanePolicy(MemoryBudget* budget) : budget_(budget) {}

  static unsigned Thread() { return ThreadStripe(); }
  static void LightFence() { AsymmetricFence::Light(); }
  static bool HeavyFence() { return AsymmetricFence::Heavy(); }
  static void Pause() { SpinPause(); }
  static uint64_t Mark();
  void* Allocate(size_t bytes) const;
  void Free(void* memory, size_t bytes) const;

 private:
  MemoryBudget* budget_;
};

// A lane: an unbounded queue of 64-bit values for any number of producers and consumers, first in,
// first out. Thread-safe. Not for signal handlers.
//
// Values are pushed and popped without a lock (broker/segment_queue.h). Only consumers that sleep,
// and the descriptor, are kept under one; a producer never waits for it. Those who look take what
// is there; those who sleep are woken in the order in which they came, one at a time: whoever is
// woken wakes the next if there is more.
class MpmcLane {  // NOLINT(clang-analyzer-optin.performance.Padding): lines of their own
 public:
  // Throws std::bad_alloc, as pushing does. Null: nobody counts the memory.
  explicit MpmcLane(MemoryBudget* budget);
  ~MpmcLane();
  MpmcLane(const MpmcLane&) = delete;
  MpmcLane& operator=(const MpmcLane&) = delete;

  // False if the lane is closed. Without memory for a segment it throws and the lane is as it was.
  bool Push(uint64_t value) {
    size_t pushed = 0;
    return PushMany(&value, 1, &pushed);
  }
  // One after the other: others may push in between. The first *pushed are in, also where the
  // answer is false or there was no memory for more.
  bool PushMany(const uint64_t* values, size_t count, size_t* pushed) {
    const Notice notice(this);
    return queue_.Push(values, count, pushed);
  }

  // The oldest value; kEmpty or kClosed if there is none. Never waits.
  PopOutcome TryPop(uint64_t* value) {
    size_t popped = 0;
    return TryPopMany(value, 1, &popped);
  }
  // The oldest, up to `capacity` (>= 1), one after the other: others may pop in between.
  PopOutcome TryPopMany(uint64_t* values, size_t capacity, size_t* popped) {
    const PopOutcome outcome = queue_.Pop(values, capacity, popped);
    if (outcome == PopOutcome::kEmpty && readable_.load(std::memory_order_relaxed)) [[unlikely]] {
      ClearDescriptor();
    }
    return outcome;
  }
  // Waits for at least one. kTimeout, kInterrupted; kClosed once closed and empty. `waiter` may be
  // null.
  Status Pop(int64_t timeout_ms, Waiter* waiter, uint64_t* values, size_t capacity, size_t* popped)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // A descriptor that is readable while there is something to pop or the lane is closed. It may
  // stay so until a pop has answered kEmpty. Owned by the lane.
  Result<int> Descriptor() ABSL_LOCKS_EXCLUDED(mutex_);
  // Nothing is pushed any more; what is inside can still be popped. Wakes whoever waits. False if
  // it was closed before.
  bool Close() ABSL_LOCKS_EXCLUDED(mutex_);

  // Exact as far as nobody is in the middle of a push or a pop; those under way are counted or not.
  uint64_t size() { return queue_.size(); }

 private:
  // After a push, also one that ends with an exception: tells whoever waits for it.
  class Notice {
   public:
    explicit Notice(MpmcLane* lane) : lane_(lane) {}
    ~Notice() {
      if (lane_->awaited_.load(std::memory_order_seq_cst)) [[unlikely]]
        lane_->Announce();
    }
    Notice(const Notice&) = delete;
    Notice& operator=(const Notice&) = delete;

   private:
    MpmcLane* const lane_;
  };
  class ABSL_SCOPED_LOCKABLE LineLock;
  class Standing;

  Code PopInLine(int64_t timeout_ms, Waiter* waiter, uint64_t* values, size_t capacity,
                 size_t* popped) ABSL_LOCKS_EXCLUDED(mutex_);
  void Announce() ABSL_LOCKS_EXCLUDED(mutex_);
  void AnswerAnnouncements() ABSL_LOCKS_EXCLUDED(mutex_);
  PendingWake NotifyLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void UpdateAwaitedLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetReadableLocked(bool readable) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ClearDescriptor() ABSL_LOCKS_EXCLUDED(mutex_);
  bool LookInLineLocked(WaitPlace* place, uint64_t* values, size_t capacity, size_t* popped,
                        PopOutcome* outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  PendingWake LeaveLineLocked(WaitPlace* place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  CountedMemory own_memory_{MemoryPurpose::kQueues};
  SegmentQueue<LanePolicy> queue_;

  // True while the next push must be announced. Sequentially consistent with tickets and segments
  // (SegmentQueue): a consumer sets it and looks once more, a producer pushes and reads it; one of
  // the two sees the other.
  alignas(LanePolicy::kLineBytes) std::atomic<bool> awaited_{false};
  std::atomic<bool> announced_{false};  // whoever has the lock, or gets it next, sees to it
  std::atomic<bool> readable_{false};   // the descriptor; changed under the lock
  Mutex mutex_;
  WaitList line_ ABSL_GUARDED_BY(mutex_);
  bool first_is_woken_ ABSL_GUARDED_BY(mutex_) = false;  // and has not looked yet
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<EventDescriptor> descriptor_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kontor

#endif  // KONTOR_BROKER_MPMC_LANE_H_
