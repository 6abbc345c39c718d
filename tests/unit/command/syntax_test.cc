#include "command/syntax.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "command/command.h"

namespace kontor {
namespace {

// "name:type=TOKEN?*" and what is inside, in braces.
std::string Print(const std::vector<SyntaxArgument>& arguments) {
  std::string text;
  for (const SyntaxArgument& argument : arguments) {
    if (!text.empty()) text += ' ';
    text.append(argument.name).append(":").append(TypeNameOf(argument.type));
    if (!argument.token.empty()) text += "=" + argument.token;
    if (argument.optional) text += '?';
    if (argument.multiple) text += argument.multiple_token ? "**" : "*";
    if (!argument.arguments.empty()) text += "{" + Print(argument.arguments) + "}";
  }
  return text;
}

std::string Parsed(Bytes syntax) {
  const auto arguments = ParseSyntax(syntax);
  return arguments.ok() ? Print(*arguments) : arguments.status().message();
}

TEST(SyntaxTest, WordsAndKeywords) {
  EXPECT_EQ(Parsed(""), "");
  EXPECT_EQ(Parsed("key value"), "key:key value:string");
  EXPECT_EQ(Parsed("key LEFT|RIGHT"),
            "key:key left:oneof{left:pure-token=LEFT right:pure-token=RIGHT}");
  EXPECT_EQ(Parsed("NO ONE"), "no:pure-token=NO one:pure-token=ONE");
  EXPECT_EQ(Parsed("pattern unix-seconds timeout cursor"),
            "pattern:pattern unix-seconds:unix-time timeout:double cursor:integer");
}

TEST(SyntaxTest, WhatMayBeLeftOut) {
  EXPECT_EQ(Parsed("[GET]"), "get:pure-token=GET?");
  EXPECT_EQ(Parsed("[COUNT count]"), "count:integer=COUNT?");
  EXPECT_EQ(Parsed("[COUNT count [ANY]]"), "count:block?{count:integer=COUNT any:pure-token=ANY?}");
  EXPECT_EQ(Parsed("[LIMIT offset count]"), "limit:block=LIMIT?{offset:integer count:integer}");
  EXPECT_EQ(Parsed("[NX|XX]"), "nx:oneof?{nx:pure-token=NX xx:pure-token=XX}");
  EXPECT_EQ(Parsed("[EX seconds | KEEPTTL]"),
            "seconds:oneof?{seconds:integer=EX keepttl:pure-token=KEEPTTL}");
  EXPECT_EQ(Parsed("[AGGREGATE SUM|MIN]"),
            "sum:oneof=AGGREGATE?{sum:pure-token=SUM min:pure-token=MIN}");
}

TEST(SyntaxTest, WhatIsRepeated) {
  EXPECT_EQ(Parsed("key [key ...]"), "key:key*");
  EXPECT_EQ(Parsed("key [member [member ...]]"), "key:key member:string?*");
  EXPECT_EQ(Parsed("score member [score member ...]"), "score:block*{score:double member:string}");
  EXPECT_EQ(Parsed("[WEIGHTS weight [weight ...]]"), "weight:double=WEIGHTS?*");
  EXPECT_EQ(Parsed("key [GET encoding offset ...]"),
            "key:key get:block=GET?**{encoding:string offset:integer}");
  EXPECT_EQ(Parsed("<ID id | SKIPME yes|no ...>"),
            "id:oneof*{id:string=ID yes:oneof=SKIPME{yes:pure-token=yes no:pure-token=no}}");
}

TEST(SyntaxTest, WhatIsWrong) {
  for (const char* syntax :
       {"[", "]", "[]", "a ] b", "[a | ]", "<a]", "[a ... b]", "a | b", "a ..."}) {
    EXPECT_FALSE(ParseSyntax(syntax).ok()) << syntax;
  }
}

TEST(SyntaxTest, EveryCommandHasOne) {
  for (const Command* command : AllCommands()) {
    const auto arguments = ParseSyntax(command->syntax);
    ASSERT_TRUE(arguments.ok()) << command->name << ": " << command->syntax;
    if (std::abs(command->arity) != 1 && command->name.find('|') == Bytes::npos) {
      EXPECT_FALSE(arguments->empty()) << command->name;
    }
  }
}

}  // namespace
}  // namespace kontor
