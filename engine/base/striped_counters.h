#ifndef KONTOR_BASE_STRIPED_COUNTERS_H_
#define KONTOR_BASE_STRIPED_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace kontor {

// A number that this thread has for itself while it lives, of those from 1 to kThreadStripes - 1; 0
// if there were more threads than numbers when it first asked.
inline constexpr unsigned kThreadStripes = 64;

namespace internal {
constexpr unsigned kNoStripeYet = ~0u;
// The number of the calling thread, found with one instruction: the initial-exec model may also be
// used in a library that is loaded late, as long as it asks for no more than a few bytes.
extern thread_local constinit unsigned thread_stripe [[gnu::tls_model("initial-exec")]];
unsigned AssignThreadStripe();
}  // namespace internal

inline unsigned ThreadStripe() {
  const unsigned stripe = internal::thread_stripe;
  return stripe != internal::kNoStripeYet ? stripe : internal::AssignThreadStripe();
}

// Some counters that are counted together, exact, and so cheap that a read without a lock may count
// itself: each thread writes to a cache line of its own. Thread-safe.
//
// Memory order: a line has one writer at a time, so it adds by a relaxed load and store; a number
// is handed from a thread that ends to a new one with release and acquire (striped_counters.cc).
// Those who share line 0 add atomically. A sum is not of one moment.
template <size_t kCounters>
class StripedCounters {
 public:
  void Add(size_t counter, uint64_t amount = 1) {
    const unsigned stripe = ThreadStripe();
    std::atomic<uint64_t>& cell = stripes_[stripe].counts[counter];
    if (stripe == 0) {
      cell.fetch_add(amount, std::memory_order_relaxed);
    } else {
      cell.store(cell.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
  }
  uint64_t Sum(size_t counter) const {
    uint64_t sum = 0;
    for (const Stripe& stripe : stripes_) {
      sum += stripe.counts[counter].load(std::memory_order_relaxed);
    }
    return sum;
  }

 private:
  struct alignas(64) Stripe {
    std::array<std::atomic<uint64_t>, kCounters> counts = {};
  };
  std::array<Stripe, kThreadStripes> stripes_;
};

}  // namespace kontor

#endif  // KONTOR_BASE_STRIPED_COUNTERS_H_
