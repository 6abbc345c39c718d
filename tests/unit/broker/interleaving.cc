#include "unit/broker/interleaving.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace kontor {
namespace {

constexpr size_t kStackBytes = size_t{256} << 10;

}  // namespace

Interleaving* Interleaving::current_ = nullptr;

Interleaving::Interleaving(const Bounds& bounds) : bounds_(bounds) {
  KONTOR_CHECK(current_ == nullptr);
  current_ = this;
  for (Fiber& fiber : fibers_) fiber.stack = std::make_unique<char[]>(kStackBytes);
}

Interleaving::~Interleaving() { current_ = nullptr; }

void Interleaving::Begin() {
  Interleaving* const model = current_;
  model->fibers_[model->running_].body();
  model->EndThread();
}

void Interleaving::Run(std::vector<Thread> threads, size_t parked, uint64_t parked_after_steps) {
  KONTOR_CHECK(threads.size() <= fibers_.size());
  depth_ = 0;
  preemptions_ = late_stores_ = 0;
  steps_ = 0;
  was_parked_ = false;
  parked_ = parked;
  parked_after_steps_ = parked_after_steps;
  for (size_t i = 0; i < fibers_.size(); ++i) {
    Fiber& fiber = fibers_[i];
    fiber.ended = i >= threads.size();
    fiber.steps = 0;
    fiber.buffer.clear();
    if (fiber.ended) continue;
    fiber.body = std::move(threads[i]);
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = kStackBytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, &Interleaving::Begin, 0);
  }
  in_threads_ = true;
  running_ = Choose(threads.size());
  swapcontext(&main_, &fibers_[running_].context);
  in_threads_ = false;
  for (Fiber& fiber : fibers_) Flush(&fiber.buffer);
}

bool Interleaving::NextSchedule() {
  failure_.clear();
  blocks_.clear();
  in_use_ = most_in_use_ = 0;
  if (random_ != nullptr) return true;
  while (!choices_.empty() && choices_.back().taken + 1 == choices_.back().options) {
    choices_.pop_back();
  }
  if (choices_.empty()) return false;
  ++choices_.back().taken;
  return true;
}

size_t Interleaving::Choose(size_t options) {
  if (options == 1) return 0;
  if (random_ != nullptr) return random_->Below(options);
  if (depth_ == choices_.size()) choices_.push_back({0, options});
  KONTOR_CHECK(choices_[depth_].options == options);  // it replays
  return choices_[depth_++].taken;
}

std::vector<size_t> Interleaving::Runnable() const {
  std::vector<size_t> runnable;
  if (!fibers_[running_].ended) runnable.push_back(running_);
  for (size_t i = 0; i < fibers_.size(); ++i) {
    if (i != running_ && !fibers_[i].ended) runnable.push_back(i);
  }
  return runnable;
}

void Interleaving::SwitchTo(size_t fiber) {
  const size_t from = std::exchange(running_, fiber);
  if (from != fiber) swapcontext(&fibers_[from].context, &fibers_[fiber].context);
}

void Interleaving::Step() {
  if (!in_threads_) return;
  Fiber& fiber = fibers_[running_];
  if (++steps_ > bounds_.steps) Fail("it does not end");
  if (running_ == parked_ && fiber.steps == parked_after_steps_) {
    was_parked_ = true;
    FlushOwn();
    EndThread();
  }
  ++fiber.steps;
  if (random_ == nullptr && preemptions_ >= bounds_.preemptions) return;
  // By chance, too, a thread mostly goes on: long runs find other things than short ones.
  if (random_ != nullptr && !random_->OneIn(4)) return;
  const std::vector<size_t> runnable = Runnable();
  const size_t choice = Choose(runnable.size());
  if (choice == 0) return;
  ++preemptions_;
  SwitchTo(runnable[choice]);
}

bool Interleaving::IsLate() {
  if (!in_threads_ || late_stores_ >= bounds_.late_stores || Choose(2) == 0) return false;
  ++late_stores_;
  return true;
}

// Of the running thread: it ends, or stops for ever. Does not return.
void Interleaving::EndThread() {
  FlushOwn();
  fibers_[running_].ended = true;
  const std::vector<size_t> runnable = Runnable();
  if (runnable.empty()) {
    setcontext(&main_);
  } else {
    SwitchTo(runnable[Choose(runnable.size())]);
  }
}

void Interleaving::Fail(const std::string& what) {
  if (failure_.empty()) failure_ = what;
  if (in_threads_) setcontext(&main_);
}

void Interleaving::Flush(std::vector<Store>* stores) {
  for (const Store& store : *stores) *store.word = store.value;
  stores->clear();
}

void Interleaving::FlushAll() {
  for (Fiber& fiber : fibers_) Flush(&fiber.buffer);
}

void* Interleaving::Allocate(size_t bytes) {
  constexpr size_t kAlignment = 64;
  blocks_.push_back({std::make_unique<std::byte[]>(bytes + kAlignment), bytes + kAlignment, false});
  most_in_use_ = std::max(most_in_use_, ++in_use_);
  void* memory = blocks_.back().memory.get();
  size_t space = bytes + kAlignment;
  return std::align(kAlignment, bytes, memory, space);
}

void Interleaving::Free(void* memory) {
  for (Block& block : blocks_) {
    if (memory < block.memory.get() || memory >= block.memory.get() + block.bytes) continue;
    if (std::exchange(block.freed, true)) Fail("memory was given back twice");
    --in_use_;
    return;
  }
  Fail("foreign memory was given back");
}

void Interleaving::CheckAlive(const void* address) {
  for (const Block& block : blocks_) {
    if (block.freed && address >= block.memory.get() &&
        address < block.memory.get() + block.bytes) {
      Fail("memory was used after it had been given back");
    }
  }
}

}  // namespace kontor
