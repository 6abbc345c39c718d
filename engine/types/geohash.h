#ifndef KONTOR_TYPES_GEOHASH_H_
#define KONTOR_TYPES_GEOHASH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kontor {

// Places on the earth as numbers that lie close together where the places do (G. Niemeyer,
// "geohash", 2008): longitude and latitude are halved in turn, 26 times each, and each bit says
// which half. The encoding is Redis' own, whose latitudes end where the Mercator projection does,
// and so is every step of the arithmetic: results are compared with Redis' to the last digit.

// Degrees. A point must lie within the bounds to have a geohash.
struct GeoPoint {
  double longitude = 0;
  double latitude = 0;
};
inline constexpr double kLongitudeBound = 180;
inline constexpr double kLatitudeBound = 85.05112878;
bool HasGeohash(const GeoPoint& point);

// 52 bits (53 or 54 of points on the upper bounds): the score under which a sorted set has it.
uint64_t GeohashOf(const GeoPoint& point);
// The middle of the cell that has the geohash; any score gives some point.
GeoPoint PointOfScore(double score);
// The eleven letters that geohash.org knows the point by, of which the last one is always 0.
std::string GeohashText(const GeoPoint& point);

// Along the great circle, by the haversine formula.
double MetersBetween(const GeoPoint& one, const GeoPoint& other);

// A circle, or a box whose sides run along the meridian and the parallel.
struct GeoShape {
  GeoPoint center;
  bool is_box = false;
  double radius_m = 0;  // of a circle
  double width_m = 0;   // of a box
  double height_m = 0;

  // If so, *distance_m is how far it is from the center.
  bool Contains(const GeoPoint& point, double* distance_m) const;
};

// Scores in [first, end).
struct GeohashRange {
  uint64_t first = 0;
  uint64_t end = 0;
};
// Up to nine ranges that together hold whatever the shape contains, in the order in which Redis
// looks through them: the center's cell, and those of its neighbours that the shape may reach.
std::vector<GeohashRange> RangesCovering(const GeoShape& shape);

}  // namespace kontor

#endif  // KONTOR_TYPES_GEOHASH_H_
