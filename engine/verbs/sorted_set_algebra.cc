#include "verbs/sorted_set_algebra.h"

#include <algorithm>
#include <cmath>

namespace kontor::verbs {
namespace {

double ZeroForNaN(double score) { return std::isnan(score) ? 0 : score; }

double Join(Aggregate aggregate, double one, double other) {
  switch (aggregate) {
    case Aggregate::kSum:
      return ZeroForNaN(one + other);
    case Aggregate::kLowest:
      return other < one ? other : one;
    case Aggregate::kHighest:
      return other > one ? other : one;
  }
  return one;
}

void SortBySize(std::vector<ScoredInput>* inputs) {
  std::stable_sort(inputs->begin(), inputs->end(),
                   [](const ScoredInput& a, const ScoredInput& b) { return a.size() < b.size(); });
}

// Calls visit(member, score) for what is in all of the inputs, until it answers false. The inputs
// are sorted by size: the smallest one is walked.
template <typename Visitor>
void ForEachInAll(const std::vector<ScoredInput>& inputs, Aggregate aggregate, Visitor visit) {
  bool goes_on = true;
  inputs.front().ForEach([&](Bytes member, double score) {
    if (!goes_on) return;
    double joined = ZeroForNaN(score * inputs.front().weight);
    for (size_t i = 1; i < inputs.size(); ++i) {
      const std::optional<double> other = inputs[i].Score(member);
      if (!other.has_value()) return;
      joined = Join(aggregate, joined, *other * inputs[i].weight);
    }
    goes_on = visit(member, joined);
  });
}

void Unite(const std::vector<ScoredInput>& inputs, Aggregate aggregate, SortedSet* result) {
  for (const ScoredInput& input : inputs) {
    input.ForEach([&](Bytes member, double score) {
      const double weighted = ZeroForNaN(score * input.weight);
      const std::optional<double> before = result->Score(member);
      result->Set(member, before.has_value() ? Join(aggregate, *before, weighted) : weighted);
    });
  }
}

void Subtract(const std::vector<ScoredInput>& inputs, SortedSet* result) {
  inputs.front().ForEach([&](Bytes member, double score) {
    const bool elsewhere =
        std::any_of(inputs.begin() + 1, inputs.end(),
                    [&](const ScoredInput& input) { return input.Score(member).has_value(); });
    if (!elsewhere) result->Set(member, score);
  });
}

}  // namespace

size_t ScoredInput::size() const {
  if (sorted != nullptr) return sorted->size();
  return plain == nullptr ? 0 : plain->size();
}

std::optional<double> ScoredInput::Score(Bytes member) const {
  if (sorted != nullptr) return sorted->Score(member);
  return plain != nullptr && plain->Contains(member) ? std::optional<double>(1) : std::nullopt;
}

template <typename Visitor>
void ScoredInput::ForEach(Visitor visit) const {
  if (sorted != nullptr) {
    sorted->ForEach([&](const SortedSet::Member& each) { visit(each.member.bytes(), each.score); });
  } else if (plain != nullptr) {
    plain->ForEach([&](const Element& member) { visit(member.bytes(), 1.0); });
  }
}

Result<std::vector<ScoredInput>> FindScoredInputs(Operation& operation,
                                                  absl::Span<const Bytes> keys) {
  std::vector<ScoredInput> inputs;
  for (const Bytes key : keys) {
    const Record* const record = operation.Find(key);
    ScoredInput& input = inputs.emplace_back();
    if (record == nullptr) continue;
    input.sorted = record->As<SortedSet>();
    input.plain = record->As<Set>();
    if (input.sorted == nullptr && input.plain == nullptr) return WrongType();
  }
  return inputs;
}

std::unique_ptr<SortedSet> SortedSetCombine(SetAlgebra algebra, std::vector<ScoredInput> inputs,
                                            Aggregate aggregate) {
  auto result = std::make_unique<SortedSet>();
  if (algebra == SetAlgebra::kDifference) {
    Subtract(inputs, result.get());
    return result;
  }
  SortBySize(&inputs);
  if (algebra == SetAlgebra::kUnion) {
    Unite(inputs, aggregate, result.get());
  } else {
    ForEachInAll(inputs, aggregate, [&](Bytes member, double score) {
      result->Set(member, score);
      return true;
    });
  }
  return result;
}

uint64_t SortedSetIntersectionSize(std::vector<ScoredInput> inputs, uint64_t limit) {
  SortBySize(&inputs);
  uint64_t size = 0;
  ForEachInAll(inputs, Aggregate::kSum,
               [&](Bytes /*member*/, double /*score*/) { return ++size != limit; });
  return size;
}

}  // namespace kontor::verbs
