#include "command/command_docs.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

using CommandDocsTest = CollectionCommandTest;

TEST_F(CommandDocsTest, TellsOfOneCommand) {
  EXPECT_EQ(Run("COMMAND DOCS getrange nosuch"),
            "[\"getrange\" [\"summary\" \"Answers the bytes between two places of a string, both "
            "included.\" \"group\" \"string\" \"arguments\" [[\"name\" \"key\" \"type\" "
            "\"key\" \"display_text\" \"key\"] [\"name\" \"start\" \"type\" \"integer\" "
            "\"display_text\" \"start\"] [\"name\" \"end\" \"type\" \"integer\" "
            "\"display_text\" \"end\"]]]]");
}

TEST_F(CommandDocsTest, TellsOfSubcommandsInTheirCommand) {
  const std::string docs = Run("COMMAND DOCS slowlog");
  EXPECT_NE(docs.find("\"subcommands\" [\"slowlog|get\" ["), std::string::npos) << docs;
  EXPECT_EQ(Run("COMMAND DOCS slowlog|len").rfind("[\"slowlog|len\" [", 0), 0u);
}

TEST_F(CommandDocsTest, TellsOfAll) {
  const std::string docs = Run("COMMAND DOCS");
  for (const Command* command : TopCommands()) {
    EXPECT_NE(docs.find("\"summary\" \"" + std::string(command->summary)), std::string::npos);
  }
}

// KONTOR_WRITE_REFERENCE=1 writes it anew.
TEST(CommandReferenceTest, ThePageIsThatOfTheTable) {
  const std::string path = KONTOR_SOURCE_DIR "/engine/command/COMMANDS.md";
  if (std::getenv("KONTOR_WRITE_REFERENCE") != nullptr) std::ofstream(path) << CommandReference();
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), CommandReference())
      << "engine/command/COMMANDS.md is old: run command_test with KONTOR_WRITE_REFERENCE=1";
}

}  // namespace
}  // namespace kontor
