#ifndef KONTOR_BROKER_TIMER_WHEEL_H_
#define KONTOR_BROKER_TIMER_WHEEL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"

namespace kontor {

// Something that is due at a time; a part of whatever waits for it.
struct Timer {
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool waits() const { return next != nullptr; }

  int64_t due_ms = 0;
  Timer* previous = nullptr;  // in a ring; both are null while it waits for nothing
  Timer* next = nullptr;
};

// Timers by the moment they are due: a hierarchical timing wheel (G. Varghese, T. Lauck, "Hashed
// and hierarchical timing wheels", SOSP 1987) of 64 slots a level, a millisecond each in the
// lowest. A timer stands in the level of the highest digit (of 6 bits) in which its moment differs
// from now, so inserting and removing take the same short time however many there are, and a timer
// moves down once for each level at most. Timers of the same moment stay in the order in which they
// were inserted.
//
// Owns no timer. Not thread-safe. Times are milliseconds, any of them; those before 0 count as 0
// and those after the year 10889 as its end.
class TimerWheel {
 public:
  TimerWheel() = default;
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Takes the memory that a timer for that moment needs: what follows cannot fail. Throws
  // std::bad_alloc.
  void Reserve(int64_t due_ms);
  // The same for all moments, some 4 KiB.
  void ReserveAll() { Reserve(kLastMs); }
  // Of a timer that waits for nothing; room for it is reserved.
  void Insert(Timer* timer, int64_t due_ms);
  // Nothing happens to a timer that waits for nothing.
  void Remove(Timer* timer);
  // Tells each timer that is due by now, the earliest first; it waits for nothing then. `fire` may
  // insert timers, but remove none. A clock that jumped back by more than kToleranceMs is believed;
  // less is taken for the latest time seen.
  void Advance(int64_t now_ms, absl::FunctionRef<void(Timer*)> fire) {
    if (now_ms >= next_ms_ || now_ms < now_ms_ || now_ms > kLastMs) [[unlikely]]
      return AdvanceSlots(now_ms, fire);
    now_ms_ = now_ms;
  }

  // A moment at which it is worthwhile to advance: that of the first timer, or an earlier one at
  // which those of its level move down. INT64_MAX if there is no timer.
  int64_t NextDueMs() const;
  // The latest time it was advanced to.
  int64_t now_ms() const { return now_ms_; }
  // All timers of the wheel, no matter in which order but for those of one moment, which come in
  // theirs.
  void ForEach(absl::FunctionRef<void(const Timer*)> visit) const;
  // Lets go of all timers. What was reserved stays.
  void Clear();
  // What its levels take of the heap.
  int64_t heap_bytes() const { return heap_bytes_; }

  static constexpr int64_t kToleranceMs = 1000;

 private:
  static constexpr size_t kDigitBits = 6;
  static constexpr size_t kSlots = size_t{1} << kDigitBits;
  static constexpr size_t kLevels = 8;
  static constexpr int64_t kLastMs = (int64_t{1} << (kDigitBits * kLevels)) - 1;
  struct Level {
    uint64_t occupied = 0;               // bit s: slot s has timers
    std::array<Timer*, kSlots> slots{};  // the first of each ring
  };

  size_t LevelOf(int64_t due_ms) const;
  static Timer* TakeFirstSlot(Level* level);
  void AdvanceSlots(int64_t now_ms, absl::FunctionRef<void(Timer*)> fire);
  void JumpBack(int64_t now_ms);

  int64_t now_ms_ = 0;
  int64_t next_ms_ = INT64_MAX;  // not after NextDueMs(): removing does not move it
  int64_t heap_bytes_ = 0;
  std::array<std::unique_ptr<Level>, kLevels> levels_;  // made when they are needed
};

}  // namespace kontor

#endif  // KONTOR_BROKER_TIMER_WHEEL_H_
