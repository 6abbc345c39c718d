#ifndef KONTOR_TESTS_UNIT_TYPES_SORTED_SET_MODEL_H_
#define KONTOR_TESTS_UNIT_TYPES_SORTED_SET_MODEL_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "types/sorted_set.h"

// What a sorted set is compared with.
namespace kontor {

using ScoreModel = std::map<std::string, double>;
using Ranking = std::vector<std::pair<double, std::string>>;

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kExact = 0x1p53;

// Around every border of how a score is stored.
inline constexpr double kBorderScores[] = {0.0,
                                           -0.0,
                                           1,
                                           -1,
                                           112,
                                           113,
                                           -128,
                                           -129,
                                           1e9,
                                           kExact,
                                           -kExact,
                                           kExact - 1,
                                           kExact + 2,
                                           -kExact - 2,
                                           0.1,
                                           -2.5,
                                           kInfinity,
                                           -kInfinity,
                                           std::numeric_limits<double>::max(),
                                           std::numeric_limits<double>::lowest(),
                                           std::numeric_limits<double>::min(),
                                           std::numeric_limits<double>::denorm_min(),
                                           -std::numeric_limits<double>::denorm_min()};

// Few, so that many members share one, or any.
inline double RandomScore(Random* random) {
  switch (random->Below(4)) {
    case 0:
      return kBorderScores[random->Below(std::size(kBorderScores))];
    case 1:
      return static_cast<double>(random->Next()) / 1e9;
    default:
      return static_cast<double>(random->Below(10));
  }
}

inline Ranking RankingOf(const ScoreModel& model) {
  Ranking ranking;
  for (const auto& [member, score] : model) ranking.emplace_back(score, member);
  std::sort(ranking.begin(), ranking.end());
  return ranking;
}

inline Ranking RankingOf(const SortedSet& set) {
  Ranking ranking;
  set.ForEach([&](const SortedSet::Member& each) {
    ranking.emplace_back(each.score, each.member.bytes());
  });
  return ranking;
}

inline Ranking RankingBackwards(const SortedSet& set) {
  Ranking ranking;
  for (SortedSet::Iterator each = set.From(set.size() - 1); each.valid(); each.Previous()) {
    const Element member = each.member();
    ranking.emplace_back(each.score(), member.bytes());
  }
  std::reverse(ranking.begin(), ranking.end());
  return ranking;
}

// To the sign of a zero.
inline bool IsSame(double one, double other) {
  return std::bit_cast<uint64_t>(one) == std::bit_cast<uint64_t>(other);
}

inline void ExpectSame(const SortedSet& set, const ScoreModel& model) {
  const Ranking ranking = RankingOf(model);
  ASSERT_EQ(set.size(), model.size());
  ASSERT_TRUE(RankingOf(set) == ranking);
  ASSERT_TRUE(RankingBackwards(set) == ranking);
  for (size_t rank = 0; rank < ranking.size(); ++rank) {
    const std::string& member = ranking[rank].second;
    ASSERT_EQ(set.RankOf(member), rank);
    ASSERT_TRUE(IsSame(set.Score(member).value(), model.at(member)));
    const SortedSet::Iterator at = set.From(rank);
    ASSERT_TRUE(IsSame(at.score(), model.at(member)));
  }
  ScoreModel by_place;
  for (size_t place = 0; place < set.size(); ++place) {
    const SortedSet::Member each = set.at(place);
    by_place.emplace(each.member.bytes(), each.score);
  }
  ASSERT_TRUE(by_place == model);
}

inline void ExpectSameCounts(const SortedSet& set, const ScoreModel& model, double score) {
  const auto below = std::count_if(model.begin(), model.end(),
                                   [&](const auto& each) { return each.second < score; });
  const auto at_most = std::count_if(model.begin(), model.end(),
                                     [&](const auto& each) { return each.second <= score; });
  ASSERT_EQ(set.CountBelow(score, false), static_cast<size_t>(below));
  ASSERT_EQ(set.CountBelow(score, true), static_cast<size_t>(at_most));
}

inline SortedSet SetOf(const ScoreModel& model) {
  SortedSet set;
  for (const auto& [member, score] : model) set.Set(member, score);
  return set;
}

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_TYPES_SORTED_SET_MODEL_H_
