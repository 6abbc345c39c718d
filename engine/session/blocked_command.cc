#include "session/blocked_command.h"

#include <utility>

#include "db/engine.h"

namespace kontor {

BlockedCommand::BlockedCommand(Engine* engine, const Command& command, Arguments arguments,
                               uint32_t database, Waiter* waiter)
    : engine_(engine),
      command_(command),
      bytes_(arguments.begin(), arguments.end()),
      arguments_(bytes_.begin(), bytes_.end()),
      database_(database),
      waiter_(waiter) {
  std::vector<Bytes> keys = KeysOf(command_, arguments_);
  Core* const core = engine_->core();
  const ShardSet shards = ShardsOf(core->keyspace, keys);
  if ((command_.flags & kWaitsForFirstKey) != 0) keys.resize(1);
  operation_ =
      std::make_unique<BlockedOperation>(core, std::move(keys), WaitedType(command_), shards,
                                         AccessOf(command_, arguments_), database_, waiter_);
}

Status BlockedCommand::Attempt(ReplySink* reply) {
  int64_t timeout_ms = 0;
  Status status = operation_->Attempt([&](Operation& operation) {
    CommandContext context{.engine = engine_,
                           .operation = operation,
                           .arguments = arguments_,
                           .reply = *reply,
                           .selected_database = &database_};
    Status done = command_.handler(context);
    timeout_ms = context.timeout_ms;
    return done;
  });
  if (status.code() == Code::kAgain && !countdown_.has_value()) countdown_.emplace(timeout_ms);
  return status;
}

}  // namespace kontor
