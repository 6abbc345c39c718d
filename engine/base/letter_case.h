#ifndef KONTOR_BASE_LETTER_CASE_H_
#define KONTOR_BASE_LETTER_CASE_H_

#include <algorithm>
#include <string>

#include "base/bytes.h"

namespace kontor {

// Upper and lower case of ASCII letters, whatever the locale; every other byte stays as it is.

inline char ToLowerCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
inline char ToUpperCase(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

inline std::string ToLowerCase(Bytes text) {
  std::string lower(text);
  for (char& c : lower) c = ToLowerCase(c);
  return lower;
}

inline std::string ToUpperCase(Bytes text) {
  std::string upper(text);
  for (char& c : upper) c = ToUpperCase(c);
  return upper;
}

inline bool EqualsIgnoreCase(Bytes a, Bytes b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ToLowerCase(x) == ToLowerCase(y); });
}

}  // namespace kontor

#endif  // KONTOR_BASE_LETTER_CASE_H_
