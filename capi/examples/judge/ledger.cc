#include "ledger.h"

#include <algorithm>

namespace judge {
namespace {

std::string Text(int64_t value) { return std::to_string(value); }

// Sums over all results.
struct Sums {
  int64_t judged = 0;
  int64_t lost = 0;
  int64_t not_once = 0;
  int64_t wrong = 0;
  int64_t redelivered = 0;
  std::map<std::string_view, int64_t> verdicts;
};

Sums SumUp(const std::vector<Submission>& submissions, const Books& books) {
  Sums sums;
  for (const Submission& submission : submissions) {
    const uint64_t number = submission.number;
    if (number >= books.results.size() || !books.results[number]) {
      ++sums.lost;
      continue;
    }
    const Result& result = *books.results[number];
    ++sums.judged;
    if (result.times != 1) ++sums.not_once;
    if (result.verdict != submission.deserved) ++sums.wrong;
    if (result.attempt > 1) ++sums.redelivered;
    ++sums.verdicts[NameOf(result.verdict)];
  }
  return sums;
}

int64_t Total(const Books& books, std::string_view name) {
  const auto found = books.totals.find(name);
  return found == books.totals.end() ? 0 : found->second;
}

bool TotalsAgree(const Sums& sums, const Books& books) {
  return Total(books, "judged") == sums.judged &&
         std::all_of(kVerdicts.begin(), kVerdicts.end(), [&](Verdict verdict) {
           const auto found = sums.verdicts.find(NameOf(verdict));
           return Total(books, NameOf(verdict)) ==
                  (found == sums.verdicts.end() ? 0 : found->second);
         });
}

Entry CheckKill(const Witness& witness, int64_t size) {
  const int64_t judged = witness.before["judged"];
  return {witness.killed && judged > 0 && judged < size,
          "the engine was killed with SIGKILL after " + Text(judged) + " of " + Text(size) +
              " verdicts, and started again"};
}

Entry CheckAccepted(const Witness& witness) {
  return {witness.recovered["submitted"] >= witness.before["submitted"],
          "handed in before the kill " + Text(witness.before["submitted"]) + ", found after it " +
              Text(witness.recovered["submitted"])};
}

Entry CheckQueue(const Books& books) {
  return {books.ready == 0 && books.delayed == 0 && books.leased == 0 && books.dead == 0,
          "left in the queue: ready " + Text(books.ready) + ", delayed " + Text(books.delayed) +
              ", leased " + Text(books.leased) + ", dead " + Text(books.dead)};
}

// Each verdict goes to all users of one contest, among them the author of the submission.
Entry CheckUsers(const Witness& witness) {
  const int64_t here = witness.done["here"];
  const int64_t each = static_cast<int64_t>(kUsers / kContests);
  return {here > 0 && witness.done["messages"] == here && witness.done["gaps"] == 0 &&
              witness.done["addressed"] == here && witness.done["deliveries"] == here * each,
          "the second engine's " + Text(here) + " verdicts reached " +
              Text(witness.done["deliveries"]) + " users, " + Text(each) +
              " each, their authors among them; dropped " + Text(witness.done["gaps"])};
}

}  // namespace

std::vector<Entry> CheckLedger(const std::vector<Submission>& submissions, const Books& books,
                               const Witness& witness) {
  const int64_t size = static_cast<int64_t>(submissions.size());
  const Sums sums = SumUp(submissions, books);
  std::vector<Entry> entries;
  entries.push_back(CheckKill(witness, size));
  entries.push_back(CheckAccepted(witness));
  entries.push_back({books.submitted == size && sums.judged == size,
                     "submitted " + Text(books.submitted) + " = judged " + Text(sums.judged) +
                         " = planned " + Text(size)});
  entries.push_back({sums.lost == 0, "lost " + Text(sums.lost)});
  entries.push_back({sums.not_once == 0 && books.strays == 0,
                     "each verdict exactly once in the results: written otherwise " +
                         Text(sums.not_once) + ", of nobody's submission " +
                         Text(static_cast<int64_t>(books.strays))});
  entries.push_back(
      {sums.wrong == 0, "verdicts that are not the deserved ones " + Text(sums.wrong)});
  entries.push_back(
      {TotalsAgree(sums, books), "the totals by verdict are the sums of the results"});
  entries.push_back(
      {Total(books, "redelivered") == sums.redelivered,
       "redelivered " + Text(sums.redelivered) + ", counted " + Text(Total(books, "redelivered"))});
  entries.push_back(CheckQueue(books));
  entries.push_back(CheckUsers(witness));
  return entries;
}

bool Balances(const std::vector<Entry>& entries) {
  return std::all_of(entries.begin(), entries.end(),
                     [](const Entry& entry) { return entry.holds; });
}

}  // namespace judge
