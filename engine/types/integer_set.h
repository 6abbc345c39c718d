#ifndef KONTOR_TYPES_INTEGER_SET_H_
#define KONTOR_TYPES_INTEGER_SET_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/heap_bytes.h"

namespace kontor {

// A sorted array of different integers in one allocation, each in two, four or eight bytes, as the
// widest of them needs: what a small set of integers is. The idea is that of Redis' intset.
//
// A change that finds no memory throws std::bad_alloc and changes nothing; an erase needs none. Not
// thread-safe.
class IntegerSet {
 public:
  IntegerSet() = default;
  IntegerSet(const IntegerSet& other);
  IntegerSet(IntegerSet&& other) noexcept { Swap(other); }
  IntegerSet& operator=(IntegerSet other) noexcept {
    Swap(other);
    return *this;
  }
  ~IntegerSet() = default;

  size_t size() const { return count_; }
  bool Contains(int64_t integer) const;
  // True if it is new.
  bool Insert(int64_t integer);
  // False if it was not there.
  bool Erase(int64_t integer) noexcept;
  // In ascending order.
  int64_t at(size_t place) const;

  // What its allocation takes of the heap.
  size_t memory_bytes() const { return memory_ == nullptr ? 0 : HeapBytes(capacity_bytes_); }

 private:
  static uint32_t WidthOf(int64_t integer);
  static void Put(char* array, size_t place, uint32_t width_bytes, int64_t integer);

  void Swap(IntegerSet& other) noexcept;
  // How many are less.
  size_t LowerBound(int64_t integer) const;
  // Copies what there is to an array of its own, with a gap of one at `gap`, and adopts that.
  void MoveTo(size_t capacity_bytes, uint32_t width_bytes, size_t gap);
  void Shrink() noexcept;

  std::unique_ptr<char[]> memory_;
  uint32_t count_ = 0;
  uint32_t capacity_bytes_ : 24 = 0;
  uint32_t width_bytes_ : 8 = sizeof(int16_t);
};

}  // namespace kontor

#endif  // KONTOR_TYPES_INTEGER_SET_H_
