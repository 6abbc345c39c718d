#include "command/syntax.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <sstream>
#include <utility>

#include "base/letter_case.h"

namespace kontor {
namespace {

using Type = SyntaxArgument::Type;
using Sequence = std::vector<SyntaxArgument>;

Type TypeOfName(Bytes name) {
  static constexpr Bytes kKeys[] = {"key",     "key1",      "key2",   "new-key",
                                    "destkey", "sourcekey", "source", "destination"};
  static constexpr Bytes kIntegers[] = {
      "bit",          "count",         "cursor",  "database", "decrement",   "end",    "id-count",
      "idle-ms",      "increment",     "index",   "index1",   "index2",      "length", "limit",
      "milliseconds", "min-match-len", "numkeys", "numlocal", "numreplicas", "offset", "protocol",
      "rank",         "seconds",       "start",   "stop",     "threshold"};
  static constexpr Bytes kDoubles[] = {"float-increment", "height", "latitude",
                                       "longitude",       "radius", "score",
                                       "timeout",         "weight", "width"};
  const auto among = [name](const auto& names) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  if (among(kKeys)) return Type::kKey;
  if (among(kIntegers)) return Type::kInteger;
  if (among(kDoubles)) return Type::kDouble;
  if (name == "pattern") return Type::kPattern;
  return name.substr(0, 5) == "unix-" ? Type::kUnixTime : Type::kString;
}

bool IsUpperCase(Bytes word) {
  return std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

SyntaxArgument Keyword(Bytes word) {
  SyntaxArgument argument;
  argument.name = ToLowerCase(word);
  argument.type = Type::kPureToken;
  argument.token = word;
  return argument;
}

SyntaxArgument Together(Type type, Sequence arguments) {
  SyntaxArgument whole;
  whole.name = arguments.front().name;
  whole.type = type;
  whole.arguments = std::move(arguments);
  return whole;
}

// "A|B", "KEYWORD" or "name".
SyntaxArgument Word(const std::string& text) {
  if (text.find('|') != std::string::npos) {
    Sequence choices;
    std::istringstream words(text);
    for (std::string word; std::getline(words, word, '|');) choices.push_back(Keyword(word));
    return Together(Type::kOneOf, std::move(choices));
  }
  if (IsUpperCase(text)) return Keyword(text);
  SyntaxArgument argument;
  argument.name = text;
  argument.type = TypeOfName(text);
  return argument;
}

std::vector<std::string> Split(Bytes syntax) {
  std::vector<std::string> tokens(1);
  for (const char c : syntax) {
    const bool bracket = Bytes("[]<>").find(c) != Bytes::npos;
    if ((c == ' ' || bracket) && !tokens.back().empty()) tokens.emplace_back();
    if (bracket) {
      tokens.back() = c;
      tokens.emplace_back();
    } else if (c != ' ') {
      tokens.back() += c;
    }
  }
  if (tokens.back().empty()) tokens.pop_back();
  return tokens;
}

bool SameNames(const SyntaxArgument* one, const Sequence& other) {
  return std::equal(other.begin(), other.end(), one,
                    [](const auto& a, const auto& b) { return a.name == b.name; });
}

// A keyword takes the words behind it as its values.
Sequence BindKeywords(Sequence items) {
  Sequence bound;
  for (size_t i = 0; i < items.size(); ++i) {
    Sequence values;
    const bool is_keyword = items[i].type == Type::kPureToken && !items[i].optional;
    while (is_keyword && i + 1 < items.size() && items[i + 1].token.empty() &&
           !items[i + 1].optional) {
      values.push_back(std::move(items[++i]));
    }
    if (values.empty()) {
      bound.push_back(std::move(items[i]));
      continue;
    }
    const std::string token = items[i - values.size()].token;
    bound.push_back(values.size() == 1 ? std::move(values.front())
                                       : Together(Type::kBlock, std::move(values)));
    if (bound.back().type == Type::kBlock) bound.back().name = ToLowerCase(token);
    bound.back().token = token;
  }
  return bound;
}

class Parser {
 public:
  explicit Parser(Bytes syntax) : tokens_(Split(syntax)) {}

  Result<Sequence> Parse() {
    bool repeats = false;
    KONTOR_ASSIGN_OR_RETURN(Sequence sequence, ParseSequence(&repeats));
    if (at_ < tokens_.size() || repeats) return Wrong("at the end");
    return sequence;
  }

 private:
  static Status Wrong(const char* where) {
    return Status(Code::kInvalid, std::string("the syntax of a command is wrong ") + where);
  }
  bool Ends() const {
    if (at_ == tokens_.size()) return true;
    const std::string& token = tokens_[at_];
    return token == "]" || token == ">" || token == "|";
  }

  // Up to what ends it; `repeats` if that is "...".
  Result<Sequence> ParseSequence(bool* repeats) {
    Sequence items;
    while (!Ends()) {
      const std::string& token = tokens_[at_++];
      if (token == "...") {
        *repeats = true;
        if (!Ends()) return Wrong("behind ...");
      } else if (token == "[" || token == "<") {
        KONTOR_RETURN_IF_ERROR(ParseBrackets(token == "[", &items));
      } else {
        items.push_back(Word(token));
      }
    }
    return BindKeywords(std::move(items));
  }

  // Behind the opening one.
  Status ParseBrackets(bool optional, Sequence* items) {
    Sequence choices;
    bool repeats = false;
    while (true) {
      KONTOR_ASSIGN_OR_RETURN(Sequence sequence, ParseSequence(&repeats));
      if (sequence.empty() || at_ == tokens_.size()) return Wrong("in brackets");
      const std::string& end = tokens_[at_++];
      const bool last = end == (optional ? "]" : ">");
      if (!last && end != "|") return Wrong("at a bracket");
      if (last && choices.empty() && repeats && Repeat(sequence, items)) return Ok();
      choices.push_back(sequence.size() == 1 ? std::move(sequence.front())
                                             : Together(Type::kBlock, std::move(sequence)));
      if (last) break;
    }
    SyntaxArgument whole = choices.size() == 1 ? std::move(choices.front())
                                               : Together(Type::kOneOf, std::move(choices));
    whole.optional |= optional;
    whole.multiple |= repeats;
    whole.multiple_token |= repeats && !whole.token.empty();
    items->push_back(std::move(whole));
    return Ok();
  }

  // "name [name ...]": true if the last of `items` are these.
  static bool Repeat(const Sequence& again, Sequence* items) {
    if (items->size() < again.size()) return false;
    const size_t first = items->size() - again.size();
    if (!SameNames(items->data() + first, again)) return false;
    Sequence repeated(items->begin() + static_cast<ptrdiff_t>(first), items->end());
    items->resize(first);
    items->push_back(repeated.size() == 1 ? std::move(repeated.front())
                                          : Together(Type::kBlock, std::move(repeated)));
    items->back().multiple = true;
    return true;
  }

  const std::vector<std::string> tokens_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<SyntaxArgument>> ParseSyntax(Bytes syntax) { return Parser(syntax).Parse(); }

Bytes TypeNameOf(SyntaxArgument::Type type) {
  static constexpr Bytes kNames[] = {"string",    "integer",    "double", "key",  "pattern",
                                     "unix-time", "pure-token", "oneof",  "block"};
  return kNames[static_cast<size_t>(type)];
}

}  // namespace kontor
