#ifndef KONTOR_BENCH_VERSUS_MEASURE_H_
#define KONTOR_BENCH_VERSUS_MEASURE_H_

#include <cstdint>
#include <string>

#include "versus/peer.h"
#include "versus/zipf.h"

namespace bench {

// What is asked of a peer that holds `keys` keys.
struct Workload {
  int threads = 1;
  int write_percent = 0;
  const Zipf* zipf = nullptr;  // null: every key as likely
  bool one_hot_key = false;
};

// Operations per second in one slice. Every value that is read is checked; a wrong one ends the
// program.
double MeasureThroughput(Peer* peer, uint64_t keys, const Workload& workload, double seconds);

struct Latency {
  double get_p999_us = 0;
  double worst_us = 0;  // of any operation
};
// The same with a clock around every operation.
Latency MeasureLatency(Peer* peer, uint64_t keys, const Workload& workload, double seconds);

struct Filling {
  double insert_ns = 0;
  double longest_insert_us = 0;
  double bytes_per_key = 0;
};
// Inserts keys 0 to keys - 1 into an empty peer; what it takes of memory is what the process grew.
Filling Fill(Peer* peer, uint64_t keys);
// The longest that an empty loop sees: what the machine does to anybody.
double LongestPauseUs(double seconds);

}  // namespace bench

#endif  // KONTOR_BENCH_VERSUS_MEASURE_H_
