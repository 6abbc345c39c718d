#ifndef KONTOR_KEYSPACE_USE_CLOCK_H_
#define KONTOR_KEYSPACE_USE_CLOCK_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "keyspace/evicted_marks.h"

namespace kontor {

// When and how often a record was used, in the 16 bits that its header has for it.
//
// Each use of a record weighs 1, and half as much one half-life later; what weighs least is evicted
// first (D. Lee et al., "LRFU: A Spectrum of Policies that Subsumes the Least Recently Used and
// Least Frequently Used Policies", IEEE Transactions on Computers, 2001). A short half-life makes
// that least recently, a long one least frequently used. Which of two unused records weighs less
// never changes, so a record need not keep its weight: its mark is the moment at which the weight
// is, or was, 1. A new record is marked with this moment, and a use moves the mark from m to
//   now + half_life * log2(1 + 2^((m - now) / half_life)).
// The smallest mark is the smallest weight. The marks of what is used much lie so far ahead that a
// use moves them by less than one unit, which is left out: reading it writes nothing.
//
// Time is counted in new keys, 128 units to as many as the shard holds, so that it goes no faster
// than records are pushed out; while nothing comes in, nothing ages. Marks are compared modulo
// 2^16: the oldest lie some 2000 units back (128 ln n, while n keys come into an empty table), the
// youngest 11.5 half-lives ahead.
//
// One for each shard; changes need its lock, the rest may be asked at any time.
class UseClock {
 public:
  static constexpr uint16_t kUnitsPerTurnover = 128;
  // The longer, the nearer to counting for ever, and the slower to see that something has become
  // popular (bench/HIT_RATIO.md). Beyond 16 turnovers marks would not fit into 16 bits.
  static constexpr uint16_t kRecently = kUnitsPerTurnover;        // the half-life of "lru"
  static constexpr uint16_t kFrequently = 8 * kUnitsPerTurnover;  // of "lfu"

  uint16_t now() const { return now_.load(std::memory_order_relaxed); }
  // 0: uses are not noted.
  uint16_t half_life() const { return half_life_.load(std::memory_order_relaxed); }
  void set_half_life(uint16_t units) { half_life_.store(units, std::memory_order_relaxed); }

  // Who counts what is remembered of evicted keys; must outlive this.
  void set_budget(MemoryBudget* budget) { evicted_.set_budget(budget); }
  // So many keys came or, if negative, went.
  void NoteKeys(ptrdiff_t keys) { keys_ += static_cast<size_t>(keys); }
  // The mark of a new record. One that was evicted not long ago has been used once more.
  uint16_t MarkNew(uint64_t hash) {
    Advance();
    uint16_t mark = now();
    return evicted_.Recall(hash, &mark) ? MarkUsed(mark) : mark;
  }
  // A record is about to be evicted.
  void NoteEvicted(uint64_t hash, uint16_t mark) {
    if (half_life() != 0) evicted_.Remember(hash, mark, keys_);
  }
  void ForgetEvicted() { evicted_.Clear(); }
  // What a use makes of a mark: the same one where uses are not noted, or where it hardly matters.
  uint16_t MarkUsed(uint16_t mark) const {
    const int32_t half_life = this->half_life();
    if (half_life == 0) return mark;
    const int32_t ahead = Ahead(mark);
    return static_cast<uint16_t>(mark + std::max(-ahead, 0) +
                                 HalfLives(half_life, std::abs(ahead)));
  }
  // How far a mark lies ahead of now; negative: behind. The least is evicted first.
  int32_t Ahead(uint16_t mark) const { return static_cast<int16_t>(mark - now()); }

 private:
  void Advance() {
    if (until_next_ != 0) {
      --until_next_;
      return;
    }
    until_next_ = static_cast<uint32_t>(std::min<size_t>(keys_ / kUnitsPerTurnover, UINT32_MAX));
    now_.store(static_cast<uint16_t>(now() + 1), std::memory_order_relaxed);
  }
  // half_life * log2(1 + 2^(-distance / half_life)), rounded down.
  static int32_t HalfLives(int32_t half_life, int32_t distance) {
    // log2(1 + 2^-i) in 65536ths; straight lines between.
    constexpr int32_t kLogarithms[] = {65536, 38336, 21098, 11136, 5732, 2909,
                                       1466,  736,   369,   184,   92,   0};
    constexpr int32_t kLast = 11;
    const int32_t whole = distance / half_life;
    if (whole >= kLast) return 0;
    const int64_t part = distance % half_life;
    const int64_t scaled = int64_t{kLogarithms[whole]} * half_life -
                           (kLogarithms[whole] - kLogarithms[whole + 1]) * part;
    return static_cast<int32_t>(scaled >> 16);
  }

  std::atomic<uint16_t> now_{0};
  std::atomic<uint16_t> half_life_{0};
  uint32_t until_next_ = 0;  // new keys before the clock moves on
  size_t keys_ = 0;
  EvictedMarks evicted_;
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_USE_CLOCK_H_
