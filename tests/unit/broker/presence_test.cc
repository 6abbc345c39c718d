// Who is in a channel, asked and watched.

#include <map>
#include <random>
#include <set>

#include "gmock/gmock.h"
#include "unit/broker/mailbox_fixture.h"

namespace kontor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PresenceTest : public PubSubTest {
 protected:
  void Watch(const std::shared_ptr<Mailbox>& mailbox, Bytes channel = "room") {
    const Status status = index_.WatchPresence(mailbox, channel);
    ASSERT_TRUE(status.ok()) << status.message();
  }
};

TEST_F(PresenceTest, ItBeginsWithAllWhoAreIn) {
  const auto members = Make();
  const auto more = Make();
  const auto watcher = Make();
  Subscribe(members, "room", 1);
  Subscribe(members, "room", 2);
  Subscribe(more, "room", 2);
  Subscribe(members, "other", 3);
  Watch(watcher);
  Watch(watcher, "empty");
  EXPECT_THAT(Drain(watcher), ElementsAre("room has [1 2]", "empty has []"));
  EXPECT_THAT(index_.TagsOf("room"), ElementsAre(1, 2));
  EXPECT_THAT(index_.TagsOf("empty"), IsEmpty());
}

TEST_F(PresenceTest, ATagIsInFromItsFirstMailboxToItsLast) {
  const auto first = Make();
  const auto second = Make();
  const auto watcher = Make();
  Watch(watcher);
  Subscribe(first, "room", 7);
  Subscribe(second, "room", 7);
  Subscribe(first, "other", 8);
  PatternSubscribe(first, "ro*", 9);
  TokensSubscribe(first, "room", 10);
  Unsubscribe(first, "room", 7);
  EXPECT_THAT(Drain(watcher), ElementsAre("room has []", "[7] into room"));
  Unsubscribe(second, "room", 7);
  EXPECT_THAT(Drain(watcher), ElementsAre("[7] out of room"));
}

TEST_F(PresenceTest, ItIsToldInOrderWithTheMessages) {
  const auto members = Make();
  const auto watcher = Make();
  Watch(watcher);
  Subscribe(watcher, "room", 1);
  index_.Publish("room", "a");
  Subscribe(members, "room", 2);
  index_.Publish("room", "b");
  EXPECT_THAT(Drain(watcher), ElementsAre("room has []", "[1] into room", "room=a[1]",
                                          "[2] into room", "room=b[1]"));
}

TEST_F(PresenceTest, AMailboxThatLeavesTakesItsTagsWithIt) {
  auto members = Make();
  const auto stays = Make();
  const auto watcher = Make();
  for (uint64_t tag = 0; tag < 5; ++tag) Subscribe(members, "room", tag);
  Subscribe(members, "lobby", 1);
  Subscribe(stays, "room", 3);
  Watch(watcher);
  Watch(watcher, "lobby");
  Drain(watcher);
  index_.Leave(members);
  EXPECT_THAT(Drain(watcher),
              testing::UnorderedElementsAre("[0 1 2 4] out of room", "[1] out of lobby"));
  EXPECT_THAT(index_.TagsOf("room"), ElementsAre(3));
}

TEST_F(PresenceTest, ManyLeaveInSeveralEvents) {
  constexpr uint64_t kTags = 10'000;
  const auto members = Make();
  const auto watcher = Make();
  for (uint64_t tag = 0; tag < kTags; ++tag) Subscribe(members, "room", tag);
  Watch(watcher);
  index_.Leave(members);
  Delivery delivery;
  ASSERT_TRUE(watcher->Next(0, nullptr, &delivery).ok());
  EXPECT_EQ(delivery.kind, DeliveryKind::kPresent);
  EXPECT_EQ(std::set<uint64_t>(delivery.tags.begin(), delivery.tags.end()).size(), kTags);
  std::set<uint64_t> left;
  while (watcher->Next(0, nullptr, &delivery).ok()) {
    EXPECT_EQ(delivery.kind, DeliveryKind::kLeft);
    for (const uint64_t tag : delivery.tags) EXPECT_TRUE(left.insert(tag).second) << tag;
  }
  EXPECT_EQ(left.size(), kTags);
}

TEST_F(PresenceTest, WatchingEnds) {
  const auto members = Make();
  const auto watcher = Make();
  const auto other = Make();
  Watch(watcher);
  Watch(watcher);  // again: the new list is told instead of the one that waits
  Watch(other);
  Watch(other, "lobby");
  Subscribe(members, "room", 1);
  EXPECT_THAT(Drain(watcher), ElementsAre("room has []", "[1] into room"));
  EXPECT_TRUE(index_.UnwatchPresence(watcher, "room").ok());
  EXPECT_EQ(index_.UnwatchPresence(watcher, "room").code(), Code::kNotFound);
  EXPECT_EQ(index_.UnwatchPresence(watcher, "lobby").code(), Code::kNotFound);
  Subscribe(members, "room", 2);
  EXPECT_THAT(Drain(watcher), IsEmpty());
  EXPECT_THAT(Drain(other),
              ElementsAre("room has []", "lobby has []", "[1] into room", "[2] into room"));
  index_.Leave(other);
  Subscribe(members, "room", 3);
  EXPECT_THAT(Drain(other), ElementsAre("CLOSED"));
}

TEST_F(PresenceTest, AWatcherThatIsFullIsToldOfAGapAndBeginsAnew) {
  const auto members = Make();
  const auto watcher = Make({.capacity_messages = 2});
  Watch(watcher);
  for (uint64_t tag = 1; tag <= 4; ++tag) Subscribe(members, "room", tag);
  EXPECT_THAT(Drain(watcher),
              ElementsAre("gap 2", "room has []", "[3] into room", "[4] into room"));
  Watch(watcher);
  EXPECT_THAT(Drain(watcher), ElementsAre("room has [1 2 3 4]"));
}

// As the documentation tells: whoever is told of a gap watches again, at once.
TEST_F(PresenceTest, WhoBeginsAnewAtEachGapComesToAnEnd) {
  for (const OverflowPolicy overflow :
       {OverflowPolicy::kDropOldest, OverflowPolicy::kDropNewest, OverflowPolicy::kConflate}) {
    const auto members = Make();
    const auto watcher = Make({.capacity_messages = 4, .overflow = overflow});
    Watch(watcher);
    Watch(watcher, "other");
    for (uint64_t tag = 1; tag <= 10; ++tag) Subscribe(members, "room", tag);
    std::vector<uint64_t> last;
    int reads = 0;
    Delivery delivery;
    while (watcher->Next(0, nullptr, &delivery).ok() && ++reads < 100) {
      if (delivery.kind == DeliveryKind::kGap) {
        Watch(watcher);
        Watch(watcher, "other");
      }
      if (delivery.kind == DeliveryKind::kPresent && delivery.subject == "room") {
        last = delivery.tags;
      }
    }
    EXPECT_LT(reads, 100);
    EXPECT_EQ(last.size(), 10u);
    // It holds no more than it was made for again.
    for (uint64_t tag = 11; tag <= 30; ++tag) Subscribe(members, "room", tag);
    EXPECT_EQ(watcher->pending(), 4u);
    index_.Leave(members);
    index_.Leave(watcher);
  }
}

TEST_F(PresenceTest, InterestInMoreThanTheMailboxHoldsIsToldWhole) {
  const auto members = Make();
  const auto watcher = Make({.capacity_messages = 8});
  for (int i = 0; i < 100; ++i) Subscribe(members, std::to_string(i));
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(index_.WatchInterest(watcher).ok());
    const std::vector<std::string> told = Drain(watcher);
    EXPECT_EQ(std::set<std::string>(told.begin(), told.end()).size(), 100u);
  }
  // Bounded all the same.
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(index_.WatchInterest(watcher).ok());
  EXPECT_EQ(watcher->pending(), 100u);
}

// Whoever reads a gap, which is before everything else, has not made room yet when it begins anew.
TEST_F(PresenceTest, BeginningAnewMakesNoGap) {
  for (const OverflowPolicy overflow :
       {OverflowPolicy::kDropOldest, OverflowPolicy::kDropNewest, OverflowPolicy::kConflate}) {
    const auto members = Make();
    const auto watcher = Make({.capacity_messages = 4, .overflow = overflow});
    for (int i = 0; i < 10; ++i) Subscribe(members, std::to_string(i));
    for (int i = 0; i < 5; ++i) Watch(watcher, std::to_string(i));
    ASSERT_TRUE(index_.WatchInterest(watcher).ok());
    for (int i = 10; i < 20; ++i) Subscribe(members, std::to_string(i));
    std::set<std::string> told;
    std::set<std::string> rooms;
    int gaps = 0;
    Delivery delivery;
    while (watcher->Next(0, nullptr, &delivery).ok() && gaps < 10) {
      if (delivery.kind == DeliveryKind::kInterestGained) told.insert(delivery.subject);
      if (delivery.kind == DeliveryKind::kPresent) rooms.insert(delivery.subject);
      if (delivery.kind != DeliveryKind::kGap) continue;
      ++gaps;
      told.clear();
      rooms.clear();
      ASSERT_TRUE(index_.WatchInterest(watcher).ok());
      for (int i = 0; i < 5; ++i) Watch(watcher, std::to_string(i));
    }
    EXPECT_EQ(gaps, 1);
    EXPECT_EQ(told.size(), 20u);
    EXPECT_EQ(rooms.size(), 5u);
    index_.Leave(members);
    index_.Leave(watcher);
  }
}

TEST_F(PresenceTest, AListIsToldBehindWhatWasThereBefore) {
  const auto members = Make();
  const auto watcher = Make();
  Subscribe(watcher, "news", 7);
  index_.Publish("news", "before");
  Subscribe(members, "room", 1);
  Watch(watcher);
  Subscribe(members, "room", 2);
  index_.Publish("news", "after");
  EXPECT_THAT(Drain(watcher),
              ElementsAre("news=before[7]", "room has [1]", "[2] into room", "news=after[7]"));
  // The newer list takes the place of the one that waits, at the end.
  Watch(watcher);
  index_.Publish("news", "more");
  Watch(watcher);
  EXPECT_EQ(watcher->pending(), 2u);
  EXPECT_THAT(Drain(watcher), ElementsAre("news=more[7]", "room has [1 2]"));
}

// A room that is watched anew may stand where another one was.
TEST_F(PresenceTest, ARoomThatIsNotWatchedAnyMoreIsStillTold) {
  const auto watcher = Make();
  for (int i = 0; i < 20; ++i) {
    Watch(watcher, std::to_string(i));
    ASSERT_TRUE(index_.UnwatchPresence(watcher, std::to_string(i)).ok());
  }
  EXPECT_EQ(Drain(watcher).size(), 20u);
}

TEST_F(PresenceTest, WhoClosesItselfIsNotToldAnyMore) {
  const auto members = Make();
  const auto watcher = Make({.capacity_messages = 1, .overflow = OverflowPolicy::kClose});
  Watch(watcher);
  Subscribe(members, "room", 1);
  Subscribe(members, "room", 2);
  EXPECT_THAT(Drain(watcher), ElementsAre("room has []", "[1] into room", "CLOSED"));
  EXPECT_EQ(index_.WatchPresence(watcher, "room").code(), Code::kClosed);
}

TEST_F(PresenceTest, NamesThatAreTooLongAndIndexesThatAreClosed) {
  const auto watcher = Make();
  EXPECT_EQ(index_.WatchPresence(watcher, std::string(256, 'c')).code(), Code::kTooLarge);
  Watch(watcher);
  index_.CloseAll();
  EXPECT_EQ(index_.WatchPresence(Make(), "room").code(), Code::kClosed);
  EXPECT_EQ(index_.UnwatchPresence(watcher, "room").code(), Code::kNotFound);
}

TEST_F(PresenceTest, MemoryIsCountedAndGivenBack) {
  MemoryBudget budget;
  {
    ChannelIndex index;
    index.set_budget(&budget);
    const auto members = Make();
    const auto watcher = Make();
    ASSERT_TRUE(index.WatchPresence(watcher, "room").ok());
    const int64_t before = budget.used_bytes(MemoryPurpose::kMailboxes);
    for (uint64_t tag = 0; tag < 1000; ++tag) {
      ASSERT_TRUE(index.Subscribe(members, SubjectKind::kChannel, "room", tag).ok());
    }
    Drain(watcher);
    // A count for each tag, beside the subscriptions.
    EXPECT_GT(budget.used_bytes(MemoryPurpose::kMailboxes), before + 1000 * (32 + 40 + 12));
    index.Leave(members);
    index.Leave(watcher);
    Drain(watcher);
  }
  EXPECT_EQ(budget.used_bytes(MemoryPurpose::kMailboxes), 0);
}

// What is told adds up to what is.
TEST_F(PresenceTest, RandomComingsAndGoings) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  constexpr const char* kRooms[] = {"a", "b", "c"};
  std::vector<std::shared_ptr<Mailbox>> mailboxes(6);
  for (auto& mailbox : mailboxes) mailbox = Make();
  const auto watcher = Make();
  std::map<std::string, std::set<uint64_t>> told;
  for (const char* room : kRooms) Watch(watcher, room);
  const auto read = [&] {
    Delivery delivery;
    while (watcher->Next(0, nullptr, &delivery).ok()) {
      std::set<uint64_t>& room = told[delivery.subject];
      if (delivery.kind == DeliveryKind::kPresent) room.clear();
      for (const uint64_t tag : delivery.tags) {
        const bool changed =
            delivery.kind == DeliveryKind::kLeft ? room.erase(tag) == 1 : room.insert(tag).second;
        EXPECT_TRUE(changed) << tag << " of " << delivery.subject;
      }
    }
  };
  for (int step = 0; step < 20'000; ++step) {
    auto& mailbox = mailboxes[random() % mailboxes.size()];
    const Bytes room = kRooms[random() % 3];
    const uint64_t tag = random() % 20;
    switch (random() % 12) {
      case 0:
        index_.UnsubscribeTag(mailbox, tag);
        break;
      case 1:
        if (random() % 10 != 0) break;
        index_.Leave(mailbox);
        mailbox = Make();
        break;
      case 2:
        ASSERT_TRUE(index_.UnwatchPresence(watcher, room).ok());
        read();
        Watch(watcher, room);
        break;
      case 3:
      case 4:
      case 5:
      case 6:
        static_cast<void>(index_.Unsubscribe(mailbox, SubjectKind::kChannel, room, tag));
        break;
      default:
        static_cast<void>(index_.Subscribe(mailbox, SubjectKind::kChannel, room, tag));
        break;
    }
    if (step % 50 != 0) continue;
    read();
    for (const char* each : kRooms) {
      const std::vector<uint64_t> is = index_.TagsOf(each);
      ASSERT_EQ(told[each], std::set<uint64_t>(is.begin(), is.end())) << "step " << step;
    }
  }
}

}  // namespace
}  // namespace kontor
