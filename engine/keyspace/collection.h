#ifndef KONTOR_KEYSPACE_COLLECTION_H_
#define KONTOR_KEYSPACE_COLLECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "types/hash.h"
#include "types/list.h"
#include "types/set.h"
#include "types/sorted_set.h"
#include "types/stream.h"

namespace kontor {

// The values are those of a record's header; those of other types follow.
enum class ValueType : uint8_t { kString, kHash, kList, kSet, kSortedSet, kStream };

// The name TYPE answers.
Bytes TypeName(ValueType type);

template <typename T>
inline constexpr ValueType kTypeOf = ValueType::kString;
template <>
inline constexpr ValueType kTypeOf<Hash> = ValueType::kHash;
template <>
inline constexpr ValueType kTypeOf<List> = ValueType::kList;
template <>
inline constexpr ValueType kTypeOf<Set> = ValueType::kSet;
template <>
inline constexpr ValueType kTypeOf<SortedSet> = ValueType::kSortedSet;
template <>
inline constexpr ValueType kTypeOf<Stream> = ValueType::kStream;

// Whether a key goes with what is last in its collection.
template <typename T>
inline constexpr bool kGoesWhenEmpty = true;
template <>
inline constexpr bool kGoesWhenEmpty<Stream> = false;

// Calls visit.template operator()<T>() with the class of a type that is no string: the one place
// where types become classes.
template <typename Visitor>
decltype(auto) VisitType(ValueType type, Visitor visit) {
  switch (type) {
    case ValueType::kList:
      return visit.template operator()<List>();
    case ValueType::kSet:
      return visit.template operator()<Set>();
    case ValueType::kSortedSet:
      return visit.template operator()<SortedSet>();
    case ValueType::kStream:
      return visit.template operator()<Stream>();
    default:
      return visit.template operator()<Hash>();
  }
}

// A hash, a list, a set... outside of any record, or nothing. It owns what it holds. A record keeps
// the bare pointer, and knows the type.
class Collection {
 public:
  Collection() = default;
  template <typename T>
  explicit Collection(std::unique_ptr<T> owned) : type_(kTypeOf<T>), held_(owned.release()) {
    static_assert(kTypeOf<T> != ValueType::kString);
  }
  ~Collection() { Destroy(); }
  Collection(Collection&& other) noexcept
      : type_(other.type_), held_(std::exchange(other.held_, nullptr)) {}
  Collection& operator=(Collection&& other) noexcept {
    std::swap(type_, other.type_);
    std::swap(held_, other.held_);
    return *this;
  }

  explicit operator bool() const { return held_ != nullptr; }
  // Of one that is not empty.
  ValueType type() const { return type_; }

  // One of the two must be undone by the other.
  void* ReleaseToRecord() { return std::exchange(held_, nullptr); }
  static Collection OfRecord(ValueType type, void* held) { return Collection(type, held); }

  // With the object itself; of one that is not empty.
  size_t memory_bytes() const { return MemoryBytes(type_, held_); }
  // Frees up to so many entries of a collection that nothing else is done with any more. False once
  // its destructor takes no time.
  bool FreeSome(size_t entries);

  // Of what a record keeps.
  static Collection Clone(ValueType type, const void* held);
  // With the object itself.
  static size_t MemoryBytes(ValueType type, const void* held);

 private:
  Collection(ValueType type, void* held) : type_(type), held_(held) {}
  void Destroy();

  ValueType type_ = ValueType::kHash;
  void* held_ = nullptr;
};

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_COLLECTION_H_
