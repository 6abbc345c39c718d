#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "verbs/sorting.h"

namespace kontor {
namespace {

struct SortQuery {
  verbs::SortOptions options;
  std::vector<Bytes> get;
  std::optional<Bytes> target;
};

// *taken is how many arguments it was.
Status ParseOption(Arguments left, bool may_store, SortQuery* query, size_t* taken) {
  const Bytes option = left[0];
  *taken = 1;
  if (IsKeyword(option, "ASC") || IsKeyword(option, "DESC")) {
    query->options.descending = IsKeyword(option, "DESC");
  } else if (IsKeyword(option, "ALPHA")) {
    query->options.alphabetic = true;
  } else if (IsKeyword(option, "LIMIT") && left.size() > 2) {
    KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(left[1], &query->options.offset));
    KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(left[2], &query->options.limit));
    *taken = 3;
  } else if (left.size() < 2) {
    return SyntaxError();
  } else {
    *taken = 2;
    if (may_store && IsKeyword(option, "STORE")) {
      query->target = left[1];
    } else if (IsKeyword(option, "BY")) {
      query->options.by = left[1];
    } else if (IsKeyword(option, "GET")) {
      query->get.push_back(left[1]);
    } else {
      return SyntaxError();
    }
  }
  return Ok();
}

void Reply(CommandContext& context, const std::vector<Element>& elements,
           const std::vector<Bytes>& get) {
  context.reply.Array(elements.size() * (get.empty() ? 1 : get.size()));
  for (const Element& element : elements) {
    if (get.empty()) context.reply.Bulk(element.bytes());
    for (const Bytes pattern : get) {
      const auto value = verbs::ValueByPattern(context.operation, pattern, element.bytes());
      value.has_value() ? context.reply.Bulk(*value) : context.reply.Null();
    }
  }
}

Status Store(CommandContext& context, const std::vector<Element>& elements,
             const SortQuery& query) {
  std::vector<std::string> values;
  for (const Element& element : elements) {
    if (query.get.empty()) values.emplace_back(element.bytes());
    for (const Bytes pattern : query.get) {
      const auto value = verbs::ValueByPattern(context.operation, pattern, element.bytes());
      values.push_back(value.value_or(std::string()));
    }
  }
  KONTOR_RETURN_IF_ERROR(verbs::ListStore(context.operation, *query.target, values));
  context.reply.Integer(static_cast<int64_t>(values.size()));
  return Ok();
}

template <bool kMayStore>
Status Sort(CommandContext& context) {
  SortQuery query;
  Arguments left = context.arguments.subspan(2);
  while (!left.empty()) {
    size_t taken = 0;
    KONTOR_RETURN_IF_ERROR(ParseOption(left, kMayStore, &query, &taken));
    left.remove_prefix(taken);
  }
  query.options.repeatable = query.target.has_value();
  KONTOR_ASSIGN_OR_RETURN(
      const std::vector<Element> elements,
      verbs::SortElements(context.operation, context.argument(1), query.options));
  if (query.target.has_value()) return Store(context, elements, query);
  Reply(context, elements, query.get);
  return Ok();
}

// What follows STORE, wherever it stands.
void AppendTargets(Arguments arguments, std::vector<Bytes>* keys) {
  for (size_t i = 2; i + 1 < arguments.size(); ++i) {
    if (IsKeyword(arguments[i], "STORE")) keys->push_back(arguments[i + 1]);
  }
}

Access SortAccess(Arguments arguments) {
  std::vector<Bytes> targets;
  AppendTargets(arguments, &targets);
  return targets.empty() ? Access::kRead : Access::kWrite;
}

// Whether there may be a pattern of keys behind BY or GET.
bool ReadsAnyKey(Arguments arguments) {
  for (size_t i = 2; i + 1 < arguments.size(); ++i) {
    const bool is_pattern = IsKeyword(arguments[i], "BY") || IsKeyword(arguments[i], "GET");
    if (is_pattern && verbs::NamesKeys(arguments[i + 1])) return true;
  }
  return false;
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};

constexpr Command kCommands[] = {
    {"SORT", -2, kReads | kGrows, kFirst, Sort<true>, "generic",
     "Answers or stores the elements of a list, a set or a sorted set in order.",
     "key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC|DESC] [ALPHA] "
     "[STORE destination]",
     SortAccess, AppendTargets, ReadsAnyKey},
    {"SORT_RO", -2, kReads, kFirst, Sort<false>, "generic",
     "Answers the elements of a list, a set or a sorted set in order.",
     "key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC|DESC] [ALPHA]",
     /*access=*/nullptr, /*append_keys=*/nullptr, ReadsAnyKey},
};

}  // namespace

absl::Span<const Command> SortCommands() { return kCommands; }

}  // namespace kontor
