#ifndef KONTOR_COMMAND_SLOWNESS_H_
#define KONTOR_COMMAND_SLOWNESS_H_

#include <cstdint>

#include "command/command.h"
#include "db/clients.h"

namespace kontor {

// Tells the slow log and the latency history of a command that took so long, if that is much, the
// waiting for locks and, with durability `sync`, for the disk included. `client` is who asked for
// it; null: the host itself. What finds no memory is not told.
void NoteDuration(Engine* engine, const Command& command, Arguments arguments, int64_t duration_ns,
                  const Client* client) noexcept;

}  // namespace kontor

#endif  // KONTOR_COMMAND_SLOWNESS_H_
