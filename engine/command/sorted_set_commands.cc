#include <cstdint>
#include <optional>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "command/multi_pop.h"
#include "command/scan_collection.h"
#include "command/scored_replies.h"
#include "db/engine.h"
#include "types/number.h"
#include "verbs/first_present.h"
#include "verbs/random_places.h"
#include "verbs/sorted_sets.h"

namespace kontor {
namespace {

using verbs::RankRange;
using verbs::ScoreConditions;
using verbs::ScoredMember;
using verbs::SortedSetEnd;

void ReplyScore(ReplySink& reply, const std::optional<double>& score) {
  score.has_value() ? reply.Double(*score) : reply.Null();
}

// ---- Scores ----

// The options of ZADD, and the scores and members behind them.
struct ScoresToSet {
  ScoreConditions conditions;
  bool counts_updated = false;  // CH
  bool increments = false;      // INCR
  std::vector<ScoredMember> members;
};

Status CheckCompatible(const ScoresToSet& scores) {
  const ScoreConditions& conditions = scores.conditions;
  if (conditions.if_absent && conditions.if_present) {
    return Status(Code::kInvalid, "XX and NX options at the same time are not compatible");
  }
  if (conditions.if_absent + conditions.if_greater + conditions.if_less > 1) {
    return Status(Code::kInvalid, "GT, LT, and/or NX options at the same time are not compatible");
  }
  return Ok();
}

// False if it is none.
bool ParseOption(Bytes argument, ScoresToSet* scores) {
  bool* const set = IsKeyword(argument, "NX")     ? &scores->conditions.if_absent
                    : IsKeyword(argument, "XX")   ? &scores->conditions.if_present
                    : IsKeyword(argument, "GT")   ? &scores->conditions.if_greater
                    : IsKeyword(argument, "LT")   ? &scores->conditions.if_less
                    : IsKeyword(argument, "CH")   ? &scores->counts_updated
                    : IsKeyword(argument, "INCR") ? &scores->increments
                                                  : nullptr;
  if (set != nullptr) *set = true;
  return set != nullptr;
}

Status ParseScores(Arguments arguments, ScoresToSet* scores) {
  while (!arguments.empty() && ParseOption(arguments[0], scores)) arguments.remove_prefix(1);
  if (arguments.empty() || arguments.size() % 2 != 0) return SyntaxError();
  KONTOR_RETURN_IF_ERROR(CheckCompatible(*scores));
  if (scores->increments && arguments.size() > 2) {
    return Status(Code::kInvalid, "INCR option supports a single increment-element pair");
  }
  scores->members.reserve(arguments.size() / 2);
  for (size_t i = 0; i < arguments.size(); i += 2) {
    ScoredMember& each = scores->members.emplace_back();
    each.member = arguments[i + 1];
    KONTOR_RETURN_IF_ERROR(
        ParseDoubleArgument(arguments[i], "value is not a valid float", &each.score));
  }
  return Ok();
}

Status SetScores(CommandContext& context, ScoresToSet scores) {
  KONTOR_RETURN_IF_ERROR(ParseScores(context.arguments.subspan(2), &scores));
  if (scores.increments) {
    const ScoredMember& added = scores.members.front();
    KONTOR_ASSIGN_OR_RETURN(
        const std::optional<double> score,
        verbs::SortedSetIncrement(context.operation, context.argument(1), added.member, added.score,
                                  scores.conditions));
    ReplyScore(context.reply, score);
    return Ok();
  }
  KONTOR_ASSIGN_OR_RETURN(const verbs::ScoresSet set,
                          verbs::SortedSetAdd(context.operation, context.argument(1),
                                              scores.members, scores.conditions));
  const uint64_t counted = set.added + (scores.counts_updated ? set.updated : 0);
  context.reply.Integer(static_cast<int64_t>(counted));
  return Ok();
}

Status ZAdd(CommandContext& context) { return SetScores(context, {}); }

Status ZIncrBy(CommandContext& context) {
  ScoresToSet scores;
  scores.increments = true;
  return SetScores(context, scores);
}

Status ZRem(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const uint64_t removed,
      verbs::SortedSetRemove(context.operation, context.argument(1), context.arguments.subspan(2)));
  context.reply.Integer(static_cast<int64_t>(removed));
  return Ok();
}

Status ZCard(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const uint64_t size,
                          verbs::SortedSetSize(context.operation, context.argument(1)));
  context.reply.Integer(static_cast<int64_t>(size));
  return Ok();
}

Status ZScore(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          verbs::SortedSetFind(context.operation, context.argument(1)));
  ReplyScore(context.reply, set == nullptr ? std::nullopt : set->Score(context.argument(2)));
  return Ok();
}

Status ZMScore(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          verbs::SortedSetFind(context.operation, context.argument(1)));
  const Arguments members = context.arguments.subspan(2);
  context.reply.Array(members.size());
  for (const Bytes member : members) {
    ReplyScore(context.reply, set == nullptr ? std::nullopt : set->Score(member));
  }
  return Ok();
}

template <SortedSetEnd kFrom>
Status ZRank(CommandContext& context) {
  if (context.size() > 4) return WrongNumberOfArguments(context.argument(0));
  const bool with_score = context.size() == 4;
  if (with_score && !IsKeyword(context.argument(3), "WITHSCORE")) return SyntaxError();
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          verbs::SortedSetFind(context.operation, context.argument(1)));
  const Bytes member = context.argument(2);
  const std::optional<size_t> rank = set == nullptr ? std::nullopt : set->RankOf(member);
  if (!rank.has_value()) {
    with_score ? context.reply.NullArray() : context.reply.Null();
    return Ok();
  }
  if (with_score) context.reply.Array(2);
  context.reply.Integer(
      static_cast<int64_t>(kFrom == SortedSetEnd::kLowest ? *rank : set->size() - 1 - *rank));
  if (with_score) ReplyScore(context.reply, set->Score(member));
  return Ok();
}

// ---- Popping ----

// Calls reply_with(each) for up to `count` members from an end, and removes them.
template <typename ReplyWith>
void Pop(CommandContext& context, Bytes key, const SortedSet& set, SortedSetEnd end, uint64_t count,
         ReplyWith reply_with) {
  const RankRange ranks = verbs::RanksAt(set, end, count);
  verbs::ForEachInRange(set, ranks, end == SortedSetEnd::kHighest, reply_with);
  if (ranks.count == 0) return;
  verbs::SortedSetRemoveRanks(context.operation, key, ranks,
                              end == SortedSetEnd::kLowest ? "zpopmin" : "zpopmax");
}

template <SortedSetEnd kEnd>
Status ZPop(CommandContext& context) {
  if (context.size() > 3) return SyntaxError();
  uint64_t count = 1;
  const bool counted = context.size() == 3;
  if (counted) {
    KONTOR_RETURN_IF_ERROR(ParseCountArgument(context.argument(2), 0,
                                              "value is out of range, must be positive", &count));
  }
  const Bytes key = context.argument(1);
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set, verbs::SortedSetFind(context.operation, key));
  if (set == nullptr) {
    context.reply.Array(0);
  } else if (counted) {
    ScoredReplies replies(context.reply, verbs::RanksAt(*set, kEnd, count).count,
                          /*with_scores=*/true);
    Pop(context, key, *set, kEnd, count, [&](const auto& each) { replies.Add(each); });
  } else {
    context.reply.Array(2);
    Pop(context, key, *set, kEnd, 1, [&](const SortedSet::Member& each) {
      context.reply.Bulk(each.member.bytes());
      context.reply.Double(each.score);
    });
  }
  return Ok();
}

template <SortedSetEnd kEnd>
Status BZPop(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(ParseTimeoutArgument(context.arguments.back(), &context.timeout_ms));
  const Arguments keys = context.arguments.subspan(1, context.size() - 2);
  KONTOR_ASSIGN_OR_RETURN(const Bytes* key,
                          verbs::FirstPresent<SortedSet>(context.operation, keys, true));
  if (key == nullptr) return verbs::NothingToTake();
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set, verbs::SortedSetFind(context.operation, *key));
  context.reply.Array(3);
  context.reply.Bulk(*key);
  Pop(context, *key, *set, kEnd, 1, [&](const SortedSet::Member& each) {
    context.reply.Bulk(each.member.bytes());
    context.reply.Double(each.score);
  });
  return Ok();
}

Status ReplyMultiPop(CommandContext& context, const MultiPop& pop, Bytes key) {
  const SortedSetEnd end = pop.from_second_end ? SortedSetEnd::kHighest : SortedSetEnd::kLowest;
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set, verbs::SortedSetFind(context.operation, key));
  context.reply.Array(2);
  context.reply.Bulk(key);
  context.reply.Array(verbs::RanksAt(*set, end, pop.count).count);
  Pop(context, key, *set, end, pop.count, [&](const SortedSet::Member& each) {
    context.reply.Array(2);
    context.reply.Bulk(each.member.bytes());
    context.reply.Double(each.score);
  });
  return Ok();
}

Status ZMPop(CommandContext& context) {
  MultiPop pop;
  KONTOR_RETURN_IF_ERROR(ParseMultiPop(context.arguments.subspan(1), "MIN", "MAX", &pop));
  KONTOR_ASSIGN_OR_RETURN(const Bytes* key,
                          verbs::FirstPresent<SortedSet>(context.operation, pop.keys, false));
  if (key != nullptr) return ReplyMultiPop(context, pop, *key);
  context.reply.NullArray();
  return Ok();
}

Status BZMPop(CommandContext& context) {
  MultiPop pop;
  // As Redis does: the timeout is looked at last.
  KONTOR_RETURN_IF_ERROR(ParseMultiPop(context.arguments.subspan(2), "MIN", "MAX", &pop));
  KONTOR_RETURN_IF_ERROR(ParseTimeoutArgument(context.argument(1), &context.timeout_ms));
  KONTOR_ASSIGN_OR_RETURN(const Bytes* key,
                          verbs::FirstPresent<SortedSet>(context.operation, pop.keys, true));
  return key == nullptr ? verbs::NothingToTake() : ReplyMultiPop(context, pop, *key);
}

// ---- At random, and all of it ----

Status ZRandMember(CommandContext& context) {
  RandomCount wanted;
  const bool counted = context.size() > 2;
  if (counted) {
    KONTOR_RETURN_IF_ERROR(
        ParseRandomCountArguments(context.arguments.subspan(2), "WITHSCORES", &wanted));
  }
  KONTOR_ASSIGN_OR_RETURN(const SortedSet* set,
                          verbs::SortedSetFind(context.operation, context.argument(1)));
  const auto next_random = [&] { return context.engine->NextRandom(); };
  const std::vector<size_t> places =
      set == nullptr ? std::vector<size_t>()
                     : verbs::ChoosePlaces(set->size(), wanted.count, next_random);
  if (counted) {
    ScoredReplies replies(context.reply, places.size(), wanted.with_values);
    for (const size_t place : places) {
      if (set != nullptr) replies.Add(set->at(place));
    }
  } else if (set == nullptr || places.empty()) {
    context.reply.Null();
  } else {
    const SortedSet::Member chosen = set->at(places.front());
    context.reply.Bulk(chosen.member.bytes());
  }
  return Ok();
}

Status ZScan(CommandContext& context) {
  return ScanCollection(
      context, 2, verbs::SortedSetFind,
      [](const SortedSet::Member& each) { return each.member.bytes(); },
      [&](const SortedSet::Member& each) {
        context.reply.Bulk(each.member.bytes());
        context.reply.Bulk(FormatDouble(each.score));
      });
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};
constexpr KeyPositions kAllButLast = {.first = 1, .last = -2};
constexpr KeyPositions kCountedAt1 = {.count_at = 1};
constexpr KeyPositions kCountedAt2 = {.count_at = 2};
constexpr uint32_t kTakesInTurn = kWrites | kBlocks | kWaitsForSortedSet;
constexpr SortedSetEnd kLowest = SortedSetEnd::kLowest;
constexpr SortedSetEnd kHighest = SortedSetEnd::kHighest;

constexpr Command kSortedSetCommands[] = {
    {"BZMPOP", -5, kTakesInTurn, kCountedAt2, BZMPop, "sorted-set",
     "Takes members of the first sorted set that has any, waiting for one.",
     "timeout numkeys key [key ...] MIN|MAX [COUNT count]"},
    {"BZPOPMAX", -3, kTakesInTurn, kAllButLast, BZPop<kHighest>, "sorted-set",
     "Takes the highest member of the first sorted set that has any, waiting for one.",
     "key [key ...] timeout"},
    {"BZPOPMIN", -3, kTakesInTurn, kAllButLast, BZPop<kLowest>, "sorted-set",
     "Takes the lowest member of the first sorted set that has any, waiting for one.",
     "key [key ...] timeout"},
    {"ZADD", -4, kGrows | kOneEffect, kFirst, ZAdd, "sorted-set",
     "Sets scores; answers how many are new.",
     "key [NX|XX] [GT|LT] [CH] [INCR] score member [score member ...]"},
    {"ZCARD", 2, kReads, kFirst, ZCard, "sorted-set", "Answers how many members there are.", "key"},
    {"ZINCRBY", 4, kGrows, kFirst, ZIncrBy, "sorted-set", "Adds to a score.",
     "key float-increment member"},
    {"ZMPOP", -4, kWrites, kCountedAt1, ZMPop, "sorted-set",
     "Takes members of the first sorted set that has any.",
     "numkeys key [key ...] MIN|MAX [COUNT count]"},
    {"ZMSCORE", -3, kReads, kFirst, ZMScore, "sorted-set", "Answers the scores of some members.",
     "key member [member ...]"},
    {"ZPOPMAX", -2, kWrites, kFirst, ZPop<kHighest>, "sorted-set", "Takes the highest members.",
     "key [count]"},
    {"ZPOPMIN", -2, kWrites, kFirst, ZPop<kLowest>, "sorted-set", "Takes the lowest members.",
     "key [count]"},
    {"ZRANDMEMBER", -2, kReads, kFirst, ZRandMember, "sorted-set",
     "Answers members at random; a negative count may repeat them.", "key [count [WITHSCORES]]"},
    {"ZRANK", -3, kReads, kFirst, ZRank<kLowest>, "sorted-set",
     "Answers how many members are lower.", "key member [WITHSCORE]"},
    {"ZREM", -3, kWrites, kFirst, ZRem, "sorted-set",
     "Removes members; answers how many were there.", "key member [member ...]"},
    {"ZREVRANK", -3, kReads, kFirst, ZRank<kHighest>, "sorted-set",
     "Answers how many members are higher.", "key member [WITHSCORE]"},
    {"ZSCAN", -3, kReads, kFirst, ZScan, "sorted-set", "Walks over the members, some at each call.",
     "key cursor [MATCH pattern] [COUNT count]"},
    {"ZSCORE", 3, kReads, kFirst, ZScore, "sorted-set", "Answers the score of a member.",
     "key member"},
};

}  // namespace

absl::Span<const Command> SortedSetCommands() { return kSortedSetCommands; }

}  // namespace kontor
