#ifndef KONTOR_TESTS_UNIT_BROKER_INTERLEAVING_H_
#define KONTOR_TESTS_UNIT_BROKER_INTERLEAVING_H_

#include <ucontext.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"

namespace kontor {

// Runs the threads of a small program one step at a time, in every order that the bounds allow
// (stateless search with replay and a bound on preemptions: Musuvathi and Qadeer, PLDI 2007). A
// step is one access to a ModelAtomic. Memory is sequentially consistent, except that a release
// store may stay in the store buffer of its thread until that next exchanges something or another
// one calls HeavyFence, as it may on x86.
//
// What the program does wrong (Fail) ends the execution; the schedule can be replayed.
class Interleaving {
 public:
  struct Bounds {
    int preemptions = 2;     // switches away from a thread that could have gone on
    int late_stores = 0;     // stores that stay in a buffer
    uint64_t steps = 20000;  // of one execution: more are taken for an endless loop
  };
  using Thread = std::function<void()>;

  explicit Interleaving(const Bounds& bounds);
  ~Interleaving();
  Interleaving(const Interleaving&) = delete;
  Interleaving& operator=(const Interleaving&) = delete;

  // Goes through the next execution. Thread `parked`, if there is one, stops for ever after so many
  // steps. Afterwards `failure` says what was wrong.
  void Run(std::vector<Thread> threads, size_t parked = SIZE_MAX, uint64_t parked_after_steps = 0);
  // Makes the next Run take another way; false if all were taken.
  bool NextSchedule();
  // Makes every Run take a way by chance instead.
  void UseRandom(uint64_t seed) { random_ = std::make_unique<Random>(seed); }

  const std::string& failure() const { return failure_; }
  // True if the parked thread came so far.
  bool was_parked() const { return was_parked_; }

  // ---- For the program that runs. ----

  static Interleaving* Current() { return current_; }
  // Before each access to what threads share.
  void Step();
  // True if a store should stay in the buffer.
  bool IsLate();
  // The number of a step: times of a history.
  int64_t Now() { return static_cast<int64_t>(++clock_); }
  unsigned thread() const { return static_cast<unsigned>(running_); }
  // Does not return if called by a thread.
  void Fail(const std::string& what);

  struct Store {
    uint64_t* word;
    uint64_t value;
  };
  // Of the running thread, oldest first.
  std::vector<Store>& buffer() { return fibers_[running_].buffer; }
  void FlushOwn() { Flush(&buffer()); }
  void FlushAll();

  // Memory that a thread may give back; used afterwards, it fails.
  void* Allocate(size_t bytes);
  void Free(void* memory);
  void CheckAlive(const void* address);
  size_t blocks_in_use() const { return in_use_; }
  size_t most_blocks_in_use() const { return most_in_use_; }

 private:
  struct Choice {
    size_t taken;
    size_t options;
  };
  struct Fiber {
    ucontext_t context;
    std::unique_ptr<char[]> stack;
    Thread body;
    bool ended = true;
    uint64_t steps = 0;
    std::vector<Store> buffer;
  };
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    size_t bytes;
    bool freed = false;
  };

  static void Begin();
  static void Flush(std::vector<Store>* stores);
  size_t Choose(size_t options);
  std::vector<size_t> Runnable() const;
  void SwitchTo(size_t fiber);
  void EndThread();

  static Interleaving* current_;
  const Bounds bounds_;
  std::unique_ptr<Random> random_;
  std::vector<Choice> choices_;
  size_t depth_ = 0;
  std::array<Fiber, 5> fibers_;
  size_t running_ = 0;
  size_t parked_ = SIZE_MAX;
  uint64_t parked_after_steps_ = 0;
  bool was_parked_ = false;
  bool in_threads_ = false;
  int preemptions_ = 0;
  int late_stores_ = 0;
  uint64_t steps_ = 0;
  uint64_t clock_ = 0;
  ucontext_t main_;
  std::string failure_;
  std::vector<Block> blocks_;
  size_t in_use_ = 0;
  size_t most_in_use_ = 0;
};

// What stands for std::atomic in a program that is run by Interleaving. A relaxed store is taken
// for one to memory that is nobody else's yet.
template <typename T>
class ModelAtomic {
 public:
  ModelAtomic() : ModelAtomic(T{}) {}
  ModelAtomic(T value) : word_(Bits(value)) {}  // NOLINT(google-explicit-constructor)
  ModelAtomic(const ModelAtomic&) = delete;
  ModelAtomic& operator=(const ModelAtomic&) = delete;

  T load(std::memory_order) const {
    Interleaving* const model = Enter();
    if (model == nullptr) return Value(word_);
    const auto& stores = model->buffer();
    for (auto store = stores.rbegin(); store != stores.rend(); ++store) {
      if (store->word == &word_) return Value(store->value);
    }
    return Value(word_);
  }
  void store(T value, std::memory_order order) {
    Interleaving* const model = order == std::memory_order_relaxed ? Alive() : Enter();
    if (model != nullptr && order == std::memory_order_release &&
        (!model->buffer().empty() || model->IsLate())) {
      model->buffer().push_back({&word_, Bits(value)});
      return;
    }
    if (model != nullptr && order != std::memory_order_relaxed) model->FlushOwn();
    word_ = Bits(value);
  }
  T exchange(T value, std::memory_order) {
    EnterAlone();
    const T before = Value(word_);
    word_ = Bits(value);
    return before;
  }
  T fetch_add(T more, std::memory_order) {
    EnterAlone();
    const T before = Value(word_);
    word_ = Bits(before + more);
    return before;
  }
  bool compare_exchange_strong(T& expected, T desired, std::memory_order, std::memory_order) {
    EnterAlone();
    const T before = Value(word_);
    if (before == expected) {
      word_ = Bits(desired);
      return true;
    }
    expected = before;
    return false;
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure) {
    return compare_exchange_strong(expected, desired, success, failure);
  }

 private:
  static uint64_t Bits(T value) {
    if constexpr (std::is_pointer_v<T>) {
      return reinterpret_cast<uintptr_t>(value);
    } else {
      return value;
    }
  }
  static T Value(uint64_t bits) {
    if constexpr (std::is_pointer_v<T>) {
      return reinterpret_cast<T>(bits);
    } else {
      return bits;
    }
  }
  Interleaving* Alive() const {
    Interleaving* const model = Interleaving::Current();
    if (model != nullptr) model->CheckAlive(this);
    return model;
  }
  Interleaving* Enter() const {
    Interleaving* const model = Interleaving::Current();
    if (model != nullptr) model->Step();
    return Alive();
  }
  void EnterAlone() {
    Interleaving* const model = Enter();
    if (model != nullptr) model->FlushOwn();
  }

  uint64_t word_;
};

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_BROKER_INTERLEAVING_H_
