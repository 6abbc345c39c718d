// Kontor through its shared library, and the maps that engineers would otherwise use, each with the
// locking its authors or common sense would give it.

#include <kontor/kontor.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "absl/container/flat_hash_map.h"
#include "versus/peer.h"

#ifdef KONTOR_BENCH_BOOST
#include <boost/unordered/concurrent_flat_map.hpp>
#endif
#ifdef KONTOR_BENCH_CUCKOO
#include <libcuckoo/cuckoohash_map.hh>
#endif
#ifdef KONTOR_BENCH_TBB
#include <tbb/concurrent_hash_map.h>
#endif

namespace bench {
namespace {

void CheckDone(int32_t code) {
  if (code == KONTOR_OK) return;
  std::fprintf(stderr, "versus: Kontor answered %s\n", kontor_code_name(code));
  std::exit(1);
}

class KontorPeer final : public Peer {
 public:
  KontorPeer() { CheckDone(kontor_open(nullptr, &db_, nullptr)); }
  ~KontorPeer() override { kontor_db_free(db_); }
  void Set(std::string_view key, std::string_view value) override {
    CheckDone(kontor_set(db_, key.data(), key.size(), value.data(), value.size(), nullptr));
  }
  bool Get(std::string_view key, char* buffer, size_t capacity) override {
    size_t length = 0;
    return kontor_get(db_, key.data(), key.size(), buffer, capacity, &length, nullptr) == KONTOR_OK;
  }

 private:
  kontor_db* db_ = nullptr;
};

// Hashes borrowed and owned strings alike, so that a lookup copies no key.
struct BytesHash {
  using is_transparent = void;
  using is_avalanching = void;
  size_t operator()(std::string_view bytes) const {
    return absl::Hash<absl::string_view>()(absl::string_view(bytes.data(), bytes.size()));
  }
};
struct BytesEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

void CopyOut(std::string_view value, char* buffer, size_t capacity) {
  if (value.size() <= capacity) std::memcpy(buffer, value.data(), value.size());
}

template <typename Map, size_t kShards>
class LockedMaps final : public Peer {
 public:
  void Set(std::string_view key, std::string_view value) override {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.map.find(key);
    if (found == shard.map.end()) {
      shard.map.emplace(key, value);
    } else {
      found->second.assign(value);
    }
  }
  bool Get(std::string_view key, char* buffer, size_t capacity) override {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.map.find(key);
    if (found == shard.map.end()) return false;
    CopyOut(found->second, buffer, capacity);
    return true;
  }

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    Map map;
  };
  Shard& ShardOf(std::string_view key) {
    return shards_[kShards == 1 ? 0 : (BytesHash()(key) >> 48) % kShards];
  }
  std::array<Shard, kShards> shards_;
};

using AbslMap = absl::flat_hash_map<std::string, std::string, BytesHash, BytesEqual>;
using StdMap = std::unordered_map<std::string, std::string, BytesHash, BytesEqual>;

#ifdef KONTOR_BENCH_BOOST
class BoostPeer final : public Peer {
 public:
  void Set(std::string_view key, std::string_view value) override {
    if (map_.visit(key, [&](auto& entry) { entry.second.assign(value); }) != 0) return;
    map_.insert_or_assign(std::string(key), std::string(value));
  }
  bool Get(std::string_view key, char* buffer, size_t capacity) override {
    return map_.cvisit(key, [&](const auto& entry) { CopyOut(entry.second, buffer, capacity); }) !=
           0;
  }

 private:
  boost::concurrent_flat_map<std::string, std::string, BytesHash, BytesEqual> map_;
};
#endif

#ifdef KONTOR_BENCH_CUCKOO
class CuckooPeer final : public Peer {
 public:
  void Set(std::string_view key, std::string_view value) override {
    map_.upsert(
        key, [&](std::string& held) { held.assign(value); }, std::string(value));
  }
  bool Get(std::string_view key, char* buffer, size_t capacity) override {
    return map_.find_fn(key, [&](const std::string& held) { CopyOut(held, buffer, capacity); });
  }

 private:
  libcuckoo::cuckoohash_map<std::string, std::string, BytesHash, BytesEqual> map_;
};
#endif

#ifdef KONTOR_BENCH_TBB
struct TbbCompare {
  static size_t hash(const std::string& key) { return BytesHash()(key); }
  static bool equal(const std::string& a, const std::string& b) { return a == b; }
};
// It has no lookup by borrowed bytes: each call makes a key.
class TbbPeer final : public Peer {
 public:
  void Set(std::string_view key, std::string_view value) override {
    Map::accessor place;
    map_.insert(place, std::string(key));
    place->second.assign(value);
  }
  bool Get(std::string_view key, char* buffer, size_t capacity) override {
    Map::const_accessor place;
    if (!map_.find(place, std::string(key))) return false;
    CopyOut(place->second, buffer, capacity);
    return true;
  }

 private:
  using Map = tbb::concurrent_hash_map<std::string, std::string, TbbCompare>;
  Map map_;
};
#endif

template <typename T>
PeerKind Kind(const char* name) {
  return {name, [] { return std::make_unique<T>(); }};
}

}  // namespace

std::vector<PeerKind> BuiltInPeers() {
  return {
      Kind<KontorPeer>("kontor"),
#ifdef KONTOR_BENCH_BOOST
      Kind<BoostPeer>("boost::concurrent_flat_map"),
#endif
      Kind<LockedMaps<AbslMap, 256>>("256 x absl + mutex"),
#ifdef KONTOR_BENCH_CUCKOO
      Kind<CuckooPeer>("libcuckoo"),
#endif
#ifdef KONTOR_BENCH_TBB
      Kind<TbbPeer>("oneTBB"),
#endif
      Kind<LockedMaps<StdMap, 1>>("std::unordered_map + mutex"),
  };
}

}  // namespace bench
