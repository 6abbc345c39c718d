#include "base/clock.h"

#include <ctime>

namespace kontor {
namespace {

class SystemClock final : public Clock {
 public:
  int64_t UnixMs() override { return Read(CLOCK_REALTIME) / 1000000; }
  int64_t UnixUs() override { return Read(CLOCK_REALTIME) / 1000; }
  int64_t MonotonicNs() override { return Read(CLOCK_MONOTONIC); }
  int64_t CoarseMonotonicNs() override { return Read(CLOCK_MONOTONIC_COARSE); }

 private:
  static int64_t Read(clockid_t id) {
    timespec now{};
    clock_gettime(id, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
  }
};

}  // namespace

Clock* Clock::System() {
  static SystemClock clock;
  return &clock;
}

}  // namespace kontor
