// What the command line asks for.
#ifndef KONTOR_SHELL_SETTINGS_H_
#define KONTOR_SHELL_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kontor::shell {

enum class Action { kRun, kShowHelp, kShowVersion };

// What is to be run; with neither lines nor a command, what standard input says.
struct Script {
  std::optional<bool> raw;           // nothing: by whether standard output is a terminal
  std::vector<std::string> lines;    // of every -c
  std::vector<std::string> command;  // its words as they are
};

struct Settings : Script {
  Action action = Action::kRun;
  std::string directory;  // empty: in memory
  std::optional<uint32_t> durability;
};

// False with a message for anything that is not understood.
bool ParseSettings(int argc, char** argv, Settings* settings, std::string* message);

// --durability, alone and beside the directory (empty: none); false with a message.
bool ParseDurability(const std::string& name, std::optional<uint32_t>* durability,
                     std::string* message);
bool CheckDurability(const std::string& directory, std::optional<uint32_t> durability,
                     std::string* message);

// What --help prints.
const char* UsageText();

}  // namespace kontor::shell

#endif  // KONTOR_SHELL_SETTINGS_H_
