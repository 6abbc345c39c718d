#include "command_table.h"

#include <algorithm>
#include <set>
#include <utility>

namespace kontor::shell {
namespace {

constexpr const char* kShellGroup = "shell";

std::vector<CommandInfo> ShellCommands() {
  return {
      {"help", kShellGroup, "Tells what commands there are and how they are written",
       "help [command|@group]"},
      {"clear", kShellGroup, "Clears the screen", "clear"},
      {"quit", kShellGroup, "Leaves, closing the engine; so does the end of the input", "quit"},
      {"exit", kShellGroup, "The same as quit", "exit"},
  };
}

// The order of the fields in a row of the engine's table.
enum Field : size_t { kName, kArity, kGroup, kSummary, kSyntax, kFields };

CommandInfo FromRow(const std::vector<Reply>& row) {
  CommandInfo info{ToUpper(row[kName].text), row[kGroup].text, row[kSummary].text,
                   row[kSyntax].text};
  const std::string_view syntax = info.syntax;
  const bool named = ToUpper(syntax.substr(0, info.name.size())) == info.name &&
                     (syntax.size() == info.name.size() || syntax[info.name.size()] == ' ');
  if (!named) info.syntax = info.name + (syntax.empty() ? "" : " ") + info.syntax;
  return info;
}

}  // namespace

std::string ToUpper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string ToLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

CommandTable::CommandTable(const Reply& engine_table) : commands_(ShellCommands()) {
  for (const Reply& row : engine_table.items) {
    if (row.items.size() < kFields) continue;
    CommandInfo info = FromRow(row.items);
    if (Find(info.name) == nullptr) commands_.push_back(std::move(info));  // QUIT is the shell's
  }
  std::sort(commands_.begin(), commands_.end(), [](const CommandInfo& a, const CommandInfo& b) {
    return ToUpper(a.name) < ToUpper(b.name);
  });
}

const CommandInfo* CommandTable::Find(std::string_view name) const {
  const std::string wanted = ToUpper(name);
  for (const CommandInfo& info : commands_) {
    if (ToUpper(info.name) == wanted) return &info;
  }
  return nullptr;
}

std::vector<std::string> CommandTable::Groups() const {
  std::set<std::string> groups;
  for (const CommandInfo& info : commands_) groups.insert(info.group);
  return {groups.begin(), groups.end()};
}

}  // namespace kontor::shell
