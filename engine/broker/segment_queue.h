#ifndef KONTOR_BROKER_SEGMENT_QUEUE_H_
#define KONTOR_BROKER_SEGMENT_QUEUE_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "broker/hazard_slots.h"

namespace kontor {

enum class PopOutcome { kTaken, kEmpty, kClosed };

// An unbounded queue of 64-bit values for any number of producers and consumers: first in, first
// out, linearizable, and lock-free: no operation waits for a thread that does not run. The design
// is the FAAArrayQueue of A. Correia and P. Ramalhete (after Morrison and Afek's LCRQ): linked
// segments of cells, handed out by fetch-and-add.
//
// Producers draw the tickets of a segment from `pushed`, consumers from `popped`, and ticket n is
// cell n: one producer and one consumer ever meet there. A cell that is vacant when its consumer
// comes, because the producer lost its processor, is spoiled by the consumer, and both draw again.
// Whoever draws a ticket beyond the end goes to the next segment; a producer that finds none
// appends one with its value in cell 0, which cannot be spoiled: hence somebody always succeeds.
//
// Every 64-bit value is legal. Vacant cells hold the segment's `vacant` number, which is random
// (Policy::Mark); whoever pushes just that number seals the segment and appends one with another.
//
// Memory order. The cell hands the value over: released by the producer's exchange, acquired by the
// consumer's load. Tickets need no order of their own, but three things are sequentially consistent
// so that a consumer that finds the queue empty can go to sleep (broker/mpmc_lane.h): drawing a
// ticket to push and linking a segment; looking at both when there is nothing. `next`, `head_` and
// `tail_` are released when a segment is linked and acquired on the way to it.
//
// Reclamation: by hazard pointers. A segment must not be found any more when it is retired, or who
// finds it then may be overlooked. So `tail_` never falls behind `head_`: a consumer moves it along
// before it leaves a segment. Retired segments are looked at kRetiredSegments at a time; those that
// nobody protects are used again or, beyond kSpareSegments, given back. A thread that stops for
// ever in the middle of an operation keeps the segment it protects, and those it was looking at, if
// it was: at most one for each other such thread, and kRetiredSegments.
//
// Policy: Atomic<T>, kCells, kLineBytes (what two threads should not share), kRetiredSegments,
// kSpareSegments, kLooks (how often a consumer looks at a vacant cell before it spoils it),
// kOwnedSlots and kSharedSlots of hazards; Thread() (1 to kOwnedSlots, or 0), LightFence,
// HeavyFence, Pause; and of an object of it Mark, Allocate (throws std::bad_alloc) and Free. So
// that tests can run this very code step by step.
template <typename Policy>
class SegmentQueue {  // NOLINT(clang-analyzer-optin.performance.Padding): lines of their own
  template <typename T>
  using Atomic = typename Policy::template Atomic<T>;

 public:
  // Throws std::bad_alloc.
  explicit SegmentQueue(Policy policy)
      : policy_(policy), mark_(policy_.Mark()), hazards_(&policy_) {
    Segment* const first = Make();
    head_.store(first, std::memory_order_relaxed);
    tail_.store(first, std::memory_order_relaxed);
  }
  ~SegmentQueue() {
    Segment* segment = retired_.load(std::memory_order_relaxed);
    while (segment != nullptr) Delete(std::exchange(segment, segment->next_retired));
    segment = head_.load(std::memory_order_relaxed);
    while (segment != nullptr) {
      Segment* const next = segment->next.load(std::memory_order_relaxed);
      Delete(std::exchange(segment, next == segment ? nullptr : next));
    }
    for (auto& spare : spares_) {
      segment = spare.load(std::memory_order_relaxed);
      if (segment != nullptr) Delete(segment);
    }
  }
  SegmentQueue(const SegmentQueue&) = delete;
  SegmentQueue& operator=(const SegmentQueue&) = delete;

  // One after the other, as so many pushes of one. False if the queue is closed: the first *pushed
  // are in it. Throws std::bad_alloc if a segment is needed and there is no memory; then, too,
  // *pushed are in, and nothing else has changed.
  bool Push(const uint64_t* values, size_t count, size_t* pushed);

  // The oldest up to `capacity` (>= 1); one after the other, as so many pops of one. kEmpty and
  // kClosed only if there was none at all.
  PopOutcome Pop(uint64_t* values, size_t capacity, size_t* popped);

  // True if a pop would have answered kEmpty.
  bool IsEmpty();
  // For who looks again and again: true while the next value has not arrived. Reads only what
  // changes when it does, so that a producer is not held up.
  bool IsFrontVacant();

  // Nothing is pushed from now on; what is inside can still be popped. False if that was so before.
  bool Close();

  // How many values are inside, as far as nobody is in the middle of an operation: those under way,
  // and cells that are about to be spoiled, are counted or not.
  uint64_t size();

 private:
  static constexpr uint64_t kCells = Policy::kCells;

  struct Segment {  // NOLINT(clang-analyzer-optin.performance.Padding): lines of their own
    // Written while the segment is one thread's own.
    uint64_t vacant = 0;
    uint64_t number = 0;  // in the row of all segments
    Segment* next_retired = nullptr;
    Atomic<Segment*> next{nullptr};  // itself: the end of a closed queue
    alignas(Policy::kLineBytes) Atomic<uint64_t> pushed{0};
    alignas(Policy::kLineBytes) Atomic<uint64_t> popped{0};
    alignas(Policy::kLineBytes) std::array<Atomic<uint64_t>, kCells> cells{};
  };
  using Guard = typename HazardSlots<Policy, Segment>::Guard;

  // A segment that is filled to be appended; given back if it is not.
  struct Draft {
    explicit Draft(SegmentQueue* of) : queue(of) {}
    ~Draft() {
      if (segment != nullptr) queue->Recycle(segment);
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    SegmentQueue* const queue;
    Segment* segment = nullptr;
  };

  static bool Fill(Segment* segment, const uint64_t* values, size_t count, size_t* filled);
  void MoveTail(Segment* from, Segment* to);
  static uint64_t CountReady(const Segment& segment, uint64_t drawn, size_t capacity);
  static size_t Take(Segment* segment, uint64_t count, int* looks, uint64_t* values);
  void LeaveBehind(Segment* segment, Segment* next, Guard* guard);

  size_t Prepare(Segment* segment, const uint64_t* values, size_t count);
  Segment* Make();
  void Vacate(Segment* segment, uint64_t vacant);
  void Recycle(Segment* segment);
  void Delete(Segment* segment);
  void Retire(Segment* segment);
  void AddRetired(Segment* segment);
  void Reclaim();

  Policy policy_;
  const uint64_t mark_;
  HazardSlots<Policy, Segment> hazards_;
  alignas(Policy::kLineBytes) Atomic<Segment*> head_{nullptr};
  alignas(Policy::kLineBytes) Atomic<Segment*> tail_{nullptr};
  alignas(Policy::kLineBytes) Atomic<Segment*> retired_{nullptr};
  Atomic<uint64_t> retirements_{0};
  std::array<Atomic<Segment*>, Policy::kSpareSegments> spares_{};
};

// ---- Pushing ----

template <typename Policy>
bool SegmentQueue<Policy>::Push(const uint64_t* values, size_t count, size_t* pushed) {
  *pushed = 0;
  Guard guard(&hazards_);
  Draft draft(this);
  while (*pushed < count) {
    Segment* const last = guard.Protect(tail_);
    size_t filled = 0;
    const bool has_more = Fill(last, values + *pushed, count - *pushed, &filled);
    *pushed += filled;
    if (has_more || *pushed == count) continue;
    Segment* next = last->next.load(std::memory_order_acquire);
    if (next == nullptr) {
      if (draft.segment == nullptr) draft.segment = Make();
      Segment* const made = draft.segment;
      filled = Prepare(made, values + *pushed, count - *pushed);
      made->number = last->number + 1;
      if (last->next.compare_exchange_strong(next, made, std::memory_order_seq_cst,
                                             std::memory_order_acquire)) {
        draft.segment = nullptr;
        *pushed += filled;
        next = made;
      }
    }
    if (next == last) return false;
    MoveTail(last, next);
  }
  return true;
}

// Draws tickets for all of the values and puts them into their cells, in order, as many as find
// one. False if the segment has no tickets left.
template <typename Policy>
bool SegmentQueue<Policy>::Fill(Segment* segment, const uint64_t* values, size_t count,
                                size_t* filled) {
  if (values[0] == segment->vacant) {
    segment->pushed.fetch_add(kCells, std::memory_order_seq_cst);
    return false;
  }
  const uint64_t first = segment->pushed.fetch_add(count, std::memory_order_seq_cst);
  for (uint64_t ticket = first; ticket < kCells && ticket - first < count; ++ticket) {
    const uint64_t value = values[*filled];
    if (value == segment->vacant) break;  // the other cells are left to be spoiled
    uint64_t vacant = segment->vacant;
    if (segment->cells[ticket].compare_exchange_strong(vacant, value, std::memory_order_seq_cst,
                                                       std::memory_order_relaxed)) {
      ++*filled;
    }
  }
  return first + count <= kCells;
}

// Puts as many of the values into a segment of one's own as it takes; at least one.
template <typename Policy>
size_t SegmentQueue<Policy>::Prepare(Segment* segment, const uint64_t* values, size_t count) {
  if (values[0] == segment->vacant) Vacate(segment, values[0] == mark_ ? mark_ + 1 : mark_);
  const size_t room = std::min<size_t>(count, kCells);
  size_t filled = 0;
  while (filled < room && values[filled] != segment->vacant) {
    segment->cells[filled].store(values[filled], std::memory_order_relaxed);
    ++filled;
  }
  const uint64_t before = segment->pushed.load(std::memory_order_relaxed);
  for (uint64_t cell = filled; cell < before; ++cell) {
    segment->cells[cell].store(segment->vacant, std::memory_order_relaxed);
  }
  segment->pushed.store(filled, std::memory_order_relaxed);
  return filled;
}

template <typename Policy>
void SegmentQueue<Policy>::MoveTail(Segment* from, Segment* to) {
  tail_.compare_exchange_strong(from, to, std::memory_order_acq_rel, std::memory_order_relaxed);
}

template <typename Policy>
bool SegmentQueue<Policy>::Close() {
  Guard guard(&hazards_);
  while (true) {
    Segment* const last = guard.Protect(tail_);
    // Nobody draws a ticket of it any more; those who drew one may still put their value.
    last->pushed.fetch_add(kCells, std::memory_order_seq_cst);
    Segment* next = nullptr;
    if (last->next.compare_exchange_strong(next, last, std::memory_order_seq_cst,
                                           std::memory_order_acquire)) {
      return true;
    }
    if (next == last) return false;
    MoveTail(last, next);
  }
}

// ---- Popping ----

template <typename Policy>
PopOutcome SegmentQueue<Policy>::Pop(uint64_t* values, size_t capacity, size_t* popped) {
  *popped = 0;
  int looks = Policy::kLooks;
  Guard guard(&hazards_);
  while (*popped < capacity) {
    Segment* const first = guard.Protect(head_);
    const uint64_t drawn = first->popped.load(std::memory_order_relaxed);
    if (drawn < kCells) {
      const uint64_t count = CountReady(*first, drawn, capacity - *popped);
      if (count == 0) break;
      *popped += Take(first, count, &looks, values + *popped);
      continue;
    }
    Segment* const next = first->next.load(std::memory_order_seq_cst);
    if (next == nullptr) break;
    if (next == first) return *popped != 0 ? PopOutcome::kTaken : PopOutcome::kClosed;
    LeaveBehind(first, next, &guard);
  }
  return *popped != 0 ? PopOutcome::kTaken : PopOutcome::kEmpty;
}

// How many values a consumer should draw tickets for, of which `drawn` are gone; 0 if nothing is
// there. Whoever wants one looks at its cell, since only consumers share the line they write there;
// the line of `pushed` belongs to the producers.
template <typename Policy>
uint64_t SegmentQueue<Policy>::CountReady(const Segment& segment, uint64_t drawn, size_t capacity) {
  if (capacity == 1 && segment.cells[drawn].load(std::memory_order_relaxed) != segment.vacant) {
    return 1;
  }
  const uint64_t pushed = std::min(segment.pushed.load(std::memory_order_seq_cst), kCells);
  return pushed <= drawn ? 0 : std::min<uint64_t>(capacity, pushed - drawn);
}

// Draws so many tickets and takes what is in their cells.
template <typename Policy>
size_t SegmentQueue<Policy>::Take(Segment* segment, uint64_t count, int* looks, uint64_t* values) {
  const uint64_t vacant = segment->vacant;
  const uint64_t first = segment->popped.fetch_add(count, std::memory_order_seq_cst);
  size_t taken = 0;
  for (uint64_t ticket = first; ticket < kCells && ticket - first < count; ++ticket) {
    Atomic<uint64_t>& cell = segment->cells[ticket];
    uint64_t value = cell.load(std::memory_order_acquire);
    while (value == vacant && *looks > 0) {
      --*looks;
      Policy::Pause();
      value = cell.load(std::memory_order_acquire);
    }
    // Anything but the vacant number keeps the producer out.
    if (value == vacant) value = cell.exchange(~vacant, std::memory_order_seq_cst);
    if (value != vacant) values[taken++] = value;
  }
  return taken;
}

template <typename Policy>
void SegmentQueue<Policy>::LeaveBehind(Segment* segment, Segment* next, Guard* guard) {
  if (tail_.load(std::memory_order_acquire) == segment) MoveTail(segment, next);
  Segment* expected = segment;
  const bool left = head_.compare_exchange_strong(expected, next, std::memory_order_acq_rel,
                                                  std::memory_order_relaxed);
  guard->Release();
  if (left) Retire(segment);
}

template <typename Policy>
bool SegmentQueue<Policy>::IsEmpty() {
  Guard guard(&hazards_);
  while (true) {
    Segment* const first = guard.Protect(head_);
    const uint64_t drawn = first->popped.load(std::memory_order_relaxed);
    if (drawn < kCells) return CountReady(*first, drawn, 1) == 0;
    Segment* const next = first->next.load(std::memory_order_seq_cst);
    if (next == nullptr || next == first) return next == nullptr;
    LeaveBehind(first, next, &guard);
  }
}

template <typename Policy>
bool SegmentQueue<Policy>::IsFrontVacant() {
  Guard guard(&hazards_);
  const Segment* const first = guard.Protect(head_);
  const uint64_t drawn = first->popped.load(std::memory_order_relaxed);
  if (drawn >= kCells) return first->next.load(std::memory_order_relaxed) == nullptr;
  return first->cells[drawn].load(std::memory_order_relaxed) == first->vacant;
}

template <typename Policy>
uint64_t SegmentQueue<Policy>::size() {
  Guard guard(&hazards_);
  const Segment* const first = guard.Protect(head_);
  const uint64_t popped =
      first->number * kCells + std::min(first->popped.load(std::memory_order_relaxed), kCells);
  const Segment* const last = guard.Protect(tail_);
  const uint64_t pushed =
      last->number * kCells + std::min(last->pushed.load(std::memory_order_relaxed), kCells);
  return pushed > popped ? pushed - popped : 0;
}

// ---- Segments ----

template <typename Policy>
typename SegmentQueue<Policy>::Segment* SegmentQueue<Policy>::Make() {
  for (Atomic<Segment*>& spare : spares_) {
    if (spare.load(std::memory_order_relaxed) == nullptr) continue;
    if (Segment* segment = spare.exchange(nullptr, std::memory_order_acquire)) return segment;
  }
  auto* const segment = new (policy_.Allocate(sizeof(Segment))) Segment;
  Vacate(segment, mark_);
  return segment;
}

template <typename Policy>
void SegmentQueue<Policy>::Vacate(Segment* segment, uint64_t vacant) {
  segment->vacant = vacant;
  for (Atomic<uint64_t>& cell : segment->cells) cell.store(vacant, std::memory_order_relaxed);
}

template <typename Policy>
void SegmentQueue<Policy>::Recycle(Segment* segment) {
  Vacate(segment, mark_);
  segment->next.store(nullptr, std::memory_order_relaxed);
  segment->pushed.store(0, std::memory_order_relaxed);
  segment->popped.store(0, std::memory_order_relaxed);
  for (Atomic<Segment*>& spare : spares_) {
    Segment* none = nullptr;
    if (spare.load(std::memory_order_relaxed) == nullptr &&
        spare.compare_exchange_strong(none, segment, std::memory_order_release,
                                      std::memory_order_relaxed)) {
      return;
    }
  }
  Delete(segment);
}

template <typename Policy>
void SegmentQueue<Policy>::Delete(Segment* segment) {
  segment->~Segment();
  policy_.Free(segment, sizeof(Segment));
}

// Nobody can find it any more; those who found it before may still be there.
template <typename Policy>
void SegmentQueue<Policy>::Retire(Segment* segment) {
  AddRetired(segment);
  if (retirements_.fetch_add(1, std::memory_order_relaxed) % Policy::kRetiredSegments ==
      Policy::kRetiredSegments - 1) {
    Reclaim();
  }
}

template <typename Policy>
void SegmentQueue<Policy>::AddRetired(Segment* segment) {
  segment->next_retired = retired_.load(std::memory_order_relaxed);
  while (!retired_.compare_exchange_weak(segment->next_retired, segment, std::memory_order_release,
                                         std::memory_order_relaxed)) {
  }
}

template <typename Policy>
void SegmentQueue<Policy>::Reclaim() {
  Segment* segment = retired_.exchange(nullptr, std::memory_order_acquire);
  const bool fenced = Policy::HeavyFence();
  while (segment != nullptr) {
    Segment* const next = segment->next_retired;
    if (!fenced || hazards_.IsProtected(segment)) {
      AddRetired(segment);
    } else {
      Recycle(segment);
    }
    segment = next;
  }
}

}  // namespace kontor

#endif  // KONTOR_BROKER_SEGMENT_QUEUE_H_
