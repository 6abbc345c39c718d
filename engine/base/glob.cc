#include "base/glob.h"

#include <cstddef>

namespace kontor {
namespace {

// Matches one character against the class that begins after '[' at *at, and moves *at behind its
// ']'. An unclosed class ends with the pattern, as in Redis.
bool MatchClass(Bytes pattern, size_t* at, unsigned char c) {
  size_t i = *at;
  const bool negated = i < pattern.size() && pattern[i] == '^';
  if (negated) ++i;
  bool found = false;
  while (i < pattern.size() && pattern[i] != ']') {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      ++i;
      found |= static_cast<unsigned char>(pattern[i]) == c;
      ++i;
    } else if (i + 2 < pattern.size() && pattern[i + 1] == '-') {
      auto low = static_cast<unsigned char>(pattern[i]);
      auto high = static_cast<unsigned char>(pattern[i + 2]);
      if (low > high) {
        const unsigned char swapped = low;
        low = high;
        high = swapped;
      }
      found |= low <= c && c <= high;
      i += 3;
    } else {
      found |= static_cast<unsigned char>(pattern[i]) == c;
      ++i;
    }
  }
  *at = i < pattern.size() ? i + 1 : i;
  return found != negated;
}

// Matches exactly one character of text with the non-star element at *at, and moves *at behind it.
bool MatchOne(Bytes pattern, size_t* at, unsigned char c) {
  const char element = pattern[*at];
  if (element == '?') {
    ++*at;
    return true;
  }
  if (element == '[') {
    ++*at;
    return MatchClass(pattern, at, c);
  }
  if (element == '\\' && *at + 1 < pattern.size()) ++*at;
  return static_cast<unsigned char>(pattern[(*at)++]) == c;
}

}  // namespace

bool GlobMatch(Bytes pattern, Bytes text) {
  if (text.empty()) return pattern.empty();
  constexpr size_t kNone = static_cast<size_t>(-1);
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
    if (p < pattern.size() && MatchOne(pattern, &next, static_cast<unsigned char>(text[t]))) {
      p = next;
      ++t;
    } else if (star != kNone) {
      p = star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace kontor
