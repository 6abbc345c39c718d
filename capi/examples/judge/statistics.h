// The figures of a run, as a table.
#ifndef JUDGE_STATISTICS_H_
#define JUDGE_STATISTICS_H_

#include <string>
#include <vector>

#include "ledger.h"

namespace judge {

// What took how long, as the supervisor saw it.
struct Timing {
  double total_s = 0;           // both engines together, from the first start to the last verdict
  double open_ms = 0;           // opening the directory after the kill
  double first_verdict_ms = 0;  // from the kill to the first verdict after it
};

// The value below which `percent` of the values lie (nearest rank); 0 of none. Sorts its argument.
int64_t Percentile(std::vector<int64_t>& values, int percent);

std::string FiguresTable(const std::vector<Submission>& submissions, const Books& books,
                         const Witness& witness, const Timing& timing);

}  // namespace judge

#endif  // JUDGE_STATISTICS_H_
