#include "types/geohash.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace kontor {
namespace {

TEST(GeohashTest, IsThatOfRedis) {
  EXPECT_EQ(GeohashOf({13.361389, 38.115556}), 3479099956230698u);
  EXPECT_EQ(GeohashOf({15.087269, 37.502669}), 3479447370796909u);
  EXPECT_EQ(GeohashOf({-180, -85.05112878}), 0u);
  // Behind the last column and row.
  EXPECT_EQ(GeohashOf({180, 85.05112878}), 13510798882111488u);
}

TEST(GeohashTest, APointIsWhereItsCellIs) {
  for (double longitude = -180; longitude <= 180; longitude += 7.3) {
    for (double latitude = -85; latitude <= 85; latitude += 4.1) {
      const GeoPoint point = PointOfScore(static_cast<double>(GeohashOf({longitude, latitude})));
      EXPECT_NEAR(point.longitude, longitude, 360.0 / (1 << 26));
      EXPECT_NEAR(point.latitude, latitude, 171.0 / (1 << 26));
    }
  }
}

TEST(GeohashTest, AnyScoreIsSomePoint) {
  for (const double score :
       {-1.0, -1.5, 0x1p63, 0x1p64, -0x1p63, 1e300, -1e300, std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    EXPECT_TRUE(HasGeohash(PointOfScore(score))) << score;
  }
}

TEST(GeohashTest, BoundsAreIncluded) {
  EXPECT_TRUE(HasGeohash({180, 85.05112878}));
  EXPECT_TRUE(HasGeohash({-180, -85.05112878}));
  EXPECT_FALSE(HasGeohash({180.0000001, 0}));
  EXPECT_FALSE(HasGeohash({0, -85.0511288}));
  EXPECT_FALSE(HasGeohash({std::nan(""), 0}));
}

TEST(GeohashTest, Text) {
  EXPECT_EQ(GeohashText({-5.6, 42.6}), "ezs42e44yx0");  // the example of the algorithm's author
  EXPECT_EQ(GeohashText({0, 0}), "s0000000000");
}

TEST(GeohashTest, Distances) {
  EXPECT_EQ(MetersBetween({1, 1}, {1, 1}), 0);
  EXPECT_NEAR(MetersBetween({0, 0}, {0, 1}), 111226, 1);
  EXPECT_NEAR(MetersBetween({179.5, 0}, {-179.5, 0}), 111226, 1);
  EXPECT_NEAR(MetersBetween({0, 0}, {180, 0}), 20020734, 1);
  // Where rounding would make the sine of half the angle more than 1.
  for (double latitude = -85; latitude < 85; latitude += 0.37) {
    for (double longitude = -180; longitude < 0; longitude += 0.91) {
      EXPECT_FALSE(std::isnan(MetersBetween({longitude, latitude}, {longitude + 180, -latitude})));
    }
  }
}

bool IsCovered(const std::vector<GeohashRange>& ranges, const GeoPoint& point) {
  const uint64_t hash = GeohashOf(point);
  for (const GeohashRange& range : ranges) {
    if (hash >= range.first && hash < range.end) return true;
  }
  return false;
}

// The shapes stay away from where the map ends, as no cells beyond it are looked at.
TEST(GeohashTest, WhatAShapeContainsIsCovered) {
  for (const double radius_m : {0.5, 40.0, 3000.0, 250'000.0, 2'000'000.0}) {
    for (const GeoPoint center :
         {GeoPoint{0, 0}, GeoPoint{13.3, 38.1}, GeoPoint{-60, -40}, GeoPoint{100, 60}}) {
      const double degrees = radius_m / 111'000;
      for (const GeoShape& shape :
           {GeoShape{.center = center, .radius_m = radius_m},
            GeoShape{
                .center = center, .is_box = true, .width_m = radius_m, .height_m = 2 * radius_m}}) {
        const std::vector<GeohashRange> ranges = RangesCovering(shape);
        EXPECT_LE(ranges.size(), 9u);
        for (int x = -20; x <= 20; ++x) {
          for (int y = -20; y <= 20; ++y) {
            const GeoPoint point = {center.longitude + x * degrees / 10,
                                    center.latitude + y * degrees / 20};
            double distance_m = 0;
            if (!HasGeohash(point) || !shape.Contains(point, &distance_m)) continue;
            EXPECT_TRUE(IsCovered(ranges, point))
                << radius_m << " m around " << center.longitude << " " << center.latitude << ": "
                << point.longitude << " " << point.latitude;
          }
        }
      }
    }
  }
}

TEST(GeohashTest, BoxesAndCirclesIncludeTheirBorder) {
  double distance_m = 0;
  const GeoPoint north = {0, 1};
  const double meters = MetersBetween({0, 0}, north);
  EXPECT_TRUE((GeoShape{.center = {}, .radius_m = meters}.Contains(north, &distance_m)));
  EXPECT_EQ(distance_m, meters);
  EXPECT_FALSE((GeoShape{.center = {}, .radius_m = meters - 0.001}.Contains(north, &distance_m)));
  const GeoShape box = {.center = {}, .is_box = true, .width_m = 1, .height_m = 2 * meters};
  EXPECT_TRUE(box.Contains(north, &distance_m));
  EXPECT_FALSE(box.Contains({0, 1.0001}, &distance_m));
  EXPECT_FALSE(box.Contains({0.0001, 0}, &distance_m));
}

}  // namespace
}  // namespace kontor
