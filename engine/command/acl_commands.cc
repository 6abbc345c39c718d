// ACL: there is one user, "default", who may do everything; and SHUTDOWN, which nobody may.

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/letter_case.h"
#include "command/admin_commands.h"
#include "command/arguments.h"

namespace kontor {
namespace {

// The categories of Redis that a command can be in here, by the groups of the table.
constexpr std::array<std::pair<Bytes, Bytes>, 12> kCategories = {{
    {"bitmap", "bitmap"},
    {"connection", "connection"},
    {"geo", "geo"},
    {"hash", "hash"},
    {"hyperloglog", "hyperloglog"},
    {"keyspace", "generic"},
    {"list", "list"},
    {"pubsub", "pubsub"},
    {"set", "set"},
    {"sortedset", "sorted-set"},
    {"stream", "stream"},
    {"string", "string"},
}};
// And by what they do.
constexpr std::array<std::pair<Bytes, uint32_t>, 3> kCategoriesByFlag = {{
    {"blocking", kBlocks},
    {"read", kReads},
    {"write", kWrites},
}};

Status ReplyWithCategories(CommandContext& context) {
  context.reply.Array(kCategories.size() + kCategoriesByFlag.size());
  for (const auto& [category, group] : kCategories) context.reply.Bulk(category);
  for (const auto& [category, flag] : kCategoriesByFlag) context.reply.Bulk(category);
  return Ok();
}

bool IsIn(const Command& command, Bytes category) {
  for (const auto& [name, group] : kCategories) {
    if (name == category) return command.group == group;
  }
  for (const auto& [name, flag] : kCategoriesByFlag) {
    if (name != category) continue;
    const bool only_reads = flag != kReads || (command.flags & kWrites) == 0;
    return (command.flags & flag) != 0 && only_reads;
  }
  return false;
}

Status AclCat(CommandContext& context) {
  if (context.size() == 2) return ReplyWithCategories(context);
  if (context.size() > 3) return WrongSubcommandArguments(context.arguments);
  const std::string category = ToLowerCase(context.argument(2));
  std::vector<std::string> names;
  for (const Command* command : AllCommands()) {
    if (IsIn(*command, category)) names.push_back(ToLowerCase(command->name));
  }
  if (names.empty()) {
    return Status(Code::kInvalid,
                  "Unknown category '" + std::string(context.argument(2).substr(0, 128)) + "'");
  }
  context.reply.Array(names.size());
  for (const std::string& name : names) context.reply.Bulk(name);
  return Ok();
}

Status AclUsers(CommandContext& context) {
  context.reply.Array(1);
  context.reply.Bulk("default");
  return Ok();
}

Status AclWhoAmI(CommandContext& context) {
  context.reply.Bulk("default");
  return Ok();
}

Status RefuseUsers(CommandContext& /*context*/) {
  return Status(Code::kUnsupported,
                "ACL users are not supported: there is only the user 'default', who may do "
                "everything");
}

// A library does not end its host. A session whose host lets itself be asked goes another way
// (session/session_commands.cc).
Status Shutdown(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(CheckShutdown(context.arguments));
  return Status(Code::kUnsupported,
                "SHUTDOWN is not supported: the engine is part of a process, which ends it by "
                "closing it");
}

constexpr KeyPositions kNoKeys{};
constexpr uint32_t kOwn = kNeedsSession | kNotInTransaction;

constexpr Command kCommands[] = {
    {"ACL", -2, kHasSubcommands, kNoKeys, ReplyWithHelp, "server",
     "Tells of users: there is one, who may do everything.", "subcommand [argument ...]"},
    {"ACL|CAT", -2, 0, kNoKeys, AclCat, "server",
     "Answers the categories of commands, or the commands of one.", "[category]"},
    {"ACL|DELUSER", -3, 0, kNoKeys, RefuseUsers, "server", "Refuses: there is one user.",
     "username [username ...]"},
    {"ACL|DRYRUN", -4, 0, kNoKeys, RefuseUsers, "server", "Refuses: there is one user.",
     "username command [argument ...]"},
    {"ACL|GENPASS", -2, 0, kNoKeys, RefuseUsers, "server", "Refuses: there is one user.", "[bits]"},
    {"ACL|GETUSER", 3, kOwn, kNoKeys, AnswerNeedsSession, "server",
     "Answers what a user may do: default everything, another one is not there.", "username"},
    {"ACL|HELP", 2, 0, kNoKeys, ReplyWithHelp, "server", "Tells the subcommands.", ""},
    {"ACL|LIST", 2, kOwn, kNoKeys, AnswerNeedsSession, "server",
     "Answers the rules of the user. A password is not told.", ""},
    {"ACL|LOAD", 2, 0, kNoKeys, RefuseUsers, "server", "Refuses: there is one user.", ""},
    {"ACL|LOG", -2, 0, kNoKeys, RefuseUsers, "server", "Refuses: there is one user.",
     "[count | RESET]"},
    {"ACL|SAVE", 2, 0, kNoKeys, RefuseUsers, "server", "Refuses: there is one user.", ""},
    {"ACL|SETUSER", -3, 0, kNoKeys, RefuseUsers, "server", "Refuses: there is one user.",
     "username [rule ...]"},
    {"ACL|USERS", 2, 0, kNoKeys, AclUsers, "server", "Answers the names of users: default.", ""},
    {"ACL|WHOAMI", 2, 0, kNoKeys, AclWhoAmI, "server", "Answers who this is: default.", ""},
    {"SHUTDOWN", -1, kNotInTransaction | kNotInMulti, kNoKeys, Shutdown, "server",
     "Ends a server. Refused where the engine is part of another program, which closes it.",
     "[NOSAVE|SAVE] [NOW] [FORCE] [ABORT]"},
};

}  // namespace

absl::Span<const Command> AclCommands() { return kCommands; }

// However it ends, all that was answered is on disk: there is nothing that the options change.
Status CheckShutdown(Arguments arguments) {
  bool save = false;
  bool no_save = false;
  bool abort = false;
  const Arguments options = arguments.subspan(1);
  for (const Bytes option : options) {
    const bool other = IsKeyword(option, "NOW") || IsKeyword(option, "FORCE");
    save |= IsKeyword(option, "SAVE");
    no_save |= IsKeyword(option, "NOSAVE");
    abort |= IsKeyword(option, "ABORT");
    if (!other && !IsKeyword(option, "SAVE") && !IsKeyword(option, "NOSAVE") &&
        !IsKeyword(option, "ABORT")) {
      return SyntaxError();
    }
  }
  if ((save && no_save) || (abort && options.size() > 1)) return SyntaxError();
  return abort ? Status(Code::kInvalid, "No shutdown in progress.") : Ok();
}

}  // namespace kontor
