#ifndef KONTOR_BASE_GLOB_H_
#define KONTOR_BASE_GLOB_H_

#include "base/bytes.h"

namespace kontor {

// Redis' glob: * ? [abc] [a-z] [^x] and \ to escape. Iterative, with one point of return, so the
// time is at most pattern x text; no recursion.
bool GlobMatch(Bytes pattern, Bytes text);

}  // namespace kontor

#endif  // KONTOR_BASE_GLOB_H_
