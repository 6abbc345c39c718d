#ifndef KONTOR_BENCH_WORKLOAD_H_
#define KONTOR_BENCH_WORKLOAD_H_

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// What every contender is asked: keys of 16 bytes, values of 64, uniform over a fixed number of
// keys.
namespace bench {

inline constexpr uint64_t kKeys = 1'000'000;
inline constexpr size_t kKeyBytes = 16;
inline constexpr size_t kValueBytes = 64;

// SplitMix64; each thread has its own.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

// Sixteen hexadecimal digits; made without allocation, so that it costs every contender the same
// little.
class Key {
 public:
  explicit Key(uint64_t number) {
    for (size_t i = 0; i < kKeyBytes; ++i) {
      digits_[i] = "0123456789abcdef"[(number >> (4 * (kKeyBytes - 1 - i))) & 15];
    }
  }
  std::string_view view() const { return {digits_.data(), digits_.size()}; }

 private:
  std::array<char, kKeyBytes> digits_;
};

inline std::string_view Value() {
  static const std::string value(kValueBytes, 'v');
  return value;
}

}  // namespace bench

#endif  // KONTOR_BENCH_WORKLOAD_H_
