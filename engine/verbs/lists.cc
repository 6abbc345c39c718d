#include "verbs/lists.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "verbs/check_limits.h"
#include "verbs/first_present.h"

namespace kontor::verbs {
namespace {

void PushOne(Operation& operation, Bytes key, ListSide side, Bytes value) {
  if (side == ListSide::kFront) {
    operation.PushFront(key, value);
  } else {
    operation.PushBack(key, value);
  }
}

void PopMany(Operation& operation, Bytes key, ListSide side, size_t count) {
  if (side == ListSide::kFront) {
    operation.PopFront(key, count);
  } else {
    operation.PopBack(key, count);
  }
}

void AnnouncePush(Operation& operation, Bytes key, ListSide side) {
  operation.Announce(KeyEventClass::kList, side == ListSide::kFront ? "lpush" : "rpush", key);
}

void AnnouncePop(Operation& operation, Bytes key, ListSide side) {
  operation.AnnounceTaking(KeyEventClass::kList, side == ListSide::kFront ? "lpop" : "rpop", key);
}

// The index of the element `steps` away from an end.
size_t IndexFrom(const List& list, ListSide side, size_t steps) {
  return side == ListSide::kFront ? steps : list.size() - 1 - steps;
}

// On to the next element away from that end.
void Step(List::Iterator* each, ListSide side) {
  if (side == ListSide::kFront) {
    each->Next();
  } else {
    each->Previous();
  }
}

// True, and the index from the front, if there is such an element.
bool ResolveIndex(const List& list, int64_t index, size_t* resolved) {
  const auto size = static_cast<int64_t>(list.size());
  if (index >= size || index < -size) return false;
  *resolved = static_cast<size_t>(index < 0 ? index + size : index);
  return true;
}

uint64_t Magnitude(int64_t number) {
  return number < 0 ? uint64_t{0} - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
}

// Of the first element equal to `value`.
std::optional<size_t> IndexOf(const List& list, Bytes value) {
  const PackedValue sought(value);
  List::Iterator each = list.From(0);
  for (size_t index = 0; each.valid(); ++index, each.Next()) {
    if (each.Is(sought)) return index;
  }
  return std::nullopt;
}

}  // namespace

Result<const List*> ListFind(Operation& operation, Bytes key) {
  const List* list = nullptr;
  KONTOR_RETURN_IF_ERROR(operation.Find(key, &list));
  return list;
}

Result<uint64_t> ListLength(Operation& operation, Bytes key) {
  KONTOR_ASSIGN_OR_RETURN(const List* list, ListFind(operation, key));
  return list == nullptr ? uint64_t{0} : uint64_t{list->size()};
}

Result<uint64_t> ListPush(Operation& operation, Bytes key, ListSide side,
                          absl::Span<const Bytes> values) {
  KONTOR_RETURN_IF_ERROR(CheckKey(key));
  for (const Bytes value : values) KONTOR_RETURN_IF_ERROR(CheckValue(value));
  KONTOR_ASSIGN_OR_RETURN(const uint64_t length, ListLength(operation, key));
  KONTOR_RETURN_IF_ERROR(CheckElements(length, values.size()));
  for (const Bytes value : values) PushOne(operation, key, side, value);
  AnnouncePush(operation, key, side);
  return length + values.size();
}

Result<uint64_t> ListPush(Operation& operation, Bytes key, ListSide side, Bytes value) {
  return ListPush(operation, key, side, absl::MakeConstSpan(&value, 1));
}

Result<uint64_t> ListPushIfPresent(Operation& operation, Bytes key, ListSide side,
                                   absl::Span<const Bytes> values) {
  KONTOR_ASSIGN_OR_RETURN(const uint64_t length, ListLength(operation, key));
  if (length == 0) return uint64_t{0};
  return ListPush(operation, key, side, values);
}

Result<std::vector<std::string>> ListPop(Operation& operation, Bytes key, ListSide side,
                                         uint64_t count) {
  KONTOR_ASSIGN_OR_RETURN(const List* list, ListFind(operation, key));
  std::vector<std::string> popped;
  if (list == nullptr || count == 0) return popped;
  const size_t taken = std::min<uint64_t>(count, list->size());
  popped.reserve(taken);
  List::Iterator each = list->From(IndexFrom(*list, side, 0));
  for (size_t i = 0; i < taken; ++i, Step(&each, side)) {
    const Element element = each.element();
    popped.emplace_back(element.bytes());
  }
  PopMany(operation, key, side, taken);
  AnnouncePop(operation, key, side);
  return popped;
}

Result<bool> ListPop(Operation& operation, Bytes key, ListSide side,
                     absl::FunctionRef<void(Bytes element)> receive) {
  KONTOR_ASSIGN_OR_RETURN(const List* list, ListFind(operation, key));
  if (list == nullptr) return false;
  const Element element = list->at(IndexFrom(*list, side, 0));
  receive(element.bytes());
  PopMany(operation, key, side, 1);
  AnnouncePop(operation, key, side);
  return true;
}

Result<std::optional<TakenElements>> ListPopFirst(Operation& operation,
                                                  absl::Span<const Bytes> keys, ListSide side,
                                                  uint64_t count) {
  KONTOR_ASSIGN_OR_RETURN(const Bytes* key, FirstPresent<List>(operation, keys, false));
  if (key == nullptr) return std::optional<TakenElements>();
  TakenElements taken{*key, {}};
  KONTOR_ASSIGN_OR_RETURN(taken.elements, ListPop(operation, *key, side, count));
  return std::optional<TakenElements>(std::move(taken));
}

Result<TakenElements> ListTakeFirst(Operation& operation, absl::Span<const Bytes> keys,
                                    ListSide side, uint64_t count) {
  KONTOR_ASSIGN_OR_RETURN(const Bytes* key, FirstPresent<List>(operation, keys, true));
  if (key == nullptr) return NothingToTake();
  TakenElements taken{*key, {}};
  KONTOR_ASSIGN_OR_RETURN(taken.elements, ListPop(operation, *key, side, count));
  return taken;
}

Status ListTake(Operation& operation, Bytes key, ListSide side,
                absl::FunctionRef<Status(Bytes element)> receive) {
  KONTOR_ASSIGN_OR_RETURN(const Bytes* found, FirstPresent<List>(operation, {&key, 1}, true));
  if (found == nullptr) return NothingToTake();
  KONTOR_ASSIGN_OR_RETURN(const List* list, ListFind(operation, key));
  const Element element = list->at(IndexFrom(*list, side, 0));
  KONTOR_RETURN_IF_ERROR(receive(element.bytes()));
  PopMany(operation, key, side, 1);
  AnnouncePop(operation, key, side);
  return Ok();
}

Result<std::optional<std::string>> ListMove(Operation& operation, Bytes source, ListSide from,
                                            Bytes target, ListSide to) {
  KONTOR_ASSIGN_OR_RETURN(const List* list, ListFind(operation, source));
  if (list == nullptr) return std::optional<std::string>();
  KONTOR_RETURN_IF_ERROR(CheckKey(target));
  if (source != target) {
    KONTOR_ASSIGN_OR_RETURN(const uint64_t length, ListLength(operation, target));
    KONTOR_RETURN_IF_ERROR(CheckElements(length, 1));
  }
  const Element element = list->at(IndexFrom(*list, from, 0));
  std::string moved(element.bytes());
  if (source == target && from == to) {
    operation.NoteWrite(source);
    AnnouncePush(operation, target, to);
    AnnouncePop(operation, source, from);
    return std::optional<std::string>(std::move(moved));
  }
  // Pushed first, so that a list of one element that is moved within itself does not go, and its
  // deadline with it.
  PushOne(operation, target, to, moved);
  PopMany(operation, source, from, 1);
  AnnouncePush(operation, target, to);
  AnnouncePop(operation, source, from);
  return std::optional<std::string>(std::move(moved));
}

Result<std::string> ListMoveInTurn(Operation& operation, Bytes source, ListSide from, Bytes target,
                                   ListSide to) {
  KONTOR_ASSIGN_OR_RETURN(const Bytes* key, FirstPresent<List>(operation, {&source, 1}, true));
  if (key == nullptr) return NothingToTake();
  KONTOR_ASSIGN_OR_RETURN(std::optional<std::string> moved,
                          ListMove(operation, source, from, target, to));
  KONTOR_CHECK(moved.has_value());  // the source has elements
  return *std::move(moved);
}

Result<std::optional<Element>> ListAt(Operation& operation, Bytes key, int64_t index) {
  KONTOR_ASSIGN_OR_RETURN(const List* list, ListFind(operation, key));
  size_t resolved = 0;
  if (list == nullptr || !ResolveIndex(*list, index, &resolved)) {
    return std::optional<Element>();
  }
  return std::optional<Element>(list->at(resolved));
}

ListRange RangeOf(size_t size, int64_t start, int64_t stop) {
  const auto length = static_cast<int64_t>(size);
  if (start < 0) start = std::max<int64_t>(start + length, 0);
  if (stop < 0) stop += length;
  stop = std::min(stop, length - 1);
  if (start > stop) return {};
  return {static_cast<size_t>(start), static_cast<size_t>(stop - start + 1)};
}

Status ListSet(Operation& operation, Bytes key, int64_t index, Bytes value) {
  KONTOR_RETURN_IF_ERROR(CheckValue(value));
  KONTOR_ASSIGN_OR_RETURN(const List* list, ListFind(operation, key));
  if (list == nullptr) return Status(Code::kInvalid, "no such key");
  size_t resolved = 0;
  if (!ResolveIndex(*list, index, &resolved)) {
    return Status(Code::kOutOfRange, "index out of range");
  }
  operation.SetElement(key, resolved, value);
  operation.Announce(KeyEventClass::kList, "lset", key);
  return Ok();
}

Result<int64_t> ListInsert(Operation& operation, Bytes key, InsertPlace place, Bytes pivot,
                           Bytes value) {
  KONTOR_RETURN_IF_ERROR(CheckValue(value));
  KONTOR_ASSIGN_OR_RETURN(const List* list, ListFind(operation, key));
  if (list == nullptr) return int64_t{0};
  KONTOR_RETURN_IF_ERROR(CheckElements(list->size(), 1));
  const std::optional<size_t> found = IndexOf(*list, pivot);
  if (!found) return int64_t{-1};
  const auto new_length = static_cast<int64_t>(list->size() + 1);
  operation.InsertElement(key, *found + (place == InsertPlace::kAfter ? 1 : 0), value);
  operation.Announce(KeyEventClass::kList, "linsert", key);
  return new_length;
}

Result<uint64_t> ListRemove(Operation& operation, Bytes key, int64_t count, Bytes value) {
  KONTOR_ASSIGN_OR_RETURN(const List* list, ListFind(operation, key));
  if (list == nullptr || !IndexOf(*list, value)) return uint64_t{0};
  const uint64_t before = list->size();
  // No list has so many elements that the difference could matter.
  operation.RemoveElements(key, value, std::max<int64_t>(count, -INT64_MAX));
  operation.AnnounceTaking(KeyEventClass::kList, "lrem", key);
  KONTOR_ASSIGN_OR_RETURN(const uint64_t after, ListLength(operation, key));
  return before - after;
}

Status ListTrim(Operation& operation, Bytes key, int64_t start, int64_t stop) {
  KONTOR_ASSIGN_OR_RETURN(const List* list, ListFind(operation, key));
  if (list == nullptr) return Ok();
  const size_t size = list->size();
  const ListRange kept = RangeOf(size, start, stop);
  const size_t behind = size - kept.first - kept.count;
  if (kept.first > 0) operation.PopFront(key, kept.first);
  if (behind > 0) operation.PopBack(key, behind);
  if (kept.count == size) operation.NoteWrite(key);
  operation.AnnounceTaking(KeyEventClass::kList, "ltrim", key);
  return Ok();
}

Result<std::vector<uint64_t>> ListPositions(Operation& operation, Bytes key, Bytes value,
                                            const ListSearch& search) {
  KONTOR_ASSIGN_OR_RETURN(const List* list, ListFind(operation, key));
  std::vector<uint64_t> positions;
  if (list == nullptr) return positions;
  const ListSide side = search.rank < 0 ? ListSide::kBack : ListSide::kFront;
  const uint64_t looked_at =
      search.max_length == 0 ? list->size() : std::min<uint64_t>(search.max_length, list->size());
  uint64_t to_skip = Magnitude(search.rank) - 1;
  const PackedValue sought(value);
  List::Iterator each = list->From(IndexFrom(*list, side, 0));
  for (size_t steps = 0; steps < looked_at; ++steps, Step(&each, side)) {
    if (!each.Is(sought)) continue;
    if (to_skip > 0) {
      --to_skip;
      continue;
    }
    positions.push_back(IndexFrom(*list, side, steps));
    if (positions.size() == search.count) break;
  }
  return positions;
}

}  // namespace kontor::verbs
