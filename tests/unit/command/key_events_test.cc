#include "txn/key_events.h"

#include <memory>
#include <string>

#include "base/limits.h"
#include "txn/execute.h"
#include "txn/put.h"
#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

// That commands announce what those of Redis do is shown beside a Redis
// (tests/interop/events_test.cc); this is about the rest.
class KeyEventsTest : public CollectionCommandTest {
 protected:
  KeyEventsTest() : mailbox_(std::make_shared<Mailbox>(MailboxOptions{})) {
    EXPECT_TRUE(
        engine_->core()->channels.Subscribe(mailbox_, SubjectKind::kPattern, "__key*__:*", 1).ok());
  }

  void Want(const std::string& classes) {
    EXPECT_EQ(Run("CONFIG SET notify-keyspace-events " + classes), "+OK");
  }
  // What was published since the last call: "channel=message ...".
  std::string Events() {
    std::string events;
    Delivery delivery;
    while (mailbox_->Next(0, nullptr, &delivery).ok()) {
      events += std::string(delivery.publication->channel) + "=" +
                std::string(delivery.publication->body) + " ";
    }
    return events;
  }
  std::string EventsOf(const std::string& line) {
    Run(line);
    return Events();
  }

  std::shared_ptr<Mailbox> mailbox_;
};

TEST_F(KeyEventsTest, NothingIsToldUnlessItIsAskedFor) {
  EXPECT_EQ(Run("CONFIG GET notify-keyspace-events"), "[\"notify-keyspace-events\" \"\"]");
  EXPECT_EQ(EventsOf("SET s x"), "");
  Want("K");
  EXPECT_EQ(EventsOf("SET s x"), "") << "no class is chosen";
  Want("A");
  EXPECT_EQ(EventsOf("SET s x"), "") << "no kind of channel is chosen";
  Want("K$");
  EXPECT_EQ(EventsOf("SET s x"), "__keyspace@0__:s=set ");
  Want("E$");
  EXPECT_EQ(EventsOf("SET s x"), "__keyevent@0__:set=s ");
  EXPECT_EQ(EventsOf("DEL s"), "");
  Want("\"\"");
  EXPECT_EQ(EventsOf("SET s x"), "");
}

TEST_F(KeyEventsTest, TheLettersAreThoseOfRedis) {
  const CommandCase cases[] = {
      {"KEA", "AKE"},   {"EK", "KE"},  {"g$lshzxetdKE", "AKE"},
      {"txzK", "zxtK"}, {"Amn", "Am"}, {"gnmE", "gnEm"},
  };
  for (const CommandCase& one : cases) {
    Want(one.line);
    EXPECT_EQ(Run("CONFIG GET notify-keyspace-events"),
              "[\"notify-keyspace-events\" \"" + std::string(one.reply) + "\"]");
  }
  EXPECT_EQ(Run("CONFIG SET notify-keyspace-events Kq"),
            "-ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - "
            "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
}

TEST_F(KeyEventsTest, WhatTheEngineDoesByItselfIsTold) {
  Want("EA");
  Run("SET gone x PX 10");
  Run("SET seen x PX 10");
  Run("HSETEX h PX 10 FIELDS 2 a 1 b 2");
  Run("HSETEX stays PX 10 FIELDS 1 a 1");
  Run("HSET stays b 1");
  Events();
  clock_.AdvanceMs(10);
  EXPECT_EQ(EventsOf("INCR seen"), "__keyevent@0__:expired=seen __keyevent@0__:incrby=seen ");
  EXPECT_EQ(EventsOf("HGET h a"), "__keyevent@0__:hexpired=h __keyevent@0__:del=h ");
  EXPECT_EQ(EventsOf("HGET stays a"), "__keyevent@0__:hexpired=stays ");
  engine_->Tick();
  EXPECT_EQ(Events(), "__keyevent@0__:expired=gone ");
}

TEST_F(KeyEventsTest, NewKeysAndMissesAreToldWhereTheyAreAskedFor) {
  Want("Enm");
  EXPECT_EQ(EventsOf("SET s x"), "__keyevent@0__:new=s ");
  EXPECT_EQ(EventsOf("SET s y"), "");
  EXPECT_EQ(EventsOf("RPUSH l a b"), "__keyevent@0__:new=l ");
  EXPECT_EQ(EventsOf("COPY l m"), "__keyevent@0__:new=m ");
  EXPECT_EQ(EventsOf("DEL nothing"), "");
  EXPECT_EQ(EventsOf("GET nothing"), "__keyevent@0__:keymiss=nothing ");
}

TEST_F(KeyEventsTest, EvictedKeysAreTold) {
  Run("CONFIG SET maxmemory 16mb maxmemory-policy allkeys-lru");
  Want("Ee");
  const std::string value(2000, 'x');
  std::string events;
  for (int i = 0; i < 20000 && events.empty(); ++i) {
    events = EventsOf("SET key" + std::to_string(i) + " " + value);
  }
  EXPECT_EQ(events.substr(0, 26), "__keyevent@0__:evicted=key") << events.substr(0, 100);
}

// Whoever writes without an operation takes the way through one while somebody listens.
TEST_F(KeyEventsTest, TheShortWayOfAWriteTellsNobodyAndSoIsNotTaken) {
  EXPECT_EQ(PutText(engine_->core(), 0, "s", "x", 0), Code::kOk);
  Want("KA");
  EXPECT_EQ(PutText(engine_->core(), 0, "s", "x", 0), Code::kAgain);
  EXPECT_EQ(PutTextPrepared(engine_->core(), 0, "s", std::string(5000, 'x'), 0).code(),
            Code::kAgain);
}

TEST_F(KeyEventsTest, NothingIsToldOfWhatIsTakenBack) {
  Want("KA");
  Core* const core = engine_->core();
  const auto change_and_fail = [](Operation& operation) -> Status {
    operation.SetString("s", "x", 0);
    operation.Announce(KeyEventClass::kString, "set", "s");
    throw std::bad_alloc();
  };
  EXPECT_THROW(static_cast<void>(ExecuteWhole(core, core->keyspace.AllShards(), Access::kWrite, 0,
                                              change_and_fail)),
               std::bad_alloc);
  EXPECT_EQ(Events(), "");
  EXPECT_EQ(Run("EXISTS s"), ":0");
}

}  // namespace
}  // namespace kontor
