#include <optional>
#include <string>
#include <vector>

#include "command/arguments.h"
#include "command/command.h"
#include "db/engine.h"
#include "verbs/expiry.h"
#include "verbs/keys.h"

namespace kontor {
namespace {

// --- Existence ---

// Counts the keys for which `verb` answers true.
template <typename Verb>
Status CountKeys(CommandContext& context, Verb verb) {
  int64_t count = 0;
  for (const Bytes key : context.arguments.subspan(1)) {
    if (verb(context.operation, key)) ++count;
  }
  context.reply.Integer(count);
  return Ok();
}

Status Del(CommandContext& context) { return CountKeys(context, verbs::KeyDelete); }
Status Exists(CommandContext& context) { return CountKeys(context, verbs::KeyExists); }

Status Type(CommandContext& context) {
  const std::optional<ValueType> type = verbs::KeyType(context.operation, context.argument(1));
  context.reply.Simple(type ? TypeName(*type) : "none");
  return Ok();
}

// --- Deadlines ---

Status ParseExpireConditions(const CommandContext& context, verbs::ExpireConditions* conditions) {
  for (size_t i = 3; i < context.size(); ++i) {
    const Bytes option = context.argument(i);
    bool* const condition = IsKeyword(option, "NX")   ? &conditions->if_none
                            : IsKeyword(option, "XX") ? &conditions->if_any
                            : IsKeyword(option, "GT") ? &conditions->if_later
                            : IsKeyword(option, "LT") ? &conditions->if_earlier
                                                      : nullptr;
    if (condition == nullptr) {
      return Status(Code::kInvalid,
                    "Unsupported option " + std::string(option.substr(0, option.find('\0'))));
    }
    *condition = true;
  }
  return verbs::CheckExpireConditions(*conditions);
}

Status ExpireSince(CommandContext& context, int64_t since_unix_ms, verbs::TimeUnit unit) {
  verbs::ExpireConditions conditions;
  KONTOR_RETURN_IF_ERROR(ParseExpireConditions(context, &conditions));
  int64_t amount = 0;
  int64_t deadline_unix_ms = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), &amount));
  if (!verbs::DeadlineAfter(since_unix_ms, amount, unit, &deadline_unix_ms)) {
    return InvalidExpireTime(context.argument(0));
  }
  const bool changed =
      verbs::KeyExpire(context.operation, context.argument(1), deadline_unix_ms, conditions);
  context.reply.Integer(changed ? 1 : 0);
  return Ok();
}

Status Expire(CommandContext& context) {
  return ExpireSince(context, context.operation.now_unix_ms(), verbs::TimeUnit::kSeconds);
}

Status PExpire(CommandContext& context) {
  return ExpireSince(context, context.operation.now_unix_ms(), verbs::TimeUnit::kMilliseconds);
}

Status ExpireAt(CommandContext& context) {
  return ExpireSince(context, 0, verbs::TimeUnit::kSeconds);
}

Status PExpireAt(CommandContext& context) {
  return ExpireSince(context, 0, verbs::TimeUnit::kMilliseconds);
}

Status Persist(CommandContext& context) {
  context.reply.Integer(verbs::KeyPersist(context.operation, context.argument(1)) ? 1 : 0);
  return Ok();
}

// -2: no such key; -1: no deadline; else what `select` makes of the lifetime, in whole units,
// rounded.
Status ReplyWithLifetime(CommandContext& context, int64_t verbs::KeyLifetime::*select,
                         verbs::TimeUnit unit) {
  const verbs::KeyLifetime lifetime = verbs::KeyLifetimeOf(context.operation, context.argument(1));
  const int64_t milliseconds = lifetime.*select;
  if (!lifetime.exists) {
    context.reply.Integer(-2);
  } else if (lifetime.deadline_unix_ms == 0) {
    context.reply.Integer(-1);
  } else if (unit == verbs::TimeUnit::kMilliseconds) {
    context.reply.Integer(milliseconds);
  } else {
    context.reply.Integer(milliseconds / 1000 + (milliseconds % 1000 >= 500 ? 1 : 0));
  }
  return Ok();
}

Status Ttl(CommandContext& context) {
  return ReplyWithLifetime(context, &verbs::KeyLifetime::remaining_ms, verbs::TimeUnit::kSeconds);
}

Status PTtl(CommandContext& context) {
  return ReplyWithLifetime(context, &verbs::KeyLifetime::remaining_ms,
                           verbs::TimeUnit::kMilliseconds);
}

Status ExpireTime(CommandContext& context) {
  return ReplyWithLifetime(context, &verbs::KeyLifetime::deadline_unix_ms,
                           verbs::TimeUnit::kSeconds);
}

Status PExpireTime(CommandContext& context) {
  return ReplyWithLifetime(context, &verbs::KeyLifetime::deadline_unix_ms,
                           verbs::TimeUnit::kMilliseconds);
}

// --- Names and places ---

Status Rename(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(
      verbs::KeyRename(context.operation, context.argument(1), context.argument(2), false)
          .status());
  context.reply.Ok();
  return Ok();
}

Status RenameNx(CommandContext& context) {
  KONTOR_ASSIGN_OR_RETURN(
      const bool renamed,
      verbs::KeyRename(context.operation, context.argument(1), context.argument(2), true));
  context.reply.Integer(renamed ? 1 : 0);
  return Ok();
}

Status Copy(CommandContext& context) {
  uint32_t database = context.operation.database();
  bool replace = false;
  for (size_t i = 3; i < context.size(); ++i) {
    if (IsKeyword(context.argument(i), "REPLACE")) {
      replace = true;
    } else if (IsKeyword(context.argument(i), "DB") && i + 1 < context.size()) {
      KONTOR_RETURN_IF_ERROR(ParseDatabaseArgument(context.argument(++i), &database));
    } else {
      return SyntaxError();
    }
  }
  KONTOR_ASSIGN_OR_RETURN(const bool copied,
                          verbs::KeyCopy(context.operation, context.argument(1), database,
                                         context.argument(2), replace));
  context.reply.Integer(copied ? 1 : 0);
  return Ok();
}

Status Move(CommandContext& context) {
  uint32_t database = 0;
  KONTOR_RETURN_IF_ERROR(ParseDatabaseArgument(context.argument(2), &database));
  KONTOR_ASSIGN_OR_RETURN(const bool moved,
                          verbs::KeyMove(context.operation, context.argument(1), database));
  context.reply.Integer(moved ? 1 : 0);
  return Ok();
}

// --- The whole database ---

void ReplyWithKeys(ReplySink& reply, const std::vector<std::string>& keys) {
  reply.Array(keys.size());
  for (const std::string& key : keys) reply.Bulk(key);
}

Status Keys(CommandContext& context) {
  ReplyWithKeys(context.reply, verbs::KeysMatching(context.operation, context.argument(1)));
  return Ok();
}

Status ParseScanOptions(const CommandContext& context, verbs::KeyScanOptions* options) {
  for (size_t i = 2; i < context.size(); i += 2) {
    if (i + 1 >= context.size()) return SyntaxError();
    const Bytes option = context.argument(i);
    const Bytes value = context.argument(i + 1);
    if (IsKeyword(option, "COUNT")) {
      int64_t count = 0;
      KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(value, &count));
      if (count < 1) return SyntaxError();
      options->count = static_cast<uint64_t>(count);
    } else if (IsKeyword(option, "MATCH")) {
      options->pattern = value;
    } else if (IsKeyword(option, "TYPE")) {
      options->type_name = value;
    } else {
      return SyntaxError();
    }
  }
  return Ok();
}

Status Scan(CommandContext& context) {
  uint64_t cursor = 0;
  verbs::KeyScanOptions options;
  KONTOR_RETURN_IF_ERROR(ParseCursorArgument(context.argument(1), &cursor));
  KONTOR_RETURN_IF_ERROR(ParseScanOptions(context, &options));
  const verbs::KeyScanResult result = verbs::KeyScan(context.operation, cursor, options);
  context.reply.Array(2);
  context.reply.Bulk(std::to_string(result.cursor));
  ReplyWithKeys(context.reply, result.keys);
  return Ok();
}

Status RandomKey(CommandContext& context) {
  Random random(context.engine->NextRandom());
  const std::optional<std::string> key = verbs::RandomKey(context.operation, &random);
  key ? context.reply.Bulk(*key) : context.reply.Null();
  return Ok();
}

constexpr KeyPositions kNoKeys{};
constexpr KeyPositions kOneKey{.first = 1, .last = 1};
constexpr KeyPositions kTwoKeys{.first = 1, .last = 2};
constexpr KeyPositions kAllArguments{.first = 1, .last = -1};

constexpr Command kCommands[] = {
    {"COPY", -3, kReads | kGrows, kTwoKeys, Copy, "generic",
     "Copies a key, with its time of expiry, to another name or database.",
     "source destination [DB database] [REPLACE]"},
    {"DEL", -2, kWrites, kAllArguments, Del, "generic",
     "Deletes keys and answers how many there were.", "key [key ...]"},
    {"EXISTS", -2, kReads, kAllArguments, Exists, "generic",
     "Answers how many of the keys exist; one named twice counts twice.", "key [key ...]"},
    {"EXPIRE", -3, kWrites | kOneEffect, kOneKey, Expire, "generic",
     "Lets a key expire after some seconds.", "key seconds [NX|XX] [GT|LT]"},
    {"EXPIREAT", -3, kWrites | kOneEffect, kOneKey, ExpireAt, "generic",
     "Lets a key expire at a Unix time in seconds.", "key unix-seconds [NX|XX] [GT|LT]"},
    {"EXPIRETIME", 2, kReads, kOneKey, ExpireTime, "generic",
     "Answers at what Unix time, in seconds, a key expires: -1 never, -2 there is no such key.",
     "key"},
    {"KEYS", 2, kReads | kAllKeys, kNoKeys, Keys, "generic",
     "Answers every key whose name matches a glob.", "pattern"},
    {"MOVE", 3, kWrites, kOneKey, Move, "generic",
     "Moves a key into another database, unless it exists there.", "key database"},
    {"PERSIST", 2, kWrites | kOneEffect, kOneKey, Persist, "generic", "Lets a key never expire.",
     "key"},
    {"PEXPIRE", -3, kWrites | kOneEffect, kOneKey, PExpire, "generic",
     "Lets a key expire after some milliseconds.", "key milliseconds [NX|XX] [GT|LT]"},
    {"PEXPIREAT", -3, kWrites | kOneEffect, kOneKey, PExpireAt, "generic",
     "Lets a key expire at a Unix time in milliseconds.", "key unix-milliseconds [NX|XX] [GT|LT]"},
    {"PEXPIRETIME", 2, kReads, kOneKey, PExpireTime, "generic",
     "Answers at what Unix time, in milliseconds, a key expires: -1 never, -2 there is no such "
     "key.",
     "key"},
    {"PTTL", 2, kReads, kOneKey, PTtl, "generic",
     "Answers in how many milliseconds a key expires: -1 never, -2 there is no such key.", "key"},
    {"RANDOMKEY", 1, kReads | kAllKeys, kNoKeys, RandomKey, "generic",
     "Answers any key of the database.", ""},
    {"RENAME", 3, kWrites, kTwoKeys, Rename, "generic",
     "Gives a key another name, replacing what has it.", "key new-key"},
    {"RENAMENX", 3, kWrites, kTwoKeys, RenameNx, "generic",
     "Gives a key another name, unless that is taken.", "key new-key"},
    {"SCAN", -2, kReads | kAllKeys, kNoKeys, Scan, "generic",
     "Walks over the keys of the database, one step per call.",
     "cursor [MATCH pattern] [COUNT count] [TYPE type]"},
    {"TOUCH", -2, kReads, kAllArguments, Exists, "generic",
     "Marks keys as used and answers how many exist.", "key [key ...]"},
    {"TTL", 2, kReads, kOneKey, Ttl, "generic",
     "Answers in how many seconds a key expires: -1 never, -2 there is no such key.", "key"},
    {"TYPE", 2, kReads, kOneKey, Type, "generic",
     "Answers what type of value a key holds, or none.", "key"},
    {"UNLINK", -2, kWrites, kAllArguments, Del, "generic", "Another name of DEL.", "key [key ...]"},
};

}  // namespace

absl::Span<const Command> KeyCommands() { return kCommands; }

}  // namespace kontor
