#include "base/striped_counters.h"

#include <bit>

namespace kontor::internal {
namespace {

// A bit for each number that is free; 0 is everybody's.
std::atomic<uint64_t> free_stripes{~uint64_t{1}};
static_assert(kThreadStripes == 64);

unsigned TakeStripe() {
  uint64_t free = free_stripes.load(std::memory_order_relaxed);
  while (free != 0) {
    const uint64_t first = free & -free;
    // Acquire: what the number's last owner counted is seen.
    if (free_stripes.compare_exchange_weak(free, free & ~first, std::memory_order_acquire,
                                           std::memory_order_relaxed)) {
      return static_cast<unsigned>(std::countr_zero(first));
    }
  }
  return 0;
}

// Gives the number back when the thread ends; what it still counts after that is shared.
class Lease {
 public:
  Lease() : stripe_(TakeStripe()) {}
  ~Lease() {
    thread_stripe = 0;
    if (stripe_ != 0) free_stripes.fetch_or(uint64_t{1} << stripe_, std::memory_order_release);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  unsigned stripe() const { return stripe_; }

 private:
  const unsigned stripe_;
};

}  // namespace

thread_local constinit unsigned thread_stripe [[gnu::tls_model("initial-exec")]] = kNoStripeYet;

unsigned AssignThreadStripe() {
  static thread_local const Lease lease;
  thread_stripe = lease.stripe();
  return thread_stripe;
}

}  // namespace kontor::internal
