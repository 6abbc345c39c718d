#include "command/arguments.h"
#include "command/command.h"

namespace kontor {
namespace {

Status Ping(CommandContext& context) {
  if (context.size() > 2) return WrongNumberOfArguments(context.argument(0));
  context.size() == 2 ? context.reply.Bulk(context.argument(1)) : context.reply.Simple("PONG");
  return Ok();
}

Status Echo(CommandContext& context) {
  context.reply.Bulk(context.argument(1));
  return Ok();
}

Status Select(CommandContext& context) {
  KONTOR_RETURN_IF_ERROR(ParseDatabaseArgument(context.argument(1), context.selected_database));
  context.reply.Ok();
  return Ok();
}

constexpr KeyPositions kNoKeys{};

constexpr Command kCommands[] = {
    {"ECHO", 2, 0, kNoKeys, Echo, "connection", "Answers its argument.", "message"},
    {"PING", -1, 0, kNoKeys, Ping, "connection", "Answers PONG, or its argument: a sign of life.",
     "[message]"},
    {"QUIT", -1, kNeedsSession | kNotInTransaction, kNoKeys, AnswerNeedsSession, "connection",
     "Ends the session.", ""},
    {"SELECT", 2, kNotInTransaction, kNoKeys, Select, "connection",
     "Chooses the logical database, 0 to 15, for the commands that follow.", "index"},
};

}  // namespace

absl::Span<const Command> ConnectionCommands() { return kCommands; }

}  // namespace kontor
