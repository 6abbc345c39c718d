#include "keyspace/keyspace.h"

#include <bit>

#include "base/check.h"

namespace kontor {

Keyspace::Keyspace(uint32_t shards, uint64_t hash_seed) : hasher_(hash_seed) {
  KONTOR_CHECK(std::has_single_bit(shards) && shards >= 2 && shards <= limits::kShards);
  const auto shard_bits = static_cast<unsigned>(std::countr_zero(shards));
  shift_ = 64 - shard_bits;
  shards_.reserve(shards);
  for (uint32_t i = 0; i < shards; ++i) {
    shards_.push_back(std::make_unique<Shard>(&hasher_, &arena_, &lazy_free_, &epoch_, shard_bits));
  }
}

void Keyspace::set_budget(MemoryBudget* budget) {
  arena_.set_budget(budget);
  lazy_free_.set_budget(budget);
  for (const auto& shard : shards_) {
    const SequenceLockHolder lock(shard->lock());
    shard->set_budget(budget);
  }
}

void Keyspace::set_eviction(Eviction eviction) {
  const bool often = eviction == Eviction::kAllKeysLfu || eviction == Eviction::kVolatileLfu;
  const uint16_t half_life = often ? UseClock::kFrequently : UseClock::kRecently;
  for (const auto& shard : shards_) {
    shard->clock()->set_half_life(ByUse(eviction) ? half_life : uint16_t{0});
    if (ByUse(eviction)) continue;
    const SequenceLockHolder lock(shard->lock());
    shard->clock()->ForgetEvicted();
  }
  notes_uses_.store(ByUse(eviction), std::memory_order_relaxed);
  eviction_.store(eviction, std::memory_order_relaxed);
}

// Whoever has no lock may write nothing: what it found may be freed by now, and be something else.
// So the key is looked up once more under the lock; but a reader waits for nobody, and where others
// are busy with the shard this use is not noted.
[[gnu::noinline]] void Keyspace::NoteUse(Shard* shard, uint32_t database, Bytes key, uint64_t hash,
                                         uint16_t mark) const {
  if (shard->clock()->MarkUsed(mark) == mark || !shard->lock()->TryLock()) return;
  if (Record* const record = shard->Find(database, key, hash); record != nullptr) {
    shard->NoteUse(record);
  }
  shard->lock()->Unlock();
}

Record* Keyspace::Find(uint32_t database, Bytes key) {
  const uint64_t hash = Hash(key);
  Shard* const shard = ShardOf(hash);
  shard->lock()->AssertHeld();
  return shard->Find(database, key, hash);
}

uint64_t Keyspace::CountKeys(uint32_t database) const {
  uint64_t count = 0;
  for (const auto& shard : shards_) {
    shard->lock()->AssertHeld();
    count += shard->table(database).size();
  }
  return count;
}

uint64_t Keyspace::CountDeadlines(uint32_t database) const {
  uint64_t count = 0;
  for (const auto& shard : shards_) {
    shard->lock()->AssertHeld();
    count += shard->table(database).deadlines();
  }
  return count;
}

// A cursor is a shard and a position in its table. No position: the table begins.
uint64_t Keyspace::Scan(uint32_t database, uint64_t cursor, uint64_t count,
                        const std::function<void(const Record&)>& visit) {
  constexpr uint64_t kPositionMask = (uint64_t{1} << Table::kScanBits) - 1;
  uint64_t position = cursor & kPositionMask;
  uint64_t visited = 0;
  for (uint64_t index = cursor >> Table::kScanBits; index < shards_.size(); ++index) {
    Shard* const shard = shards_[index].get();
    shard->lock()->AssertHeld();
    if (visited >= count) return index << Table::kScanBits;
    position = shard->table(database).Scan(position, count - visited, [&](const Record& record) {
      visit(record);
      ++visited;
    });
    if (position != 0) return index << Table::kScanBits | position;
  }
  return 0;
}

const Record* Keyspace::RandomRecord(uint32_t database, Random* random) {
  const uint64_t total = CountKeys(database);
  if (total == 0) return nullptr;
  uint64_t place = random->Below(total);
  for (const auto& shard : shards_) {
    shard->lock()->AssertHeld();
    const Table& table = shard->table(database);
    if (place < table.size()) return table.Random(random);
    place -= table.size();
  }
  return nullptr;
}

}  // namespace kontor
