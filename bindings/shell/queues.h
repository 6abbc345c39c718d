// q.add, q.take, q.ack and q.figures: work queues at the prompt.
#ifndef KONTOR_SHELL_QUEUES_H_
#define KONTOR_SHELL_QUEUES_H_

#include <optional>
#include <string>
#include <vector>

#include "database.h"
#include "reply.h"

namespace kontor::shell {

// Whether a word (in any case) is one of these commands.
bool IsQueueCommand(const std::string& word);

// Runs one; nothing if the waiter was interrupted. A queue that does not exist is made.
std::optional<Reply> RunQueueCommand(const Database& database,
                                     const std::vector<std::string>& words, kontor_waiter* waiter);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_QUEUES_H_
