#ifndef KONTOR_COMMAND_COMMAND_DOCS_H_
#define KONTOR_COMMAND_COMMAND_DOCS_H_

#include <string>
#include <vector>

#include "command/command.h"

namespace kontor {

// The rows of the table without and of one command's subcommands.
std::vector<const Command*> TopCommands();
std::vector<const Command*> SubcommandsOf(const Command& command);

// What the table says of every command, as a page for people (COMMANDS.md).
std::string CommandReference();

}  // namespace kontor

#endif  // KONTOR_COMMAND_COMMAND_DOCS_H_
