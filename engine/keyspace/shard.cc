#include "keyspace/shard.h"

#include "base/check.h"

namespace kontor {

Shard::Table* Shard::TableOf(uint32_t database) {
  std::unique_ptr<Table>& table = tables_[database];
  if (table == nullptr) table = std::make_unique<Table>();
  return table.get();
}

Record* Shard::Find(uint32_t database, Bytes key, uint64_t hash) {
  Table* const table = tables_[database].get();
  if (table == nullptr) return nullptr;
  Slot* const slot = table->records.Find(key, hash);
  return slot == nullptr ? nullptr : slot->record.get();
}

Record* Shard::Insert(uint32_t database, std::unique_ptr<Record> record, uint64_t hash) {
  KONTOR_CHECK(record->deadline_unix_ms_ == 0);
  return TableOf(database)->records.Insert(Slot{std::move(record)}, hash)->record.get();
}

std::unique_ptr<Record> Shard::Erase(uint32_t database, Bytes key, uint64_t hash) {
  Table* const table = tables_[database].get();
  Slot slot;
  if (table == nullptr || !table->records.Erase(key, hash, &slot)) return nullptr;
  if (slot.record->deadline_unix_ms_ != 0) {
    table->deadlines.erase({slot.record->deadline_unix_ms_, slot.record.get()});
  }
  return std::move(slot.record);
}

void Shard::SetDeadline(uint32_t database, Record* record, int64_t deadline_unix_ms) {
  if (record->deadline_unix_ms_ == deadline_unix_ms) return;
  auto& deadlines = TableOf(database)->deadlines;
  if (deadline_unix_ms != 0) deadlines.emplace(deadline_unix_ms, record);
  if (record->deadline_unix_ms_ != 0) deadlines.erase({record->deadline_unix_ms_, record});
  record->deadline_unix_ms_ = deadline_unix_ms;
}

void Shard::Clear(uint32_t database) { tables_[database] = nullptr; }

void Shard::Swap(uint32_t database, uint32_t other) {
  std::swap(tables_[database], tables_[other]);
}

const Record* Shard::FirstExpired(uint32_t database, int64_t now_unix_ms) const {
  const Table* const table = tables_[database].get();
  if (table == nullptr || table->deadlines.empty()) return nullptr;
  const auto& [deadline_unix_ms, record] = *table->deadlines.begin();
  return deadline_unix_ms <= now_unix_ms ? record : nullptr;
}

WaitList* Shard::WaitersOf(uint32_t database, Bytes key) {
  std::unique_ptr<WaitList>& list = waiters_[WaitKey(database, key)];
  if (list == nullptr) list = std::make_unique<WaitList>();
  return list.get();
}

WaitList* Shard::FindWaiters(uint32_t database, Bytes key) {
  if (waiters_.empty()) return nullptr;
  const auto found = waiters_.find(WaitKey(database, key));
  return found == waiters_.end() ? nullptr : found->second.get();
}

void Shard::DropWaitersIfEmpty(uint32_t database, Bytes key) {
  const auto found = waiters_.find(WaitKey(database, key));
  if (found != waiters_.end() && found->second->empty()) waiters_.erase(found);
}

void Shard::NotifyAllWaiters() {
  for (auto& [key, list] : waiters_) list->NotifyAll();
}

}  // namespace kontor
