// The names under which the judge keeps its data.
#ifndef JUDGE_SCHEMA_H_
#define JUDGE_SCHEMA_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace judge {

// The queue of submissions.
inline constexpr std::string_view kQueue = "submissions";

// How many submissions a producer has handed in; written in the commit that enqueues them.
inline constexpr uint64_t kProducers = 2;
inline std::string ProducedKey(uint64_t producer) { return "produced:" + std::to_string(producer); }

// A hash per submission: verdict, how, attempt, latency_ms, and times, which must stay 1.
inline constexpr std::string_view kResultPrefix = "result:";
inline std::string ResultKey(uint64_t number) {
  return std::string(kResultPrefix) + std::to_string(number);
}

// A hash of totals: one field per verdict, judged, redelivered.
inline constexpr std::string_view kTotals = "totals";
inline constexpr std::string_view kJudged = "judged";
inline constexpr std::string_view kRedelivered = "redelivered";

// The verdict on a source, kept for a while.
inline constexpr std::string_view kVerdictPrefix = "verdict:";

// How a submission came to its verdict.
inline constexpr std::string_view kHowRun = "run";        // compiled and run for it
inline constexpr std::string_view kHowJoined = "joined";  // waited for another worker's run
inline constexpr std::string_view kHowCached = "cached";  // the verdict was known

}  // namespace judge

#endif  // JUDGE_SCHEMA_H_
