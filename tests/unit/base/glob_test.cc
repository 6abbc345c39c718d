#include "base/glob.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace kontor {
namespace {

using namespace std::string_view_literals;

TEST(Glob, LiteralsMatchOnlyThemselves) {
  EXPECT_TRUE(GlobMatch("news", "news"));
  EXPECT_FALSE(GlobMatch("news", "new"));
  EXPECT_FALSE(GlobMatch("news", "newss"));
  EXPECT_FALSE(GlobMatch("news", "News"));
  EXPECT_TRUE(GlobMatch("", ""));
  EXPECT_FALSE(GlobMatch("", "a"));
  EXPECT_FALSE(GlobMatch("a", ""));
}

TEST(Glob, StarMatchesAnyRunAndTheEmptyOne) {
  EXPECT_TRUE(GlobMatch("*", "anything"));
  EXPECT_TRUE(GlobMatch("a*", "a"));
  EXPECT_TRUE(GlobMatch("*a", "banana"));
  EXPECT_TRUE(GlobMatch("b*n*a", "banana"));
  EXPECT_FALSE(GlobMatch("b*x*a", "banana"));
  EXPECT_TRUE(GlobMatch("a**b***c", "abc"));
  EXPECT_TRUE(GlobMatch("*ab", "aab"));
  EXPECT_FALSE(GlobMatch("*ab", "aba"));
}

// As Redis' stringmatchlen has it.
TEST(Glob, TheEmptyTextMatchesTheEmptyPatternOnly) {
  for (const char* pattern : {"*", "**", "***", "?", "[]", "\\"}) {
    EXPECT_FALSE(GlobMatch(pattern, "")) << pattern;
  }
  EXPECT_TRUE(GlobSelects("*", ""));
  EXPECT_FALSE(GlobSelects("**", ""));
  EXPECT_TRUE(GlobSelects("", ""));
  EXPECT_FALSE(GlobSelects("", "a"));
  EXPECT_TRUE(GlobSelects("**", "a"));
}

TEST(Glob, QuestionMarkMatchesExactlyOneByte) {
  EXPECT_TRUE(GlobMatch("h?llo", "hello"));
  EXPECT_FALSE(GlobMatch("h?llo", "hllo"));
  EXPECT_FALSE(GlobMatch("?", ""));
  EXPECT_TRUE(GlobMatch("?", "\0"sv));
  EXPECT_TRUE(GlobMatch("??", "\xc3\xa4"));  // bytes, not characters
}

TEST(Glob, Classes) {
  EXPECT_TRUE(GlobMatch("h[ae]llo", "hallo"));
  EXPECT_FALSE(GlobMatch("h[ae]llo", "hillo"));
  EXPECT_TRUE(GlobMatch("h[^e]llo", "hallo"));
  EXPECT_FALSE(GlobMatch("h[^e]llo", "hello"));
  EXPECT_TRUE(GlobMatch("[a-c]x", "bx"));
  EXPECT_FALSE(GlobMatch("[a-c]x", "dx"));
  EXPECT_TRUE(GlobMatch("[c-a]x", "bx"));  // reversed ranges work, as in Redis
  EXPECT_TRUE(GlobMatch("[\\]]", "]"));
  EXPECT_TRUE(GlobMatch("[a\\-z]", "-"));
  EXPECT_FALSE(GlobMatch("[a\\-z]", "m"));
  EXPECT_TRUE(GlobMatch("[\x80-\xff]", "\xc3"));
  EXPECT_FALSE(GlobMatch("[]", "a"));   // nothing is in it
  EXPECT_TRUE(GlobMatch("[abc", "c"));  // never closed: ends with the pattern, as in Redis
}

TEST(Glob, BackslashTakesTheNextByteLiterally) {
  EXPECT_TRUE(GlobMatch("\\*", "*"));
  EXPECT_FALSE(GlobMatch("\\*", "a"));
  EXPECT_TRUE(GlobMatch("a\\?b", "a?b"));
  EXPECT_FALSE(GlobMatch("a\\?b", "axb"));
  EXPECT_TRUE(GlobMatch("\\[a]", "[a]"));
  EXPECT_TRUE(GlobMatch("a\\", "a\\"));  // at the end it is itself
}

// With backtracking into every star this would not end within the age of the universe.
TEST(Glob, ManyStarsStayCheap) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  pattern += "b";
  EXPECT_FALSE(GlobMatch(pattern, std::string(5000, 'a')));
  EXPECT_TRUE(GlobMatch(pattern, std::string(5000, 'a') + "b"));
}

// One with stars, and other elements by the name of what they take: a, b, '.' any, '!' all but b.
bool MatchesElements(const std::string& elements, const std::string& text) {
  std::vector<bool> matched(text.size() + 1);
  matched[0] = true;
  for (const char element : elements) {
    std::vector<bool> next(text.size() + 1);
    next[0] = element == '*' && matched[0];
    for (size_t i = 0; i < text.size(); ++i) {
      const bool takes = element == '.' || (element == '!' ? text[i] != 'b' : text[i] == element);
      next[i + 1] = element == '*' ? matched[i + 1] || next[i] : matched[i] && takes;
    }
    matched = std::move(next);
  }
  return matched[text.size()];
}

// Short ones and those that take more than a few steps, in every way they can be cut into blocks.
TEST(Glob, AnyPatternAgainstATableOfWhatItsPartsMatch) {
  uint64_t state = 1;
  const auto below = [&state](uint64_t bound) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return (state >> 33) % bound;
  };
  size_t matches = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string elements = "*";
    std::string pattern = "*";
    const uint64_t stars = 1 + below(20);
    for (uint64_t left = below(i % 3 == 0 ? 20 : 200); left > 0; --left) {
      constexpr std::string_view kElements = "aaaaab.!";
      const char element = below(stars) == 1 ? '*' : kElements[below(i % 5 == 0 ? 5 : 8)];
      elements += element;
      pattern += element == '.'   ? "?"
                 : element == '!' ? "[^b]"
                 : element == '*' ? "*"
                 : left % 2 == 0  ? std::string(1, element)
                                  : std::string("[") + element + "]";
    }
    std::string text(1 + below(i % 2 == 0 ? 250 : 600), 'a');
    for (uint64_t left = below(4); left > 0; --left) text[below(text.size())] = 'b';
    const bool expected = MatchesElements(elements, text);
    ASSERT_EQ(GlobMatch(pattern, text), expected) << pattern << " " << text;
    matches += expected ? 1 : 0;
  }
  EXPECT_GT(matches, 500U);
  EXPECT_LT(matches, 2500U);
}

// These would take a minute and more if each byte of a text were tried with each of a pattern.
TEST(Glob, NoPatternTakesLong) {
  const std::string text(1 << 18, 'a');
  std::string classes;
  for (int i = 0; i < 1 << 14; ++i) classes += "[ab]";
  EXPECT_FALSE(GlobMatch("*" + classes + "b", text));
  EXPECT_TRUE(GlobMatch("*" + classes + "b*", text + "bb"));
  EXPECT_FALSE(GlobMatch("*" + std::string(1 << 14, '?') + "b", text));
  EXPECT_FALSE(GlobMatch("*[" + std::string(1 << 16, 'z') + "]", text));
}

}  // namespace
}  // namespace kontor
