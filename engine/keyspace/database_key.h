#ifndef KONTOR_KEYSPACE_DATABASE_KEY_H_
#define KONTOR_KEYSPACE_DATABASE_KEY_H_

#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"

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

}  // namespace kontor

#endif  // KONTOR_KEYSPACE_DATABASE_KEY_H_
