#include "broker/subject_index.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/test_seed.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// What the trie is held to: the definition, token by token.
bool TokensMatch(const std::string& pattern, const std::string& channel) {
  const std::vector<std::string> wanted = absl::StrSplit(pattern, '.');
  const std::vector<std::string> tokens = absl::StrSplit(channel, '.');
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == ">" && i + 1 == wanted.size()) return tokens.size() > i;
    if (i >= tokens.size() || (wanted[i] != "*" && wanted[i] != tokens[i])) return false;
  }
  return wanted.size() == tokens.size();
}

class SubjectIndexTest : public testing::Test {
 protected:
  void Add(SubjectKind kind, const std::string& name) { index_.Add(kind, name); }
  void Remove(SubjectKind kind, const std::string& name) {
    Subject* const subject = index_.Find(kind, name);
    ASSERT_NE(subject, nullptr) << name;
    index_.Remove(subject);
  }
  std::vector<std::string> Matches(const std::string& channel) const {
    std::vector<std::string> found;
    index_.ForEachMatch(channel, [&](const Subject* subject) {
      found.push_back(
          absl::StrCat(static_cast<uint32_t>(subject->kind), ":", std::string(subject->name())));
    });
    std::sort(found.begin(), found.end());
    return found;
  }

  SubjectIndex index_;
};

TEST_F(SubjectIndexTest, AChannelIsFoundByNameAndByPatterns) {
  Add(SubjectKind::kChannel, "prices.eu.usd");
  Add(SubjectKind::kPattern, "prices.*");
  Add(SubjectKind::kPattern, "sport.*");
  Add(SubjectKind::kTokens, "prices.*.usd");
  Add(SubjectKind::kTokens, "prices.>");
  Add(SubjectKind::kTokens, "prices.*");
  EXPECT_THAT(Matches("prices.eu.usd"),
              ElementsAre("0:prices.eu.usd", "1:prices.*", "2:prices.*.usd", "2:prices.>"));
  EXPECT_THAT(Matches("prices.eu"), ElementsAre("1:prices.*", "2:prices.*", "2:prices.>"));
  EXPECT_THAT(Matches("prices"), IsEmpty());
  Remove(SubjectKind::kTokens, "prices.>");
  Remove(SubjectKind::kPattern, "prices.*");
  EXPECT_THAT(Matches("prices.eu.usd"), ElementsAre("0:prices.eu.usd", "2:prices.*.usd"));
  EXPECT_EQ(index_.count(SubjectKind::kTokens), 2u);
}

TEST_F(SubjectIndexTest, TheSameNameIsASubjectOfEachKind) {
  for (const SubjectKind kind :
       {SubjectKind::kChannel, SubjectKind::kPattern, SubjectKind::kTokens}) {
    Add(kind, "a");
  }
  EXPECT_THAT(Matches("a"), ElementsAre("0:a", "1:a", "2:a"));
  Remove(SubjectKind::kPattern, "a");
  EXPECT_THAT(Matches("a"), ElementsAre("0:a", "2:a"));
}

TEST_F(SubjectIndexTest, EmptyTokensOfAChannelAreTokens) {
  Add(SubjectKind::kTokens, ">");
  Add(SubjectKind::kTokens, "*");
  Add(SubjectKind::kTokens, "a.*");
  Add(SubjectKind::kTokens, "a.>");
  EXPECT_THAT(Matches(""), ElementsAre("2:*", "2:>"));
  EXPECT_THAT(Matches("a."), ElementsAre("2:>", "2:a.*", "2:a.>"));
  EXPECT_THAT(Matches("."), ElementsAre("2:>"));
}

TEST_F(SubjectIndexTest, WildcardsInsideATokenAreCharacters) {
  Add(SubjectKind::kTokens, "a*.b>");
  EXPECT_THAT(Matches("a*.b>"), ElementsAre("2:a*.b>"));
  EXPECT_THAT(Matches("ax.by"), IsEmpty());
  Add(SubjectKind::kTokens, "x.*");
  EXPECT_THAT(Matches("x.*"), ElementsAre("2:x.*"));  // once, though it is both
}

TEST(TokenPatternTest, ValidateNamesTheToken) {
  for (const char* good : {"a", "*", ">", "a.b", "*.*", "a.>", "a>.b", "*a"}) {
    EXPECT_TRUE(TokenTrie::Validate(good).ok()) << good;
  }
  for (const char* bad : {"", ".", "a.", ".a", "a..b"}) {
    const Status status = TokenTrie::Validate(bad);
    EXPECT_EQ(status.code(), Code::kInvalid) << bad;
    EXPECT_THAT(status.message(), HasSubstr("is empty")) << bad;
  }
  EXPECT_THAT(TokenTrie::Validate("a.>.b").message(),
              HasSubstr("token 2 of the pattern 'a.>.b' is '>', which may only be the last one"));
}

TEST_F(SubjectIndexTest, AChannelOfMoreTokensThanAnyPatternIsNoTrouble) {
  std::string deep = "*";
  while (deep.size() + 2 <= 255) deep += ".*";
  Add(SubjectKind::kTokens, deep);
  Add(SubjectKind::kTokens, ">");
  Add(SubjectKind::kPattern, "*a");
  std::string channel = "a";
  while (channel.size() < deep.size()) channel += ".a";
  EXPECT_THAT(Matches(channel), ElementsAre("1:*a", "2:" + deep, "2:>"));
  // The events of a long key are told on channels as long.
  for (int i = 0; i < 10'000; ++i) channel += ".a";
  EXPECT_THAT(Matches(channel), ElementsAre("1:*a", "2:>"));
}

// Names of few letters, so that they match, share prefixes and repeat pieces.
std::string RandomName(Random* random, const char* letters, size_t count) {
  std::string name;
  for (uint64_t length = random->Below(9); length > 0; --length) {
    name += letters[random->Below(count)];
  }
  return name;
}

TEST_F(SubjectIndexTest, FindsWhatAScanFinds) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("KONTOR_SEED=" + std::to_string(seed));
  Random random(seed);
  std::set<std::pair<SubjectKind, std::string>> model;
  for (int round = 0; round < 6000; ++round) {
    const auto kind = static_cast<SubjectKind>(random.Below(kSubjectKinds));
    std::string name = RandomName(&random, "aabb..*?[^]-\\>", 14);
    if (kind == SubjectKind::kTokens) {
      name = RandomName(&random, "ab...**>", 8);
      if (!TokenTrie::Validate(name).ok()) continue;
    }
    // First it grows, then it shrinks.
    const bool grows = random.Below(6000) > static_cast<uint64_t>(round);
    if (grows) {
      if (model.emplace(kind, name).second) Add(kind, name);
    } else if (!model.empty()) {
      const auto victim =
          std::next(model.begin(), static_cast<int64_t>(random.Below(model.size())));
      Remove(victim->first, victim->second);
      model.erase(victim);
    }
    const std::string channel = RandomName(&random, "aabb.*]", 7);
    std::vector<std::string> expected;
    for (const auto& [each, subject] : model) {
      const bool matches = each == SubjectKind::kPattern  ? GlobMatch(subject, channel)
                           : each == SubjectKind::kTokens ? TokensMatch(subject, channel)
                                                          : subject == channel;
      if (matches) expected.push_back(absl::StrCat(static_cast<uint32_t>(each), ":", subject));
    }
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(Matches(channel), expected) << "'" << channel << "', round " << round;
  }
  while (!model.empty()) {
    Remove(model.begin()->first, model.begin()->second);
    model.erase(model.begin());
  }
  EXPECT_THAT(Matches("a"), IsEmpty());
}

TEST_F(SubjectIndexTest, WhatIsTakenOutGivesItsMemoryBack) {
  const size_t empty_bytes = index_.memory_bytes();
  constexpr int kEach = 3000;
  for (int i = 0; i < kEach; ++i) {
    Add(SubjectKind::kChannel, std::to_string(i));
    Add(SubjectKind::kPattern, absl::StrCat("a", i, "*b?c", i));
    Add(SubjectKind::kTokens, absl::StrCat("a.", i, ".*.x.>"));
  }
  EXPECT_GT(index_.memory_bytes(), empty_bytes + 3 * kEach * 64);
  for (int i = 0; i < kEach; ++i) {
    Remove(SubjectKind::kChannel, std::to_string(i));
    Remove(SubjectKind::kPattern, absl::StrCat("a", i, "*b?c", i));
    Remove(SubjectKind::kTokens, absl::StrCat("a.", i, ".*.x.>"));
  }
  EXPECT_LT(index_.memory_bytes(), empty_bytes + 128 * 1024);  // two chunks of each table are kept
}

// A publish tests the few globs that could match, not all of them.
class GlobIndexTest : public testing::TestWithParam<const char*> {
 protected:
  ~GlobIndexTest() override {
    for (Subject* glob : globs_) Subject::Free(glob);
  }
  void Add(const std::string& name) {
    globs_.push_back(Subject::Make(name, 0, SubjectKind::kPattern));
    index_.Add(globs_.back());
  }
  static std::string Glob(int number) {
    std::string glob = GetParam();
    return glob.replace(glob.find('#'), 1, std::to_string(number));
  }
  // A channel that this glob matches.
  static std::string Channel(int number) {
    return absl::StrReplaceAll(Glob(number), {{"*", "some"}, {"?", "q"}, {"[a-z]", "q"}});
  }

  std::vector<Subject*> globs_;
  GlobIndex index_;
};

TEST_P(GlobIndexTest, FewAreTestedOfManyOfOneForm) {
  constexpr int kGlobs = 20'000;
  for (int i = 0; i < kGlobs; ++i) Add(Glob(i));
  const uint64_t before = index_.tested();
  constexpr int kSearches = 100;
  for (int i = 0; i < kSearches; ++i) {
    const int number = i * (kGlobs / kSearches) + 7;
    std::set<std::string> found;
    index_.ForEachMatch(Channel(number), [&](const Subject* subject) {
      EXPECT_TRUE(found.emplace(subject->name()).second) << subject->name();
    });
    EXPECT_TRUE(found.contains(Glob(number))) << number;
  }
  // Of numbers inside of a channel a few are the beginning of others.
  EXPECT_LT(index_.tested() - before, kSearches * 30u);
}

INSTANTIATE_TEST_SUITE_P(Forms, GlobIndexTest,
                         testing::Values("user:#:*", "*suffix#", "user:?:#", "a*#", "*#*",
                                         "user:*:item#:*", "room:*:#:msg", "?#*", "[a-z]:#:*",
                                         "h?llo#", "*.#.*.log"));

}  // namespace
}  // namespace kontor
