// Random operations on a WorkQueue and on the plainest model of one: same answers, same order, and
// the same state again from the recorded effects and from Describe.

#include <list>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "gtest/gtest.h"
#include "unit/broker/locked_queue.h"

namespace kontor {
namespace {

enum class State { kDelayed, kReady, kLeased, kDead };

struct ModelMessage {
  State state = State::kReady;
  uint32_t priority = 0;
  uint32_t deliveries = 0;
  int64_t time = 0;
  int64_t enqueued_at = 0;
  bool returned = false;
  uint64_t ready_turn = 0;  // when it became ready, counted in such events
  uint64_t receipt = 0;
  std::string body;
};

// No index, no order kept: every question is answered by looking at everything.
class Model {
 public:
  explicit Model(const QueueOptions& options) : options_(options) {}

  void Put(uint64_t id, std::string body, uint32_t priority, int64_t delay, int64_t now) {
    ModelMessage message;
    message.priority = priority;
    message.time = now + delay;
    message.enqueued_at = now;
    message.body = std::move(body);
    message.state = State::kDelayed;
    if (delay == 0) Promote(now);
    messages_[id] = message;
    if (delay == 0) BecomeReady(&messages_[id]);
  }
  uint64_t Head() const {
    uint64_t best = 0;
    for (const auto& [id, message] : messages_) {
      if (message.state != State::kReady) continue;
      if (best == 0 || Before(message, messages_.at(best))) best = id;
    }
    return best;
  }
  void Take(uint64_t id, int64_t deadline, uint64_t receipt) {
    ModelMessage& message = messages_.at(id);
    message.state = State::kLeased;
    message.time = deadline;
    message.receipt = receipt;
    ++message.deliveries;
  }
  ModelMessage* Leased(uint64_t receipt, int64_t now) {
    for (auto& [id, message] : messages_) {
      if (message.state == State::kLeased && message.receipt == receipt && message.time > now) {
        return &message;
      }
    }
    return nullptr;
  }
  void Acknowledge(uint64_t receipt) {
    std::erase_if(messages_, [&](const auto& entry) {
      return entry.second.state == State::kLeased && entry.second.receipt == receipt;
    });
  }
  void Return(ModelMessage* message, int64_t delay, int64_t now) {
    if (options_.max_deliveries != 0 && message->deliveries >= options_.max_deliveries) {
      message->state = State::kDead;
      return;
    }
    message->returned = true;
    message->state = State::kDelayed;
    message->time = now + delay;
    if (delay == 0) BecomeReady(message);
  }
  void Revive(uint64_t id) {
    ModelMessage& message = messages_.at(id);
    message.deliveries = 0;
    message.returned = true;
    BecomeReady(&message);
  }
  void Promote(int64_t now) {
    while (ModelMessage* due = FirstDue(State::kDelayed, now)) BecomeReady(due);
  }
  void Expire(int64_t now) {
    while (ModelMessage* due = FirstDue(State::kLeased, now)) {
      Return(due, options_.retry_delay_ms, now);
    }
  }
  QueueFigures Figures(int64_t now) const {
    QueueFigures figures;
    for (const auto& [id, message] : messages_) {
      figures.ready += message.state == State::kReady;
      figures.delayed += message.state == State::kDelayed;
      figures.leased += message.state == State::kLeased;
      figures.dead += message.state == State::kDead;
      if (message.state == State::kReady && figures.ready == 1) {
        figures.oldest_ready_age_ms = now - message.enqueued_at;
      }
    }
    return figures;
  }
  std::vector<std::string> ReadyBodies() const {
    Model rest = *this;
    std::vector<std::string> bodies;
    while (const uint64_t id = rest.Head()) {
      bodies.push_back(rest.messages_.at(id).body);
      rest.messages_.erase(id);
    }
    return bodies;
  }
  uint64_t AnyDead(Random* random) const {
    std::vector<uint64_t> dead;
    for (const auto& [id, message] : messages_) {
      if (message.state == State::kDead) dead.push_back(id);
    }
    return dead.empty() ? 0 : dead[random->Below(dead.size())];
  }
  void Drop(uint64_t id) { messages_.erase(id); }
  void Purge() { messages_.clear(); }
  size_t size() const { return messages_.size(); }

 private:
  static bool Before(const ModelMessage& a, const ModelMessage& b) {
    if (a.priority != b.priority) return a.priority > b.priority;
    if (a.returned != b.returned) return a.returned;
    return a.ready_turn < b.ready_turn;
  }
  ModelMessage* FirstDue(State state, int64_t now) {
    ModelMessage* first = nullptr;
    for (auto& [id, message] : messages_) {  // ties go to the smaller id
      if (message.state != state || message.time > now) continue;
      if (first == nullptr || message.time < first->time) first = &message;
    }
    return first;
  }
  void BecomeReady(ModelMessage* message) {
    message->state = State::kReady;
    message->ready_turn = ++turn_;
  }

  const QueueOptions options_;
  std::map<uint64_t, ModelMessage> messages_;
  uint64_t turn_ = 0;
};

class RandomQueueTest : public testing::TestWithParam<uint64_t> {
 protected:
  void OneStep() {
    switch (random_.Below(14)) {
      case 0:
      case 1:
      case 2:
        return Put();
      case 3:
      case 4:
      case 5:
        return Take();
      case 6:
      case 7:
        return Acknowledge();
      case 8:
        return Return();
      case 9:
        return random_.OneIn(2) ? Bury() : Extend();
      case 10:
        queue_.now += static_cast<int64_t>(random_.Below(15));
        return;
      case 11:
        queue_.Promote();
        model_.Promote(queue_.now);
        return;
      case 12:
        queue_.Expire();
        model_.Expire(queue_.now);
        return;
      default:
        return Rare();
    }
  }

  void Put() {
    const std::string body = "m" + std::to_string(++bodies_);
    const uint32_t priority = random_.OneIn(4) ? 31 : static_cast<uint32_t>(random_.Below(3));
    const auto delay = static_cast<int64_t>(random_.OneIn(3) ? random_.Below(40) : 0);
    const uint64_t id = queue_.Put(body, priority, delay);
    ASSERT_EQ(id, ++last_id_);
    model_.Put(id, body, priority, delay, queue_.now);
  }
  void Take() {
    const uint64_t head = model_.Head();
    const auto lease = static_cast<int64_t>(random_.Below(60));
    TakenMessage taken;
    ASSERT_EQ(queue_.Take(&taken, lease), head != 0);
    if (head == 0) return;
    ASSERT_EQ(taken.id, head);
    ASSERT_TRUE(receipts_seen_.emplace(taken.receipt.bits(), head).second) << "given out twice";
    const int64_t deadline = queue_.now + (lease == 0 ? options_.lease_ms : lease);
    ASSERT_EQ(taken.lease_until_unix_ms, deadline);
    model_.Take(head, deadline, taken.receipt.bits());
    ASSERT_EQ(taken.attempt, model_.Leased(taken.receipt.bits(), queue_.now)->deliveries);
    receipts_.push_back(taken.receipt);
  }
  // A recent receipt mostly, so that it may still be good.
  Receipt AnyReceipt() {
    if (receipts_.empty()) return Receipt(random_.Below(10), 1);
    const size_t among =
        random_.OneIn(8) ? receipts_.size() : std::min<size_t>(5, receipts_.size());
    return receipts_[receipts_.size() - 1 - random_.Below(among)];
  }
  void ExpectAs(const ModelMessage* leased, const Status& status) {
    ASSERT_EQ(status.code(), leased != nullptr ? Code::kOk : Code::kStaleReceipt);
  }
  void Acknowledge() {
    const Receipt receipt = AnyReceipt();
    const ModelMessage* const leased = model_.Leased(receipt.bits(), queue_.now);
    ExpectAs(leased, queue_.Acknowledge(receipt));
    if (leased != nullptr) model_.Acknowledge(receipt.bits());
  }
  void Return() {
    const Receipt receipt = AnyReceipt();
    const int64_t delay = static_cast<int64_t>(random_.Below(4)) * 10 - 1 + random_.OneIn(2);
    ModelMessage* const leased = model_.Leased(receipt.bits(), queue_.now);
    ExpectAs(leased, queue_.Return(receipt, delay));
    if (leased != nullptr) {
      model_.Return(leased, delay < 0 ? options_.retry_delay_ms : delay, queue_.now);
    }
  }
  void Bury() {
    const Receipt receipt = AnyReceipt();
    ModelMessage* const leased = model_.Leased(receipt.bits(), queue_.now);
    ExpectAs(leased, queue_.Bury(receipt, "reason"));
    if (leased != nullptr) leased->state = State::kDead;
  }
  void Extend() {
    const Receipt receipt = AnyReceipt();
    const auto lease = static_cast<int64_t>(1 + random_.Below(50));
    ModelMessage* const leased = model_.Leased(receipt.bits(), queue_.now);
    ExpectAs(leased, queue_.Extend(receipt, lease));
    if (leased != nullptr) leased->time = queue_.now + lease;
  }
  void Rare() {
    const uint64_t dead = model_.AnyDead(&random_);
    if (random_.OneIn(200)) {
      queue_.Apply({.kind = QueueEffectKind::kQueuePurge, .queue = "jobs"});
      model_.Purge();
    } else if (dead != 0 && random_.OneIn(3)) {
      ASSERT_TRUE(queue_.Discard(dead).ok());
      model_.Drop(dead);
    } else if (dead != 0) {
      ASSERT_TRUE(queue_.Revive(dead).ok());
      model_.Revive(dead);
    }
  }

  void ExpectSameAsModel() {
    const QueueFigures real = queue_.Figures();
    const QueueFigures expected = model_.Figures(queue_.now);
    ASSERT_EQ(real.ready, expected.ready);
    ASSERT_EQ(real.delayed, expected.delayed);
    ASSERT_EQ(real.leased, expected.leased);
    ASSERT_EQ(real.dead, expected.dead);
    ASSERT_EQ(real.oldest_ready_age_ms, expected.oldest_ready_age_ms);
    ASSERT_EQ(queue_.Head(), model_.Head());
  }
  void ExpectRebuilds() {
    const std::vector<std::string> dump = queue_.Dump();
    LockedQueue described(options_);
    described.now = queue_.now;
    described.Rebuild(dump);
    ASSERT_EQ(described.Dump(), dump);
    ASSERT_EQ(described.TakeAll(), model_.ReadyBodies());
    LockedQueue replayed(options_);
    replayed.now = queue_.now;
    replayed.Replay(queue_.steps);
    ASSERT_EQ(replayed.Dump(), dump);
    // The end of the journal once more, over the state that contains it already.
    replayed.Replay(queue_.steps, random_.Below(queue_.steps.size() + 1));
    ASSERT_EQ(replayed.SortedDump(), queue_.SortedDump());
  }

  const QueueOptions options_{.lease_ms = 30, .max_deliveries = 3, .retry_delay_ms = 5};
  Random random_{GetParam()};
  LockedQueue queue_{options_};
  Model model_{options_};
  std::vector<Receipt> receipts_;
  std::map<uint64_t, uint64_t> receipts_seen_;
  uint64_t bodies_ = 0;
  uint64_t last_id_ = 0;
};

TEST_P(RandomQueueTest, AgreesWithTheModelAndRebuilds) {
  for (int step = 1; step <= 3000; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    OneStep();
    ExpectSameAsModel();
    if (step % 250 == 0) ExpectRebuilds();
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(receipts_seen_.size(), 100u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomQueueTest, testing::Range<uint64_t>(1, 9));

}  // namespace
}  // namespace kontor
