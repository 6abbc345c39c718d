#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "command/deadline_argument.h"
#include "txn/peek.h"
#include "txn/put.h"
#include "types/common_subsequence.h"
#include "verbs/strings.h"

namespace kontor {
namespace {

// Of what a string verb answers: borrowed bytes or a string of its own.
template <typename T>
Status ReplyWith(ReplySink& reply, const std::optional<T>& value) {
  value ? reply.Bulk(*value) : reply.Null();
  return Ok();
}

Status ParseSetOptions(const CommandContext& context, verbs::StringSetOptions* options) {
  DeadlineArgument deadline;
  for (size_t i = 3; i < context.size(); ++i) {
    const Bytes option = context.argument(i);
    if (IsKeyword(option, "NX") && options->condition != verbs::SetCondition::kIfPresent) {
      options->condition = verbs::SetCondition::kIfAbsent;
    } else if (IsKeyword(option, "XX") && options->condition != verbs::SetCondition::kIfAbsent) {
      options->condition = verbs::SetCondition::kIfPresent;
    } else if (IsKeyword(option, "GET")) {
      options->return_old = true;
    } else if (IsKeyword(option, "KEEPTTL") && deadline.Accept(DeadlineOption::kKeep)) {
      options->keep_deadline = true;
    } else if (!TakeDeadlineOption(context, &i, &deadline)) {
      return SyntaxError();
    }
  }
  return ParseDeadline(context, deadline, &options->deadline_unix_ms);
}

// --- Handlers ---

Status Set(CommandContext& context) {
  verbs::StringSetOptions options;
  KONTOR_RETURN_IF_ERROR(ParseSetOptions(context, &options));
  KONTOR_ASSIGN_OR_RETURN(
      const auto result,
      verbs::StringSet(context.operation, context.argument(1), context.argument(2), options));
  if (options.return_old) return ReplyWith(context.reply, result.old);
  result.set ? context.reply.Ok() : context.reply.Null();
  return Ok();
}

// Of a string that is there.
Status GetShort(Core* core, uint32_t database, Arguments arguments, ReplySink* reply) {
  std::array<char, Record::kInlineValueBytes> text;
  size_t length = 0;
  const Code code = PeekText(core, database, arguments[1], text.data(), text.size(), &length);
  if (code != Code::kOk) return Status(Code::kAgain);
  reply->Bulk(Bytes(text.data(), length));
  core->lookups.Add(Core::kHits);
  return Ok();
}

Status SetShort(Core* core, uint32_t database, Arguments arguments, ReplySink* reply) {
  if (!reply->ReserveShort()) return Status(Code::kAgain);
  const Code code = PutText(core, database, arguments[1], arguments[2], /*deadline_unix_ms=*/0);
  if (code == Code::kOk) reply->Ok();
  return Status(code);
}

Status SetExpiring(CommandContext& context, DeadlineOption option) {
  verbs::StringSetOptions options;
  KONTOR_RETURN_IF_ERROR(
      ParseDeadline(context, {option, context.argument(2)}, &options.deadline_unix_ms));
  KONTOR_RETURN_IF_ERROR(
      verbs::StringSet(context.operation, context.argument(1), context.argument(3), options)
          .status());
  context.reply.Ok();
  return Ok();
}

Status SetEx(CommandContext& context) { return SetExpiring(context, DeadlineOption::kSeconds); }

Status PSetEx(CommandContext& context) {
  return SetExpiring(context, DeadlineOption::kMilliseconds);
}

Status SetNx(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const auto result,
      verbs::StringSet(context.operation, context.argument(1), context.argument(2),
                       {.condition = verbs::SetCondition::kIfAbsent}));
  context.reply.Integer(result.set ? 1 : 0);
  return Ok();
}

Status GetSet(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const auto result,
                          verbs::StringSet(context.operation, context.argument(1),
                                           context.argument(2), {.return_old = true}));
  return ReplyWith(context.reply, result.old);
}

Status Get(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> value,
                          verbs::StringGet(context.operation, context.argument(1)));
  return ReplyWith(context.reply, value);
}

Status GetDel(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const auto value,
                          verbs::StringGetDelete(context.operation, context.argument(1)));
  return ReplyWith(context.reply, value);
}

Status GetEx(CommandContext& context) {
  DeadlineArgument deadline;
  for (size_t i = 2; i < context.size(); ++i) {
    const bool persists = IsKeyword(context.argument(i), "PERSIST");
    if (persists ? !deadline.Accept(DeadlineOption::kPersist)
                 : !TakeDeadlineOption(context, &i, &deadline)) {
      return SyntaxError();
    }
  }
  if (deadline.option == DeadlineOption::kNone) return Get(context);
  // The key is looked at first: where there is none, the amount does not matter.
  KONTOR_ASSIGN_OR_RETURN(const std::optional<Bytes> held,
                          verbs::StringGet(context.operation, context.argument(1)));
  if (!held) return ReplyWith(context.reply, held);
  int64_t deadline_unix_ms = 0;
  KONTOR_RETURN_IF_ERROR(ParseDeadline(context, deadline, &deadline_unix_ms));
  KONTOR_ASSIGN_OR_RETURN(
      const auto value,
      verbs::StringGetExpire(context.operation, context.argument(1), deadline_unix_ms));
  return ReplyWith(context.reply, value);
}

// A key of another type is no string, but no error either.
Status MGet(CommandContext& context) {
  context.reply.Array(context.size() - 1);
  for (const Bytes key : context.arguments.subspan(1)) {
    const Record* const record = context.operation.Find(key);
    const bool is_string = record != nullptr && record->is_string();
    is_string ? context.reply.Bulk(record->text()) : context.reply.Null();
  }
  return Ok();
}

Status ParsePairs(const CommandContext& context, std::vector<verbs::KeyAndValue>* pairs) {
  if (context.size() % 2 == 0) return WrongNumberOfArguments(context.argument(0));
  pairs->reserve(context.size() / 2);
  for (size_t i = 1; i < context.size(); i += 2) {
    pairs->push_back({context.argument(i), context.argument(i + 1)});
  }
  return Ok();
}

Status MSet(CommandContext& context) {
  std::vector<verbs::KeyAndValue> pairs;
  KONTOR_RETURN_IF_ERROR(ParsePairs(context, &pairs));
  KONTOR_RETURN_IF_ERROR(verbs::StringSetMany(context.operation, pairs));
  context.reply.Ok();
  return Ok();
}

Status MSetNx(CommandContext& context) {
  std::vector<verbs::KeyAndValue> pairs;
  KONTOR_RETURN_IF_ERROR(ParsePairs(context, &pairs));
  KONTOR_ASSIGN_OR_RETURN(const bool set, verbs::StringSetManyIfAbsent(context.operation, pairs));
  context.reply.Integer(set ? 1 : 0);
  return Ok();
}

Status Append(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const uint64_t length,
      verbs::StringAppend(context.operation, context.argument(1), context.argument(2)));
  context.reply.Integer(static_cast<int64_t>(length));
  return Ok();
}

Status StrLen(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(const uint64_t length,
                          verbs::StringLength(context.operation, context.argument(1)));
  context.reply.Integer(static_cast<int64_t>(length));
  return Ok();
}

Status GetRange(CommandContext& context) {
  int64_t start = 0;
  int64_t stop = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &start));
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(3), &stop));
  KONTOR_ASSIGN_OR_RETURN(const Bytes range,
                          verbs::StringRange(context.operation, context.argument(1), start, stop));
  context.reply.Bulk(range);
  return Ok();
}

Status SetRange(CommandContext& context) {
  int64_t offset = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &offset));
  KONTOR_ASSIGN_OR_RETURN(
      const uint64_t length,
      verbs::StringSetRange(context.operation, context.argument(1), offset, context.argument(3)));
  context.reply.Integer(static_cast<int64_t>(length));
  return Ok();
}

Status IncrementBy(CommandContext& context, int64_t delta) {
  KONTOR_ASSIGN_OR_RETURN(const int64_t number,
                          verbs::StringIncrement(context.operation, context.argument(1), delta));
  context.reply.Integer(number);
  return Ok();
}

Status Incr(CommandContext& context) { return IncrementBy(context, 1); }
Status Decr(CommandContext& context) { return IncrementBy(context, -1); }

Status IncrBy(CommandContext& context) {
  int64_t delta = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &delta));
  return IncrementBy(context, delta);
}

Status DecrBy(CommandContext& context) {
  int64_t delta = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &delta));
  if (delta == std::numeric_limits<int64_t>::min()) {
    return Status(Code::kOutOfRange, "decrement would overflow");
  }
  return IncrementBy(context, -delta);
}

Status IncrByFloat(CommandContext& context) {
  // The stored value is looked at first, so that its errors come first.
  KONTOR_RETURN_IF_ERROR(verbs::StringGet(context.operation, context.argument(1)).status());
  long double delta = 0;
  KONTOR_RETURN_IF_ERROR(ParseFloatArgument(context.argument(2), &delta));
  KONTOR_ASSIGN_OR_RETURN(
      const std::string number,
      verbs::StringIncrementFloat(context.operation, context.argument(1), delta));
  context.reply.Bulk(number);
  return Ok();
}

// --- LCS ---

struct LcsOptions {
  bool length = false;
  bool matches = false;
  bool with_lengths = false;
  int64_t shortest = 0;
};

Status ParseLcsOptions(const CommandContext& context, LcsOptions* options) {
  for (size_t i = 3; i < context.size(); ++i) {
    const Bytes option = context.argument(i);
    if (IsKeyword(option, "IDX")) {
      options->matches = true;
    } else if (IsKeyword(option, "LEN")) {
      options->length = true;
    } else if (IsKeyword(option, "WITHMATCHLEN")) {
      options->with_lengths = true;
    } else if (IsKeyword(option, "MINMATCHLEN") && i + 1 < context.size()) {
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(++i), &options->shortest));
    } else {
      return SyntaxError();
    }
  }
  if (!options->length || !options->matches) return Ok();
  return Status(Code::kInvalid, "If you want both the length and indexes, please just use IDX.");
}

void ReplyWithMatches(ReplySink& reply, const CommonSubsequence& common,
                      const LcsOptions& options) {
  std::vector<CommonSubsequence::Match> matches = common.Matches();
  std::erase_if(matches, [&](const CommonSubsequence::Match& match) {
    return static_cast<int64_t>(match.length) < options.shortest;
  });
  const auto reply_with_ends = [&](size_t begin, size_t length) {
    reply.Array(2);
    reply.Integer(static_cast<int64_t>(begin));
    reply.Integer(static_cast<int64_t>(begin + length - 1));
  };
  reply.Map(2);
  reply.Bulk("matches");
  reply.Array(matches.size());
  for (const CommonSubsequence::Match& match : matches) {
    reply.Array(options.with_lengths ? 3 : 2);
    reply_with_ends(match.a, match.length);
    reply_with_ends(match.b, match.length);
    if (options.with_lengths) reply.Integer(static_cast<int64_t>(match.length));
  }
  reply.Bulk("len");
  reply.Integer(static_cast<int64_t>(common.length()));
}

Status Lcs(CommandContext& context) {
  // The keys are looked at first, so that their error comes first.
  KONTOR_ASSIGN_OR_RETURN(
      const verbs::StringPair pair,
      verbs::StringFindPair(context.operation, context.argument(1), context.argument(2)));
  LcsOptions options;
  KONTOR_RETURN_IF_ERROR(ParseLcsOptions(context, &options));
  KONTOR_RETURN_IF_ERROR(pair.CheckComparable());
  if (options.length) {
    const size_t length = CommonSubsequence::LengthOf(pair.a, pair.b);
    context.reply.Integer(static_cast<int64_t>(length));
    return Ok();
  }
  const CommonSubsequence common(pair.a, pair.b);
  if (options.matches) {
    ReplyWithMatches(context.reply, common, options);
  } else {
    context.reply.Bulk(common.text());
  }
  return Ok();
}

constexpr KeyPositions kOneKey{.first = 1, .last = 1};
constexpr KeyPositions kTwoKeys{.first = 1, .last = 2};
constexpr KeyPositions kAllArguments{.first = 1, .last = -1};
constexpr KeyPositions kEverySecond{.first = 1, .last = -1, .step = 2};

constexpr Command kCommands[] = {
    {"APPEND", 3, kGrows | kOneEffect, kOneKey, Append, "string",
     "Adds bytes at the end of a string and answers its new length.", "key value"},
    {"DECR", 2, kGrows | kOneEffect, kOneKey, Decr, "string",
     "Takes one from the integer a string holds; an absent key counts as 0.", "key"},
    {"DECRBY", 3, kGrows | kOneEffect, kOneKey, DecrBy, "string",
     "Takes a number from the integer a string holds; an absent key counts as 0.", "key decrement"},
    {"GET", 2, kReads, kOneKey, Get, "string", "Answers the string a key holds.", "key", nullptr,
     nullptr, nullptr, GetShort},
    {"GETDEL", 2, kReads | kWrites, kOneKey, GetDel, "string",
     "Answers the string a key holds and deletes the key.", "key"},
    {"GETEX", -2, kReads | kWrites, kOneKey, GetEx, "string",
     "Answers the string a key holds and changes when the key expires.",
     "key [EX seconds | PX milliseconds | EXAT unix-seconds | PXAT unix-milliseconds | PERSIST]"},
    {"GETRANGE", 4, kReads, kOneKey, GetRange, "string",
     "Answers the bytes between two places of a string, both included.", "key start end"},
    {"GETSET", 3, kReads | kGrows, kOneKey, GetSet, "string",
     "Sets a string and answers what it was before.", "key value"},
    {"INCR", 2, kGrows | kOneEffect, kOneKey, Incr, "string",
     "Adds one to the integer a string holds; an absent key counts as 0.", "key"},
    {"INCRBY", 3, kGrows | kOneEffect, kOneKey, IncrBy, "string",
     "Adds a number to the integer a string holds; an absent key counts as 0.", "key increment"},
    {"INCRBYFLOAT", 3, kGrows, kOneKey, IncrByFloat, "string",
     "Adds a number with a fraction to the number a string holds; an absent key counts as 0.",
     "key float-increment"},
    {"LCS", -3, kReads, kTwoKeys, Lcs, "string",
     "Answers a longest common subsequence of two strings, its length, or where it lies.",
     "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]"},
    {"MGET", -2, kReads, kAllArguments, MGet, "string",
     "Answers the strings of several keys, nil where there is none.", "key [key ...]"},
    {"MSET", -3, kGrows, kEverySecond, MSet, "string", "Sets several strings at once.",
     "key value [key value ...]"},
    {"MSETNX", -3, kGrows, kEverySecond, MSetNx, "string",
     "Sets several strings at once, but only if none of the keys exists.",
     "key value [key value ...]"},
    {"PSETEX", 4, kGrows | kOneEffect, kOneKey, PSetEx, "string",
     "Sets a string that expires after some milliseconds.", "key milliseconds value"},
    {"SET", -3, kReads | kGrows | kOneEffect, kOneKey, Set, "string",
     "Sets a string, on condition and with a time of expiry if asked.",
     "key value [NX|XX] [GET] [EX seconds | PX milliseconds | EXAT unix-seconds | PXAT "
     "unix-milliseconds | KEEPTTL]",
     nullptr, nullptr, nullptr, SetShort},
    {"SETEX", 4, kGrows | kOneEffect, kOneKey, SetEx, "string",
     "Sets a string that expires after some seconds.", "key seconds value"},
    {"SETNX", 3, kGrows | kOneEffect, kOneKey, SetNx, "string",
     "Sets a string if the key does not exist.", "key value"},
    {"SETRANGE", 4, kGrows | kOneEffect, kOneKey, SetRange, "string",
     "Overwrites a part of a string, zero-filling up to it, and answers the new length.",
     "key offset value"},
    {"STRLEN", 2, kReads, kOneKey, StrLen, "string", "Answers how many bytes a string has.", "key"},
    {"SUBSTR", 4, kReads, kOneKey, GetRange, "string", "An older name of GETRANGE.",
     "key start end"},
};

}  // namespace

absl::Span<const Command> StringCommands() { return kCommands; }

}  // namespace kontor
