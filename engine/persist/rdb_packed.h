#ifndef KONTOR_PERSIST_RDB_PACKED_H_
#define KONTOR_PERSIST_RDB_PACKED_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "base/bytes.h"
#include "persist/rdb_reader.h"
#include "types/packed.h"

namespace kontor {

// The strings that hold whole small collections in RDB files. Nobody vouches for their bytes: each
// of these answers false if they are malformed in any part, or if `visit` did, by which time it may
// have been called for some elements.
using VisitElement = absl::FunctionRef<bool(const Element&)>;
using VisitPair = absl::FunctionRef<bool(const Element&, const Element&)>;

bool ForEachInListpack(Bytes listpack, VisitElement visit);  // since Redis 7.0; streams earlier
bool ForEachInZiplist(Bytes ziplist, VisitElement visit);    // before
bool ForEachInIntset(Bytes intset, VisitElement visit);
bool ForEachInZipmap(Bytes zipmap, VisitPair visit);  // before Redis 2.6

// Calls visit_pair(first, second) for two elements at a time that `for_each(packed, visit)` visits.
template <typename ForEach>
bool ForEachPair(Bytes packed, ForEach for_each, VisitPair visit_pair) {
  Element first;
  bool has_first = false;
  const bool read = for_each(packed, [&](const Element& element) {
    has_first = !has_first;
    if (!has_first) return visit_pair(first, element);
    first = element;
    return true;
  });
  return read && !has_first;
}

// A listpack one element after the other, where what comes next depends on what was read.
class ListpackReader {
 public:
  // The listpack must last as long as the reader, and as what it reads.
  explicit ListpackReader(Bytes listpack);

  // False if it is malformed so far, or at its end.
  bool Read(Element* element);
  bool ReadInteger(int64_t* integer);
  // Whether an element follows, malformed or not.
  bool HasMore() const;
  // Whether all of it was read, and there was as much as it promised.
  bool AtEnd() const;

 private:
  RdbReader reader_;
  bool is_well_formed_;
  uint64_t promised_ = 0;  // elements
  uint64_t read_ = 0;
};

// Makes a listpack. It may become as large as 4 GiB.
class ListpackWriter {
 public:
  // Held as an integer if that reads the same.
  void Add(Bytes text);
  void Add(int64_t integer);
  // All that was added to another one.
  void Add(const ListpackWriter& other);

  // What its elements take so far.
  size_t bytes() const { return elements_.size(); }
  std::string Finish() const;

 private:
  // Of the element that begins at this offset and is written but for that.
  void AddBackwardLength(size_t begin);

  std::string elements_;
  uint64_t count_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_PERSIST_RDB_PACKED_H_
