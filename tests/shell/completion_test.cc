#include "completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "help.h"

namespace kontor::shell {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Reply Row(const char* name, const char* group, const char* summary, const char* syntax) {
  return Reply::Array({Reply::String(name), Reply::Integer(2), Reply::String(group),
                       Reply::String(summary), Reply::String(syntax), Reply::Array({})});
}

CommandTable Table() {
  return CommandTable(Reply::Array(
      {Row("SET", "string", "Sets a string", "SET key value [NX|XX] [GET] [EX seconds|KEEPTTL]"),
       Row("get", "string", "Reads a string", "key"),
       Row("GETDEL", "string", "Reads and deletes", "GETDEL key"),
       Row("LPUSH", "list", "Pushes", "LPUSH key element [element ...]"),
       Reply::Array({Reply::String("broken")})}));
}

TEST(Completion, NamesOfCommands) {
  const Completion completion = Complete("GE", Table());
  EXPECT_THAT(completion.choices, ElementsAre("GET", "GETDEL"));
  EXPECT_EQ(completion.common, "GET");
  EXPECT_EQ(completion.word_length, 2u);
}

TEST(Completion, KeepsTheCaseThatIsTyped) {
  EXPECT_THAT(Complete("lp", Table()).choices, ElementsAre("lpush"));
  EXPECT_THAT(Complete("LP", Table()).choices, ElementsAre("LPUSH"));
  EXPECT_THAT(Complete("HEL", Table()).choices, ElementsAre("help"));
}

TEST(Completion, EverythingForAnEmptyLine) {
  EXPECT_THAT(Complete("", Table()).choices, AllOf(Contains("SET"), Contains("help")));
}

TEST(Completion, OptionsFromTheSyntax) {
  EXPECT_THAT(Complete("SET k v ", Table()).choices,
              ElementsAre("EX", "GET", "KEEPTTL", "NX", "XX"));
  EXPECT_THAT(Complete("set k v k", Table()).choices, ElementsAre("keepttl"));
  EXPECT_THAT(Complete("LPUSH k ", Table()).choices, IsEmpty());
  EXPECT_THAT(Complete("NOSUCH k ", Table()).choices, IsEmpty());
}

TEST(Completion, TopicsOfHelp) {
  EXPECT_THAT(Complete("help @", Table()).choices, ElementsAre("@list", "@shell", "@string"));
  EXPECT_THAT(Complete("help getd", Table()).choices, ElementsAre("getdel"));
  EXPECT_THAT(Complete("help get x", Table()).choices, IsEmpty());
}

TEST(Completion, NothingForWhatNobodyOffers) {
  const Completion completion = Complete("zzz", Table());
  EXPECT_THAT(completion.choices, IsEmpty());
  EXPECT_EQ(completion.common, "");
}

TEST(CommandTable, LeavesOutRowsThatAreNotAsDocumented) {
  EXPECT_EQ(Table().Find("broken"), nullptr);
  ASSERT_NE(Table().Find("gEt"), nullptr);
  EXPECT_EQ(Table().Find("gEt")->syntax, "GET key");
}

TEST(Help, OfACommand) {
  EXPECT_EQ(HelpText(Table(), "lpush"),
            "\n  LPUSH key element [element ...]\n  summary: Pushes\n  group: list\n\n");
}

TEST(Help, OfAGroup) {
  EXPECT_THAT(HelpText(Table(), "@String"),
              AllOf(HasSubstr("\n  GET key\n"), HasSubstr("\n  GETDEL key\n"),
                    HasSubstr("\n  SET key value"), Not(HasSubstr("LPUSH"))));
}

TEST(Help, OfNothingInParticularNamesTheGroups) {
  EXPECT_THAT(HelpText(Table(), ""), HasSubstr("@list @shell @string"));
}

TEST(Help, OfWhatDoesNotExistSaysSo) {
  EXPECT_THAT(HelpText(Table(), "nosuch"),
              AllOf(HasSubstr("no help on 'nosuch'"), HasSubstr("@string")));
  EXPECT_THAT(HelpText(Table(), "@nosuch"), HasSubstr("no help on '@nosuch'"));
}

}  // namespace
}  // namespace kontor::shell
