#include <string>
#include <vector>

#include "base/glob.h"
#include "base/letter_case.h"
#include "command/arguments.h"
#include "command/command.h"
#include "command/command_docs.h"
#include "db/engine.h"
#include "verbs/keys.h"

namespace kontor {
namespace {

// --- COMMAND ---

std::vector<Bytes> FlagNames(const Command& command) {
  const uint32_t flags = command.flags;
  std::vector<Bytes> names;
  if ((flags & kWrites) != 0) {
    names.push_back("write");
  } else if ((flags & kReads) != 0) {
    names.push_back("readonly");
  }
  if ((flags & kNeedsMemory) != 0) names.push_back("denyoom");
  if ((flags & kBlocks) != 0) names.push_back("blocking");
  if (command.keys.count_at != 0 || command.append_keys != nullptr) names.push_back("movablekeys");
  return names;
}

// The ten elements of an entry: name, arity, flags, first key, last key, step, and categories,
// tips and key specifications, which are left empty, and subcommands.
void ReplyWithEntry(ReplySink& reply, const Command& command) {
  const std::vector<Bytes> flags = FlagNames(command);
  reply.Array(10);
  reply.Bulk(ToLowerCase(command.name));
  reply.Integer(command.arity);
  reply.Set(flags.size());
  for (const Bytes flag : flags) reply.Simple(flag);
  reply.Integer(command.keys.first);
  reply.Integer(command.keys.last);
  reply.Integer(command.keys.first == 0 ? 0 : command.keys.step);
  reply.Set(0);
  for (int i = 0; i < 2; ++i) reply.Array(0);
  const std::vector<const Command*> subcommands = SubcommandsOf(command);
  reply.Array(subcommands.size());
  for (const Command* subcommand : subcommands) ReplyWithEntry(reply, *subcommand);
}

Status ReplyWithAllEntries(CommandContext& context) {
  const std::vector<const Command*> commands = TopCommands();
  context.reply.Array(commands.size());
  for (const Command* command : commands) ReplyWithEntry(context.reply, *command);
  return Ok();
}

Status CommandInfo(CommandContext& context) {
  if (context.size() == 2) return ReplyWithAllEntries(context);
  context.reply.Array(context.size() - 2);
  for (const Bytes name : context.arguments.subspan(2)) {
    const Command* const command = FindCommand(name);
    command == nullptr ? context.reply.Null() : ReplyWithEntry(context.reply, *command);
  }
  return Ok();
}

Status CommandList(CommandContext& context) {
  std::string pattern = "*";
  if (context.size() == 5 && IsKeyword(context.argument(2), "FILTERBY") &&
      IsKeyword(context.argument(3), "PATTERN")) {
    pattern = ToLowerCase(context.argument(4));
  } else if (context.size() != 2) {
    return SyntaxError();
  }
  std::vector<std::string> names;
  for (const Command* command : AllCommands()) {
    std::string name = ToLowerCase(command->name);
    if (GlobMatch(pattern, name)) names.push_back(std::move(name));
  }
  context.reply.Array(names.size());
  for (const std::string& name : names) context.reply.Bulk(name);
  return Ok();
}

Status CommandCount(CommandContext& context) {
  context.reply.Integer(static_cast<int64_t>(TopCommands().size()));
  return Ok();
}

// The command among the arguments, and its keys.
Status CommandGetKeys(CommandContext& context) {
  const Arguments arguments = context.arguments.subspan(2);
  const Command* command = nullptr;
  if (!CheckCommand(arguments, &command).ok()) {
    const bool known = FindCommand(arguments[0]) != nullptr;
    return Status(Code::kInvalid, known ? "Invalid number of arguments specified for command"
                                        : "Invalid command specified");
  }
  if (!NamesKeys(*command)) {
    return Status(Code::kInvalid, "The command has no key arguments");
  }
  const std::vector<Bytes> keys = KeysOf(*command, arguments);
  if (keys.empty()) return Status(Code::kInvalid, "Invalid arguments specified for command");
  context.reply.Array(keys.size());
  for (const Bytes key : keys) context.reply.Bulk(key);
  return Ok();
}

// --- The data as a whole ---

Status DbSize(CommandContext& context) {
  context.reply.Integer(static_cast<int64_t>(verbs::KeyCount(context.operation)));
  return Ok();
}

// The option of a flush changes nothing here: either way the keys are gone when it returns.
Status CheckFlushOption(const CommandContext& context) {
  if (context.size() == 1) return Ok();
  const Bytes option = context.argument(1);
  const bool known = IsKeyword(option, "SYNC") || IsKeyword(option, "ASYNC");
  return context.size() == 2 && known ? Ok() : SyntaxError();
}

Status FlushDb(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(CheckFlushOption(context));
  verbs::FlushDatabase(context.operation, context.operation.database());
  context.reply.Ok();
  return Ok();
}

Status FlushAll(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(CheckFlushOption(context));
  verbs::FlushAllDatabases(context.operation);
  context.reply.Ok();
  return Ok();
}

Status SwapDb(CommandContext& context) {
  int64_t first = 0;
  int64_t second = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(1), INT32_MIN, INT32_MAX,
                                              "invalid first DB index", &first));
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(2), INT32_MIN, INT32_MAX,
                                              "invalid second DB index", &second));
  uint32_t first_database = 0;
  uint32_t second_database = 0;
  KONTOR_RETURN_IF_ERROR(verbs::CheckDatabase(first, &first_database));
  KONTOR_RETURN_IF_ERROR(verbs::CheckDatabase(second, &second_database));
  verbs::SwapDatabases(context.operation, first_database, second_database);
  context.reply.Ok();
  return Ok();
}

// --- Time and snapshots ---

Status Time(CommandContext& context) {
  constexpr int64_t kUsPerSecond = 1'000'000;
  const int64_t now_unix_us = context.engine->core()->clock->UnixUs();
  context.reply.Array(2);
  context.reply.Bulk(std::to_string(now_unix_us / kUsPerSecond));
  context.reply.Bulk(std::to_string(now_unix_us % kUsPerSecond));
  return Ok();
}

Status Save(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(context.engine->Snapshot());
  context.reply.Ok();
  return Ok();
}

// The snapshot is complete when this answers; the text is what clients of BGSAVE wait for.
Status BgSave(CommandContext& context) {
  const bool schedule = context.size() == 2 && IsKeyword(context.argument(1), "SCHEDULE");
  if (context.size() > 1 && !schedule) return SyntaxError();
  KONTOR_RETURN_IF_ERROR(context.engine->Snapshot());
  context.reply.Simple("Background saving started");
  return Ok();
}

// A journal begins anew behind each snapshot.
Status BgRewriteAof(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(context.engine->Snapshot());
  context.reply.Simple("Background append only file rewriting started");
  return Ok();
}

Status LastSave(CommandContext& context) {
  context.reply.Integer(context.engine->last_save_unix_ms() / 1000);
  return Ok();
}

constexpr KeyPositions kNoKeys{};
constexpr uint32_t kWritesAll = kWrites | kAllKeys | kNotInTransaction;

constexpr Command kCommands[] = {
    {"BGREWRITEAOF", 1, kNotInTransaction | kNotInMulti, kNoKeys, BgRewriteAof, "server",
     "Writes a snapshot, which the journal begins anew behind.", ""},
    {"BGSAVE", -1, kNotInTransaction | kNotInMulti, kNoKeys, BgSave, "server", "Writes a snapshot.",
     "[SCHEDULE]"},
    {"COMMAND", -1, kHasSubcommands, kNoKeys, ReplyWithAllEntries, "server",
     "Tells which commands there are.", "[subcommand [argument ...]]"},
    {"COMMAND|COUNT", 2, 0, kNoKeys, CommandCount, "server", "Answers how many commands there are.",
     ""},
    {"COMMAND|GETKEYS", -3, 0, kNoKeys, CommandGetKeys, "server",
     "Answers the keys among the arguments of a command.", "command [argument ...]"},
    {"COMMAND|HELP", 2, 0, kNoKeys, ReplyWithHelp, "server", "Tells the subcommands.", ""},
    {"COMMAND|INFO", -2, 0, kNoKeys, CommandInfo, "server", "Tells of some commands, or of all.",
     "[name ...]"},
    {"COMMAND|LIST", -2, 0, kNoKeys, CommandList, "server", "Answers the names of commands.",
     "[FILTERBY PATTERN pattern]"},
    {"DBSIZE", 1, kReads | kAllKeys, kNoKeys, DbSize, "server",
     "Answers how many keys the database has.", ""},
    {"FLUSHALL", -1, kWritesAll, kNoKeys, FlushAll, "server",
     "Deletes every key of every database.", "[ASYNC|SYNC]"},
    {"FLUSHDB", -1, kWritesAll, kNoKeys, FlushDb, "server", "Deletes every key of the database.",
     "[ASYNC|SYNC]"},
    {"LASTSAVE", 1, 0, kNoKeys, LastSave, "server",
     "Answers the Unix time, in seconds, of the last snapshot.", ""},
    {"SAVE", 1, kNotInTransaction | kNotInMulti, kNoKeys, Save, "server",
     "Writes a snapshot and answers when it is complete.", ""},
    {"SWAPDB", 3, kWritesAll, kNoKeys, SwapDb, "server",
     "Lets two databases change places, for everybody.", "index1 index2"},
    {"TIME", 1, 0, kNoKeys, Time, "server", "Answers the Unix time: seconds and microseconds.", ""},
};

}  // namespace

absl::Span<const Command> ServerCommands() { return kCommands; }

}  // namespace kontor
