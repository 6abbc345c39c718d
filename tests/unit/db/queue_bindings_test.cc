// Queues that get what is published: in one commit, with one body, and again after the engine was
// reopened.

#include "verbs/queue_bindings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "txn/publish.h"
#include "txn/transaction.h"
#include "unit/db/reopening_test.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

class QueueBindingsTest : public ReopeningTest {
 protected:
  QueueBindingsTest() { Reopen(); }

  void Bind(const QueuePointer& queue, Bytes subject, SubjectKind kind = SubjectKind::kChannel) {
    const Status bound = verbs::Bind(core(), queue.get(), kind, subject);
    EXPECT_TRUE(bound.ok()) << bound.message();
  }
  Status Say(Bytes channel, Bytes body) {
    OutgoingMessage message{.channel = channel, .body = body};
    Status published = Publish(core(), &message, PublishWait::kNever);
    result_ = message.result;
    return published;
  }
  using Bodies = std::vector<std::string>;

  PublishResult result_;
};

TEST_P(QueueBindingsTest, WhoIsBoundToWhatMatchesGetsItOnce) {
  const QueuePointer exact = OpenQueue("exact");
  const QueuePointer glob = OpenQueue("glob");
  const QueuePointer tokens = OpenQueue("tokens");
  Bind(exact, "orders.eu");
  Bind(exact, "orders.eu");  // changes nothing
  Bind(exact, "orders.*", SubjectKind::kPattern);
  Bind(glob, "*.eu", SubjectKind::kPattern);
  Bind(tokens, "orders.>", SubjectKind::kTokens);
  ASSERT_TRUE(Say("orders.eu", "a").ok());
  ASSERT_TRUE(Say("orders.us.west", "b").ok());
  ASSERT_TRUE(Say("prices.eu", "c").ok());
  ASSERT_TRUE(Say("prices.us", "nobody's").ok());
  EXPECT_EQ(TakeBodiesFrom(exact), (Bodies{"a", "b"}));
  EXPECT_EQ(TakeBodiesFrom(glob), (Bodies{"a", "c"}));
  EXPECT_EQ(TakeBodiesFrom(tokens), (Bodies{"a", "b"}));
  EXPECT_EQ(result_.tags, 0u);
}

TEST_P(QueueBindingsTest, OneBodyIsSharedAndTheChannelTold) {
  for (const char* name : {"a", "b", "c"}) Bind(OpenQueue(name), "news");
  ASSERT_TRUE(Say("news", std::string(10'000, 'x')).ok());
  ASSERT_TRUE(verbs::Enqueue(core(), Find("a").get(), {.body = "own"}).ok());
  if (!GetParam()) {
    Reopen();
  }
  const std::vector<TakenMessage> a = TakeFrom(Find("a"));
  const std::vector<TakenMessage> b = TakeFrom(Find("b"));
  const std::vector<TakenMessage> c = TakeFrom(Find("c"));
  ASSERT_EQ(a.size(), 2u);
  ASSERT_EQ(b.size(), 1u);
  ASSERT_EQ(c.size(), 1u);
  EXPECT_EQ((*a[0].body).size(), 10'000u);
  EXPECT_EQ((*a[0].body).data(), (*b[0].body).data());
  EXPECT_EQ((*a[0].body).data(), (*c[0].body).data());
  EXPECT_EQ(*b[0].channel, "news");
  EXPECT_FALSE(a[1].channel.has_value());
}

TEST_P(QueueBindingsTest, TheJournalHasTheBodyOnce) {
  for (const char* name : {"a", "b", "c", "d"}) Bind(OpenQueue(name), "news");
  const uint64_t before = core()->journal->bytes_since_rotation();
  ASSERT_TRUE(Say("news", std::string(100'000, 'x')).ok());
  EXPECT_LT(core()->journal->bytes_since_rotation() - before, 101'000u);
}

TEST_P(QueueBindingsTest, BindingsAndMessagesSurvive) {
  Bind(OpenQueue("q"), "news");
  Bind(OpenQueue("q"), "a.>", SubjectKind::kTokens);
  Bind(OpenQueue("gone"), "news");
  ASSERT_TRUE(verbs::Unbind(core(), Find("q").get(), SubjectKind::kTokens, "a.>").ok());
  ASSERT_TRUE(Say("news", "before").ok());
  ASSERT_TRUE(verbs::DeleteQueue(core(), "gone").ok());
  Reopen();
  EXPECT_EQ(*verbs::ListBindings(Find("q").get()),
            (std::vector<Binding>{{SubjectKind::kChannel, "news"}}));
  ASSERT_TRUE(Say("news", "after").ok());
  ASSERT_TRUE(Say("a.b", "nobody's").ok());
  const std::vector<TakenMessage> taken = TakeFrom(Find("q"));
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(*taken[0].body, "before");
  EXPECT_EQ(*taken[0].channel, "news");
  EXPECT_EQ(*taken[1].body, "after");
}

TEST_P(QueueBindingsTest, WhatHasEndedGetsNothing) {
  const QueuePointer old = OpenQueue("q");
  Bind(old, "news");
  EXPECT_EQ(verbs::Unbind(core(), old.get(), SubjectKind::kPattern, "news").code(),
            Code::kNotFound);
  ASSERT_TRUE(verbs::DeleteQueue(core(), "q").ok());
  EXPECT_EQ(verbs::Bind(core(), old.get(), SubjectKind::kChannel, "x").code(), Code::kClosed);
  const QueuePointer fresh = OpenQueue("q");
  EXPECT_EQ(verbs::Bind(core(), old.get(), SubjectKind::kChannel, "x").code(), Code::kClosed);
  ASSERT_TRUE(Say("news", "m").ok());
  EXPECT_EQ(TakeBodiesFrom(fresh), Bodies{});
  Bind(fresh, "news");
  ASSERT_TRUE(verbs::Unbind(core(), fresh.get(), SubjectKind::kChannel, "news").ok());
  ASSERT_TRUE(Say("news", "m").ok());
  EXPECT_EQ(TakeBodiesFrom(fresh), Bodies{});
}

TEST_P(QueueBindingsTest, BadSubjects) {
  const QueuePointer queue = OpenQueue("q");
  EXPECT_EQ(verbs::Bind(core(), queue.get(), SubjectKind::kTokens, "a..b").code(), Code::kInvalid);
  const std::string longest(limits::kNameBytes + 1, 'x');
  EXPECT_EQ(verbs::Bind(core(), queue.get(), SubjectKind::kChannel, longest).code(),
            Code::kTooLarge);
  // What could not be written down cannot be published to a queue, but to everybody else.
  EXPECT_TRUE(Say(longest, "m").ok());
  Bind(queue, "*", SubjectKind::kPattern);
  EXPECT_EQ(Say(longest, "m").code(), Code::kTooLarge);
  Bind(queue, "");
  EXPECT_TRUE(Say("", "m").ok());
  EXPECT_EQ(TakeBodiesFrom(queue), Bodies{"m"});
  Reopen();
}

TEST_P(QueueBindingsTest, AQueueHasSoManyAndNoMore) {
  const QueuePointer queue = OpenQueue("q", {.durable = 0});
  for (size_t i = 0; i < limits::kBindings; ++i) Bind(queue, "c" + std::to_string(i));
  EXPECT_EQ(verbs::Bind(core(), queue.get(), SubjectKind::kChannel, "c").code(), Code::kFull);
  Bind(queue, "c0");
  ASSERT_TRUE(Say("c9999", "m").ok());
  EXPECT_EQ(TakeBodiesFrom(queue), Bodies{"m"});
}

TEST_P(QueueBindingsTest, AFullQueueHasThePublishRefusedForAll) {
  const QueuePointer roomy = OpenQueue("roomy");
  const QueuePointer full = OpenQueue("full", {.max_length = 1});
  Bind(roomy, "news");
  Bind(full, "news");
  const auto mailbox = std::make_shared<Mailbox>(MailboxOptions{});
  ASSERT_TRUE(core()->channels.Subscribe(mailbox, SubjectKind::kChannel, "news", 1).ok());
  ASSERT_TRUE(Say("news", "first").ok());
  EXPECT_EQ(result_.tags, 1u);
  const Status refused = Say("news", "second");
  EXPECT_EQ(refused.code(), Code::kFull);
  EXPECT_NE(refused.message().find("full"), std::string::npos);
  EXPECT_EQ(TakeBodiesFrom(roomy), Bodies{"first"});
  EXPECT_EQ(TakeBodiesFrom(full), Bodies{"first"});
  Delivery delivery;
  EXPECT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  EXPECT_EQ(mailbox->Next(0, nullptr, &delivery).code(), Code::kTimeout);
}

TEST_P(QueueBindingsTest, AFullQueueThatDropsLosesItsOldest) {
  const QueuePointer queue = OpenQueue("q", {.max_length = 2, .overflow = 1});
  Bind(queue, "news");
  for (const char* body : {"a", "b", "c", "d"}) ASSERT_TRUE(Say("news", body).ok());
  Reopen();
  EXPECT_EQ(TakeBodiesFrom(Find("q")), (Bodies{"c", "d"}));
}

TEST_P(QueueBindingsTest, APublishInACommitIsPutInWithIt) {
  const QueuePointer queue = OpenQueue("q");
  const QueuePointer other = OpenQueue("other");
  Bind(queue, "news");
  Bind(other, "news");
  for (const bool fails : {true, false}) {
    Transaction transaction;
    transaction.AddEnqueue(queue, {.body = "own"});
    transaction.AddPublish("news", "one");
    transaction.AddPublish("news", "two");
    transaction.AddEnqueue(queue, {.body = "last"});
    transaction.AddKeys(core()->keyspace.AllShards(), Access::kWrite, [&](Operation& operation) {
      operation.SetString("k", "v", 0);
      return fails ? Status(Code::kWrongType, "no") : Ok();
    });
    Transaction::Outcome outcome;
    const Status status = transaction.Commit(core(), 0, Durability::kAsync, &outcome);
    EXPECT_EQ(status.ok(), !fails) << status.message();
    if (fails) {
      EXPECT_EQ(TakeBodiesFrom(queue), Bodies{});
    }
  }
  Reopen();
  EXPECT_EQ(TakeBodiesFrom(Find("q")), (Bodies{"own", "one", "two", "last"}));
  EXPECT_EQ(TakeBodiesFrom(Find("other")), (Bodies{"one", "two"}));
}

TEST_P(QueueBindingsTest, TheStepThatAQueueRefusesIsNamed) {
  const QueuePointer queue = OpenQueue("q", {.max_length = 1});
  Bind(queue, "news");
  Transaction transaction;
  transaction.AddPublish("other", "m");
  transaction.AddPublish("news", "m");
  transaction.AddPublish("news", "m");
  Transaction::Outcome outcome;
  EXPECT_EQ(transaction.Commit(core(), 0, Durability::kAsync, &outcome).code(), Code::kFull);
  EXPECT_EQ(outcome.failed_step, 2u);
}

TEST_P(QueueBindingsTest, ARecordThatRepeatsABodyItDoesNotHaveIsRefused) {
  if (GetParam()) GTEST_SKIP() << "a snapshot at close leaves no record to be read";
  OpenQueue("q");
  std::string record;
  EncodeEffect({.kind = QueueEffectKind::kMessagePut,
                .queue = "q",
                .id = 1,
                .channel = "news",
                .has_body_of_last_put = true},
               &record);
  core()->journal->Append(record);
  ASSERT_TRUE(engine_->Close().ok());
  const Status opened = TryToOpenOn(nullptr);
  EXPECT_EQ(opened.code(), Code::kCorrupt);
  EXPECT_NE(opened.message().find("repeats a body"), std::string::npos) << opened.message();
}

// Whoever is bound all the time gets everything, in the order of each publisher; who is bound now
// and then gets a part of that.
TEST_P(QueueBindingsTest, BindingWhileOthersPublish) {
  constexpr int kMessages = 300;
  const QueuePointer always = OpenQueue("always");
  const QueuePointer sometimes = OpenQueue("sometimes");
  Bind(always, "news.*", SubjectKind::kPattern);
  std::atomic<int> publishing{2};
  const auto publish = [&](char who) {
    for (int i = 0; i < kMessages; ++i) {
      const std::string body = who + std::to_string(1000 + i);
      OutgoingMessage message{.channel = "news.x", .body = body};
      EXPECT_TRUE(Publish(core(), &message, PublishWait::kNever).ok());
    }
    publishing.fetch_sub(1);
  };
  std::thread first(publish, 'a');
  std::thread second(publish, 'b');
  while (publishing.load() > 0) {
    Bind(sometimes, "news.x");
    EXPECT_TRUE(verbs::Unbind(core(), sometimes.get(), SubjectKind::kChannel, "news.x").ok());
  }
  first.join();
  second.join();
  const Bodies all = TakeBodiesFrom(always);
  ASSERT_EQ(all.size(), 2u * kMessages);
  for (const char who : {'a', 'b'}) {
    Bodies of_one;
    std::copy_if(all.begin(), all.end(), std::back_inserter(of_one),
                 [who](const std::string& body) { return body[0] == who; });
    EXPECT_TRUE(std::is_sorted(of_one.begin(), of_one.end()));
  }
  const std::set<std::string> known(all.begin(), all.end());
  EXPECT_EQ(known.size(), all.size());
  for (const std::string& body : TakeBodiesFrom(sometimes))
    EXPECT_TRUE(known.contains(body)) << body;
}

INSTANTIATE_TEST_SUITE_P(From, QueueBindingsTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Snapshot" : "Journal"; });

}  // namespace
}  // namespace kontor
