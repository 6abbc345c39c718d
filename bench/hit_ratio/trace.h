#ifndef KONTOR_BENCH_HIT_RATIO_TRACE_H_
#define KONTOR_BENCH_HIT_RATIO_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

// Which objects a workload asks for, in order.
struct Trace {
  std::string name;
  std::vector<uint32_t> keys;
};

// `accesses` draws from a Zipf distribution: the object of rank r with weight 1 / r^exponent. A
// share of the accesses, `scan_percent`, goes instead to `cold_objects` others, one after the other
// and again from the first. Every `accesses / shifts` accesses (0: never) the ranks move on by
// `shift_objects`, so that other objects become popular.
struct TraceOptions {
  uint32_t objects = 1'000'000;
  double exponent = 0.99;
  size_t accesses = 6'000'000;
  uint32_t scan_percent = 0;
  uint32_t cold_objects = 0;
  size_t shifts = 0;
  uint32_t shift_objects = 0;
  uint64_t seed = 1;
};
Trace MakeTrace(const std::string& name, const TraceOptions& options);

}  // namespace bench

#endif  // KONTOR_BENCH_HIT_RATIO_TRACE_H_
