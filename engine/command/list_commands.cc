#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "command/multi_pop.h"
#include "types/number.h"
#include "verbs/lists.h"

namespace kontor {
namespace {

using verbs::ListSide;
using verbs::TakenElements;

// ---- Arguments ----

Status ParseSide(Bytes text, ListSide* side) {
  const bool left = IsKeyword(text, "LEFT");
  if (!left && !IsKeyword(text, "RIGHT")) return SyntaxError();
  *side = left ? ListSide::kFront : ListSide::kBack;
  return Ok();
}

Status ParsePopCount(Bytes text, uint64_t* count) {
  return ParseCountArgument(text, 0, "value is out of range, must be positive", count);
}

ListSide SideOf(const MultiPop& pop) {
  return pop.from_second_end ? ListSide::kBack : ListSide::kFront;
}

// ---- Replies ----

void ReplyElements(ReplySink& reply, const std::vector<std::string>& elements) {
  reply.Array(elements.size());
  for (const std::string& element : elements) reply.Bulk(element);
}

void ReplyOptional(ReplySink& reply, const std::optional<std::string>& value) {
  if (value.has_value()) {
    reply.Bulk(*value);
  } else {
    reply.Null();
  }
}

void ReplyTaken(ReplySink& reply, const TakenElements& taken) {
  reply.Array(2);
  reply.Bulk(taken.key);
  ReplyElements(reply, taken.elements);
}

// ---- Pushing and popping ----

template <ListSide kSide>
Status Push(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const uint64_t length,
      verbs::ListPush(context.operation, context.argument(1), kSide, context.arguments.subspan(2)));
  context.reply.Integer(static_cast<int64_t>(length));
  return Ok();
}

template <ListSide kSide>
Status PushX(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const uint64_t length,
                          verbs::ListPushIfPresent(context.operation, context.argument(1), kSide,
                                                   context.arguments.subspan(2)));
  context.reply.Integer(static_cast<int64_t>(length));
  return Ok();
}

Status PopMany(CommandContext& context, ListSide side) {
  uint64_t count = 0;
  KONTOR_RETURN_IF_ERROR(ParsePopCount(context.argument(2), &count));
  KONTOR_ASSIGN_OR_RETURN(const List* list,
                          verbs::ListFind(context.operation, context.argument(1)));
  if (list == nullptr) {
    context.reply.NullArray();
    return Ok();
  }
  KONTOR_ASSIGN_OR_RETURN(const std::vector<std::string> popped,
                          verbs::ListPop(context.operation, context.argument(1), side, count));
  ReplyElements(context.reply, popped);
  return Ok();
}

template <ListSide kSide>
Status Pop(CommandContext& context) {
  if (context.size() > 3) return WrongNumberOfArguments(context.argument(0));
  if (context.size() == 3) return PopMany(context, kSide);
  KONTOR_ASSIGN_OR_RETURN(const bool popped,
                          verbs::ListPop(context.operation, context.argument(1), kSide,
                                         [&](Bytes element) { context.reply.Bulk(element); }));
  if (!popped) context.reply.Null();
  return Ok();
}

Status LMPop(CommandContext& context) {
  MultiPop pop;
  KONTOR_RETURN_IF_ERROR(ParseMultiPop(context.arguments.subspan(1), "LEFT", "RIGHT", &pop));
  KONTOR_ASSIGN_OR_RETURN(const std::optional<TakenElements> taken,
                          verbs::ListPopFirst(context.operation, pop.keys, SideOf(pop), pop.count));
  if (taken.has_value()) {
    ReplyTaken(context.reply, *taken);
  } else {
    context.reply.NullArray();
  }
  return Ok();
}

template <ListSide kSide>
Status BPop(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(ParseTimeoutArgument(context.arguments.back(), &context.timeout_ms));
  const Arguments keys = context.arguments.subspan(1, context.size() - 2);
  KONTOR_ASSIGN_OR_RETURN(const TakenElements taken,
                          verbs::ListTakeFirst(context.operation, keys, kSide, 1));
  context.reply.Array(2);
  context.reply.Bulk(taken.key);
  context.reply.Bulk(taken.elements.front());
  return Ok();
}

Status BLMPop(CommandContext& context) {
  MultiPop pop;
  // As Redis does: the timeout is looked at last.
  KONTOR_RETURN_IF_ERROR(ParseMultiPop(context.arguments.subspan(2), "LEFT", "RIGHT", &pop));
  KONTOR_RETURN_IF_ERROR(ParseTimeoutArgument(context.argument(1), &context.timeout_ms));
  KONTOR_ASSIGN_OR_RETURN(
      const TakenElements taken,
      verbs::ListTakeFirst(context.operation, pop.keys, SideOf(pop), pop.count));
  ReplyTaken(context.reply, taken);
  return Ok();
}

// ---- Moving ----

Status Move(CommandContext& context, ListSide from, ListSide to) {
  KONTOR_ASSIGN_OR_RETURN(
      const std::optional<std::string> moved,
      verbs::ListMove(context.operation, context.argument(1), from, context.argument(2), to));
  ReplyOptional(context.reply, moved);
  return Ok();
}

Status MoveInTurn(CommandContext& context, ListSide from, ListSide to) {
  KONTOR_RETURN_IF_ERROR(ParseTimeoutArgument(context.arguments.back(), &context.timeout_ms));
  KONTOR_ASSIGN_OR_RETURN(
      const std::string moved,
      verbs::ListMoveInTurn(context.operation, context.argument(1), from, context.argument(2), to));
  context.reply.Bulk(moved);
  return Ok();
}

using MoveFunction = Status (*)(CommandContext& context, ListSide from, ListSide to);

// LMOVE and BLMOVE: the ends are arguments.
template <MoveFunction kMove>
Status MoveBetweenEnds(CommandContext& context) {
  ListSide from{};
  ListSide to{};
  KONTOR_RETURN_IF_ERROR(ParseSide(context.argument(3), &from));
  KONTOR_RETURN_IF_ERROR(ParseSide(context.argument(4), &to));
  return kMove(context, from, to);
}

// RPOPLPUSH and BRPOPLPUSH.
template <MoveFunction kMove>
Status MoveBackToFront(CommandContext& context) {
  return kMove(context, ListSide::kBack, ListSide::kFront);
}

// ---- Looking ----

Status LLen(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const uint64_t length,
                          verbs::ListLength(context.operation, context.argument(1)));
  context.reply.Integer(static_cast<int64_t>(length));
  return Ok();
}

Status LIndex(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const List* list,
                          verbs::ListFind(context.operation, context.argument(1)));
  int64_t index = 0;
  // As Redis does: an absent key is answered before the index is looked at.
  if (list != nullptr) KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &index));
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Element> value,
                          verbs::ListAt(context.operation, context.argument(1), index));
  if (value.has_value()) {
    context.reply.Bulk(value->bytes());
  } else {
    context.reply.Null();
  }
  return Ok();
}

Status LRange(CommandContext& context) {
  int64_t start = 0;
  int64_t stop = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &start));
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(3), &stop));
  KONTOR_ASSIGN_OR_RETURN(const List* list,
                          verbs::ListFind(context.operation, context.argument(1)));
  const verbs::ListRange range = verbs::RangeOf(list == nullptr ? 0 : list->size(), start, stop);
  context.reply.Array(range.count);
  if (range.count == 0) return Ok();
  List::Iterator each = list->From(range.first);
  for (size_t i = 0; i < range.count; ++i, each.Next()) {
    const Element element = each.element();
    context.reply.Bulk(element.bytes());
  }
  return Ok();
}

// The options of LPOS, in pairs.
Status ParseSearch(Arguments options, verbs::ListSearch* search, bool* has_count) {
  for (size_t i = 0; i < options.size(); i += 2) {
    if (i + 1 == options.size()) return SyntaxError();
    const Bytes value = options[i + 1];
    if (IsKeyword(options[i], "RANK")) {
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(value, &search->rank));
      if (search->rank == 0) {
        return Status(Code::kOutOfRange,
                      "RANK can't be zero: use 1 to start from the first match, 2 from the second "
                      "... or use negative to start from the end of the list");
      }
    } else if (IsKeyword(options[i], "COUNT")) {
      KONTOR_RETURN_IF_ERROR(
          ParseCountArgument(value, 0, "COUNT can't be negative", &search->count));
      *has_count = true;
    } else if (IsKeyword(options[i], "MAXLEN")) {
      KONTOR_RETURN_IF_ERROR(
          ParseCountArgument(value, 0, "MAXLEN can't be negative", &search->max_length));
    } else {
      return SyntaxError();
    }
  }
  return Ok();
}

Status LPos(CommandContext& context) {
  verbs::ListSearch search;
  bool has_count = false;
  KONTOR_RETURN_IF_ERROR(ParseSearch(context.arguments.subspan(3), &search, &has_count));
  KONTOR_ASSIGN_OR_RETURN(
      const std::vector<uint64_t> positions,
      verbs::ListPositions(context.operation, context.argument(1), context.argument(2), search));
  if (has_count) {
    context.reply.Array(positions.size());
  } else if (positions.empty()) {
    context.reply.Null();
  }
  for (const uint64_t position : positions) context.reply.Integer(static_cast<int64_t>(position));
  return Ok();
}

// ---- Changing ----

Status LSet(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const List* list,
                          verbs::ListFind(context.operation, context.argument(1)));
  int64_t index = 0;
  // As Redis does: an absent key is answered before the index is looked at.
  if (list != nullptr) KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &index));
  KONTOR_RETURN_IF_ERROR(
      verbs::ListSet(context.operation, context.argument(1), index, context.argument(3)));
  context.reply.Ok();
  return Ok();
}

Status LInsert(CommandContext& context) {
  const bool before = IsKeyword(context.argument(2), "BEFORE");
  if (!before && !IsKeyword(context.argument(2), "AFTER")) return SyntaxError();
  KONTOR_ASSIGN_OR_RETURN(
      const int64_t length,
      verbs::ListInsert(context.operation, context.argument(1),
                        before ? verbs::InsertPlace::kBefore : verbs::InsertPlace::kAfter,
                        context.argument(3), context.argument(4)));
  context.reply.Integer(length);
  return Ok();
}

Status LRem(CommandContext& context) {
  int64_t count = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &count));
  KONTOR_ASSIGN_OR_RETURN(
      const uint64_t removed,
      verbs::ListRemove(context.operation, context.argument(1), count, context.argument(3)));
  context.reply.Integer(static_cast<int64_t>(removed));
  return Ok();
}

Status LTrim(CommandContext& context) {
  int64_t start = 0;
  int64_t stop = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &start));
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(3), &stop));
  KONTOR_RETURN_IF_ERROR(verbs::ListTrim(context.operation, context.argument(1), start, stop));
  context.reply.Ok();
  return Ok();
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};
constexpr KeyPositions kFirstTwo = {.first = 1, .last = 2};
constexpr KeyPositions kAllButLast = {.first = 1, .last = -2};
constexpr KeyPositions kCountedAt1 = {.count_at = 1};
constexpr KeyPositions kCountedAt2 = {.count_at = 2};
constexpr ListSide kFront = ListSide::kFront;
constexpr ListSide kBack = ListSide::kBack;

constexpr Command kListCommands[] = {
    {"BLMOVE", 6, kGrows | kBlocks | kWaitsForFirstKey, kFirstTwo, MoveBetweenEnds<MoveInTurn>,
     "list", "Moves an element between lists, waiting for one.",
     "source destination LEFT|RIGHT LEFT|RIGHT timeout"},
    {"BLMPOP", -5, kWrites | kBlocks, kCountedAt2, BLMPop, "list",
     "Takes elements of the first list that has any, waiting for one.",
     "timeout numkeys key [key ...] LEFT|RIGHT [COUNT count]"},
    {"BLPOP", -3, kWrites | kBlocks, kAllButLast, BPop<kFront>, "list",
     "Takes the first element of the first list that has any, waiting for one.",
     "key [key ...] timeout"},
    {"BRPOP", -3, kWrites | kBlocks, kAllButLast, BPop<kBack>, "list",
     "Takes the last element of the first list that has any, waiting for one.",
     "key [key ...] timeout"},
    {"BRPOPLPUSH", 4, kGrows | kBlocks | kWaitsForFirstKey, kFirstTwo, MoveBackToFront<MoveInTurn>,
     "list", "Moves the last element of a list to the front of another, waiting for one.",
     "source destination timeout"},
    {"LINDEX", 3, kReads, kFirst, LIndex, "list", "Answers the element at an index.", "key index"},
    {"LINSERT", 5, kGrows, kFirst, LInsert, "list", "Inserts an element before or after another.",
     "key BEFORE|AFTER pivot element"},
    {"LLEN", 2, kReads, kFirst, LLen, "list", "Answers the length.", "key"},
    {"LMOVE", 5, kGrows, kFirstTwo, MoveBetweenEnds<Move>, "list",
     "Moves an element between lists.", "source destination LEFT|RIGHT LEFT|RIGHT"},
    {"LMPOP", -4, kWrites, kCountedAt1, LMPop, "list",
     "Takes elements of the first list that has any.",
     "numkeys key [key ...] LEFT|RIGHT [COUNT count]"},
    {"LPOP", -2, kWrites | kOneEffect, kFirst, Pop<kFront>, "list", "Takes the first elements.",
     "key [count]"},
    {"LPOS", -3, kReads, kFirst, LPos, "list", "Answers the indexes of equal elements.",
     "key element [RANK rank] [COUNT matches] [MAXLEN length]"},
    {"LPUSH", -3, kGrows | kOneEffect, kFirst, Push<kFront>, "list", "Puts elements in front.",
     "key element [element ...]"},
    {"LPUSHX", -3, kGrows | kOneEffect, kFirst, PushX<kFront>, "list",
     "Puts elements in front of a list that exists.", "key element [element ...]"},
    {"LRANGE", 4, kReads, kFirst, LRange, "list", "Answers the elements of a range.",
     "key start stop"},
    {"LREM", 4, kWrites, kFirst, LRem, "list",
     "Removes equal elements: the first ones, the last ones (negative count) or all (0).",
     "key count element"},
    {"LSET", 4, kGrows, kFirst, LSet, "list", "Replaces the element at an index.",
     "key index element"},
    {"LTRIM", 4, kWrites, kFirst, LTrim, "list", "Keeps only the elements of a range.",
     "key start stop"},
    {"RPOP", -2, kWrites | kOneEffect, kFirst, Pop<kBack>, "list", "Takes the last elements.",
     "key [count]"},
    {"RPOPLPUSH", 3, kGrows, kFirstTwo, MoveBackToFront<Move>, "list",
     "Moves the last element of a list to the front of another.", "source destination"},
    {"RPUSH", -3, kGrows | kOneEffect, kFirst, Push<kBack>, "list", "Puts elements at the end.",
     "key element [element ...]"},
    {"RPUSHX", -3, kGrows | kOneEffect, kFirst, PushX<kBack>, "list",
     "Puts elements at the end of a list that exists.", "key element [element ...]"},
};

}  // namespace

absl::Span<const Command> ListCommands() { return kListCommands; }

}  // namespace kontor
