#ifndef KONTOR_KEYSPACE_DATABASE_KEY_H_
#define KONTOR_KEYSPACE_DATABASE_KEY_H_

#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/heap_bytes.h"

namespace kontor {

// A key of one logical database, as the maps beside the tables hold it.
using DatabaseKey = std::pair<uint32_t, std::string>;

// Finds by borrowed bytes, so that looking allocates nothing.
struct DatabaseKeyLess {
  using is_transparent = void;
  using Probe = std::pair<uint32_t, Bytes>;
  static Probe Of(const DatabaseKey& key) { return {key.first, key.second}; }
  static Probe Of(const Probe& probe) { return probe; }
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return Of(a) < Of(b);
  }
};

// What an entry of a std::map with such keys takes of the heap: its node and its key.
template <typename Entry>
int64_t MapEntryBytes(const DatabaseKey& key) {
  return static_cast<int64_t>(MapNodeBytes(sizeof(Entry)) + HeapBytesOf(key.second));
}

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_DATABASE_KEY_H_
