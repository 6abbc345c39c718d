#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "command/deadline_argument.h"
#include "verbs/hashes.h"

namespace kontor {
namespace {

// Deadlines of the fields of hashes.

constexpr Bytes kBadFieldCount = "Number of fields must be a positive integer";

// What follows FIELDS, which is expected at `at`: a number, and so many fields.
Status ParseFields(const CommandContext& context, size_t at, Bytes bad_count, Arguments* fields) {
  if (at + 1 >= context.size() || !IsKeyword(context.argument(at), "FIELDS")) {
    return Status(Code::kInvalid,
                  "Mandatory argument FIELDS is missing or not at the right position");
  }
  uint64_t count = 0;
  KONTOR_RETURN_IF_ERROR(ParseCountArgument(context.argument(at + 1), 1, bad_count, &count));
  *fields = context.arguments.subspan(at + 2);
  if (count == fields->size()) return Ok();
  return Status(Code::kInvalid, "The `numfields` parameter must match the number of arguments");
}

// --- HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT, HPERSIST ---

// Where FIELDS is expected then.
size_t ParseCondition(const CommandContext& context, verbs::ExpireConditions* conditions) {
  const Bytes option = context.argument(3);
  bool* const condition = IsKeyword(option, "NX")   ? &conditions->if_none
                          : IsKeyword(option, "XX") ? &conditions->if_any
                          : IsKeyword(option, "GT") ? &conditions->if_later
                          : IsKeyword(option, "LT") ? &conditions->if_earlier
                                                    : nullptr;
  if (condition == nullptr) return 3;
  *condition = true;
  return 4;
}

template <DeadlineOption kOption>
Status HExpireGeneric(CommandContext& context) {
  const Bytes key = context.argument(1);
  KONTOR_RETURN_IF_ERROR(verbs::HashFind(context.operation, key).status());
  int64_t deadline_unix_ms = 0;
  KONTOR_RETURN_IF_ERROR(
      ParseFieldDeadline(context, {kOption, context.argument(2)}, &deadline_unix_ms));
  verbs::ExpireConditions conditions;
  const size_t at = ParseCondition(context, &conditions);
  Arguments fields;
  KONTOR_RETURN_IF_ERROR(
      ParseFields(context, at, "Parameter `numFields` should be greater than 0", &fields));
  context.reply.Array(fields.size());
  for (const Bytes field : fields) {
    KONTOR_ASSIGN_OR_RETURN(
        const verbs::FieldExpiry expiry,
        verbs::HashExpireField(context.operation, key, field, deadline_unix_ms, conditions));
    context.reply.Integer(static_cast<int64_t>(expiry));
  }
  return Ok();
}

Status HPersist(CommandContext& context) {
  const Bytes key = context.argument(1);
  KONTOR_RETURN_IF_ERROR(verbs::HashFind(context.operation, key).status());
  Arguments fields;
  KONTOR_RETURN_IF_ERROR(ParseFields(context, 2, kBadFieldCount, &fields));
  context.reply.Array(fields.size());
  for (const Bytes field : fields) {
    KONTOR_ASSIGN_OR_RETURN(const verbs::FieldPersistence persistence,
                            verbs::HashPersistField(context.operation, key, field));
    context.reply.Integer(static_cast<int64_t>(persistence));
  }
  return Ok();
}

// --- HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME ---

// -2: no such field; -1: it has no deadline; else what `tell` makes of the deadline.
template <typename Tell>
Status ReplyWithDeadlines(CommandContext& context, Tell tell) {
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash,
                          verbs::HashFind(context.operation, context.argument(1)));
  Arguments fields;
  KONTOR_RETURN_IF_ERROR(ParseFields(context, 2, kBadFieldCount, &fields));
  context.reply.Array(fields.size());
  for (const Bytes field : fields) {
    const bool exists = hash != nullptr && hash->Find(field).has_value();
    const int64_t deadline_unix_ms = exists ? hash->DeadlineOf(field) : 0;
    context.reply.Integer(!exists ? -2 : deadline_unix_ms == 0 ? -1 : tell(deadline_unix_ms));
  }
  return Ok();
}

int64_t SecondsRoundedUp(int64_t milliseconds) { return (milliseconds + 999) / 1000; }

Status HTtl(CommandContext& context) {
  return ReplyWithDeadlines(context, [&](int64_t deadline_unix_ms) {
    return SecondsRoundedUp(deadline_unix_ms - context.operation.now_unix_ms());
  });
}

Status HPTtl(CommandContext& context) {
  return ReplyWithDeadlines(context, [&](int64_t deadline_unix_ms) {
    return deadline_unix_ms - context.operation.now_unix_ms();
  });
}

Status HExpireTime(CommandContext& context) {
  return ReplyWithDeadlines(context, SecondsRoundedUp);
}

Status HPExpireTime(CommandContext& context) {
  return ReplyWithDeadlines(context, [](int64_t deadline_unix_ms) { return deadline_unix_ms; });
}

// --- HGETDEL, HGETEX, HSETEX ---

Status ReplyWithValues(CommandContext& context, Arguments fields) {
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash,
                          verbs::HashFind(context.operation, context.argument(1)));
  context.reply.Array(fields.size());
  for (const Bytes field : fields) {
    const std::optional<Element> value = hash == nullptr ? std::nullopt : hash->Find(field);
    value.has_value() ? context.reply.Bulk(value->bytes()) : context.reply.Null();
  }
  return Ok();
}

Status HGetDel(CommandContext& context) {
  const Bytes key = context.argument(1);
  KONTOR_RETURN_IF_ERROR(verbs::HashFind(context.operation, key).status());
  Arguments fields;
  KONTOR_RETURN_IF_ERROR(ParseFields(context, 2, kBadFieldCount, &fields));
  KONTOR_RETURN_IF_ERROR(ReplyWithValues(context, fields));
  return verbs::HashDelete(context.operation, key, fields).status();
}

Status ExpireFields(CommandContext& context, Arguments fields, int64_t deadline_unix_ms) {
  for (const Bytes field : fields) {
    KONTOR_RETURN_IF_ERROR(
        verbs::HashExpireField(context.operation, context.argument(1), field, deadline_unix_ms)
            .status());
  }
  return Ok();
}

Status HGetEx(CommandContext& context) {
  const Bytes key = context.argument(1);
  KONTOR_RETURN_IF_ERROR(verbs::HashFind(context.operation, key).status());
  DeadlineArgument deadline;
  size_t at = 2;
  if (IsKeyword(context.argument(at), "PERSIST")) {
    deadline.option = DeadlineOption::kPersist;
    ++at;
  } else if (TakeDeadlineOption(context, &at, &deadline)) {
    ++at;
  }
  Arguments fields;
  KONTOR_RETURN_IF_ERROR(ParseFields(context, at, kBadFieldCount, &fields));
  int64_t deadline_unix_ms = 0;
  KONTOR_RETURN_IF_ERROR(ParseFieldDeadline(context, deadline, &deadline_unix_ms));
  KONTOR_RETURN_IF_ERROR(ReplyWithValues(context, fields));
  if (deadline.names_deadline()) return ExpireFields(context, fields, deadline_unix_ms);
  if (deadline.option == DeadlineOption::kNone) return Ok();
  for (const Bytes field : fields) {
    KONTOR_RETURN_IF_ERROR(verbs::HashPersistField(context.operation, key, field).status());
  }
  return Ok();
}

struct HSetExOptions {
  enum class Condition { kNone, kAllAbsent, kAllPresent };
  Condition condition = Condition::kNone;
  DeadlineArgument deadline;
  std::vector<verbs::FieldAndValue> pairs;
};

Status ParsePairs(const CommandContext& context, size_t at, HSetExOptions* options) {
  uint64_t count = 0;
  if (at + 3 >= context.size()) return WrongNumberOfArguments(context.argument(0));
  KONTOR_RETURN_IF_ERROR(
      ParseCountArgument(context.argument(at + 1), 1, "invalid number of fields", &count));
  const Arguments rest = context.arguments.subspan(at + 2);
  if (rest.size() % 2 != 0 || count != rest.size() / 2) {
    return WrongNumberOfArguments(context.argument(0));
  }
  options->pairs.reserve(count);
  for (size_t i = 0; i < rest.size(); i += 2) options->pairs.push_back({rest[i], rest[i + 1]});
  return Ok();
}

Status ParseHSetEx(const CommandContext& context, HSetExOptions* options) {
  using Condition = HSetExOptions::Condition;
  for (size_t i = 2; i < context.size(); ++i) {
    const Bytes option = context.argument(i);
    const bool absent = IsKeyword(option, "FNX");
    if (IsKeyword(option, "FIELDS")) return ParsePairs(context, i, options);
    if (absent || IsKeyword(option, "FXX")) {
      if (options->condition != Condition::kNone) {
        return Status(Code::kInvalid, "Only one of FXX or FNX arguments can be specified");
      }
      options->condition = absent ? Condition::kAllAbsent : Condition::kAllPresent;
      continue;
    }
    DeadlineArgument deadline;
    if (IsKeyword(option, "KEEPTTL")) {
      deadline.option = DeadlineOption::kKeep;
    } else if (!TakeDeadlineOption(context, &i, &deadline)) {
      return Status(Code::kInvalid, "unknown argument: " + std::string(option.substr(0, 128)));
    }
    if (options->deadline.option != DeadlineOption::kNone) {
      return Status(Code::kInvalid,
                    "Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
    }
    options->deadline = deadline;
  }
  return Status(Code::kInvalid, "missing FIELDS argument");
}

bool Holds(HSetExOptions::Condition condition, const Hash* hash,
           const std::vector<verbs::FieldAndValue>& pairs) {
  if (condition == HSetExOptions::Condition::kNone) return true;
  for (const verbs::FieldAndValue& pair : pairs) {
    const bool present = hash != nullptr && hash->Find(pair.field).has_value();
    if (present != (condition == HSetExOptions::Condition::kAllPresent)) return false;
  }
  return true;
}

Status HSetEx(CommandContext& context) {
  const Bytes key = context.argument(1);
  HSetExOptions options;
  KONTOR_RETURN_IF_ERROR(ParseHSetEx(context, &options));
  int64_t deadline_unix_ms = 0;
  KONTOR_RETURN_IF_ERROR(ParseFieldDeadline(context, options.deadline, &deadline_unix_ms));
  KONTOR_ASSIGN_OR_RETURN(const Hash* hash, verbs::HashFind(context.operation, key));
  if (!Holds(options.condition, hash, options.pairs)) {
    context.reply.Integer(0);
    return Ok();
  }
  const auto deadlines = options.deadline.option == DeadlineOption::kKeep
                             ? verbs::FieldDeadlines::kKeep
                             : verbs::FieldDeadlines::kRemove;
  KONTOR_RETURN_IF_ERROR(verbs::HashSet(context.operation, key, options.pairs, deadlines).status());
  for (const verbs::FieldAndValue& pair : options.pairs) {
    if (!options.deadline.names_deadline()) break;
    KONTOR_RETURN_IF_ERROR(
        verbs::HashExpireField(context.operation, key, pair.field, deadline_unix_ms).status());
  }
  context.reply.Integer(1);
  return Ok();
}

constexpr KeyPositions kFirst = {.first = 1, .last = 1};

constexpr Command kFieldDeadlineCommands[] = {
    {"HEXPIRE", -6, kGrows, kFirst, HExpireGeneric<DeadlineOption::kSeconds>, "hash",
     "Lets fields expire after some seconds: 1 set, 0 the condition does not hold, 2 deleted at "
     "once, -2 there is no such field.",
     "key seconds [NX|XX|GT|LT] FIELDS numfields field [field ...]"},
    {"HEXPIREAT", -6, kGrows, kFirst, HExpireGeneric<DeadlineOption::kAtSeconds>, "hash",
     "Lets fields expire at a Unix time in seconds; HEXPIRE tells more.",
     "key unix-seconds [NX|XX|GT|LT] FIELDS numfields field [field ...]"},
    {"HEXPIRETIME", -5, kReads, kFirst, HExpireTime, "hash",
     "Answers at what Unix time, in seconds, fields expire: -1 never, -2 there is no such field.",
     "key FIELDS numfields field [field ...]"},
    {"HGETDEL", -5, kReads | kWrites, kFirst, HGetDel, "hash",
     "Answers the values of fields and removes them.", "key FIELDS numfields field [field ...]"},
    {"HGETEX", -5, kReads | kWrites, kFirst, HGetEx, "hash",
     "Answers the values of fields and changes when they expire.",
     "key [EX seconds | PX milliseconds | EXAT unix-seconds | PXAT unix-milliseconds | PERSIST] "
     "FIELDS numfields field [field ...]"},
    {"HPERSIST", -5, kWrites, kFirst, HPersist, "hash",
     "Lets fields never expire: 1 done, -1 a field had no deadline, -2 there is no such field.",
     "key FIELDS numfields field [field ...]"},
    {"HPEXPIRE", -6, kGrows, kFirst, HExpireGeneric<DeadlineOption::kMilliseconds>, "hash",
     "Lets fields expire after some milliseconds; HEXPIRE tells more.",
     "key milliseconds [NX|XX|GT|LT] FIELDS numfields field [field ...]"},
    {"HPEXPIREAT", -6, kGrows, kFirst, HExpireGeneric<DeadlineOption::kAtMilliseconds>, "hash",
     "Lets fields expire at a Unix time in milliseconds; HEXPIRE tells more.",
     "key unix-milliseconds [NX|XX|GT|LT] FIELDS numfields field [field ...]"},
    {"HPEXPIRETIME", -5, kReads, kFirst, HPExpireTime, "hash",
     "Answers at what Unix time, in milliseconds, fields expire: -1 never, -2 there is no such "
     "field.",
     "key FIELDS numfields field [field ...]"},
    {"HPTTL", -5, kReads, kFirst, HPTtl, "hash",
     "Answers in how many milliseconds fields expire: -1 never, -2 there is no such field.",
     "key FIELDS numfields field [field ...]"},
    {"HSETEX", -6, kGrows, kFirst, HSetEx, "hash",
     "Sets fields that expire, or none of them: FNX if they are all new, FXX if none is.",
     "key [FNX|FXX] [EX seconds | PX milliseconds | EXAT unix-seconds | PXAT unix-milliseconds | "
     "KEEPTTL] FIELDS numfields field value [field value ...]"},
    {"HTTL", -5, kReads, kFirst, HTtl, "hash",
     "Answers in how many seconds fields expire: -1 never, -2 there is no such field.",
     "key FIELDS numfields field [field ...]"},
};

}  // namespace

absl::Span<const Command> FieldDeadlineCommands() { return kFieldDeadlineCommands; }

}  // namespace kontor
