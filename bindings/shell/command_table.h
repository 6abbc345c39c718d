// What the engine says about its commands, plus the commands of the shell itself: the source of
// help and completion.
#ifndef KONTOR_SHELL_COMMAND_TABLE_H_
#define KONTOR_SHELL_COMMAND_TABLE_H_

#include <string>
#include <string_view>
#include <vector>

#include "reply.h"

namespace kontor::shell {

struct CommandInfo {
  std::string name;  // in capitals, but for commands of the shell
  std::string group;
  std::string summary;
  std::string syntax;  // begins with the name
};

class CommandTable {
 public:
  // From the reply of kontor_command_table; entries that are not as documented are left out. The
  // shell's own commands on queues are there where it has the engine in its own process.
  explicit CommandTable(const Reply& engine_table);

  // By name; commands of the shell and of the engine together.
  const std::vector<CommandInfo>& commands() const { return commands_; }
  // In any case; NULL if there is no such command.
  const CommandInfo* Find(std::string_view name) const;
  // The names of all groups, sorted.
  std::vector<std::string> Groups() const;

 private:
  std::vector<CommandInfo> commands_;
};

// Text compared and changed as ASCII, whatever the locale.
std::string ToUpper(std::string_view text);
std::string ToLower(std::string_view text);

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_COMMAND_TABLE_H_
