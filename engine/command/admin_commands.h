#ifndef KONTOR_COMMAND_ADMIN_COMMANDS_H_
#define KONTOR_COMMAND_ADMIN_COMMANDS_H_

#include "absl/types/span.h"
#include "command/command.h"

namespace kontor {

// What an administrator asks of a server, as far as an engine in somebody's process can do it.
absl::Span<const Command> AclCommands();
absl::Span<const Command> DebugCommands();

// Whether a SHUTDOWN with these arguments asks for the end; if not, what it is to be answered.
Status CheckShutdown(Arguments arguments);

}  // namespace kontor

#endif  // KONTOR_COMMAND_ADMIN_COMMANDS_H_
