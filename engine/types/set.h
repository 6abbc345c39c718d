#ifndef KONTOR_TYPES_SET_H_
#define KONTOR_TYPES_SET_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <variant>

#include "base/bytes.h"
#include "base/heap_bytes.h"
#include "types/dense_table.h"
#include "types/integer_set.h"
#include "types/packed.h"

namespace kontor {

// The set type: different members. A small one is a sorted array while all of them are integers,
// else packed; a large one is a table, and stays one. Members have places 0 to size() - 1.
//
// A change that finds no memory throws std::bad_alloc and changes nothing; a removal needs none.
// Bytes given must not lie in the set. Not thread-safe. What is returned lasts until the next
// change.
class Set {
 public:
  // A set with more members, or a longer one, is a table.
  static constexpr size_t kArrayIntegers = 512;
  static constexpr size_t kPackedMembers = 128;
  static constexpr size_t kPackedBytes = 64;

  Set() = default;
  Set(const Set& other);
  Set& operator=(const Set&) = delete;
  ~Set() = default;

  size_t size() const {
    return std::visit([](const auto& held) { return SizeOf(held); }, members_);
  }
  bool Contains(Bytes member) const;
  // True if it is new.
  bool Add(Bytes member);
  // False if it was not there.
  bool Remove(Bytes member);

  // For a choice at random: place in [0, size). No order is promised.
  Element at(size_t place) const;
  template <typename Visitor>
  void ForEach(Visitor visit) const;
  // Visits up to `count` members below the cursor, high to low, and answers the next cursor, 0 when
  // the walk is over: a member that is there throughout is met. A small set is visited at once.
  // Begin with kScanStart.
  template <typename Visitor>
  uint64_t Scan(uint64_t cursor, uint64_t count, Visitor visit) const;
  static constexpr uint64_t kScanStart = UINT64_MAX;

  enum class Encoding { kIntegers, kPacked, kTable };
  Encoding encoding() const { return static_cast<Encoding>(members_.index()); }

  // What its allocations take of the heap, this object not included.
  size_t memory_bytes() const;
  // For freeing a large set in steps: see DenseTable::FreeSome.
  bool FreeSome(size_t count) { return table() != nullptr && (*table())->FreeSome(count); }

 private:
  using Table = std::unique_ptr<DenseTable>;

  static size_t SizeOf(const IntegerSet& integers) { return integers.size(); }
  static size_t SizeOf(const Packed& packed) { return packed.size(); }
  static size_t SizeOf(const Table& table) { return table->size(); }
  const Table* table() const { return std::get_if<Table>(&members_); }

  bool AddPacked(Packed* packed, Bytes member);
  // The same members, in another form.
  Packed ToPacked() const;
  Table ToTable() const;

  std::variant<IntegerSet, Packed, Table> members_;
};

template <typename Visitor>
void Set::ForEach(Visitor visit) const {
  if (const auto* packed = std::get_if<Packed>(&members_); packed != nullptr) {
    for (Packed::Place place = 0; place != packed->end(); place = packed->Next(place)) {
      visit(packed->At(place));
    }
    return;
  }
  const size_t members = size();
  for (size_t place = 0; place < members; ++place) visit(at(place));
}

template <typename Visitor>
uint64_t Set::Scan(uint64_t cursor, uint64_t count, Visitor visit) const {
  if (table() == nullptr) {
    ForEach(visit);
    return 0;
  }
  size_t next = std::min<uint64_t>(cursor, size());
  for (; next > 0 && count > 0; --count) visit(at(--next));
  return next;
}

}  // namespace kontor

#endif  // KONTOR_TYPES_SET_H_
