// A line as typed becomes the words of a command, by the quoting rules of redis-cli.
#ifndef KONTOR_SHELL_SPLIT_ARGUMENTS_H_
#define KONTOR_SHELL_SPLIT_ARGUMENTS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kontor::shell {

// Words are separated by white space. "..." knows \n \r \t \a \b \xHH and takes any other character
// after a backslash as itself; '...' knows \' only. Quotes may begin within a word, but a closing
// quote must end it. Nothing for quotes that are not balanced or are followed by something else; no
// words for a blank line.
std::optional<std::vector<std::string>> SplitArguments(std::string_view line);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_SPLIT_ARGUMENTS_H_
