#include "broker/mpmc_lane.h"

#include <new>
#include <utility>

#include "base/random.h"

namespace kontor {

uint64_t LanePolicy::Mark() { return Random::SystemSeed(); }

void* LanePolicy::Allocate(size_t bytes) const {
  void* const memory = ::operator new (bytes, std::align_val_t{kLineBytes});
  if (budget_ != nullptr) budget_->Add(MemoryPurpose::kQueues, static_cast<int64_t>(bytes));
  return memory;
}

void LanePolicy::Free(void* memory, size_t bytes) const {
  ::operator delete (memory, std::align_val_t{kLineBytes});
  if (budget_ != nullptr) budget_->Add(MemoryPurpose::kQueues, -static_cast<int64_t>(bytes));
}

// Whoever unlocks looks whether somebody meanwhile announced something and could not get the lock.
class ABSL_SCOPED_LOCKABLE MpmcLane::LineLock {
 public:
  explicit LineLock(MpmcLane* lane) ABSL_EXCLUSIVE_LOCK_FUNCTION(lane->mutex_) : lane_(lane) {
    lane_->mutex_.Lock();
  }
  ~LineLock() ABSL_UNLOCK_FUNCTION() {
    lane_->mutex_.Unlock();
    wake_.Run();
    lane_->AnswerAnnouncements();
  }
  LineLock(const LineLock&) = delete;
  LineLock& operator=(const LineLock&) = delete;

  void set_wake(PendingWake wake) { wake_ = wake; }

 private:
  MpmcLane* const lane_;
  PendingWake wake_;
};

MpmcLane::MpmcLane(MemoryBudget* budget) : queue_(LanePolicy(budget)) {
  own_memory_.set_budget(budget);
  own_memory_.Set(sizeof(*this));
}

MpmcLane::~MpmcLane() = default;

void MpmcLane::Announce() {
  announced_.store(true, std::memory_order_seq_cst);
  AnswerAnnouncements();
}

// A producer that finds the lock taken leaves the work to the one who has it: that one comes here
// after it has unlocked. The fence orders announcing (or unlocking) before trying to lock (or
// looking), so that one of the two sees to it.
void MpmcLane::AnswerAnnouncements() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  while (announced_.load(std::memory_order_relaxed) && mutex_.TryLock()) {
    PendingWake wake = NotifyLocked();
    mutex_.Unlock();
    wake.Run();
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }
}

PendingWake MpmcLane::NotifyLocked() {
  announced_.store(false, std::memory_order_relaxed);
  PendingWake wake;
  if (!line_.empty() && !first_is_woken_) {
    first_is_woken_ = true;
    wake = line_.NotifyFirstLater();
  }
  SetReadableLocked(true);
  UpdateAwaitedLocked();
  return wake;
}

void MpmcLane::UpdateAwaitedLocked() {
  const bool sleeper = !line_.empty() && !first_is_woken_;
  const bool quiet = descriptor_ != nullptr && !readable_.load(std::memory_order_relaxed);
  awaited_.store(sleeper || quiet, std::memory_order_seq_cst);
}

void MpmcLane::SetReadableLocked(bool readable) {
  if (descriptor_ == nullptr || readable_.load(std::memory_order_relaxed) == readable) return;
  readable_.store(readable, std::memory_order_relaxed);
  readable ? descriptor_->Signal() : descriptor_->Clear();
}

void MpmcLane::ClearDescriptor() {
  const LineLock lock(this);
  if (closed_) return;
  SetReadableLocked(false);
  UpdateAwaitedLocked();  // before the look
  if (queue_.IsEmpty()) return;
  SetReadableLocked(true);
  UpdateAwaitedLocked();
}

Result<int> MpmcLane::Descriptor() {
  const LineLock lock(this);
  if (descriptor_ == nullptr) {
    KONTOR_ASSIGN_OR_RETURN(EventDescriptor made, EventDescriptor::Create());
    descriptor_ = std::make_unique<EventDescriptor>(std::move(made));
    UpdateAwaitedLocked();  // before the look
    if (closed_ || !queue_.IsEmpty()) SetReadableLocked(true);
    UpdateAwaitedLocked();
  }
  return descriptor_->descriptor();
}

bool MpmcLane::Close() {
  const bool first = queue_.Close();
  const LineLock lock(this);
  closed_ = true;
  SetReadableLocked(true);
  line_.NotifyAll();
  return first;
}

// True if the wait is over: something was popped, or nothing will come any more. Otherwise it
// stands in the line, and the next push wakes the first of it.
bool MpmcLane::LookInLineLocked(WaitPlace* place, uint64_t* values, size_t capacity, size_t* popped,
                                PopOutcome* outcome) {
  if (!place->linked()) line_.Append(place);
  // Once it is closed everybody was woken, and the order does not matter.
  if (!line_.MayTake(*place) && !closed_) return false;
  first_is_woken_ = false;
  UpdateAwaitedLocked();  // before the look
  *outcome = queue_.Pop(values, capacity, popped);
  return *outcome != PopOutcome::kEmpty;
}

PendingWake MpmcLane::LeaveLineLocked(WaitPlace* place) {
  const bool was_first = line_.MayTake(*place);
  line_.Remove(place);
  PendingWake wake;
  if (was_first) {
    first_is_woken_ = !line_.empty() && !queue_.IsEmpty();
    if (first_is_woken_) wake = line_.NotifyFirstLater();
  }
  UpdateAwaitedLocked();
  return wake;
}

// The place of a wait in the line. It ends with the wait, also if an exception ends that.
class MpmcLane::Standing {
 public:
  Standing(MpmcLane* lane, Waiter* waiter) : lane_(lane), place_(waiter) {}
  ~Standing() {
    if (!place_.linked()) return;
    LineLock lock(lane_);
    lock.set_wake(lane_->LeaveLineLocked(&place_));
  }
  Standing(const Standing&) = delete;
  Standing& operator=(const Standing&) = delete;

  WaitPlace* place() { return &place_; }

 private:
  MpmcLane* const lane_;
  WaitPlace place_;
};

Code MpmcLane::PopInLine(int64_t timeout_ms, Waiter* waiter, uint64_t* values, size_t capacity,
                         size_t* popped) {
  const Countdown countdown(timeout_ms);
  Standing standing(this, waiter);
  WakeReason woken = WakeReason::kNotified;
  while (true) {
    const int64_t remaining_ms = countdown.RemainingMs();
    {
      LineLock lock(this);
      PopOutcome outcome = PopOutcome::kEmpty;
      Code ended = Code::kOk;
      bool over = LookInLineLocked(standing.place(), values, capacity, popped, &outcome);
      if (over) {
        ended = outcome == PopOutcome::kClosed ? Code::kClosed : Code::kOk;
      } else if (woken == WakeReason::kInterrupted || waiter->interrupted()) {
        ended = Code::kInterrupted;
      } else if (remaining_ms == 0) {
        ended = Code::kTimeout;
      }
      if (over || ended != Code::kOk) {
        lock.set_wake(LeaveLineLocked(standing.place()));
        return ended;
      }
    }
    woken = waiter->Wait(remaining_ms);
  }
}

Status MpmcLane::Pop(int64_t timeout_ms, Waiter* waiter, uint64_t* values, size_t capacity,
                     size_t* popped) {
  PopOutcome outcome = TryPopMany(values, capacity, popped);
  // Longer would win little where the producer runs, and hold it up where it shares the processor.
  for (int look = 0; look < kSpins && outcome == PopOutcome::kEmpty && timeout_ms != 0; ++look) {
    SpinPause();
    if (!queue_.IsFrontVacant()) outcome = TryPopMany(values, capacity, popped);
  }
  if (outcome == PopOutcome::kTaken) return Ok();
  Code ended = outcome == PopOutcome::kClosed ? Code::kClosed : Code::kTimeout;
  if (outcome == PopOutcome::kEmpty && timeout_ms != 0) {
    Waiter own;
    ended = PopInLine(timeout_ms, waiter == nullptr ? &own : waiter, values, capacity, popped);
  }
  // Who only looks is spared a sentence.
  return ended == Code::kClosed ? Status(ended, "the lane is closed") : Status(ended);
}

}  // namespace kontor
