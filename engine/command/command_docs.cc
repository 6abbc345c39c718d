#include "command/command_docs.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "base/check.h"
#include "base/letter_case.h"
#include "command/arguments.h"
#include "command/syntax.h"

namespace kontor {
namespace {

bool IsSubcommand(const Command& command) { return command.name.find('|') != Bytes::npos; }

// --- COMMAND DOCS ---

void ReplyWithArguments(ReplySink& reply, const std::vector<SyntaxArgument>& arguments) {
  using Type = SyntaxArgument::Type;
  const auto tell = [&reply](Bytes name, Bytes value) {
    reply.Bulk(name);
    reply.Bulk(value);
  };
  reply.Array(arguments.size());
  for (const SyntaxArgument& argument : arguments) {
    const bool nested = argument.type == Type::kOneOf || argument.type == Type::kBlock;
    std::vector<Bytes> flags;
    if (argument.optional) flags.push_back("optional");
    if (argument.multiple) flags.push_back("multiple");
    if (argument.multiple_token) flags.push_back("multiple_token");
    reply.Map(3 + (argument.token.empty() ? 0 : 1) + (flags.empty() ? 0 : 1));
    tell("name", argument.name);
    tell("type", TypeNameOf(argument.type));
    if (!nested) tell("display_text", argument.name);
    if (!argument.token.empty()) tell("token", argument.token);
    if (!flags.empty()) {
      reply.Bulk("flags");
      reply.Set(flags.size());
      for (const Bytes flag : flags) reply.Simple(flag);
    }
    if (nested) {
      reply.Bulk("arguments");
      ReplyWithArguments(reply, argument.arguments);
    }
  }
}

void ReplyWithDocs(ReplySink& reply, const Command& command) {
  const auto arguments = ParseSyntax(command.syntax);
  KONTOR_CHECK(arguments.ok());  // a test parses every one
  const std::vector<const Command*> subcommands = SubcommandsOf(command);
  reply.Map(2 + (arguments->empty() ? 0 : 1) + (subcommands.empty() ? 0 : 1));
  reply.Bulk("summary");
  reply.Bulk(command.summary);
  reply.Bulk("group");
  reply.Bulk(command.group);
  if (!arguments->empty()) {
    reply.Bulk("arguments");
    ReplyWithArguments(reply, *arguments);
  }
  if (subcommands.empty()) return;
  reply.Bulk("subcommands");
  reply.Map(subcommands.size());
  for (const Command* subcommand : subcommands) {
    reply.Bulk(ToLowerCase(subcommand->name));
    ReplyWithDocs(reply, *subcommand);
  }
}

Status CommandDocs(CommandContext& context) {
  std::vector<const Command*> wanted;
  for (const Bytes name : context.arguments.subspan(2)) {
    if (const Command* const command = FindCommand(name)) wanted.push_back(command);
  }
  if (context.size() == 2) wanted = TopCommands();
  context.reply.Map(wanted.size());
  for (const Command* command : wanted) {
    context.reply.Bulk(ToLowerCase(command->name));
    ReplyWithDocs(context.reply, *command);
  }
  return Ok();
}

constexpr Command kCommands[] = {
    {"COMMAND|DOCS", -2, 0, KeyPositions{}, CommandDocs, "server",
     "Tells what some commands do, or all, and which arguments they take.", "[name ...]"},
};

// --- The page ---

std::string Spaced(Bytes name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '|', ' ');
  return text;
}

void Describe(const Command& command, std::string* page) {
  const bool contains = (command.flags & kHasSubcommands) != 0;
  *page += "- `" + Spaced(command.name);
  if (!command.syntax.empty()) page->append(" ").append(command.syntax);
  page->append("`");
  // A subcommand is told of below.
  if (!contains || command.name == "COMMAND") page->append("  \n  ").append(command.summary);
  if ((command.flags & kNeedsSession) != 0) page->append(" Only in a session.");
  if ((command.flags & kBlocks) != 0) page->append(" May wait.");
  page->append("\n");
}

}  // namespace

std::vector<const Command*> TopCommands() {
  std::vector<const Command*> commands = AllCommands();
  std::erase_if(commands, [](const Command* command) { return IsSubcommand(*command); });
  return commands;
}

std::vector<const Command*> SubcommandsOf(const Command& command) {
  std::vector<const Command*> commands;
  if ((command.flags & kHasSubcommands) == 0) return commands;
  const std::string beginning = std::string(command.name) + "|";
  std::copy_if(
      AllCommands().begin(), AllCommands().end(), std::back_inserter(commands),
      [&](const Command* each) { return each->name.substr(0, beginning.size()) == beginning; });
  return commands;
}

std::string CommandReference() {
  std::map<Bytes, std::vector<const Command*>> groups;
  for (const Command* command : AllCommands()) groups[command->group].push_back(command);
  std::string page =
      "# Commands\n\nEvery command, from the table that runs them (`COMMAND DOCS` says the same to "
      "a client). `[ ]` may be left out, `A|B` is one\nof these, `...` is again and again. Unless "
      "something else is said, a command does what that of Redis 7.2 does.\n";
  for (const auto& [group, commands] : groups) {
    page.append("\n## ").append(group).append("\n\n");
    for (const Command* command : commands) Describe(*command, &page);
  }
  return page;
}

absl::Span<const Command> CommandDocsCommands() { return kCommands; }

}  // namespace kontor
