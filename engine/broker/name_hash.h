#ifndef KONTOR_BROKER_NAME_HASH_H_
#define KONTOR_BROKER_NAME_HASH_H_

#include <cstdint>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/random.h"

namespace kontor {

// The hash of a name, or of a part of one that hangs below `parent`. Seeded for each process, so
// that nobody outside can choose names that collide.
inline uint32_t NameHash(Bytes name, const void* parent = nullptr) {
  static const uint64_t seed = Random::SystemSeed();
  // Addresses differ little: multiplied they differ in all bits.
  const uint64_t below = reinterpret_cast<uintptr_t>(parent) * 0x9e3779b97f4a7c15u;
  return static_cast<uint32_t>(Xxh3(name, seed ^ below));
}

}  // namespace kontor

#endif  // KONTOR_BROKER_NAME_HASH_H_
