#ifndef KONTOR_TESTS_INTEROP_GRAMMAR_H_
#define KONTOR_TESTS_INTEROP_GRAMMAR_H_

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace interop {

// How the replies of two servers to one command are compared.
enum class Comparison {
  kExact,
  kUnordered,       // the elements of an array, in any order
  kUnorderedPairs,  // pairs of elements
  kKind,            // only whether it is an error, and what kind of reply: what is random
  kScan,            // a cursor and elements in any order
  kScanPairs,
};

// A rule makes commands. It is one line, of words:
//   SET          itself
//   {value}      a random word of that kind (see Word); what follows the brace is appended to it
//   NX|XX        one of these words
//   [ ... ]      what is inside, or nothing
//   ( ... )*     what is inside, up to four times
// and before them, if the reply has no order, "~ " or "~2 " (pairs), "? " if it is random, "scan "
// or "scan2 ", and "rare " if it takes its time.
class Rule {
 public:
  explicit Rule(std::string_view line);

  Comparison comparison() const { return comparison_; }
  bool rare() const { return rare_; }
  // Whether it has a reply for each of its arguments.
  bool many_replies() const { return line_.find("SUBSCRIBE") != std::string::npos; }
  // Whether one more argument might be a timeout that is too long, or an option that only Redis 7.2
  // knows.
  bool takes_no_more() const { return rare_ || line_.find("ZRANK|ZREVRANK") == 0; }
  const std::string& line() const { return line_; }
  std::vector<std::string> Make(std::mt19937_64* random) const;
  // Everything optional left out, or everything once. `kinds` says of each word what placeholder it
  // stands for, or nothing.
  std::vector<std::string> Plain(bool with_options, std::vector<std::string>* kinds) const;

 private:
  struct Node {
    enum class Kind { kWord, kPlaceholder, kChoice, kOptional, kRepeated };
    Kind kind = Kind::kWord;
    std::string text;                // of a word, or the kind of a placeholder
    std::string suffix;              // of a placeholder
    std::vector<std::string> words;  // of a choice
    std::vector<Node> inside;
  };
  static std::vector<Node> ParseNodes(const std::vector<std::string>& tokens, size_t* at);
  static void MakeWords(const std::vector<Node>& nodes, std::mt19937_64* random,
                        std::vector<std::string>* words);
  static void PlainWords(const std::vector<Node>& nodes, bool with_options,
                         std::vector<std::string>* words, std::vector<std::string>* kinds);

  std::string line_;
  Comparison comparison_ = Comparison::kExact;
  bool rare_ = false;
  std::vector<Node> nodes_;
};

// A random word of a kind: a key of some type, a member, a number at some border...
std::string Word(std::string_view kind, std::mt19937_64* random);
// Whether it is a kind of key, and of number.
bool IsKey(std::string_view kind);
bool IsNumber(std::string_view kind);
// Numbers at every border, and what is none.
const std::vector<std::string>& BorderNumbers();

// Of all families.
const std::vector<Rule>& AllRules();

}  // namespace interop

#endif  // KONTOR_TESTS_INTEROP_GRAMMAR_H_
