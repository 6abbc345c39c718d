#ifndef KONTOR_COMMAND_SYNTAX_H_
#define KONTOR_COMMAND_SYNTAX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"

namespace kontor {

// What the syntax of a command says of its arguments, in the terms of COMMAND DOCS. A syntax is a
// line of
//   KEYWORD          itself; words behind it, up to what comes next, are its values
//   name             what the caller says
//   A|B              one of these keywords
//   [ ... ]          what may be left out
//   < ... >          what belongs together
//   this | that      inside brackets: one of these
//   ...              at the end of brackets: all that is in them, again and again
// and "name [name ...]" is one or more of that name.
struct SyntaxArgument {
  enum class Type : uint8_t {
    kString,
    kInteger,
    kDouble,
    kKey,
    kPattern,
    kUnixTime,
    kPureToken,
    kOneOf,
    kBlock,
  };
  std::string name;  // lower case
  Type type = Type::kString;
  std::string token;  // the keyword in front of it, or which it is
  bool optional = false;
  bool multiple = false;                  // it may be there more than once
  bool multiple_token = false;            // with its keyword each time
  std::vector<SyntaxArgument> arguments;  // of a block and of a choice
};

// kInvalid: what is wrong with it.
Result<std::vector<SyntaxArgument>> ParseSyntax(Bytes syntax);

// "pure-token" and so on, as COMMAND DOCS calls it.
Bytes TypeNameOf(SyntaxArgument::Type type);

}  // namespace kontor

#endif  // KONTOR_COMMAND_SYNTAX_H_
