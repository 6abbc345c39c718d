#include "base/glob.h"

#include <string>

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

}  // namespace
}  // namespace kontor
