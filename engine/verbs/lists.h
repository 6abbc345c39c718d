#ifndef KONTOR_VERBS_LISTS_H_
#define KONTOR_VERBS_LISTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/status.h"
#include "txn/operation.h"
#include "types/list.h"

namespace kontor::verbs {

// What can be done with lists. An absent key is an empty list; a key of another type answers
// kWrongType. The locks of the keys are held by the operation, so nothing here blocks: a verb "in
// turn" answers kAgain instead, and its caller waits (txn/execute.h). Elements and what is
// returned by pointer are borrowed: they last until the key changes or the operation ends. Indexes
// are signed as in Redis: -1 is the last element.

enum class ListSide : uint32_t { kFront = 0, kBack = 1 };

// The new length. Values go in one after the other, so the last one ends up outermost. kTooLarge.
Result<uint64_t> ListPush(Operation& operation, Bytes key, ListSide side,
                          absl::Span<const Bytes> values);
Result<uint64_t> ListPush(Operation& operation, Bytes key, ListSide side, Bytes value);
// The same, but 0 and nothing changed if the key is absent.
Result<uint64_t> ListPushIfPresent(Operation& operation, Bytes key, ListSide side,
                                   absl::Span<const Bytes> values);

// Takes one element, whoever else waits for one, after `receive` has it: if that throws, the
// element stays. False if there is none.
Result<bool> ListPop(Operation& operation, Bytes key, ListSide side,
                     absl::FunctionRef<void(Bytes element)> receive);
// Takes up to `count`, outermost first.
Result<std::vector<std::string>> ListPop(Operation& operation, Bytes key, ListSide side,
                                         uint64_t count);

// What was taken from the first of several lists that had anything. The key is one of those that
// were given.
struct TakenElements {
  Bytes key;
  std::vector<std::string> elements;
};
// Up to `count` elements of the first list that is not empty; none if all are.
Result<std::optional<TakenElements>> ListPopFirst(Operation& operation,
                                                  absl::Span<const Bytes> keys, ListSide side,
                                                  uint64_t count);
// The same in turn. kAgain: nothing to take, or somebody came before. A caller that waits already
// (Operation::Waits) passes over keys that meanwhile hold another type.
Result<TakenElements> ListTakeFirst(Operation& operation, absl::Span<const Bytes> keys,
                                    ListSide side, uint64_t count);
// One element of one list, in turn. `receive` sees it before it is removed, and if that fails it
// stays.
Status ListTake(Operation& operation, Bytes key, ListSide side,
                absl::FunctionRef<Status(Bytes element)> receive);

// Moves one element from one end to another, of the same list or of two; answers it, or none if the
// source is empty.
Result<std::optional<std::string>> ListMove(Operation& operation, Bytes source, ListSide from,
                                            Bytes target, ListSide to);
// The same in turn.
Result<std::string> ListMoveInTurn(Operation& operation, Bytes source, ListSide from, Bytes target,
                                   ListSide to);

// Null if there is no such key.
Result<const List*> ListFind(Operation& operation, Bytes key);
Result<uint64_t> ListLength(Operation& operation, Bytes key);
// None if there is no such element.
Result<std::optional<Element>> ListAt(Operation& operation, Bytes key, int64_t index);
// Which elements of a list of `size` lie from `start` to `stop`, both included: those from `first`,
// `count` of them.
struct ListRange {
  size_t first = 0;
  size_t count = 0;
};
ListRange RangeOf(size_t size, int64_t start, int64_t stop);

// kInvalid ("no such key"), kOutOfRange, kTooLarge.
Status ListSet(Operation& operation, Bytes key, int64_t index, Bytes value);
enum class InsertPlace : uint32_t { kBefore, kAfter };
// The new length; 0 if the key is absent, -1 if the pivot is. kTooLarge.
Result<int64_t> ListInsert(Operation& operation, Bytes key, InsertPlace place, Bytes pivot,
                           Bytes value);
// How many elements equal to `value` were removed: the first `count`, the last `-count`, or all of
// them for 0.
Result<uint64_t> ListRemove(Operation& operation, Bytes key, int64_t count, Bytes value);
// Keeps only the elements from `start` to `stop`. The key goes if none is left.
Status ListTrim(Operation& operation, Bytes key, int64_t start, int64_t stop);

struct ListSearch {
  int64_t rank = 1;  // which match is the first answered; negative: counted, and searched, from the
                     // back; never 0
  uint64_t count = 1;       // how many are answered; 0: all
  uint64_t max_length = 0;  // how many elements are looked at; 0: all
};
// Indexes (from the front) of the elements equal to `value`, in the order of the search.
Result<std::vector<uint64_t>> ListPositions(Operation& operation, Bytes key, Bytes value,
                                            const ListSearch& search);

}  // namespace kontor::verbs

#endif  // KONTOR_VERBS_LISTS_H_
