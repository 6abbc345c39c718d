#ifndef KONTOR_TYPES_MAP_NODE_BYTES_H_
#define KONTOR_TYPES_MAP_NODE_BYTES_H_

#include <cstddef>
#include <string>
#include <utility>

#include "base/heap_bytes.h"

namespace kontor {

// What an entry of a std::map by name takes of the heap: a node of four words (three links and a
// color) before the entry, and what the name keeps outside of itself.
template <typename T>
size_t MapNodeBytes(const std::pair<const std::string, T>& entry) {
  return HeapBytes(4 * sizeof(void*) + sizeof(entry)) + HeapBytesOf(entry.first);
}

}  // namespace kontor

#endif  // KONTOR_TYPES_MAP_NODE_BYTES_H_
