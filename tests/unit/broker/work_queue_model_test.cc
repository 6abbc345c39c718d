// Random operations on a WorkQueue and on the plainest model of one: same answers, same order, and
// the same state again from the recorded effects and from Describe.

#include <algorithm>
#include <map>
#include <set>
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
  int64_t turn = 0;  // in its line: when it joined it, counted in such events
  int64_t ready_since = 0;
  int64_t rest_turn = 0;  // when it came to rest
  int64_t ready_turn = 0;
  std::string group;
  bool holds_group = false;
  uint64_t receipt = 0;
  std::string body;
};

// No index, no order kept: every question is answered by looking at everything.
class Model {
 public:
  explicit Model(const QueueOptions& options) : options_(options) {}

  void Put(uint64_t id, std::string body, uint32_t priority, int64_t delay, int64_t now,
           std::string group) {
    ModelMessage message;
    message.group = std::move(group);
    message.rest_turn = ++turn_;
    message.priority = priority;
    message.time = now + delay;
    message.enqueued_at = now;
    message.body = std::move(body);
    message.state = State::kDelayed;
    if (delay == 0) Promote(now);
    messages_[id] = message;
    if (delay == 0) BecomeReady(&messages_[id], now);
  }
  // Those of which one must be the next: of the most urgent priority the first one that was
  // returned, and else the first of each group that is not held. Those without a group are one.
  std::set<uint64_t> Heads() const {
    std::map<std::string, uint64_t> first;  // by group
    for (const auto& [id, message] : messages_) {
      if (message.state != State::kReady || IsHeld(message.group)) continue;
      const auto [place, is_new] = first.emplace(message.group, id);
      if (!is_new && Before(message, messages_.at(place->second))) place->second = id;
    }
    std::set<uint64_t> heads;
    for (const auto& [group, id] : first) {
      const ModelMessage& best = heads.empty() ? messages_.at(id) : messages_.at(*heads.begin());
      const uint32_t priority = messages_.at(id).priority;
      if (priority > best.priority) heads.clear();
      if (priority >= best.priority) heads.insert(id);
    }
    for (const uint64_t id : heads) {
      const ModelMessage& message = messages_.at(id);
      if (message.returned && message.group.empty()) return {id};
    }
    return heads;
  }
  void Take(uint64_t id, int64_t deadline, uint64_t receipt) {
    ModelMessage& message = messages_.at(id);
    message.state = State::kLeased;
    message.rest_turn = ++turn_;
    message.holds_group = true;
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
      Die(message);
      return;
    }
    message->returned = true;
    message->state = State::kDelayed;
    message->rest_turn = ++turn_;
    message->time = now + delay;
    if (delay == 0) BecomeReady(message, looked_at_);
  }
  void Extend(ModelMessage* message, int64_t deadline) {
    if (message->time != deadline) message->rest_turn = ++turn_;
    message->time = deadline;
  }
  static void Die(ModelMessage* message) {
    message->state = State::kDead;
    message->holds_group = false;
  }
  void Revive(uint64_t id) {
    ModelMessage& message = messages_.at(id);
    message.deliveries = 0;
    message.returned = true;
    BecomeReady(&message, looked_at_);
  }
  void Promote(int64_t now) {
    while (ModelMessage* due = FirstDue(State::kDelayed, now)) BecomeReady(due, due->time);
    looked_at_ = now;
  }
  void Expire(int64_t now) {
    Promote(now);
    while (ModelMessage* due = FirstDue(State::kLeased, now)) {
      Return(due, options_.retry_delay_ms, now);
    }
  }
  QueueFigures Figures(int64_t now) const {
    QueueFigures figures;
    int64_t first_turn = INT64_MAX;
    for (const auto& [id, message] : messages_) {
      figures.ready += message.state == State::kReady;
      figures.delayed += message.state == State::kDelayed;
      figures.leased += message.state == State::kLeased;
      figures.dead += message.state == State::kDead;
      if (message.state == State::kReady && message.ready_turn < first_turn) {
        first_turn = message.ready_turn;
        figures.oldest_ready_age_ms = now - message.ready_since;
      }
    }
    return figures;
  }
  std::vector<std::string> ReadyBodies() const {
    Model rest = *this;
    std::vector<std::string> bodies;
    for (std::set<uint64_t> heads = rest.Heads(); !heads.empty(); heads = rest.Heads()) {
      const uint64_t id = *heads.begin();
      bodies.push_back(rest.messages_.at(id).body);
      rest.messages_.at(id).state = State::kLeased;
      rest.messages_.at(id).holds_group = true;
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
    if (a.group.empty() && a.priority != b.priority) return a.priority > b.priority;
    if (a.group.empty() && a.returned != b.returned) return a.returned;
    return a.turn < b.turn;
  }
  bool IsHeld(const std::string& group) const {
    if (group.empty()) return false;
    return std::any_of(messages_.begin(), messages_.end(), [&](const auto& entry) {
      return entry.second.holds_group && entry.second.group == group;
    });
  }
  ModelMessage* FirstDue(State state, int64_t now) {
    ModelMessage* first = nullptr;
    for (auto& [id, message] : messages_) {
      if (message.state != state || message.time > now) continue;
      const auto order = [](const ModelMessage& of) { return std::pair(of.time, of.rest_turn); };
      if (first == nullptr || order(message) < order(*first)) first = &message;
    }
    return first;
  }
  void BecomeReady(ModelMessage* message, int64_t since) {
    message->ready_since = since;
    message->state = State::kReady;
    message->holds_group = false;
    message->ready_turn = ++turn_;
    // Within its group a returned one goes ahead of all others.
    message->turn = message->returned && !message->group.empty() ? -turn_ : turn_;
  }

  const QueueOptions options_;
  std::map<uint64_t, ModelMessage> messages_;
  int64_t turn_ = 0;
  int64_t looked_at_ = 0;
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
    const std::string group = with_groups_ && !random_.OneIn(4)
                                  ? std::string(1, 'a' + static_cast<char>(random_.Below(4)))
                                  : std::string();
    const Result<uint64_t> id =
        queue_.TryPut({.body = body, .priority = priority, .delay_ms = delay, .group = group});
    ASSERT_TRUE(id.ok());
    ASSERT_EQ(*id, ++last_id_);
    model_.Put(*id, body, priority, delay, queue_.now, group);
  }
  void Take() {
    const std::set<uint64_t> heads = model_.Heads();
    const auto lease = static_cast<int64_t>(random_.Below(60));
    TakenMessage taken;
    ASSERT_EQ(queue_.Take(&taken, lease), !heads.empty());
    if (heads.empty()) return;
    const uint64_t head = taken.id;
    ASSERT_TRUE(heads.contains(head));
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
    if (leased != nullptr) Model::Die(leased);
  }
  void Extend() {
    const Receipt receipt = AnyReceipt();
    const auto lease = static_cast<int64_t>(1 + random_.Below(50));
    ModelMessage* const leased = model_.Leased(receipt.bits(), queue_.now);
    ExpectAs(leased, queue_.Extend(receipt, lease));
    if (leased != nullptr) model_.Extend(leased, queue_.now + lease);
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
    const std::set<uint64_t> heads = model_.Heads();
    ASSERT_TRUE(heads.empty() ? queue_.Head() == 0 : heads.contains(queue_.Head()));
  }
  // Whose turn it is among groups may differ; what each has to give may not.
  std::vector<std::string> InOrder(std::vector<std::string> bodies) const {
    if (with_groups_) std::sort(bodies.begin(), bodies.end());
    return bodies;
  }
  void ExpectRebuilds() {
    LockedQueue described(options_);
    described.now = queue_.now;
    described.Rebuild(queue_.Dump());
    ASSERT_EQ(described.SortedDump(), queue_.SortedDump());
    ASSERT_EQ(InOrder(described.TakeAll()), InOrder(model_.ReadyBodies()));
    LockedQueue replayed(options_);
    replayed.now = queue_.now;
    replayed.Replay(queue_.steps);
    ASSERT_EQ(replayed.SortedDump(), queue_.SortedDump());
    // The end of the journal once more, over the state that contains it already.
    replayed.Replay(queue_.steps, random_.Below(queue_.steps.size() + 1));
    ASSERT_EQ(replayed.SortedDump(), queue_.SortedDump());
    LockedQueue again(options_);
    again.now = queue_.now;
    again.Replay(queue_.steps);
    ASSERT_EQ(InOrder(again.TakeAll()), InOrder(model_.ReadyBodies()));
  }

  const QueueOptions options_{.lease_ms = 30, .max_deliveries = 3, .retry_delay_ms = 5};
  Random random_{GetParam()};
  const bool with_groups_ = GetParam() % 2 == 0;
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
