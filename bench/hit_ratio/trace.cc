#include "hit_ratio/trace.h"

#include <algorithm>
#include <cmath>

#include "workload.h"

namespace bench {
namespace {

// Ranks by bisection of the cumulated weights.
class Zipf {
 public:
  Zipf(uint32_t objects, double exponent) {
    cumulated_.reserve(objects);
    double sum = 0;
    for (uint32_t rank = 1; rank <= objects; ++rank) {
      sum += 1 / std::pow(rank, exponent);
      cumulated_.push_back(sum);
    }
  }
  uint32_t Draw(Random* random) const {
    const double uniform = static_cast<double>(random->Next() >> 11) * 0x1.0p-53;
    const auto found =
        std::upper_bound(cumulated_.begin(), cumulated_.end(), uniform * cumulated_.back());
    return static_cast<uint32_t>(
        std::min<ptrdiff_t>(found - cumulated_.begin(), std::ssize(cumulated_) - 1));
  }

 private:
  std::vector<double> cumulated_;
};

}  // namespace

Trace MakeTrace(const std::string& name, const TraceOptions& options) {
  const Zipf zipf(options.objects, options.exponent);
  Random random(options.seed);
  Trace trace{name, {}};
  trace.keys.reserve(options.accesses);
  uint32_t cold = 0;
  for (size_t i = 0; i < options.accesses; ++i) {
    if (random.Next() % 100 < options.scan_percent) {
      trace.keys.push_back(options.objects + cold);
      cold = (cold + 1) % options.cold_objects;
      continue;
    }
    const size_t shift = options.shifts == 0 ? 0 : i * options.shifts / options.accesses;
    trace.keys.push_back(static_cast<uint32_t>(
        (zipf.Draw(&random) + shift * options.shift_objects) % options.objects));
  }
  return trace;
}

}  // namespace bench
