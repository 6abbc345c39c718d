#ifndef KONTOR_TYPES_PACKED_H_
#define KONTOR_TYPES_PACKED_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/heap_bytes.h"

namespace kontor {

// An element read from a collection: borrowed bytes, which last until the collection's next change,
// or the digits of an integer, which were never stored as text and live in here. Cheap to copy.
class Element {
 public:
  Element() = default;
  explicit Element(Bytes borrowed)
      : borrowed_(borrowed.data()), length_(static_cast<uint32_t>(borrowed.size())) {}
  explicit Element(int64_t integer);

  // They last no longer than this element does.
  Bytes bytes() const& { return Bytes(borrowed_ == nullptr ? digits_.data() : borrowed_, length_); }
  Bytes bytes() const&& = delete;

 private:
  const char* borrowed_ = nullptr;  // null: the bytes are in digits_
  uint32_t length_ = 0;
  std::array<char, 20> digits_{};  // as many as INT64_MIN has, its sign included
};

// Bytes as a packed sequence writes them. Two values are equal if and only if they are written the
// same, so a search compares without decoding. The bytes are borrowed.
class PackedValue {
 public:
  explicit PackedValue(Bytes value);
  explicit PackedValue(int64_t integer) { SetInteger(integer); }

  // What it takes in a sequence.
  size_t bytes() const { return bytes_; }
  // `to` has room for bytes(); answers what follows.
  char* WriteTo(char* to) const;
  // Whether the element that begins here is this one.
  bool IsAt(const char* element) const {
    // The first byte says how long the head is, and the head how long the rest is. The last byte
    // goes before the rest: the names of one hash often begin alike.
    return *element == head_[0] &&
           (head_bytes_ == 1 || std::memcmp(element, head_.data(), head_bytes_) == 0) &&
           element[body_bytes_ - 1] == last_byte_ &&
           Bytes(element + head_bytes_, tail_.size()) == tail_;
  }

 private:
  void SetInteger(int64_t integer);
  void SetText(Bytes text);
  // What follows from the others.
  void Measure();

  std::array<char, 9> head_;  // the form, then an integer or the length of a text
  uint8_t head_bytes_ = 1;
  char last_byte_;  // of both
  Bytes tail_;      // a text; empty for an integer
  size_t body_bytes_;
  size_t bytes_;
};

// A sequence of byte strings in one allocation: what a small collection is, and a piece of a large
// list. The idea is that of Redis' listpack (S. Sanfilippo, "Listpack specification", 2017);
// types/README.md has every byte of this one. Elements are reached from either end, an integer
// takes one to nine bytes, and either end has room to grow into, so that a queue moves nothing.
//
// A change that needs memory and finds none throws std::bad_alloc and changes nothing; a removal
// needs none. Bytes given must not lie in the sequence that is changed. Not thread-safe. Places and
// elements last until the next change.
class Packed {
 public:
  // Offset of an element's first byte among all elements', or their end.
  using Place = size_t;

  // A sequence that grows is given a quarter more than it needs, but not beyond this size,
  static constexpr size_t kFullBytes = 8192;
  // and up to this one nothing more: there are many small ones, and to move one costs little.
  static constexpr size_t kThriftyBytes = 512;

  Packed() = default;
  Packed(const Packed& other);
  Packed(Packed&& other) noexcept { Swap(other); }
  Packed& operator=(Packed other) noexcept {
    Swap(other);
    return *this;
  }
  ~Packed() = default;

  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  size_t used_bytes() const { return used_; }
  // What its allocation takes of the heap.
  size_t memory_bytes() const {
    return memory_ == nullptr ? 0 : HeapBytes(sizeof(Head) + head()->capacity);
  }

  Place end() const { return used_; }
  // `place` is not the end; or not the beginning, 0.
  Place Next(Place place) const { return place + Extent(elements() + place); }
  // Of the only element that is this one among those whose index is a multiple of `stride`, as
  // their number is; the end if there is none.
  Place FindUnique(const PackedValue& value, size_t stride) const;
  Place Previous(Place place) const { return place - ExtentBefore(elements() + place); }
  // Of the element with this index, at most size(); walks from the nearer end.
  Place Seek(size_t index) const;
  Element At(Place place) const;
  // The element if it is an integer; none if it is a text.
  std::optional<int64_t> IntegerAt(Place place) const;
  bool Is(Place place, const PackedValue& value) const { return value.IsAt(elements() + place); }

  // The value gets this place.
  void Insert(Place place, const PackedValue& value);
  // Both or neither, one after the other.
  void Insert(Place place, const PackedValue& first, const PackedValue& second);
  // Copies `count` elements of another sequence, those in [from, to), to its end.
  void Append(const Packed& other, Place from, Place to, size_t count);
  // Never gives memory back: what was there before can always be put in again.
  void Replace(Place place, const PackedValue& value);
  // Elements in [first, middle) and those in [middle, last) change places. Needs no memory.
  void Rotate(Place first, Place middle, Place last) noexcept;
  // Erases `count` elements, those in [from, to).
  void Erase(Place from, Place to, size_t count) noexcept;
  // Erases every element for whose place `goes` is true; it is asked once for each, in order.
  template <typename Goes>
  void EraseIf(Goes goes);
  void Clear() noexcept { Packed().Swap(*this); }

 private:
  // The first byte of an element, its form (types/README.md):
  static constexpr uint8_t kLongestShortText = 0x7e;  // 0 to here: a text of so many bytes
  static constexpr uint8_t kZero = 0x7f;              // from here: the integers from 0 to...
  static constexpr uint8_t kIntegers = 0xf0;          // from here: an integer in 1 to 8 bytes
  static constexpr uint8_t kLongTexts = 0xf8;  // from here: a text, its length in 1 to 4 bytes
  static constexpr int64_t kLargestSmallInteger = kIntegers - 1 - kZero;  // ...here
  friend class PackedValue;

  // In front of the elements. They begin `begin` bytes after it; what is free lies before and
  // behind them.
  struct Head {
    uint32_t capacity;
    uint32_t begin;
  };

  void Swap(Packed& other) noexcept;
  Head* head() const { return reinterpret_cast<Head*>(memory_.get()); }
  char* elements() const {
    return memory_ == nullptr ? nullptr : memory_.get() + sizeof(Head) + head()->begin;
  }
  // Of the element that begins here, in bytes.
  static size_t Extent(const char* element) {
    const auto form = static_cast<uint8_t>(*element);
    if (form >= kIntegers) return LongExtent(element);
    return form <= kLongestShortText ? size_t{2} + form : 2;
  }
  static size_t LongExtent(const char* element);
  // Of the element that ends here.
  static size_t ExtentBefore(const char* end) {
    const auto last = static_cast<uint8_t>(end[-1]);
    return last < 0x80 ? size_t{1} + last : LongExtentBefore(end);
  }
  static size_t LongExtentBefore(const char* end);
  static size_t CapacityFor(size_t needed);
  // Null if there is none.
  static std::unique_ptr<char[]> TryAllocate(size_t capacity) noexcept;

  // Makes a gap of so many bytes in the elements and counts it as used; answers where it is.
  char* Open(Place place, size_t bytes);
  // The elements get such a gap and go to another memory, or to another place in the same.
  void MoveTo(std::unique_ptr<char[]> memory, size_t begin, Place gap_at, size_t gap_bytes);
  void Slide(size_t begin, Place gap_at, size_t gap_bytes);
  // The reverse of Open.
  void Close(Place place, size_t bytes) noexcept;
  // After a removal: lets go of most memory if most of it is free, unless there is none to move to.
  void Shrink() noexcept;

  std::unique_ptr<char[]> memory_;
  uint32_t used_ = 0;
  uint32_t count_ = 0;
};

template <typename Goes>
void Packed::EraseIf(Goes goes) {
  size_t kept = 0;
  for (Place place = 0; place < used_;) {
    const Place next = Next(place);
    if (goes(place)) {
      --count_;
    } else {
      std::memmove(elements() + kept, elements() + place, next - place);
      kept += next - place;
    }
    place = next;
  }
  used_ = static_cast<uint32_t>(kept);
  Shrink();
}

}  // namespace kontor

#endif  // KONTOR_TYPES_PACKED_H_
