#include "types/packed.h"

#include <algorithm>
#include <charconv>
#include <new>
#include <utility>

#include "base/check.h"
#include "types/number.h"

namespace kontor {
namespace {

constexpr size_t kLeastCapacity = 16;
constexpr size_t kSmallCapacity = 128;  // from here down nothing is gained by giving memory back

// Numbers are little-endian.
template <typename Number>
void Put(char* to, Number number, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i)
    to[i] = static_cast<char>(static_cast<uint64_t>(number) >> (8 * i));
}

uint64_t Get(const char* from, size_t bytes) {
  uint64_t number = 0;
  for (size_t i = 0; i < bytes; ++i) number |= uint64_t{static_cast<uint8_t>(from[i])} << (8 * i);
  return number;
}

// How many bytes hold it, in two's complement.
size_t BytesOf(int64_t integer) {
  const auto magnitude = static_cast<uint64_t>(integer < 0 ? ~integer : integer);
  return static_cast<size_t>(64 - __builtin_clzll(magnitude | 1)) / 8 + 1;
}

// The length of a body is written behind it to be read backwards: seven bits a byte, the lowest
// last, a high bit where more come before.
size_t BackBytes(size_t body_bytes) {
  size_t bytes = 1;
  while (body_bytes >>= 7) ++bytes;
  return bytes;
}

char* WriteBack(char* to, size_t body_bytes) {
  if (body_bytes < 0x80) {
    *to = static_cast<char>(body_bytes);
    return to + 1;
  }
  const size_t bytes = BackBytes(body_bytes);
  for (size_t i = 0; i < bytes; ++i) {
    const size_t bits = (body_bytes >> (7 * i)) & 0x7f;
    to[bytes - 1 - i] = static_cast<char>(i + 1 < bytes ? bits | 0x80 : bits);
  }
  return to + bytes;
}

}  // namespace

Element::Element(int64_t integer) {
  const auto end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), integer);
  length_ = static_cast<uint32_t>(end.ptr - digits_.data());
}

PackedValue::PackedValue(Bytes value) {
  if (int64_t integer = 0; ParseInteger(value, &integer)) {
    SetInteger(integer);
  } else {
    SetText(value);
  }
}

void PackedValue::SetInteger(int64_t integer) {
  if (integer >= 0 && integer <= Packed::kLargestSmallInteger) {
    head_[0] = static_cast<char>(Packed::kZero + integer);
  } else {
    const size_t bytes = BytesOf(integer);
    head_[0] = static_cast<char>(Packed::kIntegers + bytes - 1);
    Put(&head_[1], integer, bytes);
    head_bytes_ = static_cast<uint8_t>(1 + bytes);
  }
  Measure();
}

void PackedValue::SetText(Bytes text) {
  tail_ = text;
  if (text.size() <= Packed::kLongestShortText) {
    head_[0] = static_cast<char>(text.size());
  } else {
    size_t length_bytes = 1;
    while (text.size() >> (8 * length_bytes) != 0) ++length_bytes;
    KONTOR_CHECK(length_bytes <= 4);
    head_[0] = static_cast<char>(Packed::kLongTexts + length_bytes - 1);
    Put(&head_[1], text.size(), length_bytes);
    head_bytes_ = static_cast<uint8_t>(1 + length_bytes);
  }
  Measure();
}

void PackedValue::Measure() {
  last_byte_ = tail_.empty() ? head_[head_bytes_ - 1] : tail_.back();
  body_bytes_ = head_bytes_ + tail_.size();
  bytes_ = body_bytes_ + BackBytes(body_bytes_);
}

char* PackedValue::WriteTo(char* to) const {
  *to = head_[0];
  if (head_bytes_ > 1) std::memcpy(to, head_.data(), head_bytes_);
  if (!tail_.empty()) std::memcpy(to + head_bytes_, tail_.data(), tail_.size());
  return WriteBack(to + body_bytes_, body_bytes_);
}

Packed::Packed(const Packed& other) : used_(other.used_), count_(other.count_) {
  if (used_ == 0) return;
  memory_ = TryAllocate(CapacityFor(used_));
  if (memory_ == nullptr) throw std::bad_alloc();
  std::memcpy(elements(), other.elements(), used_);
}

void Packed::Swap(Packed& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(used_, other.used_);
  std::swap(count_, other.count_);
}

size_t Packed::LongExtent(const char* element) {
  const auto form = static_cast<uint8_t>(*element);
  if (form < kLongTexts) return size_t{3} + form - kIntegers;
  const size_t length_bytes = size_t{1} + form - kLongTexts;
  const size_t body_bytes = 1 + length_bytes + Get(element + 1, length_bytes);
  return body_bytes + BackBytes(body_bytes);
}

size_t Packed::LongExtentBefore(const char* end) {
  size_t body_bytes = 0;
  size_t back_bytes = 0;
  uint8_t byte = 0;
  do {
    byte = static_cast<uint8_t>(*--end);
    body_bytes |= size_t{byte & 0x7fu} << (7 * back_bytes);
    ++back_bytes;
  } while ((byte & 0x80) != 0);
  return body_bytes + back_bytes;
}

// Where an element begins is known only when the one before it was read, so looking from both ends
// at once takes half the time.
Packed::Place Packed::FindUnique(const PackedValue& value, size_t stride) const {
  const char* const begin = elements();
  const char* front = begin;
  const char* back = begin + used_;
  while (front != back) {
    const char* next = front;
    for (size_t step = 0; step < stride; ++step) next += Extent(next);
    if (value.IsAt(front)) return static_cast<Place>(front - begin);
    front = next;
    if (front == back) break;
    for (size_t step = 0; step < stride; ++step) back -= ExtentBefore(back);
    if (value.IsAt(back)) return static_cast<Place>(back - begin);
  }
  return used_;
}

Packed::Place Packed::Seek(size_t index) const {
  Place place = 0;
  if (index <= count_ / 2) {
    for (; index > 0; --index) place = Next(place);
  } else {
    place = used_;
    for (size_t steps = count_ - index; steps > 0; --steps) place = Previous(place);
  }
  return place;
}

Element Packed::At(Place place) const {
  const char* const element = elements() + place;
  const auto form = static_cast<uint8_t>(*element);
  if (form <= kLongestShortText) return Element(Bytes(element + 1, form));
  if (form < kLongTexts) return Element(*IntegerAt(place));
  const size_t length_bytes = size_t{1} + form - kLongTexts;
  return Element(Bytes(element + 1 + length_bytes, Get(element + 1, length_bytes)));
}

std::optional<int64_t> Packed::IntegerAt(Place place) const {
  const char* const element = elements() + place;
  const auto form = static_cast<uint8_t>(*element);
  if (form <= kLongestShortText || form >= kLongTexts) return std::nullopt;
  if (form < kIntegers) return int64_t{form} - kZero;
  const size_t bytes = size_t{1} + form - kIntegers;
  const auto unused_bits = static_cast<unsigned>(64 - 8 * bytes);
  // The shift to the right brings its sign along.
  return static_cast<int64_t>(Get(element + 1, bytes) << unused_bits) >> unused_bits;
}

void Packed::Insert(Place place, const PackedValue& value) {
  value.WriteTo(Open(place, value.bytes()));
  ++count_;
}

void Packed::Insert(Place place, const PackedValue& first, const PackedValue& second) {
  second.WriteTo(first.WriteTo(Open(place, first.bytes() + second.bytes())));
  count_ += 2;
}

void Packed::Append(const Packed& other, Place from, Place to, size_t count) {
  if (count == 0) return;
  std::memcpy(Open(used_, to - from), other.elements() + from, to - from);
  count_ += static_cast<uint32_t>(count);
}

void Packed::Replace(Place place, const PackedValue& value) {
  const size_t old_bytes = Extent(elements() + place);
  const size_t new_bytes = value.bytes();
  if (new_bytes > old_bytes) Open(place, new_bytes - old_bytes);
  if (new_bytes < old_bytes) Close(place, old_bytes - new_bytes);
  value.WriteTo(elements() + place);
}

void Packed::Rotate(Place first, Place middle, Place last) noexcept {
  char* const begin = elements();
  std::rotate(begin + first, begin + middle, begin + last);
}

void Packed::Erase(Place from, Place to, size_t count) noexcept {
  Close(from, to - from);
  count_ -= static_cast<uint32_t>(count);
  Shrink();
}

// Such that with its head it fills what common allocators hand out: 16 n + 8 bytes.
size_t Packed::CapacityFor(size_t needed) {
  return std::max((needed + 15) / 16 * 16, kLeastCapacity);
}

std::unique_ptr<char[]> Packed::TryAllocate(size_t capacity) noexcept {
  std::unique_ptr<char[]> memory(new (std::nothrow) char[sizeof(Head) + capacity]);
  if (memory != nullptr) new (memory.get()) Head{static_cast<uint32_t>(capacity), 0};
  return memory;
}

char* Packed::Open(Place place, size_t bytes) {
  const size_t needed = used_ + bytes;
  KONTOR_CHECK(needed <= INT32_MAX);
  const bool nearer_front = place < used_ - place;
  if (memory_ == nullptr || head()->capacity < needed) {
    size_t capacity = needed + (needed > kThriftyBytes && used_ > 0 ? needed / 4 : 0);
    if (needed <= kFullBytes) capacity = std::min(capacity, kFullBytes);
    capacity = CapacityFor(capacity);
    std::unique_ptr<char[]> memory = TryAllocate(capacity);
    if (memory == nullptr) throw std::bad_alloc();
    MoveTo(std::move(memory), nearer_front ? capacity - needed : 0, place, bytes);
    return elements() + place;
  }
  const size_t begin = head()->begin;
  const size_t behind = head()->capacity - begin - used_;
  if (nearer_front && begin >= bytes) {
    Slide(begin - bytes, place, bytes);
  } else if (!nearer_front && behind >= bytes) {
    Slide(begin, place, bytes);
  } else {
    Slide((head()->capacity - needed) / 2, place, bytes);
  }
  return elements() + place;
}

void Packed::MoveTo(std::unique_ptr<char[]> memory, size_t begin, Place gap_at, size_t gap_bytes) {
  std::unique_ptr<char[]> const old = std::exchange(memory_, std::move(memory));
  head()->begin = static_cast<uint32_t>(begin);
  if (old != nullptr) {
    const char* const from = old.get() + sizeof(Head) + reinterpret_cast<Head*>(old.get())->begin;
    std::memcpy(elements(), from, gap_at);
    std::memcpy(elements() + gap_at + gap_bytes, from + gap_at, used_ - gap_at);
  }
  used_ += static_cast<uint32_t>(gap_bytes);
}

void Packed::Slide(size_t begin, Place gap_at, size_t gap_bytes) {
  char* const from = elements();
  head()->begin = static_cast<uint32_t>(begin);
  char* const to = elements();
  // What moves up goes last part first.
  if (to < from) std::memmove(to, from, gap_at);
  if (gap_at < used_) std::memmove(to + gap_at + gap_bytes, from + gap_at, used_ - gap_at);
  if (to > from) std::memmove(to, from, gap_at);
  used_ += static_cast<uint32_t>(gap_bytes);
}

void Packed::Close(Place place, size_t bytes) noexcept {
  if (bytes == 0) return;
  char* const from = elements();
  if (place < used_ - bytes - place) {
    if (place > 0) std::memmove(from + bytes, from, place);
    head()->begin += static_cast<uint32_t>(bytes);
  } else {
    const size_t behind = used_ - bytes - place;
    if (behind > 0) std::memmove(from + place, from + place + bytes, behind);
  }
  used_ -= static_cast<uint32_t>(bytes);
}

void Packed::Shrink() noexcept {
  if (empty()) {
    Clear();
    return;
  }
  if (head()->capacity <= kSmallCapacity || used_ >= head()->capacity / 4) return;
  if (auto memory = TryAllocate(CapacityFor(size_t{2} * used_)); memory != nullptr) {
    MoveTo(std::move(memory), 0, 0, 0);
  }
}

}  // namespace kontor
