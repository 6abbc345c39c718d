#ifndef KONTOR_BASE_HASH_INLINE_H_
#define KONTOR_BASE_HASH_INLINE_H_

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/hash.h"

namespace kontor {

// KeyHasher's call without the call, for the one or two places where it counts.
inline uint64_t KeyHasher::Inline(Bytes key) const {
  return XXH3_64bits_withSecret(key.data(), key.size(), secret_.data(), secret_.size());
}

}  // namespace kontor

#endif  // KONTOR_BASE_HASH_INLINE_H_
