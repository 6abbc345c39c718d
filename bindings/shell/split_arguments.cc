#include "split_arguments.h"

namespace kontor::shell {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char Unescaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    default:
      return c;
  }
}

// Reads a line from left to right; each method takes what it names and says whether that was well
// formed.
class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  bool TakeWords(std::vector<std::string>* words) {
    for (;;) {
      while (!AtEnd() && IsSpace(line_[at_])) ++at_;
      if (AtEnd()) return true;
      words->emplace_back();
      if (!TakeWord(&words->back())) return false;
    }
  }

 private:
  bool AtEnd() const { return at_ == line_.size(); }

  bool TakeWord(std::string* word) {
    while (!AtEnd() && !IsSpace(line_[at_])) {
      const char c = line_[at_++];
      if (c == '"') return TakeDoubleQuoted(word);
      if (c == '\'') return TakeSingleQuoted(word);
      *word += c;
    }
    return true;
  }

  bool TakeDoubleQuoted(std::string* word) {
    while (!AtEnd()) {
      const char c = line_[at_++];
      if (c == '"') return EndsWord();
      if (c == '\\' && !AtEnd()) {
        TakeEscape(word);
      } else {
        *word += c;
      }
    }
    return false;
  }

  void TakeEscape(std::string* word) {
    if (line_[at_] == 'x' && at_ + 2 < line_.size()) {
      const int high = HexDigit(line_[at_ + 1]);
      const int low = HexDigit(line_[at_ + 2]);
      if (high >= 0 && low >= 0) {
        *word += static_cast<char>(high * 16 + low);
        at_ += 3;
        return;
      }
    }
    *word += Unescaped(line_[at_++]);
  }

  bool TakeSingleQuoted(std::string* word) {
    while (!AtEnd()) {
      const char c = line_[at_++];
      if (c == '\'') return EndsWord();
      if (c == '\\' && !AtEnd() && line_[at_] == '\'') {
        *word += '\'';
        ++at_;
      } else {
        *word += c;
      }
    }
    return false;
  }

  bool EndsWord() const { return AtEnd() || IsSpace(line_[at_]); }

  std::string_view line_;
  size_t at_ = 0;
};

}  // namespace

std::optional<std::vector<std::string>> SplitArguments(std::string_view line) {
  std::vector<std::string> words;
  if (!Splitter(line).TakeWords(&words)) return std::nullopt;
  return words;
}

}  // namespace kontor::shell
