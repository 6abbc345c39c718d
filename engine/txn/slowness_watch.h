#ifndef KONTOR_TXN_SLOWNESS_WATCH_H_
#define KONTOR_TXN_SLOWNESS_WATCH_H_

#include <cstdint>

#include "txn/core.h"

namespace kontor {

// Counts what takes long between its making and its end: the waiting for locks and the work under
// them, but not for messages or the disk. Looks at the coarse clock, so it may err by what that
// does, a few milliseconds.
class SlownessWatch {
 public:
  explicit SlownessWatch(Core* core) : core_(core), begin_ns_(core->clock->CoarseMonotonicNs()) {}
  ~SlownessWatch() {
    if (core_->clock->CoarseMonotonicNs() - begin_ns_ < kSlowNs) return;
    core_->slow_operations.fetch_add(1, std::memory_order_relaxed);
  }
  SlownessWatch(const SlownessWatch&) = delete;
  SlownessWatch& operator=(const SlownessWatch&) = delete;

 private:
  static constexpr int64_t kSlowNs = 10'000'000;  // as Redis has it

  Core* const core_;
  const int64_t begin_ns_;
};

}  // namespace kontor

#endif  // KONTOR_TXN_SLOWNESS_WATCH_H_
