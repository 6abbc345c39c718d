#include "interop/grammar.h"

#include <map>
#include <sstream>

#include "interop/rules.h"

namespace interop {
namespace {

using Random = std::mt19937_64;

uint64_t Below(Random* random, uint64_t bound) { return (*random)() % bound; }

const std::map<std::string_view, Comparison>& Marks() {
  static const std::map<std::string_view, Comparison> marks = {{"~", Comparison::kUnordered},
                                                               {"~2", Comparison::kUnorderedPairs},
                                                               {"?", Comparison::kKind},
                                                               {"scan", Comparison::kScan},
                                                               {"scan2", Comparison::kScanPairs}};
  return marks;
}

}  // namespace

std::vector<Rule::Node> Rule::ParseNodes(const std::vector<std::string>& tokens, size_t* at) {
  std::vector<Node> nodes;
  while (*at < tokens.size()) {
    const std::string& token = tokens[(*at)++];
    if (token == "]" || token == ")*") break;
    Node node;
    if (token == "[" || token == "(") {
      node.kind = token == "[" ? Node::Kind::kOptional : Node::Kind::kRepeated;
      node.inside = ParseNodes(tokens, at);
    } else if (token.front() == '{') {
      const size_t end = token.find('}');
      node.kind = Node::Kind::kPlaceholder;
      node.text = token.substr(1, end - 1);
      node.suffix = token.substr(end + 1);
    } else if (token.find('|') != std::string::npos) {
      node.kind = Node::Kind::kChoice;
      std::istringstream words(token);
      for (std::string word; std::getline(words, word, '|');) node.words.push_back(word);
    } else {
      node.text = token;
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

void Rule::MakeWords(const std::vector<Node>& nodes, Random* random,
                     std::vector<std::string>* words) {
  for (const Node& node : nodes) {
    switch (node.kind) {
      case Node::Kind::kWord:
        words->push_back(node.text);
        break;
      case Node::Kind::kPlaceholder:
        words->push_back(Word(node.text, random) + node.suffix);
        break;
      case Node::Kind::kChoice:
        words->push_back(node.words[Below(random, node.words.size())]);
        break;
      case Node::Kind::kOptional:
        if (Below(random, 2) == 0) MakeWords(node.inside, random, words);
        break;
      case Node::Kind::kRepeated:
        for (uint64_t times = Below(random, 5); times > 0; --times) {
          MakeWords(node.inside, random, words);
        }
        break;
    }
  }
}

void Rule::PlainWords(const std::vector<Node>& nodes, bool with_options,
                      std::vector<std::string>* words, std::vector<std::string>* kinds) {
  Random random(1);
  for (const Node& node : nodes) {
    if (node.kind == Node::Kind::kOptional || node.kind == Node::Kind::kRepeated) {
      if (with_options) PlainWords(node.inside, with_options, words, kinds);
      continue;
    }
    if (node.kind == Node::Kind::kPlaceholder) {
      words->push_back(Word(node.text, &random) + node.suffix);
    } else {
      words->push_back(node.kind == Node::Kind::kChoice ? node.words[0] : node.text);
    }
    kinds->push_back(node.kind == Node::Kind::kPlaceholder ? node.text : "");
  }
}

Rule::Rule(std::string_view line) : line_(line) {
  std::istringstream stream(line_);
  std::vector<std::string> tokens;
  for (std::string token; stream >> token;) tokens.push_back(token);
  size_t at = 0;
  rare_ = tokens[at] == "rare";
  if (rare_) ++at;
  if (const auto mark = Marks().find(tokens[at]); mark != Marks().end()) {
    comparison_ = mark->second;
    ++at;
  }
  nodes_ = ParseNodes(tokens, &at);
}

std::vector<std::string> Rule::Make(Random* random) const {
  std::vector<std::string> words;
  MakeWords(nodes_, random, &words);
  return words;
}

std::vector<std::string> Rule::Plain(bool with_options, std::vector<std::string>* kinds) const {
  std::vector<std::string> words;
  kinds->clear();
  PlainWords(nodes_, with_options, &words, kinds);
  return words;
}

const std::vector<Rule>& AllRules() {
  static const auto* const rules = [] {
    auto* const all = new std::vector<Rule>;
    for (const auto family : kFamilies) {
      for (const char* line : family) all->emplace_back(line);
    }
    return all;
  }();
  return *rules;
}

}  // namespace interop
