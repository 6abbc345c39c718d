// The text of `help`, `help SET` and `help @string`.
#ifndef KONTOR_SHELL_HELP_H_
#define KONTOR_SHELL_HELP_H_

#include <string>
#include <string_view>

#include "command_table.h"

namespace kontor::shell {

// `topic` is empty, a command in any case, or a group with an @ before it. Ends with a newline. For
// a topic that does not exist the text says so and what there is.
std::string HelpText(const CommandTable& table, std::string_view topic);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_HELP_H_
