#include "keyspace/collection.h"

#include "base/heap_bytes.h"

namespace kontor {

Bytes TypeName(ValueType type) {
  switch (type) {
    case ValueType::kString:
      return "string";
    case ValueType::kHash:
      return "hash";
    case ValueType::kList:
      return "list";
    case ValueType::kSet:
      return "set";
    case ValueType::kSortedSet:
      return "zset";
    case ValueType::kStream:
      return "stream";
  }
  return "none";
}

void Collection::Destroy() {
  if (held_ == nullptr) return;
  VisitType(type_, [this]<typename T>() { delete static_cast<T*>(held_); });
}

// What a list or a stream of millions is made of are some thousand nodes: freed at once.
bool Collection::FreeSome(size_t entries) {
  return VisitType(type_, [&]<typename T>() {
    if constexpr (requires(T * held) { held->FreeSome(entries); }) {
      return static_cast<T*>(held_)->FreeSome(entries);
    } else {
      return false;
    }
  });
}

Collection Collection::Clone(ValueType type, const void* held) {
  return VisitType(type, [held]<typename T>() {
    return Collection(std::make_unique<T>(*static_cast<const T*>(held)));
  });
}

size_t Collection::MemoryBytes(ValueType type, const void* held) {
  return VisitType(type, [held]<typename T>() {
    return HeapBytes(sizeof(T)) + static_cast<const T*>(held)->memory_bytes();
  });
}

}  // namespace kontor
