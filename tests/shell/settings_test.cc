#include "settings.h"

#include <getopt.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <kontor/kontor.h>

namespace kontor::shell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Parsed {
  bool understood = false;
  Settings settings;
  std::string message;
};

Parsed Parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "kontor");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  optind = 0;  // glibc: begin anew
  Parsed parsed;
  parsed.understood = ParseSettings(static_cast<int>(arguments.size()), argv.data(),
                                    &parsed.settings, &parsed.message);
  return parsed;
}

TEST(Settings, NothingIsAShellInMemory) {
  const Parsed parsed = Parse({});
  EXPECT_TRUE(parsed.understood);
  EXPECT_EQ(parsed.settings.directory, "");
  EXPECT_EQ(parsed.settings.durability, std::nullopt);
  EXPECT_EQ(parsed.settings.raw, std::nullopt);
}

TEST(Settings, DirectoryWithAndWithoutTheWordShell) {
  EXPECT_EQ(Parse({"/data"}).settings.directory, "/data");
  EXPECT_EQ(Parse({"shell", "/data"}).settings.directory, "/data");
  EXPECT_EQ(Parse({"shell"}).settings.directory, "");
  EXPECT_EQ(Parse({"shell", "shell"}).settings.directory, "shell");
}

TEST(Settings, CommandAfterTwoDashes) {
  const Parsed parsed = Parse({"dir", "--", "SET", "-c", "--raw"});
  EXPECT_TRUE(parsed.understood);
  EXPECT_EQ(parsed.settings.directory, "dir");
  EXPECT_THAT(parsed.settings.command, ElementsAre("SET", "-c", "--raw"));
  EXPECT_EQ(parsed.settings.raw, std::nullopt);
  EXPECT_THAT(Parse({"--", "PING"}).settings.command, ElementsAre("PING"));
}

TEST(Settings, OptionsMayStandAnywhereBefore) {
  const Parsed parsed =
      Parse({"--no-raw", "dir", "-c", "PING", "--durability=sync", "--command", "GET a"});
  EXPECT_TRUE(parsed.understood);
  EXPECT_EQ(parsed.settings.raw, false);
  EXPECT_EQ(parsed.settings.durability, KONTOR_DURABILITY_SYNC);
  EXPECT_THAT(parsed.settings.lines, ElementsAre("PING", "GET a"));
  EXPECT_THAT(parsed.settings.command, IsEmpty());
}

TEST(Settings, RefusalsSayWhatIsWrong) {
  EXPECT_THAT(Parse({"a", "b"}).message, HasSubstr("'b'"));
  EXPECT_THAT(Parse({"--nosuch"}).message, HasSubstr("'--nosuch' is no option"));
  EXPECT_THAT(Parse({"dir", "-x"}).message, HasSubstr("'-x' is no option"));
  EXPECT_THAT(Parse({"-c"}).message, HasSubstr("'-c' needs a value"));
  EXPECT_THAT(Parse({"d", "--durability", "often"}).message, HasSubstr("'often'"));
  EXPECT_THAT(Parse({"--durability", "sync"}).message, HasSubstr("need a directory"));
  EXPECT_THAT(Parse({"--durability", "memory", "d"}).message, HasSubstr("takes no directory"));
  EXPECT_THAT(Parse({"-c", "PING", "--", "PING"}).message, HasSubstr("exclude"));
  EXPECT_THAT(Parse({""}).message, HasSubstr("no name"));
  EXPECT_FALSE(Parse({""}).understood);
}

}  // namespace
}  // namespace kontor::shell
