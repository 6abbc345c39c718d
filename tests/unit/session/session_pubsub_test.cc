#include <string>

#include "unit/session/session_fixture.h"

namespace kontor {
namespace {

class SessionPubSubTest : public SessionTest {};

// A stream and the replies of redis-server 7.0.15.
TEST_F(SessionPubSubTest, RepliesAsRedis) {
  const auto session = NewSession();
  EXPECT_EQ(
      Ask(session.get(),
          "subscribe a b\r\nget x\r\nping\r\nping hi\r\nunsubscribe\r\nget x\r\npsubscribe p*\r\n"
          "unsubscribe\r\nsubscribe a\r\nsubscribe a\r\nunsubscribe zz\r\nset a b\r\nquit\r\n"),
      "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n-ERR "
      "Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are "
      "allowed in this context\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n*2\r\n$4\r\npong\r\n$2\r\nhi\r\n*3"
      "\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:0\r\n$-1"
      "\r\n*3\r\n$10\r\npsubscribe\r\n$2\r\np*\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:1\r\n*"
      "3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:2\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:2\r\n*3\r\n$"
      "11\r\nunsubscribe\r\n$2\r\nzz\r\n:2\r\n-ERR Can't execute 'set': only (P|S)SUBSCRIBE / "
      "(P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n+OK\r\n(closed)");
  EXPECT_EQ(Ask(NewSession().get(),
                "unsubscribe\r\npunsubscribe\r\npunsubscribe x y\r\nsubscribe\r\nquit now\r\n"),
            "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n*3\r\n$12\r\npunsubscribe\r\n$-1\r\n:0\r\n*3"
            "\r\n$12\r\npunsubscribe\r\n$1\r\nx\r\n:0\r\n*3\r\n$12\r\npunsubscribe\r\n$1\r\ny\r\n:0"
            "\r\n-ERR wrong number of arguments for 'subscribe' command\r\n+OK\r\n(closed)");
}

TEST_F(SessionPubSubTest, MessagesArePushed) {
  const auto subscriber = NewSession();
  const auto publisher = NewSession();
  Ask(subscriber.get(), "SUBSCRIBE news\r\nPSUBSCRIBE n*\r\n");
  EXPECT_EQ(Ask(publisher.get(), "PUBLISH news hello\r\nPUBLISH night 1\r\nPUBLISH day 1\r\n"),
            ":2\r\n:1\r\n:0\r\n");
  EXPECT_EQ(ReadAll(subscriber.get()),
            "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
            "*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
            "*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$5\r\nnight\r\n$1\r\n1\r\n");
  EXPECT_EQ(ReadAll(subscriber.get()), "");
}

TEST_F(SessionPubSubTest, MessagesComeBeforeTheRepliesOfLaterRequests) {
  const auto subscriber = NewSession();
  Ask(subscriber.get(), "SUBSCRIBE c\r\n");
  Ask(NewSession().get(), "PUBLISH c m\r\n");
  EXPECT_EQ(Ask(subscriber.get(), "UNSUBSCRIBE c\r\n"),
            "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n"
            "*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n");
  EXPECT_EQ(Ask(NewSession().get(), "PUBLISH c m\r\n"), ":0\r\n");
  EXPECT_EQ(ReadAll(subscriber.get()), "");
}

TEST_F(SessionPubSubTest, TheDescriptorTellsOfMessages) {
  for (const bool early : {true, false}) {
    const auto subscriber = NewSession();
    if (early) {
      ASSERT_TRUE(subscriber->Descriptor().ok());
    }
    Ask(subscriber.get(), "SUBSCRIBE c\r\n");
    const Result<int> descriptor = subscriber->Descriptor();
    ASSERT_TRUE(descriptor.ok());
    EXPECT_FALSE(Readable(*descriptor, 0));
    Ask(NewSession().get(), "PUBLISH c m\r\n");
    EXPECT_TRUE(Readable(*descriptor, 0));
    EXPECT_NE(ReadAll(subscriber.get()), "");
    EXPECT_FALSE(Readable(*descriptor, 0));
  }
}

TEST_F(SessionPubSubTest, ShardChannelsAreOthers) {
  const auto subscriber = NewSession();
  EXPECT_EQ(Ask(subscriber.get(), "SUBSCRIBE c\r\nSSUBSCRIBE c d\r\n"),
            "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"
            "*3\r\n$10\r\nssubscribe\r\n$1\r\nc\r\n:1\r\n"
            "*3\r\n$10\r\nssubscribe\r\n$1\r\nd\r\n:2\r\n");
  const Result<int> descriptor = subscriber->Descriptor();
  ASSERT_TRUE(descriptor.ok());
  const auto publisher = NewSession();
  EXPECT_EQ(Ask(publisher.get(), "SPUBLISH d m\r\nSPUBLISH e m\r\nPUBLISH d m\r\n"),
            ":1\r\n:0\r\n:0\r\n");
  EXPECT_TRUE(Readable(*descriptor, 0));
  EXPECT_EQ(ReadAll(subscriber.get()), "*3\r\n$8\r\nsmessage\r\n$1\r\nd\r\n$1\r\nm\r\n");
  EXPECT_FALSE(Readable(*descriptor, 0));
  EXPECT_EQ(Ask(publisher.get(), "PUBSUB SHARDCHANNELS d*\r\nPUBSUB SHARDNUMSUB c x\r\n"),
            "*1\r\n$1\r\nd\r\n*4\r\n$1\r\nc\r\n:1\r\n$1\r\nx\r\n:0\r\n");
  EXPECT_EQ(Ask(subscriber.get(), "UNSUBSCRIBE\r\nGET k\r\n").find("-ERR Can't execute 'get'"),
            std::string("*3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n").size());
  EXPECT_EQ(Ask(subscriber.get(), "SUNSUBSCRIBE c\r\nSUNSUBSCRIBE\r\nSUNSUBSCRIBE\r\nGET k\r\n"),
            "*3\r\n$12\r\nsunsubscribe\r\n$1\r\nc\r\n:1\r\n"
            "*3\r\n$12\r\nsunsubscribe\r\n$1\r\nd\r\n:0\r\n"
            "*3\r\n$12\r\nsunsubscribe\r\n$-1\r\n:0\r\n$-1\r\n");
}

TEST_F(SessionPubSubTest, ASubscriberLearnsThatItsHandleClosed) {
  const auto subscriber = NewSession();
  Ask(subscriber.get(), "SUBSCRIBE c\r\n");
  const Result<int> descriptor = subscriber->Descriptor();
  ASSERT_TRUE(descriptor.ok());
  EXPECT_FALSE(Readable(*descriptor, 0));
  closed_.store(true);
  engine_->WakeAll();
  EXPECT_TRUE(Readable(*descriptor, 0));
  EXPECT_EQ(ReadAll(subscriber.get()), "(closed)");
}

TEST_F(SessionPubSubTest, ASessionThatIsGoneHasNoSubscriptions) {
  auto subscriber = NewSession();
  Ask(subscriber.get(), "SUBSCRIBE c\r\n");
  const auto publisher = NewSession();
  EXPECT_EQ(Ask(publisher.get(), "PUBLISH c m\r\n"), ":1\r\n");
  subscriber.reset();
  EXPECT_EQ(Ask(publisher.get(), "PUBLISH c m\r\n"), ":0\r\n");
  const auto quitter = NewSession();
  Ask(quitter.get(), "SUBSCRIBE c\r\nQUIT\r\n");
  EXPECT_EQ(Ask(publisher.get(), "PUBLISH c m\r\n"), ":0\r\n");
}

TEST_F(SessionPubSubTest, WhoDoesNotReadFastEnoughIsClosed) {
  const auto subscriber = NewSession();
  Ask(subscriber.get(), "SUBSCRIBE c\r\n");
  const auto publisher = NewSession();
  std::string publishes;
  for (int i = 0; i < 65537; ++i) publishes += "PUBLISH c m\r\n";
  Ask(publisher.get(), publishes);
  EXPECT_EQ(Ask(publisher.get(), "PUBLISH c m\r\n"), ":0\r\n");
  const std::string all = ReadAll(subscriber.get());
  EXPECT_NE(all.find("-ERR the mailbox was closed by overflow"), std::string::npos);
  EXPECT_EQ(all.substr(all.size() - 8), "(closed)");
}

TEST_F(SessionPubSubTest, NamesThatAreTooLongAreRefused) {
  const auto session = NewSession();
  const std::string name(256, 'c');
  EXPECT_EQ(Ask(session.get(), "SUBSCRIBE " + name + "\r\n").substr(0, 5), "-ERR ");
  EXPECT_EQ(Ask(session.get(), "GET k\r\n"), "$-1\r\n") << "not subscribed";
}

}  // namespace
}  // namespace kontor
