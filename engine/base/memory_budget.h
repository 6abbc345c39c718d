#ifndef KONTOR_BASE_MEMORY_BUDGET_H_
#define KONTOR_BASE_MEMORY_BUDGET_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace kontor {

// What an engine holds memory for.
enum class MemoryPurpose : uint32_t {
  kKeys,          // tables and records, with the short strings in them
  kLargeStrings,  // strings and keys that are too long for a record
  kCollections,   // hashes, lists
  kQueues,        // messages of work queues, values in lanes
  kMailboxes,     // subscriptions, and what waits to be read
  kJournal,       // records that are not written yet
  kSnapshots,     // blocks of a snapshot that is being written
};
inline constexpr size_t kMemoryPurposes = 7;

// The memory of one engine, counted where it is taken and given back, and the limit it is held to.
// Thread-safe; nothing blocks.
//
// Counting must not make all threads write one line, and asking must be one load. So a thread
// counts in one of 32 stripes, each a cache line of its own, and a stripe hands its sum to the
// total only once that is a 4096th of the limit: all stripes together hide less than a 128th of it,
// and rarely more than a small part of that, since what one took another gives back.
class MemoryBudget {  // NOLINT(clang-analyzer-optin.performance.Padding): lines of their own
 public:
  static constexpr int64_t kNoLimit = INT64_MAX / 2;

  MemoryBudget() = default;
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // Bytes that were taken, or given back if negative.
  void Add(MemoryPurpose purpose, int64_t bytes);

  // True if more is held than may be: whoever needs memory makes room first (txn/make_room.h).
  bool over() const {
    return total_.load(std::memory_order_relaxed) > limit_.load(std::memory_order_relaxed);
  }
  // By how much; negative where there is room.
  int64_t excess_bytes() const {
    return total_.load(std::memory_order_relaxed) - limit_.load(std::memory_order_relaxed);
  }
  bool limited() const { return limit_bytes() != kNoLimit; }
  int64_t limit_bytes() const { return limit_.load(std::memory_order_relaxed); }
  void set_limit_bytes(int64_t bytes);

  // What is held, exactly as far as nobody counts at the same time.
  int64_t used_bytes() const;
  int64_t used_bytes(MemoryPurpose purpose) const;

 private:
  static constexpr size_t kStripes = 32;
  static constexpr int64_t kSharesPerStripe = 4096;
  static constexpr int64_t kLargestShareBytes = int64_t{64} << 10;

  struct alignas(64) Stripe {
    std::atomic<int64_t> unreported{0};
    std::array<std::atomic<int64_t>, kMemoryPurposes> used{};
  };
  static size_t StripeOfThread();

  std::atomic<int64_t> limit_{kNoLimit};
  std::atomic<int64_t> share_bytes_{kLargestShareBytes};
  alignas(64) std::atomic<int64_t> total_{0};
  std::array<Stripe, kStripes> stripes_;
};

// A count that follows what something holds and takes it out of the budget when that ends. Guarded
// by whatever guards what it counts.
class CountedMemory {
 public:
  explicit CountedMemory(MemoryPurpose purpose) : purpose_(purpose) {}
  ~CountedMemory() { Set(0); }
  CountedMemory(const CountedMemory&) = delete;
  CountedMemory& operator=(const CountedMemory&) = delete;

  // Null: nobody counts. It must outlive this.
  void set_budget(MemoryBudget* budget) {
    const int64_t bytes = bytes_;
    Set(0);
    budget_ = budget;
    Set(bytes);
  }
  int64_t bytes() const { return bytes_; }
  // Exchanges the counts; both have one budget and one purpose.
  void Swap(CountedMemory* other) { std::swap(bytes_, other->bytes_); }
  void Set(int64_t bytes) { Add(bytes - bytes_); }
  void Add(int64_t bytes) {
    if (bytes == 0) return;
    bytes_ += bytes;
    if (budget_ != nullptr) budget_->Add(purpose_, bytes);
  }

 private:
  const MemoryPurpose purpose_;
  MemoryBudget* budget_ = nullptr;
  int64_t bytes_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_BASE_MEMORY_BUDGET_H_
