#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include "command/arguments.h"
#include "command/command.h"
#include "command/scored_replies.h"
#include "verbs/sorted_sets.h"

namespace kontor {
namespace {

using verbs::IndexBounds;
using verbs::MemberBound;
using verbs::MemberBounds;
using verbs::RankRange;
using verbs::ScoreBounds;
using verbs::SortedSetRange;

// ---- Bounds ----

// A number as strtod reads it, "(" before it if it is excluded. As Redis does: spaces may stand in
// front, nothing at all is 0, and the text ends at its first NUL.
bool ParseScoreBound(Bytes argument, double* score, bool* excluded) {
  *excluded = !argument.empty() && argument[0] == '(';
  const std::string text(argument.substr(*excluded ? 1 : 0));
  char* end = nullptr;
  *score = std::strtod(text.c_str(), &end);
  return *end == '\0' && !std::isnan(*score);
}

Status ParseBounds(Bytes lowest, Bytes highest, ScoreBounds* bounds) {
  if (ParseScoreBound(lowest, &bounds->lowest, &bounds->excludes_lowest) &&
      ParseScoreBound(highest, &bounds->highest, &bounds->excludes_highest)) {
    return Ok();
  }
  return Status(Code::kNotANumber, "min or max is not a float");
}

// "-", "+", or a member behind "[" or "(".
bool ParseMemberBound(Bytes argument, MemberBound* bound) {
  const Bytes text = argument.substr(0, argument.find('\0'));
  if (text == "-" || text == "+") {
    bound->kind = text == "-" ? MemberBound::Kind::kBeforeAll : MemberBound::Kind::kBehindAll;
    return true;
  }
  if (argument.empty() || (argument[0] != '[' && argument[0] != '(')) return false;
  bound->excluded = argument[0] == '(';
  bound->member = argument.substr(1);
  return true;
}

Status ParseBounds(Bytes lowest, Bytes highest, MemberBounds* bounds) {
  if (ParseMemberBound(lowest, &bounds->lowest) && ParseMemberBound(highest, &bounds->highest)) {
    return Ok();
  }
  return Status(Code::kInvalid, "min or max not valid string range item");
}

Status ParseBounds(Bytes start, Bytes stop, IndexBounds* bounds) {
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(start, &bounds->start));
  return ParseIntegerArgument(stop, &bounds->stop);
}

// ---- Options ----

// What a command of this family says by its name, and the rest its options say.
struct RangeQuery {
  SortedSetRange range;
  bool chooses_bounds = false;     // BYSCORE and BYLEX are options
  bool chooses_direction = false;  // REV is
  bool chooses_scores = true;      // WITHSCORES is
  bool with_scores = false;
};

template <typename Bounds>
RangeQuery QueryBy(bool reversed) {
  RangeQuery query;
  query.range.bounds = Bounds();
  query.range.reversed = reversed;
  return query;
}

RangeQuery QueryOfAnyKind() {
  RangeQuery query = QueryBy<IndexBounds>(/*reversed=*/false);
  query.chooses_bounds = query.chooses_direction = true;
  return query;
}

Status ParseRangeOptions(Arguments options, RangeQuery* query) {
  for (size_t i = 0; i < options.size(); ++i) {
    const Bytes option = options[i];
    if (query->chooses_scores && IsKeyword(option, "WITHSCORES")) {
      query->with_scores = true;
    } else if (IsKeyword(option, "LIMIT") && i + 2 < options.size()) {
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(options[i + 1], &query->range.offset));
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(options[i + 2], &query->range.limit));
      i += 2;
    } else if (query->chooses_direction && IsKeyword(option, "REV")) {
      query->range.reversed = true;
      query->chooses_direction = false;
    } else if (query->chooses_bounds && IsKeyword(option, "BYLEX")) {
      query->range.bounds = MemberBounds();
      query->chooses_bounds = false;
    } else if (query->chooses_bounds && IsKeyword(option, "BYSCORE")) {
      query->range.bounds = ScoreBounds();
      query->chooses_bounds = false;
    } else {
      return SyntaxError();
    }
  }
  return Ok();
}

// "start stop [options]": the options first, as they say what the bounds are.
Status ParseRangeQuery(Arguments arguments, RangeQuery* query) {
  KONTOR_RETURN_IF_ERROR(ParseRangeOptions(arguments.subspan(2), query));
  SortedSetRange& range = query->range;
  const bool by_index = std::holds_alternative<IndexBounds>(range.bounds);
  if (by_index && range.limit != -1) {
    return Status(Code::kInvalid,
                  "syntax error, LIMIT is only supported in combination with either BYSCORE or "
                  "BYLEX");
  }
  if (query->with_scores && std::holds_alternative<MemberBounds>(range.bounds)) {
    return Status(Code::kInvalid,
                  "syntax error, WITHSCORES not supported in combination with BYLEX");
  }
  // Reversed, the highest bound is told first; indexes are those of the reversed order.
  const bool highest_first = range.reversed && !by_index;
  return std::visit(
      [&](auto& bounds) {
        return ParseBounds(arguments[highest_first ? 1 : 0], arguments[highest_first ? 0 : 1],
                           &bounds);
      },
      range.bounds);
}

// ---- Commands ----

// The ranks of a range of the key's set, null if there is none.
Result<const SortedSet*> FindRange(CommandContext& context, Bytes key, const SortedSetRange& range,
                                   RankRange* ranks) {
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set, verbs::SortedSetFind(context.operation, key));
  if (set != nullptr) *ranks = verbs::RanksOf(*set, range);
  return set;
}

Status ReplyRange(CommandContext& context, RangeQuery query) {
  KONTOR_RETURN_IF_ERROR(ParseRangeQuery(context.arguments.subspan(2), &query));
  RankRange ranks;
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          FindRange(context, context.argument(1), query.range, &ranks));
  ScoredReplies replies(context.reply, ranks.count, query.with_scores);
  if (set == nullptr) return Ok();
  verbs::ForEachInRange(*set, ranks, query.range.reversed,
                        [&](const SortedSet::Member& each) { replies.Add(each); });
  return Ok();
}

Status ZRange(CommandContext& context) { return ReplyRange(context, QueryOfAnyKind()); }

// ZREVRANGE, ZRANGEBYSCORE and so on.
template <typename Bounds, bool kReversed>
Status ZRangeBy(CommandContext& context) {
  return ReplyRange(context, QueryBy<Bounds>(kReversed));
}

Status ZRangeStore(CommandContext& context) {
  RangeQuery query = QueryOfAnyKind();
  query.chooses_scores = false;
  KONTOR_RETURN_IF_ERROR(ParseRangeQuery(context.arguments.subspan(3), &query));
  RankRange ranks;
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          FindRange(context, context.argument(2), query.range, &ranks));
  SortedSet stored;  // a copy: the target may be the source
  if (set != nullptr) {
    verbs::ForEachInRange(*set, ranks, /*reversed=*/false, [&](const SortedSet::Member& each) {
      stored.Set(each.member.bytes(), each.score);
    });
  }
  KONTOR_RETURN_IF_ERROR(
      verbs::SortedSetStore(context.operation, context.argument(1), stored, "zrangestore"));
  context.reply.Integer(static_cast<int64_t>(stored.size()));
  return Ok();
}

// ZCOUNT and ZLEXCOUNT, and with `kRemoves` ZREMRANGEBYRANK, -SCORE and -LEX.
template <typename Bounds, bool kRemoves>
Status CountRange(CommandContext& context) {
  Bounds bounds;
  KONTOR_RETURN_IF_ERROR(ParseBounds(context.argument(2), context.argument(3), &bounds));
  RankRange ranks;
  const Bytes key = context.argument(1);
  SortedSetRange range;
  range.bounds = bounds;
  KONTOR_RETURN_IF_ERROR(FindRange(context, key, range, &ranks).status());
  if (kRemoves && ranks.count > 0) {
    constexpr Bytes kEvent = std::is_same_v<Bounds, IndexBounds>   ? "zremrangebyrank"
                             : std::is_same_v<Bounds, ScoreBounds> ? "zremrangebyscore"
                                                                   : "zremrangebylex";
    verbs::SortedSetRemoveRanks(context.operation, key, ranks, kEvent);
  }
  context.reply.Integer(static_cast<int64_t>(ranks.count));
  return Ok();
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};
constexpr KeyPositions kFirstTwo = {.first = 1, .last = 2};

constexpr Command kSortedSetRangeCommands[] = {
    {"ZCOUNT", 4, kReads, kFirst, CountRange<ScoreBounds, false>, "sorted-set",
     "Answers how many members have a score in a range.", "key min max"},
    {"ZLEXCOUNT", 4, kReads, kFirst, CountRange<MemberBounds, false>, "sorted-set",
     "Answers how many members lie in a range, all scores being equal.", "key min max"},
    {"ZRANGE", -4, kReads, kFirst, ZRange, "sorted-set", "Answers the members of a range.",
     "key start stop [BYSCORE|BYLEX] [REV] [LIMIT offset count] [WITHSCORES]"},
    {"ZRANGEBYLEX", -4, kReads, kFirst, ZRangeBy<MemberBounds, false>, "sorted-set",
     "Answers the members of a range, all scores being equal.", "key min max [LIMIT offset count]"},
    {"ZRANGEBYSCORE", -4, kReads, kFirst, ZRangeBy<ScoreBounds, false>, "sorted-set",
     "Answers the members with a score in a range.",
     "key min max [WITHSCORES] [LIMIT offset count]"},
    {"ZRANGESTORE", -5, kGrows, kFirstTwo, ZRangeStore, "sorted-set",
     "Stores the members of a range.",
     "destination source min max [BYSCORE|BYLEX] [REV] [LIMIT offset count]"},
    {"ZREMRANGEBYLEX", 4, kWrites, kFirst, CountRange<MemberBounds, true>, "sorted-set",
     "Removes the members of a range, all scores being equal.", "key min max"},
    {"ZREMRANGEBYRANK", 4, kWrites, kFirst, CountRange<IndexBounds, true>, "sorted-set",
     "Removes the members with some ranks.", "key start stop"},
    {"ZREMRANGEBYSCORE", 4, kWrites, kFirst, CountRange<ScoreBounds, true>, "sorted-set",
     "Removes the members with a score in a range.", "key min max"},
    {"ZREVRANGE", -4, kReads, kFirst, ZRangeBy<IndexBounds, true>, "sorted-set",
     "Answers members by how many are higher.", "key start stop [WITHSCORES]"},
    {"ZREVRANGEBYLEX", -4, kReads, kFirst, ZRangeBy<MemberBounds, true>, "sorted-set",
     "Answers the members of a range from its end, all scores being equal.",
     "key max min [LIMIT offset count]"},
    {"ZREVRANGEBYSCORE", -4, kReads, kFirst, ZRangeBy<ScoreBounds, true>, "sorted-set",
     "Answers the members with a score in a range, the highest first.",
     "key max min [WITHSCORES] [LIMIT offset count]"},
};

}  // namespace

absl::Span<const Command> SortedSetRangeCommands() { return kSortedSetRangeCommands; }

}  // namespace kontor
