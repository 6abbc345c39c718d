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

#include "db/engine.h"
#include "os/memory_file_system.h"
#include "txn/publish.h"
#include "txn/transaction.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

using QueuePointer = std::shared_ptr<WorkQueue>;

// The parameter: whether a snapshot is written at close.
class QueueBindingsTest : public ::testing::TestWithParam<bool> {
 protected:
  QueueBindingsTest() { EXPECT_TRUE(Reopen().ok()); }

  Status Reopen() {
    if (engine_ != nullptr) {
      EXPECT_TRUE(engine_->Close().ok());
      engine_.reset();
    }
    EngineOptions options;
    options.directory = "/data";
    options.file_system = &disk_;
    options.clock = &clock_;
    options.background = false;
    options.snapshot_at_close = GetParam();
    options.shards = 8;
    KONTOR_ASSIGN_OR_RETURN(engine_, Engine::Open(options));
    return Ok();
  }
  Core* core() { return engine_->core(); }
  QueuePointer Queue(Bytes name, const QueueOptions& options = {}) {
    auto opened = verbs::OpenQueue(core(), name, &options);
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    return *std::move(opened);
  }
  QueuePointer Find(Bytes name) { return core()->queues.Find(name); }
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
  std::vector<TakenMessage> Take(const QueuePointer& queue) {
    const int64_t timeout_ms = 0;
    const WaitOptions wait{.timeout_ms = &timeout_ms};
    std::vector<TakenMessage> taken;
    const auto place = [&taken] { return &taken.emplace_back(); };
    size_t got = 0;
    const Status status = verbs::Take(core(), queue.get(), 1000, 0, wait, place, &got);
    EXPECT_TRUE(status.ok() || status.code() == Code::kTimeout) << status.message();
    taken.resize(got);
    return taken;
  }
  std::vector<std::string> TakeBodies(const QueuePointer& queue) {
    std::vector<std::string> bodies;
    for (const TakenMessage& message : Take(queue)) bodies.emplace_back(*message.body);
    return bodies;
  }
  using Bodies = std::vector<std::string>;

  MemoryFileSystem disk_;
  ManualClock clock_;
  std::unique_ptr<Engine> engine_;
  PublishResult result_;
};

TEST_P(QueueBindingsTest, WhoIsBoundToWhatMatchesGetsItOnce) {
  const QueuePointer exact = Queue("exact");
  const QueuePointer glob = Queue("glob");
  const QueuePointer tokens = Queue("tokens");
  Bind(exact, "orders.eu");
  Bind(exact, "orders.eu");  // changes nothing
  Bind(exact, "orders.*", SubjectKind::kPattern);
  Bind(glob, "*.eu", SubjectKind::kPattern);
  Bind(tokens, "orders.>", SubjectKind::kTokens);
  ASSERT_TRUE(Say("orders.eu", "a").ok());
  ASSERT_TRUE(Say("orders.us.west", "b").ok());
  ASSERT_TRUE(Say("prices.eu", "c").ok());
  ASSERT_TRUE(Say("prices.us", "nobody's").ok());
  EXPECT_EQ(TakeBodies(exact), (Bodies{"a", "b"}));
  EXPECT_EQ(TakeBodies(glob), (Bodies{"a", "c"}));
  EXPECT_EQ(TakeBodies(tokens), (Bodies{"a", "b"}));
  EXPECT_EQ(result_.tags, 0u);
}

TEST_P(QueueBindingsTest, OneBodyIsSharedAndTheChannelTold) {
  for (const char* name : {"a", "b", "c"}) Bind(Queue(name), "news");
  ASSERT_TRUE(Say("news", std::string(10'000, 'x')).ok());
  ASSERT_TRUE(verbs::Enqueue(core(), Find("a").get(), {.body = "own"}).ok());
  if (!GetParam()) {
    ASSERT_TRUE(Reopen().ok());
  }
  const std::vector<TakenMessage> a = Take(Find("a"));
  const std::vector<TakenMessage> b = Take(Find("b"));
  const std::vector<TakenMessage> c = Take(Find("c"));
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
  for (const char* name : {"a", "b", "c", "d"}) Bind(Queue(name), "news");
  const uint64_t before = core()->journal->bytes_since_rotation();
  ASSERT_TRUE(Say("news", std::string(100'000, 'x')).ok());
  EXPECT_LT(core()->journal->bytes_since_rotation() - before, 101'000u);
}

TEST_P(QueueBindingsTest, BindingsAndMessagesSurvive) {
  Bind(Queue("q"), "news");
  Bind(Queue("q"), "a.>", SubjectKind::kTokens);
  Bind(Queue("gone"), "news");
  ASSERT_TRUE(verbs::Unbind(core(), Find("q").get(), SubjectKind::kTokens, "a.>").ok());
  ASSERT_TRUE(Say("news", "before").ok());
  ASSERT_TRUE(verbs::DeleteQueue(core(), "gone").ok());
  ASSERT_TRUE(Reopen().ok());
  EXPECT_EQ(*verbs::ListBindings(Find("q").get()),
            (std::vector<Binding>{{SubjectKind::kChannel, "news"}}));
  ASSERT_TRUE(Say("news", "after").ok());
  ASSERT_TRUE(Say("a.b", "nobody's").ok());
  const std::vector<TakenMessage> taken = Take(Find("q"));
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(*taken[0].body, "before");
  EXPECT_EQ(*taken[0].channel, "news");
  EXPECT_EQ(*taken[1].body, "after");
}

TEST_P(QueueBindingsTest, WhatHasEndedGetsNothing) {
  const QueuePointer old = Queue("q");
  Bind(old, "news");
  EXPECT_EQ(verbs::Unbind(core(), old.get(), SubjectKind::kPattern, "news").code(),
            Code::kNotFound);
  ASSERT_TRUE(verbs::DeleteQueue(core(), "q").ok());
  EXPECT_EQ(verbs::Bind(core(), old.get(), SubjectKind::kChannel, "x").code(), Code::kClosed);
  const QueuePointer fresh = Queue("q");
  EXPECT_EQ(verbs::Bind(core(), old.get(), SubjectKind::kChannel, "x").code(), Code::kClosed);
  ASSERT_TRUE(Say("news", "m").ok());
  EXPECT_EQ(TakeBodies(fresh), Bodies{});
  Bind(fresh, "news");
  ASSERT_TRUE(verbs::Unbind(core(), fresh.get(), SubjectKind::kChannel, "news").ok());
  ASSERT_TRUE(Say("news", "m").ok());
  EXPECT_EQ(TakeBodies(fresh), Bodies{});
}

TEST_P(QueueBindingsTest, BadSubjects) {
  const QueuePointer queue = Queue("q");
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
  EXPECT_EQ(TakeBodies(queue), Bodies{"m"});
  ASSERT_TRUE(Reopen().ok());
}

TEST_P(QueueBindingsTest, AQueueHasSoManyAndNoMore) {
  const QueuePointer queue = Queue("q", {.durable = 0});
  for (size_t i = 0; i < limits::kBindings; ++i) Bind(queue, "c" + std::to_string(i));
  EXPECT_EQ(verbs::Bind(core(), queue.get(), SubjectKind::kChannel, "c").code(), Code::kFull);
  Bind(queue, "c0");
  ASSERT_TRUE(Say("c9999", "m").ok());
  EXPECT_EQ(TakeBodies(queue), Bodies{"m"});
}

TEST_P(QueueBindingsTest, AFullQueueHasThePublishRefusedForAll) {
  const QueuePointer roomy = Queue("roomy");
  const QueuePointer full = Queue("full", {.max_length = 1});
  Bind(roomy, "news");
  Bind(full, "news");
  const auto mailbox = std::make_shared<Mailbox>(MailboxOptions{});
  ASSERT_TRUE(core()->channels.Subscribe(mailbox, SubjectKind::kChannel, "news", 1).ok());
  ASSERT_TRUE(Say("news", "first").ok());
  EXPECT_EQ(result_.tags, 1u);
  const Status refused = Say("news", "second");
  EXPECT_EQ(refused.code(), Code::kFull);
  EXPECT_NE(refused.message().find("full"), std::string::npos);
  EXPECT_EQ(TakeBodies(roomy), Bodies{"first"});
  EXPECT_EQ(TakeBodies(full), Bodies{"first"});
  Delivery delivery;
  EXPECT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  EXPECT_EQ(mailbox->Next(0, nullptr, &delivery).code(), Code::kTimeout);
}

TEST_P(QueueBindingsTest, AFullQueueThatDropsLosesItsOldest) {
  const QueuePointer queue = Queue("q", {.max_length = 2, .overflow = 1});
  Bind(queue, "news");
  for (const char* body : {"a", "b", "c", "d"}) ASSERT_TRUE(Say("news", body).ok());
  ASSERT_TRUE(Reopen().ok());
  EXPECT_EQ(TakeBodies(Find("q")), (Bodies{"c", "d"}));
}

TEST_P(QueueBindingsTest, APublishInACommitIsPutInWithIt) {
  const QueuePointer queue = Queue("q");
  const QueuePointer other = Queue("other");
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
      EXPECT_EQ(TakeBodies(queue), Bodies{});
    }
  }
  ASSERT_TRUE(Reopen().ok());
  EXPECT_EQ(TakeBodies(Find("q")), (Bodies{"own", "one", "two", "last"}));
  EXPECT_EQ(TakeBodies(Find("other")), (Bodies{"one", "two"}));
}

TEST_P(QueueBindingsTest, TheStepThatAQueueRefusesIsNamed) {
  const QueuePointer queue = Queue("q", {.max_length = 1});
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
  Queue("q");
  std::string record;
  EncodeEffect({.kind = QueueEffectKind::kMessagePut,
                .queue = "q",
                .id = 1,
                .channel = "news",
                .has_body_of_last_put = true},
               &record);
  core()->journal->Append(record);
  const Status opened = Reopen();
  EXPECT_EQ(opened.code(), Code::kCorrupt);
  EXPECT_NE(opened.message().find("repeats a body"), std::string::npos) << opened.message();
}

// Whoever is bound all the time gets everything, in the order of each publisher; who is bound now
// and then gets a part of that.
TEST_P(QueueBindingsTest, BindingWhileOthersPublish) {
  constexpr int kMessages = 300;
  const QueuePointer always = Queue("always");
  const QueuePointer sometimes = Queue("sometimes");
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
  const Bodies all = TakeBodies(always);
  ASSERT_EQ(all.size(), 2u * kMessages);
  for (const char who : {'a', 'b'}) {
    Bodies of_one;
    std::copy_if(all.begin(), all.end(), std::back_inserter(of_one),
                 [who](const std::string& body) { return body[0] == who; });
    EXPECT_TRUE(std::is_sorted(of_one.begin(), of_one.end()));
  }
  const std::set<std::string> known(all.begin(), all.end());
  EXPECT_EQ(known.size(), all.size());
  for (const std::string& body : TakeBodies(sometimes)) EXPECT_TRUE(known.contains(body)) << body;
}

INSTANTIATE_TEST_SUITE_P(From, QueueBindingsTest, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Snapshot" : "Journal"; });

}  // namespace
}  // namespace kontor
