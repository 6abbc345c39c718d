#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "command/arguments.h"
#include "command/command.h"
#include "command/scan_collection.h"
#include "db/engine.h"
#include "verbs/sets.h"

namespace kontor {
namespace {

using verbs::SetAlgebra;

Status ReplyCount(CommandContext& context, const Result<uint64_t>& count) {
  KONTOR_RETURN_IF_ERROR(count.status());
  context.reply.Integer(static_cast<int64_t>(*count));
  return Ok();
}

void ReplyMembers(ReplySink& reply, const Set* set) {
  reply.Set(set == nullptr ? 0 : set->size());
  if (set != nullptr) set->ForEach([&](const Element& member) { reply.Bulk(member.bytes()); });
}

// ---- One set ----

Status SAdd(CommandContext& context) {
  return ReplyCount(
      context, verbs::SetAdd(context.operation, context.argument(1), context.arguments.subspan(2)));
}

Status SRem(CommandContext& context) {
  return ReplyCount(context, verbs::SetRemove(context.operation, context.argument(1),
                                              context.arguments.subspan(2)));
}

Status SCard(CommandContext& context) {
  return ReplyCount(context, verbs::SetSize(context.operation, context.argument(1)));
}

Status SIsMember(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const bool is_member,
      verbs::SetContains(context.operation, context.argument(1), context.argument(2)));
  context.reply.Integer(is_member ? 1 : 0);
  return Ok();
}

Status SMIsMember(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const Set* set, verbs::SetFind(context.operation, context.argument(1)));
  const Arguments members = context.arguments.subspan(2);
  context.reply.Array(members.size());
  for (const Bytes member : members) {
    context.reply.Integer(set != nullptr && set->Contains(member) ? 1 : 0);
  }
  return Ok();
}

Status SMembers(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const Set* set, verbs::SetFind(context.operation, context.argument(1)));
  ReplyMembers(context.reply, set);
  return Ok();
}

Status SMove(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const bool moved, verbs::SetMove(context.operation, context.argument(1), context.argument(2),
                                       context.argument(3)));
  context.reply.Integer(moved ? 1 : 0);
  return Ok();
}

Status SScan(CommandContext& context) {
  return ScanCollection(
      context, 1, verbs::SetFind, [](const Element& member) { return member.bytes(); },
      [&](const Element& member) { context.reply.Bulk(member.bytes()); });
}

// ---- At random ----

Status SPop(CommandContext& context) {
  if (context.size() > 3) return SyntaxError();
  const auto next_random = [&] { return context.engine->NextRandom(); };
  const bool one = context.size() == 2;
  int64_t count = 1;
  if (!one) {
    KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), 0, INT64_MAX,
                                                "value is out of range, must be positive", &count));
  }
  KONTOR_ASSIGN_OR_RETURN(const std::vector<std::string> popped,
                          verbs::SetPop(context.operation, context.argument(1),
                                        static_cast<uint64_t>(count), next_random));
  if (one) {
    popped.empty() ? context.reply.Null() : context.reply.Bulk(popped.front());
    return Ok();
  }
  context.reply.Set(popped.size());
  for (const std::string& member : popped) context.reply.Bulk(member);
  return Ok();
}

Status SRandMember(CommandContext& context) {
  int64_t count = 1;
  if (context.size() > 3) return SyntaxError();
  if (context.size() == 3) {
    KONTOR_RETURN_IF_ERROR(ParseRandomCountArgument(context.argument(2), &count));
  }
  KONTOR_ASSIGN_OR_RETURN(const Set* set, verbs::SetFind(context.operation, context.argument(1)));
  const auto next_random = [&] { return context.engine->NextRandom(); };
  const std::vector<size_t> places =
      verbs::ChoosePlaces(set == nullptr ? 0 : set->size(), count, next_random);
  if (context.size() == 3) {
    context.reply.Array(places.size());
  } else if (places.empty()) {
    context.reply.Null();
  }
  for (const size_t place : places) {
    const Element member = set->at(place);
    context.reply.Bulk(member.bytes());
  }
  return Ok();
}

// ---- Several sets ----

template <SetAlgebra kAlgebra>
Status Combine(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const std::unique_ptr<Set> result,
      verbs::SetCombine(context.operation, kAlgebra, context.arguments.subspan(1)));
  ReplyMembers(context.reply, result.get());
  return Ok();
}

template <SetAlgebra kAlgebra>
Status CombineInto(CommandContext& context) {
  return ReplyCount(context, verbs::SetCombineInto(context.operation, context.argument(1), kAlgebra,
                                                   context.arguments.subspan(2)));
}

Status SInterCard(CommandContext& context) {
  int64_t keys = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(1), 1, INT64_MAX,
                                              "numkeys should be greater than 0", &keys));
  if (keys > static_cast<int64_t>(context.size()) - 2) {
    return Status(Code::kInvalid, "Number of keys can't be greater than number of args");
  }
  const Arguments options = context.arguments.subspan(2 + static_cast<size_t>(keys));
  int64_t limit = 0;
  for (size_t i = 0; i < options.size(); i += 2) {
    if (!IsKeyword(options[i], "LIMIT") || i + 1 == options.size()) return SyntaxError();
    KONTOR_RETURN_IF_ERROR(
        ParseIntegerArgument(options[i + 1], 0, INT64_MAX, "LIMIT can't be negative", &limit));
  }
  return ReplyCount(
      context, verbs::SetIntersectionSize(context.operation,
                                          context.arguments.subspan(2, static_cast<size_t>(keys)),
                                          static_cast<uint64_t>(limit)));
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};
constexpr KeyPositions kFirstTwo = {.first = 1, .last = 2};
constexpr KeyPositions kAll = {.first = 1, .last = -1};
constexpr KeyPositions kCountedAt1 = {.count_at = 1};

constexpr Command kSetCommands[] = {
    {"SADD", -3, kGrows | kOneEffect, kFirst, SAdd, "set",
     "Adds members; answers how many are new.", "key member [member ...]"},
    {"SCARD", 2, kReads, kFirst, SCard, "set", "Answers how many members there are.", "key"},
    {"SDIFF", -2, kReads, kAll, Combine<SetAlgebra::kDifference>, "set",
     "Answers what is in the first set and in no other.", "key [key ...]"},
    {"SDIFFSTORE", -3, kGrows, kAll, CombineInto<SetAlgebra::kDifference>, "set",
     "Stores what is in the first set and in no other.", "destination key [key ...]"},
    {"SINTER", -2, kReads, kAll, Combine<SetAlgebra::kIntersection>, "set",
     "Answers what is in all of the sets.", "key [key ...]"},
    {"SINTERCARD", -3, kReads, kCountedAt1, SInterCard, "set",
     "Answers how many members are in all of the sets.", "numkeys key [key ...] [LIMIT limit]"},
    {"SINTERSTORE", -3, kGrows, kAll, CombineInto<SetAlgebra::kIntersection>, "set",
     "Stores what is in all of the sets.", "destination key [key ...]"},
    {"SISMEMBER", 3, kReads, kFirst, SIsMember, "set", "Tells whether a member is there.",
     "key member"},
    {"SMEMBERS", 2, kReads, kFirst, SMembers, "set", "Answers all members.", "key"},
    {"SMISMEMBER", -3, kReads, kFirst, SMIsMember, "set", "Tells which of the members are there.",
     "key member [member ...]"},
    {"SMOVE", 4, kGrows, kFirstTwo, SMove, "set", "Moves a member from one set to another.",
     "source destination member"},
    {"SPOP", -2, kWrites, kFirst, SPop, "set", "Takes members at random.", "key [count]"},
    {"SRANDMEMBER", -2, kReads, kFirst, SRandMember, "set",
     "Answers members at random; a negative count may repeat them.", "key [count]"},
    {"SREM", -3, kWrites, kFirst, SRem, "set", "Removes members; answers how many were there.",
     "key member [member ...]"},
    {"SSCAN", -3, kReads, kFirst, SScan, "set", "Walks over the members, some at each call.",
     "key cursor [MATCH pattern] [COUNT count]"},
    {"SUNION", -2, kReads, kAll, Combine<SetAlgebra::kUnion>, "set",
     "Answers what is in any of the sets.", "key [key ...]"},
    {"SUNIONSTORE", -3, kGrows, kAll, CombineInto<SetAlgebra::kUnion>, "set",
     "Stores what is in any of the sets.", "destination key [key ...]"},
};

}  // namespace

absl::Span<const Command> SetCommands() { return kSetCommands; }

}  // namespace kontor
