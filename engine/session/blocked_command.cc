#include "session/blocked_command.h"

#include <algorithm>
#include <utility>

#include "command/queue_commands.h"
#include "db/engine.h"
#include "verbs/queue_messages.h"
#include "verbs/queues.h"

namespace kontor {
namespace {

// In line at keys: BLPOP and its kin.
class BlockedAtKeys final : public BlockedCommand {
 public:
  BlockedAtKeys(Engine* engine, const Command& command, Arguments arguments, uint32_t database,
                Waiter* waiter)
      : BlockedCommand(arguments), engine_(engine), command_(command), database_(database) {
    std::vector<Bytes> keys = KeysOf(command_, this->arguments());
    Core* const core = engine_->core();
    const ShardSet shards = ShardsOf(core->keyspace, keys);
    if ((command_.flags & kWaitsForFirstKey) != 0) keys.resize(1);
    operation_ = std::make_unique<BlockedOperation>(core, std::move(keys), WaitedType(command_),
                                                    shards, AccessOf(command_, this->arguments()),
                                                    database_, waiter);
  }

 private:
  Status AttemptOnce(ReplySink* reply, int64_t* timeout_ms, int64_t* due_ms) override {
    return operation_->Attempt([&](Operation& operation) {
      CommandContext context{.engine = engine_,
                             .operation = operation,
                             .arguments = arguments(),
                             .reply = *reply,
                             .selected_database = &database_,
                             .notes = &notes_};
      Status done = command_.handler(context);
      *timeout_ms = context.timeout_ms;
      *due_ms = context.retry_ms;
      return done;
    });
  }

  Engine* const engine_;
  const Command& command_;
  uint32_t database_;
  std::vector<std::string> notes_;
  std::unique_ptr<BlockedOperation> operation_;
};

// In line at a queue: Q.TAKE.
class BlockedAtQueue final : public BlockedCommand {
 public:
  BlockedAtQueue(Engine* engine, Arguments arguments, Waiter* waiter)
      : BlockedCommand(arguments), core_(engine->core()), waiter_(waiter) {}

 private:
  Status AttemptOnce(ReplySink* reply, int64_t* timeout_ms, int64_t* due_ms) override {
    if (taker_ == nullptr) {
      KONTOR_RETURN_IF_ERROR(ParseTake(core_, arguments(), &request_));
      taker_ = std::make_unique<verbs::Taker>(core_, request_.queue.get(), waiter_);
    }
    *timeout_ms = request_.timeout_ms;
    std::vector<TakenMessage> messages;
    size_t taken = 0;
    const Status status = taker_->Attempt(
        request_.count, request_.lease_ms, [&messages] { return &messages.emplace_back(); },
        &taken);
    *due_ms = taker_->due_ms();
    KONTOR_RETURN_IF_ERROR(status);
    messages.resize(taken);
    ReplyWithMessages(messages, reply);
    return Ok();
  }

  Core* const core_;
  Waiter* const waiter_;
  TakeRequest request_;
  std::unique_ptr<verbs::Taker> taker_;  // behind the queue that it leaves
};

// Waits for what becomes of a message: Q.AWAIT.
class BlockedAtMessage final : public BlockedCommand {
 public:
  BlockedAtMessage(Engine* engine, Arguments arguments, Waiter* waiter)
      : BlockedCommand(arguments), core_(engine->core()), waiter_(waiter) {}

 private:
  Status AttemptOnce(ReplySink* reply, int64_t* timeout_ms, int64_t* due_ms) override {
    if (awaiter_ == nullptr) {
      KONTOR_RETURN_IF_ERROR(ParseAwait(core_, arguments(), &request_));
      awaiter_ =
          std::make_unique<verbs::Awaiter>(core_, request_.queue.get(), request_.id, waiter_);
    }
    *timeout_ms = request_.timeout_ms;
    MessageView view;
    const Status looked = awaiter_->Attempt(request_.progress_seen, &view, due_ms);
    return ReplyWithMessage(looked, view, reply);
  }

  Core* const core_;
  Waiter* const waiter_;
  AwaitRequest request_;
  std::unique_ptr<verbs::Awaiter> awaiter_;  // behind the queue that it leaves
};

}  // namespace

std::unique_ptr<BlockedCommand> BlockedCommand::Make(Engine* engine, const Command& command,
                                                     Arguments arguments, uint32_t database,
                                                     Waiter* waiter) {
  if ((command.flags & kTakesMessages) != 0) {
    return std::make_unique<BlockedAtQueue>(engine, arguments, waiter);
  }
  if ((command.flags & kAwaitsMessage) != 0) {
    return std::make_unique<BlockedAtMessage>(engine, arguments, waiter);
  }
  return std::make_unique<BlockedAtKeys>(engine, command, arguments, database, waiter);
}

size_t BlockedCommand::memory_bytes() const {
  size_t bytes = 0;
  for (const std::string& argument : bytes_) bytes += 2 * sizeof(std::string) + argument.capacity();
  return bytes;
}

Status BlockedCommand::Attempt(ReplySink* reply) {
  int64_t timeout_ms = 0;
  int64_t due_ms = -1;
  Status status = AttemptOnce(reply, &timeout_ms, &due_ms);
  if (status.code() == Code::kAgain && !countdown_.has_value()) countdown_.emplace(timeout_ms);
  due_.reset();
  if (due_ms >= 0) due_.emplace(due_ms);
  return status;
}

int64_t BlockedCommand::RetryMs() const {
  const int64_t remaining_ms = RemainingMs();
  const int64_t due_ms = due_.has_value() ? due_->RemainingMs() : -1;
  if (due_ms < 0) return remaining_ms;
  return remaining_ms < 0 ? due_ms : std::min(remaining_ms, due_ms);
}

}  // namespace kontor
