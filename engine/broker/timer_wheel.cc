#include "broker/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/heap_bytes.h"

namespace kontor {
namespace {

// Takes a ring apart, the first one first. `visit` may put what it gets elsewhere.
void ForEachOfRing(Timer* first, absl::FunctionRef<void(Timer*)> visit) {
  if (first == nullptr) return;
  first->previous->next = nullptr;
  while (first != nullptr) {
    Timer* const timer = first;
    first = timer->next;
    timer->previous = nullptr;
    timer->next = nullptr;
    visit(timer);
  }
}

size_t DigitOf(int64_t time_ms, size_t level) {
  return static_cast<size_t>(time_ms >> (6 * level)) & 63;
}

}  // namespace

size_t TimerWheel::LevelOf(int64_t due_ms) const {
  const auto difference = static_cast<uint64_t>(due_ms ^ now_ms_);
  return difference == 0 ? 0 : (static_cast<size_t>(std::bit_width(difference)) - 1) / kDigitBits;
}

void TimerWheel::Reserve(int64_t due_ms) {
  const int64_t due = std::clamp(due_ms, now_ms_, kLastMs);
  const size_t highest = due == kLastMs ? kLevels - 1 : LevelOf(due);
  for (size_t level = 0; level <= highest; ++level) {
    if (levels_[level] != nullptr) continue;
    levels_[level] = std::make_unique<Level>();
    heap_bytes_ += static_cast<int64_t>(HeapBytes(sizeof(Level)));
  }
}

void TimerWheel::Insert(Timer* timer, int64_t due_ms) {
  KONTOR_CHECK(!timer->waits());
  // What is overdue is due now.
  timer->due_ms = std::clamp(due_ms, now_ms_, kLastMs);
  const size_t level_index = LevelOf(timer->due_ms);
  Level* const level = levels_[level_index].get();
  KONTOR_CHECK(level != nullptr);
  const size_t slot = DigitOf(timer->due_ms, level_index);
  const size_t shift = level_index * kDigitBits;
  next_ms_ = std::min(next_ms_, timer->due_ms >> shift << shift);
  Timer*& first = level->slots[slot];
  if (first == nullptr) {
    timer->previous = timer;
    timer->next = timer;
    first = timer;
    level->occupied |= uint64_t{1} << slot;
    return;
  }
  timer->previous = first->previous;
  timer->next = first;
  first->previous->next = timer;
  first->previous = timer;
}

void TimerWheel::Remove(Timer* timer) {
  if (!timer->waits()) return;
  // Only the first of a ring is known to its slot.
  const size_t level_index = LevelOf(timer->due_ms);
  const size_t slot = DigitOf(timer->due_ms, level_index);
  Level* const level = levels_[level_index].get();
  if (level->slots[slot] == timer) {
    const bool last = timer->next == timer;
    level->slots[slot] = last ? nullptr : timer->next;
    if (last) level->occupied &= ~(uint64_t{1} << slot);
  }
  timer->previous->next = timer->next;
  timer->next->previous = timer->previous;
  timer->previous = nullptr;
  timer->next = nullptr;
}

Timer* TimerWheel::TakeFirstSlot(Level* level) {
  const auto slot = static_cast<size_t>(std::countr_zero(level->occupied));
  level->occupied &= ~(uint64_t{1} << slot);
  return std::exchange(level->slots[slot], nullptr);
}

int64_t TimerWheel::NextDueMs() const {
  for (size_t index = 0; index < kLevels; ++index) {
    if (levels_[index] == nullptr) break;  // nor are those above it
    const uint64_t occupied = levels_[index]->occupied;
    if (occupied == 0) continue;
    // All of them are ahead of now: lower levels are earlier, and so are lower slots.
    const int slot = std::countr_zero(occupied);
    const size_t shift = index * kDigitBits;
    const int64_t before = now_ms_ >> (shift + kDigitBits) << (shift + kDigitBits);
    return before + (int64_t{slot} << shift);
  }
  return INT64_MAX;
}

void TimerWheel::AdvanceSlots(int64_t now_ms, absl::FunctionRef<void(Timer*)> fire) {
  now_ms = std::clamp<int64_t>(now_ms, 0, kLastMs);
  if (now_ms + kToleranceMs < now_ms_) JumpBack(now_ms);
  for (int64_t next_ms = NextDueMs(); next_ms <= now_ms; next_ms = NextDueMs()) {
    // The lowest level with timers, and its first slot: it is entered, and what was in it is due,
    // or moves down.
    now_ms_ = std::max(now_ms_, next_ms);
    size_t index = 0;
    while (levels_[index]->occupied == 0) ++index;
    Timer* const first = TakeFirstSlot(levels_[index].get());
    if (index == 0) {
      ForEachOfRing(first, fire);
    } else {
      ForEachOfRing(first, [this](Timer* timer) { Insert(timer, timer->due_ms); });
    }
  }
  now_ms_ = std::max(now_ms_, now_ms);
  next_ms_ = NextDueMs();
}

void TimerWheel::JumpBack(int64_t now_ms) {
  const int64_t latest_ms = now_ms_;
  now_ms_ = now_ms;
  try {
    // The farthest that any of them can be.
    size_t highest = 0;
    for (size_t index = 0; index < kLevels; ++index) {
      if (levels_[index] != nullptr && levels_[index]->occupied != 0) highest = index;
    }
    const int64_t span_ms = (int64_t{1} << ((highest + 1) * kDigitBits)) - 1;
    Reserve(std::min(kLastMs, latest_ms | span_ms));
  } catch (const std::bad_alloc&) {
    now_ms_ = latest_ms;  // the time seen before stays, until there is memory
    return;
  }
  // One chain of all, then each anew.
  Timer* all = nullptr;
  Timer** end = &all;
  for (const std::unique_ptr<Level>& level : levels_) {
    if (level == nullptr) continue;
    while (level->occupied != 0) {
      ForEachOfRing(TakeFirstSlot(level.get()), [&end](Timer* timer) {
        *end = timer;
        end = &timer->next;
      });
    }
  }
  while (all != nullptr) {
    Timer* const timer = all;
    all = std::exchange(timer->next, nullptr);
    Insert(timer, timer->due_ms);
  }
}

void TimerWheel::ForEach(absl::FunctionRef<void(const Timer*)> visit) const {
  for (const std::unique_ptr<Level>& level : levels_) {
    if (level == nullptr) continue;
    for (const Timer* const first : level->slots) {
      const Timer* timer = first;
      while (timer != nullptr) {
        visit(timer);
        timer = timer->next == first ? nullptr : timer->next;
      }
    }
  }
}

void TimerWheel::Clear() {
  for (const std::unique_ptr<Level>& level : levels_) {
    if (level != nullptr) *level = Level();
  }
  next_ms_ = INT64_MAX;
}

}  // namespace kontor
