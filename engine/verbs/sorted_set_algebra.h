#ifndef KONTOR_VERBS_SORTED_SET_ALGEBRA_H_
#define KONTOR_VERBS_SORTED_SET_ALGEBRA_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/set.h"
#include "types/sorted_set.h"
#include "verbs/sets.h"

namespace kontor::verbs {

// Unions, intersections and differences of sorted sets, where a plain set may stand for one whose
// scores are all 1. The results are Redis' own: infinities that meet, or 0 times one of them, make
// a score of 0, and sums are made in the order of the sizes of what is summed.

// Something to combine: a sorted set, a set, or nothing at all, where the key is absent. Borrowed
// as SortedSetFind says.
struct ScoredInput {
  const SortedSet* sorted = nullptr;
  const Set* plain = nullptr;
  double weight = 1;

  size_t size() const;
  std::optional<double> Score(Bytes member) const;  // without the weight
  // Calls visit(Bytes member, double score).
  template <typename Visitor>
  void ForEach(Visitor visit) const;
};
// kWrongType.
Result<std::vector<ScoredInput>> FindScoredInputs(Operation& operation,
                                                  absl::Span<const Bytes> keys);

enum class Aggregate : uint32_t { kSum = 0, kLowest = 1, kHighest = 2 };

// There is at least one input. A difference has no use for weights and aggregates.
std::unique_ptr<SortedSet> SortedSetCombine(SetAlgebra algebra, std::vector<ScoredInput> inputs,
                                            Aggregate aggregate);
// How many members the intersection has, counted up to `limit` (0: all).
uint64_t SortedSetIntersectionSize(std::vector<ScoredInput> inputs, uint64_t limit);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_SORTED_SET_ALGEBRA_H_
