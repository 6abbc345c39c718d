#ifndef KONTOR_KEYSPACE_EVICTION_H_
#define KONTOR_KEYSPACE_EVICTION_H_

#include <cstdint>

namespace kontor {

// What goes when memory is over its limit. The values are those of the C ABI.
enum class Eviction : uint32_t {
  kNone = 0,  // nothing: what needs memory is refused
  kAllKeysLru = 1,
  kAllKeysLfu = 2,
  kAllKeysRandom = 3,
  // Only keys that have a deadline.
  kVolatileLru = 4,
  kVolatileLfu = 5,
  kVolatileRandom = 6,
  kVolatileTtl = 7,  // the nearest deadline first
};
inline constexpr uint32_t kEvictions = 8;

// "allkeys-lru" and so on, as Redis calls them.
const char* EvictionName(Eviction eviction);

inline bool OnlyVolatile(Eviction eviction) { return eviction >= Eviction::kVolatileLru; }
inline bool ByUse(Eviction eviction) {
  return eviction == Eviction::kAllKeysLru || eviction == Eviction::kAllKeysLfu ||
         eviction == Eviction::kVolatileLru || eviction == Eviction::kVolatileLfu;
}

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_EVICTION_H_
