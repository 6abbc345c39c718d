// Who hands in what, and when: every submission follows from its number and the seed, so that a
// producer can go on after a crash and the ledger knows what to expect.
#ifndef JUDGE_PLAN_H_
#define JUDGE_PLAN_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "problem_set.h"

namespace judge {

inline constexpr uint64_t kUsers = 100'000;
inline constexpr uint64_t kContests = 100;  // users of one contest follow its verdicts
inline constexpr uint32_t kFree = 0;
inline constexpr uint32_t kPremium = 1;

inline uint64_t ContestOf(uint64_t user) { return user % kContests; }
std::string ChannelOf(uint64_t contest);

struct Submission {
  uint64_t number = 0;
  uint64_t user = 0;
  uint32_t priority = kFree;
  size_t program = 0;  // which of the distinct programs
  Verdict deserved = Verdict::kAccepted;
};

class Plan {
 public:
  // `problems` must outlive the plan.
  Plan(const ProblemSet& problems, uint64_t submissions, uint64_t seed);

  uint64_t size() const { return size_; }
  size_t distinct_programs() const { return order_.size(); }
  Submission At(uint64_t number) const;
  // What is put into the queue: who, which problem, and the source.
  std::string BodyOf(const Submission& submission) const;

 private:
  const Program& BaseOf(size_t program) const;

  const ProblemSet& problems_;
  uint64_t size_;
  uint64_t seed_;
  std::vector<size_t> order_;  // distinct program -> base program and revision
};

// What a worker reads out of a message.
struct Order {
  uint64_t number = 0;
  uint64_t user = 0;
  std::string problem;
  std::string source;
};
// Throws std::runtime_error if the body is not what Plan::BodyOf writes.
Order ParseBody(std::string_view body);

}  // namespace judge

#endif  // JUDGE_PLAN_H_
