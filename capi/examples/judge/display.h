// Shows how far the work is: one live line on a terminal, a plain line now and then in a pipe.
#ifndef JUDGE_DISPLAY_H_
#define JUDGE_DISPLAY_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "report.h"

namespace judge {

class Display {
 public:
  explicit Display(uint64_t submissions);
  // Says something for good.
  void Say(const std::string& text);
  void Show(const Report& report);

 private:
  using Clock = std::chrono::steady_clock;
  std::string Line(int64_t judged, const Report& report) const;

  const int64_t submissions_;
  const bool live_;
  const Clock::time_point start_;
  Clock::time_point next_;
};

}  // namespace judge

#endif  // JUDGE_DISPLAY_H_
