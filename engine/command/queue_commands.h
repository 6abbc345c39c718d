#ifndef KONTOR_COMMAND_QUEUE_COMMANDS_H_
#define KONTOR_COMMAND_QUEUE_COMMANDS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "broker/message.h"
#include "broker/work_queue.h"
#include "command/command.h"
#include "txn/transaction.h"

namespace kontor {

// What a Q.TAKE asks for.
struct TakeRequest {
  std::shared_ptr<WorkQueue> queue;
  size_t count = 1;
  int64_t lease_ms = 0;    // 0: the queue's
  int64_t timeout_ms = 0;  // < 0: for ever
};
// Of checked arguments; makes the queue if there is none.
Status ParseTake(Core* core, Arguments arguments, TakeRequest* request);
// What a Q.AWAIT asks for.
struct AwaitRequest {
  std::shared_ptr<WorkQueue> queue;
  uint64_t id = 0;
  int64_t progress_seen = -1;  // < 0: whatever its progress
  int64_t timeout_ms = 0;      // < 0: for ever
};
// Of checked arguments.
Status ParseAwait(Core* core, Arguments arguments, AwaitRequest* request);
// What was found, or nil where `looked` says that there is none.
Status ReplyWithMessage(const Status& looked, const MessageView& view, ReplySink* reply);
void ReplyWithMessages(const std::vector<TakenMessage>& messages, ReplySink* reply);

// Makes a command that is flagged kQueueStep steps of the transaction. What it replies once that is
// committed is their outcome.
Status AddQueueSteps(Core* core, const Command& command, Arguments arguments,
                     Transaction* transaction);
// How many those are.
size_t QueueSteps(const Command& command, Arguments arguments);

}  // namespace kontor

#endif  // KONTOR_COMMAND_QUEUE_COMMANDS_H_
