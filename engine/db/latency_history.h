#ifndef KONTOR_DB_LATENCY_HISTORY_H_
#define KONTOR_DB_LATENCY_HISTORY_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/bytes.h"
#include "base/mutex.h"

namespace kontor {

// When which event took how long, of those that took long: what LATENCY tells. One sample a second
// of each event, the worst. Thread-safe.
class LatencyHistory {
 public:
  static constexpr size_t kSamples = 160;  // of an event, the last ones
  struct Sample {
    int64_t unix_seconds = 0;
    int64_t latency_ms = 0;
  };
  struct Event {
    std::string name;
    Sample latest;
    int64_t worst_ms = 0;  // since it was forgotten
  };

  // What takes that long is told; 0: nothing is.
  void set_threshold_ms(int64_t ms) { threshold_ms_.store(ms, std::memory_order_relaxed); }
  int64_t threshold_ms() const { return threshold_ms_.load(std::memory_order_relaxed); }

  void Add(Bytes event, Sample sample);
  // By name.
  std::vector<Event> Events() const;
  // Oldest first; none of an event that was not seen.
  std::vector<Sample> SamplesOf(Bytes event) const;
  // False if it was not there.
  bool Forget(Bytes event);

 private:
  struct History {
    std::array<Sample, kSamples> ring;
    size_t count = 0;  // all that there ever were; the next one's place is this modulo kSamples
    int64_t worst_ms = 0;

    Sample& latest() { return ring[(count - 1) % kSamples]; }
    const Sample& latest() const { return ring[(count - 1) % kSamples]; }
  };

  std::atomic<int64_t> threshold_ms_{0};
  mutable Mutex mutex_;
  std::map<std::string, History, std::less<>> histories_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kontor

#endif  // KONTOR_DB_LATENCY_HISTORY_H_
