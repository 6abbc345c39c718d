// Channels that keep messages: what is kept, who joins where, and that nothing is told twice or not
// at all.

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/codec.h"
#include "base/limits.h"
#include "base/random.h"
#include "unit/broker/mailbox_fixture.h"

namespace kontor {
namespace {

using From = JoinPoint::From;

class RetainedChannelTest : public PubSubTest {
 protected:
  void Declare(Bytes channel, const RetentionOptions& options) {
    const Status status = index_.Declare(channel, options, now_unix_ms_,
                                         [this](Bytes effects) { journal_ += effects; });
    ASSERT_TRUE(status.ok()) << status.message();
  }
  uint64_t Publish(Bytes channel, Bytes body) {
    OutgoingMessage message{.channel = channel, .body = body};
    const PublishOptions options{.now_unix_ms = now_unix_ms_, .journaled = true};
    const Status status = index_.PublishAll({&message, 1}, options, [this](Bytes effects) {
      journal_ += effects;
      return Ok();
    });
    EXPECT_TRUE(status.ok()) << status.message();
    return message.result.tags;
  }
  void PublishNumbers(Bytes channel, int from, int to) {
    for (int i = from; i <= to; ++i) Publish(channel, std::to_string(i));
  }
  Status Join(const std::shared_ptr<Mailbox>& mailbox, Bytes channel, uint64_t tag, From from,
              uint64_t value = 0) {
    return index_.SubscribeFrom(mailbox, channel, tag, {.from = from, .value = value},
                                now_unix_ms_);
  }
  RetentionFigures Figures(Bytes channel) { return *index_.FiguresOf(channel, now_unix_ms_); }
  // What is kept, as "sequence=body".
  std::vector<std::string> Kept(Bytes channel, uint64_t from = 1, size_t count = 100) {
    return Kept(&index_, channel, from, count);
  }
  std::vector<std::string> Kept(ChannelIndex* index, Bytes channel, uint64_t from = 1,
                                size_t count = 100) {
    std::vector<Delivery> deliveries(count);
    size_t read = 0;
    const Status status =
        index->ReadRetained(channel, from, count, now_unix_ms_, deliveries.data(), &read);
    if (!status.ok()) return {std::string(CodeName(status.code()))};
    std::vector<std::string> lines;
    for (size_t i = 0; i < read; ++i) {
      const Delivery& delivery = deliveries[i];
      lines.push_back(delivery.kind == DeliveryKind::kGap
                          ? absl::StrCat("gap ", delivery.lost)
                          : absl::StrCat(delivery.publication->sequence(), "=",
                                         std::string(delivery.publication->body)));
    }
    return lines;
  }
  Status Replay(Bytes effects, ChannelIndex* index) {
    Decoder decoder(effects);
    while (!decoder.empty()) {
      Effect effect;
      if (!DecodeEffect(&decoder, &effect)) return Status(Code::kCorrupt, "no effect");
      KONTOR_RETURN_IF_ERROR(index->Apply(std::get<ChannelEffect>(effect)));
    }
    return Ok();
  }
  static std::string Described(ChannelIndex* index) {
    std::map<std::string, std::string> by_channel;  // an index has no order
    MutexLock lock(index->mutex());
    index->DescribeLocked([&](const ChannelEffect& effect) {
      EncodeEffect(effect, &by_channel[std::string(effect.channel)]);
    });
    std::string effects;
    for (const auto& [channel, its_effects] : by_channel) effects += its_effects;
    return effects;
  }

  int64_t now_unix_ms_ = 1'000'000;
  std::string journal_;
};

using Lines = std::vector<std::string>;

TEST_F(RetainedChannelTest, KeepsTheLastOnesByCount) {
  Declare("c", {.last_count = 3});
  EXPECT_EQ(Figures("c").first_sequence, 1u);
  EXPECT_EQ(Figures("c").last_sequence, 0u);
  EXPECT_EQ(Kept("c"), Lines{});
  PublishNumbers("c", 1, 2);
  EXPECT_EQ(Kept("c"), (Lines{"1=1", "2=2"}));
  PublishNumbers("c", 3, 50);
  EXPECT_EQ(Kept("c", 48), (Lines{"48=48", "49=49", "50=50"}));
  EXPECT_EQ(Kept("c", 40, 3), (Lines{"gap 8", "48=48", "49=49"}));
  EXPECT_EQ(Kept("c", 51), Lines{});
  EXPECT_EQ(Kept("c", 52), Lines{"OUT_OF_RANGE"});
  EXPECT_EQ(Kept("c", 0), Lines{"OUT_OF_RANGE"});
  EXPECT_EQ(Kept("other"), Lines{"NOT_FOUND"});
  const RetentionFigures figures = Figures("c");
  EXPECT_EQ(figures.first_sequence, 48u);
  EXPECT_EQ(figures.last_sequence, 50u);
  EXPECT_EQ(figures.count, 3u);
  EXPECT_EQ(figures.bytes, 6u);
}

TEST_F(RetainedChannelTest, OfNoneIsOnlyNumbered) {
  Declare("c", {.last_count = 0});
  PublishNumbers("c", 1, 20);
  EXPECT_EQ(Figures("c").last_sequence, 20u);
  EXPECT_EQ(Figures("c").count, 0u);
  auto mailbox = Make();
  Subscribe(mailbox, "c", 1);
  Publish("c", "x");
  Delivery delivery;
  ASSERT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  EXPECT_EQ(delivery.publication->sequence(), 21u);
}

TEST_F(RetainedChannelTest, KeepsByBytesAndAlwaysOne) {
  Declare("c", {.max_bytes = 10});
  for (const char* body : {"aaaa", "bbbb", "cccc"}) Publish("c", body);
  EXPECT_EQ(Kept("c", 2), (Lines{"2=bbbb", "3=cccc"}));
  Publish("c", "a body of more than ten bytes");
  EXPECT_EQ(Kept("c", 4), Lines{"4=a body of more than ten bytes"});
  EXPECT_EQ(Figures("c").count, 1u);
}

TEST_F(RetainedChannelTest, KeepsByAgeAsOfTheClockItIsGiven) {
  Declare("c", {.last_ms = 100});
  Publish("c", "a");
  now_unix_ms_ += 60;
  Publish("c", "b");
  now_unix_ms_ += 40;
  EXPECT_EQ(Kept("c"), (Lines{"1=a", "2=b"}));
  now_unix_ms_ += 1;
  EXPECT_EQ(Kept("c"), (Lines{"gap 1", "2=b"}));
  auto mailbox = Make();
  now_unix_ms_ += 100;
  ASSERT_TRUE(Join(mailbox, "c", 1, From::kLast, 10).ok());
  EXPECT_EQ(Drain(mailbox), Lines{});
  EXPECT_EQ(Figures("c").count, 0u);
  Publish("c", "c");
  EXPECT_EQ(Kept("c", 3), Lines{"3=c"});
}

TEST_F(RetainedChannelTest, AJoiningTagGetsWhatIsKeptAndThenWhatComes) {
  Declare("c", {.last_count = 20});
  auto mailbox = Make();
  Subscribe(mailbox, "c", 1);
  PublishNumbers("c", 1, 3);
  ASSERT_TRUE(Join(mailbox, "c", 2, From::kLast, 2).ok());
  ASSERT_TRUE(Join(mailbox, "c", 3, From::kSequence, 1).ok());
  ASSERT_TRUE(Join(mailbox, "c", 4, From::kNow).ok());
  ASSERT_TRUE(Join(mailbox, "c", 5, From::kSequence, 4).ok());
  EXPECT_EQ(mailbox->pending(), 8u);
  Publish("c", "4");
  EXPECT_EQ(Drain(mailbox), (Lines{"c=2[2]", "c=3[2]", "c=1[3]", "c=2[3]", "c=3[3]", "c=1[1]",
                                   "c=2[1]", "c=3[1]", "c=4[1 2 3 4 5]"}));
  EXPECT_EQ(mailbox->pending(), 0u);
}

TEST_F(RetainedChannelTest, WhatIsNotKeptAnyMoreIsToldAsAGapToThatTag) {
  Declare("c", {.last_count = 2});
  PublishNumbers("c", 1, 10);
  auto mailbox = Make();
  ASSERT_TRUE(Join(mailbox, "c", 7, From::kSequence, 4).ok());
  Delivery delivery;
  ASSERT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  EXPECT_EQ(delivery.kind, DeliveryKind::kGap);
  EXPECT_EQ(delivery.lost, 5u);
  EXPECT_EQ(delivery.subject, "c");
  EXPECT_EQ(delivery.tags, std::vector<uint64_t>{7});
  EXPECT_EQ(Drain(mailbox), (Lines{"c=9[7]", "c=10[7]"}));
}

TEST_F(RetainedChannelTest, JoiningAnswersWhatIsWrong) {
  Declare("c", {});
  PublishNumbers("c", 1, 3);
  auto mailbox = Make();
  EXPECT_EQ(Join(mailbox, "c", 1, From::kSequence, 0).code(), Code::kOutOfRange);
  EXPECT_EQ(Join(mailbox, "c", 1, From::kSequence, 5).code(), Code::kOutOfRange);
  EXPECT_EQ(Join(mailbox, "plain", 1, From::kLast, 1).code(), Code::kNotFound);
  EXPECT_EQ(Join(mailbox, "plain", 1, From::kNow).code(), Code::kOk);
  ASSERT_TRUE(Join(mailbox, "c", 1, From::kLast, 1).ok());
  EXPECT_EQ(Join(mailbox, "c", 1, From::kLast, 3).code(), Code::kExists);
  EXPECT_EQ(Drain(mailbox), Lines{"c=3[1]"});
  mailbox->Close();
  EXPECT_EQ(Join(mailbox, "c", 2, From::kLast, 1).code(), Code::kClosed);
}

TEST_F(RetainedChannelTest, HistoryIsNotLostToOverflowNorToTheLimitsOfTheChannel) {
  Declare("c", {.last_count = 100});
  PublishNumbers("c", 1, 100);
  auto mailbox = Make({.capacity_messages = 4});
  ASSERT_TRUE(Join(mailbox, "c", 1, From::kSequence, 1).ok());
  PublishNumbers("c", 101, 300);  // none of those 100 is kept any more
  Delivery delivery;
  for (uint64_t sequence = 1; sequence <= 100; ++sequence) {
    ASSERT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
    EXPECT_EQ(delivery.publication->sequence(), sequence);
  }
  EXPECT_EQ(Drain(mailbox), (Lines{"gap 196", "c=297[1]", "c=298[1]", "c=299[1]", "c=300[1]"}));
}

TEST_F(RetainedChannelTest, ATagThatLeavesTakesItsHistoryAlong) {
  Declare("c", {});
  PublishNumbers("c", 1, 20);
  auto mailbox = Make();
  ASSERT_TRUE(Join(mailbox, "c", 1, From::kLast, 20).ok());
  ASSERT_TRUE(Join(mailbox, "c", 2, From::kLast, 1).ok());
  Delivery delivery;
  ASSERT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  Unsubscribe(mailbox, "c", 1);
  EXPECT_EQ(mailbox->pending(), 1u);
  ASSERT_TRUE(Join(mailbox, "c", 1, From::kLast, 2).ok());
  EXPECT_EQ(Drain(mailbox), (Lines{"c=20[2]", "c=19[1]", "c=20[1]"}));
  ASSERT_TRUE(Join(mailbox, "c", 3, From::kLast, 20).ok());
  EXPECT_EQ(index_.UnsubscribeTag(mailbox, 3), 1u);
  EXPECT_EQ(Drain(mailbox), Lines{});
}

TEST_F(RetainedChannelTest, AMailboxThatLeavesStillTellsTheHistory) {
  Declare("c", {});
  PublishNumbers("c", 1, 3);
  auto mailbox = Make();
  ASSERT_TRUE(Join(mailbox, "c", 1, From::kLast, 2).ok());
  Publish("c", "4");
  index_.Leave(mailbox);
  EXPECT_EQ(Drain(mailbox), (Lines{"c=2[1]", "c=3[1]", "c=4[1]", "CLOSED"}));
}

TEST_F(RetainedChannelTest, TheDescriptorTellsOfHistory) {
  Declare("c", {});
  PublishNumbers("c", 1, 3);
  auto mailbox = Make();
  const int descriptor = *mailbox->Descriptor();
  EXPECT_FALSE(Readable(descriptor));
  ASSERT_TRUE(Join(mailbox, "c", 1, From::kLast, 3).ok());
  Delivery delivery;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Readable(descriptor));
    ASSERT_TRUE(mailbox->Next(0, nullptr, &delivery).ok());
  }
  EXPECT_FALSE(Readable(descriptor));
  Publish("c", "4");
  EXPECT_TRUE(Readable(descriptor));
}

TEST_F(RetainedChannelTest, OneBatchHoldsHistoryAndWhatCameAfter) {
  Declare("c", {});
  PublishNumbers("c", 1, 20);
  auto mailbox = Make();
  ASSERT_TRUE(Join(mailbox, "c", 1, From::kSequence, 1).ok());
  PublishNumbers("c", 21, 40);
  std::vector<Delivery> deliveries(64);
  size_t taken = 0;
  ASSERT_TRUE(mailbox->NextMany(0, nullptr, deliveries.data(), 64, &taken).ok());
  ASSERT_EQ(taken, 40u);
  for (size_t i = 0; i < taken; ++i) EXPECT_EQ(deliveries[i].publication->sequence(), i + 1);
}

TEST_F(RetainedChannelTest, DeclaringAgainChangesWhatIsKept) {
  Declare("c", {.durable = 0, .last_count = 10});
  PublishNumbers("c", 1, 10);
  Declare("c", {.durable = 0, .last_count = 2});
  EXPECT_EQ(Kept("c", 9), (Lines{"9=9", "10=10"}));
  Declare("c", {.durable = 0, .last_count = 3});
  PublishNumbers("c", 11, 12);
  EXPECT_EQ(Kept("c", 10), (Lines{"10=10", "11=11", "12=12"}));
  const auto ignore = [](Bytes) {};
  EXPECT_EQ(index_.Declare("c", {.durable = 1}, 0, ignore).code(), Code::kInvalid);
  EXPECT_EQ(index_.Declare("d", {.last_count = -1}, 0, ignore).code(), Code::kOutOfRange);
  EXPECT_EQ(index_.Declare(std::string(256, 'x'), {}, 0, ignore).code(), Code::kTooLarge);
  EXPECT_EQ(journal_, "");  // memory-only
}

TEST_F(RetainedChannelTest, WhatIsForgottenKeepsItsSubscriptions) {
  Declare("c", {});
  auto mailbox = Make();
  PublishNumbers("c", 1, 2);
  ASSERT_TRUE(Join(mailbox, "c", 1, From::kLast, 5).ok());
  const auto ignore = [](Bytes) {};
  ASSERT_TRUE(index_.Forget("c", ignore).ok());
  EXPECT_EQ(index_.Forget("c", ignore).code(), Code::kNotFound);
  Publish("c", "3");
  EXPECT_EQ(Kept("c"), Lines{"NOT_FOUND"});
  EXPECT_EQ(Drain(mailbox), (Lines{"c=1[1]", "c=2[1]", "c=3[1]"}));
}

TEST_F(RetainedChannelTest, WhatIsRefusedIsNotPublished) {
  Declare("c", {});
  auto mailbox = Make();
  Subscribe(mailbox, "c", 1);
  OutgoingMessage messages[] = {{.channel = "c", .body = "a"}, {.channel = "c", .body = "b"}};
  const PublishOptions options{.journaled = true};
  const auto refuse = [](Bytes) { return Status(Code::kReadOnly, "no"); };
  const auto fail = [](Bytes) -> Status { throw std::bad_alloc(); };
  EXPECT_EQ(index_.PublishAll(messages, options, refuse).code(), Code::kReadOnly);
  EXPECT_THROW(static_cast<void>(index_.PublishAll(messages, options, fail)), std::bad_alloc);
  EXPECT_EQ(Drain(mailbox), Lines{});
  EXPECT_EQ(Figures("c").last_sequence, 0u);
  ASSERT_TRUE(index_.PublishAll(messages, options, [](Bytes) { return Ok(); }).ok());
  EXPECT_EQ(Drain(mailbox), (Lines{"c=a[1]", "c=b[1]"}));
  EXPECT_EQ(Kept("c"), (Lines{"1=a", "2=b"}));
  index_.CloseAll();
  EXPECT_EQ(index_.PublishAll(messages, options, refuse).code(), Code::kClosed);
}

TEST_F(RetainedChannelTest, ReplayingTheJournalMakesTheSameAndIsIdempotent) {
  Declare("c", {.last_count = 5});
  PublishNumbers("c", 1, 12);
  Declare("d", {.max_bytes = 4});
  PublishNumbers("d", 100, 110);
  Declare("c", {.last_count = 4});
  Declare("gone", {});
  ASSERT_TRUE(index_.Forget("gone", [this](Bytes effects) { journal_ += effects; }).ok());
  ChannelIndex replayed;
  ASSERT_TRUE(Replay(journal_, &replayed).ok());
  EXPECT_EQ(Described(&replayed), Described(&index_));
  EXPECT_EQ(Kept(&replayed, "c", 9), (Lines{"9=9", "10=10", "11=11", "12=12"}));
  ASSERT_TRUE(Replay(journal_, &replayed).ok());
  EXPECT_EQ(Described(&replayed), Described(&index_));
  // From a snapshot, and what the journal repeats after it.
  ChannelIndex restored;
  ASSERT_TRUE(Replay(Described(&index_), &restored).ok());
  EXPECT_EQ(Described(&restored), Described(&index_));
  ASSERT_TRUE(Replay(journal_, &restored).ok());
  EXPECT_EQ(Described(&restored), Described(&index_));
}

TEST_F(RetainedChannelTest, RefusesToReplayWhatCannotBe) {
  using K = ChannelEffectKind;
  const std::string options = Encode(RetentionOptions{});
  EXPECT_EQ(index_.Apply({.kind = K::kChannelPublish, .channel = "c", .sequence = 1}).code(),
            Code::kCorrupt);
  EXPECT_EQ(index_.Apply({.kind = K::kChannelDeclare, .channel = "c", .body = "?"}).code(),
            Code::kCorrupt);
  EXPECT_EQ(
      index_.Apply({.kind = K::kChannelDeclare, .channel = "c", .body = options + "x"}).code(),
      Code::kCorrupt);
  ASSERT_TRUE(
      index_.Apply({.kind = K::kChannelDeclare, .channel = "c", .sequence = 7, .body = options})
          .ok());
  EXPECT_EQ(index_.Apply({.kind = K::kChannelPublish, .channel = "c", .sequence = 9}).code(),
            Code::kCorrupt);
  EXPECT_TRUE(index_.Apply({.kind = K::kChannelPublish, .channel = "c", .sequence = 3}).ok());
  EXPECT_TRUE(index_.Apply({.kind = K::kChannelPublish, .channel = "c", .sequence = 8}).ok());
  EXPECT_EQ(Kept("c", 8), Lines{"8="});
  EXPECT_TRUE(index_.Apply({.kind = K::kChannelDelete, .channel = "never"}).ok());
}

TEST_F(RetainedChannelTest, AllMemoryIsCountedAndGivenBack) {
  MemoryBudget budget;
  {
    ChannelIndex index;
    index.set_budget(&budget);
    const auto ignore = [](Bytes) {};
    ASSERT_TRUE(index.Declare("c", {.last_count = 50}, 0, ignore).ok());
    const std::string body(1000, 'x');
    for (int i = 0; i < 500; ++i) index.Publish("c", body);
    const int64_t kept = budget.used_bytes(MemoryPurpose::kMailboxes);
    EXPECT_GT(kept, 50'000);
    EXPECT_LT(kept, 65'000);
    auto mailbox = Make();
    ASSERT_TRUE(index.SubscribeFrom(mailbox, "c", 1, {From::kLast, 50}, 0).ok());
    for (int i = 0; i < 50; ++i) index.Publish("c", "small");
    EXPECT_GT(budget.used_bytes(MemoryPurpose::kMailboxes), 50'000);
    Delivery delivery;
    while (mailbox->Next(0, nullptr, &delivery).ok()) {
    }
    delivery.publication.reset();
    EXPECT_LT(budget.used_bytes(MemoryPurpose::kMailboxes), 20'000);
    ASSERT_TRUE(index.Forget("c", ignore).ok());
    index.Leave(mailbox);
  }
  EXPECT_EQ(budget.used_bytes(MemoryPurpose::kMailboxes), 0);
}

// Whatever is done in whatever order, each tag gets exactly the messages from where it joined on.
TEST_F(RetainedChannelTest, AgreesWithAModel) {
  constexpr int kSteps = 20'000;
  constexpr uint64_t kTags = 6;
  Random random(20'261'122);
  Declare("c", {.last_count = 30});
  auto mailbox = Make();
  uint64_t last = 0;
  std::map<uint64_t, uint64_t> expected;  // by tag: the sequence it must get next
  std::map<uint64_t, uint64_t> gaps;      // by tag: what it must be told is missing, first
  const auto check = [&](const Delivery& delivery) {
    for (const uint64_t tag : delivery.tags) {
      ASSERT_EQ(expected.count(tag), 1u);
      if (delivery.kind == DeliveryKind::kGap) {
        EXPECT_EQ(delivery.lost, gaps[tag]);
        gaps.erase(tag);
      } else {
        EXPECT_EQ(gaps.count(tag), 0u);
        EXPECT_EQ(delivery.publication->sequence(), expected[tag]++);
      }
    }
  };
  Delivery delivery;
  for (int step = 0; step < kSteps; ++step) {
    const uint64_t tag = random.Below(kTags);
    switch (random.Below(6)) {
      case 0:
      case 1:
        Publish("c", "m");
        ++last;
        break;
      case 2: {
        if (expected.contains(tag)) break;
        const uint64_t first = last < 30 ? 1 : last - 29;
        const uint64_t from = 1 + random.Below(last + 1);
        ASSERT_TRUE(Join(mailbox, "c", tag, From::kSequence, from).ok());
        expected[tag] = std::max(from, first);
        gaps.erase(tag);
        if (from < first) gaps[tag] = first - from;
        break;
      }
      case 3:
        if (expected.erase(tag) != 0) Unsubscribe(mailbox, "c", tag);
        gaps.erase(tag);
        break;
      default:
        if (mailbox->Next(0, nullptr, &delivery).ok()) check(delivery);
    }
  }
  while (mailbox->Next(0, nullptr, &delivery).ok()) check(delivery);
  for (const auto& [tag, next] : expected) EXPECT_EQ(next, last + 1) << tag;
  EXPECT_TRUE(gaps.empty());
}

// Tags join and leave while others publish: no gap, no duplicate, in order.
TEST_F(RetainedChannelTest, JoinsAreExactWhilePublishersAreAtWork) {
  constexpr uint64_t kMessages = 20'000;
  constexpr uint64_t kTags = 20;  // at once
  Declare("c", {.durable = 0, .last_count = 64});
  auto mailbox = Make({.capacity_messages = limits::kMailboxMessages});
  std::atomic<bool> published = false;
  std::thread publisher([&] {
    for (uint64_t n = 0; n < kMessages; ++n) index_.Publish("c", "m");
    published = true;
  });
  uint64_t joined = 0;  // tags, of which the last ones stay
  std::thread joiner([&] {
    for (; joined < kTags || !published; ++joined) {
      ASSERT_TRUE(Join(mailbox, "c", joined, From::kLast, joined % 70).ok());
      if (joined >= kTags) Unsubscribe(mailbox, "c", joined - kTags);
    }
  });
  std::map<uint64_t, uint64_t> next;  // by tag
  std::thread reader([&] {
    Delivery delivery;
    while (mailbox->Next(-1, nullptr, &delivery).ok()) {
      ASSERT_EQ(delivery.kind, DeliveryKind::kMessage);
      const uint64_t sequence = delivery.publication->sequence();
      for (const uint64_t tag : delivery.tags) {
        ASSERT_EQ(next.try_emplace(tag, sequence).first->second++, sequence) << tag;
      }
    }
  });
  publisher.join();
  joiner.join();
  index_.Leave(mailbox);
  reader.join();
  for (const auto& [tag, after] : next) {
    if (tag + kTags >= joined) {
      EXPECT_EQ(after, kMessages + 1) << tag;
    }
  }
}

}  // namespace
}  // namespace kontor
