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
void ReplyWithMessages(const std::vector<TakenMessage>& messages, ReplySink* reply);

// Makes a command that is flagged kQueueStep a step of the transaction. What it replies once that
// is committed is the step's outcome.
Status AddQueueStep(Core* core, const Command& command, Arguments arguments,
                    Transaction* transaction);

}  // namespace kontor

#endif  // KONTOR_COMMAND_QUEUE_COMMANDS_H_
