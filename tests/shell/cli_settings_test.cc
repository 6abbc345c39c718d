#include "cli_settings.h"

#include <getopt.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace kontor::shell {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Parsed {
  bool understood = false;
  CliSettings settings;
  std::string message;
};

Parsed Parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "cli");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  optind = 0;
  Parsed parsed;
  parsed.understood = ParseCliSettings(static_cast<int>(arguments.size()), argv.data(),
                                       &parsed.settings, &parsed.message);
  return parsed;
}

class CliSettingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    unsetenv("KONTOR_PASSWORD");
    unsetenv("REDISCLI_AUTH");
  }
  void TearDown() override { SetUp(); }
};

TEST_F(CliSettingsTest, NothingIsAShellAtTheUsualPlace) {
  const Parsed parsed = Parse({});
  ASSERT_TRUE(parsed.understood) << parsed.message;
  EXPECT_EQ(parsed.settings.address.Text(), "127.0.0.1:6379");
  EXPECT_FALSE(parsed.settings.login.resp3);
  EXPECT_EQ(parsed.settings.login.password, "");
}

TEST_F(CliSettingsTest, ACommandBeginsWithTheFirstWordThatIsNoOption) {
  const Parsed parsed = Parse({"-p", "7000", "-h", "::1", "-3", "-n2", "ZRANGE", "k", "-1", "-p"});
  ASSERT_TRUE(parsed.understood) << parsed.message;
  EXPECT_EQ(parsed.settings.address.Text(), "[::1]:7000");
  EXPECT_TRUE(parsed.settings.login.resp3);
  EXPECT_EQ(parsed.settings.login.database, "2");
  EXPECT_THAT(parsed.settings.command, ElementsAre("ZRANGE", "k", "-1", "-p"));
}

TEST_F(CliSettingsTest, AnOptionGoesBeforeTheEnvironment) {
  setenv("REDISCLI_AUTH", "redis", 1);
  EXPECT_EQ(Parse({}).settings.login.password, "redis");
  setenv("KONTOR_PASSWORD", "kontor", 1);
  EXPECT_EQ(Parse({}).settings.login.password, "kontor");
  EXPECT_EQ(Parse({"-a", "given"}).settings.login.password, "given");
  EXPECT_EQ(Parse({"--password", "given"}).settings.login.password, "given");
}

TEST_F(CliSettingsTest, RefusalsSayWhatIsWrong) {
  EXPECT_THAT(Parse({"-p", "none"}).message, HasSubstr("-p is 1 to 65535, not 'none'"));
  EXPECT_THAT(Parse({"-p", "0"}).message, HasSubstr("-p is 1 to 65535"));
  EXPECT_THAT(Parse({"-n", "-1"}).message, HasSubstr("-n is 0 to"));
  EXPECT_THAT(Parse({"--nosuch"}).message, HasSubstr("'--nosuch' is no option of cli"));
  EXPECT_THAT(Parse({"-s"}).message, HasSubstr("'-s' needs a value"));
  EXPECT_THAT(Parse({"-c", "PING", "PING"}).message, HasSubstr("exclude each other"));
}

}  // namespace
}  // namespace kontor::shell
