#include "statistics.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "schema.h"

namespace judge {
namespace {

// "  <name padded>  <value>\n"
std::string Row(const char* name, const std::string& value) {
  std::string row = std::string("  ") + name;
  row.resize(std::max<size_t>(row.size() + 2, 32), ' ');
  return row + value + "\n";
}

__attribute__((format(printf, 1, 2))) std::string Format(const char* format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return text;
}

long long Int(int64_t value) { return value; }

std::string LatencyRow(const std::vector<Submission>& submissions, const Books& books,
                       uint32_t priority) {
  std::vector<int64_t> latencies;
  for (const Submission& submission : submissions) {
    const std::optional<Result>& result = books.results[submission.number];
    if (submission.priority == priority && result) latencies.push_back(result->latency_ms);
  }
  const int64_t half = Percentile(latencies, 50);
  const int64_t most = Percentile(latencies, 95);
  const int64_t nearly_all = Percentile(latencies, 99);
  return Row(priority == kPremium ? "latency premium" : "latency free",
             Format("p50 %lld ms, p95 %lld ms, p99 %lld ms  (%zu submissions)", Int(half),
                    Int(most), Int(nearly_all), latencies.size()));
}

std::string HowRow(const Books& books) {
  size_t known = 0;
  size_t joined = 0;
  size_t all = 0;
  for (const std::optional<Result>& result : books.results) {
    if (!result) continue;
    ++all;
    known += result->how == kHowCached ? 1 : 0;
    joined += result->how == kHowJoined ? 1 : 0;
  }
  return Row("verdict cache",
             Format("%.1f %% hits (%zu), %zu more waited for a run under way",
                    all == 0 ? 0 : 100.0 * static_cast<double>(known) / static_cast<double>(all),
                    known, joined));
}

std::string VerdictRows(const Books& books) {
  std::string rows;
  for (const Verdict verdict : kVerdicts) {
    const auto count = std::count_if(
        books.results.begin(), books.results.end(),
        [&](const std::optional<Result>& result) { return result && result->verdict == verdict; });
    rows += Row(std::string(NameOf(verdict)).c_str(), std::to_string(count));
  }
  return rows;
}

}  // namespace

int64_t Percentile(std::vector<int64_t>& values, int percent) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t rank = (values.size() * static_cast<size_t>(percent) + 99) / 100;
  return values[std::max<size_t>(rank, 1) - 1];
}

std::string FiguresTable(const std::vector<Submission>& submissions, const Books& books,
                         const Witness& witness, const Timing& timing) {
  const Report& before = witness.before;
  const Report& done = witness.done;
  std::string table = VerdictRows(books);
  table += Row("throughput", Format("%.0f verdicts/s  (%zu in %.1f s, the restart included)",
                                    static_cast<double>(submissions.size()) / timing.total_s,
                                    submissions.size(), timing.total_s));
  table += LatencyRow(submissions, books, kPremium);
  table += LatencyRow(submissions, books, kFree);
  table += Row("compiled and run",
               Format("%lld programs", Int(before["compiled"]) + Int(done["compiled"])));
  table += HowRow(books);
  table += Row("delivered to users", Format("%lld by both engines, %llu users with tags each",
                                            Int(before["deliveries"]) + Int(done["deliveries"]),
                                            static_cast<unsigned long long>(kUsers)));
  table += Row("recovery", Format("open %.1f ms: %lld journal records, %lld torn bytes; first "
                                  "verdict %.0f ms after the kill",
                                  timing.open_ms, Int(witness.recovered["records"]),
                                  Int(witness.recovered["torn_bytes"]), timing.first_verdict_ms));
  table += Row("verdicts found again",
               Format("%lld that were not in the file yet when the engine was killed",
                      std::max(0LL, Int(before["judged"]) - Int(witness.recovered["judged"]))));
  return table +
         Row("late commits refused", Format("%lld", Int(before["stale"]) + Int(done["stale"])));
}

}  // namespace judge
