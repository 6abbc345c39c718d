#include <algorithm>
#include <memory>
#include <string>

#include "os/memory_file_system.h"
#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

// Every reply in these tables is that of redis-server 7.0.15.
class ConnectionCommandsTest : public CollectionCommandTest {};

constexpr CommandCase kConnection[] = {
    {"PING", "+PONG"},
    {"PING hello", R"("hello")"},
    {R"(PING "")", R"("")"},
    {"PING a b", "-ERR wrong number of arguments for 'ping' command"},
    {"ping", "+PONG"},
    {"ECHO hello", R"("hello")"},
    {"ECHO", "-ERR wrong number of arguments for 'echo' command"},
    {"ECHO a b", "-ERR wrong number of arguments for 'echo' command"},
    {"SELECT 0", "+OK"},
    {"SELECT 15", "+OK"},
    {"SELECT 16", "-ERR DB index is out of range"},
    {"SELECT -1", "-ERR DB index is out of range"},
    {"SELECT abc", "-ERR value is not an integer or out of range"},
    {R"(SELECT "")", "-ERR value is not an integer or out of range"},
    {"SELECT 1.0", "-ERR value is not an integer or out of range"},
    {"SELECT 2147483647", "-ERR DB index is out of range"},
    {"SELECT 2147483648",
     "-ERR value is out of range, value must between -2147483648 and 2147483647"},
    {"SELECT -2147483649",
     "-ERR value is out of range, value must between -2147483648 and 2147483647"},
    {"SELECT 4294967296",
     "-ERR value is out of range, value must between -2147483648 and 2147483647"},
    {"SELECT 9223372036854775807",
     "-ERR value is out of range, value must between -2147483648 and 2147483647"},
    {"SELECT -9223372036854775808",
     "-ERR value is out of range, value must between -2147483648 and 2147483647"},
    {"SELECT 9223372036854775808", "-ERR value is not an integer or out of range"},
    {"SELECT", "-ERR wrong number of arguments for 'select' command"},
    {"SELECT 1 2", "-ERR wrong number of arguments for 'select' command"},
};

TEST_F(ConnectionCommandsTest, Connection) { RunAll(kConnection); }

constexpr CommandCase kUnknownCommands[] = {
    {"FOO", "-ERR unknown command 'FOO', with args beginning with: "},
    {"foo bar baz", "-ERR unknown command 'foo', with args beginning with: 'bar' 'baz' "},
    {R"("")", "-ERR unknown command '', with args beginning with: "},
    {R"("" x)", "-ERR unknown command '', with args beginning with: 'x' "},
    {"GETT key", "-ERR unknown command 'GETT', with args beginning with: 'key' "},
    {R"(FOO a "" b)", "-ERR unknown command 'FOO', with args beginning with: 'a' '' 'b' "},
    {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx a",
     "-ERR unknown command "
     "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', with args beginning with: 'a' "},
    {"FOO argument-number-0 argument-number-1 argument-number-2 argument-number-3 "
     "argument-number-4 argument-number-5 argument-number-6 argument-number-7 argument-number-8 "
     "argument-number-9 argument-number-10 argument-number-11",
     "-ERR unknown command 'FOO', with args beginning with: 'argument-number-0' "
     "'argument-number-1' 'argument-number-2' 'argument-number-3' 'argument-number-4' "
     "'argument-number-5' 'argument' "},
};

TEST_F(ConnectionCommandsTest, UnknownCommands) { RunAll(kUnknownCommands); }

constexpr CommandCase kPubSub[] = {
    {"PUBLISH channel message", ":0"},
    {R"(PUBLISH "" "")", ":0"},
    {"PUBLISH channel", "-ERR wrong number of arguments for 'publish' command"},
    {"PUBSUB CHANNELS", "[]"},
    {"PUBSUB channels *", "[]"},
    {R"(PUBSUB CHANNELS "")", "[]"},
    {"PUBSUB CHANNELS a b",
     "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP."},
    {"PUBSUB NUMSUB", "[]"},
    {"PUBSUB NUMSUB a b", R"(["a" :0 "b" :0])"},
    {"PUBSUB NUMPAT", ":0"},
    {"PUBSUB NUMPAT a", "-ERR wrong number of arguments for 'pubsub|numpat' command"},
    {"PUBSUB foo", "-ERR unknown subcommand 'foo'. Try PUBSUB HELP."},
    {"PUBSUB", "-ERR wrong number of arguments for 'pubsub' command"},
    {"SUBSCRIBE", "-ERR wrong number of arguments for 'subscribe' command"},
    {"PSUBSCRIBE", "-ERR wrong number of arguments for 'psubscribe' command"},
};

TEST_F(ConnectionCommandsTest, PubSub) { RunAll(kPubSub); }

constexpr CommandCase kCommand[] = {
    {"COMMAND COUNT x", "-ERR wrong number of arguments for 'command|count' command"},
    {"COMMAND LIST x", "-ERR syntax error"},
    {"COMMAND LIST FILTERBY PATTERN", "-ERR syntax error"},
    {"COMMAND LIST FILTERBY foo bar", "-ERR syntax error"},
    {"COMMAND LIST FILTERBY PATTERN strlen", R"(["strlen"])"},
    {"COMMAND LIST filterby pattern STRLEN", R"(["strlen"])"},
    {"COMMAND INFO nosuch", "[nil]"},
    {"COMMAND FOO", "-ERR unknown subcommand 'FOO'. Try COMMAND HELP."},
    {R"(COMMAND "")", "-ERR unknown subcommand ''. Try COMMAND HELP."},
};

TEST_F(ConnectionCommandsTest, Command) { RunAll(kCommand); }

constexpr CommandCase kArityAndOptions[] = {
    {"BGSAVE foo", "-ERR syntax error"},
    {"BGSAVE SCHEDULE SCHEDULE", "-ERR syntax error"},
    {"SAVE x", "-ERR wrong number of arguments for 'save' command"},
    {"LASTSAVE x", "-ERR wrong number of arguments for 'lastsave' command"},
    {"TIME x", "-ERR wrong number of arguments for 'time' command"},
};

TEST_F(ConnectionCommandsTest, ArityAndOptions) { RunAll(kArityAndOptions); }

TEST_F(ConnectionCommandsTest, SomeNeedASession) {
  RunAll({
      {"SUBSCRIBE c", "-ERR SUBSCRIBE needs a session (kontor_session_new)"},
      {"psubscribe c", "-ERR PSUBSCRIBE needs a session (kontor_session_new)"},
      {"UNSUBSCRIBE", "-ERR UNSUBSCRIBE needs a session (kontor_session_new)"},
      {"PUNSUBSCRIBE", "-ERR PUNSUBSCRIBE needs a session (kontor_session_new)"},
      {"QUIT", "-ERR QUIT needs a session (kontor_session_new)"},
  });
}

TEST_F(ConnectionCommandsTest, PublishCountsSubscriptions) {
  ChannelIndex& channels = engine_->core()->channels;
  const auto mailbox = std::make_shared<Mailbox>(MailboxOptions{});
  ASSERT_TRUE(channels.Subscribe(mailbox, SubjectKind::kChannel, "news", 1).ok());
  ASSERT_TRUE(channels.Subscribe(mailbox, SubjectKind::kChannel, "news", 2).ok());
  ASSERT_TRUE(channels.Subscribe(mailbox, SubjectKind::kChannel, "other", 2).ok());
  ASSERT_TRUE(channels.Subscribe(mailbox, SubjectKind::kPattern, "n*", 3).ok());
  RunAll({
      {"PUBLISH news hello", ":3"},
      {"PUBLISH nowhere hello", ":1"},
      {"PUBLISH silence hello", ":0"},
      {"PUBSUB CHANNELS n*", R"(["news"])"},
      {"PUBSUB CHANNELS \"\"", "[]"},
      {"PUBSUB NUMSUB news silence", R"(["news" :2 "silence" :0])"},
      {"PUBSUB NUMPAT", ":1"},
  });
  EXPECT_EQ(mailbox->pending(), 3u);
  channels.Leave(mailbox);
}

TEST_F(ConnectionCommandsTest, CommandDescribesTheTable) {
  const auto subcommands =
      std::count_if(AllCommands().begin(), AllCommands().end(),
                    [](const Command* command) { return command->name.find('|') != Bytes::npos; });
  EXPECT_GT(subcommands, 10);
  const size_t count = AllCommands().size() - static_cast<size_t>(subcommands);
  EXPECT_EQ(Run("COMMAND COUNT"), ":" + std::to_string(count));
  RunAll({
      {"COMMAND GETKEYS MSET a 1 b 2", R"(["a" "b"])"},
      {"COMMAND GETKEYS PING", "-ERR The command has no key arguments"},
      {"COMMAND GETKEYS NOSUCH", "-ERR Invalid command specified"},
      {"COMMAND GETKEYS GET", "-ERR Invalid number of arguments specified for command"},
      {"COMMAND GETKEYS SINTERCARD 7 a", "-ERR Invalid arguments specified for command"},
      {"COMMAND LIST FILTERBY PATTERN client|i*", R"(["client|id" "client|info"])"},
  });
  RunAll({
      {"COMMAND INFO get", R"([["get" :2 [+readonly] :1 :1 :1 [] [] [] []]])"},
      {"COMMAND INFO MSET nosuch", R"([["mset" :-3 [+write +denyoom] :1 :-1 :2 [] [] [] []] nil])"},
      {"COMMAND INFO blpop", R"([["blpop" :-3 [+write +blocking] :1 :-2 :1 [] [] [] []]])"},
      {"COMMAND LIST FILTERBY PATTERN lr*ge", R"(["lrange"])"},
  });
  EXPECT_EQ(Run("COMMAND"), Run("COMMAND INFO"));
}

TEST_F(ConnectionCommandsTest, TimeIsTheEnginesClock) {
  EXPECT_EQ(Run("TIME"), R"(["1600000000" "0"])");
  clock_.AdvanceMs(1234);
  EXPECT_EQ(Run("TIME"), R"(["1600000001" "234000"])");
}

TEST_F(ConnectionCommandsTest, AnEngineInMemoryHasNothingToSaveTo) {
  const char* const error = "-ERR an engine in memory has no files to write a snapshot to";
  RunAll({{"SAVE", error}, {"BGSAVE", error}, {"BGSAVE SCHEDULE", error}});
}

TEST_F(ConnectionCommandsTest, SaveWritesASnapshot) {
  MemoryFileSystem disk;
  EngineOptions options;
  options.directory = "/data";
  options.file_system = &disk;
  options.clock = &clock_;
  options.background = false;
  engine_ = *Engine::Open(options);
  clock_.AdvanceMs(7000);
  RunAll({{"SET k v", "+OK"}, {"SAVE", "+OK"}, {"LASTSAVE", ":1600000007"}});
  EXPECT_EQ(engine_->snapshots_written(), 1u);
  clock_.AdvanceMs(2000);
  RunAll({{"SET k w", "+OK"},
          {"BGSAVE", "+Background saving started"},
          {"LASTSAVE", ":1600000009"},
          {"bgsave schedule", "+Background saving started"}});
  EXPECT_GE(engine_->snapshots_written(), 2u);
}

}  // namespace
}  // namespace kontor
