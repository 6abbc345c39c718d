#include "keyspace/shard.h"

#include <algorithm>

#include "base/check.h"

namespace kontor {

Record* Shard::Find(uint32_t database, Bytes key, uint64_t hash) {
  return tables_[database].Find(HashOf(hash), key);
}

void Shard::SetText(uint32_t database, Bytes key, uint64_t hash, Bytes text,
                    int64_t deadline_unix_ms) {
  lock_.BeginChange();
  tables_[database].SetText(HashOf(hash), key, text, deadline_unix_ms, epoch());
}

void Shard::WriteText(uint32_t database, Bytes key, uint64_t hash, size_t offset, Bytes bytes) {
  lock_.BeginChange();
  Table& table = tables_[database];
  if (Record* const record = table.Find(HashOf(hash), key); record != nullptr) {
    table.WriteText(HashOf(hash), record, offset, bytes, epoch());
    return;
  }
  std::string text(offset, '\0');
  text.append(bytes);
  SetText(database, key, hash, text, 0);
}

Record* Shard::Put(uint32_t database, uint64_t hash, Record::Content* content) {
  lock_.BeginChange();
  return tables_[database].Put(HashOf(hash), content, epoch());
}

void Shard::Erase(uint32_t database, Bytes key, uint64_t hash) {
  lock_.BeginChange();
  tables_[database].Erase(HashOf(hash), key, epoch());
}

void Shard::SetDeadline(uint32_t database, Bytes key, uint64_t hash, int64_t deadline_unix_ms) {
  lock_.BeginChange();
  Table& table = tables_[database];
  Record* const record = table.Find(HashOf(hash), key);
  KONTOR_CHECK(record != nullptr);
  table.SetDeadline(HashOf(hash), record, deadline_unix_ms, epoch());
}

void Shard::Touch(uint32_t database, uint64_t hash) {
  tables_[database].Touch(HashOf(hash), epoch());
}

void Shard::Clear(uint32_t database) {
  lock_.BeginChange();
  tables_[database].Clear();
}

void Shard::Swap(uint32_t database, uint32_t other) {
  if (database == other) return;
  lock_.BeginChange();
  tables_[database].Swap(&tables_[other]);
}

void Shard::set_budget(MemoryBudget* budget) {
  for (Table& table : tables_) table.set_budget(budget);
  clock_.set_budget(budget);
  leases_.set_budget(budget);
  watches_.set_budget(budget);
}

const Record* Shard::ChooseVictim(Eviction eviction, int64_t now_unix_ms, class Random* random,
                                  uint32_t* database) {
  const auto candidates = [eviction](const Table& table) {
    return OnlyVolatile(eviction) ? table.deadlines() : table.size();
  };
  size_t total = 0;
  for (const Table& table : tables_) total += candidates(table);
  if (total == 0) return nullptr;
  size_t place = random->Below(total);
  for (*database = 0; place >= candidates(tables_[*database]); ++*database) {
    place -= candidates(tables_[*database]);
  }
  return tables_[*database].ChooseVictim(eviction, now_unix_ms, random);
}

bool Shard::Compact() {
  lock_.BeginChange();
  return slab_.Compact([this](void* from, void* to, size_t bytes) {
    lock_.AssertHeld();
    // What is no structure of any table is a record, and only then may be read as one.
    const auto moves_structure = [&](Table& table) { return table.MoveStructure(from, to, bytes); };
    const auto moves_record = [&](Table& table) { return table.MoveRecord(from, to); };
    return std::any_of(tables_.begin(), tables_.end(), moves_structure) ||
           std::any_of(tables_.begin(), tables_.end(), moves_record);
  });
}

WaitList* Shard::WaitersOf(uint32_t database, Bytes key, ValueType type) {
  if (WaitList* const found = FindWaiters(database, key, type); found != nullptr) return found;
  auto made = std::make_unique<WaitList>();
  WaitList* const list = made.get();
  waiters_[type].emplace(std::pair(database, std::string(key)), std::move(made));
  return list;
}

WaitList* Shard::FindWaiters(uint32_t database, Bytes key, ValueType type) {
  const auto waiters = waiters_.find(type);
  if (waiters == waiters_.end()) return nullptr;
  const auto found = waiters->second.find(DatabaseKeyLess::Probe(database, key));
  return found == waiters->second.end() ? nullptr : found->second.get();
}

void Shard::DropWaitersIfEmpty(uint32_t database, Bytes key, ValueType type) {
  const auto waiters = waiters_.find(type);
  if (waiters == waiters_.end()) return;
  const auto found = waiters->second.find(DatabaseKeyLess::Probe(database, key));
  if (found == waiters->second.end() || !found->second->empty()) return;
  waiters->second.erase(found);
  if (waiters->second.empty()) waiters_.erase(waiters);
}

void Shard::NotifyAllWaiters() {
  for (auto& [type, waiters] : waiters_) {
    for (auto& [key, list] : waiters) list->NotifyAll();
  }
  leases_.NotifyAllWaiters();
}

}  // namespace kontor
