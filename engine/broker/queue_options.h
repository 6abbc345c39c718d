#ifndef KONTOR_BROKER_QUEUE_OPTIONS_H_
#define KONTOR_BROKER_QUEUE_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "broker/rate_limit.h"

namespace kontor {

// How the rest of a message grows from one retry to the next.
enum class Backoff : int64_t {
  kFixed = 0,        // retry_delay_ms each time
  kExponential = 1,  // twice as long each time, retry_delay_max_ms at most
};

// What becomes of a message that is one too many when another comes, or too old.
enum class Overflow : int64_t {
  kRefuse = 0,            // the new one is refused (kFull)
  kDropOldest = 1,        // who has been ready longest goes
  kDeadLetterOldest = 2,  // it becomes a dead letter
};
enum class AgePolicy : int64_t { kDrop = 0, kDeadLetter = 1 };

// How a queue behaves. What each number is for, its bounds and its names are in one table
// (AllQueueOptions), from which the bindings, the commands and the file format are made.
struct QueueOptions {
  int64_t durable = 1;
  int64_t lease_ms = 30'000;
  int64_t max_deliveries = 0;
  int64_t retry_delay_ms = 0;
  int64_t max_length = 0;
  int64_t backoff = static_cast<int64_t>(Backoff::kFixed);
  int64_t retry_delay_max_ms = 0;
  int64_t retry_jitter_percent = 0;
  int64_t deduplication_ms = 0;
  int64_t overflow = static_cast<int64_t>(Overflow::kRefuse);
  int64_t max_age_ms = 0;
  int64_t age_policy = static_cast<int64_t>(AgePolicy::kDrop);
  int64_t rate_count = 0;
  int64_t rate_window_ms = 1000;
  int64_t group_rate_count = 0;
  int64_t group_rate_window_ms = 1000;
  int64_t result_ms = 0;
  int64_t depth_threshold = 0;
  int64_t age_threshold_ms = 0;
  int64_t compress_bytes = 0;
  // The rest before each retry, in milliseconds; the last one for all that follow. Goes before all
  // of the above; empty: they decide.
  std::vector<int64_t> retry_delays_ms = {};

  bool has_thresholds() const { return (depth_threshold | age_threshold_ms) != 0; }
  Rate rate() const { return {rate_count, rate_window_ms}; }
  Rate group_rate() const { return {group_rate_count, group_rate_window_ms}; }

  friend bool operator==(const QueueOptions&, const QueueOptions&) = default;
};

struct QueueOption {
  const char* name;      // in C, C++ and Python
  const char* argument;  // of Q.OPEN
  int64_t QueueOptions::*value;
  int64_t least;
  int64_t most;
};
// In the order of their numbers in the C ABI and of the file format: never reordered.
absl::Span<const QueueOption> AllQueueOptions();

// kOutOfRange, naming the option and its bounds.
Status Validate(const QueueOptions& options);

// How long a message rests before its next delivery; `deliveries` it had so far. The part that is
// chosen at random comes from `seed`, so that the same is chosen again.
int64_t RetryDelayMs(const QueueOptions& options, uint32_t deliveries, uint64_t seed);

// The body of a kQueueDeclare effect (persist/FORMAT.md). Decode answers kCorrupt for anything
// else.
std::string Encode(const QueueOptions& options);
Status Decode(Bytes encoded, QueueOptions* options);

}  // namespace kontor

#endif  // KONTOR_BROKER_QUEUE_OPTIONS_H_
