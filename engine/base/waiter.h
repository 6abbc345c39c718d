#ifndef KONTOR_BASE_WAITER_H_
#define KONTOR_BASE_WAITER_H_

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"

namespace kontor {

enum class WakeReason { kNotified, kTimeout, kInterrupted };

// The system call that wakes a notified thread, for after a lock is given back: whoever is woken
// may want that lock. It does not touch the waiter, which may be gone by then; at the worst
// somebody else looks once in vain.
class PendingWake {
 public:
  PendingWake() = default;
  void Run();

 private:
  friend class Waiter;
  explicit PendingWake(void* word) : word_(word) {}
  void* word_ = nullptr;
};

// One thread that waits for something: a list key, a queue, a mailbox, the journal. The single
// mechanism behind every blocking call. Notify and Interrupt may be called from any thread;
// Interrupt also from a signal handler.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // Wakes the wait in progress, or lets the next one return at once.
  void Notify() { Raise(kNotifiedBit).Run(); }
  // The same, all but the call that wakes the thread.
  [[nodiscard]] PendingWake NotifyLater() { return Raise(kNotifiedBit); }
  // Sticky: this wait and every later one end with kInterrupted until ClearInterrupt.
  void Interrupt() { Raise(kInterruptedBit).Run(); }
  void ClearInterrupt() { state_.fetch_and(~kInterruptedBit, std::memory_order_relaxed); }
  bool interrupted() const {
    return (state_.load(std::memory_order_relaxed) & kInterruptedBit) != 0;
  }

  // Ends a wait with kInterrupted when the waiting thread handles a signal (for hosts such as
  // Python).
  void set_wake_on_signal(bool wake) { wake_on_signal_ = wake; }

  // Also makes this eventfd readable whenever the waiter is notified or interrupted, for a wait
  // that is left to an event loop; at once if that happened already. It must outlive all notifying.
  void set_descriptor(int descriptor);

  // Blocks until notified, interrupted, or `timeout_ms` passed (< 0: for ever; 0: polls). One
  // thread at a time.
  WakeReason Wait(int64_t timeout_ms);

 private:
  static constexpr uint32_t kNotifiedBit = 1;
  static constexpr uint32_t kInterruptedBit = 2;

  PendingWake Raise(uint32_t bit);

  // The futex word. Release on raising and acquire on waking order what the notifier wrote before
  // what the sleeper reads after.
  std::atomic<uint32_t> state_{0};
  std::atomic<int> descriptor_{-1};
  bool wake_on_signal_ = false;
};

// Turns "timeout_ms from now" into what is left of it at each turn of a retry loop. Uses real time:
// a wait blocks a real thread, whatever clock the data lives by.
class Countdown {
 public:
  explicit Countdown(int64_t timeout_ms);
  // < 0: for ever. 0: expired.
  int64_t RemainingMs() const;

 private:
  const bool forever_;
  int64_t end_ns_ = 0;
};

class WaitList;

// A place of one Waiter in one WaitList. A wait over several keys has one in each of their lists.
// Owned by the waiting call; it must be removed from its list (under that list's lock) before it is
// destroyed.
class WaitPlace {
 public:
  explicit WaitPlace(Waiter* waiter) : waiter_(waiter) {}
  ~WaitPlace();
  WaitPlace(const WaitPlace&) = delete;
  WaitPlace& operator=(const WaitPlace&) = delete;

  bool linked() const { return list_ != nullptr; }
  // By when it looks again by itself, on whatever clock those who use the list agree on.
  int64_t looks_again_at() const { return looks_again_at_; }
  void set_looks_again_at(int64_t time) { looks_again_at_ = time; }
  // Which line of the list it stands in, if not in the one of all. Borrowed; before it is linked.
  void set_line(Bytes line) { line_ = line; }

 private:
  friend class WaitList;
  bool IsInLine(Bytes line) const { return line_.has_value() && *line_ == line; }
  bool FollowsItsLine() const {
    return line_.has_value() && previous_ != nullptr && previous_->IsInLine(*line_);
  }

  Waiter* const waiter_;
  int64_t looks_again_at_ = INT64_MAX;
  std::optional<Bytes> line_;
  WaitList* list_ = nullptr;
  WaitPlace* previous_ = nullptr;
  WaitPlace* next_ = nullptr;
};

// Who waits at one key or queue, first come first served. It has no lock of its own: the lock of
// the thing waited for guards it.
//
// The rule that makes service fair and loses no wake-up: a waiter keeps its place while it retries;
// it may take only if nobody is ahead of it; and whoever leaves the list, for whatever reason,
// notifies the first one left if there is still something to take. Where some of those who wait
// take from each other and others do not (the readers of a stream: those of one group), that holds
// for each line of them.
class WaitList {
 public:
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;
  ~WaitList();

  void Append(WaitPlace* place);
  void Remove(WaitPlace* place);
  // True if `place` is first, or if it is in no list and nobody waits.
  bool MayTake(const WaitPlace& place) const {
    return place.linked() ? first_ == &place : first_ == nullptr;
  }
  // True if nobody in this line is ahead of `place`, which is in no list yet or in this one.
  bool IsFirstInLine(const WaitPlace& place, Bytes line) const;
  bool empty() const { return first_ == nullptr; }
  // Null if nobody waits.
  const WaitPlace* first() const { return first_; }
  uint64_t size() const { return size_; }

  void NotifyFirst();
  [[nodiscard]] PendingWake NotifyFirstLater();
  void NotifyAll();
  // Those in no line, and of each line the first; now and then others, too.
  void NotifyFirstOfLines();
  // Whoever is next behind `place` in its line; nobody if it stands in none.
  void NotifyNextInLine(const WaitPlace& place);

 private:
  WaitPlace* first_ = nullptr;
  WaitPlace* last_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_BASE_WAITER_H_
