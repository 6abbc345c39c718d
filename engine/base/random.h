#ifndef KONTOR_BASE_RANDOM_H_
#define KONTOR_BASE_RANDOM_H_

#include <cstdint>

namespace kontor {

// A small generator that replays from its seed (SplitMix64: Steele, Lea, Flood, OOPSLA 2014). Not
// for secrets, not thread-safe.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // A number in [0, bound); bound must not be 0.
  uint64_t Below(uint64_t bound) { return Next() % bound; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

  // 64 bits from the system's random source.
  static uint64_t SystemSeed();

 private:
  uint64_t state_;
};

}  // namespace kontor

#endif  // KONTOR_BASE_RANDOM_H_
