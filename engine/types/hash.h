#ifndef KONTOR_TYPES_HASH_H_
#define KONTOR_TYPES_HASH_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/heap_bytes.h"
#include "types/dense_table.h"
#include "types/packed.h"
#include "types/sorted_set.h"

namespace kontor {

// The hash type: fields and values. While it is small it is packed, field after value; once it is
// not it is a table, and stays one. Fields have places 0 to size() - 1. Those that have a deadline
// are members of a sorted set besides, with their deadlines as scores; time does not pass here, so
// a field stays until it is deleted.
//
// A change that finds no memory throws std::bad_alloc and changes nothing; a deletion needs none,
// nor does setting back a value, or a deadline, that another one replaced. Bytes given must not lie
// in the hash. Not thread-safe. What is returned lasts until the next change.
class Hash {
 public:
  // A hash with more fields, or a longer field or value, is a table.
  static constexpr size_t kPackedFields = 128;
  static constexpr size_t kPackedBytes = 64;

  struct Field {
    Element field;
    Element value;
  };

  Hash() = default;
  Hash(const Hash& other);
  Hash& operator=(const Hash&) = delete;
  ~Hash() = default;

  size_t size() const { return is_large() ? rest_->table->size() : pairs_.size() / 2; }
  // None if there is no such field.
  std::optional<Element> Find(Bytes field) const;
  // True if the field is new; if it is not it keeps its deadline.
  bool Set(Bytes field, Bytes value);
  // False if there was no such field.
  bool Delete(Bytes field);

  // Deadlines are Unix milliseconds from 1 to kLatestDeadline; 0: none.
  static constexpr int64_t kLatestDeadlineUnixMs = (int64_t{1} << 46) - 1;  // as in Redis
  int64_t DeadlineOf(Bytes field) const;
  // The field must be there.
  void SetDeadline(Bytes field, int64_t deadline_unix_ms);
  size_t deadlines() const { return has_deadlines() ? rest_->deadlines->size() : 0; }
  // 0 if no field has one.
  int64_t earliest_deadline_unix_ms() const;
  size_t CountOverdue(int64_t now_unix_ms) const;
  // Those with the earliest deadlines; `count` is at most deadlines().
  void DeleteEarliest(size_t count);
  // Visits so many of them, earliest first: visit(field, deadline_unix_ms).
  template <typename Visitor>
  void ForEachEarliest(size_t count, Visitor visit) const;

  // For HRANDFIELD: place in [0, size). No order is promised.
  Field at(size_t place) const;
  // Visits every field.
  template <typename Visitor>
  void ForEach(Visitor visit) const;
  // Visits up to `count` fields below the cursor, high to low, and answers the next cursor, 0 when
  // the walk is over: a field that is there throughout is met. A small hash is visited at once.
  // Begin with kScanStart.
  template <typename Visitor>
  uint64_t Scan(uint64_t cursor, uint64_t count, Visitor visit) const;
  static constexpr uint64_t kScanStart = UINT64_MAX;

  // For freeing a large hash in steps: see DenseTable::FreeSome.
  bool FreeSome(size_t count) {
    if (has_deadlines() && rest_->deadlines->FreeSome(count)) return true;
    return is_large() && rest_->table->FreeSome(count);
  }
  // What its allocations take of the heap, this object not included.
  size_t memory_bytes() const;

 private:
  Field PackedAt(Packed::Place place) const {
    return {pairs_.At(place), pairs_.At(pairs_.Next(place))};
  }
  static Field FieldOf(const DenseTable::Pair& pair) {
    return {Element(pair.key), Element(pair.value)};
  }

  // What a small hash without deadlines does without, for a pointer: there are many of those.
  struct Rest {
    std::optional<DenseTable> table;       // none while the hash is small
    std::unique_ptr<SortedSet> deadlines;  // null while no field has one
  };

  bool is_large() const { return rest_ != nullptr && rest_->table.has_value(); }
  bool has_deadlines() const { return rest_ != nullptr && rest_->deadlines != nullptr; }
  // With this field as well, which does not fit. Whether it is new.
  bool BecomeLarge(Bytes field, Bytes value);
  bool DeleteField(Bytes field);
  void DropDeadlines();

  Packed pairs_;                // empty once there is a table
  std::unique_ptr<Rest> rest_;  // null while nothing of it is there
};

template <typename Visitor>
void Hash::ForEach(Visitor visit) const {
  for (Packed::Place place = 0; place != pairs_.end(); place = pairs_.Next(pairs_.Next(place))) {
    visit(PackedAt(place));
  }
  if (!is_large()) return;
  const DenseTable& table = *rest_->table;
  for (size_t place = 0; place < table.size(); ++place) visit(FieldOf(table.at(place)));
}

template <typename Visitor>
void Hash::ForEachEarliest(size_t count, Visitor visit) const {
  if (count == 0) return;  // and there may be none
  SortedSet::Iterator each = rest_->deadlines->From(0);
  for (; count > 0; --count, each.Next()) {
    const Element field = each.member();
    visit(field.bytes(), static_cast<int64_t>(each.score()));
  }
}

template <typename Visitor>
uint64_t Hash::Scan(uint64_t cursor, uint64_t count, Visitor visit) const {
  if (!is_large()) {
    ForEach(visit);
    return 0;
  }
  size_t next = std::min<uint64_t>(cursor, size());
  for (; next > 0 && count > 0; --count) visit(FieldOf(rest_->table->at(--next)));
  return next;
}

}  // namespace kontor

#endif  // KONTOR_TYPES_HASH_H_
