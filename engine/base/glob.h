#ifndef KONTOR_BASE_GLOB_H_
#define KONTOR_BASE_GLOB_H_

#include "base/bytes.h"

namespace kontor {

// Redis' glob: * ? [abc] [a-z] [^x] and \ to escape. Iterative, with one point of return, and with
// a budget of steps: what exceeds it is matched in at most pattern / 64 x text steps, which takes a
// bit of memory for each byte of a text that is no short name, and throws std::bad_alloc if there
// is none. As in Redis a star eats any rest of a text, the empty one too, but the empty text
// matches the empty pattern only.
bool GlobMatch(Bytes pattern, Bytes text);

// What KEYS, SCAN and HSCAN list: to them "*" is everything, an empty name too.
inline bool GlobSelects(Bytes pattern, Bytes name) {
  return pattern == "*" || GlobMatch(pattern, name);
}

// What every text that a glob matches has: what it begins with, what it ends with, and the longest
// run of characters that stands somewhere in between. By them an index finds the globs that may
// match a text.
struct GlobLiterals {
  Bytes prefix;
  Bytes piece;
  Bytes suffix;
};
// They lie in `buffer`, which has room for as many bytes as the glob has.
GlobLiterals LiteralsOf(Bytes glob, char* buffer);

}  // namespace kontor

#endif  // KONTOR_BASE_GLOB_H_
