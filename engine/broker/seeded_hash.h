#ifndef KONTOR_BROKER_SEEDED_HASH_H_
#define KONTOR_BROKER_SEEDED_HASH_H_

#include <cstdint>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/random.h"

namespace kontor {

// The hash of a key that somebody outside has chosen, who cannot choose keys that collide: its seed
// is another one in each process.
inline uint64_t SeededHash(Bytes key) {
  static const uint64_t seed = Random::SystemSeed();
  return Xxh3(key, seed);
}

}  // namespace kontor

#endif  // KONTOR_BROKER_SEEDED_HASH_H_
