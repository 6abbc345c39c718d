#include "base/glob.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kontor {
namespace {

using Characters = std::bitset<256>;

size_t Code(char c) { return static_cast<unsigned char>(c); }

// Calls visit(low, high) for the ranges of the class that begins after '[' at *at, and moves *at
// behind its ']'. Answers whether it is negated. An unclosed class ends with the pattern, as in
// Redis.
template <typename Visit>
bool ForEachRange(Bytes pattern, size_t* at, Visit visit) {
  size_t i = *at;
  const bool negated = i < pattern.size() && pattern[i] == '^';
  if (negated) ++i;
  while (i < pattern.size() && pattern[i] != ']') {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      visit(Code(pattern[i + 1]), Code(pattern[i + 1]));
      i += 2;
    } else if (i + 2 < pattern.size() && pattern[i + 1] == '-') {
      const auto [low, high] = std::minmax({Code(pattern[i]), Code(pattern[i + 2])});
      visit(low, high);
      i += 3;
    } else {
      visit(Code(pattern[i]), Code(pattern[i]));
      ++i;
    }
  }
  *at = i < pattern.size() ? i + 1 : i;
  return negated;
}

// Matches exactly one character of text with the non-star element at *at, and moves *at behind it.
bool MatchOne(Bytes pattern, size_t* at, size_t code) {
  const char element = pattern[*at];
  if (element == '?') {
    ++*at;
    return true;
  }
  if (element == '[') {
    ++*at;
    bool found = false;
    const bool negated = ForEachRange(
        pattern, at, [&](size_t low, size_t high) { found |= low <= code && code <= high; });
    return found != negated;
  }
  if (element == '\\' && *at + 1 < pattern.size()) ++*at;
  return Code(pattern[(*at)++]) == code;
}

// Up to 64 elements of a pattern that match one character each, as a machine whose states are bits:
// bit i says that i of them have matched.
class Block {
 public:
  // Begins at *at and moves it behind what was read: stars and elements, and no element follows if
  // there is room for another.
  Block(Bytes pattern, size_t* at) {
    while (*at < pattern.size() && (pattern[*at] == '*' || size_ < kElements)) {
      if (pattern[*at] != '*') {
        AddElement(pattern, at);
      } else if (size_ == kElements) {
        break;  // it stands before the next block
      } else {
        stars_ |= uint64_t{1} << size_;
        ++*at;
      }
    }
  }

  size_t size() const { return size_; }
  // Whether a star stands behind its last element.
  bool ends_with_star() const { return size_ < kElements && (stars_ >> size_ & 1) != 0; }

  // The states after another character, if `begins` says that what comes before the block has
  // matched. *ends becomes whether its last element now has.
  void Step(bool begins, size_t code, bool* ends) {
    const uint64_t before = states_ | (begins ? 1 : 0);
    const uint64_t matched = before & (takes_[code] | takes_any_);
    *ends = size_ > 0 && (matched >> (size_ - 1) & 1) != 0;
    const uint64_t kept = size_ == kElements ? ~uint64_t{0} : (uint64_t{1} << size_) - 1;
    states_ = ((matched << 1) | (before & stars_)) & kept;
  }

 private:
  static constexpr size_t kElements = 64;

  void AddElement(Bytes pattern, size_t* at) {
    const uint64_t bit = uint64_t{1} << size_++;
    const char element = pattern[(*at)++];
    if (element == '?') {
      takes_any_ |= bit;
    } else if (element == '[') {
      Characters characters;
      const bool negated = ForEachRange(pattern, at, [&](size_t low, size_t high) {
        for (size_t code = low; code <= high; ++code) characters.set(code);
      });
      for (size_t code = 0; code < takes_.size(); ++code) {
        if (characters[code] != negated) takes_[code] |= bit;
      }
    } else {
      if (element == '\\' && *at < pattern.size()) ++*at;
      takes_[Code(pattern[*at - 1])] |= bit;
    }
  }

  size_t size_ = 0;
  uint64_t stars_ = 0;  // bit i: one stands before element i
  uint64_t takes_any_ = 0;
  std::array<uint64_t, 256> takes_{};  // which elements take a character
  uint64_t states_ = 0;
};

// The same answer in pattern / 64 x text steps, whatever they are: a machine whose states advance
// together, a bit each (G. Navarro, M. Raffinot, "Flexible Pattern Matching in Strings", 2002), in
// blocks of 64, each of which goes over the whole text. reached[i] says that all blocks so far have
// matched the first i characters.
template <typename Bits>
bool MatchInBlocks(Bytes pattern, Bytes text, Bits reached) {
  reached[0] = true;
  bool star = false;
  for (size_t at = 0; at < pattern.size();) {
    Block block(pattern, &at);
    star = block.ends_with_star();
    if (block.size() == 0) break;
    bool ends = false;
    for (size_t i = 0; i < text.size(); ++i) {
      const bool begins = reached[i];
      reached[i] = ends;
      block.Step(begins, Code(text[i]), &ends);
    }
    reached[text.size()] = ends;
  }
  bool matched = reached[text.size()];
  for (size_t i = 0; star && i < text.size(); ++i) matched |= reached[i];
  return matched;
}

bool MatchInBlocks(Bytes pattern, Bytes text) {
  constexpr size_t kNameBytes = 256;  // names need no memory
  if (text.size() < kNameBytes) return MatchInBlocks(pattern, text, std::bitset<kNameBytes>());
  return MatchInBlocks(pattern, text, std::vector<bool>(text.size() + 1));
}

// What the simple way may take before the other one does: more than nearly every pattern needs.
constexpr size_t kFewSteps = 1024;
constexpr size_t kStepsPerByte = 8;

}  // namespace

bool GlobMatch(Bytes pattern, Bytes text) {
  if (text.empty()) return pattern.empty();
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t steps = kFewSteps + kStepsPerByte * (pattern.size() + text.size());
  size_t p = 0;
  size_t t = 0;
  size_t star = kNone;   // where the pattern goes on after the last star
  size_t star_text = 0;  // how much of the text that star has not eaten
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
      continue;
    }
    size_t next = p;
    if (p < pattern.size() && MatchOne(pattern, &next, Code(text[t]))) {
      p = next;
      ++t;
    } else if (star != kNone) {
      const size_t taken = 1 + next - star;
      if (taken > steps) return MatchInBlocks(pattern, text);
      steps -= taken;
      p = star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

GlobLiterals LiteralsOf(Bytes glob, char* buffer) {
  GlobLiterals literals;
  char* end = buffer;
  char* begin = buffer;  // of the run that ends at `end`
  bool is_first = true;
  for (size_t at = 0; at < glob.size();) {
    const char element = glob[at++];
    if (element != '*' && element != '?' && element != '[') {
      if (element == '\\' && at < glob.size()) ++at;
      *end++ = glob[at - 1];
      continue;
    }
    if (element == '[') ForEachRange(glob, &at, [](size_t, size_t) {});
    const Bytes run(begin, static_cast<size_t>(end - begin));
    if (is_first) {
      literals.prefix = run;
    } else if (run.size() > literals.piece.size()) {
      literals.piece = run;
    }
    is_first = false;
    begin = end;
  }
  (is_first ? literals.prefix : literals.suffix) = Bytes(begin, static_cast<size_t>(end - begin));
  return literals;
}

}  // namespace kontor
