// The lane's algorithm, run in every order of its steps (up to a bound) instead of in those that a
// machine happens to take: the very code of broker/segment_queue.h with atomics that are stepped.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "broker/segment_queue.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stress/fifo_history.h"
#include "unit/broker/interleaving.h"
#include "unit/test_seed.h"

namespace kontor {
namespace {

using testing::HasSubstr;

constexpr uint64_t kMark = 7;

// Tiny segments, and every retired one is looked at as soon as it is.
template <uint64_t cells, size_t spares, bool shared_slots>
struct ModelPolicy {
  template <typename T>
  using Atomic = ModelAtomic<T>;
  static constexpr uint64_t kCells = cells;
  static constexpr size_t kLineBytes = 8;
  static constexpr uint64_t kRetiredSegments = 1;
  static constexpr size_t kSpareSegments = spares;
  static constexpr int kLooks = 0;
  static constexpr size_t kOwnedSlots = 5;
  static constexpr size_t kSharedSlots = 1;

  static unsigned Thread() { return shared_slots ? 0 : Interleaving::Current()->thread() + 1; }
  static void LightFence() {}
  static bool HeavyFence() {
    Interleaving::Current()->Step();
    Interleaving::Current()->FlushAll();
    return true;
  }
  static void Pause() {}
  static uint64_t Mark() { return kMark; }
  static void* Allocate(size_t bytes) { return Interleaving::Current()->Allocate(bytes); }
  static void Free(void* memory, size_t) { Interleaving::Current()->Free(memory); }
};
using TwoCells = ModelPolicy<2, 0, false>;
using OneCell = ModelPolicy<1, 0, false>;
using Reused = ModelPolicy<2, 1, false>;     // segments come back under the same address
using Numberless = ModelPolicy<1, 0, true>;  // threads share the slots

// What the fence of those who reclaim is for.
struct WithoutHeavyFence : OneCell {
  static bool HeavyFence() { return true; }
};

// What one thread does.
struct Call {
  enum class Kind { kPush, kPop, kClose };
  Kind kind;
  std::vector<uint64_t> values = {};
  size_t capacity = 1;
};
using Program = std::vector<std::vector<Call>>;

Call Push(std::vector<uint64_t> values) { return {Call::Kind::kPush, std::move(values)}; }
Call Pop(size_t capacity = 1) { return {Call::Kind::kPop, {}, capacity}; }
Call Close() { return {Call::Kind::kClose}; }

// One execution of a program on a queue of its own. The values of a producer ascend.
template <typename Policy>
class Execution {
 public:
  Execution(Interleaving* model, const Program& program)
      : model_(model), program_(program), queue_(new SegmentQueue<Policy>(Policy())) {}

  void Run(size_t parked = SIZE_MAX, uint64_t parked_after_steps = 0) {
    std::vector<Interleaving::Thread> threads;
    for (size_t i = 0; i < program_.size(); ++i) {
      threads.emplace_back([this, i] {
        for (const Call& call : program_[i]) Make(call);
      });
    }
    model_->Run(std::move(threads), parked, parked_after_steps);
    if (model_->failure().empty()) {
      Drain();
      FifoHistory history;
      history.Add(operations_);
      // Who is parked in a pop may have taken what nobody else gets.
      model_->Fail(history.Judge(model_->was_parked() ? 2 : 0));
    }
    if (model_->was_parked() || !model_->failure().empty()) {
      static_cast<void>(queue_.release());  // somebody is still in it
      return;
    }
    queue_.reset();
    if (model_->blocks_in_use() != 0) model_->Fail("memory was not given back");
  }

 private:
  using Kind = QueueOperation::Kind;

  void Make(const Call& call) {
    const int64_t begin = model_->Now();
    switch (call.kind) {
      case Call::Kind::kPush:
        return MakePush(call.values, begin);
      case Call::Kind::kPop:
        return MakePop(call.capacity, begin);
      case Call::Kind::kClose:
        close_begun_ = true;
        queue_->Close();
        close_ended_ = true;
    }
  }

  void MakePush(const std::vector<uint64_t>& values, int64_t begin) {
    // Noted first, in case it never ends.
    const size_t noted = operations_.size();
    for (const uint64_t value : values) {
      operations_.push_back({Kind::kPush, value, begin, FifoHistory::kNever});
    }
    const bool was_closed = close_ended_;
    size_t pushed = 0;
    const bool open = queue_->Push(values.data(), values.size(), &pushed);
    const int64_t end = model_->Now();
    if (open != (pushed == values.size())) model_->Fail("a push stopped halfway");
    if (pushed != 0 && was_closed) model_->Fail("pushed after it was closed");
    if (!open && !close_begun_) model_->Fail("refused though nobody closed it");
    for (size_t i = 0; i < pushed; ++i) operations_[noted + i].end = end;
    refused_.insert(refused_.end(), values.begin() + static_cast<ptrdiff_t>(pushed), values.end());
  }

  void MakePop(size_t capacity, int64_t begin) {
    std::array<uint64_t, 8> values{};
    size_t popped = 0;
    const PopOutcome outcome = queue_->Pop(values.data(), capacity, &popped);
    const int64_t end = model_->Now();
    if ((outcome == PopOutcome::kTaken) != (popped != 0)) model_->Fail("an outcome without cause");
    if (outcome == PopOutcome::kClosed && !close_begun_) model_->Fail("nobody closed it");
    if (popped == 0) operations_.push_back({Kind::kPopEmpty, 0, begin, end});
    for (size_t i = 0; i < popped; ++i) {
      operations_.push_back({Kind::kPop, values[i], begin, end});
      for (size_t later = i + 1; later < popped; ++later) {
        if (OfOneProducer(values[i], values[later]) && values[i] > values[later]) {
          model_->Fail("two values of a producer came in the wrong order");
        }
      }
    }
  }

  bool OfOneProducer(uint64_t a, uint64_t b) const {
    const auto pushes = [](const std::vector<Call>& calls, uint64_t value) {
      return std::any_of(calls.begin(), calls.end(), [value](const Call& call) {
        return std::count(call.values.begin(), call.values.end(), value) != 0;
      });
    };
    return std::any_of(program_.begin(), program_.end(), [&](const std::vector<Call>& calls) {
      return pushes(calls, a) && pushes(calls, b);
    });
  }

  void Drain() {
    size_t popped = 1;
    uint64_t value = 0;
    while (popped != 0) {
      const int64_t begin = model_->Now();
      queue_->Pop(&value, 1, &popped);
      const int64_t end = model_->Now();
      operations_.push_back({popped != 0 ? Kind::kPop : Kind::kPopEmpty, value, begin, end});
    }
    for (const QueueOperation& operation : operations_) {
      if (operation.kind == Kind::kPop &&
          std::count(refused_.begin(), refused_.end(), operation.value) != 0) {
        model_->Fail("a value that was refused came out");
      }
    }
  }

  Interleaving* const model_;
  const Program& program_;
  std::unique_ptr<SegmentQueue<Policy>> queue_;
  std::vector<QueueOperation> operations_;
  std::vector<uint64_t> refused_;
  bool close_begun_ = false;
  bool close_ended_ = false;
};

struct Explored {
  std::string failure;  // of the first execution that was wrong
  uint64_t executions = 0;
};

// All executions within the bounds, or so many by chance.
template <typename Policy>
Explored Explore(const Program& program, const Interleaving::Bounds& bounds, uint64_t by_chance = 0,
                 uint64_t seed = 0) {
  Explored explored;
  Interleaving model(bounds);
  if (by_chance != 0) model.UseRandom(seed);
  bool more = true;
  while (more) {
    Execution<Policy> execution(&model, program);
    execution.Run();
    explored.failure = model.failure();
    ++explored.executions;
    more = explored.failure.empty() && explored.executions != by_chance && model.NextSchedule();
  }
  std::cout << "[ explored ] " << explored.executions << " executions\n";
  return explored;
}

// KONTOR_PREEMPTIONS=3 goes further than every test run has time for.
int Preemptions(int usual) {
  const char* const said = std::getenv("KONTOR_PREEMPTIONS");
  return said == nullptr ? usual : std::atoi(said);
}

class SegmentQueueInterleavingTest : public testing::Test {
 protected:
  // The stacks of the model's threads are not known to sanitizers, and its memory needs none.
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP();
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    GTEST_SKIP();
#endif
#endif
  }
};

const Program kTwoByTwo = {
    {Push({1}), Push({2})}, {Push({11}), Push({12})}, {Pop(), Pop()}, {Pop(), Pop()}};

TEST_F(SegmentQueueInterleavingTest, OnePushAndOnePop) {
  EXPECT_EQ(Explore<TwoCells>({{Push({1})}, {Pop()}}, {.preemptions = 8}).failure, "");
}

TEST_F(SegmentQueueInterleavingTest, TwoProducersTwoConsumersTwoValuesEach) {
  const Interleaving::Bounds bounds{.preemptions = Preemptions(2)};
  EXPECT_EQ(Explore<TwoCells>(kTwoByTwo, bounds).failure, "");
  EXPECT_EQ(Explore<OneCell>(kTwoByTwo, bounds).failure, "");
  EXPECT_EQ(Explore<Reused>(kTwoByTwo, bounds).failure, "");
  EXPECT_EQ(Explore<Numberless>(kTwoByTwo, bounds).failure, "");
}

TEST_F(SegmentQueueInterleavingTest, StoresMayArriveLate) {
  const Program program = {{Push({1}), Push({2})}, {Push({11}), Pop()}, {Pop(), Pop()}};
  const Interleaving::Bounds bounds{.preemptions = Preemptions(2), .late_stores = 1};
  EXPECT_EQ(Explore<OneCell>(program, bounds).failure, "");
  EXPECT_EQ(Explore<Reused>(program, bounds).failure, "");
  EXPECT_THAT(Explore<WithoutHeavyFence>(program, bounds).failure,
              HasSubstr("used after it had been given back"));
}

// Three preemptions are what it takes to free a segment that a producer has just found, unless the
// tail is moved along before the head leaves.
TEST_F(SegmentQueueInterleavingTest, ASegmentThatIsRetiredCannotBeFound) {
  const Program program = {{Push({3})}, {Push({1}), Push({2})}, {Pop(), Pop()}};
  EXPECT_EQ(Explore<OneCell>(program, {.preemptions = Preemptions(3)}).failure, "");
}

TEST_F(SegmentQueueInterleavingTest, Batches) {
  const Program program = {{Push({1, 2, 3})}, {Push({11, 12})}, {Pop(2), Pop(3)}, {Pop()}};
  const Interleaving::Bounds bounds{.preemptions = Preemptions(2)};
  EXPECT_EQ(Explore<TwoCells>(program, bounds).failure, "");
  EXPECT_EQ(Explore<Reused>(program, bounds).failure, "");
}

TEST_F(SegmentQueueInterleavingTest, ValuesThatLookLikeVacantCells) {
  const Program program = {{Push({kMark + 1}), Push({9})}, {Push({3, kMark, 10})}, {Pop(), Pop(2)}};
  const Interleaving::Bounds bounds{.preemptions = Preemptions(2)};
  EXPECT_EQ(Explore<TwoCells>(program, bounds).failure, "");
  EXPECT_EQ(Explore<Reused>(program, bounds).failure, "");
}

TEST_F(SegmentQueueInterleavingTest, ClosingCutsBetweenTwoPushes) {
  const Program program = {{Push({1}), Push({2})}, {Push({11, 12})}, {Close()}, {Pop(), Pop(2)}};
  const Interleaving::Bounds bounds{.preemptions = Preemptions(2)};
  EXPECT_EQ(Explore<TwoCells>(program, bounds).failure, "");
  EXPECT_EQ(Explore<OneCell>(program, bounds).failure, "");
}

// One thread stops for ever after each of its steps in turn: the others end what they do, nothing
// is out of order, and of fifteen segments only a few are there at a time.
TEST_F(SegmentQueueInterleavingTest, WhoeverIsParkedHoldsUpNobodyAndKeepsLittle) {
  constexpr size_t kBlocks = 6;
  std::vector<Call> busy;
  for (uint64_t value = 100; value < 115; ++value) {
    busy.push_back(Push({value}));
    busy.push_back(Pop());
  }
  const Program program = {{Push({1}), Pop(), Push({2, 3}), Pop(2)}, busy};
  bool was_parked = true;
  uint64_t steps = 0;
  while (was_parked) {
    Interleaving model({.preemptions = Preemptions(1)});
    was_parked = false;
    do {
      Execution<OneCell> execution(&model, program);
      execution.Run(0, steps);
      ASSERT_EQ(model.failure(), "") << "parked after " << steps << " steps";
      ASSERT_LE(model.most_blocks_in_use(), kBlocks) << "parked after " << steps << " steps";
      was_parked = was_parked || model.was_parked();
    } while (model.NextSchedule());
    ++steps;
  }
  std::cout << "[ explored ] parked after each of " << steps << " steps\n";
}

TEST_F(SegmentQueueInterleavingTest, LongerProgramsByChance) {
  constexpr uint64_t kExecutions = 20000;
  const Program program = {{Push({1}), Push({2, 3}), Pop(), Push({4}), Pop(2)},
                           {Push({11}), Pop(), Push({12, 13, 14}), Push({15})},
                           {Pop(), Pop(2), Push({21}), Pop()},
                           {Pop(3), Push({31, 32}), Pop(), Pop()}};
  const uint64_t seed = TestSeed();
  SCOPED_TRACE("KONTOR_SEED=" + std::to_string(seed));
  const Interleaving::Bounds bounds{.late_stores = 3};
  EXPECT_EQ(Explore<TwoCells>(program, bounds, kExecutions, seed).failure, "");
  EXPECT_EQ(Explore<OneCell>(program, bounds, kExecutions, seed).failure, "");
  EXPECT_EQ(Explore<Reused>(program, bounds, kExecutions, seed).failure, "");
  EXPECT_EQ(Explore<Numberless>(program, bounds, kExecutions, seed).failure, "");
}

}  // namespace
}  // namespace kontor
