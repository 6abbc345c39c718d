#include "completion.h"

#include <algorithm>

namespace kontor::shell {
namespace {

std::vector<std::string_view> WordsBefore(std::string_view text) {
  std::vector<std::string_view> words;
  size_t at = 0;
  while (at < text.size()) {
    const size_t begin = text.find_first_not_of(' ', at);
    if (begin == std::string_view::npos) break;
    at = std::min(text.find(' ', begin), text.size());
    words.push_back(text.substr(begin, at - begin));
  }
  return words;
}

bool IsOption(std::string_view word) {
  return word.size() > 1 && std::all_of(word.begin(), word.end(),
                                        [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

// The words in capitals after the command's name: "SET key value [NX|XX] [EX seconds]" offers EX,
// NX and XX.
std::vector<std::string> OptionsOf(const CommandInfo& info) {
  std::vector<std::string> options;
  std::string_view rest = info.syntax;
  rest.remove_prefix(std::min(rest.size(), info.name.size()));
  const char* kSeparators = " []|()<>.,";
  for (;;) {
    const size_t begin = rest.find_first_not_of(kSeparators);
    if (begin == std::string_view::npos) return options;
    rest.remove_prefix(begin);
    const std::string_view word = rest.substr(0, rest.find_first_of(kSeparators));
    if (IsOption(word)) options.emplace_back(word);
    rest.remove_prefix(word.size());
  }
}

std::vector<std::string> NamesOf(const CommandTable& table) {
  std::vector<std::string> names;
  for (const CommandInfo& info : table.commands()) names.push_back(info.name);
  return names;
}

std::vector<std::string> Offered(const std::vector<std::string_view>& words,
                                 const CommandTable& table) {
  if (words.empty()) return NamesOf(table);
  if (ToLower(words[0]) == "help") {
    if (words.size() > 1) return {};
    std::vector<std::string> topics = NamesOf(table);
    for (const std::string& group : table.Groups()) topics.push_back("@" + group);
    return topics;
  }
  const CommandInfo* info = table.Find(words[0]);
  return info == nullptr ? std::vector<std::string>() : OptionsOf(*info);
}

bool HasLowerCase(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

std::string CommonBeginning(const std::vector<std::string>& choices) {
  if (choices.empty()) return {};
  std::string common = choices[0];
  for (const std::string& choice : choices) {
    const auto end = std::mismatch(common.begin(), common.end(), choice.begin(), choice.end());
    common.erase(end.first, common.end());
  }
  return common;
}

}  // namespace

Completion Complete(std::string_view before_cursor, const CommandTable& table) {
  std::vector<std::string_view> words = WordsBefore(before_cursor);
  std::string_view word;
  if (!before_cursor.empty() && before_cursor.back() != ' ') {
    word = words.back();
    words.pop_back();
  }
  Completion completion;
  completion.word_length = word.size();
  const std::string beginning = ToUpper(word);
  for (const std::string& offer : Offered(words, table)) {
    if (ToUpper(offer).compare(0, beginning.size(), beginning) != 0) continue;
    completion.choices.push_back(HasLowerCase(word) ? ToLower(offer) : offer);
  }
  std::sort(completion.choices.begin(), completion.choices.end());
  completion.choices.erase(std::unique(completion.choices.begin(), completion.choices.end()),
                           completion.choices.end());
  completion.common = CommonBeginning(completion.choices);
  return completion;
}

}  // namespace kontor::shell
