#ifndef KONTOR_BENCH_VERSUS_ZIPF_H_
#define KONTOR_BENCH_VERSUS_ZIPF_H_

#include <cmath>
#include <cstdint>

namespace bench {

// Ranks from 0 (the most popular) to `count` - 1 by Zipf's law with exponent `theta` < 1.
// (J. Gray et al., "Quickly Generating Billion-Record Synthetic Databases", SIGMOD 1994.)
class Zipf {
 public:
  Zipf(uint64_t count, double theta) : count_(static_cast<double>(count)), theta_(theta) {
    for (uint64_t i = 1; i <= count; ++i) zeta_ += 1 / std::pow(static_cast<double>(i), theta);
    const double zeta_of_two = 1 + std::pow(0.5, theta);
    alpha_ = 1 / (1 - theta);
    eta_ = (1 - std::pow(2 / count_, 1 - theta)) / (1 - zeta_of_two / zeta_);
  }

  // `uniform` in [0, 1).
  uint64_t Rank(double uniform) const {
    const double scaled = uniform * zeta_;
    if (scaled < 1) return 0;
    if (scaled < 1 + std::pow(0.5, theta_)) return 1;
    return static_cast<uint64_t>(count_ * std::pow(eta_ * uniform - eta_ + 1, alpha_));
  }

 private:
  double count_;
  double theta_;
  double zeta_ = 0;
  double alpha_ = 0;
  double eta_ = 0;
};

}  // namespace bench

#endif  // KONTOR_BENCH_VERSUS_ZIPF_H_
