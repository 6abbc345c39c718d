#ifndef KONTOR_FUZZ_COMMAND_GRAMMAR_H_
#define KONTOR_FUZZ_COMMAND_GRAMMAR_H_

#include <string>
#include <vector>

#include "byte_source.h"
#include "database.h"

namespace fuzz {

// Makes commands that are nearly right, of every name: what COMMAND DOCS tells of their arguments
// is the grammar.
class CommandGrammar {
 public:
  explicit CommandGrammar(Database* database);

  // Its words, chosen by the source. Keys and values are few, so that commands meet.
  std::vector<std::string> Make(ByteSource* source) const;

 private:
  struct Argument {
    std::string name;
    std::string type;
    std::string token;  // a keyword that stands before it, or is all of it
    bool optional = false;
    bool multiple = false;
    std::vector<Argument> arguments;  // of a block, or to choose from
  };
  struct Command {
    std::vector<std::string> words;
    std::string group;
    std::vector<Argument> arguments;
  };

  static Argument ReadArgument(const kontor_reply* docs);
  void ReadCommand(std::vector<std::string> words, const kontor_reply* docs);
  static void Add(const Argument& argument, const std::string& group, ByteSource* source,
                  std::vector<std::string>* words);
  static void AddValue(const Argument& argument, const std::string& group, ByteSource* source,
                       std::vector<std::string>* words);

  std::vector<Command> commands_;
};

}  // namespace fuzz

#endif  // KONTOR_FUZZ_COMMAND_GRAMMAR_H_
