#ifndef KONTOR_TYPES_CHUNKED_ARRAY_H_
#define KONTOR_TYPES_CHUNKED_ARRAY_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

#include "base/heap_bytes.h"

namespace kontor {

// An array that grows and shrinks at its end, in chunks of 1024, so that neither copies all of it.
// (The first chunk doubles up to that size.) References last until the next change. Not
// thread-safe.
template <typename T>
class ChunkedArray {
 public:
  static_assert(std::is_trivially_copyable_v<T>);
  static constexpr size_t kChunk = 1024;

  size_t size() const { return size_; }
  T& operator[](size_t index) { return chunks_[index / kChunk][index % kChunk]; }
  const T& operator[](size_t index) const { return chunks_[index / kChunk][index % kChunk]; }

  // Throws std::bad_alloc with nothing changed.
  void PushBack(const T& value) {
    if (size_ == capacity()) Grow();
    (*this)[size_] = value;
    ++size_;
  }
  // Cannot fail. An empty chunk is kept, so that coming and going at a border is cheap.
  void PopBack() {
    --size_;
    while (chunks_.size() > size_ / kChunk + 2) chunks_.pop_back();
  }

  // What its allocations take of the heap.
  size_t memory_bytes() const {
    if (chunks_.empty()) return 0;
    return HeapBytes(chunks_.capacity() * sizeof(chunks_[0])) +
           // NOLINTNEXTLINE(bugprone-sizeof-expression): T may be a pointer
           chunks_.size() * HeapBytes(capacity() / chunks_.size() * sizeof(T));
  }

 private:
  size_t capacity() const {
    return chunks_.size() <= 1 ? first_capacity_ : chunks_.size() * kChunk;
  }
  void Grow() {
    if (first_capacity_ == kChunk) {
      chunks_.push_back(std::make_unique_for_overwrite<T[]>(kChunk));
      return;
    }
    const size_t capacity = std::max<size_t>(16, 2 * first_capacity_);
    auto chunk = std::make_unique_for_overwrite<T[]>(capacity);
    if (chunks_.empty()) chunks_.emplace_back();
    std::copy_n(chunks_[0].get(), size_, chunk.get());
    chunks_[0] = std::move(chunk);
    first_capacity_ = capacity;
  }

  std::vector<std::unique_ptr<T[]>> chunks_;
  size_t first_capacity_ = 0;
  size_t size_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_TYPES_CHUNKED_ARRAY_H_
