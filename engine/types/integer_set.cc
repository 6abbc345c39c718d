#include "types/integer_set.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "base/check.h"

namespace kontor {
namespace {

constexpr size_t kMostBytes = (size_t{1} << 24) - 1;

// What common allocators hand out: 16 n + 8 bytes.
size_t CapacityFor(size_t bytes) { return (bytes + 7) / 16 * 16 + 8; }

template <typename Integer>
int64_t Get(const char* array, size_t place) {
  Integer integer;
  std::memcpy(&integer, array + place * sizeof(integer), sizeof(integer));
  return integer;
}

template <typename Integer>
bool Holds(int64_t integer) {
  return integer >= std::numeric_limits<Integer>::min() &&
         integer <= std::numeric_limits<Integer>::max();
}

}  // namespace

IntegerSet::IntegerSet(const IntegerSet& other)
    : count_(other.count_),
      capacity_bytes_(other.capacity_bytes_),
      width_bytes_(other.width_bytes_) {
  if (other.memory_ == nullptr) return;
  memory_ = std::make_unique_for_overwrite<char[]>(capacity_bytes_);
  std::memcpy(memory_.get(), other.memory_.get(), size_t{count_} * width_bytes_);
}

void IntegerSet::Swap(IntegerSet& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(count_, other.count_);
  const uint32_t capacity_bytes = capacity_bytes_;
  const uint32_t width_bytes = width_bytes_;
  capacity_bytes_ = other.capacity_bytes_;
  width_bytes_ = other.width_bytes_;
  other.capacity_bytes_ = capacity_bytes & kMostBytes;
  other.width_bytes_ = width_bytes & 0xff;
}

uint32_t IntegerSet::WidthOf(int64_t integer) {
  if (Holds<int16_t>(integer)) return sizeof(int16_t);
  return Holds<int32_t>(integer) ? sizeof(int32_t) : sizeof(int64_t);
}

int64_t IntegerSet::at(size_t place) const {
  switch (width_bytes_) {
    case sizeof(int16_t):
      return Get<int16_t>(memory_.get(), place);
    case sizeof(int32_t):
      return Get<int32_t>(memory_.get(), place);
    default:
      return Get<int64_t>(memory_.get(), place);
  }
}

// The low bytes of a number in two's complement are the same number, if it fits.
void IntegerSet::Put(char* array, size_t place, uint32_t width_bytes, int64_t integer) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  std::memcpy(array + place * width_bytes, &integer, width_bytes);
}

size_t IntegerSet::LowerBound(int64_t integer) const {
  size_t low = 0;
  size_t high = count_;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (at(middle) < integer) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool IntegerSet::Contains(int64_t integer) const {
  const size_t place = LowerBound(integer);
  return place < count_ && at(place) == integer;
}

bool IntegerSet::Insert(int64_t integer) {
  const size_t place = LowerBound(integer);
  if (place < count_ && at(place) == integer) return false;
  const uint32_t width_bytes = std::max<uint32_t>(width_bytes_, WidthOf(integer));
  const size_t needed = (size_t{count_} + 1) * width_bytes;
  KONTOR_CHECK(needed < kMostBytes / 2);
  if (width_bytes != width_bytes_ || needed > capacity_bytes_) {
    MoveTo(CapacityFor(count_ == 0 ? needed : needed + needed / 4), width_bytes, place);
  } else {
    char* const gap = memory_.get() + place * width_bytes;
    std::memmove(gap + width_bytes, gap, (count_ - place) * width_bytes);
  }
  Put(memory_.get(), place, width_bytes, integer);
  ++count_;
  return true;
}

void IntegerSet::MoveTo(size_t capacity_bytes, uint32_t width_bytes, size_t gap) {
  auto memory = std::make_unique_for_overwrite<char[]>(capacity_bytes);
  for (size_t place = 0; place < count_; ++place) {
    Put(memory.get(), place < gap ? place : place + 1, width_bytes, at(place));
  }
  memory_ = std::move(memory);
  capacity_bytes_ = capacity_bytes & kMostBytes;
  width_bytes_ = width_bytes & 0xff;
}

bool IntegerSet::Erase(int64_t integer) noexcept {
  const size_t place = LowerBound(integer);
  if (place == count_ || at(place) != integer) return false;
  char* const gap = memory_.get() + place * width_bytes_;
  std::memmove(gap, gap + width_bytes_, (count_ - place - 1) * width_bytes_);
  --count_;
  Shrink();
  return true;
}

// Lets go of most memory if most of it is free, unless there is none to move to.
void IntegerSet::Shrink() noexcept {
  const size_t used = size_t{count_} * width_bytes_;
  constexpr size_t kSmall = 128;
  if (count_ == 0) {
    *this = IntegerSet();
  } else if (capacity_bytes_ > kSmall && used < capacity_bytes_ / 4) {
    const size_t capacity_bytes = CapacityFor(2 * used);
    std::unique_ptr<char[]> memory(new (std::nothrow) char[capacity_bytes]);
    if (memory == nullptr) return;
    std::memcpy(memory.get(), memory_.get(), used);
    memory_ = std::move(memory);
    capacity_bytes_ = capacity_bytes & kMostBytes;
  }
}

}  // namespace kontor
