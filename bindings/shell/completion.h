// What TAB offers: names of commands first, then the options of the command, taken from its syntax.
#ifndef KONTOR_SHELL_COMPLETION_H_
#define KONTOR_SHELL_COMPLETION_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "command_table.h"

namespace kontor::shell {

struct Completion {
  size_t word_length = 0;            // how many bytes before the cursor they replace
  std::vector<std::string> choices;  // sorted, without duplicates, in the case the user types
  std::string common;                // the longest beginning that all of them share
};

Completion Complete(std::string_view before_cursor, const CommandTable& table);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_COMPLETION_H_
