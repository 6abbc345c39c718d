#ifndef KONTOR_TESTS_UNIT_BROKER_LOCKED_QUEUE_H_
#define KONTOR_TESTS_UNIT_BROKER_LOCKED_QUEUE_H_

#include <algorithm>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/effect.h"
#include "broker/work_queue.h"
#include "gtest/gtest.h"

namespace kontor {

// A queue as its users drive it: plan, apply and record in one step under the lock, at a time that
// stands still until it is moved.
class LockedQueue {
 public:
  // One thing that happened: an effect as the journal holds it or, if there is none, a look at the
  // clock.
  struct Step {
    std::string effect;
    int64_t promoted_at_unix_ms = 0;
  };

  explicit LockedQueue(const QueueOptions& options = {}) : queue_("jobs", 1, options) {}

  WorkQueue* get() { return &queue_; }

  uint64_t Put(Bytes body, uint32_t priority = 0, int64_t delay_ms = 0) {
    const Result<uint64_t> id = TryPut({.body = body, .priority = priority, .delay_ms = delay_ms});
    EXPECT_TRUE(id.ok()) << id.status().message();
    return id.ok() ? *id : 0;
  }
  Result<uint64_t> TryPut(const NewMessage& message) {
    MutexLock lock(queue_.mutex());
    if (const uint64_t known = queue_.DuplicateOf(message, now); known != 0) return known;
    QueueEffect goes{};
    const bool overflows = queue_.PlanOverflow(now, 0, 0, 0, &goes);
    QueueEffect effect{};
    KONTOR_RETURN_IF_ERROR(queue_.PlanEnqueue(message, now, 0, overflows ? 1 : 0, &effect));
    Commit(effect);
    if (overflows) Commit(goes);
    return effect.id;
  }
  Status PlanPut(const NewMessage& message, uint64_t extra, QueueEffect* effect) {
    MutexLock lock(queue_.mutex());
    *effect = QueueEffect{};
    return queue_.PlanEnqueue(message, now, extra, 0, effect);
  }
  bool Take(TakenMessage* taken, int64_t lease_ms = 0) {
    MutexLock lock(queue_.mutex());
    QueueEffect effect{};
    if (!queue_.PlanTake(lease_ms, now, &effect)) return false;
    SharedBytes body = queue_.NextBody();
    Commit(effect);
    *taken = queue_.Taken(effect.id);
    taken->body = std::move(body);
    return true;
  }
  TakenMessage MustTake(int64_t lease_ms = 0) {
    TakenMessage taken;
    EXPECT_TRUE(Take(&taken, lease_ms));
    return taken;
  }
  // The bodies of all that is ready, in order. They are leased then.
  std::vector<std::string> TakeAll() {
    std::vector<std::string> bodies;
    TakenMessage taken;
    while (Take(&taken)) bodies.emplace_back(*taken.body);
    return bodies;
  }
  Status Renew(Receipt receipt, int64_t until) {
    MutexLock lock(queue_.mutex());
    return queue_.Renew(receipt, until, now);
  }
  bool CanTake() {
    MutexLock lock(queue_.mutex());
    return queue_.CanTake();
  }
  Status Acknowledge(Receipt receipt, Bytes result = {}) {
    MutexLock lock(queue_.mutex());
    return Commit(queue_.PlanAcknowledge(receipt, now, result));
  }
  Status TellProgress(Receipt receipt, Bytes progress) {
    MutexLock lock(queue_.mutex());
    return Commit(queue_.PlanProgress(receipt, progress, now));
  }
  Status Return(Receipt receipt, int64_t delay_ms = -1) {
    MutexLock lock(queue_.mutex());
    return Commit(queue_.PlanReturn(receipt, delay_ms, now));
  }
  Status Bury(Receipt receipt, Bytes reason) {
    MutexLock lock(queue_.mutex());
    return Commit(queue_.PlanBury(receipt, reason, now));
  }
  Status Extend(Receipt receipt, int64_t lease_ms) {
    MutexLock lock(queue_.mutex());
    return Commit(queue_.PlanExtend(receipt, lease_ms, now));
  }
  Status Revive(uint64_t id) {
    MutexLock lock(queue_.mutex());
    return Commit(queue_.PlanRevive(id, now));
  }
  Status Discard(uint64_t id) {
    MutexLock lock(queue_.mutex());
    return Commit(queue_.PlanDiscard(id));
  }
  // How many leases ran out.
  int Expire() {
    Promote();
    MutexLock lock(queue_.mutex());
    int expired = 0;
    for (QueueEffect effect{}; queue_.PlanOverdue(now, &effect); ++expired) Commit(effect);
    return expired;
  }
  void Promote() {
    MutexLock lock(queue_.mutex());
    queue_.Advance(now);
    steps.push_back({.effect = {}, .promoted_at_unix_ms = now});
  }
  void Apply(const QueueEffect& effect) {
    MutexLock lock(queue_.mutex());
    Commit(effect);
  }
  void ReleaseAllLeases() {
    MutexLock lock(queue_.mutex());
    for (const QueueEffect& effect : queue_.PlanReleaseAll(now)) Commit(effect);
    queue_.ResetTotals();
  }
  void Close() {
    MutexLock lock(queue_.mutex());
    queue_.Close();
  }
  QueueFigures Figures() {
    MutexLock lock(queue_.mutex());
    return queue_.Figures(now);
  }
  int64_t NextDueUnixMs() {
    MutexLock lock(queue_.mutex());
    return queue_.NextDueUnixMs();
  }
  std::vector<MessageView> DeadLetters(uint64_t after = 0, size_t limit = SIZE_MAX) {
    MutexLock lock(queue_.mutex());
    return queue_.DeadLetters(after, limit);
  }
  bool View(uint64_t id, MessageView* view) {
    MutexLock lock(queue_.mutex());
    return queue_.View(id, view);
  }
  Status Browse(MessageStates states, size_t limit, uint64_t* cursor,
                std::vector<MessageView>* views) {
    MutexLock lock(queue_.mutex());
    return queue_.Browse(states, limit, cursor, views);
  }
  void Await(uint64_t id, WaitPlace* place) {
    MutexLock lock(queue_.mutex());
    queue_.Await(id, place);
  }
  void StopAwaiting(uint64_t id, WaitPlace* place) {
    MutexLock lock(queue_.mutex());
    queue_.StopAwaiting(id, place);
  }
  // The head of the line without taking it; 0 if none is ready.
  uint64_t Head() {
    MutexLock lock(queue_.mutex());
    QueueEffect effect{};
    return queue_.PlanTake(0, now, &effect) ? effect.id : 0;
  }
  void Append(WaitPlace* place) {
    MutexLock lock(queue_.mutex());
    queue_.waiters()->Append(place);
  }
  void Remove(WaitPlace* place) {
    MutexLock lock(queue_.mutex());
    queue_.waiters()->Remove(place);
  }

  // The whole state, as encoded effects in the order they are told.
  std::vector<std::string> Dump() {
    MutexLock lock(queue_.mutex());
    std::vector<std::string> told;
    queue_.Describe([&](const QueueEffect& effect) {
      told.emplace_back();
      EncodeEffect(effect, &told.back());
    });
    return told;
  }
  std::vector<std::string> SortedDump() {
    std::vector<std::string> dump = Dump();
    std::sort(dump.begin(), dump.end());
    return dump;
  }
  // Goes through steps again, as recovery does.
  void Replay(const std::vector<Step>& replayed, size_t from = 0) {
    MutexLock lock(queue_.mutex());
    for (size_t i = from; i < replayed.size(); ++i) {
      if (replayed[i].effect.empty()) {
        queue_.Advance(replayed[i].promoted_at_unix_ms);
      } else {
        ApplyEncoded(replayed[i].effect);
      }
    }
  }
  void Rebuild(const std::vector<std::string>& dump) {
    MutexLock lock(queue_.mutex());
    for (const std::string& effect : dump) ApplyEncoded(effect);
  }

  int64_t now = 1'000'000;
  std::vector<Step> steps;

 private:
  void Commit(const QueueEffect& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue_.mutex()) {
    steps.emplace_back();
    EncodeEffect(effect, &steps.back().effect);
    queue_.Apply(effect);
  }
  Status Commit(const Result<QueueEffect>& effect) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue_.mutex()) {
    if (effect.ok()) Commit(*effect);
    return effect.status();
  }
  void ApplyEncoded(const std::string& encoded) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue_.mutex()) {
    Decoder decoder(encoded);
    Effect effect;
    ASSERT_TRUE(DecodeEffect(&decoder, &effect));
    queue_.Apply(std::get<QueueEffect>(effect));
  }

  WorkQueue queue_;
};

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_BROKER_LOCKED_QUEUE_H_
