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
constexpr uint32_t kOwn = kNeedsSession | kNotInTransaction;
constexpr uint32_t kAtOnce = kOwn | kWithoutAuth | kControlsMulti | kWhileSubscribed;

constexpr Command kCommands[] = {
    {"AUTH", -2, kOwn | kWithoutAuth, kNoKeys, AnswerNeedsSession, "connection",
     "Says the password, where one is asked for.", "[username] password"},
    {"CLIENT", -2, kHasSubcommands, kNoKeys, ReplyWithHelp, "connection",
     "Tells of the clients, names this one, and ends or unblocks others.",
     "subcommand [argument ...]"},
    {"CLIENT|CACHING", 3, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Says whether the reads of the next command are tracked.", "YES|NO"},
    {"CLIENT|GETNAME", 2, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Answers the name of this client.", ""},
    {"CLIENT|GETREDIR", 2, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Answers who is told what this client has tracked: 0 itself, -1 nothing is tracked.", ""},
    {"CLIENT|HELP", 2, 0, kNoKeys, ReplyWithHelp, "connection", "Tells the subcommands.", ""},
    {"CLIENT|ID", 2, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Answers the number of this client.", ""},
    {"CLIENT|INFO", 2, kOwn, kNoKeys, AnswerNeedsSession, "connection", "Tells of this client.",
     ""},
    {"CLIENT|KILL", -3, kOwn, kNoKeys, AnswerNeedsSession, "connection", "Ends clients.",
     "<address | <ID id | TYPE NORMAL|PUBSUB | ADDR address | LADDR address | USER name | SKIPME "
     "yes|no> ...>"},
    {"CLIENT|LIST", -2, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Tells of all clients, one a line.", "[TYPE NORMAL|PUBSUB | ID id [id ...]]"},
    {"CLIENT|NO-EVICT", 3, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Accepts it; whoever ends clients for want of memory does not ask.", "ON|OFF"},
    {"CLIENT|NO-TOUCH", 3, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Accepts it; what this client reads counts as used all the same.", "ON|OFF"},
    {"CLIENT|PAUSE", -3, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Lets the commands of all sessions wait, or those that change something.",
     "timeout [WRITE|ALL]"},
    {"CLIENT|REPLY", 3, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Says whether commands are replied to.", "ON|OFF|SKIP"},
    {"CLIENT|SETINFO", 4, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Says what library this client uses.", "LIB-NAME|LIB-VER value"},
    {"CLIENT|SETNAME", 3, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Gives this client a name.", "name"},
    {"CLIENT|TRACKING", -3, kOwn | kNotInMulti, kNoKeys, AnswerNeedsSession, "connection",
     "Tells this client when keys change that it has read, or that begin with a prefix.",
     "ON|OFF [REDIRECT id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]"},
    {"CLIENT|TRACKINGINFO", 2, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Answers what CLIENT TRACKING was told.", ""},
    {"CLIENT|UNBLOCK", -3, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Ends the wait of a blocked client.", "id [TIMEOUT|ERROR]"},
    {"CLIENT|UNPAUSE", 2, kOwn, kNoKeys, AnswerNeedsSession, "connection",
     "Lets the commands go on that CLIENT PAUSE holds.", ""},
    {"ECHO", 2, 0, kNoKeys, Echo, "connection", "Answers its argument.", "message"},
    {"HELLO", -1, kOwn | kWithoutAuth, kNoKeys, AnswerNeedsSession, "connection",
     "Chooses the protocol, 2 or 3, and answers what the server is.",
     "[protocol [AUTH username password] [SETNAME name]]"},
    {"PING", -1, kWhileSubscribed, kNoKeys, Ping, "connection",
     "Answers PONG, or its argument: a sign of life.", "[message]"},
    {"QUIT", -1, kAtOnce, kNoKeys, AnswerNeedsSession, "connection", "Ends the session.", ""},
    {"RESET", 1, kAtOnce, kNoKeys, AnswerNeedsSession, "connection",
     "Makes the session what it was at its beginning.", ""},
    {"SELECT", 2, kNotInTransaction, kNoKeys, Select, "connection",
     "Chooses the logical database, 0 to 15, for the commands that follow.", "index"},
};

constexpr Command kTransactionCommands[] = {
    {"DISCARD", 1, kOwn | kControlsMulti, kNoKeys, AnswerNeedsSession, "transactions",
     "Forgets the commands since MULTI, and what is watched.", ""},
    {"EXEC", 1, kOwn | kControlsMulti, kNoKeys, AnswerNeedsSession, "transactions",
     "Runs the commands since MULTI, all at once.", ""},
    {"MULTI", 1, kOwn | kControlsMulti, kNoKeys, AnswerNeedsSession, "transactions",
     "Lets the commands that follow wait for EXEC.", ""},
    {"UNWATCH", 1, kOwn, kNoKeys, AnswerNeedsSession, "transactions", "Watches nothing any more.",
     ""},
    {"WATCH",
     -2,
     kOwn | kControlsMulti | kReads,
     {.first = 1, .last = -1},
     AnswerNeedsSession,
     "transactions",
     "Lets the next EXEC do nothing if one of the keys changes until then.",
     "key [key ...]"},
};

}  // namespace

absl::Span<const Command> ConnectionCommands() { return kCommands; }
absl::Span<const Command> TransactionCommands() { return kTransactionCommands; }

}  // namespace kontor
