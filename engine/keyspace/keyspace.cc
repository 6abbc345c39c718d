#include "keyspace/keyspace.h"

#include <bit>

#include "base/check.h"

namespace kontor {

Keyspace::Keyspace(uint32_t shards, uint64_t hash_seed) : hasher_(hash_seed) {
  KONTOR_CHECK(std::has_single_bit(shards) && shards >= 2 && shards <= limits::kShards);
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(shards));
  shards_.reserve(shards);
  for (uint32_t i = 0; i < shards; ++i) shards_.push_back(std::make_unique<Shard>());
}

ShardSet Keyspace::AllShards() const {
  ShardSet all;
  for (size_t i = 0; i < shards_.size(); ++i) all.set(i);
  return all;
}

Record* Keyspace::Find(uint32_t database, Bytes key) {
  const uint64_t hash = Hash(key);
  Shard* const shard = ShardOf(hash);
  shard->mutex()->AssertHeld();
  return shard->Find(database, key, hash);
}

uint64_t Keyspace::CountKeys(uint32_t database) const {
  uint64_t count = 0;
  for (const auto& shard : shards_) {
    shard->mutex()->AssertHeld();
    count += shard->size(database);
  }
  return count;
}

// A cursor is (shard, how many of its records are still below it). No place: the shard begins.
uint64_t Keyspace::Scan(uint32_t database, uint64_t cursor, uint64_t count,
                        const std::function<void(const Record&)>& visit) {
  constexpr unsigned kPlaceBits = 40;
  constexpr uint64_t kPlaceMask = (uint64_t{1} << kPlaceBits) - 1;
  uint64_t place = cursor & kPlaceMask;
  for (uint64_t index = cursor >> kPlaceBits; index < shards_.size(); ++index) {
    const Shard& shard = *shards_[index];
    const_cast<Shard&>(shard).mutex()->AssertHeld();
    uint64_t visited = 0;
    place = shard.Scan(database, place == 0 ? UINT64_MAX : place, count, [&](const Record& record) {
      visit(record);
      ++visited;
    });
    count -= visited;
    if (place != 0) return (index << kPlaceBits) | place;
    if (count == 0) return index + 1 < shards_.size() ? (index + 1) << kPlaceBits : 0;
  }
  return 0;
}

const Record* Keyspace::RandomRecord(uint32_t database, Random* random) {
  const uint64_t total = CountKeys(database);
  if (total == 0) return nullptr;
  uint64_t place = random->Below(total);
  for (const auto& shard : shards_) {
    shard->mutex()->AssertHeld();
    if (place < shard->size(database)) return &shard->at(database, place);
    place -= shard->size(database);
  }
  return nullptr;
}

}  // namespace kontor
