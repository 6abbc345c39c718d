#ifndef KONTOR_BENCH_HIT_RATIO_POLICY_H_
#define KONTOR_BENCH_HIT_RATIO_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <memory>

namespace bench {

// A cache of a fixed number of objects that are all of one size.
class Policy {
 public:
  virtual ~Policy() = default;
  // True if the object was there; it is there afterwards in any case.
  virtual bool Access(uint64_t key) = 0;
};

// The textbook: evicts what was used least recently.
std::unique_ptr<Policy> MakeLru(size_t capacity);
// Evicts what was used least often since it came in; among equals what was used least recently.
std::unique_ptr<Policy> MakeLfu(size_t capacity);
// Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi, "SIEVE is simpler than LRU: an efficient
// turn-key eviction algorithm for web caches", NSDI 2024.
std::unique_ptr<Policy> MakeSieve(size_t capacity);
// J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO queues are all you need for cache
// eviction", SOSP 2023: a small queue of a tenth, a main queue, and a ghost queue of as many keys
// as the main queue has objects.
std::unique_ptr<Policy> MakeS3Fifo(size_t capacity);

}  // namespace bench

#endif  // KONTOR_BENCH_HIT_RATIO_POLICY_H_
