#ifndef KONTOR_BROKER_RATE_LIMIT_H_
#define KONTOR_BROKER_RATE_LIMIT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace kontor {

// How much may happen in how long; a count of 0 is no limit.
struct Rate {
  int64_t count = 0;
  int64_t window_ms = 1000;
  bool limits() const { return count != 0; }
};

// Holds something to a rate: never more than `count` in any window, wherever it begins. Time is cut
// into slices of a sixteenth of the window, and what happened in a slice counts until all of it is
// a window ago; so what is allowed in the long run is the rate but for a seventeenth. Not
// thread-safe.
class RateLimit {
 public:
  void Spend(const Rate& rate, int64_t now_ms) {
    const int64_t slice = SliceAt(rate, now_ms);
    if (WidthMs(rate) != width_ms_ || slice + kKept < newest_) {
      *this = RateLimit();  // another rate, or another time: what was before does not count
      width_ms_ = WidthMs(rate);
      newest_ = slice;
    }
    for (int64_t over = std::max(newest_, slice - kKept); over < slice; ++over) {
      spent_[PlaceOf(over + 1)] = 0;
    }
    newest_ = std::max(newest_, slice);
    ++spent_[PlaceOf(newest_)];
  }
  // The moment from which on one more is allowed; not after now if it is at once.
  int64_t AllowedAtMs(const Rate& rate, int64_t now_ms) const {
    const int64_t slice = SliceAt(rate, now_ms);
    if (!rate.limits() || WidthMs(rate) != width_ms_ || slice + kKept < newest_) return now_ms;
    // Backwards, to the slice that must be over first.
    int64_t spent = 0;
    for (int64_t at = newest_; at > std::max(newest_, slice) - kKept; --at) {
      spent += spent_[PlaceOf(at)];
      if (spent >= rate.count) return (at + kKept) * width_ms_;
    }
    return now_ms;
  }

 private:
  static constexpr int64_t kSlices = 16;
  static constexpr int64_t kKept = kSlices + 1;  // a window touches so many

  static int64_t WidthMs(const Rate& rate) { return (rate.window_ms + kSlices - 1) / kSlices; }
  static int64_t SliceAt(const Rate& rate, int64_t now_ms) {
    return std::max<int64_t>(now_ms, 0) / WidthMs(rate);
  }
  static size_t PlaceOf(int64_t slice) { return static_cast<size_t>((slice + kKept) % kKept); }

  std::array<int64_t, kKept> spent_{};  // in the newest slice and those before it
  int64_t newest_ = 0;
  int64_t width_ms_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_RATE_LIMIT_H_
