#ifndef KONTOR_BASE_CLOCK_H_
#define KONTOR_BASE_CLOCK_H_

#include <atomic>
#include <cstdint>

namespace kontor {

// The engine's only source of time. A parameter everywhere, so that a test decides what time it is.
class Clock {
 public:
  virtual ~Clock() = default;

  // Milliseconds since 1970 UTC; what deadlines of keys and messages are written in. May jump.
  virtual int64_t UnixMs() = 0;
  // Microseconds of it, for who wants to see more.
  virtual int64_t UnixUs() { return UnixMs() * 1000; }
  // Nanoseconds that only go forward; what waits and ages are measured in.
  virtual int64_t MonotonicNs() = 0;

  // The same as of some milliseconds ago, and many times cheaper.
  virtual int64_t CoarseMonotonicNs() { return MonotonicNs(); }

  int64_t MonotonicMs() { return MonotonicNs() / 1000000; }

  // The clocks of the machine. Lives as long as the process.
  static Clock* System();
};

// A clock that moves only when told to. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t unix_ms = 1'600'000'000'000) : unix_ms_(unix_ms) {}

  int64_t UnixMs() override { return unix_ms_.load(std::memory_order_relaxed); }
  int64_t MonotonicNs() override { return monotonic_ns_.load(std::memory_order_relaxed); }

  void AdvanceMs(int64_t ms) {
    unix_ms_.fetch_add(ms, std::memory_order_relaxed);
    monotonic_ns_.fetch_add(ms * 1000000, std::memory_order_relaxed);
  }

 private:
  std::atomic<int64_t> unix_ms_;
  std::atomic<int64_t> monotonic_ns_{0};
};

}  // namespace kontor

#endif  // KONTOR_BASE_CLOCK_H_
