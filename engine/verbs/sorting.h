#ifndef KONTOR_VERBS_SORTING_H_
#define KONTOR_VERBS_SORTING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/packed.h"

namespace kontor::verbs {

// The elements of a list, a set or a sorted set in another order, as SORT has it.

struct SortOptions {
  // Elements are compared by what this pattern makes of them (ValueByPattern) rather than by
  // themselves; by nothing at all if there is no '*' in it.
  std::optional<Bytes> by;
  bool alphabetic = false;  // by bytes, whatever the locale; else by numbers
  bool descending = false;
  int64_t offset = 0;  // how many are skipped; negative: none
  int64_t limit = -1;  // how many follow at most; negative: all
  // The order must not be chance: a set that is compared by nothing is sorted all the same.
  bool repeatable = false;
};
// Borrowed from the collection: they last until it changes. What is equal keeps its order.
// kWrongType, kNotANumber.
Result<std::vector<Element>> SortElements(Operation& operation, Bytes key,
                                          const SortOptions& options);

// Whether a pattern names other keys, and not a fixed one or the element itself.
bool NamesKeys(Bytes pattern);
// The string at the key that the pattern names once its first '*' is replaced with the element,
// or, if what follows has "->field" in it, that field of the hash at the key; of "#" the element.
// None if there is no such value.
std::optional<std::string> ValueByPattern(Operation& operation, Bytes pattern, Bytes element);

// The target becomes a list of these, whatever it was; one of no elements is deleted. kTooLarge.
Status ListStore(Operation& operation, Bytes target, const std::vector<std::string>& elements);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_SORTING_H_
