#ifndef KONTOR_BROKER_THRESHOLD_H_
#define KONTOR_BROKER_THRESHOLD_H_

#include <cstdint>

namespace kontor {

// Tells when a number crosses its threshold: it is high from there on, and low again from half of
// that down, so that one which moves around its threshold is not told of again and again.
class Threshold {
 public:
  bool is_high() const { return high_; }
  // Whether the number is on the other side now. A threshold of 0: it is never high.
  bool Crosses(int64_t number, int64_t threshold) const {
    if (high_) return number <= threshold / 2;
    return threshold != 0 && number >= threshold;
  }
  void Cross() { high_ = !high_; }

 private:
  bool high_ = false;
};

}  // namespace kontor

#endif  // KONTOR_BROKER_THRESHOLD_H_
