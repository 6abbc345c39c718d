// The ledger: what must be true of the data at the end. It is a pure function, so that a test can
// hand it data in which something is missing.
#ifndef JUDGE_LEDGER_H_
#define JUDGE_LEDGER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan.h"
#include "report.h"
#include "verdict.h"

namespace judge {

// What the store holds about one submission.
struct Result {
  Verdict verdict = Verdict::kAccepted;
  std::string how;
  int64_t attempt = 0;
  int64_t latency_ms = 0;
  int64_t times = 0;  // how often a verdict was written
};

// What the store holds, read by a process that was never killed.
struct Books {
  std::vector<std::optional<Result>> results;  // by number of the submission
  uint64_t strays = 0;                         // results of submissions that do not exist
  int64_t submitted = 0;                       // the producers' counters
  std::map<std::string, int64_t, std::less<>> totals;
  int64_t ready = 0;  // of the queue
  int64_t delayed = 0;
  int64_t leased = 0;
  int64_t dead = 0;
};

// What the supervisor saw with its own eyes.
struct Witness {
  bool killed = false;  // the first engine ended by SIGKILL
  Report before;        // its last report
  Report recovered;     // the second engine's first report
  Report done;          // its last report
};

struct Entry {
  bool holds;
  std::string text;
};

std::vector<Entry> CheckLedger(const std::vector<Submission>& submissions, const Books& books,
                               const Witness& witness);
bool Balances(const std::vector<Entry>& entries);

}  // namespace judge

#endif  // JUDGE_LEDGER_H_
