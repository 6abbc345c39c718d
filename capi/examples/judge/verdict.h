// What the judge says about a submission.
#ifndef JUDGE_VERDICT_H_
#define JUDGE_VERDICT_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace judge {

enum class Verdict { kAccepted, kWrongAnswer, kRuntimeError, kTimeLimit, kCompileError };

inline constexpr std::array<Verdict, 5> kVerdicts = {Verdict::kAccepted, Verdict::kWrongAnswer,
                                                     Verdict::kRuntimeError, Verdict::kTimeLimit,
                                                     Verdict::kCompileError};

inline std::string_view NameOf(Verdict verdict) {
  static constexpr std::array<std::string_view, kVerdicts.size()> kNames = {
      "accepted", "wrong answer", "runtime error", "time limit", "compile error"};
  return kNames[static_cast<size_t>(verdict)];
}

inline std::optional<Verdict> VerdictNamed(std::string_view name) {
  for (const Verdict verdict : kVerdicts) {
    if (NameOf(verdict) == name) return verdict;
  }
  return std::nullopt;
}

}  // namespace judge

#endif  // JUDGE_VERDICT_H_
