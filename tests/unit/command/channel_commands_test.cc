#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

class ChannelCommandsTest : public CollectionCommandTest {};

TEST_F(ChannelCommandsTest, AChannelKeepsWhatIsPublished) {
  EXPECT_EQ(Run("CH.DECLARE c COUNT 2 DURABLE 0"), "+OK");
  EXPECT_EQ(Run("CH.DECLARE c COUNT 2 DURABLE 0"), "+OK");
  EXPECT_EQ(Run("PUBLISH c one"), ":0");
  EXPECT_EQ(Run("PUBLISH c two"), ":0");
  EXPECT_EQ(Run("CH.READ c FROM 1"), "[[:1 \"one\"] [:2 \"two\"]]");
  EXPECT_EQ(Run("PUBLISH c three"), ":0");
  EXPECT_EQ(Run("CH.READ c FROM 1 COUNT 1"), "[[:2 \"two\"]]");
  EXPECT_EQ(Run("CH.READ c FROM 1 COUNT 2"), "[[:2 \"two\"] [:3 \"three\"]]");
  EXPECT_EQ(Run("CH.READ c FROM 4"), "[]");
  EXPECT_EQ(Run("CH.INFO c"),
            "[\"first-sequence\" :2 \"last-sequence\" :3 \"count\" :2 \"bytes\" :8 "
            "\"durable\" :0 \"last-count\" :2 \"last-ms\" :0 \"max-bytes\" :0]");
  EXPECT_EQ(Run("CH.DELETE c"), ":1");
  EXPECT_EQ(Run("CH.DELETE c"), ":0");
  EXPECT_EQ(Run("CH.READ c FROM 1"), "-ERR channel 'c' keeps no messages; declare it to do so");
}

TEST_F(ChannelCommandsTest, AgeAndBytes) {
  EXPECT_EQ(Run("CH.DECLARE c AGE 100 BYTES 8"), "+OK");
  for (const char* body : {"aaaa", "bbbb", "cccc"}) {
    Run(std::string("PUBLISH c ") + body);
  }
  EXPECT_EQ(Run("CH.READ c FROM 1"), "[[:2 \"bbbb\"] [:3 \"cccc\"]]");
  clock_.AdvanceMs(101);
  EXPECT_EQ(Run("CH.READ c FROM 1"), "[]");
}

TEST_F(ChannelCommandsTest, ListsAndTags) {
  EXPECT_EQ(Run("CH.LIST"), "[]");
  Run("CH.DECLARE b");
  Run("CH.DECLARE ab");
  EXPECT_EQ(Run("CH.LIST MATCH a*"), "[\"ab\"]");
  EXPECT_EQ(Run("CH.LIST MATCH x*"), "[]");
  EXPECT_EQ(Run("CH.LIST").size(), std::string("[\"ab\" \"b\"]").size());
  EXPECT_EQ(Run("CH.TAGS b"), "[]");
  const auto mailbox = std::make_shared<Mailbox>(MailboxOptions());
  ChannelIndex& channels = engine_->core()->channels;
  for (const uint64_t tag : {UINT64_MAX, uint64_t{7}}) {
    ASSERT_TRUE(channels.Subscribe(mailbox, SubjectKind::kChannel, "b", tag).ok());
  }
  EXPECT_EQ(Run("CH.TAGS b"), "[\"7\" \"18446744073709551615\"]");
  channels.Leave(mailbox);
  EXPECT_EQ(Run("CH.LIST LIKE a*"), "-ERR syntax error");
  EXPECT_EQ(Run("CH.LIST MATCH"), "-ERR syntax error");
}

TEST_F(ChannelCommandsTest, WrongArguments) {
  const std::string syntax = "-ERR syntax error";
  EXPECT_EQ(Run("CH.DECLARE c COUNT"), syntax);
  EXPECT_EQ(Run("CH.DECLARE c LENGTH 1"), syntax);
  EXPECT_EQ(Run("CH.DECLARE c COUNT x"), "-ERR COUNT is not an integer from 0 to 16777216");
  EXPECT_EQ(Run("CH.DECLARE c"), "+OK");
  EXPECT_EQ(Run("CH.READ c AFTER 1"), syntax);
  EXPECT_EQ(Run("CH.READ c FROM 1 COUNT"), syntax);
  EXPECT_EQ(Run("CH.READ c FROM 1 LIMIT 1"), syntax);
  EXPECT_EQ(Run("CH.READ c FROM 1 COUNT 0"), "-ERR COUNT is not an integer from 1 to 65536");
  EXPECT_EQ(Run("CH.READ c FROM 0"), "-ERR a sequence is an integer above 0");
  EXPECT_EQ(Run("CH.READ c FROM 2"),
            "-ERR channel 'c' has come to message 0; it can be joined from 1 to 1, not from 2");
}

}  // namespace
}  // namespace kontor
