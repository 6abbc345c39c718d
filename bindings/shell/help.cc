#include "help.h"

namespace kontor::shell {
namespace {

std::string GroupList(const CommandTable& table) {
  std::string out;
  for (const std::string& group : table.Groups()) out += (out.empty() ? "@" : " @") + group;
  return out;
}

std::string Overview(const CommandTable& table) {
  return "kontor " + std::string(kontor_version_string()) +
         "\n"
         "To get help, type:\n"
         "      \"help <command>\" for help on a command\n"
         "      \"help @<group>\" for the commands of a group: " +
         GroupList(table) +
         "\n"
         "      \"help <tab>\" for what help there is\n"
         "      \"quit\" to leave\n";
}

std::string Describe(const CommandInfo& info) {
  return "\n  " + info.syntax + "\n  summary: " + info.summary + "\n  group: " + info.group + "\n";
}

std::string DescribeGroup(const CommandTable& table, std::string_view group) {
  std::string out;
  for (const CommandInfo& info : table.commands()) {
    if (ToLower(info.group) == group) out += Describe(info);
  }
  return out;
}

}  // namespace

std::string HelpText(const CommandTable& table, std::string_view topic) {
  if (topic.empty()) return Overview(table);
  std::string text;
  if (topic.front() == '@') {
    text = DescribeGroup(table, ToLower(topic.substr(1)));
  } else if (const CommandInfo* info = table.Find(topic)) {
    text = Describe(*info);
  }
  if (text.empty()) {
    return "There is no help on '" + std::string(topic) +
           "'. The groups of commands: " + GroupList(table) + "\n";
  }
  return text + "\n";
}

}  // namespace kontor::shell
