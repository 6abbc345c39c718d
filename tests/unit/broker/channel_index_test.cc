#include "broker/channel_index.h"

#include <numeric>

#include "base/limits.h"
#include "gmock/gmock.h"
#include "unit/broker/mailbox_fixture.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class ChannelIndexTest : public PubSubTest {};

TEST_F(ChannelIndexTest, PublishReachesTheTagsOfTheChannel) {
  const auto a = Make();
  const auto b = Make();
  Subscribe(a, "news", 1);
  Subscribe(a, "news", 2);
  Subscribe(b, "news", 1);
  Subscribe(b, "sport", 3);
  const PublishResult result = index_.Publish("news", "x");
  EXPECT_EQ(result.mailboxes, 2u);
  EXPECT_EQ(result.tags, 3u);
  EXPECT_THAT(Drain(a), ElementsAre("news=x[1 2]"));
  EXPECT_THAT(Drain(b), ElementsAre("news=x[1]"));
  const PublishResult nobody = index_.Publish("weather", "x");
  EXPECT_EQ(nobody.mailboxes + nobody.tags, 0u);
}

TEST_F(ChannelIndexTest, OneMessageIsSharedByAllMailboxes) {
  const auto a = Make();
  const auto b = Make();
  Subscribe(a, "c");
  Subscribe(b, "c");
  index_.Publish("c", "x");
  Delivery first;
  Delivery second;
  ASSERT_TRUE(a->Next(0, nullptr, &first).ok());
  ASSERT_TRUE(b->Next(0, nullptr, &second).ok());
  EXPECT_EQ(first.publication, second.publication);
}

TEST_F(ChannelIndexTest, APatternGetsItsOwnDelivery) {
  const auto mailbox = Make();
  Subscribe(mailbox, "news.eu", 1);
  PatternSubscribe(mailbox, "news.*", 1);
  PatternSubscribe(mailbox, "*.eu", 2);
  PatternSubscribe(mailbox, "sport.*", 3);
  const PublishResult result = index_.Publish("news.eu", "x");
  EXPECT_EQ(result.mailboxes, 1u);
  EXPECT_EQ(result.tags, 3u);
  EXPECT_THAT(Drain(mailbox),
              UnorderedElementsAre("news.eu=x[1]", "news.*:news.eu=x[1]", "*.eu:news.eu=x[2]"));
  EXPECT_EQ(index_.PatternCount(), 3u);
}

TEST_F(ChannelIndexTest, BytesAreBytes) {
  const auto mailbox = Make();
  const std::string zero("a\0b", 3);
  Subscribe(mailbox, "");
  Subscribe(mailbox, zero);
  EXPECT_EQ(index_.Publish("", "").tags, 1u);
  EXPECT_EQ(index_.Publish(zero, "\xff").tags, 1u);
  EXPECT_EQ(index_.Publish("a", "x").tags, 0u);
  EXPECT_THAT(Drain(mailbox), ElementsAre("=[0]", zero + "=\xff[0]"));
}

TEST_F(ChannelIndexTest, ATagGetsWhatWasPublishedWhileItWasSubscribed) {
  const auto mailbox = Make();
  Subscribe(mailbox, "c", 1);
  index_.Publish("c", "before");
  Subscribe(mailbox, "c", 2);
  index_.Publish("c", "both");
  Unsubscribe(mailbox, "c", 1);
  index_.Publish("c", "after");
  // An unsubscribed tag gets nothing any more, not even what was waiting: "before" went to it
  // alone.
  EXPECT_THAT(Drain(mailbox), ElementsAre("c=both[2]", "c=after[2]"));
  index_.Publish("c", "old");
  Unsubscribe(mailbox, "c", 2);
  Subscribe(mailbox, "c", 2);
  index_.Publish("c", "new");
  EXPECT_THAT(Drain(mailbox), ElementsAre("c=new[2]"));
}

TEST_F(ChannelIndexTest, SubscribingAnswersWhatIsWrong) {
  const auto mailbox = Make();
  Subscribe(mailbox, "c", 1);
  const Status twice = index_.Subscribe(mailbox, SubjectKind::kChannel, "c", 1);
  EXPECT_EQ(twice.code(), Code::kExists);
  EXPECT_THAT(twice.message(), HasSubstr("tag 1 is already subscribed to 'c'"));
  EXPECT_EQ(index_.SubscriptionsOf("c"), 1u);
  PatternSubscribe(mailbox, "c", 1);  // a pattern is another subject
  const std::string longest(limits::kNameBytes, 'n');
  Subscribe(mailbox, longest);
  EXPECT_EQ(index_.Subscribe(mailbox, SubjectKind::kPattern, longest + "n", 1).code(),
            Code::kTooLarge);
  EXPECT_EQ(index_.Unsubscribe(mailbox, SubjectKind::kChannel, "c", 2).code(), Code::kNotFound);
  EXPECT_EQ(index_.Unsubscribe(mailbox, SubjectKind::kChannel, "d", 1).code(), Code::kNotFound);
  EXPECT_EQ(index_.Unsubscribe(Make(), SubjectKind::kChannel, "c", 1).code(), Code::kNotFound);
}

TEST_F(ChannelIndexTest, UnsubscribeTagEndsAllOfThatTagOnly) {
  const auto a = Make();
  const auto b = Make();
  for (const char* channel : {"x", "y", "z"}) {
    Subscribe(a, channel, 1);
    Subscribe(a, channel, 2);
    Subscribe(b, channel, 1);
  }
  PatternSubscribe(a, "*", 1);
  Unsubscribe(a, "x", 1);
  EXPECT_EQ(index_.UnsubscribeTag(a, 1), 3u);
  EXPECT_EQ(index_.UnsubscribeTag(a, 1), 0u);
  EXPECT_EQ(index_.PatternCount(), 0u);
  EXPECT_EQ(index_.Publish("y", "m").tags, 2u);
  EXPECT_THAT(Drain(a), ElementsAre("y=m[2]"));
  EXPECT_THAT(Drain(b), ElementsAre("y=m[1]"));
}

TEST_F(ChannelIndexTest, InterestIsToldOncePerTransitionInOrder) {
  const auto watcher = Make();
  const auto a = Make();
  const auto b = Make();
  Subscribe(a, "early", 1);
  ASSERT_TRUE(index_.WatchInterest(watcher).ok());
  EXPECT_THAT(Drain(watcher), ElementsAre("+early"));
  Subscribe(a, "c", 1);
  Subscribe(a, "c", 2);
  Subscribe(b, "c", 1);
  PatternSubscribe(b, "p*", 1);
  Unsubscribe(a, "c", 1);
  EXPECT_EQ(index_.UnsubscribeTag(a, 2), 1u);
  EXPECT_THAT(Drain(watcher), ElementsAre("+c", "+p* (pattern)"));
  Unsubscribe(b, "c", 1);
  Subscribe(b, "c", 1);
  EXPECT_THAT(Drain(watcher), ElementsAre("-c", "+c"));
  index_.Leave(b);  // of all at once, in any order
  EXPECT_THAT(Drain(watcher), UnorderedElementsAre("-c", "-p* (pattern)"));
  index_.Leave(b);
  EXPECT_THAT(Drain(watcher), IsEmpty());
}

TEST_F(ChannelIndexTest, WatchingAgainTellsTheStateAnewAndNothingTwice) {
  const auto watcher = Make({.capacity_messages = 2});
  const auto mailbox = Make();
  ASSERT_TRUE(index_.WatchInterest(watcher).ok());
  for (const char* channel : {"a", "b", "c"}) Subscribe(mailbox, channel);
  EXPECT_THAT(Drain(watcher), ElementsAre("gap 1", "+b", "+c"));
  Unsubscribe(mailbox, "b");
  EXPECT_THAT(Drain(watcher), ElementsAre("-b"));
  ASSERT_TRUE(index_.WatchInterest(watcher).ok());
  EXPECT_THAT(Drain(watcher), UnorderedElementsAre("+a", "+c"));
  Unsubscribe(mailbox, "a");
  EXPECT_THAT(Drain(watcher), ElementsAre("-a"));
}

TEST_F(ChannelIndexTest, InterestLingersForWhoWantsIt) {
  const auto patient = Make({.interest_linger_ms = 1000});
  const auto eager = Make();
  const auto mailbox = Make();
  ASSERT_TRUE(index_.WatchInterest(patient).ok());
  ASSERT_TRUE(index_.WatchInterest(eager).ok());
  Subscribe(mailbox, "a");
  PatternSubscribe(mailbox, "a", 1);
  Unsubscribe(mailbox, "a");
  EXPECT_THAT(Drain(patient), ElementsAre("+a", "+a (pattern)"));
  EXPECT_THAT(Drain(eager), ElementsAre("+a", "+a (pattern)", "-a"));
  index_.TellOfInterest(5000);  // its time begins
  index_.TellOfInterest(5999);
  Subscribe(mailbox, "a");
  index_.TellOfInterest(9000);
  EXPECT_THAT(Drain(patient), IsEmpty());
  Unsubscribe(mailbox, "a");
  index_.TellOfInterest(10'000);
  Subscribe(mailbox, "b");
  Unsubscribe(mailbox, "b");
  index_.TellOfInterest(10'999);
  EXPECT_THAT(Drain(patient), ElementsAre("+b"));
  index_.TellOfInterest(11'000);
  EXPECT_THAT(Drain(patient), ElementsAre("-a"));
  index_.TellOfInterest(20'000);
  EXPECT_THAT(Drain(patient), ElementsAre("-b"));
  index_.TellOfInterest(30'000);
  EXPECT_THAT(Drain(patient), IsEmpty());
}

TEST_F(ChannelIndexTest, WhoWatchesAgainForgetsWhatLingers) {
  const auto watcher = Make({.interest_linger_ms = 1000});
  const auto mailbox = Make();
  ASSERT_TRUE(index_.WatchInterest(watcher).ok());
  Subscribe(mailbox, "a");
  Unsubscribe(mailbox, "a");
  ASSERT_TRUE(index_.WatchInterest(watcher).ok());
  index_.TellOfInterest(0);
  index_.TellOfInterest(1000);
  EXPECT_THAT(Drain(watcher), ElementsAre("+a"));
  Subscribe(mailbox, "a");
  Unsubscribe(mailbox, "a");
  index_.Leave(watcher);
  index_.TellOfInterest(2000);
}

TEST_F(ChannelIndexTest, AMailboxClosedByOverflowLosesItsInterest) {
  const auto watcher = Make();
  const auto slow = Make({.capacity_messages = 1, .overflow = OverflowPolicy::kClose});
  const auto other = Make();
  ASSERT_TRUE(index_.WatchInterest(watcher).ok());
  Subscribe(slow, "only", 1);
  Subscribe(slow, "shared", 1);
  Subscribe(other, "shared", 1);
  index_.Publish("only", "1");
  const PublishResult result = index_.Publish("shared", "2");
  EXPECT_EQ(result.tags, 1u);
  EXPECT_EQ(result.mailboxes, 1u);
  EXPECT_THAT(Drain(watcher), ElementsAre("+only", "+shared", "-only"));
  EXPECT_EQ(index_.SubscriptionsOf("shared"), 1u);
}

TEST_F(ChannelIndexTest, AWatcherThatOverflowsLeavesToo) {
  // The first of its own subscriptions to end is told to other watchers, which overflow in turn.
  const MailboxOptions tiny{.capacity_messages = 1, .overflow = OverflowPolicy::kClose};
  const auto first = Make(tiny);
  const auto second = Make(tiny);
  ASSERT_TRUE(index_.WatchInterest(first).ok());
  Subscribe(first, "a");                           // fills it
  ASSERT_TRUE(index_.WatchInterest(second).ok());  // told of "a", full
  const auto other = Make();
  Subscribe(other, "b");
  EXPECT_TRUE(first->closed());
  EXPECT_TRUE(second->closed());
  EXPECT_THAT(index_.Channels(""), ElementsAre("b"));
  EXPECT_EQ(index_.WatchInterest(first).code(), Code::kClosed);
}

TEST_F(ChannelIndexTest, LeaveClosesTheMailboxAndKeepsWhatIsInIt) {
  const auto mailbox = Make();
  Subscribe(mailbox, "c", 1);
  PatternSubscribe(mailbox, "*", 2);
  index_.Publish("c", "x");
  index_.Leave(mailbox);
  EXPECT_EQ(index_.Publish("c", "y").tags, 0u);
  EXPECT_EQ(index_.SubscriptionsOf("c"), 0u);
  EXPECT_EQ(index_.PatternCount(), 0u);
  EXPECT_EQ(index_.UnsubscribeTag(mailbox, 1), 0u);
  EXPECT_THAT(Drain(mailbox), ElementsAre("c=x[1]", "*:c=x[2]", "CLOSED"));
}

TEST_F(ChannelIndexTest, AMailboxClosedByItsOwnerLeavesAtTheNextPublish) {
  const auto mailbox = Make();
  Subscribe(mailbox, "c", 1);
  Subscribe(mailbox, "d", 1);
  const std::weak_ptr<Mailbox> alive = mailbox;
  mailbox->Close();
  EXPECT_EQ(index_.Publish("c", "x").mailboxes, 0u);
  EXPECT_THAT(index_.Channels(""), IsEmpty());
}

TEST_F(ChannelIndexTest, ALeftMailboxGoesWithItsLastOwner) {
  auto mailbox = Make();
  const std::weak_ptr<Mailbox> alive = mailbox;
  Subscribe(mailbox, "c", 1);
  index_.Publish("c", "x");
  ASSERT_TRUE(index_.WatchInterest(mailbox).ok());
  index_.Leave(mailbox);
  mailbox.reset();
  EXPECT_TRUE(alive.expired());
}

TEST_F(ChannelIndexTest, CloseAllClosesWhoeverJoined) {
  const auto subscribed = Make();
  const auto watching = Make();
  const auto joined = Make();
  Subscribe(subscribed, "c");
  ASSERT_TRUE(index_.WatchInterest(watching).ok());
  index_.Join(joined);
  { index_.Join(Make()); }  // gone before the close
  index_.CloseAll();
  for (const auto& mailbox : {subscribed, watching, joined}) EXPECT_TRUE(mailbox->closed());
  const auto late = Make();
  index_.Join(late);
  EXPECT_TRUE(late->closed());
  EXPECT_EQ(index_.Subscribe(Make(), SubjectKind::kChannel, "c", 1).code(), Code::kClosed);
  EXPECT_EQ(index_.WatchInterest(Make()).code(), Code::kClosed);
  EXPECT_EQ(index_.Publish("c", "x").tags, 0u);
  EXPECT_EQ(index_.UnsubscribeTag(subscribed, 0), 0u);
  index_.Leave(subscribed);
  index_.CloseAll();
}

TEST_F(ChannelIndexTest, ListsChannelsByPattern) {
  const auto mailbox = Make();
  for (const char* channel : {"news.eu", "news.us", "sport"}) Subscribe(mailbox, channel);
  Subscribe(mailbox, "sport", 1);
  PatternSubscribe(mailbox, "all*");
  EXPECT_THAT(index_.Channels(""), UnorderedElementsAre("news.eu", "news.us", "sport"));
  EXPECT_THAT(index_.Channels("news.*"), UnorderedElementsAre("news.eu", "news.us"));
  EXPECT_EQ(index_.SubscriptionsOf("sport"), 2u);
  EXPECT_EQ(index_.SubscriptionsOf("all*"), 0u);
}

TEST_F(ChannelIndexTest, AHundredThousandTagsInOneMailbox) {
  constexpr uint64_t kTags = 100'000;
  const auto mailbox = Make();
  for (uint64_t tag = 0; tag < kTags; ++tag) {
    ASSERT_TRUE(index_.Subscribe(mailbox, SubjectKind::kChannel, "all", tag).ok());
  }
  const PublishResult result = index_.Publish("all", "x");
  EXPECT_EQ(result.mailboxes, 1u);
  EXPECT_EQ(result.tags, kTags);
  EXPECT_EQ(mailbox->pending(), 1u);  // one entry, not one for each
  Delivery delivery;
  ASSERT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  ASSERT_EQ(delivery.tags.size(), kTags);
  EXPECT_EQ(std::accumulate(delivery.tags.begin(), delivery.tags.end(), uint64_t{0}),
            kTags * (kTags - 1) / 2);
  for (uint64_t tag = 0; tag < kTags; tag += 2) index_.UnsubscribeTag(mailbox, tag);
  EXPECT_EQ(index_.Publish("all", "y").tags, kTags / 2);
  ASSERT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  EXPECT_EQ(std::accumulate(delivery.tags.begin(), delivery.tags.end(), uint64_t{0}),
            kTags / 2 * (kTags / 2));  // the odd ones
}

TEST_F(ChannelIndexTest, ATagHangsUpWithoutAWalkOverAllSubjects) {
  constexpr uint64_t kTags = 20'000;
  const auto mailbox = Make();
  for (uint64_t tag = 0; tag < kTags; ++tag) {
    Subscribe(mailbox, "user:" + std::to_string(tag), tag);
  }
  EXPECT_EQ(index_.Publish("user:777", "x").tags, 1u);
  EXPECT_THAT(Drain(mailbox), ElementsAre("user:777=x[777]"));
  for (uint64_t tag = 0; tag < kTags; ++tag) ASSERT_EQ(index_.UnsubscribeTag(mailbox, tag), 1u);
  EXPECT_THAT(index_.Channels(""), IsEmpty());
}

TEST_F(ChannelIndexTest, OneTagMayHaveManySubjects) {
  constexpr int kSubjects = 30'000;
  const auto mailbox = Make();
  for (int i = 0; i < kSubjects; ++i) Subscribe(mailbox, std::to_string(i), 7);
  for (int i = 0; i < kSubjects / 2; ++i) Unsubscribe(mailbox, std::to_string(i), 7);
  EXPECT_EQ(index_.UnsubscribeTag(mailbox, 7), static_cast<uint64_t>(kSubjects - kSubjects / 2));
  EXPECT_THAT(index_.Channels(""), IsEmpty());
}

}  // namespace
}  // namespace kontor
