#ifndef KONTOR_BASE_HASH_H_
#define KONTOR_BASE_HASH_H_

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace kontor {

// XXH3-64 of keys under a secret made from the system's random source, so that nobody outside can
// choose keys that collide. One per engine; immutable, hence thread-safe.
class KeyHasher {
 public:
  explicit KeyHasher(uint64_t seed);

  uint64_t operator()(Bytes key) const;
  // The same; defined in base/hash_inline.h.
  uint64_t Inline(Bytes key) const;

 private:
  std::array<unsigned char, 192> secret_;
};

// Plain XXH3-64, the same in every process: file checksums and the hash of fields inside one
// collection's table.
uint64_t Xxh3(Bytes data);
uint64_t Xxh3(Bytes data, uint64_t seed);

}  // namespace kontor

#endif  // KONTOR_BASE_HASH_H_
