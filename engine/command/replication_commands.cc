// What a Redis with replicas, in a cluster, or with modules would do: this engine is one master
// without any of them, and says so.

#include <cstdint>

#include "command/arguments.h"
#include "command/command.h"
#include "db/engine.h"

namespace kontor {
namespace {

Status NoReplication() {
  return Status(Code::kUnsupported,
                "replication is not supported: this engine is always a master without replicas");
}

Status Role(CommandContext& context) {
  context.reply.Array(3);
  context.reply.Bulk("master");
  context.reply.Integer(0);
  context.reply.Array(0);
  return Ok();
}

// "NO ONE" is what it is already.
Status ReplicaOf(CommandContext& context) {
  if (!IsKeyword(context.argument(1), "NO") || !IsKeyword(context.argument(2), "ONE")) {
    return NoReplication();
  }
  context.reply.Ok();
  return Ok();
}

Status RefuseReplication(CommandContext& /*context*/) { return NoReplication(); }

Status RefuseCluster(CommandContext& /*context*/) {
  return Status(Code::kUnsupported, "This instance has cluster support disabled");
}

Status RefuseModules(CommandContext& /*context*/) {
  return Status(Code::kUnsupported, "modules are not supported: what there is is built in");
}

Status ModuleList(CommandContext& context) {
  context.reply.Array(0);
  return Ok();
}

Status ParseTimeoutMs(Bytes argument, int64_t* timeout_ms) {
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(
      argument, INT64_MIN, INT64_MAX, "timeout is not an integer or out of range", timeout_ms));
  return *timeout_ms >= 0 ? Ok() : Status(Code::kOutOfRange, "timeout is negative");
}

// No replica will ever have anything, so nobody waits for it.
Status Wait(CommandContext& context) {
  int64_t replicas = 0;
  int64_t timeout_ms = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(1), &replicas));
  KONTOR_RETURN_IF_ERROR(ParseTimeoutMs(context.argument(2), &timeout_ms));
  context.reply.Integer(0);
  return Ok();
}

// How many disks have everything that was written until now: this one, once it is synced, and those
// of no replica.
Status WaitAof(CommandContext& context) {
  constexpr Bytes kOutOfRange = "value is out of range, must be between 0 and 1";
  int64_t local = 0;
  int64_t replicas = 0;
  int64_t timeout_ms = 0;
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(context.argument(1), 0, 1, kOutOfRange, &local));
  KONTOR_RETURN_IF_ERROR(ParseIntegerArgument(
      context.argument(2), 0, INT64_MAX, "value is out of range, must be positive", &replicas));
  KONTOR_RETURN_IF_ERROR(ParseTimeoutMs(context.argument(3), &timeout_ms));
  if (local > 0 && !context.engine->persistent()) {
    return Status(Code::kUnsupported,
                  "WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
  }
  if (local > 0) KONTOR_RETURN_IF_ERROR(context.engine->Sync());
  context.reply.Array(2);
  context.reply.Integer(local);
  context.reply.Integer(0);
  return Ok();
}

constexpr KeyPositions kNoKeys{};

constexpr Command kCommands[] = {
    {"CLUSTER", -2, 0, kNoKeys, RefuseCluster, "cluster", "Refuses: there is no cluster.",
     "subcommand [argument ...]"},
    {"MODULE", -2, kHasSubcommands, kNoKeys, ReplyWithHelp, "server", "Tells of modules: none.",
     "subcommand [argument ...]"},
    {"MODULE|HELP", 2, 0, kNoKeys, ReplyWithHelp, "server", "Tells the subcommands.", ""},
    {"MODULE|LIST", 2, 0, kNoKeys, ModuleList, "server", "Answers that there are none.", ""},
    {"MODULE|LOAD", -3, 0, kNoKeys, RefuseModules, "server", "Refuses: there are no modules.",
     "path [arg [arg ...]]"},
    {"MODULE|LOADEX", -3, 0, kNoKeys, RefuseModules, "server", "Refuses: there are no modules.",
     "path [argument ...]"},
    {"MODULE|UNLOAD", 3, 0, kNoKeys, RefuseModules, "server", "Refuses: there are no modules.",
     "name"},
    {"PSYNC", -3, 0, kNoKeys, RefuseReplication, "server", "Refuses: there is no replication.",
     "replicationid offset"},
    {"READONLY", 1, 0, kNoKeys, RefuseCluster, "cluster", "Refuses: there is no cluster.", ""},
    {"READWRITE", 1, 0, kNoKeys, RefuseCluster, "cluster", "Refuses: there is no cluster.", ""},
    {"REPLICAOF", 3, 0, kNoKeys, ReplicaOf, "server",
     "Accepts NO ONE, and refuses to follow a master.", "NO ONE"},
    {"ROLE", 1, 0, kNoKeys, Role, "server", "Answers that this is a master without replicas.", ""},
    {"SLAVEOF", 3, 0, kNoKeys, ReplicaOf, "server",
     "Accepts NO ONE, and refuses to follow a master.", "NO ONE"},
    {"SYNC", 1, 0, kNoKeys, RefuseReplication, "server", "Refuses: there is no replication.", ""},
    {"WAIT", 3, 0, kNoKeys, Wait, "generic",
     "Answers how many replicas have what was written: none, at once.", "numreplicas timeout"},
    {"WAITAOF", 4, kNotInTransaction | kNotInMulti, kNoKeys, WaitAof, "generic",
     "Waits until what was written is on disk, and answers on how many disks: 1 here, 0 elsewhere.",
     "numlocal numreplicas timeout"},
};

}  // namespace

absl::Span<const Command> ReplicationCommands() { return kCommands; }

}  // namespace kontor
