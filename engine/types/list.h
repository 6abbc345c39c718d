#ifndef KONTOR_TYPES_LIST_H_
#define KONTOR_TYPES_LIST_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "base/bytes.h"

namespace kontor {

// The list type. Indexes are in [0, size()). Not thread-safe; references last until the next
// change.
class List {
 public:
  size_t size() const { return elements_.size(); }
  const std::string& at(size_t index) const { return elements_[index]; }

  void PushFront(Bytes value) { elements_.emplace_front(value); }
  void PushBack(Bytes value) { elements_.emplace_back(value); }
  // `count` must not exceed the size.
  void PopFront(size_t count = 1) {
    elements_.erase(elements_.begin(), elements_.begin() + static_cast<ptrdiff_t>(count));
  }
  void PopBack(size_t count = 1) {
    elements_.erase(elements_.end() - static_cast<ptrdiff_t>(count), elements_.end());
  }
  void Set(size_t index, Bytes value) { elements_[index].assign(value); }
  // The element gets this index (at most size()).
  void Insert(size_t index, Bytes value) {
    elements_.emplace(elements_.begin() + static_cast<ptrdiff_t>(index), value);
  }
  // Erases elements equal to `value`: the first `count`, the last -count if it is negative, or all
  // for 0. How many it erased.
  size_t Remove(Bytes value, int64_t count);
  void Erase(size_t index) { elements_.erase(elements_.begin() + static_cast<ptrdiff_t>(index)); }

 private:
  std::deque<std::string> elements_;
};

}  // namespace kontor

#endif  // KONTOR_TYPES_LIST_H_
