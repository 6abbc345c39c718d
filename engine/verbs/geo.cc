#include "verbs/geo.h"

#include <algorithm>
#include <cstddef>

namespace kontor::verbs {
namespace {

// Appends what the shape contains of one range of scores, until there are `limit` (0: no limit).
void AppendMatches(const SortedSet& set, const GeoShape& shape, const GeohashRange& range,
                   uint64_t limit, std::vector<GeoMatch>* matches) {
  const auto first = static_cast<double>(range.first);
  const auto end = static_cast<double>(range.end);
  for (auto each = set.From(set.CountBelow(first, /*including=*/false));
       each.valid() && each.score() < end; each.Next()) {
    GeoMatch match{{Element(), each.score()}, PointOfScore(each.score())};
    if (!shape.Contains(match.position, &match.distance_m)) continue;
    match.member.member = each.member();
    matches->push_back(match);
    if (matches->size() == limit) return;
  }
}

// Those that come first in that order; what is equally far stays in the order it was found in.
void SortMatches(GeoOrder order, size_t wanted, std::vector<GeoMatch>* matches) {
  const auto before = [order](const GeoMatch& one, const GeoMatch& other) {
    return order == GeoOrder::kNearestFirst ? one.distance_m < other.distance_m
                                            : one.distance_m > other.distance_m;
  };
  std::stable_sort(matches->begin(), matches->end(), before);
  matches->resize(wanted);
}

}  // namespace

std::optional<GeoPoint> GeoPosition(const SortedSet* set, Bytes member) {
  if (set == nullptr) return std::nullopt;
  const std::optional<double> score = set->Score(member);
  if (!score.has_value()) return std::nullopt;
  return PointOfScore(*score);
}

std::vector<GeoMatch> GeoSearch(const SortedSet& set, const GeoShape& shape,
                                const GeoSearchOptions& options) {
  std::vector<GeoMatch> matches;
  const uint64_t limit = options.any ? options.count : 0;
  for (const GeohashRange& range : RangesCovering(shape)) {
    if (limit != 0 && matches.size() >= limit) break;
    AppendMatches(set, shape, range, limit, &matches);
  }
  size_t wanted = matches.size();
  if (options.count != 0) wanted = std::min<uint64_t>(wanted, options.count);
  const bool nearest = options.count != 0 && !options.any;
  GeoOrder order = options.order;
  if (order == GeoOrder::kNone && nearest) order = GeoOrder::kNearestFirst;
  if (order != GeoOrder::kNone) SortMatches(order, wanted, &matches);
  return matches;
}

}  // namespace kontor::verbs
