#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "command/command.h"
#include "command/slowness.h"
#include "db/engine.h"
#include "txn/batch.h"
#include "txn/slowness_watch.h"
#include "txn/undo_log.h"

namespace kontor {
namespace {

// Replies with a failure of a command that did not reply itself, if that can be said in a reply.
Status ReplyWithFailure(const Status& status, ReplySink* reply) {
  switch (status.code()) {
    case Code::kInterrupted:
    case Code::kClosed:
      return status;
    case Code::kTimeout:
      reply->NullArray();
      return Ok();
    default:
      reply->Error(ErrorText(status));
      return Ok();
  }
}

// The key of a call that has one, where positions tell it. Null if that is not so.
const Bytes* OnlyKeyOf(const Command& command, Arguments arguments) {
  const KeyPositions& keys = command.keys;
  const bool one = keys.first > 0 && keys.last == keys.first && keys.count_at == 0 &&
                   command.append_keys == nullptr && command.reads_any_key == nullptr &&
                   (command.flags & (kAllKeys | kBlocks)) == 0;
  return one ? &arguments[static_cast<size_t>(keys.first)] : nullptr;
}

// Whether a call has just the arguments it must have.
bool IsShortest(const Command& command, Arguments arguments) {
  return arguments.size() == static_cast<size_t>(std::abs(command.arity));
}

Status RunOnKey(Core* core, const Command& command, Bytes key, uint32_t database,
                Arguments arguments, OperationBody body, ReplySink* reply) {
  std::optional<SlownessWatch> watch(core);
  const auto watched = [&](Operation& operation) {
    Status done = body(operation);
    watch.reset();  // what comes now is the disk
    return done;
  };
  const Access access = AccessOf(command, arguments);
  const bool at_once =
      access == Access::kRead || ((command.flags & kOneEffect) != 0 &&
                                  IsShortest(command, arguments) && reply->ReserveShort());
  const size_t bytes = StoredBytes(arguments);
  if (at_once) return ExecuteOnKey(core, key, access, database, watched, bytes);
  UndoLog undo(&core->keyspace);
  return ExecuteOnKey(core, key, access, database, watched, bytes, &undo);
}

// `body` tells in these what the command says of its wait, if it blocks.
struct CommandWait {
  int64_t timeout_ms = 0;
  int64_t retry_ms = -1;
};

Status RunOnKeys(Core* core, const Command& command, uint32_t database, Arguments arguments,
                 const WaitOptions& wait, const CommandWait& command_wait, OperationBody body) {
  std::vector<Bytes> keys = KeysOf(command, arguments);
  const ShardSet shards = NeedsAllShards(command, arguments) ? core->keyspace.AllShards()
                                                             : ShardsOf(core->keyspace, keys);
  if (keys.size() > 1) BringNear(&core->keyspace, database, keys);
  const Access access = AccessOf(command, arguments);
  if ((command.flags & kBlocks) != 0) {
    WaitOptions own = wait;
    own.timeout_ms = &command_wait.timeout_ms;
    own.retry_ms = &command_wait.retry_ms;
    own.type = WaitedType(command);
    if ((command.flags & kWaitsForFirstKey) != 0) keys.resize(1);
    return ExecuteBlocking(core, keys, shards, access, database, own, body);
  }
  const size_t bytes = StoredBytes(arguments);
  return access != Access::kRead && (command.flags & kAllKeys) == 0
             ? ExecuteWhole(core, shards, access, database, body, bytes)
             : Execute(core, shards, access, database, body, bytes);
}

}  // namespace

Status RunCommand(Engine* engine, uint32_t* selected_database, Arguments arguments,
                  const WaitOptions& wait, ReplySink* reply) {
  const Command* command = nullptr;
  const Status checked = CheckCommand(arguments, &command);
  if (!checked.ok()) return ReplyWithFailure(checked, reply);
  Clock* const clock = engine->core()->clock;
  const int64_t begin_ns = clock->MonotonicNs();
  Status status = RunChecked(engine, *command, selected_database, arguments, wait, reply);
  NoteDuration(engine, *command, arguments, clock->MonotonicNs() - begin_ns, nullptr);
  return status;
}

Status RunChecked(Engine* engine, const Command& command, uint32_t* selected_database,
                  Arguments arguments, const WaitOptions& wait, ReplySink* reply) {
  if (command.short_way != nullptr && IsShortest(command, arguments)) {
    Status status = command.short_way(engine->core(), *selected_database, arguments, reply);
    if (status.code() != Code::kAgain) return status;
  }
  bool replied = false;
  CommandWait command_wait;
  std::vector<std::string> notes;
  const auto body = [&](Operation& operation) {
    CommandContext context{engine, operation, arguments, *reply, selected_database, &notes};
    context.wait = &wait;
    Status result = command.handler(context);
    command_wait = {context.timeout_ms, context.retry_ms};
    replied = result.ok();
    return result;
  };
  Core* const core = engine->core();
  const Bytes* const key = OnlyKeyOf(command, arguments);
  const uint32_t database = *selected_database;
  Status status = key != nullptr
                      ? RunOnKey(core, command, *key, database, arguments, body, reply)
                      : RunOnKeys(core, command, database, arguments, wait, command_wait, body);
  // A reply is given: what failed after it is the promise of durability.
  if (status.ok() || replied) return status;
  return ReplyWithFailure(status, reply);
}

Status RunInTransaction(Engine* engine, const Command& command, Operation& operation,
                        Arguments arguments, uint32_t* selected_database, ReplySink* reply) {
  std::vector<std::string> notes;
  CommandContext context{engine, operation, arguments, *reply, selected_database, &notes};
  Status status = command.handler(context);
  if (status.code() != Code::kAgain) return status;
  // As Redis does: what would have been one element is no array.
  (command.flags & kWaitsForFirstKey) != 0 ? reply->Null() : reply->NullArray();
  return Ok();
}

}  // namespace kontor
