#include "command/command.h"
#include "command/slowness.h"
#include "db/engine.h"
#include "txn/batch.h"

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

}  // namespace

Status RunCommand(Engine* engine, uint32_t* selected_database, Arguments arguments,
                  const WaitOptions& wait, ReplySink* reply) {
  const Command* command = nullptr;
  const Status checked = CheckCommand(arguments, &command);
  if (!checked.ok()) return ReplyWithFailure(checked, reply);
  Clock* const clock = engine->core()->clock;
  const int64_t begin_ns = clock->MonotonicNs();
  const Status status = RunChecked(engine, *command, selected_database, arguments, wait, reply);
  NoteDuration(engine, *command, arguments, clock->MonotonicNs() - begin_ns, nullptr);
  return status;
}

Status RunChecked(Engine* engine, const Command& command, uint32_t* selected_database,
                  Arguments arguments, const WaitOptions& wait, ReplySink* reply) {
  std::vector<Bytes> keys = KeysOf(command, arguments);
  Status status;
  bool replied = false;
  int64_t timeout_ms = 0;
  int64_t retry_ms = -1;
  std::vector<std::string> notes;
  const auto body = [&](Operation& operation) {
    CommandContext context{engine, operation, arguments, *reply, selected_database, &notes};
    context.wait = &wait;
    Status result = command.handler(context);
    timeout_ms = context.timeout_ms;
    retry_ms = context.retry_ms;
    replied = result.ok();
    return result;
  };
  Core* const core = engine->core();
  const ShardSet shards = NeedsAllShards(command, arguments) ? core->keyspace.AllShards()
                                                             : ShardsOf(core->keyspace, keys);
  if (keys.size() > 1) BringNear(&core->keyspace, *selected_database, keys);
  if ((command.flags & kBlocks) != 0) {
    WaitOptions own = wait;
    own.timeout_ms = &timeout_ms;
    own.retry_ms = &retry_ms;
    own.type = WaitedType(command);
    if ((command.flags & kWaitsForFirstKey) != 0) keys.resize(1);
    status = ExecuteBlocking(core, keys, shards, AccessOf(command, arguments), *selected_database,
                             own, body);
  } else {
    const Access access = AccessOf(command, arguments);
    const size_t bytes = StoredBytes(arguments);
    status = access != Access::kRead && (command.flags & kAllKeys) == 0
                 ? ExecuteWhole(core, shards, access, *selected_database, body, bytes)
                 : Execute(core, shards, access, *selected_database, body, bytes);
  }
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
