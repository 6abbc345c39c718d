#ifndef KONTOR_BROKER_EVENT_RATES_H_
#define KONTOR_BROKER_EVENT_RATES_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace kontor {

// How often something happened in the last whole seconds, up to 60 of them; exact. Not thread-safe.
class EventRate {
 public:
  static constexpr int64_t kMostSeconds = 60;

  void Count(int64_t now_ms) {
    Turn(SecondOf(now_ms));
    ++counts_[PlaceOf(second_)];
  }
  // In the `seconds` (1 to 60) whole seconds before the one of now.
  uint64_t Over(int64_t now_ms, int64_t seconds) const {
    const int64_t now = std::max(SecondOf(now_ms), second_);
    uint64_t sum = 0;
    for (int64_t at = std::max<int64_t>(0, now - seconds); at < now; ++at) {
      if (at <= second_ && at + kKept > second_) sum += counts_[PlaceOf(at)];
    }
    return sum;
  }

 private:
  static constexpr int64_t kKept = kMostSeconds + 1;

  static int64_t SecondOf(int64_t now_ms) { return std::max<int64_t>(now_ms, 0) / 1000; }
  static size_t PlaceOf(int64_t second) { return static_cast<size_t>(second % kKept); }
  void Turn(int64_t second) {
    if (second + kKept < second_) *this = EventRate();  // the clock was set back
    for (int64_t over = std::max(second_, second - kKept); over < second; ++over) {
      counts_[PlaceOf(over + 1)] = 0;
    }
    second_ = std::max(second_, second);
  }

  std::array<uint32_t, kKept> counts_{};  // of the second and those before it
  int64_t second_ = 0;
};

// What an autoscaler asks of a queue.
struct EventRates {
  EventRate arrivals;
  EventRate acknowledgements;
  EventRate failures;  // returned, run out of their lease, or buried
};

}  // namespace kontor

#endif  // KONTOR_BROKER_EVENT_RATES_H_
