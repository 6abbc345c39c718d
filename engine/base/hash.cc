#include "base/hash.h"

#include "base/hash_inline.h"

namespace kontor {

KeyHasher::KeyHasher(uint64_t seed) {
  static_assert(sizeof(secret_) == XXH3_SECRET_DEFAULT_SIZE);
  XXH3_generateSecret_fromSeed(secret_.data(), seed);
}

uint64_t KeyHasher::operator()(Bytes key) const { return Inline(key); }

uint64_t Xxh3(Bytes data) { return XXH3_64bits(data.data(), data.size()); }

uint64_t Xxh3(Bytes data, uint64_t seed) {
  return XXH3_64bits_withSeed(data.data(), data.size(), seed);
}

}  // namespace kontor
