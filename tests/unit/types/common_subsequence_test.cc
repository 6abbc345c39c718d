#include "types/common_subsequence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "base/random.h"
#include "unit/test_seed.h"
#include "unit/types/memory.h"

namespace kontor {
namespace {

using Matches = std::vector<std::tuple<size_t, size_t, size_t>>;

Matches MatchesOf(const CommonSubsequence& common) {
  Matches matches;
  for (const auto& match : common.Matches()) matches.emplace_back(match.a, match.b, match.length);
  return matches;
}

// The textbook's table of lengths, and the way back through it that Redis takes.
struct Model {
  Model(const std::string& a, const std::string& b) {
    std::vector<std::vector<size_t>> lengths(a.size() + 1, std::vector<size_t>(b.size() + 1));
    for (size_t i = 1; i <= a.size(); ++i) {
      for (size_t j = 1; j <= b.size(); ++j) {
        lengths[i][j] = a[i - 1] == b[j - 1] ? lengths[i - 1][j - 1] + 1
                                             : std::max(lengths[i - 1][j], lengths[i][j - 1]);
      }
    }
    size_t i = a.size();
    size_t j = b.size();
    while (i > 0 && j > 0) {
      if (a[i - 1] == b[j - 1]) {
        --i;
        --j;
        text.insert(text.begin(), a[i]);
        const bool extends = !matches.empty() && std::get<0>(matches.back()) == i + 1 &&
                             std::get<1>(matches.back()) == j + 1;
        matches.emplace_back(i, j, extends ? std::get<2>(matches.back()) + 1 : 1);
        if (extends) matches.erase(matches.end() - 2);
      } else {
        lengths[i - 1][j] > lengths[i][j - 1] ? --i : --j;
      }
    }
  }

  std::string text;
  Matches matches;
};

std::string RandomText(Random* random, size_t longest, uint64_t letters) {
  std::string text(random->Below(longest + 1), '\0');
  for (char& c : text) c = static_cast<char>(random->Below(letters));
  return text;
}

TEST(CommonSubsequenceTest, IsTheOneOfTheTextbook) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (int round = 0; round < 4000; ++round) {
    // Of few letters much is in common, of many little, and what there is lies words apart.
    const size_t longest = round % 20 == 0 ? 400 : 70;
    const uint64_t letters = random.OneIn(2) ? 20 + random.Below(237) : 1 + random.Below(4);
    const std::string a = RandomText(&random, longest, letters);
    const std::string b = RandomText(&random, longest, letters);
    const Model model(a, b);
    const CommonSubsequence common(a, b);
    ASSERT_EQ(common.text(), model.text);
    ASSERT_EQ(common.length(), model.text.size());
    ASSERT_EQ(CommonSubsequence::LengthOf(a, b), model.text.size());
    ASSERT_EQ(MatchesOf(common), model.matches);
  }
}

TEST(CommonSubsequenceTest, OfEmptyStrings) {
  for (const auto& [a, b] : {std::pair<Bytes, Bytes>{"", ""}, {"abc", ""}, {"", "abc"}}) {
    EXPECT_EQ(CommonSubsequence(a, b).text(), "");
    EXPECT_EQ(CommonSubsequence::LengthOf(a, b), 0u);
    EXPECT_EQ(MatchesOf(CommonSubsequence(a, b)), Matches());
  }
}

TEST(CommonSubsequenceTest, LengthsAreSummedUpAcrossWords) {
  const std::string a(1000, 'a');
  for (const size_t length : {1u, 63u, 64u, 65u, 127u, 128u, 129u, 999u, 1000u, 2000u}) {
    const std::string b(length, 'a');
    EXPECT_EQ(CommonSubsequence::LengthOf(a, b), std::min<size_t>(length, 1000));
    EXPECT_EQ(CommonSubsequence::LengthOf(b, a), std::min<size_t>(length, 1000));
  }
}

TEST(CommonSubsequenceTest, TakesABitForEachPair) {
  const std::string text(4096, 'a');
  const size_t before = testing_memory::live_bytes;
  const CommonSubsequence common(text, text);
  EXPECT_LT(testing_memory::live_bytes - before, 4200u * 4096 / 8);
}

}  // namespace
}  // namespace kontor
