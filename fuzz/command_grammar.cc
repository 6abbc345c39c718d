#include "command_grammar.h"

#include <cstddef>
#include <iterator>

namespace fuzz {
namespace {

// The value of a field of a map; null if there is none.
const kontor_reply* At(const kontor_reply* map, const std::string& field) {
  for (size_t i = 0; i + 1 < kontor_reply_count(map); i += 2) {
    if (BytesOf(kontor_reply_child(map, i)) == field) return kontor_reply_child(map, i + 1);
  }
  return nullptr;
}

std::string TextAt(const kontor_reply* map, const std::string& field) {
  const kontor_reply* const value = At(map, field);
  return value == nullptr ? "" : BytesOf(value);
}

template <size_t kCount>
std::string OneOf(const char* const (&choices)[kCount], ByteSource* source) {
  return choices[source->Below(kCount)];
}

std::string Number(ByteSource* source) {
  static constexpr const char* kOdd[] = {"-1",
                                         "-2",
                                         "100",
                                         "1000",
                                         "65535",
                                         "65536",
                                         "-65537",
                                         "2147483647",
                                         "2147483648",
                                         "4294967295",
                                         "-2147483649",
                                         "4294967296",
                                         "536870911",
                                         "536870912",
                                         "4611686018427387904",
                                         "-1.5",
                                         "0.1",
                                         "-0",
                                         "inf",
                                         "-inf",
                                         "nan",
                                         "1e400",
                                         "1e-320",
                                         "9223372036854775807",
                                         "-9223372036854775808",
                                         "9223372036854775808",
                                         "18446744073709551615",
                                         "18446744073709551616",
                                         "007",
                                         ""};
  const uint8_t choice = source->Byte();
  return choice < 200 ? std::to_string(choice % 8) : kOdd[choice % std::size(kOdd)];
}

std::string Pattern(ByteSource* source) {
  static constexpr const char* kPatterns[] = {"*", "?", "s*", "*0", "[a-s]?", "[^s]*", "\\", "["};
  return source->Byte() < 200 ? OneOf(kPatterns, source) : source->Bytes(source->Below(32));
}

std::string Value(ByteSource* source) {
  static constexpr const char* kWords[] = {
      "a",  "b",    "c",  "",  "0-0", "1-1", "2",  "5-3",  "3-*",    "*",
      "$",  ">",    "+",  "-", "(1",  "[a",  "(c", "+inf", "u8",     "i64",
      "#1", "WRAP", "s0", "m", "km",  "yes", "x*", "0",    "string", "stream"};
  const uint8_t choice = source->Byte();
  if (choice < 150) return OneOf(kWords, source);
  if (choice < 190) return Number(source);
  if (choice < 215) return std::string(size_t{16} * source->Byte(), 'x');
  return source->Bytes(source->Below(48));
}

// Mostly one that is likely to hold what commands of this group are for.
std::string Key(const std::string& group, ByteSource* source) {
  static constexpr const char* kAll[] = {"s0", "b0", "h0", "l0", "z0", "x0", "missing", ""};
  const uint8_t choice = source->Byte();
  if (choice < 60) return OneOf(kAll, source);
  const bool is_string = group == "string" || group == "bitmap" || group == "hyperloglog";
  const std::string type = is_string               ? "s"
                           : group == "set"        ? "b"
                           : group == "stream"     ? "x"
                           : group == "sorted-set" ? "z"
                           : group == "geo"        ? "z"
                                                   : group.substr(0, 1);
  return type + std::to_string(choice % 3);
}

}  // namespace

CommandGrammar::CommandGrammar(Database* database) {
  const Reply docs = database->Run({"COMMAND", "DOCS"});
  for (size_t i = 0; i + 1 < kontor_reply_count(docs.get()); i += 2) {
    const std::string name = BytesOf(kontor_reply_child(docs.get(), i));
    if (name == "pfselftest") continue;  // a second of nothing new
    ReadCommand({name}, kontor_reply_child(docs.get(), i + 1));
  }
  if (commands_.size() < 100) Fail("COMMAND DOCS tells of few commands");
}

void CommandGrammar::ReadCommand(std::vector<std::string> words, const kontor_reply* docs) {
  Command command{.words = words, .group = TextAt(docs, "group"), .arguments = {}};
  const kontor_reply* const arguments = At(docs, "arguments");
  for (size_t i = 0; arguments != nullptr && i < kontor_reply_count(arguments); ++i) {
    command.arguments.push_back(ReadArgument(kontor_reply_child(arguments, i)));
  }
  commands_.push_back(std::move(command));
  const kontor_reply* const subcommands = At(docs, "subcommands");
  for (size_t i = 0; subcommands != nullptr && i + 1 < kontor_reply_count(subcommands); i += 2) {
    const std::string name = BytesOf(kontor_reply_child(subcommands, i));
    ReadCommand({words[0], name.substr(name.find('|') + 1)},
                kontor_reply_child(subcommands, i + 1));
  }
}

CommandGrammar::Argument CommandGrammar::ReadArgument(const kontor_reply* docs) {
  Argument argument;
  argument.name = TextAt(docs, "name");
  argument.type = TextAt(docs, "type");
  argument.token = TextAt(docs, "token");
  const kontor_reply* const flags = At(docs, "flags");
  for (size_t i = 0; flags != nullptr && i < kontor_reply_count(flags); ++i) {
    const std::string flag = BytesOf(kontor_reply_child(flags, i));
    argument.optional |= flag == "optional";
    argument.multiple |= flag == "multiple";
  }
  const kontor_reply* const arguments = At(docs, "arguments");
  for (size_t i = 0; arguments != nullptr && i < kontor_reply_count(arguments); ++i) {
    argument.arguments.push_back(ReadArgument(kontor_reply_child(arguments, i)));
  }
  return argument;
}

void CommandGrammar::Add(const Argument& argument, const std::string& group, ByteSource* source,
                         std::vector<std::string>* words) {
  if (argument.optional && source->Byte() % 4 != 0) return;
  if (!argument.token.empty()) words->push_back(argument.token);
  for (size_t repeats = argument.multiple ? 1 + source->Below(4) : 1; repeats > 0; --repeats) {
    AddValue(argument, group, source, words);
  }
}

void CommandGrammar::AddValue(const Argument& argument, const std::string& group,
                              ByteSource* source, std::vector<std::string>* words) {
  if (argument.type == "pure-token") return;  // that was all of it
  if (argument.type == "oneof" && !argument.arguments.empty()) {
    return Add(argument.arguments[source->Below(argument.arguments.size())], group, source, words);
  }
  if (argument.type == "block") {
    for (const Argument& each : argument.arguments) Add(each, group, source, words);
  } else if (argument.type == "key") {
    words->push_back(Key(group, source));
  } else if (argument.type == "pattern") {
    words->push_back(Pattern(source));
  } else if (argument.type == "string") {
    words->push_back(Value(source));
  } else {
    words->push_back(Number(source));
  }
}

std::vector<std::string> CommandGrammar::Make(ByteSource* source) const {
  const Command& command = commands_[source->Below(commands_.size())];
  std::vector<std::string> words = command.words;
  for (const Argument& argument : command.arguments) Add(argument, command.group, source, &words);
  return words;
}

}  // namespace fuzz
