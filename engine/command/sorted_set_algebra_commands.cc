#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/letter_case.h"
#include "command/arguments.h"
#include "command/command.h"
#include "command/scored_replies.h"
#include "verbs/sorted_set_algebra.h"
#include "verbs/sorted_sets.h"

namespace kontor {
namespace {

using verbs::Aggregate;
using verbs::ScoredInput;
using verbs::SetAlgebra;

// "numkeys key [key ...]", and what follows.
struct Inputs {
  std::vector<ScoredInput> sets;
  Arguments options;
};

// As Redis does: the keys are looked at before the options.
Status ParseInputs(CommandContext& context, size_t count_at, Inputs* inputs) {
  int64_t count = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(count_at), &count));
  if (count < 1) {
    return Status(Code::kInvalid, "at least 1 input key is needed for '" +
                                      ToLowerCase(context.argument(0)) + "' command");
  }
  const Arguments rest = context.arguments.subspan(count_at + 1);
  if (static_cast<uint64_t>(count) > rest.size()) return SyntaxError();
  const auto keys = static_cast<size_t>(count);
  KONTOR_ASSIGN_OR_RETURN(inputs->sets,
                          verbs::FindScoredInputs(context.operation, rest.first(keys)));
  inputs->options = rest.subspan(keys);
  return Ok();
}

Status ParseAggregate(Bytes argument, Aggregate* aggregate) {
  if (IsKeyword(argument, "SUM")) {
    *aggregate = Aggregate::kSum;
  } else if (IsKeyword(argument, "MIN")) {
    *aggregate = Aggregate::kLowest;
  } else if (IsKeyword(argument, "MAX")) {
    *aggregate = Aggregate::kHighest;
  } else {
    return SyntaxError();
  }
  return Ok();
}

struct CombineOptions {
  Aggregate aggregate = Aggregate::kSum;
  bool with_scores = false;
};

// WITHSCORES is none of those that store, WEIGHTS and AGGREGATE are none of a difference.
Status ParseCombineOptions(Inputs* inputs, SetAlgebra algebra, bool stores,
                           CombineOptions* options) {
  const bool weighs = algebra != SetAlgebra::kDifference;
  Arguments left = inputs->options;
  while (!left.empty()) {
    const Bytes option = left[0];
    left.remove_prefix(1);
    if (weighs && left.size() >= inputs->sets.size() && IsKeyword(option, "WEIGHTS")) {
      for (ScoredInput& input : inputs->sets) {
        KONTOR_RETURN_IF_ERROR(
            ParseDoubleArgument(left[0], "weight value is not a float", &input.weight));
        left.remove_prefix(1);
      }
    } else if (weighs && !left.empty() && IsKeyword(option, "AGGREGATE")) {
      KONTOR_RETURN_IF_ERROR(ParseAggregate(left[0], &options->aggregate));
      left.remove_prefix(1);
    } else if (!stores && IsKeyword(option, "WITHSCORES")) {
      options->with_scores = true;
    } else {
      return SyntaxError();
    }
  }
  return Ok();
}

// What the arguments from one on say; `stores`: in a key that stands before them.
Result<std::unique_ptr<SortedSet>> CombineInputs(CommandContext& context, SetAlgebra algebra,
                                                 bool stores, CombineOptions* options) {
  Inputs inputs;
  KONTOR_RETURN_IF_ERROR(ParseInputs(context, stores ? 2 : 1, &inputs));
  KONTOR_RETURN_IF_ERROR(ParseCombineOptions(&inputs, algebra, stores, options));
  return verbs::SortedSetCombine(algebra, std::move(inputs.sets), options->aggregate);
}

template <SetAlgebra kAlgebra>
Status Combine(CommandContext& context) {
  CombineOptions options;
  KONTOR_ASSIGN_OR_RETURN(const std::unique_ptr<SortedSet> result,
                          CombineInputs(context, kAlgebra, /*stores=*/false, &options));
  ScoredReplies replies(context.reply, result->size(), options.with_scores);
  result->ForEach([&](const SortedSet::Member& each) { replies.Add(each); });
  return Ok();
}

template <SetAlgebra kAlgebra>
Status CombineInto(CommandContext& context) {
  CombineOptions options;
  KONTOR_ASSIGN_OR_RETURN(const std::unique_ptr<SortedSet> result,
                          CombineInputs(context, kAlgebra, /*stores=*/true, &options));
  constexpr Bytes kEvent = kAlgebra == SetAlgebra::kIntersection ? "zinterstore"
                           : kAlgebra == SetAlgebra::kUnion      ? "zunionstore"
                                                                 : "zdiffstore";
  KONTOR_RETURN_IF_ERROR(
      verbs::SortedSetStore(context.operation, context.argument(1), *result, kEvent));
  context.reply.Integer(static_cast<int64_t>(result->size()));
  return Ok();
}

Status ZInterCard(CommandContext& context) {
  Inputs inputs;
  KONTOR_RETURN_IF_ERROR(ParseInputs(context, 1, &inputs));
  uint64_t limit = 0;
  for (size_t i = 0; i < inputs.options.size(); i += 2) {
    if (!IsKeyword(inputs.options[i], "LIMIT") || i + 1 == inputs.options.size()) {
      return SyntaxError();
    }
    KONTOR_RETURN_IF_ERROR(
        ParseCountArgument(inputs.options[i + 1], 0, "LIMIT can't be negative", &limit));
  }
  const uint64_t size = verbs::SortedSetIntersectionSize(std::move(inputs.sets), limit);
  context.reply.Integer(static_cast<int64_t>(size));
  return Ok();
}

constexpr KeyPositions kCountedAt1 = {.count_at = 1};
constexpr KeyPositions kTargetAndCounted = {.first = 1, .last = 1, .count_at = 2};
constexpr SetAlgebra kIntersection = SetAlgebra::kIntersection;
constexpr SetAlgebra kUnion = SetAlgebra::kUnion;
constexpr SetAlgebra kDifference = SetAlgebra::kDifference;

constexpr Command kSortedSetAlgebraCommands[] = {
    {"ZDIFF", -3, kReads, kCountedAt1, Combine<kDifference>, "sorted-set",
     "Answers what is in the first sorted set and in no other.",
     "numkeys key [key ...] [WITHSCORES]"},
    {"ZDIFFSTORE", -4, kGrows, kTargetAndCounted, CombineInto<kDifference>, "sorted-set",
     "Stores what is in the first sorted set and in no other.",
     "destination numkeys key [key ...]"},
    {"ZINTER", -3, kReads, kCountedAt1, Combine<kIntersection>, "sorted-set",
     "Answers what is in all of the sorted sets.",
     "numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]"},
    {"ZINTERCARD", -3, kReads, kCountedAt1, ZInterCard, "sorted-set",
     "Answers how many members are in all of the sorted sets.",
     "numkeys key [key ...] [LIMIT limit]"},
    {"ZINTERSTORE", -4, kGrows, kTargetAndCounted, CombineInto<kIntersection>, "sorted-set",
     "Stores what is in all of the sorted sets.",
     "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM|MIN|MAX]"},
    {"ZUNION", -3, kReads, kCountedAt1, Combine<kUnion>, "sorted-set",
     "Answers what is in any of the sorted sets.",
     "numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]"},
    {"ZUNIONSTORE", -4, kGrows, kTargetAndCounted, CombineInto<kUnion>, "sorted-set",
     "Stores what is in any of the sorted sets.",
     "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE SUM|MIN|MAX]"},
};

}  // namespace

absl::Span<const Command> SortedSetAlgebraCommands() { return kSortedSetAlgebraCommands; }

}  // namespace kontor
