#ifndef KONTOR_BASE_HEAP_BYTES_H_
#define KONTOR_BASE_HEAP_BYTES_H_

#include <algorithm>
#include <cstddef>
#include <string>

namespace kontor {

// What an allocation of this size takes of the heap, as far as that can be known: glibc's malloc
// adds a word and rounds up to 16 bytes.
inline constexpr size_t HeapBytes(size_t bytes) {
  constexpr size_t kWord = sizeof(size_t);
  constexpr size_t kGrain = 16;
  constexpr size_t kLeast = 32;
  return std::max(kLeast, (bytes + kWord + kGrain - 1) & ~(kGrain - 1));
}

// What a string keeps outside of itself.
inline size_t HeapBytesOf(const std::string& text) {
  constexpr size_t kShort = 15;  // characters that both libstdc++ and libc++ keep inside
  return text.capacity() <= kShort ? 0 : HeapBytes(text.capacity() + 1);
}

// The node of an entry of this size in a std::map: three links and a color come before it.
inline constexpr size_t MapNodeBytes(size_t entry_bytes) {
  return HeapBytes(4 * sizeof(void*) + entry_bytes);
}

}  // namespace kontor

#endif  // KONTOR_BASE_HEAP_BYTES_H_
