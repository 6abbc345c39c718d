#ifndef KONTOR_PERSIST_RDB_PACKED_H_
#define KONTOR_PERSIST_RDB_PACKED_H_

#include "absl/functional/function_ref.h"
#include "base/bytes.h"
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

}  // namespace kontor

#endif  // KONTOR_PERSIST_RDB_PACKED_H_
