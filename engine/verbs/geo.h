#ifndef KONTOR_VERBS_GEO_H_
#define KONTOR_VERBS_GEO_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/geohash.h"
#include "types/sorted_set.h"
#include "verbs/sorted_sets.h"

namespace kontor::verbs {

// Sorted sets as places on a map: the score of a member is the geohash of its position, so members
// are added, removed and counted by what sorted_sets.h has.

// None if there is no such member. `set` may be null.
std::optional<GeoPoint> GeoPosition(const SortedSet* set, Bytes member);

enum class GeoOrder : uint32_t { kNone = 0, kNearestFirst = 1, kFarthestFirst = 2 };
struct GeoSearchOptions {
  GeoOrder order = GeoOrder::kNone;
  uint64_t count = 0;  // 0: all
  // The first `count` that are found will do; else they are the nearest, or the farthest.
  bool any = false;
};
struct GeoMatch {
  SortedSet::Member member;  // borrowed from the set
  GeoPoint position;
  double distance_m = 0;  // from the center of the shape
};
// The members inside a shape.
std::vector<GeoMatch> GeoSearch(const SortedSet& set, const GeoShape& shape,
                                const GeoSearchOptions& options);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_GEO_H_
