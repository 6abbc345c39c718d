#include "base/memory_budget.h"

#include <algorithm>
#include <numeric>

namespace kontor {

size_t MemoryBudget::StripeOfThread() {
  static std::atomic<size_t> threads{0};
  static thread_local const size_t stripe =
      threads.fetch_add(1, std::memory_order_relaxed) % kStripes;
  return stripe;
}

void MemoryBudget::Add(MemoryPurpose purpose, int64_t bytes) {
  Stripe& stripe = stripes_[StripeOfThread()];
  stripe.used[static_cast<size_t>(purpose)].fetch_add(bytes, std::memory_order_relaxed);
  const int64_t unreported = stripe.unreported.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  const int64_t share = share_bytes_.load(std::memory_order_relaxed);
  if (unreported < share && unreported > -share) return;
  total_.fetch_add(stripe.unreported.exchange(0, std::memory_order_relaxed),
                   std::memory_order_relaxed);
}

void MemoryBudget::set_limit_bytes(int64_t bytes) {
  share_bytes_.store(std::min(bytes / kSharesPerStripe, kLargestShareBytes),
                     std::memory_order_relaxed);
  limit_.store(bytes, std::memory_order_relaxed);
  // What was little of the old limit may be much of the new one.
  for (Stripe& stripe : stripes_) {
    total_.fetch_add(stripe.unreported.exchange(0, std::memory_order_relaxed),
                     std::memory_order_relaxed);
  }
}

int64_t MemoryBudget::used_bytes(MemoryPurpose purpose) const {
  const auto of = static_cast<size_t>(purpose);
  return std::accumulate(stripes_.begin(), stripes_.end(), int64_t{0},
                         [of](int64_t sum, const Stripe& stripe) {
                           return sum + stripe.used[of].load(std::memory_order_relaxed);
                         });
}

int64_t MemoryBudget::used_bytes() const {
  int64_t sum = 0;
  for (size_t purpose = 0; purpose < kMemoryPurposes; ++purpose) {
    sum += used_bytes(static_cast<MemoryPurpose>(purpose));
  }
  return sum;
}

}  // namespace kontor
