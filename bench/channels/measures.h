#ifndef KONTOR_BENCH_CHANNELS_MEASURES_H_
#define KONTOR_BENCH_CHANNELS_MEASURES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

// The measurements of kontor_channels. Each prints its rows of the report.

namespace bench {

inline constexpr char kRedisVariable[] = "KONTOR_BENCH_REDIS";  // the socket of the redis-server

// What is compared: takes turns with the others, one slice each round.
struct Contender {
  std::string name;
  // Does its work some times and answers how many deliveries, or calls, that were.
  std::function<uint64_t()> slice;
};
// The medians of nanoseconds for one delivery or call, after one slice of each that does not count.
std::vector<double> MedianNanoseconds(const std::vector<Contender>& contenders, int rounds);

// One publish to 1 million tags beside a loop over a million deques of shared pointers.
void MeasureTags(int rounds);
// 64 bytes to 100 mailboxes beside ZeroMQ inproc and Redis PUBLISH.
void MeasureFanOut(int rounds);
// A publish that matches 1 of 100,000 patterns beside Redis PSUBSCRIBE.
void MeasurePatterns(int rounds);
// What 1 million subscriptions take.
void MeasureMemory();

// A row of a table: what, Kontor's figure, the peer and its figure, ratio, target.
void PrintTarget(const std::string& what, const std::string& kontor, const std::string& peer,
                 double ratio, double target_ratio);
// "123 ns", "4.5 us", "6.7 ms".
std::string Time(double nanoseconds);
// "12.3 M/s".
std::string Rate(double nanoseconds);

}  // namespace bench

#endif  // KONTOR_BENCH_CHANNELS_MEASURES_H_
