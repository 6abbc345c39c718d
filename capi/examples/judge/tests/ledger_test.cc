// The ledger must find every fault: each test spoils one thing in books that balance.
#include "ledger.h"

#include <cstdio>
#include <functional>

#include "statistics.h"

namespace judge {
namespace {

constexpr int64_t kSize = 10;

struct Case {
  std::vector<Submission> submissions;
  Books books;
  Witness witness;
};

Report MakeReport(const char* kind, std::map<std::string, int64_t, std::less<>> figures) {
  return {.kind = kind, .figures = std::move(figures), .text = ""};
}

// Ten submissions, one of them delivered twice; half of them judged before the kill.
Case Balanced() {
  Case balanced;
  for (uint64_t number = 0; number < kSize; ++number) {
    const Verdict verdict = kVerdicts[number % kVerdicts.size()];
    balanced.submissions.push_back({.number = number, .deserved = verdict});
    balanced.books.results.push_back(
        Result{.verdict = verdict, .how = "run", .attempt = number == 6 ? 2 : 1, .times = 1});
    ++balanced.books.totals[std::string(NameOf(verdict))];
  }
  balanced.books.submitted = kSize;
  balanced.books.totals["judged"] = kSize;
  balanced.books.totals["redelivered"] = 1;
  balanced.witness.killed = true;
  balanced.witness.before = MakeReport("progress", {{"submitted", 8}, {"judged", 5}});
  balanced.witness.recovered = MakeReport("recovered", {{"submitted", 8}, {"judged", 4}});
  balanced.witness.done = MakeReport(
      "done", {{"here", 6}, {"messages", 6}, {"addressed", 6}, {"deliveries", 6000}, {"gaps", 0}});
  return balanced;
}

struct Fault {
  const char* what;
  std::function<void(Case&)> spoil;
};

const std::vector<Fault>& Faults() {
  static const std::vector<Fault> kFaults = {
      {"nobody was killed", [](Case& c) { c.witness.killed = false; }},
      {"killed before anything was judged",
       [](Case& c) { c.witness.before.figures["judged"] = 0; }},
      {"a submission handed in before the kill is gone",
       [](Case& c) { c.witness.recovered.figures["submitted"] = 7; }},
      {"a submission was never handed in", [](Case& c) { c.books.submitted = kSize - 1; }},
      {"a submission was handed in twice", [](Case& c) { c.books.submitted = kSize + 1; }},
      {"a result is missing", [](Case& c) { c.books.results[3].reset(); }},
      {"the last result is missing", [](Case& c) { c.books.results.pop_back(); }},
      {"a verdict was written twice", [](Case& c) { c.books.results[3]->times = 2; }},
      {"a verdict was never counted", [](Case& c) { c.books.results[3]->times = 0; }},
      {"a result of nobody's submission", [](Case& c) { c.books.strays = 1; }},
      {"a wrong verdict", [](Case& c) { c.books.results[0]->verdict = Verdict::kTimeLimit; }},
      {"a total that is not the sum", [](Case& c) { ++c.books.totals["accepted"]; }},
      {"a total that is missing", [](Case& c) { c.books.totals.erase("time limit"); }},
      {"judged is not the sum", [](Case& c) { --c.books.totals["judged"]; }},
      {"a redelivery that was not counted", [](Case& c) { c.books.totals["redelivered"] = 0; }},
      {"a redelivery that did not happen", [](Case& c) { c.books.results[6]->attempt = 1; }},
      {"a message left ready", [](Case& c) { c.books.ready = 1; }},
      {"a message left delayed", [](Case& c) { c.books.delayed = 1; }},
      {"a message left leased", [](Case& c) { c.books.leased = 1; }},
      {"a dead message", [](Case& c) { c.books.dead = 1; }},
      {"a verdict that was not published", [](Case& c) { c.witness.done.figures["messages"] = 5; }},
      {"a user who got nothing", [](Case& c) { --c.witness.done.figures["deliveries"]; }},
      {"an author who got nothing", [](Case& c) { --c.witness.done.figures["addressed"]; }},
      {"a gap in the mailbox", [](Case& c) { c.witness.done.figures["gaps"] = 1; }},
  };
  return kFaults;
}

bool IsBalanced(const Case& c) { return Balances(CheckLedger(c.submissions, c.books, c.witness)); }

int Expect(bool holds, const char* what) {
  std::printf("%s: %s\n", holds ? "ok" : "WRONG", what);
  return holds ? 0 : 1;
}

int Run() {
  int wrong = Expect(IsBalanced(Balanced()), "good books balance");
  for (const Fault& fault : Faults()) {
    Case spoilt = Balanced();
    fault.spoil(spoilt);
    wrong += Expect(!IsBalanced(spoilt), fault.what);
  }
  std::vector<int64_t> values = {5, 1, 4, 2, 3};
  wrong += Expect(Percentile(values, 50) == 3 && Percentile(values, 99) == 5, "percentiles");
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace judge

int main() { return judge::Run(); }
