#include "keyspace/shard.h"

#include "base/check.h"

namespace kontor {

Record* Shard::Find(uint32_t database, Bytes key, uint64_t hash) {
  return tables_[database].Find(HashOf(hash), key);
}

void Shard::SetText(uint32_t database, Bytes key, uint64_t hash, Bytes text,
                    int64_t deadline_unix_ms) {
  lock_.BeginChange();
  Table& table = tables_[database];
  if (Record* const record = table.Find(HashOf(hash), key); record != nullptr) {
    table.SetText(HashOf(hash), record, text, deadline_unix_ms, epoch());
    return;
  }
  Record::Content content = Record::Content::OfString(key, text, deadline_unix_ms);
  table.Put(HashOf(hash), &content, epoch());
}

void Shard::WriteText(uint32_t database, Bytes key, uint64_t hash, size_t offset, Bytes bytes) {
  lock_.BeginChange();
  Table& table = tables_[database];
  Record* record = table.Find(HashOf(hash), key);
  if (record == nullptr) {
    Record::Content content = Record::Content::OfString(key, {}, 0);
    record = table.Put(HashOf(hash), &content, epoch());
  }
  table.WriteText(HashOf(hash), record, offset, bytes, epoch());
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
