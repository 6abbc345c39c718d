#include "types/geohash.h"

#include <algorithm>
#include <cmath>

namespace kontor {
namespace {

constexpr uint32_t kFinestStep = 26;  // halvings of each coordinate
constexpr uint32_t kScoreBits = 2 * kFinestStep;
constexpr double kEarthRadiusM = 6372797.560856;
constexpr double kHalfEquatorM = 20037726.37;
constexpr double kRadiansPerDegree = M_PI / 180;

double Radians(double degrees) { return degrees * kRadiansPerDegree; }
double Degrees(double radians) { return radians / kRadiansPerDegree; }

// One bit of each pair of bits: the masks of H. Warren, "Hacker's Delight", chapter 7.
constexpr uint64_t kPairs = 0x5555555555555555;
constexpr uint64_t kNibbles = 0x3333333333333333;
constexpr uint64_t kBytes = 0x0f0f0f0f0f0f0f0f;
constexpr uint64_t kHalfWords = 0x00ff00ff00ff00ff;
constexpr uint64_t kWords = 0x0000ffff0000ffff;

uint64_t Spread(uint32_t number) {
  uint64_t bits = number;
  bits = (bits | bits << 16) & kWords;
  bits = (bits | bits << 8) & kHalfWords;
  bits = (bits | bits << 4) & kBytes;
  bits = (bits | bits << 2) & kNibbles;
  return (bits | bits << 1) & kPairs;
}

uint32_t Gather(uint64_t bits) {
  bits &= kPairs;
  bits = (bits | bits >> 1) & kNibbles;
  bits = (bits | bits >> 2) & kBytes;
  bits = (bits | bits >> 4) & kHalfWords;
  bits = (bits | bits >> 8) & kWords;
  return static_cast<uint32_t>(bits | bits >> 16);
}

// One of the 4^step cells of the world, by column and row. A point on an upper bound lies in a
// column or row behind the last.
struct Cell {
  uint32_t step;
  uint32_t column;
  uint32_t row;

  uint64_t bits() const { return Spread(column) << 1 | Spread(row); }
  bool operator==(const Cell& other) const {
    return step == other.step && column == other.column && row == other.row;
  }
};

struct Area {
  GeoPoint least;
  GeoPoint most;
};

// Which of 2^step parts of [-bound, bound].
uint32_t PartOf(double coordinate, double bound, uint32_t step) {
  const double offset = (coordinate - -bound) / (bound - -bound);
  return static_cast<uint32_t>(offset * static_cast<double>(uint64_t{1} << step));
}

Cell CellOf(const GeoPoint& point, uint32_t step, double latitude_bound = kLatitudeBound) {
  return {step, PartOf(point.longitude, kLongitudeBound, step),
          PartOf(point.latitude, latitude_bound, step)};
}

double BeginOfPart(uint32_t part, double bound, uint32_t step) {
  return -bound + (part * 1.0 / static_cast<double>(uint64_t{1} << step)) * (bound - -bound);
}

Area AreaOf(const Cell& cell) {
  return {{BeginOfPart(cell.column, kLongitudeBound, cell.step),
           BeginOfPart(cell.row, kLatitudeBound, cell.step)},
          {BeginOfPart(cell.column + 1, kLongitudeBound, cell.step),
           BeginOfPart(cell.row + 1, kLatitudeBound, cell.step)}};
}

// So many columns and rows away, each -1, 0 or 1; around the world in both directions.
Cell Neighbor(const Cell& cell, int columns, int rows) {
  const uint32_t mask = (uint32_t{1} << cell.step) - 1;
  Cell neighbor = cell;
  if (columns != 0) neighbor.column = (cell.column + static_cast<uint32_t>(columns)) & mask;
  if (rows != 0) neighbor.row = (cell.row + static_cast<uint32_t>(rows)) & mask;
  return neighbor;
}

// What a score that is no geohash stands for is what the conversion of x86-64 makes of it, as in
// Redis.
uint64_t BitsOfScore(double score) {
  constexpr double kSignBit = 0x1p63;
  const auto truncate = [](double number) {
    const bool fits = number >= -kSignBit && number < kSignBit;  // NaN does not
    return static_cast<uint64_t>(fits ? static_cast<int64_t>(number) : INT64_MIN);
  };
  return score < kSignBit ? truncate(score) : truncate(score - kSignBit) ^ uint64_t { 1 } << 63;
}

double MetersAlongMeridian(double one_latitude, double other_latitude) {
  return kEarthRadiusM * std::abs(Radians(other_latitude) - Radians(one_latitude));
}

// The step at which the nine cells around a point hold everything within this distance: nearly
// always, which RangesCovering checks.
uint32_t StepFor(double distance_m, double latitude) {
  if (distance_m == 0) return kFinestStep;
  int step = 1;
  while (distance_m < kHalfEquatorM) {
    distance_m *= 2;
    ++step;
  }
  step -= 2;
  if (std::abs(latitude) > 66) --step;  // cells get narrower towards the poles
  if (std::abs(latitude) > 80) --step;
  return static_cast<uint32_t>(std::clamp(step, 1, int{kFinestStep}));
}

Area BoundingBox(const GeoShape& shape) {
  const double half_height_m = shape.is_box ? shape.height_m / 2 : shape.radius_m;
  const double half_width_m = shape.is_box ? shape.width_m / 2 : shape.radius_m;
  const GeoPoint& center = shape.center;
  const double rows = Degrees(half_height_m / kEarthRadiusM);
  // Parallels are shortest at the side that is nearer to a pole.
  const double narrow = center.latitude < 0 ? center.latitude - rows : center.latitude + rows;
  const double columns = Degrees(half_width_m / kEarthRadiusM / std::cos(Radians(narrow)));
  return {{center.longitude - columns, center.latitude - rows},
          {center.longitude + columns, center.latitude + rows}};
}

// Whether the cells next to this one reach to the ends of the box.
bool Reaches(const Cell& cell, const Area& box) {
  return !(AreaOf(Neighbor(cell, 0, 1)).most.latitude < box.most.latitude) &&
         !(AreaOf(Neighbor(cell, 0, -1)).least.latitude > box.least.latitude) &&
         !(AreaOf(Neighbor(cell, 1, 0)).most.longitude < box.most.longitude) &&
         !(AreaOf(Neighbor(cell, -1, 0)).least.longitude > box.least.longitude);
}

GeohashRange RangeOf(const Cell& cell) {
  const uint32_t finer_bits = kScoreBits - 2 * cell.step;
  return {cell.bits() << finer_bits, (cell.bits() + 1) << finer_bits};
}

}  // namespace

bool HasGeohash(const GeoPoint& point) {
  return point.longitude >= -kLongitudeBound && point.longitude <= kLongitudeBound &&
         point.latitude >= -kLatitudeBound && point.latitude <= kLatitudeBound;
}

uint64_t GeohashOf(const GeoPoint& point) { return CellOf(point, kFinestStep).bits(); }

GeoPoint PointOfScore(double score) {
  const uint64_t bits = BitsOfScore(score);
  const Area area = AreaOf({kFinestStep, Gather(bits >> 1), Gather(bits)});
  const double longitude = (area.least.longitude + area.most.longitude) / 2;
  const double latitude = (area.least.latitude + area.most.latitude) / 2;
  return {std::clamp(longitude, -kLongitudeBound, kLongitudeBound),
          std::clamp(latitude, -kLatitudeBound, kLatitudeBound)};
}

std::string GeohashText(const GeoPoint& point) {
  constexpr Bytes kAlphabet = "0123456789bcdefghjkmnpqrstuvwxyz";
  constexpr uint32_t kBitsPerLetter = 5;
  constexpr uint32_t kLetters = kScoreBits / kBitsPerLetter;
  const uint64_t bits = CellOf(point, kFinestStep, /*latitude_bound=*/90).bits();
  std::string text;
  for (uint32_t letter = 1; letter <= kLetters; ++letter) {
    text.push_back(kAlphabet[bits >> (kScoreBits - letter * kBitsPerLetter) & 31]);
  }
  return text + "0";
}

double MetersBetween(const GeoPoint& one, const GeoPoint& other) {
  const double v = std::sin((Radians(other.longitude) - Radians(one.longitude)) / 2);
  if (v == 0) return MetersAlongMeridian(one.latitude, other.latitude);
  const double one_latitude = Radians(one.latitude);
  const double other_latitude = Radians(other.latitude);
  const double u = std::sin((other_latitude - one_latitude) / 2);
  const double a = u * u + std::cos(one_latitude) * std::cos(other_latitude) * v * v;
  // Rounding may make it more than 1 at the other end of the world, where Redis answers "nan".
  return 2.0 * kEarthRadiusM * std::asin(std::sqrt(std::min(a, 1.0)));
}

bool GeoShape::Contains(const GeoPoint& point, double* distance_m) const {
  if (is_box) {
    if (MetersAlongMeridian(point.latitude, center.latitude) > height_m / 2) return false;
    const GeoPoint below = {center.longitude, point.latitude};
    if (MetersBetween(point, below) > width_m / 2) return false;
  }
  *distance_m = MetersBetween(center, point);
  return is_box || !(*distance_m > radius_m);
}

std::vector<GeohashRange> RangesCovering(const GeoShape& shape) {
  const Area box = BoundingBox(shape);
  const double reach_m = shape.is_box ? std::sqrt((shape.width_m / 2) * (shape.width_m / 2) +
                                                  (shape.height_m / 2) * (shape.height_m / 2))
                                      : shape.radius_m;
  uint32_t step = StepFor(reach_m, shape.center.latitude);
  if (step > 1 && !Reaches(CellOf(shape.center, step), box)) --step;
  const Cell center = CellOf(shape.center, step);
  const Area area = AreaOf(center);
  // A neighbour beyond a side that the shape does not reach is left out.
  const bool prunes = step >= 2;
  const bool south = !prunes || !(area.least.latitude < box.least.latitude);
  const bool north = !prunes || !(area.most.latitude > box.most.latitude);
  const bool west = !prunes || !(area.least.longitude < box.least.longitude);
  const bool east = !prunes || !(area.most.longitude > box.most.longitude);
  struct Step {
    int columns;
    int rows;
    bool wanted;
  };
  const Step steps[] = {{0, 1, north},          {0, -1, south},         {1, 0, east},
                        {-1, 0, west},          {1, 1, north && east},  {-1, 1, north && west},
                        {1, -1, south && east}, {-1, -1, south && west}};
  std::vector<GeohashRange> ranges = {RangeOf(center)};
  Cell last = center;
  for (const Step& each : steps) {
    const Cell neighbor = Neighbor(center, each.columns, each.rows);
    // In a world of four cells the neighbours on both sides are the same.
    if (!each.wanted || neighbor == last) continue;
    ranges.push_back(RangeOf(neighbor));
    last = neighbor;
  }
  return ranges;
}

}  // namespace kontor
