#ifndef KONTOR_BENCH_REDIS_TYPES_MEASURES_H_
#define KONTOR_BENCH_REDIS_TYPES_MEASURES_H_

#include <time.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// The measurements of kontor_redis_types. Each prints one line of JSON; types_versus_redis.py makes
// a report of them.

namespace bench {

// The variable that names the Unix socket of the redis-server to be asked.
inline constexpr char kRedisVariable[] = "KONTOR_BENCH_REDIS";

// Of this thread: what a busy machine distorts less than time.
inline double ThreadProcessorSeconds() {
  timespec spent = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

struct Collections {
  std::string_view type;
  uint64_t keys = 0;
  uint64_t elements_per_key = 0;
  bool key_by_key = false;  // else each key gets its first element, then each its second...
};
// What the elements take, added one by one: as the engine counts it, and what the process grew.
void MeasureMemory(const Collections& collections);
// Fills the redis-server in the same way; whoever started it knows what it takes.
void FillRedis(const Collections& collections);

struct Calls {
  int server_pid = 0;
  double slice_seconds = 0;
  int rounds = 0;
};
// Nanoseconds of one request by one caller, who waits for each reply, and of the processor time
// that this took of caller and server: by kontor_exec, by a session, and at the server's socket, on
// any core and both on one core. Medians of alternating slices.
void MeasureCalls(const Calls& calls);

// Operations a second by kontor_exec, and nanoseconds of processor time for one, for each of the
// commands in turn. As redis-benchmark does it,
// __rand_int__ becomes twelve digits of a number below `range`.
void MeasureThroughput(uint64_t operations, uint64_t range, std::span<const std::string> commands);

// How long other callers are held up while one collection grows to so many members, and is deleted.
void MeasureGrowth(std::string_view type, uint64_t members);

}  // namespace bench

#endif  // KONTOR_BENCH_REDIS_TYPES_MEASURES_H_
