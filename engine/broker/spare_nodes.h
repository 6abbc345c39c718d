#ifndef KONTOR_BROKER_SPARE_NODES_H_
#define KONTOR_BROKER_SPARE_NODES_H_

#include <cstddef>
#include <new>

#include "base/heap_bytes.h"

#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)
#define ASAN_UNPOISON_MEMORY_REGION(address, size)
#endif

namespace kontor {

// Makes nodes of one kind out of the memory of those that went lately, some 32 KiB of it at most:
// where many come and go together, an allocator for everybody takes longer than all the rest. Not
// thread-safe.
template <typename Node>
class SpareNodes {
 public:
  SpareNodes() = default;
  ~SpareNodes() { Clear(); }
  SpareNodes(const SpareNodes&) = delete;
  SpareNodes& operator=(const SpareNodes&) = delete;

  // One for Free, here or of others of this kind, or for `delete`. Throws std::bad_alloc.
  Node* Make() {
    if (first_ == nullptr) return new Node;
    return new (Pop()) Node;
  }

  void Free(Node* node) {
    if (size_ == kMost) {
      delete node;
      return;
    }
    node->~Node();
    first_ = new (static_cast<void*>(node)) Spare{first_};
    ++size_;
    // Who still uses it is found. Leaks are looked for through what is not poisoned.
    ASAN_POISON_MEMORY_REGION(first_ + 1, sizeof(Node) - sizeof(Spare));
  }

  void Clear() {
    while (first_ != nullptr) ::operator delete(Pop());
  }

  size_t heap_bytes() const { return size_ * HeapBytes(sizeof(Node)); }

 private:
  struct Spare {
    Spare* next;
  };

  void* Pop() {
    Spare* const spare = first_;
    ASAN_UNPOISON_MEMORY_REGION(spare, sizeof(Node));
    first_ = spare->next;
    --size_;
    return spare;
  }

  static constexpr size_t kMost = (size_t{32} << 10) / HeapBytes(sizeof(Node));
  static_assert(sizeof(Node) >= sizeof(Spare) && alignof(Node) <= alignof(std::max_align_t));

  Spare* first_ = nullptr;
  size_t size_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_SPARE_NODES_H_
